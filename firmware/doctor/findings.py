"""What the machine says of itself, and what passes: every bound of a check in one table, with its reason. Pure.

Facts are plain numbers that somebody else gathered; None means that nobody here can know. A fact that nobody can know
is never good news: it fails where a door needs it, and is skipped where a board simply has no such part.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

HOTTEST_MC: Final = 75_000
"""A Pi slows down from 80 degrees; a case that reaches 75 on a mild day is wrong on a hot one (thousandths)."""

LEAST_FREE_MIB: Final = 256
"""The journal's bound of 64 MiB, its copy while it is mended, and room for an update's pieces."""

MOST_CLOCK_ERROR_S: Final = 60
"""A pass that rotates is fresh for 30 s; a clock that may be off by more than a minute refuses good ones."""

MOST_RTC_OFFSET_S: Final = 60
"""After a power cut the gate lives by its battery clock alone until a time document comes."""

LEAST_CERTIFICATE_S: Final = 30 * 86_400
"""Somebody must come back before it ends; a month is time to send them."""


class Outcome(StrEnum):
    """How a step ended."""

    OK = "ok"
    FAIL = "fail"
    SKIPPED = "skipped"


class Why(StrEnum):
    """Why a step did not end well; beside these a broker step says the link's own word."""

    UNKNOWN = "unknown"
    NOT_FITTED = "not_fitted"
    NOT_CONFIGURED = "not_configured"
    UNDERVOLTAGE = "undervoltage"
    TOO_HOT = "too_hot"
    DISK_FULL = "disk_full"
    CLOCK_UNTRUSTED = "clock_untrusted"
    CLOCK_VAGUE = "clock_vague"
    RTC_OFF = "rtc_off"
    NO_RTC = "no_rtc"
    LISTS_UNUSABLE = "lists_unusable"
    CERTIFICATE_UNUSABLE = "certificate_unusable"
    CERTIFICATE_ENDS = "certificate_ends"
    RELEASED_AT_REST = "released_at_rest"
    NO_FACTS = "no_facts"
    NO_TERMINAL = "no_terminal"
    DECLINED = "declined"
    PASSED_OVER = "passed_over"
    NOT_SEEN = "not_seen"
    NOT_CONFIRMED = "not_confirmed"
    NOT_MOVED = "not_moved"
    STAYS_ACTIVE = "stays_active"
    WIRE_FAULT = "wire_fault"
    NOT_RELEASED = "not_released"
    STAYS_RELEASED = "stays_released"
    NO_FRAMES = "no_frames"
    TOO_DARK = "too_dark"
    TOO_BRIGHT = "too_bright"
    BLURRED = "blurred"
    NO_CODE = "no_code"


Figures = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """How one step ended, why if not well, and the numbers it was judged by."""

    outcome: Outcome
    reason: str | None = None
    figures: Figures = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """One look at the machine; None where nobody can know.

    `rtc` says whether there is a battery clock, `rtc_offset_s` how far it is from the system's. `broker_fault` is the
    link's word for what went wrong, empty when the broker took the gate in. `lists_unusable` counts trust lists and
    policies that cannot be used. Without `broker` the door is configured to have none, and needs no certificate.
    """

    undervoltage: bool | None = None
    temperature_mc: int | None = None
    disk_free_mib: int | None = None
    clock_error_s: int | None = None
    rtc: bool | None = None
    rtc_offset_s: int | None = None
    lists_unusable: int | None = None
    broker: bool = True
    certificate_left_s: int | None = None
    broker_fault: str | None = None
    released_at_rest: bool | None = None


def good(*figures: tuple[str, int]) -> Finding:
    """Say that a step ended well."""
    return Finding(Outcome.OK, None, figures)


def bad(reason: str, *figures: tuple[str, int]) -> Finding:
    """Say that a step failed."""
    return Finding(Outcome.FAIL, reason, figures)


