"""A repository behind a real web server over TLS: what breaks off is gone on with, and nobody else is believed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from firmware.updating.disk import Disk
from firmware.updating.faults import Fault
from firmware.updating.fetching import Source
from firmware.updating.getting import Board as Fits
from firmware.updating.updater import Updater
from firmware.updating.wanted import Wishes
from tests.updating.board import HERE, NEW, Board, Desk
from tests.updating.server import Server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def server(desk: Desk, place: Path) -> Iterator[Server]:
    """A server for the desk's repository."""
    desk.add(NEW, weight=40)
    with Server(desk.folder / "repository", place) as found:
        yield found


def fetched(board: Board, server: Server, ca: Path | None) -> tuple[str, Fault | None]:
    """Ask for the new release and run an updater; answer what it says."""
    board.want(board.desk.order(NEW, repository=server.address), go=False)
    wishes = Wishes(board.ask, board.desk.folder / "authority" / "root.pub", Disk(board.base))
    Updater(Disk(board.base), wishes, Source(ca), Fits(*HERE, board.config), root=board.pin, wait_s=0).run()
    status = board.status
    assert status is not None
    return status.phase, status.reason


def test_a_release_comes_over_https(board: Board, server: Server) -> None:
    """With the server's authority at hand it is fetched whole, and asked for by its digest."""
    assert fetched(board, server, server.ca) == ("ready", None)
    assert any(path.startswith(f"/targets/{NEW}/") for path in server.asked)


def test_a_server_of_another_authority_is_not_spoken_to(board: Board, server: Server) -> None:
    """TLS is judged as everywhere; nothing is asked of such a server."""
    assert fetched(board, server, None) == ("refused", Fault.UNREACHABLE)
    assert server.asked == []


@pytest.mark.parametrize("ranges", [True, False])
def test_what_breaks_off_is_gone_on_with(board: Board, server: Server, *, ranges: bool) -> None:
    """Each attempt brings its part; a server that knows no ranges is asked for all of it again."""
    server.breaks, server.ranges = 50_000, ranges
    assert fetched(board, server, server.ca) == ("refused", Fault.UNREACHABLE)
    (part,) = (board.base / "update" / "download").iterdir()
    first = part.stat().st_size
    assert 0 < first <= 50_000
    assert fetched(board, server, server.ca) == ("refused", Fault.UNREACHABLE)
    assert (part.stat().st_size > first) is ranges
    server.breaks = 0
    assert fetched(board, server, server.ca) == ("ready", None)


def test_a_part_that_was_spoilt_is_thrown_away(board: Board, server: Server) -> None:
    """What was fetched before counts only if the whole is what was signed."""
    server.breaks = 50_000
    fetched(board, server, server.ca)
    (part,) = (board.base / "update" / "download").iterdir()
    part.write_bytes(b"x" * part.stat().st_size)
    server.breaks = 0
    assert fetched(board, server, server.ca) == ("refused", Fault.BAD_ARTEFACT)
    assert not list((board.base / "update" / "download").iterdir())


def test_a_release_larger_than_the_room_is_not_begun(desk: Desk, board: Board) -> None:
    """Where a second release would not fit, nothing of it is fetched, and the gate says so."""
    desk.add(NEW)
    full = _Full(board.base)
    board.want(desk.order(NEW))
    assert not board.updater(disk=full).run()
    status = board.status
    assert status is not None
    assert status.reason is Fault.NO_ROOM
    assert not list((board.base / "update" / "download").iterdir())


class _Full(Disk):
    """A card with next to nothing left."""

    def room(self) -> int:
        """Say so."""
        return 1000
