"""h2spec, http2: what must be refused, section by section of RFC 7540 as h2spec numbers them."""

import struct

from h2spec_registry import case, filler, ignored, post, refused
from support.raw_http2 import (COMPRESSION_ERROR, DATA, END_HEADERS, END_STREAM, ENABLE_PUSH, FLOW_CONTROL_ERROR,
                               FRAME_SIZE_ERROR, GOAWAY, HEADERS, INITIAL_WINDOW_SIZE, MAX_CONCURRENT_STREAMS,
                               MAX_FRAME_SIZE, PADDED, PING, PREFACE, PRIORITY, PROTOCOL_ERROR, PUSH_PROMISE,
                               REFUSED_STREAM, RST_STREAM, SETTINGS, STREAM_CLOSED, WINDOW_UPDATE, WITH_PRIORITY,
                               priority_payload)


@case("http2/3.5/1", "a valid preface is answered with SETTINGS first", handshake=False)
def _(c):
    c.send(PREFACE)
    c.change_settings()
    frame = c.read_frame()
    assert frame and frame.type == SETTINGS and not frame.flags, frame


@case("http2/3.5/2", "an invalid preface ends the connection", handshake=False)
def _(c):
    c.send(b"INVALID CONNECTION PREFACE\r\n\r\n")
    c.wire.read_until_closed()
    assert c.wire.ended, "still open"


ignored("http2/4.1/1", "a frame of unknown type", b"\0\0\x08\x16\0\0\0\0\0" + b"\0" * 8)


@case("http2/4.1/2", "a PING with undefined flags")
def _(c):
    c.ping(b"flagged!", flags=0x16)
    c.expect_ping_ack(b"flagged!")


@case("http2/4.1/3", "a PING with the reserved bit")
def _(c):
    c.frame(PING, 0x16, 0x80000000, b"reserved")
    c.expect_ping_ack(b"reserved")


@case("http2/4.2/1", "DATA of 2^14 octets")
def _(c):
    c.headers(1, post(c), end_stream=False)
    c.data(1, b"x" * 16384)
    c.expect_headers(1)


@case("http2/4.2/2", "DATA larger than SETTINGS_MAX_FRAME_SIZE")
def _(c):
    c.headers(1, post(c), end_stream=False)
    c.data(1, b"x" * 16385)
    c.expect_stream_error(1, FRAME_SIZE_ERROR)


@case("http2/4.2/3", "HEADERS larger than SETTINGS_MAX_FRAME_SIZE")
def _(c):
    c.headers(1, c.encode(c.request(extra=filler(5)), huffman=False))
    c.expect_connection_error(FRAME_SIZE_ERROR)


@case("http2/4.3/1", "an invalid header block fragment")
def _(c):
    c.frame(HEADERS, END_STREAM | END_HEADERS, 1, b"\x40")
    c.expect_connection_error(COMPRESSION_ERROR)


@case("http2/4.3/2", "PRIORITY in the middle of a header block")
def _(c):
    c.headers(1, c.request(), end_headers=False)
    c.priority(1)
    c.continuation(1, filler())
    c.expect_connection_error(PROTOCOL_ERROR)


@case("http2/4.3/3", "HEADERS of another stream in the middle of a header block")
def _(c):
    c.headers(1, c.request(), end_headers=False)
    c.headers(3, c.request())
    c.expect_connection_error(PROTOCOL_ERROR)


@case("http2/4.3/4", "a header block over several frames keeps the compression state")
def _(c):
    block = c.encode(c.request(extra=[("x-state", "kept")]))
    c.headers(1, block[:5], end_headers=False)
    c.continuation(1, block[5:])
    c.expect_headers(1)
    c.headers(3, c.request(extra=[("x-state", "kept")]))
    c.expect_headers(3)


def idle(key, about, send):
    @case(key, about)
    def _(c):
        send(c)
        c.expect_connection_error(PROTOCOL_ERROR)


idle("http2/5.1/1", "idle: DATA", lambda c: c.data(1, b"test"))
idle("http2/5.1/2", "idle: RST_STREAM", lambda c: c.reset(1))
idle("http2/5.1/3", "idle: WINDOW_UPDATE", lambda c: c.window_update(1, 100))
idle("http2/5.1/4", "idle: CONTINUATION", lambda c: c.continuation(1, c.request()))


def on_half_closed(key, about, send, *codes):
    @case(key, about)
    def _(c):
        c.headers(1, c.request())
        send(c)
        c.expect_stream_error(1, *codes)


