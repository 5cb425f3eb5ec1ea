"""HTTP/1 attacks as data: threats H1-01 to H1-26, with the cases of Http11Probe and PortSwigger's permutations.

A case is exact bytes and one of these expectations:
  reject    a local error status, then the connection ends, and nothing reaches the origin
  partial   the head may have been forwarded, but never a whole request: an error status or an early end
  forward   one clean request reaches the origin and its answer comes back
  either    whatever is decided, all invariants hold
"""

import dataclasses

HOST = b"Host: gateway.example\r\n"
# Asks for the end of the connection, so that a run ends by itself whether it is served or refused.
SMUGGLED = b"GET /smuggled HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"


@dataclasses.dataclass
class Case:
    row: str
    name: str
    data: bytes
    expect: str = "reject"
    statuses: tuple = (400,)
    body: bytes = None  # of the forwarded request
    target: str = None  # of the forwarded request
    absent: tuple = ()  # fields that must not be forwarded
    present: dict = dataclasses.field(default_factory=dict)  # fields that must be, with their value
    probe: bytes = SMUGGLED  # sent after the data; must never be served after a rejection


CASES = []


def add(row, name, data, expect="reject", statuses=(400,), **more):
    CASES.append(Case(row, name, data, expect, statuses, **more))


def get(fields=b"", target=b"/reject", method=b"GET", version=b"HTTP/1.1", host=HOST):
    return method + b" " + target + b" " + version + b"\r\n" + host + fields + b"\r\n"


def post(fields, body, target=b"/reject"):
    return get(fields, target, b"POST") + body


def forwarded(row, name, data, **more):
    add(row, name, data, "forward", (200,), **more)


def show(data):
    return data.decode("latin-1").encode("unicode_escape").decode()[:60]


# H1-01: both lengths

for order in ("cl-te", "te-cl"):
    for length in (b"0", b"4", b"5", b"30"):
        for coding in (b"chunked", b"CHUNKED"):
            lines = [b"Content-Length: " + length + b"\r\n", b"Transfer-Encoding: " + coding + b"\r\n"]
            add("H1-01", f"{order} {length.decode()} {coding.decode()}",
                post(b"".join(lines if order == "cl-te" else reversed(lines)), b"0\r\n\r\n"))
add("H1-01", "smuggled head request", post(b"Content-Length: 6\r\n" + CHUNKED, b"0\r\n\r\nX"))
add("H1-01", "connection close", post(b"Connection: close\r\nContent-Length: 6\r\n" + CHUNKED, b"0\r\n\r\nX"))

# H1-02: transfer-encoding in disguise: each alone, and beside a content-length

