"""Every example of every command is typed as it stands: all must parse, and those that need no live gateway must run."""
import json
import os
import re
import subprocess
import tempfile
import unittest

from support.process import ROOT, meshctl

# Groups whose commands work on files alone; examples of the others would listen on ports of their own choice.
OFFLINE = {"check", "self"}
EDGE = """\
version: 1
listeners:
  web: { address: 127.0.0.1:8080 }
services:
  orders: { endpoints: [127.0.0.1:9001] }
routes:
  - name: orders
    match: { path: /orders/* }
    to: orders
"""
USAGE, BUG = 2, 70


class Examples(unittest.TestCase):
    def listed(self):
        done = subprocess.run([meshctl(), "docs", "examples", "-o", "json"], capture_output=True, text=True, timeout=60)
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        return json.loads(done.stdout)["items"]

    def test_every_example_parses(self):
        self.assertGreater(len(self.listed()), 3)

    def test_offline_examples_run(self):
        with tempfile.TemporaryDirectory(prefix="meshctl-examples-") as scratch:
            os.mkdir(os.path.join(scratch, "bin"))
            os.symlink(meshctl(), os.path.join(scratch, "bin", "meshctl"))
            environment = {**os.environ, "PATH": os.path.join(scratch, "bin") + ":/usr/bin:/bin", "HOME": scratch}
            for example in self.listed():
                if example["group"] not in OFFLINE:
                    continue
                with open(os.path.join(scratch, "edge.yaml"), "w") as edge:
                    edge.write(EDGE)
                with self.subTest(example["example"]), open(os.path.join(scratch, "edge.yaml")) as stdin:
                    done = subprocess.run(["bash", "-c", example["example"]], cwd=scratch, env=environment, stdin=stdin,
                                          capture_output=True, text=True, timeout=60)
                    self.assertNotIn(done.returncode, (USAGE, BUG, 126, 127), done.stderr)
                    self.assertGreaterEqual(done.returncode, 0, done.stderr)

    def test_configurations_in_the_documents_hold(self):
        names = ["README.md"] + [os.path.join("docs", name) for name in sorted(os.listdir(os.path.join(ROOT, "docs")))]
        checked = 0
        for name in names:
            if not name.endswith(".md"):
                continue
            with open(os.path.join(ROOT, name), encoding="utf-8") as document:
                blocks = re.findall(r"^```yaml\n(.*?)^```", document.read(), re.M | re.S)
            for block in blocks:
                if not re.search(r"^version: 1$", block, re.M) or "cert:" in block:
                    continue  # a part of a file, or one that names files
                done = subprocess.run([meshctl(), "config", "check", "-"], input=block, capture_output=True, text=True,
                                      timeout=60)
                self.assertEqual(0, done.returncode, f"{name}:\n{block}\n{done.stdout}{done.stderr}")
                checked += 1
        self.assertGreater(checked, 0)


if __name__ == "__main__":
    unittest.main()
