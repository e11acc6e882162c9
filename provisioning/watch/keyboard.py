"""The keyboard of a terminal, lent for a while: keys come one by one, and the terminal is given back as it was.

It knows no key's meaning. Ending by a signal is made an ordinary exit between two keys, so that whoever draws on the
screen is not cut off in the middle of it and can clear it; a second signal ends at once.
"""

from __future__ import annotations

import contextlib
import os
import re
import select
import signal
import sys
import termios
import tty
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST: Final = 64
_KEY: Final = re.compile(r"\x1b[\[O][0-9;]*[~A-Za-z]|.", re.DOTALL)
_SIGNAL_EXIT: Final = 128
_ENDS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Keys:
    """What is typed, without an echo; nothing where there is no keyboard."""

    def __init__(self, *, there: bool) -> None:
        """Say whether there is a keyboard."""
        self._there = there
        self._ended: int | None = None

    def end(self, number: int, _frame: object) -> None:
        """Note that a signal asks for the end."""
        if self._ended is not None:
            raise SystemExit(_SIGNAL_EXIT + number)
        self._ended = number

    def pressed(self) -> list[str]:
        """Take the keys that were typed since the last call: letters, or whole sequences of an arrow or a page key.

        A terminal that is gone says `q`. Raises what a signal asked for: KeyboardInterrupt or SystemExit.
        """
        if self._ended == signal.SIGINT:
            raise KeyboardInterrupt
        if self._ended is not None:
            raise SystemExit(_SIGNAL_EXIT + self._ended)
        if not self._there or not select.select([sys.stdin], [], [], 0)[0]:
            return []
        try:
            typed = os.read(sys.stdin.fileno(), _MOST)
        except OSError:
            typed = b""
        return split(typed.decode("ascii", "replace")) if typed else ["q"]


def split(typed: str) -> list[str]:
    """Split what came at once into keys; an arrow of a terminal in application mode is the same arrow."""
    return [re.sub(r"^\x1bO", "\x1b[", key) for key in _KEY.findall(typed)]


@contextlib.contextmanager
def lent() -> Iterator[Keys]:
    """Take the keyboard; a stop from it (Ctrl-Z) does nothing, because it would leave the screen to the shell."""
    if not sys.stdin.isatty():
        yield Keys(there=False)
        return
    before, keys = termios.tcgetattr(sys.stdin), Keys(there=True)
    handlers = {number: signal.signal(number, keys.end) for number in _ENDS}
    handlers[signal.SIGTSTP] = signal.signal(signal.SIGTSTP, signal.SIG_IGN)
    try:
        tty.setcbreak(sys.stdin)
        yield keys
    finally:
        # What was typed and not read is for the view, not for the shell behind it.
        with contextlib.suppress(termios.error):
            termios.tcsetattr(sys.stdin, termios.TCSAFLUSH, before)
        for number, handler in handlers.items():
            signal.signal(number, handler)