TE = b"Transfer-Encoding"
DISGUISES = {
    "space1": TE + b" : chunked", "tab before colon": TE + b"\t: chunked", "nameprefix1": b" " + TE + b": chunked",
    "tabprefix2": TE + b"\t:\tchunked", "spacejoin1": b"Transfer Encoding: chunked",
    "underjoin1": b"Transfer_Encoding: chunked", "linewrapped1": TE + b":\n chunked",
    "doublewrapped": TE + b":\r\n \r\n chunked", "gareth1": TE + b"\n : chunked",
    "badsetupCR": b"Foo: bar\r" + TE + b": chunked", "badsetupLF": b"Foo: bar\n" + TE + b": chunked",
    "vertwrap": TE + b": chunked\x0b", "vertprefix1": TE + b":\x0bchunked", "formfeed": TE + b": \x0cchunked",
    "nbsp": TE + b":\xa0chunked", "quoted": TE + b': "chunked"', "aposed": TE + b": 'chunked'",
    "commaCow": TE + b": chunked, cow", "cowComma": TE + b": cow, chunked",
    "chunked identity": TE + b": chunked, identity",
    "identity chunked": TE + b": identity, chunked", "identity": TE + b": identity", "lazygrep": TE + b": chunk",
    "xchunked": TE + b": xchunked", "0dwrap": b"Foo: bar\r\n\r" + TE + b": chunked", "0dsuffix": TE + b": chunked\r",
    "0dprefix": TE + b": \rchunked", "0dspam": b"Transfer\r-Encoding: chunked", "nested": TE + b": cow chunked bar",
    "accentTE": b"Transf\x82r-Encoding: chunked", "accentCH": TE + b": ch\x96nked", "spaceFF": TE + b":\xffchunked",
    "spjunk": TE + b" x: chunked", "params": TE + b": chunked;foo=bar", "backslash": b"Transfer\\Encoding: chunked",
    "dualchunk": TE + b": chunked\r\n" + TE + b": chunked", "dualcow": TE + b": chunked\r\n" + TE + b": cow",
    "dualidentity": TE + b": identity\r\n" + TE + b": chunked", "double": TE + b": chunked, chunked",
    "leading comma": TE + b": , chunked", "trailing comma": TE + b": chunked,", "empty": TE + b":",
    "gzip": TE + b": gzip", "gzip chunked": TE + b": gzip, chunked", "nul": TE + b": chunked\0",
    "nul inside": TE + b": chun\0ked",
    "obs-fold": TE + b":\r\n chunked", "obs-fold tab": TE + b": chunked\r\n\t", "nel": TE + b": chunked\x85",
    "bom": b"\xef\xbb\xbf" + TE + b": chunked", "colon": TE + b":: chunked", "equals": TE + b"=chunked",
    "no colon": TE + b" chunked", "escape": TE + b": %63hunked", "bell": TE + b": \x07chunked",
    "del": TE + b": chunked\x7f",
    "xprefix": b"X-Foo: a\r\n\x00" + TE + b": chunked", "spacefix": TE + b": chunked \x0b ",
    "bracket": TE + b": [chunked]",
}
for name, line in DISGUISES.items():
    add("H1-02", name, post(line + b"\r\n", b"0\r\n\r\n"), statuses=(400, 501))
    add("H1-02", name + " beside content-length", post(line + b"\r\nContent-Length: 5\r\n", b"0\r\n\r\n"),
        statuses=(400, 501))
    add("H1-02", name + " behind content-length", post(b"Content-Length: 5\r\n" + line + b"\r\n", b"0\r\n\r\n"),
        statuses=(400, 501))
for name, line in {"lower case": b"transfer-encoding: chunked", "upper case": b"TRANSFER-ENCODING: CHUNKED",
                   "mixed case": b"TrAnSfEr-EnCoDiNg: cHuNkEd", "no space": TE + b":chunked"}.items():
    forwarded("H1-02", name, post(line + b"\r\n", b"5\r\nhello\r\n0\r\n\r\n", b"/ok"), body=b"hello")
for name, line in {"tab": TE + b":\tchunked", "two spaces": TE + b":  chunked",
                   "trailing space": TE + b": chunked "}.items():
    add("H1-02", name, post(line + b"\r\n", b"0\r\n\r\n", b"/ok"), "either", (200, 400))
add("H1-02", "in HTTP/1.0", get(CHUNKED, method=b"POST", version=b"HTTP/1.0") + b"0\r\n\r\n")

# H1-03: content-length values

for value in (b"+5", b"-0", b"-1", b"-5", b"0x5", b"0X5", b"5x", b"x5", b"1_0", b"5,5", b"5, 5", b"5,6", b"5,", b",5",
              b"5 5",
              b"5;5", b"5.0", b"5e0", b"", b"abc", b"\x0b5", b"5\x0b", b"\xa05", b"5\0", b"\x005", b'"5"', b"'5'",
              b"(5)",
              b"5%20", b"\xef\xbc\x95", b"99999999999999999999", b"18446744073709551616", b"18446744073709551621",
              b"9223372036854775808", b"1000000000000000000000005", b"5, 5, 5", b"0o5", b"0b101", b"five", b"NaN",
              b"infinity", b"5\t5", b"5\x85", b"\xb2", b"00x5", b"5-", b"--5", b"++5", b"5=5"):
    add("H1-03", show(value) or "empty", post(b"Content-Length: " + value + b"\r\n", b"hello"))
for first, second in ((b"5", b"5"), (b"5", b"6"), (b"0", b"5"), (b"5", b"0"), (b"5", b"abc"), (b"05", b"5")):
    add("H1-03", f"two lines {first} {second}",
        post(b"Content-Length: " + first + b"\r\nContent-Length: " + second + b"\r\n", b"hello"))
