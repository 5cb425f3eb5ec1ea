"""What the gateway makes of an origin that misbehaves: threats H1-18, H1-19 and H1-24, FT-03, FT-05 and FT-06."""

import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..")]

from h1_cases import get, post  # noqa: E402
from support.gateway import Gateway, forward_to  # noqa: E402
from support.raw_client import RawClient  # noqa: E402
from support.raw_http2 import END_STREAM, HEADERS, RST_STREAM, RawH2  # noqa: E402
from support.recorder import Recorder, answer_bytes, answer_ok  # noqa: E402

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"

# Heads that must become 502: nothing of them may reach the client.
BAD_HEADS = {
    "both lengths": OK + b"Content-Length: 5\r\n" + CHUNKED + b"\r\n0\r\n\r\n",
    "two lengths": OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    "two equal lengths": OK + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
    "length list": OK + b"Content-Length: 5, 5\r\n\r\nhello",
    "length with sign": OK + b"Content-Length: +5\r\n\r\nhello",
    "negative length": OK + b"Content-Length: -5\r\n\r\nhello",
    "length in hex": OK + b"Content-Length: 0x5\r\n\r\nhello",
    "empty length": OK + b"Content-Length:\r\n\r\n",
    "huge length": OK + b"Content-Length: 99999999999999999999\r\n\r\n",
    "unknown coding": OK + b"Transfer-Encoding: cow\r\n\r\n",
    "coding not last": OK + b"Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
    "coding twice": OK + CHUNKED + CHUNKED + b"\r\n0\r\n\r\n",
    "coding in HTTP/1.0": b"HTTP/1.0 200 OK\r\n" + CHUNKED + b"\r\n0\r\n\r\n",
    "status of four digits": b"HTTP/1.1 1000 X\r\nContent-Length: 0\r\n\r\n",
    "status of two digits": b"HTTP/1.1 20 X\r\nContent-Length: 0\r\n\r\n",
    "status 000": b"HTTP/1.1 000 X\r\nContent-Length: 0\r\n\r\n",
    "status 099": b"HTTP/1.1 099 X\r\nContent-Length: 0\r\n\r\n",
    "status with letters": b"HTTP/1.1 2x0 X\r\nContent-Length: 0\r\n\r\n",
    "negative status": b"HTTP/1.1 -20 X\r\nContent-Length: 0\r\n\r\n",
    "no status": b"HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
    "version 2": b"HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n",
    "version in lower case": b"http/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    "no version": b"200 OK\r\nContent-Length: 0\r\n\r\n",
    "another protocol": b"SSH-2.0-OpenSSH_9.2\r\n",
    "garbage": bytes(range(256)),
    "HTTP/0.9": b"<html>hello</html>",
    "bare LF": b"HTTP/1.1 200 OK\nContent-Length: 0\n\n",
    "bare CR in a value": OK + b"X-A: b\rX-C: d\r\nContent-Length: 0\r\n\r\n",
    "bare LF in a value": OK + b"X-A: b\nX-C: d\r\nContent-Length: 0\r\n\r\n",
    "NUL in a value": OK + b"X-A: b\0c\r\nContent-Length: 0\r\n\r\n",
    "control in the reason": b"HTTP/1.1 200 O\x01K\r\nContent-Length: 0\r\n\r\n",
    "folded field": OK + b"X-A: b\r\n c\r\nContent-Length: 0\r\n\r\n",
    "space before the colon": OK + b"Content-Length : 0\r\n\r\n",
    "no colon": OK + b"NoColon\r\nContent-Length: 0\r\n\r\n",
    "empty name": OK + b": x\r\nContent-Length: 0\r\n\r\n",
    "name with a space": OK + b"X A: x\r\nContent-Length: 0\r\n\r\n",
    "too many fields": OK + b"X-A: b\r\n" * 2000 + b"Content-Length: 0\r\n\r\n",
    "a huge field": OK + b"X-A: " + b"b" * 300000 + b"\r\nContent-Length: 0\r\n\r\n",
    "a head without end": OK + b"X-A: b\r\n",
    "nothing": b"",
    "unasked 101": b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    "too many interim": b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 100 + OK + b"Content-Length: 0\r\n\r\n",
    "interim 199 without end": b"HTTP/1.1 199 X\r\n\r\n",
}

