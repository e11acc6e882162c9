"""What the broker has told so far, folded for the live view: the last decision, counters, readers' health, last lines.

It takes a subscriber's messages in order and nothing else; it judges none of them.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from firmware.records.wire import ONLINE, availability_topic, event_topic, health_topic

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provisioning.broker.watcher import Seen

_KEPT_LINES: Final = 60
_KEPT_FRAMES: Final = 6
"""Health messages over which a reader's rate is taken: heartbeats do not keep step with them."""


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision as it stands in an event."""

    number: int
    decision: str
    direction: str
    reason: str | None
    remark: str | None
    class_: str | None
    reader: str


@dataclass(frozen=True, slots=True)
class Ended:
    """How a grant ended, as it stands in an event."""

    number: int
    result: str


@dataclass(frozen=True, slots=True)
class Reader:
    """A reader by its heartbeat, as the gate's health message passes it on."""

    frames_a_second: float
    decode_ms: int
    brightness: int
    sharpness: int
    scans: int


@dataclass(slots=True)
class Told:
    """The sum of all messages up to now."""

    gate: str
    health_s: float
    online: bool = False
    last: Decided | None = None
    lines: deque[Decided | Ended] = field(default_factory=lambda: deque(maxlen=_KEPT_LINES))
    counts: Counter[str] = field(default_factory=Counter)
    readers: dict[str, Reader] = field(default_factory=dict)
    backlog: int = 0
    taken: int = 0
    _frames: dict[str, deque[int]] = field(default_factory=dict)

    def take(self, seen: Sequence[Seen]) -> None:
        """Take every message not yet taken."""
        for one in seen[self.taken :]:
            if one.topic == availability_topic(self.gate):
                self.online = one.payload == ONLINE
            elif one.topic == health_topic(self.gate):
                self._health(one.json())
            elif one.topic.startswith(event_topic(self.gate, "access").removesuffix("access")):
                self._event(one.json())
        self.taken = len(seen)

    def _event(self, event: dict[str, object]) -> None:
        data, number = event.get("data"), int(str(event["sequence"]))
        if not isinstance(data, dict):
            return
        if "result" in data:
            self.lines.append(Ended(number, str(data["result"])))
        elif "decision" in data:
            decided = Decided(
                number,
                str(data["decision"]),
                str(data["direction"]),
                data.get("reason"),
                data.get("remark"),
                data.get("class"),
                str(data.get("reader")),
            )
            self.last = decided
            self.lines.append(decided)
            self.counts[decided.direction if decided.decision == "allow" else decided.decision] += 1

    def _health(self, numbers: dict[str, object]) -> None:
        value = {key: number for key, number in numbers.items() if isinstance(number, int)}
        self.backlog = value.get("journal_backlog", 0)
        for name in ("outside", "inside"):
            frames = value.get(f"reader_{name}_frames")
            if frames is None:
                continue
            counted = self._frames.setdefault(name, deque(maxlen=_KEPT_FRAMES))
            counted.append(frames)
            self.readers[name] = Reader(
                max(0, frames - counted[0]) / (self.health_s * max(1, len(counted) - 1)),
                value.get(f"reader_{name}_decode_ms_avg", 0),
                value.get(f"reader_{name}_brightness", 0),
                value.get(f"reader_{name}_sharpness", 0),
                value.get(f"reader_{name}_scans", 0),
            )
