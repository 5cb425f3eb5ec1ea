"""Real upstreams for tests: a threaded Python HTTP/1.1 server and nginx."""

import hashlib
import http.server
import subprocess
import threading

from support.process import Program, Scratch, free_port, wait_listening

PATTERN = bytes(range(256)) * 256  # 64 KiB, repeated to any size


def pattern(size):
    """`size` bytes that every part of the tests makes alike."""
    return (PATTERN * (size // len(PATTERN) + 1))[:size]


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self):
        super().setup()
        import socket
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def log_message(self, *_):
        pass

    def handle(self):
        try:
            super().handle()
        except (ConnectionError, ValueError):
            pass

    def _chunks(self):
        if self.headers.get("Transfer-Encoding") == "chunked":
            while (size := int(self.rfile.readline().split(b";")[0], 16)) > 0:
                yield self.rfile.read(size)
                self.rfile.readline()
            while self.rfile.readline() not in (b"\r\n", b""):
                pass
            return
        left = int(self.headers.get("Content-Length") or 0)
        while left > 0:
            data = self.rfile.read(min(left, 65536))
            if not data:
                return
            left -= len(data)
            yield data

    def _answer(self, body, extra=()):
        self.send_response(200)
        self.send_header("Content-Type", "application/octet-stream")
        for name, value in extra:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_GET(self):
        last = self.path.split("?")[0].rsplit("/", 1)[1]
        for _ in self._chunks():
            pass
        if "/size/" in self.path:
            self._sized(int(last))
        elif last == "trailers":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.send_header("Trailer", "X-Sum")
            self.end_headers()
            self.wfile.write(b"5\r\nhello\r\n0\r\nX-Sum: abc\r\n\r\n")
        else:
            self._answer(f"{self.command} {self.path} {self.headers.get('x-forwarded-for')}".encode())

    def _sized(self, size):
        self.send_response(200)
        self.send_header("Content-Length", str(size))
        self.end_headers()
        if self.command == "HEAD":
            return
        whole, rest = divmod(size, len(PATTERN))
        for _ in range(whole):
            self.wfile.write(PATTERN)
        self.wfile.write(PATTERN[:rest])

    do_HEAD = do_GET
    do_DELETE = do_GET

    def do_POST(self):
        digest, size = hashlib.sha256(), 0
        for data in self._chunks():
            digest.update(data)
            size += len(data)
        self._answer(f"{size} {digest.hexdigest()}".encode())

    do_PUT = do_POST


class PythonServer:
    """GET …/size/N gives N bytes of the pattern, …/trailers a trailer; POST answers 'SIZE SHA256' of what it got."""

    def __init__(self):
        class Server(http.server.ThreadingHTTPServer):
            request_queue_size = 512
            daemon_threads = True
            block_on_close = False

        self._server = Server(("127.0.0.1", 0), _Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()


class Nginx:
    """Serves /nginx/small (1 KiB) and /nginx/big (64 MiB of the pattern)."""

    def __init__(self):
        self.scratch = Scratch()
        self.port = free_port()
        root = self.scratch.path
        subprocess.run(["mkdir", "-p", root + "/nginx"], check=True)
        self.scratch.file("nginx/small", pattern(1024))
        self.scratch.file("nginx/big", pattern(64 << 20))
        temporary = " ".join(f"{kind}_temp_path {root}/{kind};"
                             for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        path = self.scratch.file("nginx.conf", f"""
daemon off; master_process off; worker_processes 1; error_log stderr crit; pid {root}/nginx.pid;
events {{ worker_connections 4096; }}
http {{
  {temporary} access_log off; keepalive_requests 1000000; client_max_body_size 0;
  server {{
    listen 127.0.0.1:{self.port}; root {root};
  }}
}}
""")
        self.program = Program(["nginx", "-e", "stderr", "-p", root, "-c", path], self.scratch, "nginx")
        wait_listening(self.port, self.program.child)

    def close(self):
        self.program.kill()
        self.scratch.close()
