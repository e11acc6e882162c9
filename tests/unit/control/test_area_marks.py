"""What is marked as changed of who moved last: word for word what comparing all of it would find, at any time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hypothesis import given
from hypothesis import strategies as st

from firmware.control.area_state import MOVE, Changes, restored
from firmware.events import Direction, Instant, Move
from firmware.rules.passback import DAY_S, MOST_KEPT
from tests.issuing import NOON
from tests.unit.control.compared import Compared
from tests.unit.rules.one_area import at

if TYPE_CHECKING:
    from collections.abc import Callable

WAYS: Final = tuple(Direction)
REFERENCES: Final = tuple(letter * 32 for letter in "ab")
KEPT: Final = {f"{MOVE}{'a' * 16}": f'["in",{NOON}]', f"{MOVE}{'e' * 16}": f'["out",{NOON - DAY_S}]'}


class Both:
    """One count, and both ways of finding what has changed of it."""

    def __init__(self) -> None:
        """Take up a count that knows two people from before."""
        self.area = restored("gate-1", KEPT, "e")
        self.marked, self.compared = Changes(self.area), Compared(self.area)
        self.grants = 0
        self.worded = 0

    def begin(self, reference: str, way: Direction, now: Instant, *, named: bool) -> None:
        """Let somebody go; their subject is that of the day."""
        grant = f"g-{self.grants}"
        self.grants += 1
        self.area.moves.begin(grant, reference, way, now)
        day = (now.latest - NOON) // DAY_S % 2
        subject = f"{reference[:15]}{day or reference[0]}" if named else None
        ways = [one.way(grant, way, subject, reference) for one in (self.marked, self.compared)]
        assert ways[0] == ways[1]

    def hear(self, subject: str, way: Direction, now: Instant) -> None:
        """Take in what a sibling saw."""
        self.area.moves.hear("gate-2", (Move(subject, way, now.latest),))

    def take(self) -> None:
        """Both find the same."""
        marked, compared = self.marked.take(), self.compared.take()
        assert sorted(map(str, marked)) == sorted(map(str, compared))
        self.worded += len(marked)

    def anew(self) -> None:
        """The file was replaced."""
        self.marked.anew()
        self.compared.anew()


MOMENTS: Final = st.sampled_from((0, 0, 1, 2, 3)).map(lambda days: at(NOON + days * DAY_S))
STEPS: Final[st.SearchStrategy[Callable[[Both], object]]] = st.one_of(
    st.builds(
        lambda reference, way, now, named: lambda both: both.begin(reference, way, now, named=named),
        st.sampled_from(REFERENCES),
        st.sampled_from(WAYS),
        MOMENTS,
        st.booleans(),
    ),
    st.builds(
        lambda grant, used: lambda both: both.area.moves.end(f"g-{grant}", used=used), st.integers(0, 9), st.booleans()
    ),
    st.builds(
        lambda letter, way, now: lambda both: both.hear(letter * 16, way, now),
        st.sampled_from("abe"),
        st.sampled_from(WAYS),
        MOMENTS,
    ),
    MOMENTS.map(lambda now: lambda both: both.area.moves.forget(now.earliest)),
    st.just(Both.anew),
)


@given(st.lists(st.tuples(STEPS, st.booleans()), min_size=10, max_size=40))
def test_marks_find_what_comparing_finds(steps: list[tuple[Callable[[Both], object], bool]]) -> None:
    """Whatever comes and goes, is taken back, heard, forgotten or handed over anew, in whatever order."""
    both = Both()
    for step, asked in steps:
        step(both)
        if asked:
            both.take()
    both.take()
    both.take()
    assert both.area.moves.changed() == ((), ())


def test_what_siblings_crowd_out_is_taken_back_on_disk() -> None:
    """Whoever is forgotten because too many came after them is forgotten on disk as well."""
    both = Both()
    both.area.moves.hear("gate-2", (Move(f"{number:016x}", Direction.IN, NOON) for number in range(MOST_KEPT - 1)))
    assert dict(both.marked.take()) == dict(both.compared.take()) == {f"{MOVE}{'a' * 16}": None}


def test_nothing_is_looked_at_where_nothing_is_marked() -> None:
    """A turn at which nobody moved finds nothing; a move that was taken back leaves a mark and no change."""
    both = Both()
    both.take()
    both.begin(REFERENCES[0], Direction.IN, at(NOON), named=True)
    both.area.moves.end("g-0", used=False)
    both.take()
    assert both.worded == 0
