"""h2spec, hpack: header blocks that must end the connection."""

from h2spec_registry import refused
from support.raw_http2 import (COMPRESSION_ERROR)

refused("hpack/2.3.3/1", "an index beyond both tables in an indexed field",
        lambda c: c.headers(1, c.request(), suffix=b"\xff\x07"), COMPRESSION_ERROR)
refused("hpack/2.3.3/2", "an index beyond both tables in a literal",
        lambda c: c.headers(1, c.request(), suffix=b"\x7f\x07\x05empty"), COMPRESSION_ERROR)
refused("hpack/4.2/1", "a table size update at the end of a block",
        lambda c: c.headers(1, c.request(), suffix=b"\x20"), COMPRESSION_ERROR)
refused("hpack/5.2/1", "a Huffman string padded with more than 7 bits",
        lambda c: c.headers(1, c.request(), suffix=b"\0\x85\xf2\xb2\x4a\x84\xff\x84\x49\x50\x9f\xff"),
        COMPRESSION_ERROR)
refused("hpack/5.2/2", "a Huffman string padded with zeros",
        lambda c: c.headers(1, c.request(), suffix=b"\0\x85\xf2\xb2\x4a\x84\xff\x83\x49\x50\x90"), COMPRESSION_ERROR)
refused("hpack/5.2/3", "a Huffman string with EOS",
        lambda c: c.headers(1, c.request(), suffix=b"\0\x85\xf2\xb2\x4a\x84\xff\x87\x49\x51\xff\xff\xff\xfa\x7f"),
        COMPRESSION_ERROR)
refused("hpack/6.1/1", "index 0", lambda c: c.headers(1, c.request(), suffix=b"\x80"), COMPRESSION_ERROR)
refused("hpack/6.3/1", "a table size update above the limit",
        lambda c: c.headers(1, c.request(), prefix=b"\x3f\xe2\xff\x03"), COMPRESSION_ERROR)
