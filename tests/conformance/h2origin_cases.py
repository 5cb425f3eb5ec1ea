"""The mirror of h2spec: the gateway as HTTP/2 client against an origin that misbehaves (h2specd's cases).

A case is a function of the origin's raw peer and the stream of the gateway's request. `accepted` cases end in a good answer;
the others end in an error of the connection or the stream, and the gateway's client gets 502 (or sees the body cut).
"""

import struct

from support.raw_http2 import (COMPRESSION_ERROR, CONTINUATION, DATA, END_HEADERS, END_STREAM, ENABLE_PUSH,
                               FLOW_CONTROL_ERROR, FRAME_SIZE_ERROR, GOAWAY,
                               HEADERS, INITIAL_WINDOW_SIZE, MAX_FRAME_SIZE, PADDED, PING, PRIORITY, PROTOCOL_ERROR,
                               PUSH_PROMISE, RST_STREAM, SETTINGS,
                               STREAM_CLOSED, WINDOW_UPDATE, WITH_PRIORITY, answer_ok, priority_payload)

CASES = {}


def case(key, about, accepted=False):
    def register(function):
        assert key not in CASES, key
        CASES[key] = (about, accepted, function)
        return function
    return register


def accepted(key, about, send):
    """The frames are taken and the answer behind them arrives."""
    @case(key, about, accepted=True)
    def _(o, stream):
        send(o, stream)
        answer_ok(o, stream, None)


def pinged(key, about, send):
    """The frames are ignored: a PING behind them is answered."""
    @case(key, about, accepted=True)
    def _(o, stream):
        send(o, stream)
        o.ping(b"afterall")
        o.expect_ping_ack(b"afterall")
        answer_ok(o, stream, None)


def connection_error(key, about, send, *codes, goaway=False):
    @case(key, about)
    def _(o, stream):
        send(o, stream)
        o.expect_connection_error(*codes, goaway=goaway)


def stream_error(key, about, send, *codes):
    @case(key, about)
    def _(o, stream):
        send(o, stream)
        o.expect_stream_error(stream, *codes)


OK = [(":status", "200")]


def head(o, stream, fields=(), end_stream=False, **options):
    o.headers(stream, [*OK, *fields], end_stream=end_stream, **options)


def filler(count=1):
    return [(f"x-filler{i}", "x" * 4000) for i in range(count)]


accepted("client/1/1", "a plain answer", lambda o, s: None)
pinged("client/4.1/1", "a frame of unknown type", lambda o, s: o.send(b"\0\0\x08\x16\0\0\0\0\0" + b"\0" * 8))


@case("client/4.1/2", "a PING with undefined flags", accepted=True)
def _(o, stream):
    o.ping(b"flagged!", flags=0x16)
    o.expect_ping_ack(b"flagged!")
    answer_ok(o, stream, None)


@case("client/4.1/3", "a PING with the reserved bit", accepted=True)
def _(o, stream):
    o.frame(PING, 0x16, 0x80000000, b"reserved")
    o.expect_ping_ack(b"reserved")
    answer_ok(o, stream, None)


@case("client/4.2/1", "DATA of 2^14 octets", accepted=True)
def _(o, stream):
    head(o, stream)
    o.data(stream, b"x" * 16384)


def large_data(o, stream):
    head(o, stream)
    o.data(stream, b"x" * (o.settings.get(MAX_FRAME_SIZE, 16384) + 1))


stream_error("client/4.2/2", "DATA larger than SETTINGS_MAX_FRAME_SIZE", large_data, FRAME_SIZE_ERROR)
connection_error("client/4.2/3", "HEADERS larger than SETTINGS_MAX_FRAME_SIZE",
                 lambda o, s: o.headers(s, o.encode(OK, huffman=False) + b"\0\x01a\x7f\x81\x7f" +
                                        b"x" * (o.settings.get(MAX_FRAME_SIZE, 16384) + 1)), FRAME_SIZE_ERROR)
connection_error("client/4.3/1", "an invalid header block fragment", lambda o,
                 s: o.frame(HEADERS, END_STREAM | END_HEADERS, s, b"\x40"), COMPRESSION_ERROR)


def interrupted(o, stream, kind):
    o.headers(stream, OK, end_headers=False)
    kind()
    o.continuation(stream, filler())


connection_error("client/4.3/2", "PRIORITY in the middle of a header block", lambda o,
                 s: interrupted(o, s, lambda: o.priority(s)), PROTOCOL_ERROR)
connection_error("client/4.3/3", "HEADERS of another stream in the middle of a header block",
                 lambda o, s: interrupted(o, s, lambda: o.headers(s + 2, OK)), PROTOCOL_ERROR)

