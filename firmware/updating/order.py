"""What an `update` document says, and when a gate may act on it. Pure: time and time zone come in.

A release is switched to at night unless the order says otherwise, and never by a clock that nobody vouches for.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import AfterValidator, StringConstraints

from firmware.events import NEVER
from firmware.signed.fields import Moment, Strict
from firmware.updating.release import PATTERN

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from firmware.events import Instant

ANY_TIME: Final = "any"
_MINUTES: Final = 24 * 60
_SCHEMES: Final = ("https://", "file:///")


def _span(text: str) -> str:
    """Refuse what is no span of local time."""
    if text != ANY_TIME and _read(text) is None:
        msg = "not a span of local time such as 02:00-04:00, and not `any`"
        raise ValueError(msg)
    return text


def _address(text: str) -> str:
    """Refuse what is no place from which a release can be taken."""
    if not text.startswith(_SCHEMES) or any(one.isspace() or not one.isprintable() for one in text):
        msg = "not an address that begins with https:// or file:///"
        raise ValueError(msg)
    return text


Window = Annotated[str, StringConstraints(max_length=11), AfterValidator(_span)]
Address = Annotated[str, StringConstraints(max_length=256), AfterValidator(_address)]


class Order(Strict):
    """Which release shall run, where it is, from when on (UTC), and at which local hours it may be switched to."""

    release: Annotated[str, StringConstraints(pattern=PATTERN)]
    repository: Address
    window: Window | None = None
    not_before: Moment | None = None


def may_switch(order: Order, window: str, now: Instant, zone: ZoneInfo) -> bool:
    """Say whether an order may be acted on now; `window` is the gate's own, for an order that names none.

    It must be so at the earliest and the latest second that the clock allows.
    """
    if now.latest >= NEVER or (order.not_before is not None and now.earliest < order.not_before):
        return False
    span = order.window or window
    return span == ANY_TIME or all(_covered(span, moment, zone) for moment in (now.earliest, now.latest))


def _covered(span: str, moment: int, zone: ZoneInfo) -> bool:
    """Say whether a second lies in a span of local time, which may go over midnight."""
    found = _read(span)
    if found is None:
        return False
    begins, ends = found
    local = datetime.fromtimestamp(moment, UTC).astimezone(zone)
    minute = local.hour * 60 + local.minute
    return begins <= minute < ends if begins < ends else minute >= begins or minute < ends


def _read(span: str) -> tuple[int, int] | None:
    """Read `HH:MM-HH:MM` as minutes of the day; None for another spelling or an empty span."""
    parts = [_minute(part) for part in span.split("-")]
    if len(parts) != 2:  # noqa: PLR2004  from and until
        return None
    begins, ends = parts
    return None if begins is None or ends is None or begins == ends else (begins, ends)


def _minute(text: str) -> int | None:
    """Read `HH:MM`."""
    if len(text) != 5 or text[2] != ":" or not (text[:2] + text[3:]).isascii():  # noqa: PLR2004  five characters
        return None
    if not (text[:2] + text[3:]).isdigit():
        return None
    minute = int(text[:2]) * 60 + int(text[3:])
    return minute if int(text[3:]) < 60 and minute < _MINUTES else None  # noqa: PLR2004  minutes of an hour
