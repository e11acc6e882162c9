"""A clock that jumps: the Unix time of a running gate is set years back or forth while somebody passes.

Debian's libfaketime, loaded before the gate, answers for CLOCK_REALTIME only; CLOCK_BOOTTIME and every wait go on as
they were. Passes are judged by the time that was held before, the door moves by the other clock, and nothing opens of
itself.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from firmware.events import Reason
from hw.clock import boottime_ms
from provisioning.rig.gate import GREEN, RELAY, VALID_DAYS
from tests.torture import verdict
from tests.torture.blows import WHILE_ON, meet
from tests.torture.wounds import INSIDE, LANE, Kind, Wound

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.torture.stand import Stand

DAY_S: Final = 86_400
YEAR_S: Final = 365 * DAY_S
PULSE_SLACK_MS: Final = 250
"""How far a pulse may be from its length on a machine under load; a pulse that follows the jump is minutes off."""


class Skew:
    """The file from which a gate's libfaketime takes how far its clock is off."""

    def __init__(self, path: Path) -> None:
        """Begin with the true time."""
        self._path = path
        self.set(0)

    def set(self, offset_s: int) -> None:
        """Have the gate's Unix clock jump; what reads it sees the old or the new offset, never a half."""
        fresh = self._path.with_suffix(".new")
        fresh.write_text(f"{offset_s:+d}", encoding="ascii")
        fresh.replace(self._path)

    def environment(self, library: Path) -> Mapping[str, str]:
        """Return what the gate must be started with."""
        return {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(self._path),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            # Its cure for old C libraries makes every timed wait for Python's own lock return at once, again and again.
            "FAKETIME_FORCE_MONOTONIC_FIX": "0",
        }


def library() -> Path | None:
    """Find libfaketime where Debian puts it."""
    return next(iter(sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))), None)


def sweep() -> None:
    """Remove what libfaketime leaves in memory for each process that was killed under it."""
    for left in Path("/dev/shm").glob("faketime_shm_*"):  # noqa: S108 - the library's own place
        number = left.name.rpartition("_")[2]
        if not Path("/proc", number).exists():
            left.unlink(missing_ok=True)
            left.with_name(f"sem.faketime_sem_{number}").unlink(missing_ok=True)


def step(stand: Stand, skew: Skew) -> Wound:
    """Let the clock jump at a random moment, ask the gate what it thinks of passes then, and put the clock right."""
    spent = stand.office.good(entries=1)
    faults = stand.insist(spent, LANE)
    moment = meet(stand, while_on=stand.chance.random() < WHILE_ON)
    offset_s = _drawn(stand)
    wound = Wound(Kind.CLOCK_STEP, boottime_ms(), faults if moment.opened else [*faults, "the door stayed shut"])
    skew.set(offset_s)
    try:
        _judge_pulse(stand, wound, moment.mark, moment.seq)
        wound.faults += stand.insist(stand.office.good(), LANE)
        wound.faults += stand.leave(INSIDE)
        if DAY_S < offset_s < VALID_DAYS * DAY_S:  # the desk issues for no other time
            then = stand.office.good(then_s=offset_s)
            wound.faults += stand.insist(replace(then, reason=Reason.NOT_YET_VALID), LANE)
    finally:
        skew.set(0)
    wound.faults += stand.insist(stand.office.good(), LANE)
    wound.ready_ms = boottime_ms() - wound.struck_ms
    wound.faults += stand.insist(replace(spent, reason=Reason.USED), LANE)
    verdict.at_rest(stand, wound)
    verdict.grants(stand, wound, moment.mark, moment.seq, None)
    told = [entry.boottime_ms for entry in stand.ledger().entries if entry.seq > moment.seq]
    if told != sorted(told):
        wound.faults.append("the records are no longer in the order of what happened")
    return wound


def _drawn(stand: Stand) -> int:
    """Draw a jump: minutes, days or years, back or forth, never near a moment at which an answer changes."""
    chance = stand.chance
    years = chance.randint(1, 20) * YEAR_S + chance.randrange(DAY_S)
    return chance.choice((years, -years, 2 * DAY_S, -2 * DAY_S, 1200, -1200))


def _judge_pulse(stand: Stand, wound: Wound, mark: int, seq: int) -> None:
    """Demand that whoever was let in before the jump had the whole of the pulse, and no more."""
    entry = stand.answered(seq, LANE)
    if entry is None:
        wound.faults.append("whoever came at the jump was not written down")
        return
    if entry.grant is None:
        wound.faults.append(f"whoever came at the jump was refused: {entry.body['reason']}")
        return
    if stand.settled().unwritten(entry):
        return
    if not stand.pins.rose(RELAY, mark) or not stand.pins.rests(RELAY, GREEN):
        wound.faults.append("the pulse that the jump fell into did not begin and end")
        return
    wound.pulse_off_ms = verdict.longest_on_ms(stand.pins.since(mark), RELAY) - stand.rig.plan.unlock_ms
    if abs(wound.pulse_off_ms) > PULSE_SLACK_MS:
        wound.late.append(f"the pulse was {wound.pulse_off_ms} ms off")
