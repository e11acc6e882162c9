"""The self-test of a gate that was just set up: what nobody's hand is needed for, as a signed record and as steps.

The steps are those of a walk without a technician (`firmware/doctor`), with what only a running gate knows of itself.
What a door cannot do without must pass; a battery clock that is missing is told and holds nobody up.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Final

from firmware.control import archive
from firmware.control.commissioning import look, moment
from firmware.control.identity import config_digest
from firmware.doctor.findings import JUDGES, Outcome, bad, good
from firmware.doctor.report import Entry, Record
from firmware.doctor.steps import Kind, Step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from firmware.control.commissioning import Board
    from firmware.control.config import Config
    from firmware.events import Instant

NEEDED: Final = frozenset({"disk", "clock", "lists", "certificate", "broker", "relay-rest", "journal", "lamps"})
FRAMES: Final = "frames-"
"""Steps with this beginning, one for each reader, are needed too."""

RELEASED: Final = "released"
"""What is seen of the relay, among what the running gate sees of itself."""


def entries(config: Config, board: Board, seen: Mapping[str, str | None], now: Instant) -> list[Entry]:
    """Test what can be tested; `seen` says of each further step why it failed, None where it did not."""
    released = seen.get(RELEASED) is not None
    facts = look(config, board, now, broker_fault="", released=released)
    found = [Entry.of(Step(name, Kind.CHECK), judge(facts)) for name, judge in JUDGES.items()]
    own = ((name, why) for name, why in sorted(seen.items()) if name != RELEASED)
    return found + [Entry.of(Step(name, Kind.CHECK), good() if why is None else bad(why)) for name, why in own]


def passed(found: list[Entry]) -> bool:
    """Say whether everything that a door cannot do without is well."""
    return not failed(found)


def failed(found: list[Entry]) -> tuple[str, ...]:
    """Name the steps that a door cannot do without and that are not well."""
    needed = (one for one in found if one.id in NEEDED or one.id.startswith(FRAMES))
    return tuple(one.id for one in needed if one.outcome is Outcome.FAIL)


def steps(found: list[Entry]) -> dict[str, str]:
    """Say of each step `ok`, or why not."""
    return {one.id: one.reason or one.outcome.value for one in found}


def record(config: Config, found: list[Entry], boot: str, now: Instant) -> Record:
    """Make the record of it."""
    return Record(
        gate=config.gate.id,
        boot=boot,
        version=version("gapura"),
        config_digest=config_digest(config),
        number=archive.next_number(config.gate.state_dir),
        way="unattended",
        began=moment(now),
        ended=moment(now),
        steps=found,
    )


def same(one: Record, other: Record | None) -> bool:
    """Say whether two records tell the same of every step; figures move without news."""
    return other is not None and steps(one.steps) == steps(other.steps)
