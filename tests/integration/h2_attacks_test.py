"""HTTP/2 attacks on the gateway: threats H2-01 to H2-14 as far as they concern its server side, and limits of 1.2."""

import os
import struct
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..")]

from support.gateway import Gateway, forward_to  # noqa: E402
from support.raw_client import RawClient  # noqa: E402
from support.raw_http2 import (COMPRESSION_ERROR, CONTINUATION, DATA, END_HEADERS, END_STREAM, ENHANCE_YOUR_CALM,
                               FLOW_CONTROL_ERROR, FRAME_SIZE_ERROR,  # noqa: E402
                               GOAWAY, HEADERS, INITIAL_WINDOW_SIZE, INTERNAL_ERROR, NO_ERROR, PING, PRIORITY,
                               PROTOCOL_ERROR, RST_STREAM, SETTINGS,
                               STREAM_CLOSED, WINDOW_UPDATE, RawH2, pack_frame, priority_payload)
from support.recorder import Recorder, answer_ok  # noqa: E402
from support.resource_probe import ResourceProbe  # noqa: E402

MIB = 1 << 20
BUDGET = 200 + 100  # the bucket and what trickles in during a slow run
FLOOD_CODES = (ENHANCE_YOUR_CALM, PROTOCOL_ERROR, INTERNAL_ERROR, FLOW_CONTROL_ERROR, STREAM_CLOSED, FRAME_SIZE_ERROR)


