"""The plain way to find who moved: it is what the marks are held against, and measured beside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from firmware.control.area_state import MOVE, Changes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from firmware.rules.passback import Last


class Compared(Changes):
    """The plain way: every move that is remembered is held against a copy, each time."""

    def _changed_moves(self) -> Iterator[tuple[str, str | None]]:
        here, before, elsewhere = self._area.moves.here, self._moves, self._area.moves.elsewhere
        for subject in [one for one in self._restored if one not in elsewhere]:
            self._restored.remove(subject)
            yield MOVE + subject, None
        if here == before:
            return
        self._moves = dict(here)
        for reference in [one for one in before if one not in here]:
            if (then := self._subjects.pop(reference, None)) is not None:
                self._restored |= {then} & elsewhere.keys()
                yield MOVE + then, worded(elsewhere.get(then))
        for reference, last in here.items():
            if before.get(reference) != last and (now := self._subjects.get(reference)) is not None:
                yield MOVE + now, worded(last)


def worded(last: Last | None) -> str | None:
    """Word a move as it stands on disk."""
    return None if last is None else f'["{last.direction.value}",{last.at}]'
