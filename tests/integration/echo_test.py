"""`meshctl echo serve`: what it answers, and how requests make it answer otherwise."""

import base64
import hashlib
import http.client
import json
import os
import socket
import ssl
import struct
import subprocess
import unittest

from support.gateway import Echo
from support.process import Meshctl, Scratch
from support.upstreams import pattern

SECONDS = 20


def curl(*arguments):
    done = subprocess.run(["curl", "-sS", "--max-time", str(SECONDS), *arguments], capture_output=True, check=False)
    return done.returncode, done.stdout


def frame(opcode, payload, fin=True, mask=b"\x01\x02\x03\x04"):
    head = bytes([(0x80 if fin else 0) | opcode])
    size = len(payload)
    head += bytes([0x80 | size]) if size < 126 else struct.pack(">BH", 0xFE, size) if size < 65536 else struct.pack(">BQ", 0xFF, size)
    return head + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))


class EchoCase(unittest.TestCase):
    flags = ()

    @classmethod
    def setUpClass(cls):
        cls.echo = Echo("--name", "one", *cls.flags)
        cls.addClassCleanup(cls.echo.__exit__)
        cls.port = cls.echo.port()

    def request(self, method="GET", path="/", body=None, headers=None, **options):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        self.addCleanup(connection.close)
        connection.request(method, path, body=body, headers=headers or {}, **options)
        response = connection.getresponse()
        return response, response.read()

    def connect(self):
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=SECONDS)
        self.addCleanup(connection.close)
        return connection


