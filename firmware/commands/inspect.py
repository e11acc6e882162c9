"""`gapura inspect`: what a picture or a code holds, whether this gate would believe it, and what it would decide.

One JSON line an input, in order, whatever the input is. It uses the gate's own reading and deciding; only the picture
decoder comes in from outside, because this room names no driver.
"""

from __future__ import annotations

import base64
import hashlib
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, Protocol

from firmware.commands import explaining, inspect_provision, revoked
from firmware.commands.jsonline import write_line
from firmware.commands.mistake import DONE, FAILED
from firmware.control.documents import read_bounded
from firmware.passes.outcome import Pass, Reading, Unreadable, Untrusted, validity
from firmware.passes.presented import unproven
from firmware.passes.reading import format_of, read_first
from firmware.signed.codes import is_provisioning

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from firmware.commands.question import Question
    from firmware.events import Instant, Reason


MAX_INPUT_BYTES: Final = 64 << 20
MAX_LINE_BYTES: Final = 64 << 10
PROGRESS_EVERY_S: Final = 2.0
_NOT_READ: Final = (b"%PDF-", b"<?xml", b"<svg")
"""How drawings begin that a person could take for a picture of a code."""


class Found(Protocol):
    """One code that a picture decoder found: true bytes, corners in pixels of the picture as given."""

    @property
    def data(self) -> bytes:
        """The bytes before any character-set conversion."""

    @property
    def polygon(self) -> tuple[tuple[int, int], ...] | None:
        """Four corners, origin top left."""

    @property
    def decoder(self) -> str:
        """`zxing` or `zbar`."""


class Pictures(Protocol):
    """A picture decoder."""

    def is_picture(self, data: bytes) -> bool:
        """Say by the magic bytes whether this is a picture."""

    def decode(self, data: bytes) -> Sequence[Found] | None:
        """Find every code; None if the picture cannot be opened."""


@dataclass(slots=True)
class Seen:
    """What one input held. `readable` is false when the input itself could not be opened."""

    name: str
    codes: Sequence[tuple[bytes, tuple[tuple[int, int], ...] | None, str | None]] = ()
    readable: bool = True
    decode_ms: float = 0.0


def run(inputs: Sequence[str], question: Question, pictures: Pictures, *, as_set: bool) -> int:
    """Print a line for every input; exit code 1 if one of them could not be opened."""
    failed = False
    last = time.monotonic()
    seen = _every(inputs, pictures)
    for number, one in enumerate([_joined(inputs, seen)] if as_set else seen, 1):
        write_line(report(one, question))
        failed |= not one.readable
        if time.monotonic() - last > PROGRESS_EVERY_S:
            last = time.monotonic()
            sys.stderr.write(f"inspected {number} of {len(inputs)}\n")
    return FAILED if failed else DONE


def report(seen: Seen, question: Question) -> dict[str, object]:
    """Judge what one input held, as the line of the contract."""
    codes = tuple(code for code, _, _ in seen.codes)
    line: dict[str, object] = {
        "input": seen.name,
        "decoded": bool(codes),
        "decoder": seen.codes[0][2] if codes else None,
        "payload_sha256": hashlib.sha256(codes[0]).hexdigest() if codes else None,
        "codes": [_code(code, polygon) for code, polygon, _ in seen.codes],
        **dict.fromkeys(("format", "verdict", "reason", "why", "action", "decision", *explaining.NAMES)),
    }
    if (provisioning := inspect_provision.about(codes, question.root, question.now, question.rulings)) is not None:
        line["provisioning"] = provisioning
    spent, decided = {"decode": round(seen.decode_ms, 3), "verify": 0.0, "decide": 0.0}, None
    if not seen.readable:
        return line | explaining.unopened() | {"ms": spent}
    began = time.perf_counter()
    at, reading = read_first(codes, question.trust)
    if codes:
        line["format"] = format_of(codes[at])
    if codes and question.decode_only:
        return line | {"ms": spent}
    line |= {"personal": explaining.personal(reading)} if question.personal else {}
    line |= explaining.named(reading)
    verdict, reason = revoked.verdict(line, reading, question.rules.revocations, _verdict(reading, question.now))
    spent["verify"] = _ms_since(began)
    if question.rules.policy is not None and not question.decode_only:
        began = time.perf_counter()
        decision = question.decision(reading)
        spent["decide"] = _ms_since(began)
        line["decision"] = decided = decision.outcome.value
        reason = reason or decision.reason
    genuine = isinstance(reading, Pass)
    return line | explaining.explained(verdict, decided, reason, genuine=genuine) | {"verdict": verdict, "ms": spent}


