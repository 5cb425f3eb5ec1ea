"""HTTP/2 frames without any checks, for either side of a connection (RFC 9113, RFC 7541).

Peer writes what it is told, however wrong, and reads frames as they come. Its expect_* methods raise AssertionError with
what came instead.
"""

import collections
import socketserver
import ssl
import struct
import threading
import time

import hpack

from support.raw_client import RawClient

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
NAMES = ["DATA", "HEADERS", "PRIORITY", "RST_STREAM", "SETTINGS", "PUSH_PROMISE", "PING", "GOAWAY", "WINDOW_UPDATE",
         "CONTINUATION"]

END_STREAM, ACK, END_HEADERS, PADDED, WITH_PRIORITY = 0x1, 0x1, 0x4, 0x8, 0x20

(NO_ERROR, PROTOCOL_ERROR, INTERNAL_ERROR, FLOW_CONTROL_ERROR, SETTINGS_TIMEOUT, STREAM_CLOSED, FRAME_SIZE_ERROR,
 REFUSED_STREAM, CANCEL, COMPRESSION_ERROR, CONNECT_ERROR, ENHANCE_YOUR_CALM) = range(12)

HEADER_TABLE_SIZE, ENABLE_PUSH, MAX_CONCURRENT_STREAMS, INITIAL_WINDOW_SIZE, MAX_FRAME_SIZE, MAX_HEADER_LIST_SIZE = range(
    1, 7)
ENABLE_CONNECT_PROTOCOL = 8

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


class Frame(collections.namedtuple("Frame", "type flags stream payload")):
    def __repr__(self):
        name = NAMES[self.type] if self.type < len(NAMES) else hex(self.type)
        more = ""
        if self.type == GOAWAY and len(self.payload) >= 8:
            more = f" code {struct.unpack('>I', self.payload[4:8])[0]} {self.payload[8:60]!r}"
        elif self.type == RST_STREAM and len(self.payload) == 4:
            more = f" code {struct.unpack('>I', self.payload)[0]}"
        return f"{name}(stream {self.stream}, flags {self.flags:#x}, {len(self.payload)} B{more})"

    @property
    def code(self):
        """The error code of a GOAWAY or RST_STREAM frame."""
        return struct.unpack(">I", self.payload[4:8] if self.type == GOAWAY else self.payload)[0]


