"""The end of a thread ends the gate, whatever else fails at that moment."""

from __future__ import annotations

import logging
import threading

import pytest

from firmware.control.threads import ThreadDiedError, Threads


class NoRoom(logging.Handler):
    """Has no memory left for a line."""

    def emit(self, record: logging.LogRecord) -> None:
        """Fail as an allocation does."""
        raise MemoryError(record.name)


def starve(asked: threading.Event) -> None:
    """Have a thread die where it is watched."""
    with Threads(asked.set):
        thread = threading.Thread(target=[].pop, name="starved")
        thread.start()
        thread.join()


def test_thread_that_dies_stops_a_gate_that_has_no_memory_to_say_so() -> None:
    """Where the line about a dead thread cannot be written, the gate is asked to stop all the same."""
    asked, said, mute = threading.Event(), logging.getLogger("firmware.control.threads"), NoRoom()
    said.addHandler(mute)
    try:
        with pytest.raises(ThreadDiedError, match="starved"):
            starve(asked)
    finally:
        said.removeHandler(mute)
    assert asked.is_set()
