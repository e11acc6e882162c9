"""What a gate says on stderr, when somebody reads it and when nobody does."""

from __future__ import annotations

import io
import logging
import subprocess
import sys
import threading

import pytest

from firmware.commands.said import MAX_WAITING, Unhurried

AWAY = 500


class Stuck(io.StringIO):
    """A log whose reader is away until the test lets it come back."""

    def __init__(self) -> None:
        """Begin stuck."""
        super().__init__()
        self.reached = threading.Event()
        self.back = threading.Event()

    def write(self, text: str) -> int:
        """Wait for the reader, as a full pipe does."""
        self.reached.set()
        assert self.back.wait(30)
        return super().write(text)


def test_a_log_that_nobody_reads_holds_nobody_up_and_counts_what_it_dropped() -> None:
    """Every call returns while the pipe is full; the lines that found room come later, and how many did not."""
    stream = Stuck()
    handler = Unhurried(logging.StreamHandler(stream))
    logger = logging.getLogger("tests.said")
    logger.propagate = False
    logger.addHandler(handler)
    logger.warning("first")
    assert stream.reached.wait(30)
    for number in range(MAX_WAITING + AWAY):
        logger.warning("line %d", number)
    stream.back.set()
    handler.close()
    logger.removeHandler(handler)
    lines = stream.getvalue().splitlines()
    assert lines[:2] == ["first", f"{AWAY} lines were dropped: nobody read the log"]
    assert lines[2:] == [f"line {number}" for number in range(MAX_WAITING)]


@pytest.mark.parametrize("running", [True, False], ids=["gate", "command"])
def test_a_gate_says_all_it_does_and_a_command_only_what_is_wrong(*, running: bool) -> None:
    """Each line is worded once, and the last of them is written before the process ends."""
    script = (
        f"import logging; from firmware.commands import said; said.begin(running={running}); "
        "log = logging.getLogger('a'); log.info('done %d', 1); log.warning('wrong')"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert ended.stderr.splitlines() == (["INFO a: done 1"] if running else []) + ["WARNING a: wrong"]
