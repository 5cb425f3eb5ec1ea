"""Deterministic cost of a request: user instructions under callgrind and system calls under strace.

Both are the difference of two run lengths over the difference in requests, so that start-up, warm-up and the end of the
program cancel out. They do not depend on what else the machine does.
"""

import json
import os
import re
import subprocess

from support.process import ROOT, Scratch, meshctl

CONNECTIONS = 64


def bench_tool(name):
    """A program of tests/bench: from $MESH_BENCH_TOOLS, beside the binary under test, or from the usual builds."""
    beside = os.path.dirname(meshctl_or_nothing())
    folders = [os.environ.get("MESH_BENCH_TOOLS"), os.path.join(beside, "bin"), beside]
    folders += [os.path.join(ROOT, "build", preset, "bin") for preset in ("release", "dev", "asan", "tsan")]
    for folder in filter(None, folders):
        path = os.path.join(folder, name)
        if os.access(path, os.X_OK):
            return path
    raise RuntimeError(f"'{name}' is not built; cmake --build --preset dev --target {name}")


def meshctl_or_nothing():
    try:
        return meshctl()
    except RuntimeError:
        return ""


class Backend:
    """bench_backend on a loopback port of its own."""

    def __enter__(self):
        self._child = subprocess.Popen([bench_tool("bench_backend"), "0"], stdout=subprocess.PIPE, text=True)
        self.port = int(self._child.stdout.readline())
        return self

    def __exit__(self, *_):
        self._child.kill()
        self._child.wait()
        self._child.stdout.close()


def load(port, requests, path="/1k"):
    """Sends exactly this many keep-alive requests over 64 connections; raises unless each was answered 200."""
    result = subprocess.run([bench_tool("bench_load"), "--target", f"proxy=127.0.0.1:{port}", "--connections",
                             str(CONNECTIONS), "--requests", str(requests), "--path", path],
                            capture_output=True, text=True, timeout=300)
    line = json.loads(result.stdout)
    if line["errors"] or line["requests"] != requests:
        raise RuntimeError(f"{line['requests']} of {requests} answered, {line['errors']} errors")


def _children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as text:
        return [int(child) for child in text.read().split()]


def _per_request(total, short, long):
    first = total(short)
    return (total(long) - first) / (long - short)


def instructions(start, short=1500, long=6500):
    """User instructions a request. `start(prefix)` runs a proxy behind the prefix and gives (port, program)."""
    def total(requests):
        scratch = Scratch()
        try:
            out = scratch.file("callgrind.out")
            port, program = start(["valgrind", "--tool=callgrind", "-q", f"--callgrind-out-file={out}"])
            load(port, requests)
            program.stop()
            return _collected(out)
        finally:
            scratch.close()
    return _per_request(total, short, long)


def _collected(path):
    with open(path) as text:
        for line in text:
            if line.startswith("totals:"):
                return int(line.split()[1])
    raise RuntimeError("callgrind wrote no totals; did the program end by itself?")


def system_calls(start, short=3000, long=18000):
    """System calls of all threads a request."""
    def total(requests):
        scratch = Scratch()
        try:
            out = scratch.file("strace.out")
            port, program = start(["strace", "-f", "-c", "-U", "calls,name", "-o", out])
            traced = _children(program.pid)[0]
            try:
                load(port, requests)
            finally:
                # The signal is for the traced program; strace ends with it and would leave it behind if killed itself.
                os.kill(traced, 15)
            program.wait()
            with open(out) as text:
                return int(re.search(r"^\s*(\d+)\s+total$", text.read(), re.M)[1])
        finally:
            scratch.close()
    return _per_request(total, short, long)
