"""Updates that must come to nothing: each ends in the release from before, with its reason, beside a good twin."""

from __future__ import annotations

import errno
import json
import os
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from firmware.updating import asking, faults, guard
from firmware.updating.disk import Disk
from firmware.updating.faults import Fault
from tests.updating import releases
from tests.updating.board import DAY_S, NEW, OLD, Board, Desk

if TYPE_CHECKING:
    from collections.abc import Callable

    from firmware.updating.plan import State


def stays(board: Board, fault: Fault) -> None:
    """Demand that nothing has changed but what is said."""
    status = board.status
    assert status is not None
    assert (status.reason, status.release) == (fault, NEW)
    assert status.phase in {"refused", "returned"}
    assert board.link == OLD
    assert OLD in board.whole()
    assert not list((board.base / "releases").glob(".new-*"))
    state = board.state
    assert state is None or (state.phase, state.confirmed) == ("idle", OLD)


def test_a_good_update_is_confirmed(desk: Desk, board: Board) -> None:
    """The twin of all that follows: fetched, laid out, switched to, confirmed, and the old release is kept."""
    desk.add(NEW)
    board.want(desk.order(NEW))
    board.healthy(NEW)
    assert board.updater(wait_s=30).run()
    assert board.link == NEW
    assert board.whole() == {OLD, NEW}
    state, status = board.state, board.status
    assert state is not None
    assert status is not None
    assert (state.phase, state.confirmed, state.previous, state.floor) == ("idle", NEW, OLD, NEW)
    assert (status.phase, status.reason) == ("confirmed", None)


def test_nothing_is_switched_to_before_the_gate_lets_it(desk: Desk, board: Board) -> None:
    """Without the gate's word a release is made ready and no more."""
    desk.add(NEW)
    board.want(desk.order(NEW), go=False)
    assert board.updater().run()
    assert board.link == OLD
    status = board.status
    assert status is not None
    assert status.phase == "ready"


def _truncated(desk: Desk, _: Board) -> None:
    file = desk.add(NEW)
    file.write_bytes(file.read_bytes()[:-100])


def _longer(desk: Desk, _: Board) -> None:
    file = desk.add(NEW)
    file.write_bytes(file.read_bytes() + b"x")


def _changed(desk: Desk, _: Board) -> None:
    file = desk.add(NEW)
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def _gone(desk: Desk, _: Board) -> None:
    desk.add(NEW).unlink()


def _foreign(desk: Desk, board: Board) -> None:
    other = Desk(board.folder / "other")
    other.add(NEW)
    shutil.rmtree(desk.folder / "repository" / "metadata")
    shutil.copytree(other.folder / "repository", desk.folder / "repository", dirs_exist_ok=True)


def _old_key(desk: Desk, board: Board) -> None:
    """What a thief of a key that was rotated out publishes."""
    desk.add("0.1.1")
    thief = board.folder / "thief"
    shutil.copytree(desk.folder, thief)
    desk.repository.rotate("targets")
    desk.repository.rotate("timestamp")
    desk.repository.rotate("snapshot")
    Desk(thief).add(NEW)
    metadata = desk.folder / "repository" / "metadata"
    for file in (thief / "repository" / "metadata").glob("*"):
        if "root" not in file.name:
            shutil.copyfile(file, metadata / file.name)
    shutil.copytree(thief / "repository" / "targets", desk.folder / "repository" / "targets", dirs_exist_ok=True)


def _changed_targets(desk: Desk, _: Board) -> None:
    desk.add(NEW)
    path = max((desk.folder / "repository" / "metadata").glob("*.targets.json"))
    said = json.loads(path.read_text())
    said["signed"]["expires"] = "2099-01-01T00:00:00Z"
    path.write_text(json.dumps(said))


def _of_another_board(desk: Desk, _: Board) -> None:
    desk.add("0.3.0")


def _lies(desk: Desk, _: Board) -> None:
    desk.add(NEW, "lies")


