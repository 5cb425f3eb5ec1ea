"""Runs the sessions written in Markdown against the real binary.

A fenced block marked `console` is a session: lines after "$ " are typed into bash ("> " continues them), the lines below
are what must appear (standard output and error together), and a line "[N]" at the end is the exit code when it is not 0.
"..." alone on a line stands for any lines; " (re)" at the end of a line makes it a regular expression. All sessions of
one file share one scratch folder, where `meshctl` is on the PATH.
"""
import os
import re
import subprocess
import tempfile
import unittest

from support.process import ROOT, meshctl

FOLDER = os.path.dirname(os.path.abspath(__file__))
FILES = sorted(name for name in os.listdir(FOLDER) if name.endswith(".md"))
EXECUTED_DOCS = ["README.md", "docs/adding-a-command.md"]


class Step:
    """One command of a session and what it must say."""

    def __init__(self, line):
        self.line = line
        self.command = ""
        self.expected = []
        self.code = 0


def read_steps(path):
    steps, inside = [], False
    with open(path, encoding="utf-8") as source:
        for number, line in enumerate(source, 1):
            line = line.rstrip("\n")
            if line.startswith("```"):
                inside = line == "```console"
            elif not inside:
                continue
            elif line.startswith("$ "):
                steps.append(Step(number))
                steps[-1].command = line[2:]
            elif line.startswith("> ") and steps and not steps[-1].expected:
                steps[-1].command += "\n" + line[2:]
            elif re.fullmatch(r"\[\d+\]", line):
                steps[-1].code = int(line[1:-1])
            else:
                steps[-1].expected.append(line)
    return steps


def line_matches(expected, actual):
    if expected.endswith(" (re)"):
        return re.fullmatch(expected[:-5], actual) is not None
    return expected == actual


def matches(expected, actual):
    """Whether the lines agree, with "..." for any number of lines."""
    if not expected:
        return not actual
    if expected[0] == "...":
        return any(matches(expected[1:], actual[skip:]) for skip in range(len(actual) + 1))
    return bool(actual) and line_matches(expected[0], actual[0]) and matches(expected[1:], actual[1:])


def run_steps(test, path):
    with tempfile.TemporaryDirectory(prefix="meshctl-cli-") as scratch:
        os.mkdir(os.path.join(scratch, "bin"))
        os.symlink(meshctl(), os.path.join(scratch, "bin", "meshctl"))
        os.mkdir(os.path.join(scratch, "work"))
        environment = {"PATH": os.path.join(scratch, "bin") + ":/usr/bin:/bin", "HOME": scratch, "LANG": "C.UTF-8",
                       "XDG_RUNTIME_DIR": scratch, "TMPDIR": scratch}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"):
            if name in os.environ:
                environment[name] = os.environ[name]
        for step in read_steps(path):
            done = subprocess.run(["bash", "-c", step.command], cwd=os.path.join(scratch, "work"), env=environment,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
            said = done.stdout.decode(errors="backslashreplace")
            lines = said.split("\n")[:-1] if said.endswith("\n") else said.split("\n") if said else []
            place = f"{os.path.relpath(path, ROOT)}:{step.line}: {step.command}"
            if not matches(step.expected, lines):
                test.fail(f"{place}\nexpected:\n" + "\n".join(step.expected) + "\n\nsaid:\n" + said)
            test.assertEqual(step.code, done.returncode, f"{place}\nexit code; it said:\n{said}")


def make_test(path):
    return lambda self: run_steps(self, path)


class Transcripts(unittest.TestCase):
    def test_a_wrong_line_is_noticed(self):
        self.assertFalse(matches(["a", "...", "c"], ["a", "b"]))
        self.assertTrue(matches(["a", "...", "c"], ["a", "b", "c"]))
        self.assertFalse(matches(["a"], ["a", "b"]))
        self.assertFalse(matches([r"x\d+ (re)"], ["xy"]))


for file_name in FILES:
    setattr(Transcripts, "test_" + re.sub(r"\W", "_", file_name[:-3]), make_test(os.path.join(FOLDER, file_name)))
for doc in EXECUTED_DOCS:
    if os.path.exists(os.path.join(ROOT, doc)):
        setattr(Transcripts, "test_doc_" + re.sub(r"\W", "_", doc[:-3]), make_test(os.path.join(ROOT, doc)))


if __name__ == "__main__":
    unittest.main()