for name in (b"Content-Length ", b"Content-Length\t", b" Content-Length", b"Content_Length", b"Content-Length\x0b",
             b"Content\rLength"):
    add("H1-03", "name " + show(name), post(name + b": 5\r\n", b"hello"))
for value in (b"005", b"0000000000000000000005", b" 5", b"\t5", b"5 ", b"5\t"):
    add("H1-03", "allowed " + show(value), post(b"Content-Length: " + value + b"\r\n", b"hello", b"/ok"), "either",
        (200, 400))
forwarded("H1-03", "plain", post(b"Content-Length: 5\r\n", b"hello", b"/ok"), body=b"hello")
forwarded("H1-03", "zero", post(b"Content-Length: 0\r\n", b"", b"/ok"), body=b"")
forwarded("H1-03", "none at all", post(b"", b"", b"/ok"), body=b"")

# H1-04: line ends

for end in (b"\n", b"\r", b"\r\r\n", b"\n\r", b"\0\r\n", b"\r\0\n", b"\x0b\r\n"):
    add("H1-04", "request line " + show(end), b"GET /reject HTTP/1.1" + end + HOST + b"\r\n")
    add("H1-04", "host line " + show(end), b"GET /reject HTTP/1.1\r\nHost: gateway.example" + end + b"X-A: b\r\n\r\n")
    add("H1-04", "field line " + show(end), get(b"X-A: b" + end + b"X-C: d\r\n"))
    add("H1-04", "last field line " + show(end), b"GET /reject HTTP/1.1\r\n" + HOST + b"X-A: b" + end + b"\r\n\r\n")
    add("H1-04", "before chunked body " + show(end), b"POST /reject HTTP/1.1\r\n" + HOST +
        b"Transfer-Encoding: chunked" + end + b"\r\n0\r\n\r\n")
    add("H1-04", "chunk size line " + show(end), post(CHUNKED, b"5" + end + b"hello\r\n0\r\n\r\n", b"/partial"),
        "partial")
    add("H1-04", "chunk data end " + show(end), post(CHUNKED, b"5\r\nhello" + end + b"0\r\n\r\n", b"/partial"),
        "partial")
    add("H1-04", "last chunk line " + show(end), post(CHUNKED, b"5\r\nhello\r\n0" + end + b"\r\n", b"/partial"),
        "partial")
    add("H1-04", "trailer line " + show(end), post(CHUNKED, b"5\r\nhello\r\n0\r\nX-T: a" + end + b"X-U: b\r\n\r\n",
                                                   b"/partial"), "partial")
for end in (b"\n\n", b"\r\n\n", b"\n\r\n", b"\r\n\r\r\n", b"\r\r"):
    add("H1-04", "end of head " + show(end), b"GET /reject HTTP/1.1\r\nHost: gateway.example" + end)
add("H1-04", "all bare LF", b"GET /reject HTTP/1.1\nHost: gateway.example\n\n")
add("H1-04", "empty lines before the request", b"\r\n\r\n" + get(target=b"/ok"), "either", (200, 400))
add("H1-04", "bare LF before the request", b"\n" + get())
add("H1-04", "white space before the request", b" \r\n" + get())

# H1-05: folded lines

for fold in (b" ", b"\t", b"  "):
    add("H1-05", "folded value " + show(fold), get(b"X-A: b\r\n" + fold + b"c\r\n"))
    add("H1-05", "first line starts with " + show(fold), b"GET /reject HTTP/1.1\r\n" + fold + b"X-A: b\r\n" + HOST +
        b"\r\n")
    add("H1-05", "blank folded line " + show(fold), get(b"X-A: b\r\n" + fold + b"\r\n"))
    add("H1-05", "folded host " + show(fold), get(host=b"Host:\r\n" + fold + b"gateway.example\r\n"))
add("H1-05", "OPTIONS with a folded coding", get(TE + b":\r\n chunked\r\n", method=b"OPTIONS") + b"0\r\n\r\n")

# H1-06: field names