def pack_frame(kind, flags, stream, payload=b"", length=None):
    """Frame bytes; `length` may lie."""
    size = len(payload) if length is None else length
    return struct.pack(">I", size)[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


class Peer:
    """One side of a connection over a RawClient."""

    def __init__(self, wire):
        self.wire = wire
        self.encoder = hpack.Encoder()
        self.decoder = hpack.Decoder()
        self.decoder.max_header_list_size = 1 << 24
        self.settings = {}  # the other side's, as last read
        self.seen = collections.deque(maxlen=12)  # the last frames, for messages
        self.responses = {}  # stream -> fields of its last header block
        self.bodies = collections.defaultdict(bytes)
        self._block = b""

    # writing

    def send(self, data):
        return self.wire.send(data)

    def frame(self, kind, flags=0, stream=0, payload=b"", length=None):
        return self.send(pack_frame(kind, flags, stream, payload, length))

    def encode(self, fields, huffman=True):
        return self.encoder.encode(fields, huffman=huffman)

    def headers(self, stream, fields, end_stream=True, end_headers=True, prefix=b"", suffix=b""):
        """HEADERS with a block of `fields` (pairs) or of exact bytes."""
        block = fields if isinstance(fields, bytes) else self.encode(fields)
        flags = (END_STREAM if end_stream else 0) | (END_HEADERS if end_headers else 0)
        return self.frame(HEADERS, flags, stream, prefix + block + suffix)

    def continuation(self, stream, fields, end_headers=True):
        block = fields if isinstance(fields, bytes) else self.encode(fields)
        return self.frame(CONTINUATION, END_HEADERS if end_headers else 0, stream, block)

    def data(self, stream, payload, end_stream=True):
        return self.frame(DATA, END_STREAM if end_stream else 0, stream, payload)

    def change_settings(self, *pairs):
        return self.frame(SETTINGS, 0, 0, b"".join(struct.pack(">HI", *pair) for pair in pairs))

    def ping(self, data=b"\0" * 8, flags=0):
        return self.frame(PING, flags, 0, data)

    def reset(self, stream, code=CANCEL):
        return self.frame(RST_STREAM, 0, stream, struct.pack(">I", code))

    def window_update(self, stream, increment):
        return self.frame(WINDOW_UPDATE, 0, stream, struct.pack(">I", increment))

    def priority(self, stream, depends_on=0, weight=255, exclusive=False):
        return self.frame(PRIORITY, 0, stream, priority_payload(depends_on, weight, exclusive))

    def goaway(self, last_stream=0, code=NO_ERROR, debug=b""):
        return self.frame(GOAWAY, 0, 0, struct.pack(">II", last_stream, code) + debug)

    # reading

    def read_frame(self, seconds=10):
        """The next frame, or None at the end (wire.ended says how) or when time is up. Header blocks are decoded into
        `responses`, DATA is collected in `bodies`, settings of the other side are acknowledged."""
        deadline = time.monotonic() + seconds
        while len(self.wire.buffer) < 9 or len(self.wire.buffer) < 9 + self._length():
            left = deadline - time.monotonic()
            if left <= 0 or not self.wire.fill(left):
                return None
        length = self._length()
        raw, self.wire.buffer = self.wire.buffer[:9 + length], self.wire.buffer[9 + length:]
        frame = Frame(raw[3], raw[4], struct.unpack(">I", raw[5:9])[0] & 0x7FFFFFFF, raw[9:])
        self.seen.append(frame)
        self._note(frame)
        return frame

    def _length(self):
        return int.from_bytes(self.wire.buffer[:3], "big")

    def _note(self, frame):
        if frame.type == SETTINGS and not frame.flags & ACK:
            for at in range(0, len(frame.payload) - 5, 6):
                key, value = struct.unpack(">HI", frame.payload[at:at + 6])
                self.settings[key] = value
            self.frame(SETTINGS, ACK)
        elif frame.type in (HEADERS, CONTINUATION):
            self._block += header_fragment(frame)
            if frame.flags & END_HEADERS:
                block, self._block = self._block, b""
                self.responses[frame.stream] = [(name.lower(), value) for name, value in self.decoder.decode(block)]
        elif frame.type == DATA:
            self.bodies[frame.stream] += data_bytes(frame)

    def wait_for(self, wanted, what, seconds=10):
        """Reads until wanted(frame) is true and returns that frame; None at the end of the connection."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            frame = self.read_frame(deadline - time.monotonic())
            if frame is None:
                if self.wire.ended:
                    return None
                break
            if wanted(frame):
                return frame
        raise AssertionError(f"no {what} within {seconds} s; frames: {list(self.seen)}")

    # expectations

    def expect(self, kind, condition=lambda frame: True, what=None):
        frame = self.wait_for(lambda f: f.type == kind and condition(f), what or NAMES[kind])
        if frame is None:
            raise AssertionError(f"connection ended before {what or NAMES[kind]}; frames: {list(self.seen)}")
        return frame

    def expect_ping_ack(self, data=b"\0" * 8):
        return self.expect(PING, lambda f: f.flags & ACK and f.payload == data, "PING ack")

    def expect_settings_ack(self):
        return self.expect(SETTINGS, lambda f: bool(f.flags & ACK), "SETTINGS ack")

    def expect_headers(self, stream):
        return self.expect(HEADERS, lambda f: f.stream == stream, f"HEADERS on {stream}")

    def expect_data(self, stream, length):
        frame = self.expect(DATA, lambda f: f.stream == stream and len(f.payload) > 0, "DATA")
        assert len(frame.payload) == length, f"{frame!r} instead of {length} B; frames: {list(self.seen)}"
        return frame

    def expect_closed(self):
        """The connection ends (GOAWAY or not)."""
        if self.wait_for(lambda f: False, "end of connection") is not None:
            raise AssertionError("unreachable")

    def expect_connection_error(self, *codes, goaway=False):
        """GOAWAY with one of the codes, or the end of the connection unless `goaway` asks for the frame."""
        frame = self.wait_for(lambda f: f.type == GOAWAY and f.code != NO_ERROR, "GOAWAY")
        if frame is None:
            assert not goaway, f"no GOAWAY before the end; frames: {list(self.seen)}"
        else:
            assert frame.code in codes, f"{frame!r} instead of code {codes}"

    def expect_stream_error(self, stream, *codes):
        """RST_STREAM or GOAWAY with one of the codes, or the end of the connection."""
        frame = self.wait_for(lambda f: (f.type == RST_STREAM and f.stream == stream) or
                              (f.type == GOAWAY and f.code != NO_ERROR), "RST_STREAM or GOAWAY")
        if frame is not None:
            assert frame.code in codes, f"{frame!r} instead of code {codes}; frames: {list(self.seen)}"

    def expect_stream_end(self, stream):
        """The other side ended the stream, one way or the other."""
        frame = self.wait_for(lambda f: f.stream == stream and (
            f.type == RST_STREAM or (f.type in (DATA, HEADERS) and f.flags & END_STREAM)), f"end of stream {stream}")
        assert frame is not None, f"connection ended; frames: {list(self.seen)}"
        return frame

    def status(self, stream):
        fields = dict(self.responses.get(stream, []))
        return int(fields[":status"]) if ":status" in fields else None

    def field(self, stream, name):
        return dict(self.responses.get(stream, [])).get(name)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.wire.close()


class RawH2(Peer):
    """The client side, over plain TCP with prior knowledge or TLS with ALPN."""

    def __init__(self, port, tls=False, handshake=True, seconds=10, server_name="localhost", receive_buffer=None):
        super().__init__(RawClient(port, tls=bool(tls), alpn=["h2"] if tls else (), seconds=seconds,
                                   server_name=server_name, receive_buffer=receive_buffer))
        self.tls = bool(tls)
        self.next_stream = 1
        if handshake:
            self.handshake()

    def handshake(self, *settings):
        """Preface, settings, and their acknowledgements both ways."""
        self.send(PREFACE)
        self.change_settings(*settings)
        self.expect_settings_ack()

    def request(self, method="GET", path="/", authority="gateway.example", extra=()):
        """Header fields of a request in canonical order."""
        return [(":method", method), (":scheme", "https" if self.tls else "http"), (":authority", authority),
                (":path", path), *extra]

    def get(self, path="/", stream=None, **options):
        """Sends a request and reads to the end of its stream; returns the stream id."""
        stream = stream or self.take_stream()
        self.headers(stream, self.request(path=path, **options))
        self.expect_stream_end(stream)
        return stream

    def take_stream(self):
        stream, self.next_stream = self.next_stream, self.next_stream + 2
        return stream


class H2Origin:
    """A server side on loopback that runs `script(peer, stream, fields)` for each request head that arrives.

    Later connections of a script marked `once` get a plain 200, so that a retry does not repeat the fault.
    """

    def __init__(self, script=None, tls=None):
        self.script = script or answer_ok
        self.greeting = ()  # settings sent first, as pairs
        self.requests = []
        self.results = []  # what scripts returned or raised
        self.peers = []
        self._changed = threading.Condition()
        self._context = None
        if tls:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(*tls)
            self._context.set_alpn_protocols(["h2"])
        origin = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                origin._serve(self.request)

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True
            block_on_close = False
            request_queue_size = 128

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def _serve(self, sock):
        try:
            if self._context:
                sock = self._context.wrap_socket(sock, server_side=True)
            self._converse(Peer(RawClient.adopt(sock)))
        except (OSError, ssl.SSLError):
            pass

    def _converse(self, peer):
        self.peers.append(peer)
        while len(peer.wire.buffer) < len(PREFACE):
            if not peer.wire.fill():
                return
        if not peer.wire.buffer.startswith(PREFACE):
            return
        peer.wire.buffer = peer.wire.buffer[len(PREFACE):]
        peer.change_settings(*self.greeting)
        try:
            while True:
                frame = peer.read_frame(60)
                if frame is None:
                    return
                if frame.type in (HEADERS, CONTINUATION) and frame.flags & END_HEADERS:
                    self._request(peer, frame)
        except AssertionError as error:
            self._record(error)
        finally:
            peer.wire.close()

    def _request(self, peer, frame):
        fields = peer.responses.pop(frame.stream)
        if not dict(fields).get(":method"):
            return  # trailers
        with self._changed:
            self.requests.append(fields)
            self._changed.notify_all()
        self._record(self.script(peer, frame.stream, fields))

    def _record(self, result):
        with self._changed:
            self.results.append(result)
            self._changed.notify_all()

    def run(self, script, trigger, seconds=15):
        """Runs `script` on the next request that trigger() provokes; returns trigger's value, raises what it raised.

        Requests after the first are answered 200, so that a retry ends well."""
        with self._changed:
            self.results = []
        used = []

        def once(peer, stream, fields):
            if used:
                return answer_ok(peer, stream, fields)
            used.append(True)
            return script(peer, stream, fields)

        self.script = once
        value = trigger()
        with self._changed:
            if not self._changed.wait_for(lambda: self.results, seconds):
                raise AssertionError("the script did not end" if used else "no request came")
            result = self.results[0]
        if isinstance(result, AssertionError):
            raise result
        return value

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def answer_ok(peer, stream, fields):
    """200 with a short body."""
    peer.headers(stream, [(":status", "200"), ("content-length", "2")], end_stream=False)
    peer.data(stream, b"ok")


def header_fragment(frame):
    """The part of a header block in a HEADERS or CONTINUATION frame."""
    payload = frame.payload
    if frame.type == CONTINUATION:
        return payload
    padding = 0
    if frame.flags & PADDED:
        padding, payload = payload[0], payload[1:]
    if frame.flags & WITH_PRIORITY:
        payload = payload[5:]
    return payload[:len(payload) - padding]


def data_bytes(frame):
    if frame.flags & PADDED and frame.payload:
        return frame.payload[1:len(frame.payload) - frame.payload[0]]
    return frame.payload


def priority_payload(depends_on=0, weight=255, exclusive=False):
    return struct.pack(">IB", depends_on | (0x80000000 if exclusive else 0), weight)
