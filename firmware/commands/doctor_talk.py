"""What `gapura doctor` says to a technician on stderr, and what their keys mean. Words only; it decides nothing."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from firmware.doctor import words
from firmware.doctor.findings import Outcome, Why
from firmware.doctor.stages import Stage
from firmware.doctor.steps import Kind
from firmware.doctor.walking import Answered, PassedOver, Repeated

if TYPE_CHECKING:
    from collections.abc import Mapping

    from firmware.doctor.report import Entry, Summary
    from firmware.doctor.steps import Step
    from firmware.doctor.walking import Event

ENGLISH: Final = 1
QUIT: Final = "q"
_ASKS: Final = frozenset({Stage.QUESTION, Stage.CONSENT})

REMEDIES: Final[Mapping[str, str]] = {
    Why.UNDERVOLTAGE: "a better supply or a shorter cable",
    Why.TOO_HOT: "air or shade for the case",
    Why.DISK_FULL: "free space on the disk of gate.state_dir",
    Why.CLOCK_UNTRUSTED: "set the clock: timedatectl",
    Why.CLOCK_VAGUE: "a smaller clock.error_s, with a clock that keeps it",
    Why.NO_RTC: "fit a battery clock or its battery (hw/README.md)",
    Why.RTC_OFF: "hwclock --systohc once the system's clock is right",
    Why.LISTS_UNUSABLE: "gapura check names them",
    Why.CERTIFICATE_UNUSABLE: "gapura check names what is wrong",
    Why.CERTIFICATE_ENDS: "make a new one at the desk",
    Why.RELEASED_AT_REST: "the relay is on though nobody asked: look at the wiring before anything else",
    Why.NOT_SEEN: "look at the wire, the part and its pin in gapura.toml",
    Why.NOT_MOVED: "look at the wire, the contact, normally_open and its pin in gapura.toml",
    Why.STAYS_ACTIVE: "it does not come back: look at normally_open and at the contact",
    Why.WIRE_FAULT: "the wire is cut, shorted or shaking",
    Why.NOT_RELEASED: "the line does not read back as on",
    Why.STAYS_RELEASED: "the line does not read back as off: look at the wiring before anything else",
    Why.NO_FRAMES: "is the reader running? journalctl -u gapura-reader",
    Why.TOO_DARK: "more light on what is shown, or a lens cap",
    Why.TOO_BRIGHT: "less light into the camera",
    Why.BLURRED: "the focus, the distance, the glass",
    Why.NO_CODE: "the picture is good, but no code was read in it",
}
"""What to do about it, for people."""


def say(line: str) -> None:
    """Say one line."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def present(step: Step, stage: str, place: str) -> None:
    """Tell what a step asks for, and which keys answer it."""
    if step.kind is Kind.CHECK:  # it looks by itself and asks for nothing
        say(f"{place} {step.id}: wait ...")
        return
    text = words.INSTRUCTIONS[words.instruction(step, stage)][ENGLISH].spoken
    if step.kind is Kind.AIM:
        text = f"Reader {step.subject}: {text[0].lower()}{text[1:]}"
    if step.kind is Kind.RELEASE and stage == Stage.CONSENT:
        green = ", with the green lamp" if step.lamp else ""
        text = f"WARNING: the door will open now{green}. Is the way clear?"
    if stage in {Stage.RISING, Stage.FALLING}:
        say(f"{place} {step.id}: wait ...")
        return
    keys = "y yes, n no, s skip, r again" if stage in _ASKS else "s skip, r again"
    say(f"{place} {step.id}: {text} [{keys}, q quit]")


def key(line: str, stage: str) -> Event | None:
    """Say what a typed line means; None for anything else."""
    match line.lower()[:1]:
        case "y" if stage in _ASKS:
            return Answered(yes=True)
        case "n" if stage in _ASKS:
            return Answered(yes=False)
        case "s":
            return PassedOver(Why.PASSED_OVER)
        case "r":
            return Repeated()
        case _:
            return None


def settled(entry: Entry) -> None:
    """Tell how a step ended, and what to do about it."""
    figures = " ".join(f"{name}={value}" for name, value in sorted(entry.figures.items()))
    why = f" {entry.reason}" if entry.reason else ""
    remedy = REMEDIES.get(entry.reason or "") if entry.outcome is Outcome.FAIL else None
    tail = " ".join(part for part in (figures, f"-> {remedy}" if remedy else "") if part)
    say(f"  {entry.outcome.value.upper():<7} {entry.id}{why}{' ' + tail if tail else ''}")


def ended(summary: Summary) -> None:
    """Tell what it came to."""
    failed = f"; look at {', '.join(summary.failed)}" if summary.failed else ""
    say(f"{summary.ok} ok, {summary.fail} failed, {summary.skipped} skipped{failed}")