on_half_closed("http2/5.1/5", "half-closed (remote): DATA", lambda c: c.data(1, b"test"), STREAM_CLOSED)
on_half_closed("http2/5.1/6", "half-closed (remote): HEADERS", lambda c: c.headers(1, c.request()), STREAM_CLOSED)
on_half_closed("http2/5.1/7", "half-closed (remote): CONTINUATION", lambda c: c.continuation(1, c.request()),
               STREAM_CLOSED, PROTOCOL_ERROR)


def after_reset(key, about, send, *codes):
    @case(key, about)
    def _(c):
        c.headers(1, post(c), end_stream=False)
        c.reset(1)
        send(c)
        c.expect_stream_error(1, *codes)


after_reset("http2/5.1/8", "closed: DATA after RST_STREAM", lambda c: c.data(1, b"test"), STREAM_CLOSED)
after_reset("http2/5.1/9", "closed: HEADERS after RST_STREAM", lambda c: c.headers(1, c.request()), STREAM_CLOSED)
after_reset("http2/5.1/10", "closed: CONTINUATION after RST_STREAM", lambda c: c.continuation(1, filler()),
            STREAM_CLOSED, PROTOCOL_ERROR)


def after_end(key, about, send, *codes):
    @case(key, about)
    def _(c):
        c.get(stream=1)
        send(c)
        # RFC 9113 lets a stream error stand for the connection error here.
        c.expect_stream_error(1, *codes)


after_end("http2/5.1/11", "closed: DATA", lambda c: c.data(1, b"test"), STREAM_CLOSED)
after_end("http2/5.1/12", "closed: HEADERS", lambda c: c.headers(1, c.request()), STREAM_CLOSED)
after_end("http2/5.1/13", "closed: CONTINUATION", lambda c: c.continuation(1, filler()), STREAM_CLOSED, PROTOCOL_ERROR)


@case("http2/5.1.1/1", "an even stream identifier")
def _(c):
    c.headers(2, c.request())
    c.expect_connection_error(PROTOCOL_ERROR)


@case("http2/5.1.1/2", "a stream identifier below a used one")
def _(c):
    c.headers(5, c.request())
    c.headers(3, c.request())
    # Stream 3 is closed by the use of stream 5, so both codes tell the truth.
    c.expect_connection_error(PROTOCOL_ERROR, STREAM_CLOSED)


@case("http2/5.1.2/1", "more streams than the advertised limit")
def _(c):
    # A zero window keeps every stream open.
    c.change_settings((INITIAL_WINDOW_SIZE, 0))
    limit = c.settings.get(MAX_CONCURRENT_STREAMS)
    assert limit is not None, "no limit advertised"
    for number in range(limit + 1):
        c.headers(1 + 2 * number, c.request())
    c.expect_stream_error(1 + 2 * limit, PROTOCOL_ERROR, REFUSED_STREAM)


@case("http2/5.3.1/1", "HEADERS that depend on themselves")
def _(c):
    c.frame(HEADERS, END_STREAM | END_HEADERS | WITH_PRIORITY, 1, priority_payload(1) + c.encode(c.request()))
    c.expect_stream_error(1, PROTOCOL_ERROR)


@case("http2/5.3.1/2", "PRIORITY that depends on itself")
def _(c):
    c.headers(1, post(c), end_stream=False)
    c.priority(1, depends_on=1)
    c.expect_stream_error(1, PROTOCOL_ERROR)


@case("http2/5.4.1/1", "the connection ends after a connection error")
def _(c):
    c.frame(PING, 0, 3, b"\0" * 8)
    c.expect_closed()


@case("http2/5.4.1/2", "a connection error is told by GOAWAY")
def _(c):
    c.frame(PING, 0, 3, b"\0" * 8)
    c.expect_connection_error(PROTOCOL_ERROR, goaway=True)


ignored("http2/5.5/1", "an unknown extension frame", b"\0\0\x08\x16\0\0\0\0\0" + b"\0" * 8)


@case("http2/5.5/2", "an unknown extension frame within a header block")
def _(c):
    c.headers(1, c.request(), end_headers=False)
    c.send(b"\0\0\x08\x16\0\0\0\0\0" + b"\0" * 8)
    c.expect_connection_error(PROTOCOL_ERROR)


refused("http2/6.1/1", "DATA on stream 0", lambda c: c.data(0, b"test"), PROTOCOL_ERROR)


