"""What topics say until it is taken back: told once for each change, and nothing of what nobody was told."""

from __future__ import annotations

from firmware.records.notices import Notices


def said(notices: Notices) -> list[tuple[str, bytes]]:
    """Take what is to be said."""
    return [(one.topic, one.payload) for one in notices.take()]


def test_what_holds_is_told_and_taken_back() -> None:
    """Each change once, the last word of several only."""
    notices = Notices()
    notices.keep("a", b"1")
    notices.keep("a", b"2")
    assert said(notices) == [("a", b"2")]
    notices.keep("a", b"2")
    assert said(notices) == []
    notices.keep("a", b"")
    assert said(notices) == [("a", b"")]
    assert notices.kept() == {}


def test_what_was_taken_back_unsaid_is_forgotten() -> None:
    """A gate that no broker listens to piles up nothing, however many come and go."""
    notices = Notices()
    for name in ("a", "b"):
        notices.keep(name, b"1")
        notices.keep(name, b"2")
        notices.keep(name, b"")
    assert said(notices) == []


def test_what_was_said_before_is_taken_back_though_it_changed_since() -> None:
    """The broker has the first word, so it has to hear of the end."""
    notices = Notices()
    notices.keep("a", b"1")
    assert said(notices) == [("a", b"1")]
    notices.keep("a", b"2")
    notices.keep("a", b"")
    assert said(notices) == [("a", b"")]


def test_what_comes_again_before_its_end_was_told_is_told() -> None:
    """Said, taken back and said again between two looks is the newest word; taken back once more, it is told."""
    notices = Notices()
    notices.keep("a", b"1")
    assert said(notices) == [("a", b"1")]
    notices.keep("a", b"")
    notices.keep("a", b"2")
    notices.keep("a", b"")
    assert said(notices) == [("a", b"")]