def skipped(reason: str) -> Finding:
    """Say that a step was not done."""
    return Finding(Outcome.SKIPPED, reason)


def _supply(facts: Facts) -> Finding:
    """Without a detector on the board nobody can say; with one it must be silent."""
    if facts.undervoltage is None:
        return skipped(Why.NOT_FITTED)
    return bad(Why.UNDERVOLTAGE) if facts.undervoltage else good()


def _temperature(facts: Facts) -> Finding:
    """A board without a thermometer is none that Gapura was made for, and no reason to fail a door."""
    if facts.temperature_mc is None:
        return skipped(Why.NOT_FITTED)
    figure = ("temperature_mc", facts.temperature_mc)
    return bad(Why.TOO_HOT, figure) if facts.temperature_mc >= HOTTEST_MC else good(figure)


def _disk(facts: Facts) -> Finding:
    """The journal needs a disk that can be asked how full it is."""
    if facts.disk_free_mib is None:
        return bad(Why.UNKNOWN)
    figure = ("disk_free_mib", facts.disk_free_mib)
    return bad(Why.DISK_FULL, figure) if facts.disk_free_mib < LEAST_FREE_MIB else good(figure)


def _clock(facts: Facts) -> Finding:
    """Nobody enters on a clock that nobody vouches for."""
    if facts.clock_error_s is None:
        return bad(Why.CLOCK_UNTRUSTED)
    figure = ("clock_error_s", facts.clock_error_s)
    return bad(Why.CLOCK_VAGUE, figure) if facts.clock_error_s > MOST_CLOCK_ERROR_S else good(figure)


def _rtc(facts: Facts) -> Finding:
    """A battery clock is in the bill of materials: after a power cut the door admits nobody without one."""
    if not facts.rtc:
        return bad(Why.NO_RTC)
    if facts.rtc_offset_s is None:
        return bad(Why.UNKNOWN)
    figure = ("rtc_offset_s", abs(facts.rtc_offset_s))
    return bad(Why.RTC_OFF, figure) if abs(facts.rtc_offset_s) > MOST_RTC_OFFSET_S else good(figure)


def _lists(facts: Facts) -> Finding:
    """Without trust list and policy the door admits nobody."""
    if facts.lists_unusable is None:
        return bad(Why.UNKNOWN)
    figure = ("lists_unusable", facts.lists_unusable)
    return bad(Why.LISTS_UNUSABLE, figure) if facts.lists_unusable else good(figure)


def _certificate(facts: Facts) -> Finding:
    """The gate's certificate must be its own, belong to its key and last."""
    if not facts.broker:
        return skipped(Why.NOT_CONFIGURED)
    if facts.certificate_left_s is None:
        return bad(Why.CERTIFICATE_UNUSABLE)
    figure = ("certificate_days", max(0, facts.certificate_left_s // 86_400))
    return bad(Why.CERTIFICATE_ENDS, figure) if facts.certificate_left_s < LEAST_CERTIFICATE_S else good(figure)


def _broker(facts: Facts) -> Finding:
    """The broker must take this gate in, not merely answer."""
    if not facts.broker:
        return skipped(Why.NOT_CONFIGURED)
    if facts.broker_fault is None:
        return bad(Why.UNKNOWN)
    return bad(facts.broker_fault) if facts.broker_fault else good()


def _relay_rest(facts: Facts) -> Finding:
    """Before anything is tried every relay must read back as fallen."""
    if facts.released_at_rest is None:
        return bad(Why.UNKNOWN)
    return bad(Why.RELEASED_AT_REST) if facts.released_at_rest else good()


JUDGES: Final[Mapping[str, Callable[[Facts], Finding]]] = {
    "supply": _supply,
    "temperature": _temperature,
    "disk": _disk,
    "clock": _clock,
    "rtc": _rtc,
    "lists": _lists,
    "certificate": _certificate,
    "broker": _broker,
    "relay-rest": _relay_rest,
}
"""What the machine is asked, in the order of a walk, and who judges the answer."""