@case("http2/6.1/2", "DATA on a stream that is not open")
def _(c):
    c.headers(1, c.request())
    c.data(1, b"test")
    c.expect_stream_error(1, STREAM_CLOSED)


@case("http2/6.1/3", "DATA with padding as long as the frame")
def _(c):
    c.headers(1, post(c), end_stream=False)
    c.frame(DATA, END_STREAM | PADDED, 1, b"\x06\x54\x65\x73\x74")
    c.expect_connection_error(PROTOCOL_ERROR)


@case("http2/6.2/1", "HEADERS without END_HEADERS, then PRIORITY")
def _(c):
    c.headers(1, c.request(), end_headers=False)
    c.priority(1)
    c.expect_connection_error(PROTOCOL_ERROR)


@case("http2/6.2/2", "HEADERS without END_HEADERS, then HEADERS of another stream")
def _(c):
    c.headers(1, c.request(), end_headers=False)
    c.headers(3, c.request())
    c.expect_connection_error(PROTOCOL_ERROR)


refused("http2/6.2/3", "HEADERS on stream 0", lambda c: c.headers(0, c.request()), PROTOCOL_ERROR)


@case("http2/6.2/4", "HEADERS with invalid padding")
def _(c):
    block = c.encode(c.request())
    c.frame(HEADERS, END_STREAM | END_HEADERS | PADDED, 1, bytes([len(block) + 2]) + block)
    c.expect_connection_error(PROTOCOL_ERROR)


refused("http2/6.3/1", "PRIORITY on stream 0", lambda c: c.priority(0), PROTOCOL_ERROR)


@case("http2/6.3/2", "PRIORITY of a length other than 5")
def _(c):
    c.headers(1, post(c), end_stream=False)
    c.frame(PRIORITY, 0, 1, b"\x80\0\0\x01")
    c.expect_stream_error(1, FRAME_SIZE_ERROR)


refused("http2/6.4/1", "RST_STREAM on stream 0", lambda c: c.reset(0), PROTOCOL_ERROR)
refused("http2/6.4/2", "RST_STREAM on an idle stream", lambda c: c.reset(1), PROTOCOL_ERROR)


@case("http2/6.4/3", "RST_STREAM of a length other than 4")
def _(c):
    c.headers(1, post(c), end_stream=False)
    c.frame(RST_STREAM, 0, 1, b"\0\0\0")
    c.expect_connection_error(FRAME_SIZE_ERROR)


refused("http2/6.5/1", "SETTINGS with ACK and a payload", lambda c: c.frame(SETTINGS, 1, 0, b"\0"), FRAME_SIZE_ERROR)
refused("http2/6.5/2", "SETTINGS on a stream", lambda c: c.frame(SETTINGS, 0, 1, b"\0\x03\0\0\0\x64"), PROTOCOL_ERROR)
refused("http2/6.5/3", "SETTINGS of a length that is no multiple of 6",
        lambda c: c.frame(SETTINGS, 0, 0, b"\0\x03\0"), FRAME_SIZE_ERROR)
refused("http2/6.5.2/1", "ENABLE_PUSH of 2", lambda c: c.change_settings((ENABLE_PUSH, 2)), PROTOCOL_ERROR)
refused("http2/6.5.2/2", "INITIAL_WINDOW_SIZE above 2^31-1",
        lambda c: c.change_settings((INITIAL_WINDOW_SIZE, 1 << 31)),
        FLOW_CONTROL_ERROR)
refused("http2/6.5.2/3", "MAX_FRAME_SIZE below 2^14", lambda c: c.change_settings((MAX_FRAME_SIZE, 16383)),
        PROTOCOL_ERROR)
refused("http2/6.5.2/4", "MAX_FRAME_SIZE above 2^24-1", lambda c: c.change_settings((MAX_FRAME_SIZE, 1 << 24)),
        PROTOCOL_ERROR)


@case("http2/6.5.2/5", "an unknown setting")
def _(c):
    c.change_settings((0xFF, 1))
    c.ping()
    c.expect_ping_ack()


@case("http2/6.5.3/1", "settings take effect in their order")
def _(c):
    c.change_settings((INITIAL_WINDOW_SIZE, 100), (INITIAL_WINDOW_SIZE, 1))
    c.expect_settings_ack()
    c.headers(1, c.request())
    c.expect_data(1, 1)


@case("http2/6.5.3/2", "SETTINGS are acknowledged")
def _(c):
    c.change_settings((ENABLE_PUSH, 0))
    c.expect_settings_ack()


