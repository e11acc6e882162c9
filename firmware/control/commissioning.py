"""What a walk through a door needs of the gate around it: what is fitted, the facts of the machine, the record's head.

Shared by the terminal and the service card. It reads files and asks the board, so the controller's thread lets another
one call it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import TYPE_CHECKING, Protocol

from firmware.control import archive, standing
from firmware.control.identity import config_digest, read_identity
from firmware.doctor.findings import Facts
from firmware.doctor.report import Entry, Progress, Record, plan_digest
from firmware.doctor.steps import Fitted, Step, plan
from firmware.events import Contact, Line
from firmware.signed import times

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from firmware.control.archive import Filed
    from firmware.control.config import Config
    from firmware.doctor.report import Way
    from firmware.events import Instant


class Readings(Protocol):
    """One look at the board, as `hw/board.py` takes it."""

    @property
    def temperature_mc(self) -> int | None:
        """The hottest zone, in thousandths of a degree."""

    @property
    def undervoltage(self) -> bool | None:
        """Whether the supply is too weak."""

    @property
    def rtc(self) -> bool:
        """Whether there is a battery clock."""

    @property
    def rtc_unix_s(self) -> int | None:
        """What it says."""

    @property
    def disk_free_mib(self) -> int | None:
        """Room on the disk of the journal."""


Board = Callable[["Path"], Readings]


def fitted(config: Config) -> Fitted:
    """Say what hangs on a configured door; the board's own detector is no contact that a hand could move."""
    by_hand = tuple(
        contact
        for contact in config.inputs
        if contact is not Contact.SUPPLY or config.supply is None or not config.supply.builtin
    )
    lines = (Line.RELAY,) if config.relay_out is None else (Line.RELAY, Line.RELAY_OUT)
    return Fitted(
        lamps=tuple(config.light.pins()),
        contacts=by_hand,
        readers=tuple(config.readers),
        lines=lines,
        sounder=config.sounder is not None,
        display=config.display is not None,
        speech=config.speech is not None,
    )


def look(config: Config, board: Board, now: Instant, *, broker_fault: str | None, released: bool | None) -> Facts:
    """Gather the facts; `broker_fault` and `released` are known to whoever holds link and relays."""
    readings, identity = board(config.gate.state_dir), read_identity(config)
    known = now.source != "none"
    middle = (now.earliest + now.latest) // 2
    rtc = readings.rtc_unix_s
    return Facts(
        undervoltage=readings.undervoltage,
        temperature_mc=readings.temperature_mc,
        disk_free_mib=readings.disk_free_mib,
        clock_error_s=(now.latest - now.earliest + 1) // 2 if known else None,
        rtc=readings.rtc,
        rtc_offset_s=rtc - middle if rtc is not None and known else None,
        lists_unusable=len(standing.look(config, now).problems),
        certificate_left_s=None if identity is None or not known else identity.ends - now.latest,
        broker=config.mqtt is not None,
        broker_fault=broker_fault,
        released_at_rest=released,
    )


@dataclass(frozen=True, slots=True)
class Walk:
    """One walk through one door: its steps, how it is led, by whom, and when it began, if that is known."""

    config: Config
    steps: tuple[Step, ...]
    boot: str
    way: Way
    technician: str | None
    began: str | None

    @classmethod
    def through(cls, config: Config, boot: str, way: Way, technician: str | None, now: Instant) -> Walk:
        """Plan a walk through a configured door."""
        return cls(config, plan(fitted(config)), boot, way, technician, moment(now))

    @property
    def plan(self) -> str:
        """Name the plan, so that progress by another one is not gone on with."""
        return plan_digest(self.steps, config_digest(self.config))

    def resumed(self, before: Progress) -> Walk:
        """Go on with an earlier walk: it began when that one did."""
        return replace(self, began=before.began)

    def progress(self, entries: Sequence[Entry]) -> Progress:
        """Say how far the walk has come."""
        return Progress(plan=self.plan, began=self.began, entries=list(entries))

    def end(self, entries: Sequence[Entry], now: Instant) -> Filed:
        """Make the record of a finished walk, sign and keep it; raises OSError."""
        folder = self.config.gate.state_dir
        record = Record(
            gate=self.config.gate.id,
            boot=self.boot,
            version=version("gapura"),
            config_digest=config_digest(self.config),
            number=archive.next_number(folder),
            way=self.way,
            technician=self.technician,
            began=self.began,
            ended=moment(now),
            steps=list(entries),
        )
        filed = archive.file(folder, record, read_identity(self.config))
        if self.way != "unattended":
            archive.forget(folder)
        return filed


def moment(now: Instant) -> str | None:
    """Spell the middle of an instant; nothing where nobody vouches for it."""
    return None if now.source == "none" else times.render((now.earliest + now.latest) // 2)
