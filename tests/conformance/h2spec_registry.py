"""Where the cases of h2spec are collected, and the shapes that many of them share."""

CASES = {}


def case(key, about, handshake=True):
    def register(function):
        assert key not in CASES, key
        CASES[key] = (about, handshake, function)
        return function
    return register


def filler(count=1):
    """Header fields too long to be small: 4,000 bytes each."""
    return [(f"x-filler{i}", "x" * 4000) for i in range(count)]


def post(c, extra=()):
    return c.request("POST", extra=extra)


def ignored(key, about, data):
    @case(key, about)
    def _(c):
        c.send(data)
        c.ping()
        c.expect_ping_ack()


def refused(key, about, send, *codes):
    """A connection error answers what `send` does on a fresh connection."""
    @case(key, about)
    def _(c):
        send(c)
        c.expect_connection_error(*codes)
