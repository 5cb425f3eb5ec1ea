"""WebSocket through the real binary: python3-websockets at both ends, and over HTTP/2 (RFC 8441) with a raw client."""

import asyncio
import logging
import os
import ssl
import struct
import sys
import threading
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..")]

import websockets  # noqa: E402

from support.certificates import Authority  # noqa: E402
from support.gateway import Gateway, forward_to  # noqa: E402
from support.process import Scratch  # noqa: E402
from support.raw_http2 import DATA, ENABLE_CONNECT_PROTOCOL, END_STREAM, RST_STREAM, RawH2  # noqa: E402

LARGE = 8 << 20
logging.getLogger("websockets").setLevel(logging.CRITICAL)  # it logs every connection that was dropped on purpose


class EchoServer:
    """Sends every message back; 'close' closes with 4001, 'hang up' drops the TCP connection."""

    def __init__(self):
        self._loop = asyncio.new_event_loop()
        ready = threading.Event()
        threading.Thread(target=self._run, args=(ready,), daemon=True).start()
        ready.wait(10)

    def _run(self, ready):
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(websockets.serve(self._handle, "127.0.0.1", 0, max_size=2 * LARGE,
                                                                subprotocols=["chat"],
                                                                compression=None))
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        self._loop.run_forever()

    async def _handle(self, socket, *_):
        async for message in socket:
            if message == "close":
                await socket.close(4001, "as asked")
            elif message == "hang up":
                socket.transport.abort()
            else:
                await socket.send(message)


def setUpModule():
    global gateway, authority
    scratch = Scratch()
    unittest.addModuleCleanup(scratch.close)
    authority = Authority(scratch)
    certificate, key = authority.leaf("edge")
    gateway = Gateway(forward_to(EchoServer().port, listeners={
        "plain": {"address": "127.0.0.1:0"},
        "edge": {"address": "127.0.0.1:0", "tls": {"certificates": [{"cert": certificate, "key": key}]}}}))
    unittest.addModuleCleanup(gateway.__exit__, None, None, None)


class Http1(unittest.TestCase):
    def converse(self, scenario):
        async def main(tls):
            context = ssl.create_default_context(cafile=authority.path) if tls else None
            uri = f"wss://localhost:{gateway.port('edge')}/ws" if tls else f"ws://localhost:{gateway.port('plain')}/ws"
            async with websockets.connect(uri, ssl=context, max_size=2 * LARGE, subprotocols=["chat"], open_timeout=10,
                                          compression=None) as socket:
                await asyncio.wait_for(scenario(socket), 60)
        for tls in (False, True):
            with self.subTest(tls=tls):
                asyncio.run(main(tls))

    def test_messages_come_back(self):
        async def scenario(socket):
            self.assertEqual(socket.subprotocol, "chat")
            for message in ("hello", "\u00e4\u20ac\U0001f600", b"\0\xff", "", b"", "x" * 125, "x" * 126, "x" * 65535,
                            "x" * 65536, b"y" * LARGE):
                await socket.send(message)
                self.assertEqual(await socket.recv(), message)
        self.converse(scenario)

    def test_fragments_and_pings(self):
        async def scenario(socket):
            await socket.send(["one ", "two ", "three"])
            self.assertEqual(await socket.recv(), "one two three")
            for _ in range(10):
                await (await socket.ping())
        self.converse(scenario)

    def test_many_in_flight(self):
        async def scenario(socket):
            async def send():
                for number in range(2000):
                    await socket.send(str(number))
            sender = asyncio.create_task(send())
            for number in range(2000):
                self.assertEqual(await socket.recv(), str(number))
            await sender
        self.converse(scenario)

    def test_close_code_of_the_server(self):
        async def scenario(socket):
            await socket.send("close")
            with self.assertRaises(websockets.ConnectionClosed):
                await socket.recv()
            self.assertEqual((socket.close_code, socket.close_reason), (4001, "as asked"))
        self.converse(scenario)

    def test_a_dropped_server_ends_the_client(self):
        async def scenario(socket):
            await socket.send("hang up")
            with self.assertRaises(websockets.ConnectionClosed):
                await socket.recv()
            self.assertEqual(socket.close_code, 1006)
        self.converse(scenario)


def masked(opcode, payload):
    """A client's WebSocket frame (RFC 6455 section 5.2)."""
    mask = b"\x12\x34\x56\x78"
    head = bytes([0x80 | opcode])
    if len(payload) < 126:
        head += bytes([0x80 | len(payload)])
    else:
        head += bytes([0x80 | 126]) + struct.pack(">H", len(payload))
    return head + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(payload))


class Http2(unittest.TestCase):
    """RFC 8441: an extended CONNECT, then DATA frames carry the WebSocket's bytes."""

    def connect(self, client, stream=1):
        client.headers(stream, [(":method", "CONNECT"), (":protocol", "websocket"),
                                (":scheme", "https" if client.tls else "http"), (":path", "/ws"),
                                (":authority", "gateway.example"), ("sec-websocket-version", "13"),
                                ("sec-websocket-protocol", "chat")], end_stream=False)
        client.expect_headers(stream)

    def each(self, check):
        for tls, listener in ((False, "plain"), (True, "edge")):
            with self.subTest(tls=tls), RawH2(gateway.port(listener), tls=tls) as client:
                check(client)

    def test_the_gateway_offers_it(self):
        def check(client):
            self.assertEqual(client.settings.get(ENABLE_CONNECT_PROTOCOL), 1)
        self.each(check)

    def test_messages_come_back(self):
        def check(client):
            self.connect(client)
            self.assertEqual(client.status(1), 200)
            self.assertEqual(client.field(1, "sec-websocket-protocol"), "chat")
            self.assertIsNone(client.field(1, "sec-websocket-accept"))
            for number in range(20):
                client.data(1, masked(1, b"message %02d" % number), end_stream=False)
            wanted = b"".join(b"\x81\x0amessage %02d" % number for number in range(20))
            while len(client.bodies[1]) < len(wanted):
                client.expect(DATA)
            self.assertEqual(client.bodies[1], wanted)
        self.each(check)

    def test_close_ends_the_stream(self):
        def check(client):
            self.connect(client)
            client.data(1, masked(8, struct.pack(">H", 1000)), end_stream=False)
            frame = client.expect_stream_end(1)
            self.assertTrue(frame.type == DATA and frame.flags & END_STREAM or frame.type == RST_STREAM)
            self.assertEqual(client.bodies[1], b"\x88\x02\x03\xe8")
        self.each(check)

    def test_other_streams_go_on_beside_it(self):
        def check(client):
            self.connect(client)
            client.headers(3, client.request(path="/plain"))
            client.expect_stream_end(3)
            client.data(1, masked(1, b"still"), end_stream=False)
            client.expect(DATA, lambda f: f.stream == 1)
            self.assertEqual(client.bodies[1], b"\x81\x05still")
        self.each(check)


if __name__ == "__main__":
    unittest.main()
