"""What `gapura replay`, a process of its own, says of recorded decisions, held against what is known of them."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from tests.command import call

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.replay.recording import Book

LONGEST_S: Final = 3_600


@dataclass(slots=True)
class Said:
    """How a replay ended: its exit code, what came out otherwise by id, and its counts."""

    code: int
    otherwise: set[str] = field(default_factory=set)
    counts: dict[str, int] = field(default_factory=dict)


def replay(books: Sequence[Book], options: Sequence[str | Path]) -> Said:
    """Replay the journals of these books."""
    trust = [word for book in books for word in ("--trust", book.trust)]
    ended = call("firmware", ["replay", *trust, *options, *(book.journal for book in books)], longest_s=LONGEST_S)
    sys.stderr.write(ended.err)
    lines = [json.loads(line) for line in ended.out.splitlines()]
    if not lines or "counts" not in lines[-1]:
        return Said(ended.code)
    return Said(ended.code, {line["id"] for line in lines[:-1]}, lines[-1]["counts"])


def same(books: Sequence[Book]) -> tuple[Said, list[str]]:
    """Replay all of them under the policies of then, and say what is wrong with that."""
    said = replay(books, [word for book in books for word in ("--policy", _beside(book, "then.json"))])
    decided = sum(len(book.facts) for book in books)
    faults = [f"{name}: {said.counts.get(name)}" for name in _NONE if said.counts.get(name) != 0]
    if (said.code, said.counts.get("agreed")) != (0, decided):
        faults.append(f"exit {said.code}, {said.counts.get('agreed')} of {decided} came out the same")
    return said, faults


def changed(book: Book) -> tuple[Said, list[str]]:
    """Replay one of them with a rule changed, and say who came out otherwise and should not have, or did not."""
    said = replay([book], ["--as", _beside(book, "changed.json")])
    wanted = book.ids(book.trial.concerns)
    faults = [f"{len(wanted - said.otherwise)} came out the same"] if wanted - said.otherwise else []
    faults += [f"{len(said.otherwise - wanted)} came out otherwise that should not"] if said.otherwise - wanted else []
    faults += [f"not told: {said.counts.get('not_told')}"] if said.counts.get("not_told") else []
    return said, faults if wanted else ["nobody is concerned"]


_NONE = ("diverged", "not_told", "sealed", "refused", "unknown_policy", "other_policy", "other_trust")


def _beside(book: Book, name: str) -> Path:
    """Name a file of the folder in which a gate was recorded."""
    return book.journal.parents[1] / name