def _dislikes(desk: Desk, _: Board) -> None:
    desk.add(NEW, "dislikes")


def _silent(desk: Desk, _: Board) -> None:
    desk.add(NEW, "silent")


CASES: dict[str, tuple[Callable[[Desk, Board], None], Fault]] = {
    "truncated": (_truncated, Fault.BAD_ARTEFACT),
    "longer than signed": (_longer, Fault.BAD_ARTEFACT),
    "one bit changed": (_changed, Fault.BAD_ARTEFACT),
    "named and not there": (_gone, Fault.UNREACHABLE),
    "by another office": (_foreign, Fault.BAD_METADATA),
    "signed by an old key": (_old_key, Fault.BAD_METADATA),
    "metadata changed": (_changed_targets, Fault.BAD_METADATA),
    "not for this board": (_of_another_board, Fault.NO_SUCH_RELEASE),
    "says another number": (_lies, Fault.CHECK_FAILED),
    "dislikes the configuration": (_dislikes, Fault.CHECK_FAILED),
    "never healthy": (_silent, Fault.NOT_HEALTHY),
}


@pytest.mark.parametrize("name", CASES)
def test_a_bad_update_changes_nothing(desk: Desk, board: Board, name: str) -> None:
    """Each of these is refused or taken back for its own reason."""
    spoil, fault = CASES[name]
    spoil(desk, board)
    board.want(desk.order(NEW))
    assert not board.updater().run()
    stays(board, fault)


def test_a_downgrade_is_refused(desk: Desk, board: Board) -> None:
    """What is older than any release that was confirmed is not taken, though its signatures are good."""
    desk.add(NEW)
    desk.add("0.1.5")
    board.want(desk.order(NEW))
    board.healthy(NEW)
    assert board.updater(wait_s=30).run()
    board.want(desk.order("0.1.5", 2))
    assert not board.updater().run()
    status = board.status
    assert status is not None
    assert (status.reason, board.link) == (Fault.DOWNGRADED, NEW)


def test_an_older_state_of_the_repository_is_refused(desk: Desk, board: Board) -> None:
    """A repository that was set back is noticed by whoever has seen it newer."""
    desk.add("0.1.1")
    kept = board.folder / "kept"
    shutil.copytree(desk.folder / "repository", kept)
    desk.add(NEW)
    board.want(desk.order(NEW), go=False)
    assert board.updater().run()
    shutil.rmtree(board.base / "releases" / NEW)
    shutil.rmtree(desk.folder / "repository")
    shutil.copytree(kept, desk.folder / "repository")
    board.want(desk.order(NEW, 2))
    assert not board.updater().run()
    stays(board, Fault.OLD_METADATA)


@pytest.mark.parametrize(("ahead_days", "fault"), [(31, Fault.METADATA_EXPIRED), (-400, None)])
def test_a_frozen_repository_ends_by_trusted_time(
    desk: Desk, board: Board, ahead_days: int, fault: Fault | None
) -> None:
    """A kernel that stands still takes nothing for fresh that is over by the gate's own time."""
    desk.add(NEW)
    board.want(desk.order(NEW), go=False, earliest=int(time.time()) + ahead_days * DAY_S)
    assert board.updater().run() is (fault is None)
    if fault is not None:
        stays(board, fault)


def test_a_kernel_years_ahead_is_named(place: Path) -> None:
    """Where the kernel's clock is not the gate's, an expiry is laid at its door and not at the repository's."""
    long_ago = int(time.time()) - 5 * 365 * DAY_S
    desk = Desk(place / "desk", long_ago)
    board = Board(place / "board", desk)
    desk.add(NEW)
    board.want(desk.order(NEW), earliest=long_ago + 60)
    assert not board.updater().run()
    stays(board, Fault.CLOCK_WRONG)


def test_without_a_pinned_root_nothing_is_fetched(desk: Desk, board: Board) -> None:
    """A gate that pins no root of releases believes no repository."""
    desk.add(NEW)
    board.want(desk.order(NEW))
    assert not board.updater(pin=board.folder / "none.json").run()
    stays(board, Fault.NO_TUF_ROOT)