for name in (b"X A", b"X\tA", b"X-A ", b"X-A\t", b" X-A", b"", b" ", b"X\xc3\xabA", b"X\x80", b"\xffX", b"X[A]",
             b"X(A)", b"X,A", b"X/A",
             b"X;A", b"X<A>", b"X=A", b"X?A", b"X@A", b"X\\A", b"X{A}", b'X"A', b"X\0A", b"X\x1bA", b"X\x7fA", b"X_A",
             b"_", b"X\rA"):
    add("H1-06", show(name) or "empty", get(name + b": b\r\n"))
add("H1-06", "no colon", get(b"NoColonHere\r\n"))
add("H1-06", "only a colon", get(b":\r\n"))
add("H1-06", "identity in underscores", get(b"X_Forwarded_For: 10.0.0.1\r\n"))
forwarded("H1-06", "every token character", get(b"X!#$%&'*+-.^`|~9: b\r\n", b"/ok"), present={"x!#$%&'*+-.^`|~9": "b"})

# H1-07: control bytes

for byte in [*range(0x00, 0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F]:
    raw = bytes([byte])
    add("H1-07", f"value {byte:#04x}", get(b"X-A: b" + raw + b"c\r\n"))
    add("H1-07", f"value start {byte:#04x}", get(b"X-A: " + raw + b"c\r\n"))
    add("H1-07", f"value end {byte:#04x}", get(b"X-A: c" + raw + b"\r\n"))
    add("H1-07", f"target {byte:#04x}", get(target=b"/reject" + raw + b"x"))
    add("H1-07", f"host {byte:#04x}", get(host=b"Host: gateway" + raw + b".example\r\n"))
for raw in (b"\r", b"\n"):
    add("H1-07", "value " + show(raw), get(b"X-A: b" + raw + b"c\r\n"))
add("H1-07", "target with a tab", get(target=b"/reject\tx"))
add("H1-07", "target with a space", get(target=b"/reject x"))
add("H1-07", "target beyond ASCII", get(target=b"/reject\xc3\xa9"))
forwarded("H1-07", "tab within a value", get(b"X-A: b\tc\r\n", b"/ok"), present={"x-a": "b\tc"})

# H1-08: chunk extensions

for ext in (b";a\nb", b";a\rb", b";a=\nb", b";\n", b";a=\"b\n\"", b";a=\"b\r\n\"", b";a=\"b", b";a\0b", b";a=\0",
            b";\x01", b";a=\x7f", b";",
            b";;", b";=b", b";a=", b";a=b;", b";a b", b";@bad", b";a=b c", b";a=(b)", b" a", b"\ta", b",a",
            b";a=\"\x00\"", b";\xff",
            b";a=" + b"b" * 300, b";a=\"" + b"c" * 70000 + b"\""):
    add("H1-08", show(ext), post(CHUNKED, b"5" + ext + b"\r\nhello\r\n0\r\n\r\n", b"/partial"), "partial")
add("H1-08", "many short ones", post(CHUNKED, b"1;a=" + b"b" * 200 + b"\r\nx\r\n" +
                                     (b"1;a=" + b"b" * 200 + b"\r\nx\r\n") * 100 + b"0\r\n\r\n", b"/partial"),
                                     "partial")
for ext in (b";a=b", b";a", b";a=\"b c\"", b";a=b;c=d"):
    forwarded("H1-08", "well-formed " + show(ext), post(CHUNKED, b"5" + ext + b"\r\nhello\r\n0\r\n\r\n", b"/ok"),
              body=b"hello")

# H1-09: chunk sizes

for size in (b"", b" 5", b"5 ", b"\t5", b"5\t", b"0x5", b"0X5", b"+5", b"-5", b"-1", b"5_0", b"_5", b"5.0", b"g", b"5g",
             b"5,5", b"\x0b5",
             b"5\0", b"\xef\xbc\x95", b"FFFFFFFFFFFFFFFF", b"10000000000000000", b"10000000000000005",
             b"FFFFFFFFFFFFFFFFF",
             b"8000000000000000", b"7FFFFFFFFFFFFFFF", b"00000000000000005", b"5\r", b"'5'", b"%35", b"5\xa0"):
    add("H1-09", show(size) or "empty", post(CHUNKED, size + b"\r\nhello\r\n0\r\n\r\n", b"/partial"), "partial")
for name, body in {"no end after data": b"5\r\nhello0\r\n\r\n", "data too long": b"5\r\nhelloX\r\n0\r\n\r\n",
                   "data too short": b"6\r\nhello\r\n0\r\n\r\n", "size off by one": b"4\r\nhello\r\n0\r\n\r\n",
                   "end of data is LF CR": b"5\r\nhello\n\r0\r\n\r\n",
                   "garbage for a size": b"hello\r\n0\r\n\r\n"}.items():
    add("H1-09", name, post(CHUNKED, body, b"/partial"), "partial")
for name, body, text in (("upper case", b"A\r\nhelloworld\r\n0\r\n\r\n", b"helloworld"),
                         ("lower case", b"a\r\nhelloworld\r\n0\r\n\r\n", b"helloworld"),
                         ("leading zero", b"05\r\nhello\r\n0\r\n\r\n", b"hello"),
                         ("two chunks", b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", b"hello world"),
                         ("nothing", b"0\r\n\r\n", b""),
                         ("many zeros at the end", b"5\r\nhello\r\n000\r\n\r\n", b"hello")):
    forwarded("H1-09", name, post(CHUNKED, body, b"/ok"), body=text)

# H1-11: trailers

for field in (b"Content-Length: 50", b"Transfer-Encoding: chunked", b"Host: evil.example", b"Authorization: Bearer x",
              b"Cookie: a=b",
              b"Content-Type: text/evil", b"Content-Encoding: gzip", b"Connection: close", b"X-Forwarded-For: 10.0.0.1",
              b"Trailer: x",
              b"Expect: 100-continue", b"TE: trailers", b"Set-Cookie: a=b", b"Content-Range: bytes 0-1/2"):
    name = field.split(b":")[0].decode().lower()
    add("H1-11", name, post(CHUNKED + b"TE: trailers\r\n", b"5\r\nhello\r\n0\r\n" + field + b"\r\n\r\n", b"/trailers"),
        "either",
        (200, 400), body=b"hello")
forwarded("H1-11", "an allowed one", post(CHUNKED, b"5\r\nhello\r\n0\r\nX-Checksum: abc\r\n\r\n", b"/ok"),
          body=b"hello", absent=("x-checksum",))
for line in (b"X-T : a", b" X-T: a", b": a", b"X T: a", b"X-T", b"X-T: a\r\n b", b"X-T: \0"):
    add("H1-11", "malformed " + show(line), post(CHUNKED, b"5\r\nhello\r\n0\r\n" + line + b"\r\n\r\n", b"/partial"),
        "partial")
add("H1-11", "trailers without end", post(CHUNKED, b"0\r\n" + b"X-T: a\r\n" * 20000 + b"\r\n", b"/partial"), "partial",
    (400, 431))

# H1-12: versions

for version in (b"HTTP/1.2", b"HTTP/1.9", b"HTTP/2.0", b"HTTP/3.0", b"HTTP/9.9", b"HTTP/0.9"):
    add("H1-12", version.decode(), get(version=version), statuses=(400, 505))
for version in (b"http/1.1", b"Http/1.1", b"HTTP/01.1", b"HTTP/01.01", b"HTTP/1.01", b"HTTP/1.10", b"HTTP/1",
                b"HTTP/1.", b"HTTP/.1", b"HTTP/11",
                b"HTTP/ 1.1", b"HTTP /1.1", b"HTTP/1 .1", b"HTTP/1.1 ", b" HTTP/1.1", b"HTTP/1.1\t", b"HTTP/1.1x",
                b"HTTP/1,1", b"HTTP/-1.1",
                b"HTTP/+1.1", b"HTTP/1.1.1", b"HTTPS/1.1", b"FTP/1.1", b"HTTP\\1.1", b"HTTP/a.b", b"HTTP/\xb9.\xb9",
                b"HTTP1.1", b"/1.1"):
    add("H1-12", show(version), get(version=version))
add("H1-12", "HTTP/0.9 request", b"GET /reject\r\n", probe=b"")
add("H1-12", "no version", b"GET /reject \r\n" + HOST + b"\r\n")
forwarded("H1-12", "HTTP/1.0", get(target=b"/ok", version=b"HTTP/1.0"))

# H1-13: host

for value in (b"", b" ", b"a,b", b"gateway.example,evil", b"gateway.example, evil", b"user@gateway.example",
              b"user:pw@gateway.example",
              b"gateway.example/path", b"gateway.example?q", b"gateway.example#f", b"gateway.example\\x",
              b"gate way.example", b"gateway.example:80:80",
              b"gateway.example:abc", b"gateway.example:99999", b"gateway.example:-1", b"gateway.example:8 0", b"[::1",
              b"::1]", b"[gateway.example]", b"[::1]x",
              b"[fe80::1%25eth0]", b"[fe80::1%eth0]", b"http://gateway.example", b"gateway.example%00",
              b"g\xc3\xa4teway.example", b"<gateway>", b"gateway..example", b".gateway.example",
              b"'gateway'", b"gateway;x", b"(gateway)", b"[1.2.3.4]", b"[::g]"):
    add("H1-13", show(value) or "empty", get(host=b"Host: " + value + b"\r\n"))
add("H1-13", "missing", get(host=b""))
add("H1-13", "twice the same", get(host=HOST + HOST))
add("H1-13", "twice different", get(host=HOST + b"Host: evil.example\r\n"))
add("H1-13", "space before the colon", get(host=b"Host : gateway.example\r\n"))
add("H1-13", "second one folded", get(host=HOST + b" Host: evil\r\n"))
for value in (b"gateway.example:8080", b"GATEWAY.example", b"127.0.0.1:80", b"[::1]:80", b"gateway.example."):
    forwarded("H1-13", "allowed " + value.decode(), get(target=b"/ok", host=b"Host: " + value + b"\r\n"))
add("H1-13", "missing in HTTP/1.0", get(target=b"/ok", host=b"", version=b"HTTP/1.0"), "either", (200, 400))

# H1-14: forms of the target

for target in (b"http://evil.example/reject", b"http://gateway.example:81/reject", b"*", b"gateway.example",
               b"gateway.example:80", b"reject", b"", b"http:///reject", b"http:/reject",
               b"http:reject", b"ftp://gateway.example/reject", b"://gateway.example/",
               b"http://user@gateway.example/reject", b"http://gateway.example@evil/reject", b"http://", b"?reject",
               b"/reject#fragment", b"/reject%", b"/reject%0", b"/reject%zz", b"/reject%00", b"/reject%2fx",
               b"/reject%5cx", b"/reject\\x", b"/../reject", b"/reject/../../x", b"/%2e%2e/reject",
               b"/reject%252f", b"/reject%c0%af\\", b"/reject%u002f", b"/reject\"x\x00",
               b"http://gateway.example\\reject"):
    add("H1-14", show(target) or "empty", get(target=target))
forwarded("H1-14", "absolute form", get(target=b"http://gateway.example/ok"), target="/ok")
forwarded("H1-14", "absolute form in upper case", get(target=b"HTTP://GATEWAY.example/ok"), target="/ok")
forwarded("H1-14", "absolute form without path", get(target=b"http://gateway.example"), target="/")
forwarded("H1-14", "dot segments", get(target=b"/a/./b/../ok"), target="/a/ok")
forwarded("H1-14", "unreserved escapes", get(target=b"/%6fk"), target="/ok")
forwarded("H1-14", "escapes in a query are kept", get(target=b"/ok?a=%2f%2e%2e"), target="/ok?a=%2f%2e%2e")
add("H1-14", "two slashes", get(target=b"//evil.example/ok"), "either", (200, 400))
add("H1-14", "OPTIONS *", get(method=b"OPTIONS", target=b"*"), "either", (200, 204, 400, 404))

# H1-15: bodies where none is expected, the next request is read from the right place

for name in (b"GET", b"DELETE", b"OPTIONS", b"PATCH"):
    forwarded("H1-15", name.decode() + " with a body", get(b"Content-Length: 5\r\n", b"/ok", name) + b"hello",
              body=b"hello")
    forwarded("H1-15", name.decode() + " with a chunked body", get(CHUNKED, b"/ok", name) + b"5\r\nhello\r\n0\r\n\r\n",
              body=b"hello")
add("H1-15", "TRACE with a body", get(b"Content-Length: 5\r\n", b"/ok", b"TRACE") + b"hello", "either",
    (200, 400, 405, 501))
add("H1-15", "TRACE", get(b"", b"/ok", b"TRACE"), "either", (200, 400, 405, 501))

# H1-17: expect

add("H1-17", "unknown", get(b"Expect: 200-ok\r\n"), statuses=(417,), probe=b"")
add("H1-17", "list", post(b"Expect: 100-continue, other\r\nContent-Length: 5\r\n", b"hello"), statuses=(417, 400),
    probe=b"")
add("H1-17", "folded", post(b"Expect:\r\n 100-continue\r\nContent-Length: 5\r\n", b"hello"))
add("H1-17", "in disguise", post(b"Expect: 100-continue\x0b\r\nContent-Length: 5\r\n", b"hello"))
forwarded("H1-17", "body sent at once", post(b"Expect: 100-continue\r\nContent-Length: 5\r\n", b"hello", b"/ok"),
          body=b"hello")
forwarded("H1-17", "in another case", post(b"Expect: 100-Continue\r\nContent-Length: 5\r\n", b"hello", b"/ok"),
          body=b"hello")
forwarded("H1-17", "without a body", get(b"Expect: 100-continue\r\n", b"/ok"), body=b"")
forwarded("H1-17", "chunked", post(b"Expect: 100-continue\r\n" + CHUNKED, b"5\r\nhello\r\n0\r\n\r\n", b"/ok"),
          body=b"hello")

# H1-19, H1-20: upgrades that are none

WEBSOCKET = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
for name, data in {
    "POST": get(b"Connection: Upgrade\r\nUpgrade: websocket\r\n" + WEBSOCKET, b"/ok", b"POST"),
    "no connection option": get(b"Upgrade: websocket\r\n" + WEBSOCKET, b"/ok"),
    "unknown protocol": get(b"Connection: Upgrade\r\nUpgrade: totally-made-up/1.0\r\n", b"/ok"),
    "HTTP/1.0": get(b"Connection: Upgrade\r\nUpgrade: websocket\r\n" + WEBSOCKET, b"/ok", version=b"HTTP/1.0"),
}.items():
    add("H1-19", name, data, "either", (200, 400, 405, 426, 501), absent=("upgrade",))
add("H1-19", "with a body", get(b"Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 5\r\n" + WEBSOCKET,
                                b"/ok") + b"hello", "either", (200, 400))
add("H1-19", "refused by the origin, request behind it",
    get(b"Connection: Upgrade\r\nUpgrade: websocket\r\n" + WEBSOCKET, b"/ok"), "either", (200, 400, 502))
for name, fields in {
    "plain": b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n",
    "upper case": b"Connection: UPGRADE, HTTP2-SETTINGS\r\nUpgrade: H2C\r\nHTTP2-Settings: AAMAAABk\r\n",
    "behind websocket": b"Connection: Upgrade\r\nUpgrade: websocket, h2c\r\n" + WEBSOCKET,
    "before websocket": b"Connection: Upgrade\r\nUpgrade: h2c, websocket\r\n" + WEBSOCKET,
    "two lines": b"Connection: Upgrade\r\nUpgrade: websocket\r\nUpgrade: h2c\r\n" + WEBSOCKET,
    "two lines, h2c first": b"Connection: Upgrade\r\nUpgrade: h2c\r\nUpgrade: websocket\r\n" + WEBSOCKET,
    "settings without option": b"Connection: Upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n",
    "with a comma": b"Connection: Upgrade\r\nUpgrade: ,h2c\r\n", "as h2": b"Connection: Upgrade\r\nUpgrade: h2\r\n",
}.items():
    add("H1-20", name, get(fields, b"/ok"), "either", (200, 400, 502), absent=("http2-settings", "upgrade:h2c"))

# H1-21: fields nominated for removal

for name in (b"content-length", b"Content-Length", b"transfer-encoding", b"Transfer-Encoding", b"host", b"HOST",
             b"close, host", b"host, keep-alive", b"x-a,host"):
    add("H1-21", name.decode(), post(b"Connection: " + name + b"\r\nContent-Length: 5\r\n", b"hello"))
for name in (b"x-forwarded-for", b"X-Forwarded-For", b"close, X-FORWARDED-FOR", b"x-forwarded-proto", b"forwarded",
             b"x-real-ip", b"authorization", b"traceparent"):
    add("H1-21", name.decode(), get(b"Connection: " + name + b"\r\nAuthorization: Bearer x\r\n", b"/ok"), "either",
        (200, 400))
for spelling in (b"x-hop", b"X-Hop", b"X-HOP", b"close, x-hop", b"keep-alive , x-hop", b",x-hop,", b"x-other, x-hop"):
    forwarded("H1-21", "plain " + spelling.decode(), get(b"Connection: " + spelling + b"\r\nX-Hop: 1\r\n", b"/ok"),
              absent=("x-hop",))
forwarded("H1-21", "on two lines", get(b"Connection: keep-alive\r\nConnection: x-hop\r\nX-Hop: 1\r\n", b"/ok"),
          absent=("x-hop",))
for name in (b"Keep-Alive: timeout=5", b"Proxy-Connection: keep-alive", b"TE: gzip"):
    forwarded("H1-21", "hop-by-hop " + name.split(b":")[0].decode(), get(name + b"\r\n", b"/ok"),
              absent=(name.split(b":")[0].decode().lower(),))
for spelling in (b"X-Forwarded-For: 6.6.6.6", b"x-forwarded-for: 6.6.6.6", b"X-FORWARDED-FOR:6.6.6.6"):
    forwarded("H1-21", "spoofed " + spelling.decode(), get(spelling + b"\r\n", b"/ok"),
              present={"x-forwarded-for": "127.0.0.1"})

# H1-22: CONNECT

for target in (b"gateway.example:443", b"evil.example:443", b"gateway.example", b"/reject", b"gateway.example:",
               b"http://gateway.example/"):
    add("H1-22", target.decode(), get(method=b"CONNECT", target=target), statuses=(400, 405, 501))

# H1-25: limits

add("H1-25", "target of 8,193 bytes", get(target=b"/reject" + b"a" * 8186), statuses=(414,))
add("H1-25", "target of 100,000 bytes", get(target=b"/reject" + b"a" * 100000), statuses=(414,))
add("H1-25", "a value of 33,000 bytes", get(b"X-A: " + b"b" * 33000 + b"\r\n"), statuses=(431,))
add("H1-25", "a value of 100,000 bytes", get(b"X-A: " + b"b" * 100000 + b"\r\n"), statuses=(431,))
add("H1-25", "a name of 100,000 bytes", get(b"A" * 100000 + b": b\r\n"), statuses=(431, 400))
add("H1-25", "101 fields", get(b"X-A: b\r\n" * 100), statuses=(431,))
add("H1-25", "10,000 fields", get(b"".join(b"X-H-%d: value\r\n" % i for i in range(10000))), statuses=(431,))
add("H1-25", "a method of 100,000 bytes", get(method=b"A" * 100000), statuses=(400,))
add("H1-25", "cookies as fields", get(b"Cookie: a=b\r\n" * 101), statuses=(431,))
forwarded("H1-25", "target of 7,900 bytes", get(target=b"/ok" + b"a" * 7897))
forwarded("H1-25", "99 fields", get(b"".join(b"X-H-%d: v\r\n" % i for i in range(90)), b"/ok"))

# H1-26: methods

for method in (b"get", b"Get", b"GET/", b"G ET", b"GET\t", b"\tGET", b" GET", b"", b"GET\0", b"G\x01T", b"GET\x7f",
               b"G\xc3\x8bT", b"GET:", b"(GET)", b"GET,POST", b"<GET>", b'"GET"', b"G" * 1025, b"GET\x0b", b"@",
               b"GE\rT"):
    add("H1-26", show(method) or "empty", get(method=method), statuses=(400, 501))
for method in (b"FOOBAR", b"PURGE", b"PROPFIND", b"M-SEARCH"):
    add("H1-26", "unknown " + method.decode(), get(method=method, target=b"/ok"), "either", (200, 400, 405, 501))
add("H1-26", "binary garbage", bytes(range(256)), probe=b"")
add("H1-26", "a TLS hello on a plain port", bytes.fromhex("160301020001000001fc0303") + b"\0" * 500, probe=b"")
add("H1-26", "only spaces", b"   \r\n\r\n", probe=b"")
