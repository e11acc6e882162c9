"""What is said beside the records, and when: judged from notices and milliseconds alone."""

from __future__ import annotations

from firmware.records.notices import MOST_TOLD, Notice
from firmware.records.postings import MOST_CLEARED, Post, Postings

MANY = 1_000


def postings() -> Postings:
    """Begin; a refused notice waits 100 ms, then 200 ms, then 300 ms."""
    return Postings(100, 300, lambda: 1.0)


def kept(topic: str, payload: bytes) -> Notice:
    """A notice that holds."""
    return Notice(topic, payload, kept=True)


def told(topic: str, payload: bytes = b"x", expiry_s: int = 10) -> Notice:
    """A notice that is said once."""
    return Notice(topic, payload, kept=False, expiry_s=expiry_s)


def words(posts: list[Post]) -> list[tuple[str, bytes]]:
    """What is said where."""
    return [(post.notice.topic, post.notice.payload) for post in posts]


def test_everything_that_holds_is_said_when_a_connection_begins() -> None:
    """What was under way on the last one is forgotten; what holds is not."""
    subject = postings()
    subject.put([kept("a", b"1"), told("r")], 0)
    assert len(subject.choose(0, MANY)) == 2
    subject.begin({"a": b"1", "b": b"2"})
    assert words(subject.choose(0, MANY)) == [("a", b"1"), ("b", b"2")]


def test_of_a_topic_only_the_newest_word_is_said_and_never_two_at_once() -> None:
    """Whatever a broker does with the order of its answers, the last word is the newest one."""
    subject = postings()
    subject.put([kept("a", b"1"), kept("a", b"2")], 0)
    first = subject.choose(0, MANY)
    subject.put([kept("a", b"3"), kept("a", b"4")], 0)
    assert words(first) == [("a", b"2")]
    assert subject.choose(0, MANY) == []
    subject.answered(first[0], 0, taken=True)
    assert words(subject.choose(0, MANY)) == [("a", b"4")]


def test_a_refused_word_waits_ever_longer_unless_there_is_a_newer_one() -> None:
    """The newer word is tried at once; the older one is not said any more."""
    subject = postings()
    subject.put([kept("a", b"1")], 0)
    now_ms = 0
    for wait_ms in (100, 200, 300, 300):
        (post,) = subject.choose(now_ms, MANY)
        subject.answered(post, now_ms, taken=False)
        assert subject.wake_ms() == now_ms + wait_ms
        assert subject.choose(now_ms + wait_ms - 1, MANY) == []
        now_ms += wait_ms
    (post,) = subject.choose(now_ms, MANY)
    subject.put([kept("a", b"2")], now_ms)
    subject.answered(post, now_ms, taken=False)
    assert words(subject.choose(now_ms, MANY)) == [("a", b"2")]


def test_an_answer_is_tried_again_only_while_it_is_worth_something() -> None:
    """After its expiry nobody waits for it any more."""
    subject = postings()
    subject.put([told("r", b"accepted", 1), told("r", b"successful", 1)], 0)
    first, second = subject.choose(0, MANY)
    assert words([first, second]) == [("r", b"accepted"), ("r", b"successful")]
    subject.answered(first, 0, taken=True)
    subject.answered(second, 0, taken=False)
    (again,) = subject.choose(100, MANY)
    subject.answered(again, 950, taken=False)
    assert subject.choose(1_150, MANY) == []


def test_what_waits_is_bounded() -> None:
    """The oldest answers go first, and of what an earlier run left no more is noted than there is room for."""
    subject = postings()
    subject.put([told("r", str(n).encode()) for n in range(MOST_TOLD + 5)], 0)
    assert words(subject.choose(0, MANY))[0] == ("r", b"5")
    assert sum(subject.clear(f"t{n}") for n in range(MOST_CLEARED + 5)) == MOST_CLEARED


def test_no_more_is_said_than_there_is_room_for_and_what_holds_goes_first() -> None:
    """The rest waits for the broker's answers."""
    subject = postings()
    subject.put([told("r"), kept("a", b"1"), kept("b", b"1")], 0)
    assert words(subject.choose(0, 2)) == [("a", b"1"), ("b", b"1")]
    assert subject.choose(0, 0) == []
    assert words(subject.choose(0, 1)) == [("r", b"x")]
