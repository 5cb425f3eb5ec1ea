"""SIGTERM and `gateway drain` let everything under way finish: 0 truncated in 20 drains (FT-23)."""

import os
import signal
import sys
import threading
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..")]

from h1_cases import get, post  # noqa: E402
from support.gateway import Gateway, forward_to  # noqa: E402
from support.raw_client import RawClient  # noqa: E402
from support.raw_http2 import END_STREAM, GOAWAY, RawH2  # noqa: E402
from support.recorder import Recorder  # noqa: E402

DRAINS = 20
SIZE = 200_000


class SlowOrigin:
    """Sends half of each answer, and the rest once released."""

    def __init__(self):
        self.release = threading.Event()
        self.recorder = Recorder(self.script)

    def script(self, script):
        while script.next_request() is not None:
            script.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % SIZE + b"x" * (SIZE // 2))
            self.release.wait(20)
            script.send(b"y" * (SIZE - SIZE // 2))


class Drain(unittest.TestCase):
    def start(self, workers=2):
        self.origin = SlowOrigin()
        self.addCleanup(self.origin.recorder.close)
        gateway = Gateway(forward_to(self.origin.recorder.port), workers=workers)
        self.addCleanup(gateway.__exit__, None, None, None)
        return gateway

    def refused(self, port):
        """Waits until the port accepts no more."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                RawClient(port).close()
            except OSError:
                return True
        return False

    def drain_once(self, begin):
        gateway = self.start()
        port = gateway.port()
        busy = [RawClient(port) for _ in range(8)]
        upload = RawClient(port)
        idle, multiplexed = RawClient(port), RawH2(port)
        for number, client in enumerate(busy):
            client.send(get(target=b"/slow%d" % number))
        upload.send(post(b"Content-Length: 10\r\n", b"first", b"/upload"))
        for stream in (1, 3, 5):
            multiplexed.headers(stream, multiplexed.request(path=f"/slow-h2-{stream}"))
            multiplexed.expect_headers(stream)
        self.assertTrue(self.origin.recorder.wait(lambda: len(self.origin.recorder.requests) >= len(busy) + 3))
        begin(gateway)
        self.assertTrue(self.refused(port), "new connections are still taken")
        self.assertTrue(idle.closed(), "an idle connection stayed open")
        upload.send(b"secnd")
        self.origin.release.set()
        for client in busy:
            response = client.read_response()
            self.assertEqual((response.status, response.complete, len(response.body)), (200, True, SIZE))
            self.assertTrue(client.closed())
        response = upload.read_response()
        self.assertEqual((response.status, response.complete), (200, True))
        multiplexed.window_update(0, 1 << 20)
        for stream in (1, 3, 5):
            multiplexed.window_update(stream, 1 << 20)
        ended = set()
        while len(ended) < 3:
            frame = multiplexed.wait_for(lambda f: f.flags & END_STREAM and f.stream in (1, 3, 5), "end of streams")
            self.assertIsNotNone(frame, f"cut: {list(multiplexed.seen)}")
            ended.add(frame.stream)
        self.assertEqual([len(multiplexed.bodies[stream]) for stream in (1, 3, 5)], [SIZE] * 3)
        multiplexed.expect_closed()
        self.assertEqual(gateway.program.wait(), 0)

    def test_sigterm_cuts_nothing(self):
        for number in range(DRAINS):
            with self.subTest(number=number):
                self.drain_once(lambda gateway: gateway.program.send(signal.SIGTERM))

    def test_the_verb_drains_too(self):
        self.drain_once(lambda gateway: threading.Thread(target=gateway.verb, args=("drain",), daemon=True).start())

    def test_http2_clients_are_told(self):
        gateway = self.start()
        with RawH2(gateway.port()) as client:
            client.headers(1, client.request(path="/slow"))
            client.expect_headers(1)
            gateway.program.send(signal.SIGTERM)
            frame = client.expect(GOAWAY)
            self.assertEqual(frame.code, 0)
            self.origin.release.set()

    def test_a_second_signal_ends_at_once(self):
        gateway = self.start()
        with RawClient(gateway.port()) as client:
            client.send(get(target=b"/slow"))
            self.origin.recorder.wait(lambda: self.origin.recorder.requests)
            gateway.program.send(signal.SIGTERM)
            self.assertTrue(self.refused(gateway.port()))
            gateway.program.send(signal.SIGTERM)
            gateway.program.wait(5)

    def test_an_idle_gateway_ends_at_once(self):
        gateway = self.start()
        with RawClient(gateway.port()):
            gateway.program.send(signal.SIGTERM)
            self.assertEqual(gateway.program.wait(10), 0)


if __name__ == "__main__":
    unittest.main()
