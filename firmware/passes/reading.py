"""From bytes to an outcome: which format a code claims to be, and the one that reads it.

A code is judged by its first letters alone; formats never try each other's codes. Of several codes in one frame
the first that verifies counts, else the first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from firmware.events import Reason
from firmware.passes import divoc, gp1, hcert, presented, shc, shc_codes, vdsnc
from firmware.passes.outcome import Pass, Reading, Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from firmware.trust.keys import TrustSet

MAX_CODE_BYTES: Final = 7089
"""What the largest QR code holds (ISO/IEC 18004, version 40-L, digits)."""

_FORMATS: Final[tuple[tuple[bytes, str, Callable[[bytes, TrustSet], Reading]], ...]] = (
    (gp1.PREFIX, gp1.NAME, gp1.read),
    (presented.PREFIX, presented.NAME, presented.read),
    (hcert.PREFIX, hcert.NAME, hcert.read),
    (shc.PREFIX, shc.NAME, shc.read),
    (vdsnc.PREFIX, vdsnc.NAME, vdsnc.read),
    (divoc.PREFIX, divoc.NAME, divoc.read),
)
"""How the codes of a format begin, its name, and its reader."""


def format_of(code: bytes) -> str:
    """Name the format that a code claims, `unknown` if none."""
    return next((name for prefix, name, _ in _FORMATS if code.startswith(prefix)), "unknown")


def read(code: bytes, trust: TrustSet) -> Reading:
    """Read one code whatever it holds; nothing is raised for any bytes."""
    if not code:
        return Unreadable(Reason.NO_CODE)
    if len(code) > MAX_CODE_BYTES:
        return Unreadable(Reason.TOO_LONG)
    for prefix, _, reader in _FORMATS:
        if code.startswith(prefix):
            return reader(code, trust)
    return Unreadable(Reason.UNKNOWN_FORMAT)


def read_first(codes: Sequence[bytes], trust: TrustSet) -> tuple[int, Reading]:
    """Read the codes of one frame and answer which one counts, by position, and what it came to.

    Codes that are pieces of one card come to what the card comes to, each of them.
    """
    chunks = {code: chunk for code in codes if (chunk := shc_codes.chunk(code)) is not None}
    together = shc.read_chunks(tuple(chunks.values()), trust) if len(chunks) > 1 else None
    readings = [together if together and code in chunks else read(code, trust) for code in codes]
    readings = readings or [Unreadable(Reason.NO_CODE)]
    at = next((at for at, reading in enumerate(readings) if isinstance(reading, Pass)), 0)
    return at, readings[at]
