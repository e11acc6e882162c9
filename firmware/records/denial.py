"""Kinds of events that the broker refuses: what to say of it, and when it is over.

Pure. Refused records stay in the journal and are offered again; a broker that lets a gate connect and takes none of its
events would else look well from afar. Losing the connection changes nothing: the next one is most likely refused too.
"""

from __future__ import annotations

from typing import Final

from firmware.records import wire
from firmware.records.contract import Alert

NAME: Final = "events-refused"


class Denial:
    """Which kinds were refused and not taken since."""

    def __init__(self, gate: str) -> None:
        """Begin with none."""
        self.topic = wire.alert_topic(gate, NAME)
        self._kinds: set[str] = set()

    def refused(self, kind: str) -> bool:
        """The broker refused a record of a kind; whether that begins the alert."""
        began = not self._kinds
        self._kinds.add(kind)
        return began

    def taken(self, kind: str) -> bool:
        """The broker took a record of a kind; whether that ends the alert."""
        if kind not in self._kinds:
            return False
        self._kinds.discard(kind)
        return not self._kinds

    def alert(self, boot: str, boottime_ms: int) -> bytes:
        """Word the alert."""
        alert = Alert(
            alarm=NAME,
            severity="critical",
            meaning="the broker refuses events of this gate; they are kept in its journal and offered again",
            action="look at `link_refused_<reason code>` in health; 135: give the broker this version's access list,"
            " 151: its quota is used up",
            clears="when the broker takes one of each kind that it refused",
            boot=boot,
            boottime_ms=boottime_ms,
        )
        return wire.dump(alert.model_dump(exclude_none=True))
