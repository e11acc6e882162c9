"""One blob at a time from the broker to the disk: follows its pieces' topics, keeps what fits, says how it ended.

It belongs to the library's thread. Which pieces to ask for is `fetching.py`, how they are kept `partial.py`.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Protocol

from firmware.control.desired import Held, Turned
from firmware.control.fetching import Fetching
from firmware.control.partial import Partial, room, tidy
from firmware.records.heard import blob_topic

if TYPE_CHECKING:
    from pathlib import Path

    from firmware.control.manifest import Blob
    from firmware.records.heard import Heard


class Topics(Protocol):
    """Asks the broker for what lies on a topic; the link does. Both return at once and may be called unconnected."""

    def follow(self, topic: str) -> None:
        """Subscribe, on every connection anew; what is retained there arrives as `Heard`."""

    def unfollow(self, topic: str) -> None:
        """Subscribe no longer."""


class Fetcher:
    """Begins, goes on and ends; `held` is the manifest it works for, `source` the group it came by."""

    def __init__(self, folder: Path, topics: Topics | None) -> None:
        """Rest."""
        self.counts: Counter[str] = Counter()
        self.held: Held | None = None
        self.source: str | None = None
        self._folder, self._topics = folder, topics
        self._fetching: Fetching | None = None
        self._partial: Partial | None = None

    @property
    def percent(self) -> int | None:
        """How far it is; None at rest."""
        return None if self._fetching is None else self._fetching.percent

    @property
    def stuck(self) -> bool:
        """Whether a piece does not come, however often it is asked for."""
        return self._fetching is not None and self._fetching.stuck

    def begin(self, held: Held, blob: Blob, source: str | None, keep: frozenset[str]) -> Turned | None:
        """Begin, or go on where an earlier attempt ended; raises OSError. Parts of other blobs are removed."""
        self.stop()
        tidy(self._folder, keep | {blob.sha256}, frozenset({".blob", ".part"}))
        if not room(self._folder, blob.size):
            return Turned.NO_ROOM
        self._partial = Partial(self._folder, blob)
        self._fetching = Fetching(blob, set(self._partial.missing))
        self.held, self.source = held, source
        self.counts["fetches"] += 1
        self.counts["pieces_resumed"] += len(blob.pieces) - len(self._partial.missing)
        return None

    def take(self, heard: Heard, now_ms: int) -> Turned | bool:
        """Take a piece in; true when it was the last one, a refusal when the blob is not worth going on for."""
        fetching, partial = self._fetching, self._partial
        piece = heard.piece
        if fetching is None or partial is None or piece is None or heard.name != fetching.blob.sha256:
            self.counts["pieces_unasked"] += 1
            return False
        if piece not in fetching.asked:
            self.counts["pieces_unasked"] += 1
            return False
        self._unfollow(piece)
        if fetching.arrived(piece, heard.data, now_ms):
            partial.write(piece, heard.data)
            self.counts["pieces_fetched"] += 1
            return self.finish()
        self.counts["pieces_bad"] += 1
        return Turned.BAD_BLOB if fetching.hopeless else False

    def finish(self) -> Turned | bool:
        """End it if nothing is missing: true when all of it hashes; raises OSError."""
        if self._fetching is None or self._partial is None or self._fetching.missing:
            return False
        return True if self._partial.finish() else Turned.BAD_BLOB

    def go_on(self, now_ms: int, *, connected: bool) -> None:
        """Ask for what is to be asked for now."""
        if self._fetching is None or self._topics is None or not connected:
            return
        for piece in self._fetching.overdue(now_ms):
            self._unfollow(piece)
            self.counts["pieces_overdue"] += 1
        for piece in self._fetching.next(now_ms):
            self._topics.follow(blob_topic(self._fetching.blob.sha256, piece))

    def renewed(self, now_ms: int) -> None:
        """Note that the connection is another one: what is on its way is sent once more, and waited for anew."""
        if self._fetching is not None:
            self._fetching.renewed(now_ms)

    def deadline_ms(self) -> int | None:
        """Say when `go_on` is due though nothing arrives."""
        return None if self._fetching is None else self._fetching.deadline_ms()

    def stop(self) -> None:
        """Rest; what has come stays on disk."""
        for piece in () if self._fetching is None else self._fetching.asked:
            self._unfollow(piece)
        if self._partial is not None:
            self._partial.close()
        self._fetching = self._partial = self.held = self.source = None

    def _unfollow(self, piece: int) -> None:
        if self._topics is not None and self._fetching is not None:
            self._topics.unfollow(blob_topic(self._fetching.blob.sha256, piece))
