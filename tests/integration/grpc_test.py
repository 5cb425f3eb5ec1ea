"""A gRPC client and server of grpcio through the real binary: all four kinds, errors, metadata, deadlines."""

import concurrent.futures
import os
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..")]
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")

import grpc  # noqa: E402

from support.certificates import Authority  # noqa: E402
from support.gateway import Gateway, forward_to  # noqa: E402
from support.process import Scratch  # noqa: E402

LIMIT = [("grpc.max_receive_message_length", 32 << 20), ("grpc.max_send_message_length", 32 << 20),
         ("grpc.enable_http_proxy", 0)]


def unary(request, context):
    metadata = dict(context.invocation_metadata())
    context.send_initial_metadata((("x-initial", metadata.get("x-ask", "none")),))
    context.set_trailing_metadata((("x-trailing", "end"), ("x-raw-bin", bytes(range(256)))))
    return request


def fail(request, context):
    context.set_trailing_metadata((("x-why", "asked"),))
    context.abort(grpc.StatusCode.FAILED_PRECONDITION, "not now: \u00e4 %")


def sleep(request, context):
    # Ends when the client goes, so that a cancelled call leaves nothing behind.
    while context.is_active():
        time.sleep(0.01)
    return b""


def remaining(request, context):
    return str(context.time_remaining()).encode()


def collect(requests, context):
    return b"|".join(requests)


def spread(request, context):
    for number in range(int(request)):
        yield b"%d" % number


def spread_then_fail(request, context):
    yield b"first"
    context.abort(grpc.StatusCode.DATA_LOSS, "half way")


def chat(requests, context):
    for request in requests:
        yield b"re:" + request


def serve():
    handlers = grpc.method_handlers_generic_handler("test.Echo", {
        "Unary": grpc.unary_unary_rpc_method_handler(unary), "Fail": grpc.unary_unary_rpc_method_handler(fail),
        "Sleep": grpc.unary_unary_rpc_method_handler(sleep),
        "Remaining": grpc.unary_unary_rpc_method_handler(remaining),
        "Collect": grpc.stream_unary_rpc_method_handler(collect),
        "Spread": grpc.unary_stream_rpc_method_handler(spread),
        "SpreadThenFail": grpc.unary_stream_rpc_method_handler(spread_then_fail),
        "Chat": grpc.stream_stream_rpc_method_handler(chat),
    })
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(max_workers=64), options=LIMIT)
    server.add_generic_rpc_handlers((handlers,))
    return server, server.add_insecure_port("127.0.0.1:0")


