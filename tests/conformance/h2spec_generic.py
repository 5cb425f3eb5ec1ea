"""h2spec, generic: what must be accepted."""

from h2spec_registry import case, post
from support.raw_http2 import (DATA, END_HEADERS, END_STREAM, HEADERS, INITIAL_WINDOW_SIZE,
                               MAX_CONCURRENT_STREAMS, PADDED, PING, PREFACE, SETTINGS, WITH_PRIORITY, priority_payload)


@case("generic/1/1", "a client connection preface", handshake=False)
def _(c):
    c.send(PREFACE)
    c.change_settings()
    c.expect(SETTINGS)


@case("generic/2/1", "PRIORITY on an idle stream")
def _(c):
    c.priority(1)
    c.ping()
    c.expect_ping_ack()


def half_closed(c):
    """Stream 1 with our side ended and the answer held back by a zero window."""
    c.change_settings((INITIAL_WINDOW_SIZE, 0))
    c.headers(1, c.request())


@case("generic/2/2", "WINDOW_UPDATE on a half-closed (remote) stream")
def _(c):
    half_closed(c)
    c.window_update(1, 1)
    c.expect_data(1, 1)


@case("generic/2/3", "PRIORITY on a half-closed (remote) stream")
def _(c):
    half_closed(c)
    c.priority(1)
    c.window_update(1, 1)
    c.expect_data(1, 1)


@case("generic/2/4", "RST_STREAM on a half-closed (remote) stream")
def _(c):
    c.headers(1, c.request())
    c.reset(1)
    c.ping()
    c.expect_ping_ack()


@case("generic/2/5", "PRIORITY on a closed stream")
def _(c):
    c.get(stream=1)
    c.priority(1)
    c.ping()
    c.expect_ping_ack()


@case("generic/3.1/1", "a DATA frame")
def _(c):
    c.headers(1, post(c), end_stream=False)
    c.data(1, b"test")
    c.expect_headers(1)


@case("generic/3.1/2", "several DATA frames")
def _(c):
    c.headers(1, post(c), end_stream=False)
    c.data(1, b"test", end_stream=False)
    c.data(1, b"test")
    c.expect_headers(1)


@case("generic/3.1/3", "a padded DATA frame")
def _(c):
    c.headers(1, post(c), end_stream=False)
    c.frame(DATA, END_STREAM | PADDED, 1, b"\x06test" + b"\0" * 6)
    c.expect_headers(1)


@case("generic/3.2/1", "a HEADERS frame")
def _(c):
    c.headers(1, c.request())
    c.expect_headers(1)


@case("generic/3.2/2", "a padded HEADERS frame")
def _(c):
    c.frame(HEADERS, END_STREAM | END_HEADERS | PADDED, 1, b"\x08" + c.encode(c.request()) + b"\0" * 8)
    c.expect_headers(1)


@case("generic/3.2/3", "a HEADERS frame with priority")
def _(c):
    c.frame(HEADERS, END_STREAM | END_HEADERS | WITH_PRIORITY, 1,
            priority_payload(weight=255) + c.encode(c.request()))
    c.expect_headers(1)


def priority_accepted(key, about, **options):
    @case(key, about)
    def _(c):
        c.priority(1, **options)
        c.headers(1, c.request())
        c.expect_headers(1)


priority_accepted("generic/3.3/1", "PRIORITY with weight 1", weight=0)
priority_accepted("generic/3.3/2", "PRIORITY with weight 256", weight=255)
priority_accepted("generic/3.3/3", "PRIORITY with a dependency", depends_on=3, weight=255)
priority_accepted("generic/3.3/4", "PRIORITY with an exclusive dependency", depends_on=3, weight=255, exclusive=True)


@case("generic/3.3/5", "PRIORITY for an idle stream, then a request below it")
def _(c):
    c.priority(5)
    c.headers(3, c.request())
    c.expect_headers(3)


@case("generic/3.4/1", "an RST_STREAM frame")
def _(c):
    c.headers(1, post(c), end_stream=False)
    c.reset(1)
    c.ping()
    c.expect_ping_ack()


