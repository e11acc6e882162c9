"""The self-test of a gate that was just set up: what nobody's hand is needed for, as a signed record and as steps.

The steps are those of a walk without a technician (`firmware/doctor`), with what only a running gate knows of itself.
What a door cannot do without must pass; a battery clock that is missing is told, and holds nobody up.
"""

from __future__ import annotations

from dataclasses import replace
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
    from firmware.doctor.findings import Finding
    from firmware.events import Instant

NEEDED: Final = frozenset({"disk", "clock", "lists", "certificate", "broker", "relay-rest"})
"""What of a walk a door cannot do without; what the gate sees of itself is needed as well."""

FRAMES: Final = "frames-"
"""How the steps of readers begin, one for each."""

RELEASED: Final = "released"
"""What is seen of the relay, among what the running gate sees of itself."""


def entries(config: Config, board: Board, seen: Mapping[str, str | None], now: Instant) -> list[Entry]:
    """Test what can be tested; `seen` says of each further step why it failed, None where it did not.

    What a running gate sees of itself goes before what its files say.
    """
    released = seen.get(RELEASED) is not None
    facts = look(config, board, now, broker_fault="", released=released)
    looked = {name: _needed(name, judge(facts)) for name, judge in JUDGES.items()}
    own = {name: good() if why is None else bad(why) for name, why in sorted(seen.items()) if name != RELEASED}
    return [Entry.of(Step(name, Kind.CHECK), finding) for name, finding in {**looked, **own}.items()]


def _needed(name: str, finding: Finding) -> Finding:
    """Take what holds nobody up for skipped, with its reason and its figures."""
    if finding.outcome is Outcome.FAIL and name not in NEEDED:
        return replace(finding, outcome=Outcome.SKIPPED)
    return finding


def failed(found: list[Entry]) -> tuple[str, ...]:
    """Name the steps that a door cannot do without and that are not well."""
    return tuple(one.id for one in found if one.outcome is Outcome.FAIL)


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