# Bodies that end early: the client must see the end as an error.
TRUNCATED = {
    "length not reached": OK + b"Content-Length: 100\r\n\r\nhello",
    "no last chunk": OK + CHUNKED + b"\r\n5\r\nhello\r\n",
    "half a chunk": OK + CHUNKED + b"\r\nA\r\nhello",
    "bad chunk size": OK + CHUNKED + b"\r\n5\r\nhello\r\nXX\r\n",
    "chunk size too large": OK + CHUNKED + b"\r\n5\r\nhello\r\nFFFFFFFFFFFFFFFFF\r\n",
    "no end after a chunk": OK + CHUNKED + b"\r\n5\r\nhelloworld\r\n0\r\n\r\n",
    "bare LF after a size": OK + CHUNKED + b"\r\n5\r\nhello\r\n5\nhello\r\n0\r\n\r\n",
    "half a trailer": OK + CHUNKED + b"\r\n5\r\nhello\r\n0\r\nX-T: a",
}


class Origins(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.origin = Recorder()
        cls.addClassCleanup(cls.origin.close)
        cls.gateway = Gateway(forward_to(cls.origin.port, service={"timeouts": {"header": "2s"}}))
        cls.addClassCleanup(cls.gateway.__exit__, None, None, None)
        cls.port = cls.gateway.port("web")

    def setUp(self):
        self.origin.script = answer_ok
        self.origin.forget()

    def tearDown(self):
        self.assertTrue(self.gateway.program.running(), self.gateway.program.log())
        self.assertEqual(self.origin.errors, [])

    def still_serves(self):
        self.origin.script = answer_ok
        with RawClient(self.port) as client:
            client.send(get(target=b"/after"))
            self.assertEqual(client.read_response().status, 200)

    def test_h1_24_a_bad_head_becomes_502_and_is_not_pooled(self):
        for name, data in BAD_HEADS.items():
            with self.subTest(name):
                self.origin.forget()
                self.origin.script = answer_bytes(data)
                with RawClient(self.port) as client:
                    client.send(get(target=b"/bad"))
                    response = client.read_response()
                    self.assertIsNotNone(response, "no answer")
                    self.assertIn(response.status, (502, 504))
                    self.assertNotIn(b"hello", response.body)
                self.still_serves()

    def test_h1_24_a_bad_head_is_an_error_over_http2_too(self):
        for name in ("both lengths", "garbage", "bare LF", "unasked 101", "nothing"):
            with self.subTest(name), RawH2(self.port) as client:
                self.origin.script = answer_bytes(BAD_HEADS[name])
                self.assertEqual(client.status(client.get("/bad")), 502)

    def test_ft_06_a_truncated_body_is_seen_as_an_error(self):
        for name, data in TRUNCATED.items():
            with self.subTest(name):
                self.origin.script = answer_bytes(data)
                with RawClient(self.port) as client:
                    client.send(get(target=b"/cut"))
                    response = client.read_response()
                    self.assertTrue(response is None or response.status == 502 or not response.complete,
                                    f"a clean end: {response}")
                    self.assertTrue(client.closed(), "the connection stayed open")
                self.still_serves()

    def test_ft_06_a_truncated_body_resets_the_stream(self):
        for name, data in TRUNCATED.items():
            with self.subTest(name), RawH2(self.port) as client:
                self.origin.script = answer_bytes(data)
                stream = client.take_stream()
                client.headers(stream, client.request(path="/cut"))
                frame = client.expect_stream_end(stream)
                if client.status(stream) == 200:
                    self.assertEqual(frame.type, RST_STREAM, f"a clean end: {frame}")

    def test_ft_06_a_reset_in_a_body_is_seen_as_an_error(self):
        def cut(script):
            script.next_request()
            script.send(OK + b"Content-Length: 100000\r\n\r\n" + b"x" * 1000)
            script.reset()
        self.origin.script = cut
        with RawClient(self.port) as client:
            client.send(get(target=b"/cut"))
            response = client.read_response()
            self.assertTrue(response is None or response.status == 502 or not response.complete)

    def test_a_close_delimited_body_ends_well(self):
        self.origin.script = answer_bytes(OK + b"X-A: b\r\n\r\nall of it")
        with RawClient(self.port) as client:
            client.send(get(target=b"/close"))
            response = client.read_response()
            self.assertEqual((response.status, response.body, response.complete), (200, b"all of it", True))
        with RawH2(self.port) as client:
            stream = client.get("/close")
            self.assertEqual((client.status(stream), client.bodies[stream]), (200, b"all of it"))

    def test_bytes_behind_an_answer_are_never_served(self):
        self.origin.script = answer_bytes(OK + b"Content-Length: 2\r\n\r\nok" + OK + b"Content-Length: 6\r\n\r\npoison",
                                          close=False)
        for _ in range(3):
            with RawClient(self.port) as client:
                client.send(get(target=b"/a") + get(target=b"/b"))
                for _ in range(2):
                    response = client.read_response()
                    if response is not None and response.status == 200:
                        self.assertEqual(response.body, b"ok")

    def test_h1_18_interim_responses_are_passed_on(self):
        self.origin.script = answer_bytes(b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n" * 2 + OK +
                                          b"Content-Length: 2\r\n\r\nok", close=False)
        with RawClient(self.port) as client:
            client.send(get(target=b"/hints"))
            response = client.read_response()
            self.assertEqual((response.status, response.body), (200, b"ok"))
            self.assertEqual([interim.status for interim in response.interim], [103, 103])
            self.assertEqual(response.interim[0].get("link"), "</a.css>")

    def test_h1_18_an_old_client_gets_no_interim_response(self):
        self.origin.script = answer_bytes(b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n" + OK +
                                          b"Content-Length: 2\r\n\r\nok", close=False)
        with RawClient(self.port) as client:
            client.send(get(target=b"/hints", version=b"HTTP/1.0"))
            response = client.read_response()
            self.assertEqual((response.status, response.interim), (200, []))

    def test_answers_without_a_body(self):
        for status, extra in ((204, b""), (204, b"Content-Length: 5\r\n"),
                              (304, b"Content-Length: 5\r\nETag: \"x\"\r\n")):
            with self.subTest(status=status, extra=extra):
                self.origin.script = answer_bytes(b"HTTP/1.1 %d X\r\n%s\r\n" % (status, extra), close=False)
                with RawClient(self.port) as client:
                    client.send(get(target=b"/none"))
                    response = client.read_response()
                    self.assertEqual(response.status, status)
                    if status == 204:
                        self.assertIsNone(response.get("content-length"), "RFC 9110 section 8.6")
                        self.assertIsNone(response.get("transfer-encoding"))
                    self.origin.script = answer_ok
                    client.send(get(target=b"/next"))
                    self.assertEqual(client.read_response().body, b"ok")

    def test_hop_by_hop_fields_of_an_answer_stay_here(self):
        self.origin.script = answer_bytes(OK +
                                          b"Connection: x-hop, keep-alive\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\nProxy-Connection: x\r\n"
                                          b"X-Stay: 1\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 2\r\n\r\nok", close=False)
        with RawClient(self.port) as client:
            client.send(get(target=b"/hop"))
            response = client.read_response()
            for name in ("x-hop", "keep-alive", "proxy-connection"):
                self.assertIsNone(response.get(name), name)
            self.assertEqual(response.get("x-stay"), "1")
            self.assertEqual([value for name, value in response.fields if name == "set-cookie"], ["a=1", "b=2"])

    def test_h1_11_trailers_reach_clients_that_take_them(self):
        self.origin.script = answer_bytes(OK + CHUNKED +
                                          b"Trailer: X-Sum\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: abc\r\nContent-Length: 9\r\n\r\n", close=False)
        with RawH2(self.port) as client:
            stream = client.take_stream()
            client.headers(stream, client.request(path="/t", extra=[("te", "trailers")]))
            frame = client.expect(HEADERS, lambda f: bool(f.flags & END_STREAM))
            self.assertEqual(frame.stream, stream)
            self.assertEqual(client.bodies[stream], b"hello")
            self.assertEqual(client.responses[stream], [("x-sum", "abc")])
        with RawClient(self.port) as client:
            client.send(get(b"TE: trailers\r\nConnection: te\r\n", b"/t"))
            response = client.read_response()
            self.assertTrue(response.complete)
            self.assertNotIn("content-length", dict(response.trailers))

    def test_ft_03_an_origin_that_never_answers_is_504(self):
        def silent(script):
            script.next_request()
            script.receive()
        self.origin.script = silent
        with RawClient(self.port) as client:
            client.send(get(target=b"/silent"))
            self.assertEqual(client.read_response().status, 504)
        self.still_serves()

    def test_ft_02_nobody_listens_is_503_or_502(self):
        with Gateway(forward_to(1)) as gateway, RawClient(gateway.port()) as client:
            client.send(get(target=b"/none") + get(target=b"/again"))
            self.assertIn(client.read_response().status, (502, 503))
            self.assertIn(client.read_response().status, (502, 503), "the connection was not kept")

    def test_ft_05_a_reused_connection_that_died_is_replaced_unseen(self):
        def one_each(script):
            script.next_request()
            script.send(OK + b"Content-Length: 2\r\n\r\nok")
        with Gateway(forward_to(self.origin.port)) as gateway:
            self.origin.script = one_each  # says keep-alive, then closes
            with RawClient(gateway.port()) as client:
                for number in range(30):
                    client.send(get(target=b"/n%d" % number))
                    self.assertEqual(client.read_response().status, 200)

    def test_ft_05_a_post_on_a_dead_connection_is_not_sent_twice(self):
        def swallow(script):
            script.next_request()
            script.reset()
        self.origin.script = swallow
        with RawClient(self.port) as client:
            client.send(post(b"Content-Length: 5\r\n", b"hello", b"/once"))
            self.assertEqual(client.read_response().status, 502)
        self.assertEqual(len([r for r in self.origin.requests if r.target == "/once"]), 1)


class Tunnels(unittest.TestCase):
    """H1-19: a tunnel opens only when both sides said so, and carries bytes both ways until an end."""

    UPGRADE = (b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
               b"Sec-WebSocket-Version: 13\r\n")
    SWITCH = (b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
              b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n")

    def setUp(self):
        self.origin = Recorder()
        self.addCleanup(self.origin.close)
        gateway = Gateway(forward_to(self.origin.port))
        self.addCleanup(gateway.__exit__, None, None, None)
        self.port = gateway.port()

    def test_bytes_flow_both_ways(self):
        def mirror(script):
            head = script.next_head()
            assert head.get("upgrade") == "websocket", head
            script.send(self.SWITCH)
            while data := script.socket.recv(65536):
                script.send(data)
        self.origin.script = mirror
        with RawClient(self.port) as client:
            client.send(get(self.UPGRADE, b"/ws") + b"early")
            self.assertEqual(client.read_response().status, 101)
            client.send(b" and late" * 1000)
            wanted = b"early" + b" and late" * 1000
            while len(client.buffer) < len(wanted) and client.fill():
                pass
            self.assertEqual(client.buffer, wanted)
        self.assertEqual(self.origin.errors, [])

    def test_early_bytes_wait_for_the_answer(self):
        seen = []

        def refuse(script):
            request = script.next_head()
            seen.append(script.connection.bytes[len(request.head):])
            script.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno")
            script.receive()
        self.origin.script = refuse
        with RawClient(self.port) as client:
            client.send(get(self.UPGRADE, b"/ws") + get(target=b"/smuggled"))
            self.assertIn(client.read_response().status, (200, 502))
        self.assertEqual(seen[:1], [b""], "bytes went out before the upgrade was agreed")

    def test_another_protocol_than_asked_is_refused(self):
        self.origin.script = answer_bytes(self.SWITCH.replace(b"Upgrade: websocket", b"Upgrade: h2c"))
        with RawClient(self.port) as client:
            client.send(get(self.UPGRADE, b"/ws"))
            self.assertEqual(client.read_response().status, 502)


if __name__ == "__main__":
    unittest.main()