class Http1(EchoCase):
    def test_the_answer_tells_what_arrived(self):
        response, body = self.request("POST", "/a%20b?x=1", b"hello", {"X-Team": "shop", "Content-Type": "text/plain"})
        self.assertEqual(response.status, 200)
        self.assertEqual(response.getheader("content-type"), "application/json")
        told = json.loads(body)
        self.assertEqual(told["instance"], "one")
        self.assertEqual((told["method"], told["target"], told["protocol"]), ("POST", "/a%20b?x=1", "HTTP/1.1"))
        self.assertEqual(told["authority"], f"127.0.0.1:{self.port}")
        self.assertEqual(told["headers"]["x-team"], ["shop"])
        self.assertEqual(told["body"], {"size": 5, "sha256": hashlib.sha256(b"hello").hexdigest(), "text": "hello"})

    def test_a_large_upload_is_told_by_its_digest(self):
        data = pattern(3_000_000)
        _, body = self.request("PUT", "/", data)
        self.assertEqual(json.loads(body)["body"], {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()})

    def test_status_and_headers(self):
        response, body = self.request(headers={"x-echo-status": "418", "x-echo-headers": "x-a=1, x-b=two words"})
        self.assertEqual(response.status, 418)
        self.assertEqual((response.getheader("x-a"), response.getheader("x-b")), ("1", "two words"))
        self.assertEqual(json.loads(body)["method"], "GET")

    def test_bytes_are_a_pattern(self):
        response, body = self.request(headers={"x-echo-bytes": "200000"})
        self.assertEqual(response.getheader("content-length"), "200000")
        self.assertEqual(body, pattern(200000))

    def test_chunked_and_trailers(self):
        connection = self.connect()
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nTE: trailers\r\nConnection: TE, close\r\n"
                           b"x-echo-bytes: 3\r\nx-echo-trailers: x-sum=abc\r\n\r\n")
        text = b"".join(iter(lambda: connection.recv(65536), b""))
        self.assertIn(b"ransfer-encoding: chunked", text.replace(b"Transfer", b"transfer"))
        self.assertTrue(text.endswith(b"3\r\n\x00\x01\x02\r\n0\r\nx-sum: abc\r\n\r\n"), text)
        response, body = self.request(headers={"x-echo-bytes": "10", "x-echo-chunked": "1"})
        self.assertIsNone(response.getheader("content-length"))
        self.assertEqual(body, pattern(10))

    def test_trailers_of_the_request_are_told(self):
        connection = self.connect()
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTrailer: x-sum\r\n"
                           b"Connection: close\r\n\r\n2\r\nhi\r\n0\r\nx-sum: abc\r\n\r\n")
        text = b"".join(iter(lambda: connection.recv(65536), b""))
        self.assertEqual(json.loads(text.split(b"\r\n\r\n", 1)[1])["trailers"], {"x-sum": ["abc"]})

    def test_the_body_comes_back_while_it_arrives(self):
        connection = self.connect()
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\nx-echo-body: 1\r\n\r\n01234")
        got = b""
        while not got.endswith(b"\r\n\r\n01234"):
            got += connection.recv(65536) or self.fail(got)
        connection.sendall(b"56789")
        while not got.endswith(b"0123456789"):
            got += connection.recv(65536) or self.fail(got)

    def test_close_and_keep_alive(self):
        connection = self.connect()
        for close in (b"", b"x-echo-close: 1\r\n"):
            connection.sendall(b"HEAD / HTTP/1.1\r\nHost: x\r\n" + close + b"\r\n")
            got = b""
            while b"\r\n\r\n" not in got:
                got += connection.recv(65536) or self.fail(got)
        self.assertEqual(connection.recv(1), b"")

    def test_resets(self):
        with self.assertRaises((ConnectionError, http.client.RemoteDisconnected)):
            self.request(headers={"x-echo-reset": "0"})
        with self.assertRaises((ConnectionError, http.client.IncompleteRead)):
            self.request(headers={"x-echo-bytes": "100000", "x-echo-reset": "70000"})

    def test_an_interim_response(self):
        status, text = curl("-i", "-H", "x-echo-interim: 1", f"http://127.0.0.1:{self.port}/")
        self.assertEqual(status, 0)
        self.assertTrue(text.startswith(b"HTTP/1.1 103"), text)
        self.assertIn(b"HTTP/1.1 200", text)

    def test_wishes_that_make_no_sense_are_refused(self):
        for name, value in (("x-echo-status", "99"), ("x-echo-status", "x"), ("x-echo-delay", "10"), ("x-echo-bytes", "-1"),
                            ("x-echo-nothing", "1"), ("x-echo-trailers", "a b=c")):
            response, body = self.request(headers={name: value})
            self.assertEqual(response.status, 400, name)
            self.assertIn(name.encode(), body)

    def test_a_websocket_echoes(self):
        connection = self.connect()
        key = base64.b64encode(b"0123456789abcdef")
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                           b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + key + b"\r\n\r\n")
        file = connection.makefile("rb")
        head = b"".join(iter(file.readline, b"\r\n"))
        accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
        self.assertTrue(head.startswith(b"HTTP/1.1 101"), head)
        self.assertIn(accept, head)
        for size in (0, 5, 125, 126, 65535, 65536, 300_000):
            payload = pattern(size)
            connection.sendall(frame(2, payload))
            prefix = bytes([0x82, size]) if size < 126 else struct.pack(">BBH", 0x82, 126, size) if size < 65536 else struct.pack(">BBQ", 0x82, 127, size)
            self.assertEqual(file.read(len(prefix)), prefix)
            self.assertEqual(file.read(size), payload)
        connection.sendall(frame(1, b"a", fin=False) + frame(9, b"p") + frame(0, b"b"))
        self.assertEqual(file.read(3 + 3 + 3), b"\x01\x01a" + b"\x8a\x01p" + b"\x80\x01b")
        connection.sendall(frame(8, struct.pack(">H", 1000) + b"bye"))
        self.assertEqual(file.read(), b"\x88\x02" + struct.pack(">H", 1000))

    def test_a_websocket_that_breaks_the_rules_is_closed_with_the_code_for_it(self):
        for sent, code in ((b"\x82\x01a", 1002), (frame(3, b""), 1002), (frame(0, b"x"), 1002), (frame(9, b"x" * 126), 1002),
                           (frame(1, b"\xff"), 1007), (frame(1, b"\xed\xa0\x80"), 1007), (frame(8, b"\x03"), 1002),
                           (frame(8, struct.pack(">H", 1005)), 1002)):
            connection = self.connect()
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                               b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n")
            file = connection.makefile("rb")
            for _ in iter(file.readline, b"\r\n"):
                pass
            connection.sendall(sent)
            self.assertEqual(file.read(4), b"\x88\x02" + struct.pack(">H", code), sent)


