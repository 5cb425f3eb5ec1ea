"""An HTTP/1.1 origin that keeps the exact bytes of every connection and answers by script."""

import contextlib
import socket
import socketserver
import ssl
import struct
import threading

from support.strict_http1 import Reader, Unclean


class Connection:
    """What one accepted connection carried."""

    def __init__(self, number):
        self.number = number
        self.bytes = b""
        self.requests = []
        self.unclean = None  # why the strict parser refused what came
        self.open = True


class Handover(Exception):
    """A request came after the recorder got another script: that one answers it."""


class Script:
    """What a scripted handler does with the socket; every method writes exactly what it says."""

    def __init__(self, recorder, sock, connection):
        self._recorder, self.socket, self.connection = recorder, sock, connection
        self.running = None  # the handler at work
        self._reader = Reader()
        self._ready = []

    def send(self, data):
        self.socket.sendall(data)

    def receive(self):
        """Reads once; False at the end of the stream."""
        data = self.socket.recv(262144)
        self.connection.bytes += data
        try:
            for request in self._reader.feed(data):
                self._ready.append(request)
                self._recorder._add(self.connection, request)
        except Unclean as error:
            self.connection.unclean = str(error)
            raise
        return bool(data)

    def next_request(self):
        """The next whole request, or None when the peer closed."""
        while not self._ready:
            if not self.receive():
                return None
        self._check_handover()
        return self._ready.pop(0)

    def _check_handover(self):
        if self._recorder.script is not self.running:
            raise Handover

    def next_head(self):
        """The next request as soon as its head is there (its body may be missing), or None."""
        while not self._ready and self._reader.pending is None:
            if not self.receive():
                return None
        self._check_handover()
        return self._ready.pop(0) if self._ready else self._reader.pending

    def reset(self):
        """Ends the connection with RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


def answer_ok(script):
    """The default script: 200 to everything, with what was asked in fields of the answer."""
    while (request := script.next_request()) is not None:
        body = b"ok"
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nx-origin-method: {request.method}\r\n\r\n"
        script.send(head.encode() + (b"" if request.method == "HEAD" else body))


def answer_bytes(data, close=True):
    """A script that answers the first request with exact bytes, then closes (or waits for the peer to)."""
    def script(conversation):
        while conversation.next_request() is not None:
            conversation.send(data)
            if close:
                return
    return script


class Recorder:
    """Listens on loopback until the block ends. `script` may be replaced between requests."""

    def __init__(self, script=answer_ok, tls=None):
        """`tls` is a pair (certificate path, key path)."""
        self.script = script
        self.connections = []
        self.requests = []
        self.errors = []  # what a script raised, other than the peer going away
        self._changed = threading.Condition()
        self._context = None
        if tls:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(*tls)
        recorder = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                recorder._serve(self.request)

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True
            block_on_close = False
            request_queue_size = 512

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def _serve(self, sock):
        with self._changed:
            connection = Connection(len(self.connections))
            self.connections.append(connection)
            self._changed.notify_all()
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._context:
                sock = self._context.wrap_socket(sock, server_side=True)
            self._run(Script(self, sock, connection))
        except (OSError, ssl.SSLError, Unclean):
            pass
        except Exception as error:  # a bug of the test itself: shown by the test that looks
            self.errors.append(error)
        finally:
            connection.open = False
            with contextlib.suppress(OSError):
                sock.close()
            with self._changed:
                self._changed.notify_all()

    def _run(self, script):
        while True:
            try:
                script.running = self.script
                return script.running(script)
            except Handover:
                pass

    def _add(self, connection, request):
        with self._changed:
            connection.requests.append(request)
            self.requests.append(request)
            self._changed.notify_all()

    def wait(self, condition, seconds=10):
        """Waits until condition() holds after some event here; returns whether it does."""
        with self._changed:
            return self._changed.wait_for(condition, seconds)

    def unclean(self):
        """Reasons why forwarded bytes were not one unambiguous request each."""
        return [connection.unclean for connection in self.connections if connection.unclean]

    def forget(self):
        """Starts a new page: everything recorded so far is dropped."""
        with self._changed:
            self.connections = [connection for connection in self.connections if connection.open]
            for connection in self.connections:
                connection.bytes, connection.requests, connection.unclean = b"", [], None
            self.requests = []

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
