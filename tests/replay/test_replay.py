"""A gate process decides, `gapura replay` decides again: a few of the hundred thousand of `make replay`."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from tests.replay import judging
from tests.replay.recording import record

if TYPE_CHECKING:
    from pathlib import Path

    from tests.replay.recording import Book

DECISIONS = 80
LEAST_REASONS = 12


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """Have one gate decide."""
    folder = tmp_path_factory.mktemp("replay")
    return record(folder, 0, DECISIONS, random.Random(5))  # noqa: S311  a run must be repeatable


def test_all_that_a_gate_process_decided_comes_out_the_same(book: Book) -> None:
    """Every code that was shown was written down with its facts, and each decision is made again."""
    assert (book.unanswered, len(book.facts)) == (0, book.shown)
    assert len(book.reasons) >= LEAST_REASONS
    _, faults = judging.same([book])
    assert faults == []


def test_with_a_rule_changed_exactly_those_come_out_otherwise_whom_it_concerns(book: Book) -> None:
    """Who that is is known from what was shown."""
    said, faults = judging.changed(book)
    assert faults == []
    assert said.code == 1


def test_the_judge_finds_what_should_not_be(book: Book, tmp_path: Path) -> None:
    """A policy that is not that of then, and a prediction of the wrong ones, are faults."""
    folder = book.journal.parents[1]
    then = (folder / "then.json").read_bytes()
    try:
        (folder / "then.json").write_bytes(book.trial.changed)
        _, faults = judging.same([book])
    finally:
        (folder / "then.json").write_bytes(then)
    assert any(fault.startswith("diverged") for fault in faults)
    assert not list(tmp_path.iterdir())
    book.facts[next(seq for seq, kind in book.facts.items() if kind not in book.trial.concerns)] = "contractor"
    _, faults = judging.changed(book)
    assert faults == ["1 came out the same"]