class Http2(EchoCase):
    def test_the_same_port_speaks_http2(self):
        status, text = curl("--http2-prior-knowledge", "--data-binary", "hello", f"http://127.0.0.1:{self.port}/x")
        self.assertEqual(status, 0)
        told = json.loads(text)
        self.assertEqual((told["protocol"], told["method"], told["body"]["text"]), ("HTTP/2", "POST", "hello"))

    def test_sizes_and_status(self):
        status, text = curl("--http2-prior-knowledge", "-H", "x-echo-bytes: 3000000", f"http://127.0.0.1:{self.port}/x")
        self.assertEqual((status, text == pattern(3_000_000)), (0, True))
        status, _ = curl("--http2-prior-knowledge", "-H", "x-echo-reset: 0", f"http://127.0.0.1:{self.port}/x")
        self.assertNotEqual(status, 0)

    def test_grpc(self):
        try:
            import grpc
        except ImportError:
            self.skipTest("grpc is not installed")
        with grpc.insecure_channel(f"127.0.0.1:{self.port}") as channel:
            unary = channel.unary_unary("/any.Service/Unary")
            answer, call = unary.with_call(b"hello", timeout=SECONDS)
            self.assertEqual((answer, call.code()), (b"hello", grpc.StatusCode.OK))
            self.assertEqual(unary(b"x" * 1_000_000, timeout=SECONDS), b"x" * 1_000_000)
            stream = channel.unary_stream("/any.Service/Down")
            self.assertEqual(list(stream(b"m", metadata=[("x-echo-repeat", "5")], timeout=SECONDS)), [b"m"] * 5)
            up = channel.stream_unary("/any.Service/Up")
            self.assertEqual(up(iter([b"a", b"b", b"c"]), metadata=[("x-echo-last", "1")], timeout=SECONDS), b"c")
            both = channel.stream_stream("/any.Service/Both")
            self.assertEqual(list(both(iter([b"a", b"", b"c"]), timeout=SECONDS)), [b"a", b"", b"c"])
            with self.assertRaises(grpc.RpcError) as failed:
                unary(b"x", metadata=[("x-echo-grpc-status", "9"), ("x-echo-grpc-message", "not now")], timeout=SECONDS)
            self.assertEqual((failed.exception.code(), failed.exception.details()),
                             (grpc.StatusCode.FAILED_PRECONDITION, "not now"))


class Flags(unittest.TestCase):
    def get(self, echo, path="/"):
        connection = http.client.HTTPConnection("127.0.0.1", echo.port(), timeout=SECONDS)
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read()
        connection.close()
        return response.status, body

    def test_status_bytes_and_errors(self):
        with Echo("--status", "201", "--bytes", "1KiB") as echo:
            self.assertEqual(self.get(echo), (201, pattern(1024)))
        with Echo("--error-rate", "100%") as echo:
            self.assertEqual(self.get(echo)[0], 503)

    def test_tcp(self):
        with Echo("--tcp") as echo, socket.create_connection(("127.0.0.1", echo.port()), timeout=SECONDS) as connection:
            data = pattern(100_000)
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            self.assertEqual(b"".join(iter(lambda: connection.recv(65536), b"")), data)

    def test_tls(self):
        scratch = Scratch()
        self.addCleanup(scratch.close)
        cert, key = scratch.file("cert.pem"), scratch.file("key.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                        "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", cert],
                       check=True, capture_output=True)
        with Echo("--tls", f"{cert},{key}") as echo:
            context = ssl.create_default_context(cafile=cert)
            with socket.create_connection(("127.0.0.1", echo.port()), timeout=SECONDS) as raw, \
                    context.wrap_socket(raw, server_hostname="localhost") as secured:
                secured.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                text = b"".join(iter(lambda: secured.recv(65536), b""))
            told = json.loads(text.split(b"\r\n\r\n", 1)[1])
            self.assertEqual((told["scheme"], told["tls"]["sni"]), ("https", "localhost"))

    def test_several_listeners_and_a_unix_socket(self):
        scratch = Scratch()
        self.addCleanup(scratch.close)
        path = scratch.file("echo.sock")
        with Echo("--listen", "unix:" + path) as echo:
            self.assertEqual(len(echo.program.ready["listeners"]), 2)
            status, text = curl("--unix-socket", path, "http://x/y")
            self.assertEqual((status, json.loads(text)["target"]), (0, "/y"))
            self.assertEqual(echo.program.stop(), 0)
        self.assertFalse(os.path.exists(path))

    def test_an_address_in_use_is_a_local_failure(self):
        scratch = Scratch()
        self.addCleanup(scratch.close)
        with Echo() as echo:
            with self.assertRaises(RuntimeError) as failed:
                Meshctl(["echo", "serve", "--listen", f"127.0.0.1:{echo.port()}"], scratch, "second")
            self.assertIn("status 6", str(failed.exception))


if __name__ == "__main__":
    unittest.main()