connection_error("client/5.1/1", "idle: DATA", lambda o, s: o.data(2, b"test"), PROTOCOL_ERROR)
connection_error("client/5.1/2", "idle: RST_STREAM", lambda o, s: o.reset(2), PROTOCOL_ERROR)
connection_error("client/5.1/3", "idle: WINDOW_UPDATE", lambda o, s: o.window_update(2, 100), PROTOCOL_ERROR)
connection_error("client/5.1/4", "idle: CONTINUATION", lambda o, s: o.continuation(2, OK), PROTOCOL_ERROR)


def after_reset(o, stream, send):
    head(o, stream)
    o.reset(stream)
    send()


stream_error("client/5.1/5", "closed: DATA after RST_STREAM", lambda o,
             s: after_reset(o, s, lambda: o.data(s, b"test")), STREAM_CLOSED, PROTOCOL_ERROR)
stream_error("client/5.1/6", "closed: HEADERS after RST_STREAM", lambda o,
             s: after_reset(o, s, lambda: o.headers(s, OK)), STREAM_CLOSED, PROTOCOL_ERROR)
stream_error("client/5.1/7", "closed: CONTINUATION after RST_STREAM", lambda o,
             s: after_reset(o, s, lambda: o.continuation(s, filler())),
             STREAM_CLOSED, PROTOCOL_ERROR)


def after_end(o, stream, send):
    head(o, stream, end_stream=True)
    send()


for number, (about, send) in enumerate([("DATA", lambda o, s: o.data(s, b"test")),
                                        ("HEADERS", lambda o, s: o.headers(s, OK)),
                                        ("CONTINUATION", lambda o, s: o.continuation(s, filler()))]):
    stream_error(f"client/5.1/{8 + number}", f"closed: {about}",
                 lambda o, s, send=send: after_end(o, s, lambda: send(o, s)), STREAM_CLOSED, PROTOCOL_ERROR)
connection_error("client/5.1.1/1", "an answer on a stream nobody opened", lambda o, s: o.headers(101, OK),
                 PROTOCOL_ERROR)


@case("client/5.4.1/1", "the connection ends after a connection error")
def _(o, stream):
    o.frame(PING, 0, 3, b"\0" * 8)
    o.expect_closed()


connection_error("client/5.4.1/2", "a connection error is told by GOAWAY", lambda o, s: o.frame(PING, 0, 3, b"\0" * 8),
                 PROTOCOL_ERROR, goaway=True)
pinged("client/5.5/1", "an unknown extension frame", lambda o, s: o.send(b"\0\0\x08\x16\0\0\0\0\0" + b"\0" * 8))
connection_error("client/5.5/2", "an unknown extension frame within a header block",
                 lambda o, s: interrupted(o, s, lambda: o.send(b"\0\0\x08\x16\0\0\0\0\0" + b"\0" * 8)), PROTOCOL_ERROR)

connection_error("client/6.1/1", "DATA on stream 0", lambda o, s: o.data(0, b"test"), PROTOCOL_ERROR)
stream_error("client/6.1/2", "DATA on a stream that ended", lambda o, s: after_end(o, s, lambda: o.data(s, b"test")),
             STREAM_CLOSED, PROTOCOL_ERROR)


def padded_data(o, stream):
    head(o, stream)
    o.frame(DATA, END_STREAM | PADDED, stream, b"\x06\x54\x65\x73\x74")


connection_error("client/6.1/3", "DATA with padding as long as the frame", padded_data, PROTOCOL_ERROR)
connection_error("client/6.2/1", "HEADERS without END_HEADERS, then PRIORITY", lambda o,
                 s: (head(o, s, end_headers=False), o.priority(s)), PROTOCOL_ERROR)
connection_error("client/6.2/2", "HEADERS without END_HEADERS, then HEADERS of another stream",
                 lambda o, s: (head(o, s, end_headers=False), o.headers(s + 2, OK)), PROTOCOL_ERROR)
connection_error("client/6.2/3", "HEADERS on stream 0", lambda o, s: o.headers(0, OK), PROTOCOL_ERROR)


def padded_headers(o, stream):
    block = o.encode(OK)
    o.frame(HEADERS, END_STREAM | END_HEADERS | PADDED, stream, bytes([len(block) + 2]) + block)