@case("http2/6.7/1", "PING is answered with the same payload")
def _(c):
    c.ping(b"h2spec\0\0")
    c.expect_ping_ack(b"h2spec\0\0")


@case("http2/6.7/2", "PING with ACK is not answered")
def _(c):
    c.ping(b"invalid\0", flags=1)
    c.ping(b"h2spec\0\0")
    frame = c.expect(PING)
    assert frame.payload == b"h2spec\0\0", frame


refused("http2/6.7/3", "PING on a stream", lambda c: c.frame(PING, 0, 1, b"\0" * 8), PROTOCOL_ERROR)
refused("http2/6.7/4", "PING of a length other than 8", lambda c: c.frame(PING, 0, 0, b"\0" * 6), FRAME_SIZE_ERROR)
refused("http2/6.8/1", "GOAWAY on a stream", lambda c: c.frame(GOAWAY, 0, 1, b"\0" * 8), PROTOCOL_ERROR)
refused("http2/6.9/1", "WINDOW_UPDATE of 0", lambda c: c.window_update(0, 0), PROTOCOL_ERROR)


@case("http2/6.9/2", "WINDOW_UPDATE of 0 on a stream")
def _(c):
    c.headers(1, post(c), end_stream=False)
    c.window_update(1, 0)
    c.expect_stream_error(1, PROTOCOL_ERROR)


refused("http2/6.9/3", "WINDOW_UPDATE of a length other than 4",
        lambda c: c.frame(WINDOW_UPDATE, 0, 0, b"\0\0\x01"), FRAME_SIZE_ERROR)


@case("http2/6.9.1/1", "no more DATA than the window allows")
def _(c):
    c.change_settings((INITIAL_WINDOW_SIZE, 1))
    c.expect_settings_ack()
    c.headers(1, c.request())
    c.expect_data(1, 1)


@case("http2/6.9.1/2", "the connection window above 2^31-1")
def _(c):
    c.window_update(0, (1 << 31) - 1)
    c.window_update(0, (1 << 31) - 1)
    c.expect_connection_error(FLOW_CONTROL_ERROR, goaway=True)


@case("http2/6.9.1/3", "a stream window above 2^31-1")
def _(c):
    c.headers(1, post(c), end_stream=False)
    c.window_update(1, (1 << 31) - 1)
    c.window_update(1, (1 << 31) - 1)
    frame = c.expect(RST_STREAM, lambda f: f.stream == 1)
    assert frame.code == FLOW_CONTROL_ERROR, frame


@case("http2/6.9.2/1", "a change of INITIAL_WINDOW_SIZE adjusts open streams")
def _(c):
    c.change_settings((INITIAL_WINDOW_SIZE, 0))
    c.expect_settings_ack()
    c.headers(1, c.request())
    c.change_settings((INITIAL_WINDOW_SIZE, 1))
    c.expect_data(1, 1)


@case("http2/6.9.2/2", "a window may become negative")
def _(c):
    c.change_settings((INITIAL_WINDOW_SIZE, 3))
    c.expect_settings_ack()
    c.headers(1, c.request())
    c.expect_data(1, 3)
    c.change_settings((INITIAL_WINDOW_SIZE, 2))
    c.expect_settings_ack()
    c.window_update(1, 2)
    c.expect_data(1, 1)


refused("http2/6.9.2/3", "INITIAL_WINDOW_SIZE beyond the maximum",
        lambda c: c.frame(SETTINGS, 0, 0, b"\0\x04\x80\0\0\0"), FLOW_CONTROL_ERROR)


@case("http2/6.10/1", "several CONTINUATION frames after HEADERS")
def _(c):
    c.headers(1, c.request(), end_headers=False)
    c.continuation(1, filler(), end_headers=False)
    c.continuation(1, [("x-last", "1")])
    c.expect_headers(1)


@case("http2/6.10/2", "CONTINUATION followed by another frame")
def _(c):
    c.headers(1, post(c), end_stream=False, end_headers=False)
    c.continuation(1, filler(), end_headers=False)
    c.data(1, b"test")
    c.expect_connection_error(PROTOCOL_ERROR)


@case("http2/6.10/3", "CONTINUATION on stream 0")
def _(c):
    c.headers(1, c.request(), end_headers=False)
    c.continuation(0, filler())
    c.expect_connection_error(PROTOCOL_ERROR)


@case("http2/6.10/4", "CONTINUATION after HEADERS with END_HEADERS")
def _(c):
    c.headers(1, c.request())
    c.continuation(1, filler())
    c.expect_connection_error(PROTOCOL_ERROR, STREAM_CLOSED)


