"""What is said of a configuration while it is desired, tried, kept or taken back; `trial.py` does the trying.

It belongs to the library's thread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from firmware.control import turned_down
from firmware.control.desired import Held, Turned
from firmware.signed.envelope import Kind

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from firmware.control.desired import Refusal
    from firmware.control.reports import Reports
    from firmware.control.trial import Trial


class Proposing:
    """The configuration's own way; without a trial no configuration is taken. `news` asks for a report once."""

    def __init__(
        self, folder: Path, reports: Reports, trial: Trial | None, in_force: Callable[[Kind], Held | None]
    ) -> None:
        """Take the parts."""
        self._folder, self._reports, self._trial, self._in_force = folder, reports, trial, in_force
        self._news = False

    @property
    def news(self) -> bool:
        """Whether something has changed since this was asked last."""
        news, self._news = self._news, False
        return news

    def begin(self) -> None:
        """Say what is on trial, and what was taken back last."""
        self._tell_turned_down()
        if self._trial is not None and self._trial.held is not None:
            self._reports.pending(Kind.CONFIG, self._trial.held.document.version, None)

    def busy(self, held: Held) -> bool:
        """Say whether this one has to wait for the trial of another."""
        return self._trial is not None and self._trial.busy(held)

    def fits(self, held: Held) -> Refusal | None:
        """Say why a configuration can be none of this gate's."""
        return Turned.UNSUPPORTED if self._trial is None else self._trial.fits(held)

    def propose(self, held: Held, source: str | None) -> Refusal | None:
        """Let a configuration be tried by the next run, or say why not; raises OSError."""
        if self._trial is None:
            return Turned.UNSUPPORTED
        why = self._trial.propose(held)
        if why is None:
            self._reports.settled(Kind.CONFIG, source)
            self._reports.pending(Kind.CONFIG, held.document.version, None)
        elif why is Turned.TRIAL_FAILED:
            self._tell_turned_down(source, held)
            return None
        return why

    def turn(self, now_ms: int, *, connected: bool) -> Held | None:
        """Do what is due: answer the configuration that proved good."""
        match None if self._trial is None else self._trial.turn(now_ms, connected=connected):
            case Held() as good:
                self._reports.arrived(Kind.CONFIG)
                return good
            case Turned():
                self._reports.arrived(Kind.CONFIG)
                self._tell_turned_down()
                self._news = True
            case None:
                pass
        return None

    def kept(self, good: Held) -> None:
        """Forget the trial: what was tried is on the shelf."""
        self._reports.outdated(Kind.CONFIG, good.document.version)
        if self._trial is not None:
            self._trial.kept()

    def _tell_turned_down(self, source: str | None = None, held: Held | None = None) -> None:
        """Report that a configuration was tried and taken back; without one, the last of them."""
        if self._trial is None:
            return
        found = turned_down.read(self._folder)[-1:] if held is None else [turned_down.find(self._folder, held)]
        current = self._in_force(Kind.CONFIG)
        for down in found:
            if down is not None and (current is None or current.floor.rank <= down.floor.rank):
                self._reports.rolled_back(Kind.CONFIG, source, down.version, down.reason)