connection_error("client/6.2/4", "HEADERS with invalid padding", padded_headers, PROTOCOL_ERROR)
connection_error("client/6.3/1", "PRIORITY on stream 0", lambda o, s: o.priority(0), PROTOCOL_ERROR)
stream_error("client/6.3/2", "PRIORITY of a length other than 5", lambda o, s: o.frame(PRIORITY, 0, s, b"\x80\0\0\x01"),
             FRAME_SIZE_ERROR)
connection_error("client/6.4/1", "RST_STREAM on stream 0", lambda o, s: o.reset(0), PROTOCOL_ERROR)
connection_error("client/6.4/2", "RST_STREAM on an idle stream", lambda o, s: o.reset(2), PROTOCOL_ERROR)
connection_error("client/6.4/3", "RST_STREAM of a length other than 4", lambda o,
                 s: o.frame(RST_STREAM, 0, s, b"\0\0\0"), FRAME_SIZE_ERROR)
connection_error("client/6.5/1", "SETTINGS with ACK and a payload", lambda o, s: o.frame(SETTINGS, 1, 0, b"\0"),
                 FRAME_SIZE_ERROR)
connection_error("client/6.5/2", "SETTINGS on a stream", lambda o, s: o.frame(SETTINGS, 0, 1, b"\0\x03\0\0\0\x64"),
                 PROTOCOL_ERROR)
connection_error("client/6.5/3", "SETTINGS of a length that is no multiple of 6", lambda o,
                 s: o.frame(SETTINGS, 0, 0, b"\0\x03\0"), FRAME_SIZE_ERROR)
connection_error("client/6.5.2/1", "ENABLE_PUSH from a server", lambda o, s: o.change_settings((ENABLE_PUSH, 2)),
                 PROTOCOL_ERROR)
connection_error("client/6.5.2/2", "INITIAL_WINDOW_SIZE above 2^31-1", lambda o,
                 s: o.change_settings((INITIAL_WINDOW_SIZE, 1 << 31)), FLOW_CONTROL_ERROR)
connection_error("client/6.5.2/3", "MAX_FRAME_SIZE below 2^14", lambda o, s: o.change_settings((MAX_FRAME_SIZE, 16383)),
                 PROTOCOL_ERROR)
connection_error("client/6.5.2/4", "MAX_FRAME_SIZE above 2^24-1", lambda o,
                 s: o.change_settings((MAX_FRAME_SIZE, 1 << 24)), PROTOCOL_ERROR)
pinged("client/6.5.2/5", "an unknown setting", lambda o, s: o.change_settings((0xFF, 1)))


@case("client/6.5.3/1", "SETTINGS are acknowledged", accepted=True)
def _(o, stream):
    o.change_settings((INITIAL_WINDOW_SIZE, 100000))
    o.expect_settings_ack()
    answer_ok(o, stream, None)


@case("client/6.7/1", "PING is answered with the same payload", accepted=True)
def _(o, stream):
    o.ping(b"h2specd\0")
    o.expect_ping_ack(b"h2specd\0")
    answer_ok(o, stream, None)


@case("client/6.7/2", "PING with ACK is not answered", accepted=True)
def _(o, stream):
    o.ping(b"invalid\0", flags=1)
    o.ping(b"h2specd\0")
    assert o.expect(PING).payload == b"h2specd\0"
    answer_ok(o, stream, None)


connection_error("client/6.7/3", "PING on a stream", lambda o, s: o.frame(PING, 0, 1, b"\0" * 8), PROTOCOL_ERROR)
connection_error("client/6.7/4", "PING of a length other than 8", lambda o, s: o.frame(PING, 0, 0, b"\0" * 6),
                 FRAME_SIZE_ERROR)
connection_error("client/6.8/1", "GOAWAY on a stream", lambda o, s: o.frame(GOAWAY, 0, 1, b"\0" * 8), PROTOCOL_ERROR)
connection_error("client/6.9/1", "WINDOW_UPDATE of 0", lambda o, s: o.window_update(0, 0), PROTOCOL_ERROR)
stream_error("client/6.9/2", "WINDOW_UPDATE of 0 on a stream", lambda o, s: o.window_update(s, 0), PROTOCOL_ERROR)
connection_error("client/6.9/3", "WINDOW_UPDATE of a length other than 4", lambda o,
                 s: o.frame(WINDOW_UPDATE, 0, 0, b"\0\0\x01"), FRAME_SIZE_ERROR)
connection_error("client/6.9.1/1", "the connection window above 2^31-1",
                 lambda o, s: (o.window_update(0, (1 << 31) - 1), o.window_update(0, (1 << 31) - 1)),
                 FLOW_CONTROL_ERROR, goaway=True)


def stream_window(o, stream):
    head(o, stream)
    o.window_update(stream, (1 << 31) - 1)
    o.window_update(stream, (1 << 31) - 1)