@case("http2/6.10/5", "CONTINUATION after CONTINUATION with END_HEADERS")
def _(c):
    c.headers(1, c.request(), end_headers=False)
    c.continuation(1, filler())
    c.continuation(1, filler())
    c.expect_connection_error(PROTOCOL_ERROR, STREAM_CLOSED)


@case("http2/6.10/6", "CONTINUATION after DATA")
def _(c):
    c.headers(1, post(c), end_stream=False)
    c.data(1, b"test")
    c.continuation(1, filler(), end_headers=False)
    c.expect_connection_error(PROTOCOL_ERROR, STREAM_CLOSED)


@case("http2/7/1", "GOAWAY with an unknown error code")
def _(c):
    c.goaway(code=0xFF)
    c.ping()
    c.wait_for(lambda f: f.type == PING, "PING ack or end")


@case("http2/7/2", "RST_STREAM with an unknown error code")
def _(c):
    c.headers(1, post(c), end_stream=False)
    c.reset(1, 0xFF)
    c.ping()
    c.expect_ping_ack()


@case("http2/8.1/1", "a second HEADERS frame without END_STREAM")
def _(c):
    c.headers(1, post(c), end_stream=False)
    c.headers(1, [("x-trailer", "1")], end_stream=False)
    c.expect_stream_error(1, PROTOCOL_ERROR)


def malformed(key, about, fields):
    """A stream error answers these header fields."""
    @case(key, about)
    def _(c):
        c.headers(1, fields(c))
        c.expect_stream_error(1, PROTOCOL_ERROR)


malformed("http2/8.1.2/1", "a field name in upper case", lambda c: c.request(extra=[("X-TEST", "ok")]))
malformed("http2/8.1.2.1/1", "an unknown pseudo-header field", lambda c: c.request(extra=[(":test", "ok")]))
malformed("http2/8.1.2.1/2", "a response pseudo-header field", lambda c: c.request(extra=[(":status", "200")]))


@case("http2/8.1.2.1/3", "a pseudo-header field in trailers")
def _(c):
    c.headers(1, post(c), end_stream=False)
    c.data(1, b"test", end_stream=False)
    c.headers(1, [(":method", "200")])
    c.expect_stream_error(1, PROTOCOL_ERROR)


malformed("http2/8.1.2.1/4", "a pseudo-header field after a regular one",
          lambda c: [("x-test", "ok"), *c.request()])
malformed("http2/8.1.2.2/1", "a connection-specific field", lambda c: c.request(extra=[("connection", "keep-alive")]))
malformed("http2/8.1.2.2/2", "TE other than trailers", lambda c: c.request(extra=[("te", "trailers, deflate;q=0.5")]))


def replaced(c, name, value):
    return [(key, value if key == name else old) for key, old in c.request()]


def without(c, name):
    return [pair for pair in c.request() if pair[0] != name]


malformed("http2/8.1.2.3/1", "an empty :path", lambda c: replaced(c, ":path", ""))
malformed("http2/8.1.2.3/2", "no :method", lambda c: without(c, ":method"))
malformed("http2/8.1.2.3/3", "no :scheme", lambda c: without(c, ":scheme"))
malformed("http2/8.1.2.3/4", "no :path", lambda c: without(c, ":path"))
malformed("http2/8.1.2.3/5", "a second :method", lambda c: [(":method", "GET"), *c.request()])
malformed("http2/8.1.2.3/6", "a second :scheme", lambda c: [(":scheme", "http"), *c.request()])
malformed("http2/8.1.2.3/7", "a second :path", lambda c: [(":path", "/"), *c.request()])


@case("http2/8.1.2.6/1", "content-length that one DATA frame does not match")
def _(c):
    c.headers(1, post(c, [("content-length", "1")]), end_stream=False)
    c.data(1, b"test")
    c.expect_stream_error(1, PROTOCOL_ERROR)


@case("http2/8.1.2.6/2", "content-length that several DATA frames do not match")
def _(c):
    c.headers(1, post(c, [("content-length", "1")]), end_stream=False)
    c.data(1, b"test", end_stream=False)
    c.data(1, b"test")
    c.expect_stream_error(1, PROTOCOL_ERROR)


@case("http2/8.2/1", "PUSH_PROMISE from a client")
def _(c):
    c.frame(PUSH_PROMISE, END_HEADERS, 1, struct.pack(">I", 3) + c.encode(c.request()))
    c.expect_connection_error(PROTOCOL_ERROR)
