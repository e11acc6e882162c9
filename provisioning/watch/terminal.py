"""The live view on a terminal: it draws when something changed, a second has gone by or a key was pressed.

It decides nothing about the fleet. A key acts on the line that was on the screen when it was pressed, or on none. A
terminal is given back as it was found, whatever ends the view, short of a kill that nobody can see coming.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from rich.console import Console, Group
from rich.live import Live

from provisioning.watch import gates, keyboard, view
from provisioning.watch.picture import Scope

if TYPE_CHECKING:
    from provisioning.watch.desk import Desk
    from provisioning.watch.lines import Line
    from provisioning.watch.picture import Picture

_TURN_S: Final = 0.1
_PAGE: Final = 10
_MOVES: Final = {
    "k": -1, "\x1b[A": -1, "j": 1, "\x1b[B": 1, "\x1b[5~": -_PAGE, "\x1b[6~": _PAGE, "g": -(10**6), "G": 10**6,
}  # fmt: skip
_ENDED: Final = " that line has ended or changed meanwhile: nothing was done"
_BROKER: Final = " the broker's own silence can be neither acknowledged nor muted"


class Terminal:
    """The state of the view: which line is selected (none: whatever is on top), what is counted by."""

    def __init__(self, desk: Desk) -> None:
        """Begin at the top."""
        self._desk = desk
        self._key: str | None = None
        self._at = 0
        self._shown: str | None = None
        self._remark = ""
        self._console = Console()

    def run(self) -> None:
        """Show the fleet until somebody quits; a signal to end is an exit like any other."""
        with keyboard.lent() as keys, Live(console=self._console, screen=True, auto_refresh=False) as live:
            shown: tuple[object, ...] = ()
            while True:
                self._desk.listen(_TURN_S)
                pressed = keys.pressed()
                for key in pressed:
                    if key == "q":
                        return
                    self._press(key)
                desk = self._desk
                state = (desk.now(), desk.fleet.changes, desk.broker.facts, self._console.size)
                if pressed or state != shown:
                    live.update(self._drawn(desk.picture()), refresh=True)
                    shown = state

    def _drawn(self, picture: Picture) -> Group:
        """Draw, and remember which line was shown as the selected one."""
        size, zone = self._console.size, datetime.now().astimezone().tzinfo or UTC
        self._at = self._selected(picture)
        self._shown = picture.lines[self._at].key if picture.lines else None
        screen = view.Screen(
            size.width, size.height, self._at, self._desk.scope.by, zone, self._remark or self._desk.unkept
        )
        return Group(*view.draw(picture, screen))

    def _selected(self, picture: Picture) -> int:
        """Find the selected line again wherever it went; if it is gone, what stands in its place."""
        if self._key is None or not picture.lines:
            return 0
        here = min(self._at, len(picture.lines) - 1)
        return next((at for at, line in enumerate(picture.lines) if line.key == self._key), here)

    def _press(self, key: str) -> None:
        """Do what a key says."""
        self._remark = ""
        if key in _MOVES:
            self._move(_MOVES[key])
        elif key == "b":
            known = [name for name in gates.GROUPS if any(label == name for label, _ in self._desk.fleet.members)]
            after = known.index(self._desk.scope.by) + 1 if self._desk.scope.by in known else 0
            self._desk.scope = Scope(self._desk.scope.labels, known[after % len(known)] if known else "area")
        elif key in {"a", "m", "u"}:
            self._act(key)

    def _move(self, by: int) -> None:
        """Select another line; on the first one, whatever is on top."""
        lines = self._desk.picture().lines
        at = max(0, min(len(lines) - 1, self._at + by))
        self._key, self._at = (lines[at].key if lines and at else None), at

    def _act(self, key: str) -> None:
        """Acknowledge, mute or undo the line that is on the screen, and stay with it."""
        chosen = next((line for line in self._desk.picture().lines if line.key == self._shown), None)
        if chosen is None:
            self._remark = _ENDED if self._shown is not None else ""
            return
        if chosen.troubles[0].kind == "broker":
            self._remark = _BROKER
            return
        {"a": self._desk.acknowledge, "m": self._desk.mute, "u": self._desk.undo}[key](chosen.troubles)
        if self._key is not None or key != "m":
            self._key = self._again(chosen)
        self._shown = self._key

    def _again(self, before: Line) -> str:
        """Name the line that has become of one: what is acknowledged stands elsewhere under another name."""
        first = before.troubles[0].key
        lines = self._desk.picture().lines
        return next((line.key for line in lines if any(one.key == first for one in line.troubles)), before.key)