stream_error("client/6.9.1/2", "a stream window above 2^31-1", stream_window, FLOW_CONTROL_ERROR)


@case("client/6.10/1", "several CONTINUATION frames after HEADERS", accepted=True)
def _(o, stream):
    o.headers(stream, OK, end_headers=False)
    o.continuation(stream, filler(), end_headers=False)
    o.continuation(stream, [("x-last", "1")])


connection_error("client/6.10/2", "CONTINUATION followed by another frame",
                 lambda o, s: (head(o, s, end_headers=False), o.continuation(s, filler(), end_headers=False),
                               o.data(s, b"test")), PROTOCOL_ERROR)
connection_error("client/6.10/3", "CONTINUATION on stream 0", lambda o,
                 s: (head(o, s, end_headers=False), o.continuation(0, filler())), PROTOCOL_ERROR)
connection_error("client/6.10/4", "CONTINUATION after HEADERS with END_HEADERS",
                 lambda o, s: (head(o, s), o.continuation(s, filler())), PROTOCOL_ERROR, STREAM_CLOSED)
connection_error("client/6.10/5", "CONTINUATION after CONTINUATION with END_HEADERS",
                 lambda o, s: (head(o, s, end_headers=False), o.continuation(s, filler()), o.continuation(s, filler())),
                 PROTOCOL_ERROR, STREAM_CLOSED)
connection_error("client/6.10/6", "CONTINUATION after DATA",
                 lambda o, s: (head(o, s, end_headers=False), o.data(s, b"test"), o.frame(CONTINUATION, 0, s, b"")),
                 PROTOCOL_ERROR)
connection_error("client/8.2/1", "PUSH_PROMISE though push is off",
                 lambda o, s: o.frame(PUSH_PROMISE, END_HEADERS, s, struct.pack(">I", 2) +
                                      o.encode([(":method", "GET"), (":scheme", "http"), (":path", "/"),
                                                (":authority", "a")])),
                 PROTOCOL_ERROR)

# Beyond h2specd: answers that are malformed (RFC 9113 sections 8.1.1 and 8.3.2), and what a gateway must make of them.


def malformed(key, about, fields, body=None, trailers=None):
    @case(key, about)
    def _(o, stream):
        o.headers(stream, fields, end_stream=body is None)
        if body is not None:
            o.data(stream, body, end_stream=trailers is None)
        if trailers is not None:
            o.headers(stream, trailers)
        o.expect_stream_error(stream, PROTOCOL_ERROR)


malformed("answer/1", "no :status", [("x-a", "b")])
malformed("answer/2", "two :status", [*OK, *OK])
malformed("answer/3", ":status after a field", [("x-a", "b"), *OK])
malformed("answer/4", "a request pseudo-header field", [*OK, (":path", "/")])
malformed("answer/5", "a field name in upper case", [*OK, ("X-A", "b")])
malformed("answer/6", "a connection-specific field", [*OK, ("connection", "close")])
malformed("answer/7", "transfer-encoding", [*OK, ("transfer-encoding", "chunked")])
malformed("answer/8", "CR LF in a value", [*OK, ("x-a", "b\r\nset-cookie: evil")])
malformed("answer/9", "NUL in a value", [*OK, ("x-a", "b\0c")])
malformed("answer/10", "a space in a name", [*OK, ("x a", "b")])
malformed("answer/11", "content-length above the body", [*OK, ("content-length", "10")], b"hello")
malformed("answer/12", "content-length below the body", [*OK, ("content-length", "3")], b"hello")
malformed("answer/13", "two content-lengths", [*OK, ("content-length", "5"), ("content-length", "6")], b"hello")
malformed("answer/14", "a status of letters", [(":status", "abc")])
malformed("answer/15", "status 101", [(":status", "101")])
malformed("answer/16", "a pseudo-header field in trailers", OK, b"hello", [(":status", "200")])


@case("answer/17", "interim answers before the final one", accepted=True)
def _(o, stream):
    o.headers(stream, [(":status", "103"), ("link", "</a>")], end_stream=False)
    answer_ok(o, stream, None)


@case("answer/18", "an answer of padding and empty frames", accepted=True)
def _(o, stream):
    o.frame(HEADERS, END_HEADERS | PADDED | WITH_PRIORITY, stream, b"\x04" + priority_payload() + o.encode(OK) +
            b"\0" * 4)
    o.data(stream, b"", end_stream=False)
    o.frame(DATA, END_STREAM | PADDED, stream, b"\x02ok\0\0")
