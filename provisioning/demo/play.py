"""The director: leads people to the door one by one, waits for what the broker and the pins say, has it judged.

It may hold codes before the cameras and press the exit button, as a person could, and nothing else.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Final

from firmware.records.wire import event_topic
from hw.clock import boottime_ms
from hw.reader.sources import stage
from hw.reader.sources.stage import Stage
from provisioning.demo import judging
from provisioning.demo.pins import spans
from provisioning.rig.gate import GREEN, RELAY, REX

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable
    from pathlib import Path

    from hw.keeper_client import KeeperClient
    from provisioning.broker.watcher import Seen, Watcher
    from provisioning.demo.checks import Check
    from provisioning.demo.people import Person
    from provisioning.demo.pins import PinLog
    from provisioning.demo.wallet import Wallet

EVENT_S: Final = 8.0
"""How long an answer may take before it counts as missing."""

AWAY_MS: Final = 2300
"""A code must have been gone so long before it counts as shown again."""

_LOOK_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class Pace:
    """How long (ms) the lock is released, a code is held, a refused person stays, and nobody comes."""

    unlock_ms: int
    held_ms: int
    refused_ms: int
    between_ms: int


SCRIPT: Final = Pace(unlock_ms=1500, held_ms=500, refused_ms=300, between_ms=100)
LIVE: Final = Pace(unlock_ms=3000, held_ms=1200, refused_ms=2200, between_ms=1200)


@dataclass(frozen=True, slots=True)
class Hall:
    """What the director works with: the folders the cameras look into, the exit button, and the two witnesses."""

    gate: str
    scenes: dict[str, Path]
    keeper: KeeperClient
    watcher: Watcher
    pins: PinLog


@dataclass(slots=True)
class Board:
    """What is happening, for whoever watches: who is there, what a camera sees now, and what it saw last.

    Written by the director only.
    """

    person: Person | None = None
    stage: Stage = field(default_factory=Stage)
    shown: Stage = field(default_factory=Stage)
    arrived: int = 0
    checks: list[Check] = field(default_factory=list)


class Director:
    """Plays people one by one; `stop` ends any wait."""

    def __init__(self, hall: Hall, wallet: Wallet, pace: Pace, stop: threading.Event, board: Board) -> None:
        """Begin with an empty hall."""
        self._hall = hall
        self._wallet = wallet
        self._pace = pace
        self._stop = stop
        self._board = board
        self._gone_ms: dict[str, int] = {}
        self._access = event_topic(hall.gate, "access")

    def play(self, person: Person) -> Check | None:
        """Let one person come, be answered and leave; None if the play was stopped meanwhile."""
        code = self._wallet.code(person, int(time.time()))
        self._wait_until_fresh(code)
        hall, board = self._hall, self._board
        messages, changes = len(hall.watcher.seen()), len(hall.pins.changes())
        board.person, board.arrived = person, board.arrived + 1
        shown_ms = boottime_ms()
        self._act(person, code)
        answered = self._wait_for_message(lambda seen: bool(self._answers(seen[messages:])), EVENT_S)
        after_ms = boottime_ms() - shown_ms if answered else None
        self._let_pass(person, code)
        board.person = None
        if self._stop.is_set():
            return None
        moved = hall.pins.changes(changes)
        visit = judging.Visit(
            answers=tuple(self._answers(hall.watcher.seen()[messages:])),
            relay=spans(moved, RELAY),
            green=spans(moved, GREEN),
            after_ms=after_ms,
        )
        check = judging.judge(person, visit, self._pace.unlock_ms)
        board.checks.append(check)
        self._stop.wait(self._pace.between_ms / 1000)
        return check

    def close(self) -> list[Check]:
        """Wait until the door has come to rest and every grant's end is on the broker, then judge the whole play."""
        hall, limit_s = self._hall, self._pace.unlock_ms / 1000 + 2
        hall.pins.wait(self._closed, limit_s)
        hall.watcher.wait(lambda seen: judging.judge_grants(self._events(seen)).verdict == "ok", limit_s)
        seen, moved = hall.watcher.seen(), hall.pins.changes()
        events = self._events(seen)
        granted = sum(data.get("decision") == "allow" for data in self._answers(seen))
        return [
            *judging.judge_numbers(events),
            judging.judge_grants(events),
            *judging.judge_pins(spans(moved, RELAY), spans(moved, GREEN), granted, self._pace.unlock_ms),
            judging.judge_privacy(seen, self._wallet.secrets()),
        ]

    def _events(self, seen: list[Seen]) -> list[judging.Event]:
        """Return the gate's events out of some messages, in order of arrival."""
        prefix = self._access.removesuffix("access")
        return [one.json() for one in seen if one.topic.startswith(prefix)]

    def _act(self, person: Person, code: str | None) -> None:
        """Hold the code before the camera, or press the button: it pulls its line down."""
        if code is None:
            self._board.shown = Stage()
            self._hall.keeper.set(REX, level=False)
            return
        self._board.stage = self._board.shown = Stage(code=code, **asdict(person.view))
        stage.write(self._hall.scenes[person.part.where], self._board.stage)

    def _put_away(self, person: Person, code: str | None) -> None:
        """Take the code away, or let the button go."""
        if code is None:
            self._hall.keeper.set(REX, level=True)
        else:
            stage.write(self._hall.scenes[person.part.where], Stage())
            self._gone_ms[code] = boottime_ms()
        self._board.stage = Stage()

    def _let_pass(self, person: Person, code: str | None) -> None:
        """Wait until the lock has fallen again behind who may pass, or until who may not has seen the lamp."""
        pins, pace = self._hall.pins, self._pace
        if person.part.answer.opens:
            self._wait_for_pins(lambda: pins.on(RELAY), 1)
            self._wait_for_pins(self._closed, pace.held_ms / 1000)
        else:
            self._wait_for_pins(lambda: pins.on(RELAY), pace.refused_ms / 1000)
        self._put_away(person, code)
        self._wait_for_pins(self._closed, pace.unlock_ms / 1000 + 1)

    def _closed(self) -> bool:
        """Whether the lock has fallen and no lamp says go."""
        return not self._hall.pins.on(RELAY) and not self._hall.pins.on(GREEN)

    def _answers(self, seen: list[Seen]) -> list[dict[str, object]]:
        """Return what the gate decided, out of some messages."""
        found = (one.json()["data"] for one in seen if one.topic == self._access)
        return [data for data in found if isinstance(data, dict)]

    def _wait_until_fresh(self, code: str | None) -> None:
        """Let a code be gone long enough to count as shown again."""
        if code in self._gone_ms:
            self._stop.wait(max(0, self._gone_ms[code] + AWAY_MS - boottime_ms()) / 1000)

    def _wait_for_message(self, enough: Callable[[list[Seen]], bool], limit_s: float) -> bool:
        return self._patiently(lambda: self._hall.watcher.wait(enough, _LOOK_S), limit_s)

    def _wait_for_pins(self, enough: Callable[[], bool], limit_s: float) -> bool:
        return self._patiently(lambda: self._hall.pins.wait(enough, min(_LOOK_S, limit_s)), limit_s)

    def _patiently(self, waited: Callable[[], bool], limit_s: float) -> bool:
        """Wait in short steps, so that a stop is heard."""
        until_s = time.monotonic() + limit_s
        while not self._stop.is_set():
            if waited():
                return True
            if time.monotonic() >= until_s:
                return False
        return False
