"""Notices between the gate and the broker: which goes out next, which is under way, which was refused and waits.

Pure: notices and milliseconds come in, choices go out. It decides nothing about what a notice says. Of a kept topic
only the newest word counts, and one at a time is under way, so that an older one can never come last.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from firmware.records.notices import MOST_TOLD, Notice
from firmware.records.outbox import backoff_ms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

MOST_CLEARED: Final = 256
"""Topics of an earlier run that may wait to be cleared; more are found again on the next connection."""


@dataclass(slots=True, eq=False)
class Post:
    """A notice on its way: due at `due_ms`, given up at `until_ms` unless it is kept."""

    notice: Notice
    failures: int = 0
    due_ms: int = 0
    until_ms: int | None = None


class Postings:
    """What is to be said beside the records on this connection."""

    def __init__(self, first_ms: int, most_ms: int, jitter: Callable[[], float]) -> None:
        """Begin without a connection; a refused notice waits between `first_ms` and `most_ms`."""
        self._first_ms = first_ms
        self._most_ms = most_ms
        self._jitter = jitter
        self._kept: dict[str, Post] = {}
        self._told: list[Post] = []
        self._under_way: list[Post] = []

    def begin(self, kept: Mapping[str, bytes]) -> None:
        """A connection begins: everything that holds is said again, and old answers are forgotten."""
        self._kept = {topic: Post(Notice(topic, payload, kept=True)) for topic, payload in kept.items()}
        self._told.clear()
        self._under_way.clear()

    def put(self, notices: Iterable[Notice], now_ms: int) -> None:
        """Take in what changed and what is to be told."""
        for notice in notices:
            if notice.kept:
                self._kept[notice.topic] = Post(notice)
            else:
                self._told.append(Post(notice, until_ms=now_ms + 1000 * (notice.expiry_s or 0)))
        del self._told[:-MOST_TOLD]

    def clear(self, topic: str) -> bool:
        """Take back what an earlier run left; whether there was room to note it."""
        if topic not in self._kept and len(self._kept) >= MOST_CLEARED:
            return False
        self._kept[topic] = Post(Notice(topic, b"", kept=True))
        return True

    def choose(self, now_ms: int, room: int) -> list[Post]:
        """Choose what goes out now, at most `room`, and count it as under way: what holds first, then answers."""
        busy = {post.notice.topic for post in self._under_way}
        self._told = [post for post in self._told if post.until_ms is None or now_ms < post.until_ms]
        waiting = [post for topic, post in self._kept.items() if topic not in busy]
        waiting += self._told
        chosen = [post for post in waiting if post.due_ms <= now_ms][: max(0, room)]
        for post in chosen:
            self._under_way.append(post)
            if post.notice.kept:
                del self._kept[post.notice.topic]
            else:
                self._told.remove(post)
        return chosen

    def answered(self, post: Post, now_ms: int, *, taken: bool) -> None:
        """The broker took it, or did not: then it is tried again later unless something newer is to be said."""
        if post not in self._under_way:
            return
        self._under_way.remove(post)
        if taken:
            return
        post.failures += 1
        post.due_ms = now_ms + backoff_ms(post.failures, self._first_ms, self._most_ms, self._jitter)
        if not post.notice.kept:
            self._told.append(post)
        elif post.notice.topic not in self._kept:
            self._kept[post.notice.topic] = post

    def wake_ms(self) -> int | None:
        """When the next refused one is due, or nothing."""
        busy = {post.notice.topic for post in self._under_way}
        due = [post.due_ms for topic, post in self._kept.items() if topic not in busy]
        return min(due + [post.due_ms for post in self._told], default=None)
