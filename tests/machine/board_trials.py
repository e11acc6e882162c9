"""What is done to the lines of a board, and what must become of them. Each trial says its faults and its figures.

The judge is outside of the machine (`pl061.py`). A program on the board that cannot do what it is asked is a fault too.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from tests.machine.board_stand import GREEN, HELD_MS, LAMPS, LINES, RELAY, WITHIN_S, last_line, pass_ms

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.machine.board_stand import Board
    from tests.machine.pl061 import Change

SHORT_MS: Final = 2_000
LONG_MS: Final = 60_000
_LINGER_MS: Final = 1_000
"""How long after its time a line that nobody lets go is watched."""
_DOOR: Final = (RELAY, GREEN)
_STEADY: Final = (RELAY, GREEN, LAMPS["red"])
"""All but the white lamp, whose slow blinking says that a gate is idle."""


@dataclass(slots=True)
class Found:
    """Faults, and the longest time of each kind; a name carries its unit."""

    faults: list[str] = field(default_factory=list)
    times: dict[str, int] = field(default_factory=dict)

    def must(self, *, be: bool, else_: str) -> bool:
        """Note a fault unless it is so; say whether it is."""
        if not be:
            self.faults.append(else_)
        return be

    def longest(self, what: str, time: float) -> None:
        """Keep a time if it is the longest of its kind."""
        self.times[what] = max(self.times.get(what, 0), round(time))


def claim(board: Board, found: Found) -> None:
    """Claiming lines at rest drives them low, and none of them moves, not for a microsecond."""
    mark = board.chip.mark()
    board.hold(SHORT_MS)
    found.must(be=board.chip.outputs() >= LINES, else_=f"driven are only {sorted(board.chip.outputs())}")
    found.must(be=not board.chip.since(mark, LINES), else_=f"moved: {board.chip.since(mark, LINES)}")
    _rests(board, found)


def limits(board: Board, found: Found) -> None:
    """What was asked for a minute ends at the relay's maximum, and a lamp at the time it was asked for."""
    board.hold(SHORT_MS)
    mark = board.chip.mark()
    board.ask(f"relay {LONG_MS}")
    board.ask(f"light green {SHORT_MS}")
    for line, name in ((RELAY, "relay"), (GREEN, "green")):
        up = board.chip.wait(line, 1, mark, WITHIN_S)
        # A wait of half the time asked for: a line that falls in it was not let go by what was asked.
        down = board.chip.wait(line, 0, mark, LONG_MS / 2000)
        if found.must(be=None not in (up, down), else_=f"{name} did not rise and fall") and up and down:
            found.longest(f"{name}_on_ms", (down.at_s - up.at_s) * 1000)
    _rests(board, found)


def error(board: Board, found: Found) -> None:
    """A program that ends by an exception lets go by itself."""
    board.hold(LONG_MS)
    mark = _open(board, found)
    board.send("fail")
    code = board.ended()
    found.must(be=code == 1, else_=f"ended with {code}: {last_line(board.said())}")
    _fell(board.chip.since(mark, _DOOR), found)
    _rests(board, found)


def busy(board: Board, found: Found) -> None:
    """Whoever lets go beside a living owner is refused because the line is busy, and moves no line of it."""
    board.hold(LONG_MS)
    mark = _open(board, found)
    answer = board.release()
    found.must(be=answer.code == 1, else_=f"release ended with {answer.code} beside an owner")
    found.must(
        be="busy" in answer.out.lower() and "Traceback" not in answer.out, else_=f"it said: {last_line(answer.out)}"
    )
    found.must(be=not board.chip.since(mark, LINES), else_=f"moved: {board.chip.since(mark, LINES)}")
    _end(board)
    _release(board, found)


def killed(board: Board, found: Found) -> None:
    """SIGKILL leaves the lines driven as they were, beyond any limit; letting go makes them fall."""
    board.hold(HELD_MS)
    _open(board, found)
    board.signal("KILL")
    board.ended()
    _stays(board, found)
    _release(board, found)


def frozen(board: Board, found: Found) -> None:
    """A program under SIGSTOP keeps no limit; SIGKILL and letting go, as the watchdog does, make the lines fall."""
    board.hold(HELD_MS)
    _open(board, found)
    board.signal("STOP")
    _stays(board, found)
    _end(board)
    _release(board, found)