class Http2Attacks(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.origin = Recorder()
        cls.addClassCleanup(cls.origin.close)
        cls.gateway = Gateway(forward_to(cls.origin.port))
        cls.addClassCleanup(cls.gateway.__exit__, None, None, None)
        cls.port = cls.gateway.port("web")
        cls.probe = ResourceProbe(cls.gateway.pid)

    def setUp(self):
        self.origin.script = answer_ok
        self.origin.forget()

    def tearDown(self):
        self.assertTrue(self.gateway.program.running(), self.gateway.program.log())
        self.assertEqual(self.origin.unclean(), [])
        self.origin.script = answer_ok
        with RawH2(self.port) as client:
            self.assertEqual(client.status(client.get("/alive")), 200)

    def client(self):
        client = RawH2(self.port, seconds=15)
        self.addCleanup(client.wire.close)
        return client

    def flood(self, client, frames, per_send=200):
        """Sends frames until the gateway ends the connection or all are out; returns how many were sent."""
        sent, batch = 0, []
        for frame in frames:
            batch.append(frame)
            if len(batch) == per_send:
                if not client.send(b"".join(batch)) or client.wire.ended:
                    return sent
                sent += len(batch)
                batch = []
        client.send(b"".join(batch))
        return sent + len(batch)

    def assert_stopped(self, client, codes=FLOOD_CODES):
        client.expect_connection_error(*codes)

    # resets

    def test_h2_01_rapid_reset_is_stopped_and_cancelled_upstream(self):
        def slow(script):
            while script.next_request() is not None:
                script.receive()  # never answers
        self.origin.script = slow
        client = self.client()
        cpu = self.probe.cpu_seconds()

        def frames():
            for number in range(20000):
                stream = 1 + 2 * number
                yield pack_frame(HEADERS, END_STREAM | END_HEADERS, stream, client.encode(client.request()))
                yield pack_frame(RST_STREAM, 0, stream, struct.pack(">I", 8))
        self.flood(client, frames())
        self.assert_stopped(client)
        self.assertLessEqual(len(self.origin.requests), BUDGET)
        self.assertLess(self.probe.cpu_seconds() - cpu, 5)

    def test_h2_02_resets_that_the_gateway_is_made_to_send_count_too(self):
        def open_stream(client, stream):
            return pack_frame(HEADERS, END_HEADERS, stream, client.encode(client.request("POST")))

        triggers = {
            "window update of 0": lambda c, s: open_stream(c, s) + pack_frame(WINDOW_UPDATE, 0, s, b"\0\0\0\0"),
            "window overflow": lambda c, s: open_stream(c, s) +
            pack_frame(WINDOW_UPDATE, 0, s, b"\x7f\xff\xff\xff") * 2,
            "self-dependency": lambda c, s: open_stream(c, s) + pack_frame(PRIORITY, 0, s, priority_payload(s)),
            "data after end": lambda c, s: open_stream(c, s) + pack_frame(DATA, END_STREAM, s, b"x") +
            pack_frame(DATA, END_STREAM, s, b"x"),
            "length mismatch": lambda c, s: pack_frame(HEADERS, END_HEADERS, s,
                                                       c.encode(c.request("POST", extra=[("content-length", "1")]))) +
            pack_frame(DATA, END_STREAM, s, b"xx"),
            "bad priority size": lambda c, s: open_stream(c, s) + pack_frame(PRIORITY, 0, s, b"\0"),
            "malformed request": lambda c, s: pack_frame(HEADERS, END_STREAM | END_HEADERS, s,
                                                         c.encode([(":method", "GET"), (":path", "/")])),
        }
        for name, trigger in triggers.items():
            with self.subTest(name):
                self.origin.forget()
                client = self.client()
                sent = self.flood(client, (trigger(client, 1 + 2 * n) for n in range(5000)), per_send=20)
                if sent == 5000:
                    self.assert_stopped(client)
                self.assertLessEqual(len(self.origin.requests), 2 * BUDGET)

    # header blocks

    def test_h2_03_endless_continuation_is_stopped(self):
        for name, block in {"empty": b"", "small": b"\0\x01a\x01b", "large": b"\0\x01a\x7f\x81\x1e" +
                            b"b" * 4000}.items():
            with self.subTest(name):
                client = self.client()
                rss = self.probe.rss()
                client.headers(1, client.request(), end_headers=False)
                self.flood(client, (pack_frame(CONTINUATION, 0, 1, block) for _ in range(20000)), per_send=50)
                self.assert_stopped(client, (ENHANCE_YOUR_CALM, PROTOCOL_ERROR, COMPRESSION_ERROR, INTERNAL_ERROR))
                self.assertLess(self.probe.rss() - rss, 4 * MIB)

    def test_h2_04_header_bomb_is_bounded(self):
        """One table entry and thousands of one-byte references to it; and cookie crumbs."""
        value = "v" * 3000
        for name, entry in {"field": ("x-bomb", value), "cookie crumb": ("cookie", "a=" + value)}.items():
            with self.subTest(name):
                client = self.client()
                client.change_settings((INITIAL_WINDOW_SIZE, 0))
                rss = self.probe.rss()
                client.headers(1, client.request(extra=[entry]))
                client.expect_headers(1)
                # The newest entry of the dynamic table is index 62.
                base = client.encode(client.request())
                for number in range(1, 100):
                    block = base + b"\xbe" * 4000
                    if not client.send(pack_frame(HEADERS, END_STREAM | END_HEADERS, 1 + 2 * number, block)):
                        break
                client.wait_for(lambda f: f.type in (GOAWAY, RST_STREAM) or
                                (f.type == HEADERS and client.status(f.stream) == 431), "refusal")
                self.assertLess(self.probe.rss() - rss, 6 * MIB)
                self.assertLessEqual(len(self.origin.requests), 2)

    def test_h2_04_limits_on_heads(self):
        cases = {
            "101 fields": [(f"x-{n}", "v") for n in range(101)],
            "101 crumbs": [("cookie", f"c{n}=v") for n in range(101)],
            "33 KiB": [("x-large", "v" * 11000), ("x-larger", "v" * 11000), ("x-largest", "v" * 11000)],
        }
        for name, extra in cases.items():
            with self.subTest(name):
                client = self.client()
                stream = client.take_stream()
                block = client.encode(client.request(path="/limit", extra=extra), huffman=False)
                client.headers(stream, block[:16000], end_headers=len(block) <= 16000)
                while len(block := block[16000:]) > 0:
                    client.continuation(stream, block[:16000], end_headers=len(block) <= 16000)
                frame = client.wait_for(lambda f: f.type in (GOAWAY, RST_STREAM) or f.type == HEADERS, "refusal")
                if frame and frame.type == HEADERS:
                    self.assertEqual(client.status(stream), 431)
        client = self.client()
        stream = client.take_stream()
        client.headers(stream, client.request(path="/limit" + "a" * 8300))
        frame = client.wait_for(lambda f: f.type in (GOAWAY, RST_STREAM, HEADERS), "refusal")
        if frame and frame.type == HEADERS:
            self.assertEqual(client.status(stream), 414)
        self.assertEqual([r.target for r in self.origin.requests if r.target.startswith("/limit")], [])

    # floods of frames

    def test_h2_05_floods_are_bounded(self):
        floods = {
            "PING": lambda c: pack_frame(PING, 0, 0, b"\0" * 8),
            "SETTINGS": lambda c: pack_frame(SETTINGS, 0, 0, b"\0\x04\0\0\xff\xff"),
            "empty SETTINGS": lambda c: pack_frame(SETTINGS, 0, 0),
            "PRIORITY": lambda c: pack_frame(PRIORITY, 0, 1, priority_payload(0)),
            "WINDOW_UPDATE": lambda c: pack_frame(WINDOW_UPDATE, 0, 0, b"\0\0\0\x01"),
            "empty DATA": lambda c: pack_frame(DATA, 0, 1),
            "unknown frames": lambda c: pack_frame(0x77, 0, 0, b"x"),
        }
        for name, make in floods.items():
            with self.subTest(name):
                client = RawH2(self.port, seconds=15, receive_buffer=4096)
                self.addCleanup(client.wire.close)
                client.headers(1, client.request("POST"), end_stream=False)
                rss, cpu = self.probe.rss(), self.probe.cpu_seconds()
                # The answers are not read, so what the gateway owes us must not pile up.
                client.wire.socket.settimeout(5)
                try:
                    self.flood(client, (make(client) for _ in range(100000)))
                except OSError:
                    pass  # it stopped reading
                self.assertLess(self.probe.rss() - rss, 4 * MIB)
                self.assertLess(self.probe.cpu_seconds() - cpu, 5)

    def test_h2_05_unread_responses_are_bounded(self):
        def large(script):
            while script.next_request() is not None:
                script.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n" + b"x" * 10000000)
        self.origin.script = large
        client = RawH2(self.port, receive_buffer=4096)
        self.addCleanup(client.wire.close)
        client.change_settings((INITIAL_WINDOW_SIZE, (1 << 31) - 1))
        client.window_update(0, (1 << 31) - 1 - 65535)
        rss = self.probe.rss()
        for number in range(20):
            client.headers(1 + 2 * number, client.request())
        self.origin.wait(lambda: len(self.origin.requests) >= 20)
        deadline = time.monotonic() + 1
        while time.monotonic() < deadline:
            self.assertLess(self.probe.rss() - rss, 16 * MIB)

    # compression

    def test_h2_06_bad_compression_ends_the_connection(self):
        for name, block in {
            "index 0": b"\x80", "index beyond": b"\xff\x80\x08", "huge integer": b"\xff" + b"\xff" * 20,
            "string beyond the block": b"\0\x7f\xff\xff\xff\x07a",
            "size update too large": b"\x3f\xe1\xff\x03", "size update late": b"\x82\x20",
            "bad padding": b"\0\x01a\x82\xff\xfe\xff", "EOS": b"\0\x01a\x84\xff\xff\xff\xff",
            "truncated": b"\x40", "unended integer": b"\x7f\x80\x80\x80\x80\x80",
        }.items():
            with self.subTest(name):
                client = self.client()
                client.headers(1, client.encode(client.request()) + block)
                client.expect_connection_error(COMPRESSION_ERROR, PROTOCOL_ERROR)
                self.assertEqual(self.origin.requests, [])

    # what must not survive the step down to HTTP/1.1

    def refused(self, name, fields, body=None, trailers=None):
        with self.subTest(name):
            self.origin.forget()
            client = self.client()
            stream = client.take_stream()
            client.headers(stream, fields, end_stream=body is None)
            if body is not None:
                client.data(stream, body, end_stream=trailers is None)
            if trailers is not None:
                client.headers(stream, trailers)
            frame = client.wait_for(lambda f: (f.stream == stream and f.type in (RST_STREAM, HEADERS)) or
                                    (f.type == GOAWAY and f.code != NO_ERROR), "refusal")
            if frame is not None and frame.type == HEADERS:
                self.assertEqual(client.status(stream), 400)
            self.assertEqual(self.origin.requests, [])
            self.assertEqual(self.origin.unclean(), [])

    def test_h2_07_no_byte_splits_a_message(self):
        request = dict(RawH2.request(self.client()))
        for byte in [*range(0, 0x21), 0x7F]:
            raw = chr(byte)
            for place in (":path", ":authority", ":method", ":scheme"):
                fields = dict(request)
                fields[place] = fields[place] + raw + "x"
                self.refused(f"{byte:#04x} in {place}", list(fields.items()))
            if byte not in (0x20, 0x09):
                self.refused(f"{byte:#04x} in a value", [*request.items(), ("x-a", "b" + raw + "c")])
            self.refused(f"{byte:#04x} in a name", [*request.items(), ("x-a" + raw + "b", "c")])
        for name in ("x:a", "", "x(a)", "x,a", "x/a", 'x"a', "x\u00e9a", "x[a]", "x_a"):
            self.refused(f"name '{name}'", [*request.items(), (name, "b")])
        self.refused("a request in :path", self.client().request(path="/ HTTP/1.1\r\nHost: evil\r\n\r\nGET /smuggled"))
        for value in (" b", "b ", "\tb"):
            self.refused(f"white space around a value {value!r}", [*request.items(), ("x-a", value)])

    def test_h2_08_lengths_that_do_not_match(self):
        def post(length):
            return self.client().request("POST", extra=[("content-length", value) for value in length])
        for name, length, body in (("shorter", ["5"], b"hell"), ("longer", ["5"], b"hello!"), ("none", ["5"], None),
                                   ("twice", ["5", "5"], b"hello"),
                                   ("twice different", ["5", "6"], b"hello"), ("list", ["5, 5"], b"hello"),
                                   ("sign", ["+5"], b"hello"), ("hex", ["0x5"], b"hello"),
                                   ("negative", ["-5"], b"hello"), ("empty", [""], b"hello"),
                                   ("huge", ["99999999999999999999"], b"hello"), ("letters", ["five"], b"hello")):
            self.refused(name, post(length), body)
        self.refused("in trailers", self.client().request("POST"), b"hello", [("content-length", "5"), (":x", "y")])

    def test_h2_09_connection_fields(self):
        for field in (("connection", "close"), ("connection", "keep-alive"), ("transfer-encoding", "chunked"),
                      ("upgrade", "h2c"), ("keep-alive", "timeout=5"),
                      ("proxy-connection", "keep-alive"), ("te", "gzip"), ("te", "trailers, gzip"), ("X-Upper", "a"),
                      ("Transfer-Encoding", "chunked")):
            self.refused(str(field), self.client().request(extra=[field]))

    def test_h2_10_pseudo_fields(self):
        base = self.client().request()
        for name, fields in {
            "second :method": [*base[:1], *base], "second :path": [(":path", "/a"), *base],
            "second :authority": [(":authority", "evil"), *base],
            "after a field": [base[0], ("x-a", "b"), *base[1:]], "unknown": [*base, (":unknown", "x")],
            "response": [*base, (":status", "200")],
            "no :method": base[1:], "no :path": base[:3], "no :scheme": [base[0], *base[2:]],
            "empty :path": [*base[:3], (":path", "")],
            "path without slash": [*base[:3], (":path", "noslash")], "empty :method": [(":method", ""), *base[1:]],
            "host differs": [*base, ("host", "evil.example")],
            "two hosts": [*base[:2], base[3], ("host", "a"), ("host", "b")],
            ":protocol without CONNECT": [*base, (":protocol", "websocket")],
            "asterisk for GET": [*base[:3], (":path", "*")],
            "userinfo in :authority": [*base[:2], (":authority", "u@gateway.example"), base[3]],
            "path in :authority": [*base[:2], (":authority", "gateway.example/x"), base[3]],
            "empty :authority": [*base[:2], (":authority", ""), base[3]],
            "CONNECT with :path": [(":method", "CONNECT"), *base[1:]],
            "absolute :path": [*base[:3], (":path", "http://evil.example/")],
            "dot segments above the root": [*base[:3], (":path", "/../x")],
            "encoded slash": [*base[:3], (":path", "/a%2fb")], "fragment": [*base[:3], (":path", "/a#b")],
        }.items():
            self.refused(name, fields)
        self.refused("in trailers", self.client().request("POST"), b"x", [(":path", "/evil")])

    def test_h2_11_frames_that_lie(self):
        for name, data in {
            "DATA on stream 0": pack_frame(DATA, 0, 0, b"x"),
            "even stream": pack_frame(HEADERS, END_STREAM | END_HEADERS, 2, b"\x82"),
            "SETTINGS of 5": pack_frame(SETTINGS, 0, 0, b"\0" * 5),
            "frame above the limit": pack_frame(DATA, 0, 0, b"x" * 16385),
            "padding of all": pack_frame(DATA, 0x8, 1, b"\x05xxxxx"),
            "settings with 1000 entries": pack_frame(SETTINGS, 0, 0, b"\0\x04\0\0\xff\xff" * 1000),
            "length beyond": b"\xff\xff\xff" + bytes([DATA, 0]) + b"\0\0\0\x01",
        }.items():
            with self.subTest(name):
                client = self.client()
                client.send(data)
                client.expect_connection_error(*range(1, 14))

    def test_h2_12_one_bad_stream_leaves_the_others_alone(self):
        def late(script):
            while (request := script.next_request()) is not None:
                if request.target == "/late":
                    release.wait(10)
                script.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        import threading
        release = threading.Event()
        self.origin.script = late
        client = self.client()
        client.headers(1, client.request(path="/late"))
        client.headers(3, client.request(extra=[("connection", "close")]))
        client.expect_stream_error(3, PROTOCOL_ERROR)
        release.set()
        client.expect_stream_end(1)
        self.assertEqual(client.status(1), 200)

    def test_priorities_and_odd_order_do_no_harm(self):
        client = self.client()
        for stream in range(1, 200, 2):
            client.frame(PRIORITY, 0, stream + 1000, priority_payload(stream))
        self.assertEqual(client.status(client.get("/ok")), 200)

    def test_one_port_serves_both_protocols(self):
        with RawClient(self.port) as client:
            client.send_parts([b"PRI", b" * HTTP/2.0\r\n", b"\r\nSM\r\n\r\n", pack_frame(SETTINGS, 0, 0)])
            while len(client.buffer) < 9 and client.fill():
                pass
            self.assertEqual(client.buffer[3], SETTINGS)
        with RawClient(self.port) as client:
            client.send(b"P")
            client.send(b"OST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
            self.assertEqual(client.read_response().status, 200)


if __name__ == "__main__":
    unittest.main()
