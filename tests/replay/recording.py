"""A gate process that decides about codes shown on its readers' sockets, and a book of what was shown in which order.

Each reader shows its next code when the last one has been written down, so that it is known which record is whose. The
gate's journal is read as anybody with a copy of it could.
"""

from __future__ import annotations

import shutil
import sqlite3
import sys
import threading
import time
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from provisioning.rig.gate import Plan, Rig
from tests.replay.kinds import Kinds
from tests.replay.policies import trials
from tests.torture.lane import Lane

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from tests.replay.policies import Trial

OUTSIDE: Final = "outside"
INSIDE: Final = "inside"
BAD_OUTSIDE_S: Final = 0.75
"""Of more than 120 bad codes a minute on the way in a gate writes nothing down any more, and this tells of all."""

ANSWER_S: Final = 10.0
WORD_S: Final = 15.0
HALF: Final = 0.5
_LOOK_S: Final = 0.01
KINDS: Final = frozenset({"access", "duress", "follow-up"})


@dataclass(slots=True)
class Book:
    """What one gate was shown and wrote down: the kind of code by the number of the record that holds its facts."""

    trial: Trial
    journal: Path
    trust: Path
    gate: str = ""
    epoch: str = ""
    shown: int = 0
    unanswered: int = 0
    facts: dict[int, str] = field(default_factory=dict)
    reasons: set[str] = field(default_factory=set)

    def ids(self, concerns: frozenset[str]) -> set[str]:
        """Name the events that hold the facts of these kinds of codes."""
        return {f"{self.gate}:{self.epoch}:{seq}" for seq, kind in self.facts.items() if kind in concerns}


def record(
    folder: Path,
    number: int,
    count: int,
    chance: random.Random,
    *,
    alone: bool = False,
    stop: threading.Event | None = None,
) -> Book:
    """Run a gate under the policy of this number and have it decide `count` times, or until `stop`.

    `alone` takes its broker away. How far it is goes to stderr.
    """
    plan = Plan({OUTSIDE: None, INSIDE: None}, unlock_ms=500, max_unlock_ms=1000)
    rig = Rig(folder, plan)
    kinds = Kinds(rig.desk, chance)
    trial = trials(kinds.blocked(), int(time.time()))[number]
    rig.sign_policy(trial.policy)
    state = folder / "state" / "journal.db"
    book = Book(trial, folder / "copy" / "journal.db", folder / "gate" / "trust.cose")
    lanes = {name: Lane(rig.socket(name)) for name in (OUTSIDE, INSIDE)}
    try:
        rig.start()
        if alone:
            rig.broker.stop()
        with closing(sqlite3.connect(f"{state.absolute().as_uri()}?mode=ro", uri=True)) as journal:
            _show(lanes, kinds, _Follower(journal, book), count, stop or threading.Event())
    finally:
        for lane in lanes.values():
            lane.hang_up()
        rig.stop()
    (folder / "copy").mkdir()
    for suffix in ("", "-wal"):
        if state.with_name(state.name + suffix).exists():
            shutil.copyfile(state.with_name(state.name + suffix), book.journal.with_name(book.journal.name + suffix))
    (folder / "then.json").write_bytes(trial.policy)
    (folder / "changed.json").write_bytes(trial.changed)
    return book


def _show(lanes: Mapping[str, Lane], kinds: Kinds, follower: _Follower, count: int, stop: threading.Event) -> None:
    """Let every reader show one code after the other until enough was decided."""
    codes, bad, bad_s, told_s = _endless(kinds.good), _endless(kinds.bad), 0.0, time.monotonic()
    book, waiting = follower.book, dict[str, str]()
    since_s = dict.fromkeys(lanes, 0.0)
    while book.shown < count and not stop.is_set():
        now_s = time.monotonic()
        for name, lane in lanes.items():
            if name in waiting and now_s - since_s[name] < ANSWER_S:
                continue
            book.unanswered += name in waiting
            due = now_s - bad_s > BAD_OUTSIDE_S if name == OUTSIDE else kinds.chance.random() < HALF
            bad_s = now_s if due and name == OUTSIDE else bad_s
            waiting[name], code = next(bad if due else codes)
            since_s[name] = now_s
            book.shown += 1
            lane.show(code)
        time.sleep(_LOOK_S)
        follower.look(waiting)
        if now_s - told_s > WORD_S:
            told_s = now_s
            sys.stderr.write(f"replay: {book.trial.name}: {book.shown} shown\n")
    until_s = time.monotonic() + ANSWER_S
    while waiting and time.monotonic() < until_s:
        time.sleep(_LOOK_S)
        follower.look(waiting)
    book.unanswered += len(waiting)
    time.sleep(1.0)  # the facts may stand in a record behind the one that was waited for
    follower.look({})


def _endless(make: Callable[[], list[tuple[str, bytes]]]) -> Iterator[tuple[str, bytes]]:
    while True:
        yield from make()


class _Follower:
    """Reads a journal as it grows and enters in the book whose facts stand in which record."""

    def __init__(self, journal: sqlite3.Connection, book: Book) -> None:
        """Begin at the beginning."""
        self.book = book
        self._journal = journal
        self._seq = 0
        self._kind: dict[str, str] = {}
        (book.epoch,) = journal.execute("SELECT value FROM meta WHERE name = 'epoch'").fetchone()
        (book.gate,) = journal.execute("SELECT value FROM meta WHERE name = 'gate'").fetchone()

    def look(self, waiting: dict[str, str]) -> None:
        """Take in what is new; a reader whose code was decided about does not wait any more."""
        query = (
            "SELECT seq, kind, json_extract(body, '$.reader'), json_extract(body, '$.reason'),"
            " json_extract(body, '$.remark'), json_extract(body, '$.facts') IS NOT NULL FROM records WHERE seq > ?"
        )
        for seq, kind, reader, reason, remark, facts in self._journal.execute(query, (self._seq,)):
            self._seq = seq
            if kind not in KINDS:
                continue
            if kind == "access" and reader in waiting:
                self._kind[reader] = waiting.pop(reader)
            self.book.reasons |= {one for one in (reason, remark) if one is not None}
            if facts:
                self.book.facts[seq] = self._kind.get(reader, "nobody's")