def _verdict(reading: Reading, now: Instant) -> tuple[str, Reason | None]:
    """Say whether the code is genuine, in time and its holder's, before any rule is asked."""
    match reading:
        case Unreadable(reason):
            return "unreadable", reason
        case Untrusted(reason):
            return "refused", reason
        case Pass():
            invalid = validity(reading, now) or unproven(reading, now)
            return ("verified" if invalid is None else "refused"), invalid


def _code(code: bytes, polygon: tuple[tuple[int, int], ...] | None) -> dict[str, object]:
    """Describe one code: exact bytes, their text if they are UTF-8, and where it is.

    The bytes of a provisioning code are a key, so they are left out.
    """
    corners = None if polygon is None else [list(corner) for corner in polygon]
    if is_provisioning(code):
        return {"bytes_b64": "", "text": None, "polygon": corners, "withheld": len(code)}
    try:
        text = code.decode("utf-8")
    except UnicodeDecodeError:
        text = None
    return {"bytes_b64": base64.b64encode(code).decode("ascii"), "text": text, "polygon": corners}


def _every(inputs: Sequence[str], pictures: Pictures) -> Iterator[Seen]:
    """Open the inputs one after the other; `-` stands for a code a line on standard input."""
    for name in inputs:
        if name == "-":
            yield from (_code_of(name, raw) for raw in _lines(sys.stdin.buffer))
        else:
            yield _opened(name, pictures)


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    """Read lines of bounded length; of a longer one the beginning comes out, too long for any code."""
    while raw := stream.readline(MAX_LINE_BYTES):
        rest = raw
        while len(rest) == MAX_LINE_BYTES and not rest.endswith(b"\n"):
            rest = stream.readline(MAX_LINE_BYTES)
        yield raw


def _opened(name: str, pictures: Pictures) -> Seen:
    """Open one file: a picture by its magic bytes, else text that holds one code."""
    try:
        data = read_bounded(Path(name), MAX_INPUT_BYTES)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{name!r}: {getattr(error, 'strerror', None) or error}\n")
        return Seen(name, readable=False)
    if data.startswith(_NOT_READ):
        sys.stderr.write(f"{name!r}: PDF and SVG are not read; inspect the same pass as .png or .txt\n")
        return Seen(name, readable=False)
    if not pictures.is_picture(data):
        return _code_of(name, data)
    began = time.perf_counter()
    found = pictures.decode(data)
    if found is None:
        sys.stderr.write(f"{name!r}: begins like a picture but cannot be opened as one\n")
        return Seen(name, readable=False, decode_ms=_ms_since(began))
    codes = [(one.data, one.polygon, one.decoder) for one in found]
    return Seen(name, codes, decode_ms=_ms_since(began))


def _code_of(name: str, raw: bytes) -> Seen:
    """Take text as a code; one final newline belongs to the file and not to the code."""
    code = raw.removesuffix(b"\n")
    return Seen(name, [(code, None, None)] if code else [])


def _joined(inputs: Sequence[str], every: Iterator[Seen]) -> Seen:
    """Take all inputs as the pieces of one pass."""
    seen = list(every)
    return Seen(
        name=" ".join(inputs),
        codes=[code for one in seen for code in one.codes],
        readable=all(one.readable for one in seen),
        decode_ms=sum(one.decode_ms for one in seen),
    )


def _ms_since(began: float) -> float:
    """Milliseconds since `began` on the performance counter."""
    return round((time.perf_counter() - began) * 1000, 3)
