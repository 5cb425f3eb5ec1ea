"""Every example of every command is typed as it stands: all must parse, and those that need no live gateway must run."""
import json
import os
import subprocess
import tempfile
import unittest

from support.process import meshctl

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


if __name__ == "__main__":
    unittest.main()
