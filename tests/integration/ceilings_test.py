"""The cost of a lean HTTP/1.1 request has a ceiling: 15,000 user instructions and 4.1 system calls; the goal is 12,000.

Measured on the release build ($MESHCTL_RELEASE, else build/release/meshctl, else the binary under test).
"""

import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from support import counting  # noqa: E402
from support.gateway import Gateway, forward_to  # noqa: E402
from support.process import ROOT, Scratch, meshctl  # noqa: E402

INSTRUCTIONS = 15_000
SYSTEM_CALLS = 4.1


def use_release_build(scratch):
    """Puts the release build under test, without its debug information, which valgrind 3.19 cannot read."""
    release = os.environ.get("MESHCTL_RELEASE") or os.path.join(ROOT, "build/release/meshctl")
    binary = release if os.access(release, os.X_OK) else meshctl()
    stripped = scratch.file("meshctl")
    subprocess.run(["strip", "--strip-debug", "-o", stripped, binary], check=True)
    os.environ["MESHCTL"] = stripped


class LeanRequest(unittest.TestCase):
    def setUp(self):
        scratch = Scratch()
        self.addCleanup(scratch.close)
        tools = os.environ.get("MESHCTL")
        use_release_build(scratch)
        self.addCleanup(os.environ.__setitem__ if tools else os.environ.pop, "MESHCTL", tools)
        os.environ.setdefault("MESH_BENCH_TOOLS", os.path.join(os.path.dirname(tools or meshctl()), "bin"))
        backend = counting.Backend()
        self.port = backend.__enter__().port
        self.addCleanup(backend.__exit__)

    def start(self, prefix):
        """One worker, plain routing, no access log; 64 keep-alive connections come from the load generator."""
        gateway = Gateway(forward_to(self.port), workers=1, log=False, prefix=prefix)
        self.addCleanup(gateway.scratch.close)
        self.addCleanup(gateway.program.kill)
        return gateway.port("web"), gateway.program

    def test_user_instructions_stay_under_the_ceiling(self):
        cost = counting.instructions(self.start)
        print(f"{cost:,.0f} user instructions a request")
        self.assertGreater(cost, 500, "the proxy did not do the work")
        self.assertLessEqual(cost, INSTRUCTIONS)

    def test_system_calls_stay_under_the_ceiling(self):
        cost = counting.system_calls(self.start)
        print(f"{cost:.2f} system calls a request")
        self.assertGreater(cost, 1, "the proxy did not do the work")
        self.assertLessEqual(cost, SYSTEM_CALLS)


if __name__ == "__main__":
    unittest.main()
