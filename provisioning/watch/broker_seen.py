"""Whether the broker itself is there: without it every other word on the screen is old.

Pure. A broker that took the connection must also answer: it is asked again and again, and its answers are timed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from provisioning.watch.troubles import Trouble, Words

ANSWER_S: Final = 15
"""A broker that is asked every few seconds and has not answered for so long is silent."""

NOBODY_S: Final = 200
"""If gates are said to be online, one of them speaks within this time."""

_LOST: Final = Words(
    "critical",
    "This desk has no connection to the broker: what stands below is how it was when that was lost.",
    "See whether the broker's machine and its mosquitto run, then this desk's own network.",
)
_SILENT: Final = Words(
    "critical",
    "The broker took the connection and no longer answers: what stands below is old.",
    "Look at the broker's machine: load, disk, network. Restart mosquitto if it hangs; gates keep their events.",
)
_NOBODY: Final = Words(
    "critical",
    "The broker answers, says that gates are online, and passes on nothing of what they say.",
    "Look at the broker's log and at this operator's rights in its access list.",
)
_REFUSED: Final = Words(
    "critical",
    "The broker does not let this operator read what a desk watches: part of what is wrong cannot be seen here.",
    "Give this operator the right to watch in the broker's access list, or use the certificate that has it.",
)
_EMPTY: Final = Words(
    "warning",
    "The broker keeps nothing of any gate for this operator: none has ever connected, or there is no right to watch.",
    "Look for this operator in the broker's access list, and at the name in the certificate that this desk uses.",
)


@dataclass(slots=True)
class BrokerSeen:
    """What is known of the broker: times are Unix seconds; `why` is the last reason why it was lost."""

    began: int
    connected: bool = False
    complete: bool = False
    changed: int = 0
    answered: int = 0
    heard: int = 0
    took_ms: int | None = None
    why: str = ""
    refused: set[str] = field(default_factory=set)

    @property
    def facts(self) -> tuple[object, ...]:
        """What a drawing of it depends on beside the time."""
        return self.connected, self.complete, self.took_ms, self.why, len(self.refused)

    def up(self, now: int) -> None:
        """Note that a connection stands and all was subscribed to."""
        self.connected, self.complete, self.changed = True, False, now
        self.answered = self.heard = now
        self.refused.clear()

    def down(self, now: int, why: str) -> None:
        """Note that there is none; a second word about it does not make it younger."""
        if self.connected or not self.changed:
            self.changed = now
        self.connected, self.why, self.took_ms = False, why, None

    def answers(self, now: int, took_ms: int) -> None:
        """Note an answer and how long it took (ms)."""
        self.answered, self.took_ms = now, took_ms

    def trouble(self, now: int, online: int, known: int = 1) -> Trouble | None:
        """Say what is wrong with the broker while so many gates are said to be online, of so many that are known."""
        if not self.connected:
            if not self.changed:
                return None
            what = "no connection to the broker" + (f": {self.why}" if self.why else "")
            return Trouble("broker/lost", "broker", "", what, _LOST, self.changed)
        if now - self.answered > ANSWER_S:
            return Trouble("broker/silent", "broker", "", "the broker does not answer", _SILENT, self.answered)
        if online and now - self.heard > NOBODY_S:
            return Trouble("broker/nobody", "broker", "", "no gate is heard", _NOBODY, self.heard)
        return self._nothing(known)

    def _nothing(self, known: int) -> Trouble | None:
        """Say whether this desk may be seeing less than there is."""
        if self.refused:
            topics = ", ".join(sorted(self.refused))
            return Trouble("broker/refused", "broker", "", f"the broker refuses {topics}", _REFUSED, self.changed)
        if self.complete and not known:
            return Trouble("broker/empty", "broker", "", "no gate is known", _EMPTY, self.changed)
        return None
