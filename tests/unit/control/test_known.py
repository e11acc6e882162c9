"""Ids of commands: none counts twice, and remembering them is bounded."""

from __future__ import annotations

from firmware.control.known import KEPT_S, MOST, Known


def test_an_id_is_known_from_the_moment_it_is_added() -> None:
    """And those that the journal remembers are from the start, or from when it could be read."""
    known = Known({"a": 100})
    known.learn([("b", 100)])
    assert known.add("c", 100, 50)
    assert {"a", "b", "c"} == {name for name in "abcd" if name in known}


def test_an_id_is_remembered_a_day_beyond_its_end() -> None:
    """A clock that went ahead and comes back finds it still."""
    known = Known({"a": 100})
    assert known.add("b", 100 + KEPT_S, 100 + KEPT_S)
    assert "a" in known
    assert known.add("c", 100 + KEPT_S, 101 + KEPT_S)
    assert "a" not in known


def test_without_room_nothing_more_is_obeyed() -> None:
    """What may still be sent again is never forgotten for something new; what is over makes room."""
    known = Known({str(number): 100 for number in range(MOST)})
    assert not known.add("new", 160, 100)
    assert "new" not in known
    assert "0" in known
    assert known.add("new", 160, 101)
    assert "0" not in known
