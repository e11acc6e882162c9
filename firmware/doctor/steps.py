"""The steps of one door: a list made of what is fitted, in the order in which a technician walks. Pure data.

First what needs no hand, then what is seen and heard, then what is aimed and pressed; the lock moves last. The green
lamp is tried only in the wake of a release, because green means that the way is free and must never say it falsely.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from firmware.doctor.findings import JUDGES
from firmware.events import Contact, Line

if TYPE_CHECKING:
    from collections.abc import Mapping

GREEN: Final = "green"


class Kind(StrEnum):
    """What a step asks for: a fact, an eye or an ear, a camera that is aimed, a hand, or the lock."""

    CHECK = "check"
    SHOW = "show"
    AIM = "aim"
    ASK = "ask"
    RELEASE = "release"


@dataclass(frozen=True, slots=True)
class Step:
    """One step; `subject` is the lamp, the output, the reader, the contact or the line it is about.

    `lamp` is lit while the line of a release is on.
    """

    id: str
    kind: Kind
    subject: str = ""
    lamp: str = ""


@dataclass(frozen=True, slots=True)
class Fitted:
    """What hangs on this door. `contacts` are those that somebody can move by hand."""

    lamps: tuple[str, ...]
    contacts: tuple[Contact, ...]
    readers: tuple[str, ...]
    lines: tuple[Line, ...] = (Line.RELAY,)
    sounder: bool = False
    display: bool = False
    speech: bool = False


_ORDER: Final[Mapping[Contact, int]] = {contact: place for place, contact in enumerate(Contact)}


def plan(fitted: Fitted) -> tuple[Step, ...]:
    """List the steps of a door."""
    checks = [Step(name, Kind.CHECK) for name in JUDGES]
    lamps = [Step(f"lamp-{colour}", Kind.SHOW, colour) for colour in fitted.lamps if colour != GREEN]
    others = [("sounder", fitted.sounder), ("display", fitted.display), ("speech", fitted.speech)]
    shown = [Step(name, Kind.SHOW, name) for name, there in others if there]
    aimed = [Step(f"aim-{reader}", Kind.AIM, reader) for reader in fitted.readers]
    pressed = [
        Step(f"input-{contact.value.replace('_', '-')}", Kind.ASK, contact.value)
        for contact in sorted(fitted.contacts, key=lambda contact: _ORDER[contact])
    ]
    moved = [Step(line.value.replace("_", "-"), Kind.RELEASE, line.value) for line in fitted.lines]
    if GREEN in fitted.lamps:
        moved.append(Step("lamp-green", Kind.RELEASE, fitted.lines[-1].value, GREEN))
    return (*checks, *lamps, *shown, *aimed, *pressed, *moved)