@case("generic/3.5/1", "a SETTINGS frame")
def _(c):
    c.change_settings((MAX_CONCURRENT_STREAMS, 100))
    c.expect_settings_ack()


@case("generic/3.7/1", "a PING frame")
def _(c):
    c.ping(b"meshctl!")
    c.expect_ping_ack(b"meshctl!")


@case("generic/3.8/1", "a GOAWAY frame")
def _(c):
    c.goaway()
    c.ping()
    # Either the ping is answered or the connection is ended, both are right.
    c.wait_for(lambda f: f.type == PING, "PING ack or end")


@case("generic/3.9/1", "WINDOW_UPDATE on stream 0")
def _(c):
    c.window_update(0, 1)
    c.ping()
    c.expect_ping_ack()


@case("generic/3.9/2", "WINDOW_UPDATE on a stream")
def _(c):
    c.headers(1, post(c), end_stream=False)
    c.window_update(1, 1)
    c.ping()
    c.expect_ping_ack()


def continued(key, about, fillers):
    @case(key, about)
    def _(c):
        c.headers(1, c.request(), end_headers=False)
        for number in range(fillers):
            c.continuation(1, [(f"x-filler{number}", "x" * 4000)], end_headers=number == fillers - 1)
        c.expect_headers(1)


continued("generic/3.10/1", "a CONTINUATION frame", 1)
continued("generic/3.10/2", "several CONTINUATION frames", 2)


def method(key, about, name, body=None, trailers=None):
    @case(key, about)
    def _(c):
        extra = [("trailer", "x-test")] if trailers else []
        c.headers(1, c.request(name, extra=extra), end_stream=body is None)
        if body is not None:
            c.data(1, body, end_stream=not trailers)
        if trailers:
            c.headers(1, trailers)
        c.expect_headers(1)


method("generic/4/1", "a GET request", "GET")
method("generic/4/2", "a HEAD request", "HEAD")
method("generic/4/3", "a POST request", "POST", b"test")
method("generic/4/4", "a POST request with trailers", "POST", b"test", [("x-test", "ok")])


def literal(prefix, name, value, huffman=False):
    """One literal representation with a new name, coded by hand (RFC 7541 section 6.2)."""
    import hpack
    if not huffman:
        return bytes([prefix, len(name)]) + name + bytes([len(value)]) + value
    coder = hpack.huffman.HuffmanEncoder(hpack.huffman_constants.REQUEST_CODES,
                                         hpack.huffman_constants.REQUEST_CODES_LENGTH)
    name, value = coder.encode(name), coder.encode(value)
    return bytes([prefix, 0x80 | len(name)]) + name + bytes([0x80 | len(value)]) + value


def representation(key, about, suffix=b"", prefix=b""):
    @case(key, about)
    def _(c):
        c.headers(1, c.request(), suffix=suffix, prefix=prefix)
        c.expect_headers(1)


USER_AGENT = 58  # static index of user-agent
representation("generic/5/1", "an indexed field", bytes([0x80 | USER_AGENT]))
for number, (kind, pattern, indexed) in enumerate(
        [("with incremental indexing", 0x40, 0x40 | USER_AGENT), ("without indexing", 0x00, None),
         ("never indexed", 0x10, None)]):
    index = bytes([indexed]) if indexed else bytes([pattern | 0x0F, USER_AGENT - 15])
    base = 2 + 4 * number
    representation(f"generic/5/{base}", f"a literal {kind}, indexed name", index + b"\x06h2spec")
    representation(f"generic/5/{base + 1}", f"a literal {kind}, indexed name, Huffman",
                   index + b"\x84\x9c\x48\xac\xa4")
    representation(f"generic/5/{base + 2}", f"a literal {kind}, new name", literal(pattern, b"x-test", b"h2spec"))
    representation(f"generic/5/{base + 3}", f"a literal {kind}, new name, Huffman",
                   literal(pattern, b"x-test", b"h2spec", huffman=True))
representation("generic/5/14", "a dynamic table size update", prefix=b"\x20")
representation("generic/5/15", "several dynamic table size updates", prefix=b"\x20\x3f\xe1\x1f")
