"""`state_dir/time.json`: the floor below which no clock is believed, and what was held when it was written.

A file is there whole or not at all, and carries its own digest: whatever byte of it a card turns over, it counts as
lost and never as another floor. It decides nothing about what a clock says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field

from firmware.control.digested import vouch, vouched
from firmware.control.documents import read_bounded
from firmware.control.shelf import put
from firmware.control.trusted_time import Belief, Doubt, Mark, Source, Span
from firmware.signed import strict_json
from firmware.signed.fields import Strict

if TYPE_CHECKING:
    from pathlib import Path

FILE: Final = "time.json"
_MOST_BYTES: Final = 4096

Whole = Annotated[int, Field(ge=0, le=2**53)]


class _Rtc(Strict):
    """A mark of the battery clock as it is written."""

    rtc_s: Whole
    earliest: Whole
    latest: Whole


class _Written(Strict):
    """The file: the floor, and `most` of `Kept` (Unix s); what was held at `ms` of `boot`; the battery clock's mark."""

    floor: Whole
    most: Whole | None = None
    boot: str
    ms: Whole
    source: Source
    earliest: Whole | None = None
    latest: Whole | None = None
    rtc: _Rtc | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """What was read: where the gate begins, and whether a file that was there could not be read.

    `most` (Unix s, as it stood at `ms` of this boot) is up to where clocks nobody has confirmed may raise the floor in
    this boot; None if it is another boot: a program that starts again and again gets no more for that.
    """

    belief: Belief
    lost: bool
    most: int | None = None
    ms: int = 0


def read(folder: Path, boot: str, release: int) -> Kept:
    """Read what an earlier run kept; never below the `release` floor (Unix s).

    What was held goes on only in the same boot, whose CLOCK_BOOTTIME it was held by, and only if somebody better than
    the kernel's own word vouched for it: whoever sets the clock of a machine without any other restarts the gate.
    """
    try:
        data = read_bounded(folder / FILE, _MOST_BYTES)
    except FileNotFoundError:
        return Kept(Belief(release), lost=False)
    except OSError:
        data = b""
    found = _parse(data)
    if found is None:
        return Kept(Belief(release, doubts=frozenset({Doubt.FLOOR_LOST})), lost=True)
    floor = max(release, found.floor)
    last = None if found.rtc is None else Mark(found.rtc.rtc_s, Span(found.rtc.earliest, found.rtc.latest))
    if found.boot != boot:
        return Kept(Belief(floor, last_rtc=last), lost=False)
    if found.source in {Source.NONE, Source.SYSTEM} or found.earliest is None:
        return Kept(Belief(floor, last_rtc=last), lost=False, most=found.most, ms=found.ms)
    span = Span(found.earliest, max(found.earliest, found.latest or 0))
    belief = Belief(floor, found.ms, span, found.source, last_rtc=last)
    return Kept(belief, lost=False, most=found.most, ms=found.ms)


def write(folder: Path, boot: str, belief: Belief, most: int) -> None:
    """Keep the floor, `most` and what is held; raises OSError, and then the file is as it was.

    A battery clock that is far off is not remembered as a counter: whoever sets it right must be believed.
    """
    said: dict[str, object] = {"floor": belief.floor, "most": most, "boot": boot, "ms": belief.ms}
    said["source"] = belief.source.value
    if belief.span is not None:
        said |= {"earliest": belief.span.earliest, "latest": belief.span.latest}
    if belief.mark is not None and Doubt.RTC_DISAGREES not in belief.doubts:
        span = belief.mark.span
        said["rtc"] = {"rtc_s": belief.mark.rtc_s, "earliest": span.earliest, "latest": span.latest}
    put(folder / FILE, vouch(strict_json.render(said)))


def _parse(data: bytes) -> _Written | None:
    """Read the file's bytes; None if one of them is not as it was written."""
    spelled = vouched(data)
    value = None if spelled is None else strict_json.parse(spelled)
    found = None if value is None else strict_json.read_as(value, _Written)
    return found if isinstance(found, _Written) else None