def reclaimed(board: Board, found: Found) -> None:
    """Drivers that claim lines which a dead owner left high let them fall and do not open with them."""
    board.hold(HELD_MS)
    _open(board, found)
    _end(board)
    mark = board.chip.mark()
    board.hold(HELD_MS)
    _fell(board.chip.since(mark, LINES), found)
    _rests(board, found)
    _end(board)


def gate_opens(board: Board, found: Found) -> None:
    """The gate claims its lines unmoved, releases the lock for whoever leaves, and lets go when the time is up."""
    mark = board.chip.mark()
    board.run_gate()
    found.must(be=not board.chip.since(mark, _STEADY), else_=f"moved: {board.chip.since(mark, _STEADY)}")
    mark = _enter(board, found)
    up, down = board.chip.wait(RELAY, 1, mark, 0), board.chip.wait(RELAY, 0, mark, WITHIN_S)
    if found.must(be=None not in (up, down), else_="the relay did not fall") and up and down:
        found.longest("relay_on_ms", (down.at_s - up.at_s) * 1000)


def gate_ends(board: Board, found: Found) -> None:
    """A gate that is asked to stop while the lock is released lets go before it ends, in order."""
    board.run_gate()
    mark = _enter(board, found)
    board.signal("TERM")
    code = board.ended()
    found.must(be=code == 0, else_=f"ended with {code}: {last_line(board.said())}")
    _fell([change for change in board.chip.since(mark, _DOOR) if change.level == 0], found)
    _rests(board, found)


def gate_killed(board: Board, found: Found) -> None:
    """A gate that is killed while the lock is released leaves it released until `gapura release` has run."""
    board.run_gate()
    _enter(board, found)
    _end(board)
    _stays(board, found)
    _release(board, found)


def gate_frozen(board: Board, found: Found) -> None:
    """A gate that hangs while the lock is released cannot let go; the watchdog's kill and `gapura release` do."""
    board.run_gate()
    _enter(board, found)
    board.signal("STOP")
    _stays(board, found)
    _end(board)
    _release(board, found)


def gate_again(board: Board, found: Found) -> None:
    """A gate that starts over lines left high, nobody having let go, makes them fall and opens nothing."""
    board.run_gate()
    _enter(board, found)
    _end(board)
    mark = board.chip.mark()
    board.run_gate()
    _fell(board.chip.since(mark, _DOOR), found)
    _end(board)
    _release(board, found, fall=())


def _open(board: Board, found: Found) -> int:
    """Raise relay and green by the drivers; return a mark taken after."""
    board.ask(f"relay {LONG_MS}")
    board.ask(f"light green {LONG_MS}")
    found.must(be=board.chip.high() >= {RELAY, GREEN}, else_=f"high are only {sorted(board.chip.high())}")
    return board.chip.mark()


def _enter(board: Board, found: Found) -> int:
    """Have the gate release the lock; return a mark taken before."""
    mark = board.chip.mark()
    board.show()
    for line in _DOOR:
        found.must(be=board.chip.wait(line, 1, mark, WITHIN_S) is not None, else_=f"line {line} did not rise")
    return mark


def _stays(board: Board, found: Found) -> None:
    """See relay and green still high when their time is long up."""
    pass_ms(HELD_MS + _LINGER_MS)
    found.must(be=board.chip.high() >= {RELAY, GREEN}, else_=f"still high are only {sorted(board.chip.high())}")


def _release(board: Board, found: Found, fall: Iterable[int] = _DOOR) -> None:
    """Let go from outside and see exactly these lines fall."""
    mark = board.chip.mark()
    answer = board.release()
    found.must(be=answer.code == 0, else_=f"release ended with {answer.code}: {last_line(answer.out)}")
    found.longest("release_ms", answer.seconds * 1000)
    _fell(board.chip.since(mark, _STEADY), found, fall)
    _rests(board, found)


def _fell(changes: list[Change], found: Found, lines: Iterable[int] = _DOOR) -> None:
    """See exactly these lines let go: each falls once and moves no more."""
    levels = {line: [change.level for change in changes if change.line == line] for line in {c.line for c in changes}}
    found.must(be=set(levels) == set(lines), else_=f"moved: {sorted(levels)}")
    for line, known in levels.items():
        found.must(be=known == [0], else_=f"line {line} took {known}")


def _rests(board: Board, found: Found) -> None:
    high = board.chip.high() & LINES
    found.must(be=not high, else_=f"high: {sorted(high)}")


def _end(board: Board) -> None:
    """Kill whatever holds the lines; it may be frozen."""
    board.signal("KILL")
    board.ended()
