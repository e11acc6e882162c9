"""The doorway: the door's state machine with its hands. It lets the door answer, does what it says, writes that down.

It decides nothing: what the door hears comes from whoever asks, and what follows is the door's own. Hardware is
commanded before anything is written. It belongs to the controller thread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from firmware.door import machine
from firmware.events import ClearAlarm, EndGrant, OutputChecked, RaiseAlarm, ShowLight, TakePosture

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterable

    from firmware.control.accounts import Accounts, Journal
    from firmware.control.outputs import Outputs
    from firmware.door.asked import DoorEvent
    from firmware.door.settings import Settings
    from firmware.events import Effect, Instant, PostureCommanded, Record

RELAY: Final = "relay"


class Doorway:
    """One door; `makes_way` says of what the lamps shall show at rest whether somebody else has them now."""

    def __init__(
        self,
        settings: Settings,
        now: Instant,
        *,
        outputs: Outputs,
        journal: Journal,
        accounts: Accounts,
        counts: Counter[str],
        makes_way: Callable[[ShowLight, int], bool],
        commanded: PostureCommanded | None = None,
    ) -> None:
        """Lock the door and begin, as `commanded` where that holds; nothing from before energises anything."""
        self._outputs = outputs
        self._journal = journal
        self._accounts = accounts
        self._counts = counts
        self._makes_way = makes_way
        self._relay_works = True
        self._ended: list[EndGrant] = []
        self.door, effects = machine.start(settings, now.ms, commanded)
        self._carry_out(effects, now.ms)
        for record in accounts.told(effects, now):
            journal.submit(record)

    @property
    def energised(self) -> bool:
        """Whether the door releases a lock now."""
        return bool(machine.energised(self.door))

    @property
    def at_rest(self) -> bool:
        """Whether it is locked and nobody is about to go or just gone."""
        return self.door.phase == "locked" and not self.energised

    def deadline_ms(self) -> int | None:
        """Say when (CLOCK_BOOTTIME, ms) something of the door falls due."""
        return machine.deadline(self.door)

    def step(self, event: DoorEvent | None, now: Instant, records: Iterable[Record] = ()) -> None:
        """Let the door answer and do what it says; then write down `records` and what follows from them.

        Broken hardware ends this process, and what was decided still gets out.
        """
        self.door, effects = machine.step(self.door, event, now.ms)
        self._ended += [effect for effect in effects if isinstance(effect, EndGrant)]
        try:
            self._carry_out(effects, now.ms)
        finally:
            for record in (*records, *self._accounts.told(effects, now)):
                self._journal.submit(record)

    def ended(self) -> list[EndGrant]:
        """Take the grants that ended since this was last asked."""
        found, self._ended = self._ended, []
        return found

    def after(self, now: Instant) -> None:
        """End a turn: tell what outputs failed."""
        for checked in self._outputs.checked():
            self.step(checked, now)

    def keep_alive(self) -> None:
        """Keep what is released alive."""
        if self.energised:
            self._outputs.keep_alive()

    def relay_agrees(self, now: Callable[[], Instant]) -> bool:
        """Read the relays back: on though nothing is released means a fault, and they are released again here."""
        believed = machine.energised(self.door)
        astray = self._outputs.energised() - believed
        if astray:
            self._counts["relay_stuck"] += 1
            self._outputs.release(astray)
        if bool(astray) is self._relay_works:
            self._relay_works = not astray
            self.step(OutputChecked(RELAY, self._relay_works), now())
        return not self._outputs.energised() - believed

    def _carry_out(self, effects: tuple[Effect, ...], now_ms: int) -> None:
        """Command the hardware."""
        for effect in effects:
            if isinstance(effect, ShowLight) and self._makes_way(effect, now_ms):
                continue
            if not isinstance(effect, EndGrant | RaiseAlarm | ClearAlarm | TakePosture):
                self._outputs.carry_out(effect)
