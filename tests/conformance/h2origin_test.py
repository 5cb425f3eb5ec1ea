"""The gateway as HTTP/2 client: h2specd's cases and malformed answers, and what its own clients see of them."""

import os
import sys
import threading
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..")]

from h2origin_cases import CASES  # noqa: E402
from support.gateway import Gateway, forward_to  # noqa: E402
from support.raw_client import RawClient  # noqa: E402
from support.raw_http2 import (END_STREAM, ENHANCE_YOUR_CALM, GOAWAY, MAX_CONCURRENT_STREAMS, REFUSED_STREAM,
                               RST_STREAM, H2Origin, RawH2,  # noqa: E402
                               answer_ok)

REQUEST = b"GET /case HTTP/1.1\r\nHost: gateway.example\r\n\r\n"


class Upstream(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.origin = H2Origin()
        cls.addClassCleanup(cls.origin.close)
        cls.gateway = Gateway(forward_to(cls.origin.port, service={"protocol": "h2", "timeouts": {"header": "5s"}}))
        cls.addClassCleanup(cls.gateway.__exit__, None, None, None)
        cls.port = cls.gateway.port("web")

    def tearDown(self):
        self.assertTrue(self.gateway.program.running(), self.gateway.program.log())

    def ask(self):
        with RawClient(self.port, seconds=15) as client:
            client.send(REQUEST)
            return client.read_response()

    def run_case(self, function, accepted):
        response = self.origin.run(lambda peer, stream, _: function(peer, stream), self.ask)
        if accepted:
            self.assertEqual((response.status, response.complete), (200, True))
        else:
            # A retried request may end well; anything else is an error that the client can tell.
            self.assertTrue(response is None or response.status in (200, 502, 504) or not response.complete, response)
            self.assertNotIn("evil", str(response))
        self.origin.script = answer_ok
        after = self.ask()
        self.assertEqual(after.status, 200, "the gateway did not recover")

    def test_every_case(self):
        for key, (about, accepted, function) in CASES.items():
            with self.subTest(key, about=about):
                self.run_case(function, accepted)

    def test_the_list_is_whole(self):
        self.assertGreaterEqual(len([key for key in CASES if key.startswith("client/")]), 57)

    def test_h2_13_goaway_moves_unprocessed_requests(self):
        def away(peer, stream, fields):
            peer.goaway(last_stream=0)
        response = self.origin.run(away, self.ask)
        self.assertEqual(response.status, 200)

    def test_h2_13_refused_streams_are_tried_again(self):
        response = self.origin.run(lambda peer, stream, _: peer.reset(stream, REFUSED_STREAM), self.ask)
        self.assertEqual(response.status, 200)

    def test_h2_13_goaway_lets_answered_requests_end(self):
        def away_but_finish(peer, stream, fields):
            peer.headers(stream, [(":status", "200")], end_stream=False)
            peer.goaway(last_stream=stream)
            peer.data(stream, b"whole")
        response = self.origin.run(away_but_finish, self.ask)
        self.assertEqual((response.status, response.body), (200, b"whole"))

    def test_a_reset_behind_the_head_cuts_the_body(self):
        def cut(peer, stream, fields):
            peer.headers(stream, [(":status", "200")], end_stream=False)
            peer.data(stream, b"half", end_stream=False)
            peer.reset(stream, ENHANCE_YOUR_CALM)
        response = self.origin.run(cut, self.ask)
        self.assertTrue(response is None or response.status in (502, 503, 504) or not response.complete)
        with RawH2(self.port) as client:
            def ask():
                client.headers(1, client.request())
                return client.expect_stream_end(1)
            frame = self.origin.run(cut, ask)
            self.assertTrue(frame.type == RST_STREAM or client.status(1) == 502, frame)

    def test_a_connection_that_ends_without_goaway_cuts_the_body(self):
        def cut(peer, stream, fields):
            peer.headers(stream, [(":status", "200"), ("content-length", "100")], end_stream=False)
            peer.data(stream, b"half", end_stream=False)
            peer.wire.close()
        response = self.origin.run(cut, self.ask)
        # Cut before its head was seen, the request may have been retried and have ended well; half is never whole.
        retried = response is not None and b"half" not in response.body
        self.assertTrue(response is None or response.status >= 500 or not response.complete or retried)

    def test_requests_share_connections_and_keep_to_the_limit(self):
        with H2Origin() as origin:
            origin.greeting = ((MAX_CONCURRENT_STREAMS, 5),)
            open_now, most, lock = [], [], threading.Lock()

            def count(peer, stream, fields):
                with lock:
                    open_now.append(peer)
                    most.append(open_now.count(peer))
                answer_ok(peer, stream, fields)
                with lock:
                    open_now.remove(peer)
            origin.script = count
            with Gateway(forward_to(origin.port,
                                    service={"protocol": "h2"})) as gateway, RawH2(gateway.port()) as client:
                streams = [client.take_stream() for _ in range(50)]
                for stream in streams:
                    client.headers(stream, client.request())
                ended = set()
                while len(ended) < len(streams):
                    ended.add(self.any_end(client))
                self.assertEqual({client.status(stream) for stream in streams}, {200})
            self.assertLessEqual(max(most), 5)
            self.assertLess(len(origin.peers), 50)

    def any_end(self, client):
        frame = client.wait_for(lambda f: f.type == GOAWAY or (f.flags & END_STREAM and f.stream), "end of a stream")
        self.assertTrue(frame is not None and frame.type != GOAWAY, list(client.seen))
        return frame.stream

    def test_canonical_request(self):
        seen = []

        def keep(peer, stream, fields):
            seen.extend(fields)
            answer_ok(peer, stream, fields)
        self.origin.script = keep
        with RawClient(self.port) as client:
            client.send(b"GET /a/./b?x=1 HTTP/1.1\r\nHost: gateway.example\r\nConnection: x-hop\r\nX-Hop: 1\r\nX-Mixed: Value\r\nTE: trailers\r\n\r\n")
            self.assertEqual(client.read_response().status, 200)
        fields = dict(seen)
        self.assertEqual([name for name, _ in seen[:4]],
                         sorted([name for name, _ in seen[:4]], key=lambda n: not n.startswith(":")))
        self.assertEqual((fields[":method"], fields[":path"], fields[":authority"], fields["x-mixed"]),
                         ("GET", "/a/b?x=1", "gateway.example", "Value"))
        self.assertFalse({"host", "connection", "x-hop", "transfer-encoding"} & fields.keys())
        self.assertTrue(all(name == name.lower() for name in fields))


if __name__ == "__main__":
    unittest.main()
