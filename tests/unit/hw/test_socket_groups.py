"""The group of a scan socket: a reader's user reaches the socket of that reader and no other.

Real users and groups need root; the tests that change them say so where they cannot run.
"""

from __future__ import annotations

import contextlib
import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hw.scan_socket import ReaderSocket, SocketScanSource

if TYPE_CHECKING:
    from collections.abc import Iterator

GATE, OUTSIDE, INSIDE = 61_000, 61_001, 61_002
"""Users without a name, each with a group of the same number."""

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="NOT CHECKED: only root can act as other users; run as root")


@contextlib.contextmanager
def acting_as(uid: int, *more_groups: int) -> Iterator[None]:
    """Be another user, without a capability, and root again afterwards."""
    before = os.getgroups()
    own = os.getegid()
    os.setgroups(more_groups)
    os.setegid(uid)
    os.seteuid(uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(own)
        os.setgroups(before)


@pytest.fixture
def run_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Stand in a folder of the gate's that others may walk through; the ones above it are the test run's own."""
    folder = tmp_path / "gapura"
    folder.mkdir(mode=0o711)
    if os.geteuid() == 0:
        os.chown(folder, GATE, GATE)
    monkeypatch.chdir(folder)
    yield
    monkeypatch.undo()


def knock(name: str) -> bool:
    """Try to connect."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as peer:
        try:
            peer.connect(name)
        except PermissionError:
            return False
        return True


def listen(**gids: int) -> SocketScanSource:
    """Listen for readers, each with the group that may knock."""
    return SocketScanSource(tuple(ReaderSocket(name, Path(name), gid, gid) for name, gid in gids.items()), lambda: 0)


@needs_root
@pytest.mark.usefixtures("run_dir")
def test_each_reader_reaches_its_own_socket_only() -> None:
    """A reader that was taken over cannot even knock at the other side, so it cannot fill its queue."""
    with acting_as(GATE, OUTSIDE, INSIDE):
        gate = listen(outside=OUTSIDE, inside=INSIDE)
    reached = {}
    for user in (OUTSIDE, INSIDE, INSIDE + 1):
        with acting_as(user):
            reached[user] = [name for name in ("outside", "inside") if knock(name)]
    gate.close()
    assert reached == {OUTSIDE: ["outside"], INSIDE: ["inside"], INSIDE + 1: []}


@needs_root
@pytest.mark.usefixtures("run_dir")
def test_a_group_that_the_gate_is_no_member_of_is_one_clear_error() -> None:
    """What cannot be handed over is not left open to somebody else: the gate says which group it lacks."""
    with acting_as(GATE, OUTSIDE), pytest.raises(PermissionError, match=f"must belong to group {INSIDE}") as caught:
        listen(outside=OUTSIDE, inside=INSIDE)
    assert caught.value.filename == "inside"
    assert not Path("outside").exists()


@pytest.mark.usefixtures("run_dir")
def test_a_reader_of_the_gates_own_group_needs_nothing() -> None:
    """On a bench, where the gate and its readers are one user, the group stays as it is."""
    gate = listen(outside=os.getegid())
    assert Path("outside").stat().st_gid == os.getegid()
    assert knock("outside")
    gate.close()
