"""The live view on a terminal: it draws when something changed, a second has gone by or a key was pressed.

It decides nothing about the fleet. A terminal is given back as it was found, whatever ends the view.
"""

from __future__ import annotations

import contextlib
import os
import select
import sys
import termios
import tty
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from rich.console import Console, Group
from rich.live import Live

from provisioning.watch import gates, view
from provisioning.watch.picture import Scope

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provisioning.watch.desk import Desk
    from provisioning.watch.picture import Picture

_TURN_S: Final = 0.25
_KEYS: Final = 64
_UP: Final = frozenset({"k", "\x1b[A"})
_DOWN: Final = frozenset({"j", "\x1b[B"})


class Terminal:
    """The state of the view: which line is selected, what is counted by."""

    def __init__(self, desk: Desk) -> None:
        """Begin at the top."""
        self._desk = desk
        self._key: str | None = None
        self._remark = ""
        self._console = Console()

    def run(self) -> None:
        """Show the fleet until somebody quits."""
        with _keyboard() as typed, Live(console=self._console, screen=True, auto_refresh=False) as live:
            shown: tuple[object, ...] = ()
            while True:
                self._desk.listen(_TURN_S)
                picture = self._desk.picture()
                keys = _pressed() if typed else ""
                if "q" in keys:
                    return
                if keys:
                    self._press(keys, picture)
                    picture = self._desk.picture()
                state = (picture.now, self._desk.fleet.changes, self._console.size, keys)
                if state != shown:
                    live.update(self._drawn(picture), refresh=True)
                    shown = state

    def _drawn(self, picture: Picture) -> Group:
        size, zone = self._console.size, datetime.now().astimezone().tzinfo or UTC
        selected, by = self._selected(picture), self._desk.scope.by
        screen = view.Screen(size.width, size.height, selected, by, zone, self._remark)
        return Group(*view.draw(picture, screen))

    def _selected(self, picture: Picture) -> int:
        """Find the selected line again wherever it went; the first one if it is gone."""
        return next((at for at, line in enumerate(picture.lines) if line.key == self._key), 0)

    def _press(self, keys: str, picture: Picture) -> None:
        """Do what a key says about the selected line."""
        self._remark = ""
        at = self._selected(picture)
        chosen = picture.lines[at] if picture.lines else None
        if keys in _UP | _DOWN and picture.lines:
            at = max(0, min(len(picture.lines) - 1, at + (1 if keys in _DOWN else -1)))
            self._key = picture.lines[at].key
        elif keys == "b":
            known = [name for name in gates.GROUPS if any(key == name for key, _ in self._desk.fleet.members)]
            after = known.index(self._desk.scope.by) + 1 if self._desk.scope.by in known else 0
            self._desk.scope = Scope(self._desk.scope.labels, known[after % len(known)] if known else "area")
        elif keys in {"a", "m", "u"} and chosen is not None:
            if chosen.troubles[0].kind == "broker":
                self._remark = " the broker's own silence can be neither acknowledged nor muted"
                return
            {"a": self._desk.acknowledge, "m": self._desk.mute, "u": self._desk.undo}[keys](chosen.troubles)


@contextlib.contextmanager
def _keyboard() -> Iterator[bool]:
    """Read keys as they are pressed, where there is a keyboard."""
    if not sys.stdin.isatty():
        yield False
        return
    before = termios.tcgetattr(sys.stdin)
    try:
        tty.setcbreak(sys.stdin)
        yield True
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


def _pressed() -> str:
    """Take what was typed, if anything: one key, or the three characters of an arrow."""
    if not select.select([sys.stdin], [], [], 0)[0]:
        return ""
    return os.read(sys.stdin.fileno(), _KEYS).decode("ascii", "replace")
