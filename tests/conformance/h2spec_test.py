"""The gateway's server side against every case of h2spec, in the clear (prior knowledge) and over TLS (ALPN)."""

import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..")]

from h2spec_cases import CASES  # noqa: E402
from support.certificates import Authority  # noqa: E402
from support.gateway import Gateway, forward_to  # noqa: E402
from support.process import Scratch  # noqa: E402
from support.raw_http2 import RawH2  # noqa: E402
from support.recorder import Recorder  # noqa: E402


def answer_whole(script):
    """200 with 8 bytes, which the flow-control cases need."""
    while (request := script.next_request()) is not None:
        script.send(b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n" +
                    (b"" if request.method == "HEAD" else b"12345678"))


class H2Spec(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        scratch = Scratch()
        cls.addClassCleanup(scratch.close)
        certificate, key = Authority(scratch).leaf("edge")
        origin = Recorder(answer_whole)
        cls.addClassCleanup(origin.close)
        cls.gateway = Gateway(forward_to(origin.port, listeners={
            "plain": {"address": "127.0.0.1:0"},
            "edge": {"address": "127.0.0.1:0", "tls": {"certificates": [{"cert": certificate, "key": key}]},
                     "protocols": ["h2", "http/1.1"]},
        }))
        cls.addClassCleanup(cls.gateway.__exit__, None, None, None)

    def run_all(self, tls):
        port = self.gateway.port("edge" if tls else "plain")
        for key, (about, handshake, function) in CASES.items():
            with self.subTest(key, about=about), RawH2(port, tls=tls, handshake=handshake, seconds=5) as client:
                function(client)
        self.assertTrue(self.gateway.program.running(), self.gateway.program.log())

    def test_every_case_in_the_clear(self):
        self.run_all(tls=False)

    def test_every_case_over_tls(self):
        self.run_all(tls=True)

    def test_the_list_is_whole(self):
        self.assertGreaterEqual(len([key for key in CASES if key.startswith("http2/")]), 94)
        self.assertEqual(len([key for key in CASES if key.startswith("hpack/")]), 8)
        self.assertGreaterEqual(len(CASES), 147)


if __name__ == "__main__":
    unittest.main()