def test_an_order_of_another_root_is_no_order(desk: Desk, board: Board, place: Path) -> None:
    """Whoever has taken the gate over can write a question, and not the order in it."""
    desk.add(NEW)
    other = Desk(place / "other")
    board.want(other.order(NEW))
    assert board.updater().run()
    status = board.status
    assert status is not None
    assert (status.phase, board.link) == ("idle", OLD)


def test_what_was_taken_back_is_not_tried_again(desk: Desk, board: Board) -> None:
    """The same order asked again gets the same answer, and no switch."""
    desk.add(NEW, "silent")
    board.want(desk.order(NEW))
    assert not board.updater().run()
    assert board.updater().run()
    stays(board, Fault.NOT_HEALTHY)


def test_a_package_installed_by_hand_is_adopted(desk: Desk, board: Board) -> None:
    """Where the link was moved without a trial, what it names is what is confirmed from now on."""
    assert board.updater().run()
    releases.make(board.base / "releases" / "0.5.0", "0.5.0")
    desk.add(NEW)
    board.want(desk.order(NEW), go=False)
    assert board.updater().run()
    (board.base / "current").unlink()
    (board.base / "current").symlink_to("releases/0.5.0")
    assert not board.updater().run()
    status = board.status
    assert status is not None
    assert (status.reason, board.link) == (Fault.DOWNGRADED, "0.5.0")


class _Failing(Disk):
    """A card that takes everything but one kind of change."""

    def __init__(self, base: Path, what: str) -> None:
        """Fail at what is named so."""
        super().__init__(base)
        self._what = what

    def keep(self, state: State) -> None:
        """Remember, unless that fails."""
        self._fail("keep", state.phase)
        super().keep(state)

    def put(self, path: Path, data: bytes) -> None:
        """Write, unless that fails."""
        self._fail("put", path.name)
        super().put(path, data)

    def point(self, release: str) -> None:
        """Link, unless that fails."""
        self._fail("point", release)
        super().point(release)

    def begin(self, release: str) -> Path:
        """Begin, unless that fails."""
        self._fail("begin", release)
        return super().begin(release)

    def finish(self, release: str) -> None:
        """Finish, unless that fails."""
        self._fail("finish", release)
        super().finish(release)

    def _fail(self, *what: str) -> None:
        if " ".join(what) == self._what:
            raise OSError(errno.ENOSPC, "No space left on device", self._what)


@pytest.mark.parametrize(
    "what", [f"begin {NEW}", f"finish {NEW}", "put .unpacked", "keep trying", f"point {NEW}", "put restart"]
)
def test_a_full_card_ends_an_update_for_now(desk: Desk, board: Board, what: str) -> None:
    """Whichever write fails, what was confirmed can be started, and with room the same order succeeds."""
    desk.add(NEW)
    board.want(desk.order(NEW))
    board.healthy(NEW)
    assert not board.updater(disk=_Failing(board.base, what)).run()
    guard.guard(board.base)
    assert board.link in board.whole()
    for _ in range(2):
        board.updater(wait_s=30).run()
    status = board.status
    assert status is not None
    assert (status.phase, board.link) == ("confirmed", NEW)


def test_what_is_no_file_is_no_question(board: Board) -> None:
    """A pipe in the place of the question holds nobody up."""
    os.mkfifo(board.ask / asking.ASK)
    assert board.updater().run()
    assert board.link == OLD


def test_every_reason_is_explained_on_the_page() -> None:
    """The table of reasons has each of them with its meaning, and whether the gate tries again by itself."""
    page = Path(faults.__file__).with_name("README.md").read_text(encoding="utf-8")
    for fault in Fault:
        again = "every ten minutes" if fault in faults.PASSING else "no"
        assert f"| `{fault}` | {faults.MEANINGS[fault]} | {again} |\n" in page
