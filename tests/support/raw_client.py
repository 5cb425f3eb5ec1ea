"""A client that sends exactly the bytes it is given and reports exactly what came back."""

import socket
import ssl
import struct
import time

SECONDS = 10


class RawClient:
    """One TCP (or TLS) connection. Nothing is added to what send() is given."""

    def __init__(self, port, tls=None, alpn=(), server_name="localhost", seconds=SECONDS, receive_buffer=None):
        """`tls` is an ssl.SSLContext, or True for one that verifies nothing."""
        self._seconds = seconds
        if receive_buffer:
            raw = socket.socket()
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
            raw.settimeout(seconds)
            raw.connect(("127.0.0.1", port))
            self.socket = raw
        else:
            self.socket = socket.create_connection(("127.0.0.1", port), timeout=seconds)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            context = tls if isinstance(tls, ssl.SSLContext) else trusting_context(alpn)
            self.socket = context.wrap_socket(self.socket, server_hostname=server_name)
        self.buffer = b""
        self.ended = None  # "eof" or "reset" once the peer closed

    @classmethod
    def adopt(cls, connected, seconds=SECONDS):
        """The same over a socket that is connected already."""
        client = cls.__new__(cls)
        client._seconds, client.socket, client.buffer, client.ended = seconds, connected, b"", None
        return client

    def send(self, data):
        """Sends all bytes; returns False when the peer had already closed (what it answered can still be read)."""
        try:
            self.socket.sendall(data)
            return True
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            return False

    def send_parts(self, parts, pause=0.02):
        """Each part in its own segment: a pause between them keeps the kernel from joining them."""
        for part in parts:
            if not self.send(part):
                return False
            time.sleep(pause)
        return True

    def half_close(self):
        """Ends our direction only."""
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def reset(self):
        """Ends the connection with RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def close(self):
        self.socket.close()

    def fill(self, seconds=None):
        """Reads once into `buffer`; False at the end of the stream, on a reset, or (ended is None) when time is up."""
        if self.ended:
            return False
        self.socket.settimeout(self._seconds if seconds is None else max(seconds, 0.001))
        try:
            got = self.socket.recv(262144)
        except (socket.timeout, ssl.SSLWantReadError):
            return False
        except (ConnectionResetError, BrokenPipeError, ssl.SSLError):
            self.ended = "reset"
            return False
        if not got:
            self.ended = "eof"
            return False
        self.buffer += got
        return True

    def read_until_closed(self, seconds=None):
        """Everything until the peer closes; `ended` stays None when it did not within the time."""
        deadline = time.monotonic() + (seconds or self._seconds)
        while time.monotonic() < deadline and self.fill(deadline - time.monotonic()):
            pass
        data, self.buffer = self.buffer, b""
        return data

    def read_response(self, head_request=False, seconds=None):
        """The next final response (interim ones are collected in it), or None when the stream ended or time is up."""
        interim = []
        while True:
            response = self._one_response(head_request, seconds)
            if response is None:
                return None
            if response.status >= 200 or response.status == 101:
                response.interim = interim
                return response
            interim.append(response)

    def _need(self, condition, seconds):
        deadline = time.monotonic() + (self._seconds if seconds is None else seconds)
        while not condition():
            if not self.fill(deadline - time.monotonic()):
                return condition()
        return True

    def _take(self, count):
        data, self.buffer = self.buffer[:count], self.buffer[count:]
        return data

    def _one_response(self, head_request, seconds):
        if not self._need(lambda: b"\r\n\r\n" in self.buffer, seconds):
            return None
        response = Response(self._take(self.buffer.index(b"\r\n\r\n") + 4))
        if head_request or response.status < 200 or response.status in (204, 304):
            return response
        if response.get("transfer-encoding") == "chunked":
            self._read_chunked(response, seconds)
        elif response.get("content-length") is not None:
            length = int(response.get("content-length"))
            response.complete = self._need(lambda: len(self.buffer) >= length, seconds)
            response.body = self._take(length)
        else:
            response.body = self.read_until_closed(seconds)
            response.complete = self.ended == "eof"
        return response

    def _read_chunked(self, response, seconds):
        response.complete = False
        while True:
            if not self._need(lambda: b"\r\n" in self.buffer, seconds):
                return
            size = int(self._take(self.buffer.index(b"\r\n") + 2).split(b";")[0], 16)
            if size == 0:
                break
            if not self._need(lambda: len(self.buffer) >= size + 2, seconds):
                response.body += self._take(size)
                return
            response.body += self._take(size + 2)[:-2]
        while True:
            if not self._need(lambda: b"\r\n" in self.buffer, seconds):
                return
            line = self._take(self.buffer.index(b"\r\n") + 2)
            if line == b"\r\n":
                response.complete = True
                return
            name, _, value = line.decode("latin-1").partition(":")
            response.trailers.append((name.lower(), value.strip()))

    def closed(self, seconds=None):
        """Whether the peer closes within the time without sending anything more."""
        while self.fill(seconds):
            return False
        return self.ended is not None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Response:
    """A response head as received, with its body once read."""

    def __init__(self, head):
        self.head = head
        lines = head.decode("latin-1").split("\r\n")
        self.version, status, *_ = lines[0].split(" ", 2)
        self.status = int(status)
        self.fields = []
        for line in lines[1:]:
            if line:
                name, _, value = line.partition(":")
                self.fields.append((name.lower(), value.strip()))
        self.body = b""
        self.complete = True
        self.trailers = []
        self.interim = []

    def get(self, name):
        """The value of a field (all lines joined with commas), or None."""
        values = [value for key, value in self.fields if key == name]
        return ", ".join(values) if values else None

    def __repr__(self):
        return f"<{self.status} {self.fields} {self.body[:80]!r}>"


def trusting_context(alpn=()):
    """A client context that verifies nothing."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if alpn:
        context.set_alpn_protocols(list(alpn))
    return context


def exchange(port, data, **options):
    """Sends bytes on a new connection and returns its first final response, or None."""
    with RawClient(port, **options) as client:
        client.send(data)
        return client.read_response()