class Grpc:
    """The cases, over the channel of a subclass."""

    def call(self, name, kind="unary_unary"):
        return getattr(self.channel, kind)("/test.Echo/" + name)

    def test_unary_with_metadata(self):
        response, call = self.call("Unary").with_call(b"hello", metadata=(("x-ask", "this"), ("x-in-bin", b"\0\xff")),
                                                      timeout=10)
        self.assertEqual(response, b"hello")
        self.assertIn(("x-initial", "this"), call.initial_metadata())
        self.assertIn(("x-trailing", "end"), call.trailing_metadata())
        self.assertIn(("x-raw-bin", bytes(range(256))), call.trailing_metadata())

    def test_message_sizes(self):
        for size in (0, 1, 16384, 65535, 65536, 1 << 20, 8 << 20):
            with self.subTest(size=size):
                self.assertEqual(self.call("Unary")(b"x" * size, timeout=30), b"x" * size)

    def test_error_with_details(self):
        with self.assertRaises(grpc.RpcError) as caught:
            self.call("Fail")(b"", timeout=10)
        self.assertEqual(caught.exception.code(), grpc.StatusCode.FAILED_PRECONDITION)
        self.assertEqual(caught.exception.details(), "not now: \u00e4 %")
        self.assertIn(("x-why", "asked"), caught.exception.trailing_metadata())

    def test_unknown_method_is_trailers_only(self):
        with self.assertRaises(grpc.RpcError) as caught:
            self.call("Nothing")(b"", timeout=10)
        self.assertEqual(caught.exception.code(), grpc.StatusCode.UNIMPLEMENTED)

    def test_client_streaming(self):
        self.assertEqual(self.call("Collect", "stream_unary")(iter([b"a", b"b", b"c"]), timeout=10), b"a|b|c")

    def test_server_streaming(self):
        self.assertEqual(list(self.call("Spread", "unary_stream")(b"1000", timeout=20)),
                         [b"%d" % n for n in range(1000)])

    def test_server_streaming_that_fails(self):
        stream = self.call("SpreadThenFail", "unary_stream")(b"", timeout=10)
        self.assertEqual(next(stream), b"first")
        with self.assertRaises(grpc.RpcError) as caught:
            next(stream)
        self.assertEqual(caught.exception.code(), grpc.StatusCode.DATA_LOSS)

    def test_both_ways_in_step(self):
        import queue
        outgoing = queue.Queue()
        stream = self.call("Chat", "stream_stream")(iter(outgoing.get, None), timeout=20)
        for number in range(50):  # an answer must come before the next question is asked
            outgoing.put(b"%d" % number)
            self.assertEqual(next(stream), b"re:%d" % number)
        outgoing.put(None)
        self.assertEqual(list(stream), [])

    def test_deadline_is_kept_and_passed_on(self):
        with self.assertRaises(grpc.RpcError) as caught:
            self.call("Sleep")(b"", timeout=0.3)
        self.assertEqual(caught.exception.code(), grpc.StatusCode.DEADLINE_EXCEEDED)
        # grpcio rounds on both sides; a deadline that was lost would be None or years.
        self.assertLess(float(self.call("Remaining")(b"", timeout=20)), 25)

    def test_cancel(self):
        future = self.call("Sleep").future(b"", timeout=20)
        future.cancel()
        self.assertTrue(future.cancelled())

    def test_many_at_a_time(self):
        futures = [self.call("Unary").future(b"%d" % number, timeout=30) for number in range(300)]
        self.assertEqual([future.result() for future in futures], [b"%d" % number for number in range(300)])


class Setup(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        scratch = Scratch()
        cls.addClassCleanup(scratch.close)
        cls.authority = Authority(scratch)
        certificate, key = cls.authority.leaf("edge")
        server, port = serve()
        cls.gateway = Gateway(forward_to(port, service={"protocol": "h2"}, listeners={
            "plain": {"address": "127.0.0.1:0"},
            "edge": {"address": "127.0.0.1:0", "tls": {"certificates": [{"cert": certificate, "key": key}]}}}))
        cls.addClassCleanup(cls.gateway.__exit__, None, None, None)
        server.start()
        cls.addClassCleanup(lambda: server.stop(0).wait())

    def tearDown(self):
        self.channel.close()


class OverPlain(Grpc, Setup):
    def setUp(self):
        self.channel = grpc.insecure_channel(f"127.0.0.1:{self.gateway.port('plain')}", options=LIMIT)


class OverTls(Grpc, Setup):
    def setUp(self):
        with open(self.authority.path, "rb") as ca:
            credentials = grpc.ssl_channel_credentials(ca.read())
        self.channel = grpc.secure_channel(f"localhost:{self.gateway.port('edge')}", credentials, options=LIMIT)


class LocalReplies(unittest.TestCase):
    def test_an_error_of_the_gateway_is_a_grpc_status(self):
        # gRPC's mapping of HTTP statuses would give UNAVAILABLE too, but the gateway must say it in trailers.
        with Gateway(forward_to(1, service={"protocol": "h2"})) as gateway:
            channel = grpc.insecure_channel(f"127.0.0.1:{gateway.port()}", options=LIMIT)
            with self.assertRaises(grpc.RpcError) as caught:
                channel.unary_unary("/test.Echo/Unary")(b"", timeout=10)
            self.assertEqual(caught.exception.code(), grpc.StatusCode.UNAVAILABLE)
            channel.close()


if __name__ == "__main__":
    unittest.main()
