"""The cases of h2spec (generic, http2, hpack; strict ones included) as functions of a RawH2 client.

The key of a case is h2spec's section and number. Each sends what the case says and expects what RFC 9113 (in h2spec's
reading of RFC 7540) demands.
"""

import h2spec_generic  # noqa: F401
import h2spec_hpack  # noqa: F401
import h2spec_http2  # noqa: F401
from h2spec_registry import CASES  # noqa: F401
