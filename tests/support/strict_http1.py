"""A request parser without any tolerance, to judge what a proxy forwards (RFC 9112, RFC 9110).

It accepts only what every backend reads the same way. Whatever it refuses should never have been forwarded.
"""

import re

_TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_REQUEST_LINE = re.compile(rb"(" + _TOKEN + rb") (/[!-~]*|\*|[a-z]+://[!-~]+) HTTP/1\.([01])\Z")
_FIELD = re.compile(rb"(" + _TOKEN + rb"):[ \t]?([!-~\x80-\xff](?:[\t !-~\x80-\xff]*[!-~\x80-\xff])?)?[ \t]*\Z")
_SIZE = re.compile(rb"[0-9A-Fa-f]{1,16}\Z")

MAX_HEAD = 256 * 1024


class Unclean(Exception):
    """The bytes are not one unambiguous request."""


class Request:
    def __init__(self, method, target, version, fields, head):
        self.method, self.target, self.version, self.fields = method, target, version, fields
        self.head = head  # exact bytes
        self.body = b""
        self.trailers = []
        self.chunked = False

    def values(self, name):
        return [value for key, value in self.fields if key == name]

    def get(self, name):
        values = self.values(name)
        return values[0] if values else None

    def __repr__(self):
        return f"<{self.method} {self.target} {self.fields} {len(self.body)} B>"


def parse_head(head):
    """A Request without body from exact head bytes that end in CRLF CRLF."""
    lines = head[:-4].split(b"\r\n")
    for line in lines:
        if b"\r" in line or b"\n" in line or b"\0" in line:
            raise Unclean(f"bare CR, LF or NUL in {line!r}")
    start = _REQUEST_LINE.match(lines[0])
    if not start:
        raise Unclean(f"request line {lines[0]!r}")
    fields = []
    for line in lines[1:]:
        match = _FIELD.match(line)
        if not match:
            raise Unclean(f"field line {line!r}")
        fields.append((match[1].decode().lower(), (match[2] or b"").decode("latin-1")))
    request = Request(start[1].decode(), start[2].decode(), start[3].decode(), fields, head)
    check_framing(request)
    return request


def check_framing(request):
    """One Host, at most one length, never both lengths, nothing that is meant for one hop only."""
    if len(request.values("host")) != 1 or not re.fullmatch(r"[A-Za-z0-9.\-_\[\]:]+", request.get("host")):
        raise Unclean(f"host {request.values('host')}")
    lengths, codings = request.values("content-length"), request.values("transfer-encoding")
    if len(lengths) + len(codings) > 1:
        raise Unclean(f"content-length {lengths} and transfer-encoding {codings}")
    if lengths and not re.fullmatch(r"0|[1-9][0-9]{0,17}", lengths[0]):
        raise Unclean(f"content-length {lengths[0]!r}")
    if codings and codings[0] != "chunked":
        raise Unclean(f"transfer-encoding {codings[0]!r}")
    if codings and request.version == "0":
        raise Unclean("transfer-encoding in HTTP/1.0")
    for name in ("proxy-connection", "http2-settings", "keep-alive"):
        if request.values(name):
            raise Unclean(f"hop-by-hop field '{name}'")
    named = ",".join(request.values("connection")).lower()
    if not set(filter(None, (part.strip() for part in named.split(",")))) <= {"keep-alive", "close", "upgrade", "te"}:
        raise Unclean(f"connection {named!r}")
    if any("_" in name for name, _ in request.fields):
        raise Unclean("field name with an underscore")
    request.chunked = bool(codings)


class Reader:
    """Takes bytes of one connection as they come and yields whole requests; raises Unclean."""

    def __init__(self):
        self._data = b""
        self._request = None
        self._left = None  # body bytes still to come; None between chunks

    def feed(self, data):
        """Requests completed by these bytes. `self.pending` is a request whose head is known."""
        self._data += data
        done = []
        while self._step(done):
            pass
        return done

    @property
    def pending(self):
        return self._request

    @property
    def leftover(self):
        return self._data

    def _line(self):
        end = self._data.find(b"\n")
        if end < 0:
            return None
        line, self._data = self._data[:end + 1], self._data[end + 1:]
        if not line.endswith(b"\r\n") or b"\r" in line[:-2]:
            raise Unclean(f"line end in {line!r}")
        return line[:-2]

    def _step(self, done):
        if self._request is None:
            return self._head(done)
        if self._left is None:
            return self._chunk_size(done)
        if not self._data:
            return False
        taken, self._data = self._data[:self._left], self._data[self._left:]
        self._request.body += taken
        self._left -= len(taken)
        if self._left > 0:
            return False
        if not self._request.chunked:
            return self._finish(done)
        return self._chunk_end()

    def _head(self, done):
        end = self._data.find(b"\r\n\r\n")
        if end < 0:
            if b"\n\n" in self._data or len(self._data) > MAX_HEAD:
                raise Unclean(f"head {self._data[:80]!r}")
            return False
        head, self._data = self._data[:end + 4], self._data[end + 4:]
        self._request = parse_head(head)
        if self._request.chunked:
            self._left = None
            return True
        self._left = int(self._request.get("content-length") or 0)
        return self._finish(done) if self._left == 0 else True

    def _chunk_size(self, done):
        line = self._line()
        if line is None:
            return False
        if not _SIZE.match(line):
            raise Unclean(f"chunk size {line!r}")
        self._left = int(line, 16)
        if self._left > 0:
            return True
        self._left = None
        return self._trailers(done)

    def _chunk_end(self):
        # The CRLF after the data may be in the next segment.
        if len(self._data) < 2:
            self._left = 0
            return False
        if self._data[:2] != b"\r\n":
            raise Unclean(f"chunk end {self._data[:2]!r}")
        self._data = self._data[2:]
        self._left = None
        return True

    def _trailers(self, done):
        # A final chunk without its whole trailer section is read again with more bytes.
        end = 0 if self._data.startswith(b"\r\n") else self._data.find(b"\r\n\r\n")
        if end < 0 or len(self._data) < 2:
            self._data = b"0\r\n" + self._data
            return False
        section = self._data[:end]
        self._data = self._data[end + (4 if end else 2):]
        for line in section.split(b"\r\n") if section else []:
            match = _FIELD.match(line)
            if not match:
                raise Unclean(f"trailer {line!r}")
            self._request.trailers.append((match[1].decode().lower(), (match[2] or b"").decode("latin-1")))
        return self._finish(done)

    def _finish(self, done):
        done.append(self._request)
        self._request, self._left = None, None
        return True
