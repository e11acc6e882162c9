"""How a blow at the gate is judged: outputs by the pin keeper's changes, grants by the journal, never by the gate.

It strikes nothing and waits for nothing; what it finds wrong it writes into the wound.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from provisioning.rig.gate import GREEN, RELAY
from tests.torture.wounds import Kind, Wound

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hw.keeper_client import PinChange
    from provisioning.rig.supervisor import Mark
    from tests.torture.stand import Stand

STOPPED_SLACK_MS: Final = 2_000
"""What a hung gate may hold the relay beyond its watchdog."""

FAULT_SLACK_MS: Final = 1_000
"""What a gate whose hardware failed may take to end by itself."""


def outputs(stand: Stand, wound: Wound, changes: list[PinChange], death: Mark, post: Mark) -> None:
    """Hold relay and green lamp against the time after which they must be off."""
    unit = stand.rig.gate.unit
    since_ms = death.boottime_ms if wound.kind is Kind.GATE_OUT_OF_MEMORY else wound.struck_ms
    wound.relay_off_ms, wound.green_off_ms = (_off_after(since_ms, changes, pin) for pin in (RELAY, GREEN))
    wound.release_ms = post.boottime_ms - death.boottime_ms
    released = (unit.restart_ms or 0) + wound.release_ms
    match wound.kind:
        case Kind.GATE_STOPPED:
            bound = (unit.watchdog_ms or 0) + STOPPED_SLACK_MS
        case Kind.GATE_EXCEPTION | Kind.GATE_TERMINATED:
            bound = released + FAULT_SLACK_MS
        case _:
            bound = released
    for what, off_ms in (("relay", wound.relay_off_ms), ("green", wound.green_off_ms)):
        if off_ms is not None and off_ms > bound:
            wound.late.append(f"{what} off after {off_ms} ms, not within {bound}")
    at_rest(stand, wound)
    if post.code != 0:
        wound.faults.append(f"the release after the end failed with {post.code}")


def at_rest(stand: Stand, wound: Wound) -> None:
    """Demand that relay and green lamp are off now."""
    left = [name for name, pin in (("relay", RELAY), ("green", GREEN)) if stand.pins.level(pin)]
    if left:
        wound.faults.append(f"{' and '.join(left)} on when the gate was itself again")


def grants(stand: Stand, wound: Wound, mark: int, seq: int, death: Mark | None) -> None:
    """Hold the grants of this blow against what the relay did; without a death the gate lived on."""
    ledger = stand.settled()
    wound.faults += ledger.faults()
    ends = ledger.ends()
    begun = [entry.grant for entry in ledger.after(seq) if entry.grant is not None]
    changes = stand.pins.since(mark, RELAY)
    if sum(change.level for change in changes) > len(begun):
        wound.faults.append("the relay rose without a record of a grant")
    wound.unknown = sum(ends[grant] == ["outcome_unknown"] for grant in begun)
    if death is None:
        return
    fell_later = any(not change.level and change.boottime_ms > death.boottime_ms for change in changes)
    # Out of memory, a gate may have ended some of its grants in order before it died of the next.
    due = min(1, len(begun)) if wound.kind is Kind.GATE_OUT_OF_MEMORY else len(begun)
    if fell_later and wound.unknown < due:
        wound.faults.append(f"the gate died with the relay on, and its grants ended {[ends[one] for one in begun]}")
    if wound.kind is Kind.GATE_TERMINATED and wound.unknown:
        wound.faults.append("a gate that ends in order leaves no outcome unknown")


def longest_on_ms(changes: Iterable[PinChange], pin: int) -> int:
    """Say how long the longest stretch of a pin was from its rise to its fall."""
    longest, rose_ms = 0, None
    for change in changes:
        if change.pin != pin:
            continue
        if change.level:
            rose_ms = change.boottime_ms if rose_ms is None else rose_ms
        elif rose_ms is not None:
            longest, rose_ms = max(longest, change.boottime_ms - rose_ms), None
    return longest


def _off_after(since_ms: int, changes: Iterable[PinChange], pin: int) -> int | None:
    """Say how long after a moment a line fell for the last time, if it was on then or rose later."""
    falls = [one.boottime_ms for one in changes if one.pin == pin and not one.level and one.boottime_ms >= since_ms]
    return falls[-1] - since_ms if falls else None
