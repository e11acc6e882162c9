"""Whose orders the updater believes when a root has been followed or a key taken back: the same as the gate does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from firmware.signed.warrant import Role
from provisioning.custody import rulings, succession
from provisioning.custody.roles import Term, rotate
from tests.updating.board import DAY_S, NEW, OLD, Board, Desk

if TYPE_CHECKING:
    from pathlib import Path


class Change:
    """A desk whose root names another; `words` is what a gate has then heard of both."""

    def __init__(self, desk: Desk, place: Path, begins: int) -> None:
        """Let the new root count alone from `begins` (Unix s)."""
        self.old = desk
        term = Term(desk.folder / "authority" / "root.key", desk.now, 730)
        (place / "next").mkdir()
        folder = place / "next" / "authority"
        succession.succeed(desk.authority, term, folder, begins)
        self.new = Desk(place / "next", desk.now)
        paths = (desk.folder / "authority" / rulings.FILE, folder / rulings.FILE)
        self.words = tuple(path.read_bytes() for path in paths)

    def order(self) -> bytes:
        """Sign under the new root."""
        return self.new.order(NEW, 2, repository=self.old.address)


def said(board: Board) -> str:
    """Let an updater run, and name how far it came with what it is asked."""
    assert board.updater().run()
    status = board.status
    assert status is not None
    assert board.link == OLD
    return status.phase


@pytest.fixture
def change(desk: Desk, place: Path) -> Change:
    """The old root has been followed an hour ago."""
    desk.add(NEW)
    return Change(desk, place, desk.now - 3600)


def test_an_order_under_the_root_that_follows_counts_once_it_is_known(board: Board, change: Change) -> None:
    """The words lead from the pinned root to the new one; without them it is a stranger's."""
    board.want(change.order(), go=False)
    assert said(board) == "idle"
    board.want(change.order(), go=False, words=change.words)
    assert said(board) == "ready"


def test_one_word_that_encloses_the_other_leads_there_too(board: Board, change: Change) -> None:
    """A gate that was told by the newest alone shows no more than that."""
    board.want(change.order(), go=False, words=change.words[1:])
    assert said(board) == "ready"


@pytest.mark.parametrize("later", ["withheld", "shown again", "an older time"])
def test_a_root_that_was_followed_orders_nothing_more(board: Board, change: Change, later: str) -> None:
    """Whoever has its key and the gate too cannot let the updater forget it, nor bring it back by an older time."""
    stolen = change.old.order(NEW, 9)
    board.want(stolen, go=False)
    assert said(board) == "ready"
    board.want(stolen, go=False, words=change.words)
    assert said(board) == "idle"
    earliest = change.old.now - 30 * DAY_S if later == "an older time" else None
    board.want(stolen, go=True, words=change.words if later == "shown again" else (), earliest=earliest)
    assert said(board) == "idle"
    board.want(change.order(), go=False)
    assert said(board) == "ready"


def test_until_its_day_the_root_before_counts_beside_the_new_one(desk: Desk, board: Board, place: Path) -> None:
    """As at the gate: both are believed before the moment that was named."""
    desk.add(NEW)
    change = Change(desk, place, desk.now + DAY_S)
    for order in (desk.order(NEW), change.order()):
        board.want(order, go=False, words=change.words)
        assert said(board) == "ready"


def test_a_key_that_was_taken_back_orders_nothing_more(desk: Desk, board: Board) -> None:
    """What the root says of the updates' key holds for the updater as it does for the gate."""
    desk.add(NEW)
    stolen = desk.order(NEW)
    root = desk.folder / "authority" / "root.key"
    _, granted = rotate(desk.authority, Role.UPDATES, Term(root, desk.now, 730))
    rulings.speak(desk.authority, root, rulings.without_earlier(Role.UPDATES, granted.serial), now=desk.now)
    word = (desk.folder / "authority" / rulings.FILE).read_bytes()
    board.want(stolen, go=False, words=(word,))
    assert said(board) == "idle"
    board.want(desk.order(NEW, 2), go=False)
    assert said(board) == "ready"


@pytest.mark.parametrize("noise", [b"", b"noise", b"\xd2\x84"])
def test_what_is_no_word_says_nothing(desk: Desk, board: Board, noise: bytes) -> None:
    """A gate that was taken over may show anything; the pinned root's order stands."""
    desk.add(NEW)
    other = Desk(board.folder / "other")
    root = other.folder / "authority" / "root.key"
    stranger = rulings.speak(other.authority, root, rulings.without_earlier(Role.UPDATES, 9), now=desk.now)
    assert stranger.ruling.least_serials
    foreign = (other.folder / "authority" / rulings.FILE).read_bytes()
    board.want(desk.order(NEW), go=False, words=(noise, foreign))
    assert said(board) == "ready"
