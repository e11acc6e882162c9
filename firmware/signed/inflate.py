"""Inflating what strangers deflated, within a bound: a whole stream, nothing after it, and no more than was allowed."""

from __future__ import annotations

import zlib
from typing import Final

MOST: Final = 65_536
"""As many bytes as a code may unfold to; the largest certificate in use has a tenth of it."""


def inflate(data: bytes, *, raw: bool, most: int = MOST) -> bytes | None:
    """Inflate one zlib stream (RFC 1950), or a raw one (RFC 1951), to at most `most` bytes.

    None for anything else: a stream that is broken, unfinished, longer, or followed by so much as a byte.
    """
    stream = zlib.decompressobj(-zlib.MAX_WBITS if raw else zlib.MAX_WBITS)
    try:
        found = stream.decompress(data, most + 1)
    except zlib.error:
        return None
    whole = stream.eof and not stream.unused_data and not stream.unconsumed_tail
    return found if whole and len(found) <= most else None
