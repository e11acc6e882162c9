"""A disk that ends its process, as a power cut would, before or after the n-th thing that is changed on it."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

from firmware.updating import guard
from firmware.updating.disk import Disk
from tests.updating.board import OLD

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from firmware.updating.plan import State
    from tests.updating.board import Board


class Dying(Disk):
    """Counts before and after each change, and dies at number `at`; 0 never does. `steps` names what was counted."""

    def __init__(self, base: Path, at: int = 0) -> None:
        """Begin with nothing changed."""
        super().__init__(base)
        self._at = at
        self.steps: list[str] = []

    def keep(self, state: State) -> None:
        """Remember."""
        self._around(f"keep {state.phase}", lambda: super(Dying, self).keep(state))

    def put(self, path: Path, data: bytes) -> None:
        """Put a file in its place."""
        self._around(f"put {path.name}", lambda: super(Dying, self).put(path, data))

    def point(self, release: str) -> None:
        """Move the link."""
        self._around("point", lambda: super(Dying, self).point(release))

    def begin(self, release: str) -> Path:
        """Make an empty folder."""
        self._count("before begin")
        folder = super().begin(release)
        self._count("after begin")
        return folder

    def finish(self, release: str) -> None:
        """Give a release its name."""
        self._around("finish", lambda: super(Dying, self).finish(release))

    def remove(self, path: Path) -> None:
        """Remove something."""
        self._around(f"remove {path.suffix}", lambda: super(Dying, self).remove(path))

    def drop(self, release: str) -> None:
        """Remove a release."""
        self._around("drop", lambda: super(Dying, self).drop(release))

    def _around(self, name: str, do: Callable[[], object]) -> None:
        self._count(f"before {name}")
        do()
        self._count(f"after {name}")

    def _count(self, name: str) -> None:
        self.steps.append(name)
        if len(self.steps) == self._at:
            os.kill(os.getpid(), signal.SIGKILL)


def killed(board: Board, at: int, wait_s: float) -> bool:
    """Run an updater in a process of its own that dies at a step; answer whether it got there."""
    child = os.fork()
    if child == 0:
        try:
            board.updater(disk=Dying(board.base, at), wait_s=wait_s).run()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def steps_of(board: Board, wait_s: float) -> list[str]:
    """Run an updater to its end and name what it changed."""
    disk = Dying(board.base)
    board.updater(disk=disk, wait_s=wait_s).run()
    return disk.steps


def after_kill(board: Board, at: int, wait_s: float, end: str) -> list[str]:
    """Kill an updater at a step, start what the guard chooses, go on twice, and say what is not as it must be.

    `end` is the release that is to run in the end.
    """
    wrong = []
    if not killed(board, at, wait_s):
        wrong.append("it was not killed")
    guard.guard(board.base)
    state = board.state
    if board.link not in board.whole():
        wrong.append(f"{board.link} was started, which is not whole")
    if board.link != OLD and (state is None or board.link not in {state.release, state.confirmed}):
        wrong.append(f"{board.link} was started, of which nothing is remembered")
    for _ in range(2):  # as the service manager starts it again, when the gate asks or at boot
        board.updater(wait_s=wait_s).run()
    state, status = board.state, board.status
    if state is None or (state.phase, state.confirmed, board.link) != ("idle", end, end):
        wrong.append(f"it ended with {state} and {board.link}")
    if status is None or status.phase != ("returned" if end == OLD else "confirmed"):
        wrong.append(f"it says {status}")
    if left := [path.name for path in (board.base / "releases").glob(".new-*")]:
        wrong.append(f"{left} is left")
    return wrong
