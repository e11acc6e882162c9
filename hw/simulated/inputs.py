"""What reaches the gate: contacts and readers that say what a script tells them to say, in the script's thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from hw.ports import Level, ScanSink


class SimulatedContact:
    """A `Contact` that is whatever it is set to."""

    def __init__(self, level: Level = "rest") -> None:
        """Begin in this state."""
        self._level = level
        self._changed: Callable[[Level], None] | None = None

    def level(self) -> Level:
        """Say what it was set to."""
        return self._level

    def watch(self, changed: Callable[[Level], None]) -> None:
        """Call `changed(level)` with what it is now, and at each change, from the thread that sets it."""
        self._changed = changed
        changed(self._level)

    def close(self) -> None:
        """Call nobody any more."""
        self._changed = None

    def set(self, level: Level) -> None:
        """Press, let go, cut, short or shake."""
        if level != self._level:
            self._level = level
            if self._changed is not None:
                self._changed(level)


class ScriptedScanSource:
    """A `ScanSource` that says what a script tells it to say."""

    def __init__(self) -> None:
        """Begin with nobody to deliver to."""
        self._sink: ScanSink | None = None

    def start(self, sink: ScanSink) -> None:
        """Deliver to `sink` from now on, in the thread of the script."""
        self._sink = sink

    def close(self) -> None:
        """Deliver nothing any more."""
        self._sink = None

    def present(self, reader: str, *codes: bytes) -> None:
        """Hold these codes before a reader, in one frame."""
        if self._sink is not None:
            self._sink.scanned(reader, codes)

    def beat(self, reader: str, **values: int) -> None:
        """Send a reader's heartbeat."""
        if self._sink is not None:
            self._sink.beat(reader, values)

    def lose(self, reader: str) -> None:
        """Hang a reader up."""
        if self._sink is not None:
            self._sink.lost(reader)

    def refuse(self, reader: str, cause: str) -> None:
        """Send something that is no message."""
        if self._sink is not None:
            self._sink.refused(reader, cause)
