"""Slow, many and too many: threats RS-01 and RS-02, with timers set short by configuration.

Only outcomes are asserted, never how long something took.
"""

import os
import sys
import threading
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..")]

from h1_cases import HOST, get, post  # noqa: E402
from support.certificates import Authority  # noqa: E402
from support.gateway import Gateway, forward_to  # noqa: E402
from support.process import Scratch  # noqa: E402
from support.raw_client import RawClient  # noqa: E402
from support.raw_http2 import GOAWAY, HEADERS, RST_STREAM, RawH2  # noqa: E402
from support.recorder import Recorder, answer_ok  # noqa: E402
from support.resource_probe import ResourceProbe  # noqa: E402

SHORT = {"header_timeout": "300ms", "body_idle": "300ms", "keepalive_idle": "300ms", "handshake_timeout": "300ms"}
DRIP = 200  # drips are far more than the timers allow, at 20 ms each


class Slow(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        scratch = Scratch()
        cls.addClassCleanup(scratch.close)
        certificate, key = Authority(scratch).leaf("edge")
        cls.origin = Recorder()
        cls.addClassCleanup(cls.origin.close)
        cls.gateway = Gateway(forward_to(cls.origin.port, service={"timeouts": {"header": "500ms", "idle": "500ms"}},
                                         listeners={
            "plain": {"address": "127.0.0.1:0", "limits": SHORT},
            "edge": {"address": "127.0.0.1:0", "tls": {"certificates": [{"cert": certificate, "key": key}]},
                     "limits": SHORT}}))
        cls.addClassCleanup(cls.gateway.__exit__, None, None, None)
        cls.port, cls.edge = cls.gateway.port("plain"), cls.gateway.port("edge")

    def setUp(self):
        self.origin.script = answer_ok
        self.origin.forget()

    def tearDown(self):
        self.assertTrue(self.gateway.program.running(), self.gateway.program.log())
        self.origin.script = answer_ok
        with RawClient(self.port) as client:
            client.send(get(target=b"/honest"))
            self.assertEqual(client.read_response().status, 200)

    def drip(self, client, byte=b"a"):
        """Sends single bytes until the gateway has had enough; False when it never had."""
        for _ in range(DRIP):
            client.send(byte)
            if client.fill(0.02) or client.ended:
                return True
        return False

    def test_rs_01_a_head_that_drips_ends_in_408(self):
        for name, start in {"method": b"G", "target": b"GET /", "fields": b"GET / HTTP/1.1\r\n" + HOST +
                            b"X-A: "}.items():
            with self.subTest(name), RawClient(self.port) as client:
                client.send(start)
                self.assertTrue(self.drip(client, b"A" if name == "method" else b"a"), "served for ever")
                response = client.read_response()
                self.assertTrue(response is None or response.status == 408, response)
                self.assertTrue(client.closed())
        self.assertEqual(self.origin.requests, [])

    def test_rs_01_a_head_that_stops_ends_in_408(self):
        with RawClient(self.port) as client:
            client.send(b"GET / HTTP/1.1\r\n")
            response = client.read_response()
            self.assertTrue(response is None or response.status == 408, response)
            self.assertTrue(client.ended or client.closed())

    def test_rs_01_a_silent_connection_is_closed(self):
        for port in (self.port, self.edge):
            with RawClient(port) as client:
                self.assertEqual(client.read_until_closed(), b"")
                self.assertIsNotNone(client.ended)

    def test_rs_01_an_idle_connection_is_closed_after_a_request(self):
        with RawClient(self.port) as client:
            client.send(get(target=b"/ok"))
            self.assertEqual(client.read_response().status, 200)
            self.assertTrue(client.closed())

    def test_rs_01_a_body_that_stops_is_given_up(self):
        for start in (post(b"Content-Length: 100\r\n", b"some", b"/slow-body"),
                      post(b"Transfer-Encoding: chunked\r\n", b"5\r\nhel", b"/slow-body")):
            with RawClient(self.port) as client:
                client.send(start)
                response = client.read_response()
                self.assertTrue(response is None or response.status == 408, response)
                self.assertTrue(client.ended or client.closed())
        self.assertEqual(self.origin.requests, [])

    def test_rs_01_a_tls_handshake_that_stalls_is_closed(self):
        for hello in (b"", b"\x16\x03\x01\x02\x00", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"r" * 20):
            with self.subTest(hello=hello), RawClient(self.edge) as client:
                client.send(hello)
                client.read_until_closed()
                self.assertIsNotNone(client.ended, "the handshake may take for ever")

    def test_rs_01_http2_that_stalls_is_ended(self):
        with RawH2(self.port, handshake=False) as client:  # a preface that never comes whole
            client.send(b"PRI * HTTP/2.0\r\n")
            client.wire.read_until_closed()
            self.assertIsNotNone(client.wire.ended)
        with RawH2(self.port) as client:  # a header block that never ends
            client.headers(1, client.request(), end_headers=False)
            client.expect_closed()
        with RawH2(self.port) as client:  # a body that never ends
            client.headers(1, client.request("POST", path="/slow-body"), end_stream=False)
            client.data(1, b"x", end_stream=False)
            frame = client.wait_for(lambda f: f.type in (HEADERS, RST_STREAM, GOAWAY), "end")
            if frame is not None and frame.type not in (RST_STREAM, GOAWAY):
                self.assertEqual(client.status(1), 408)
        with RawH2(self.port) as client:  # nothing to do
            client.expect_closed()
        self.assertEqual(self.origin.requests, [])

    def test_rs_01_a_slow_origin_is_504_or_an_early_end(self):
        def stall(script):
            script.next_request()
            script.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
            script.receive()
        self.origin.script = stall
        with RawClient(self.port) as client:
            client.send(get(target=b"/stall"))
            response = client.read_response()
            self.assertTrue(response is None or response.status == 504 or not response.complete)
            self.assertTrue(client.ended or client.closed())

    def test_rs_01_a_reader_that_stalls_is_given_up(self):
        def large(script):
            while script.next_request() is not None:
                script.send(b"HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\n")
                for _ in range(50):
                    script.send(b"x" * 1000000)
        self.origin.script = large
        client = RawClient(self.port, receive_buffer=4096)
        self.addCleanup(client.close)
        client.send(get(target=b"/large"))
        # The gateway gives up on us, so the origin's connection ends although we read nothing.
        self.assertTrue(self.origin.wait(lambda: self.origin.connections
                                         and not any(c.open for c in self.origin.connections), 30),
                        "a reader that never reads holds its upstream for ever")

    def test_rs_01_honest_clients_are_served_beside_many_slow_ones(self):
        slow = []
        for _ in range(500):
            client = RawClient(self.port)
            client.send(b"GET / HTTP/1.1\r\nX-A: ")
            slow.append(client)
            self.addCleanup(client.close)
        for _ in range(50):
            with RawClient(self.port) as client:
                client.send(get(target=b"/ok"))
                self.assertEqual(client.read_response().status, 200)
        for client in slow:
            client.read_until_closed()
            self.assertIsNotNone(client.ended)


class Many(unittest.TestCase):
    """RS-02, FT-14: more connections than descriptors."""

    def test_a_flood_beyond_the_descriptors_neither_spins_nor_stays(self):
        with Recorder() as origin, Gateway(forward_to(origin.port), prefix=["prlimit", "--nofile=128:128"]) as gateway:
            port = gateway.port()
            kept = RawClient(port)
            kept.send(get(target=b"/ok"))
            self.assertEqual(kept.read_response().status, 200)
            flood = [RawClient(port) for _ in range(400)]
            probe = ResourceProbe(gateway.pid)
            cpu, begun = probe.cpu_seconds(), time.monotonic()
            threading.Event().wait(1)
            self.assertLess(probe.cpu_seconds() - cpu, 0.5 * (time.monotonic() - begun), "it spins")
            kept.send(get(target=b"/ok"))
            self.assertIn(kept.read_response().status, (200, 502, 503), "a connection that was there suffered")
            for client in flood:
                client.close()
            for _ in range(20):
                with RawClient(port, seconds=20) as client:
                    client.send(get(target=b"/ok"))
                    self.assertEqual(client.read_response().status, 200)
            self.assertTrue(gateway.program.running())

    def test_connections_leave_no_descriptors_behind(self):
        with Recorder() as origin, Gateway(forward_to(origin.port)) as gateway:
            def some():
                for kind in range(40):
                    client = RawClient(gateway.port())
                    client.send((b"", b"GET", get(target=b"/ok"), b"garbage\r\n\r\n")[kind % 4])
                    if kind % 2:
                        client.reset()
                    else:
                        client.close()
                with RawClient(gateway.port()) as client:
                    client.send(get(b"Connection: close\r\n", b"/ok"))
                    self.assertEqual(client.read_response().status, 200)
            some()
            probe = ResourceProbe(gateway.pid)
            before = probe.descriptors()
            for _ in range(25):
                some()
            deadline = time.monotonic() + 10
            # A thousand connections came and went; the pool may keep a few more than before.
            while probe.descriptors() > before + 16 and time.monotonic() < deadline:
                time.sleep(0.05)
            self.assertLessEqual(probe.descriptors(), before + 16)


if __name__ == "__main__":
    unittest.main()
