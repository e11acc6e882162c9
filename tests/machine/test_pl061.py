"""The judge of a board's lines: its record as qemu writes it, and a monitor that speaks as qemu's does."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.machine.pl061 import Change, Chip
from tests.machine.qmp import Monitor, MonitorError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RECORD = """\
7@1700000000.000000:pl061_set_output /machine/unattached/device[7] setting output 2 to 0
7@1700000001.250000:pl061_set_output /machine/unattached/device[7] setting output 2 to 1
qemu-system-aarch64: something else entirely
7@1700000001.500000:pl061_set_output /machine/unattached/device[7] setting output 5 to 1
7@1700000003.250000:pl061_set_output /machine/unattached/device[7] setting output 2 to 0
7@1700000004.000000:pl061_set_output /machine/unattached/device[7] setting out"""

QEMU = """
import json, socket, sys
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen()
print("listening", flush=True)
link = listener.accept()[0]
say = lambda what: link.sendall(json.dumps(what).encode() + b"\\r\\n")
say({"QMP": {"version": {}}})
for line in link.makefile():
    asked = json.loads(line)
    if asked["execute"] == "qmp_capabilities":
        say({"return": {}})
    elif asked["arguments"]["command-line"].endswith("0x90303fc"):
        say({"event": "RTC_CHANGE", "data": {}})
        say({"return": "00000000090303fc: 0x00000024\\r\\n"})
    elif asked["arguments"]["command-line"].endswith("0x9030400"):
        say({"return": "Cannot access memory\\r\\n"})
    else:
        say({"error": {"class": "GenericError", "desc": "no such thing"}})
"""


@contextmanager
def monitored(folder: Path) -> Iterator[Chip]:
    """Give a chip whose record is a file and whose monitor is a process."""
    path = folder / "monitor"
    with subprocess.Popen((sys.executable, "-c", QEMU, path), stdout=subprocess.PIPE) as qemu:
        assert qemu.stdout is not None
        qemu.stdout.readline()
        with Monitor(path) as monitor:
            yield Chip(folder / "lines.log", monitor)


def test_changes_are_read_in_their_order(tmp_path: Path) -> None:
    """Whole entries count, with line, level and time; other lines and an entry half written do not."""
    (tmp_path / "lines.log").write_text(RECORD)
    with monitored(tmp_path) as chip:
        assert chip.mark() == 4
        assert chip.since(1, [2]) == [Change(2, 1, 1700000001.25), Change(2, 0, 1700000003.25)]
        assert chip.since(3, [5]) == []


def test_a_change_is_waited_for(tmp_path: Path) -> None:
    """The first change to the level after the mark is the answer, and None says that there was none in time."""
    (tmp_path / "lines.log").write_text(RECORD)
    with monitored(tmp_path) as chip:
        assert chip.wait(2, 0, 1, within_s=10) == Change(2, 0, 1700000003.25)
        assert chip.wait(5, 0, 1, within_s=0) is None


def test_levels_come_from_the_register(tmp_path: Path) -> None:
    """The lines that are high are the bits of the chip's data register, whatever the record says."""
    with monitored(tmp_path) as chip:
        assert chip.high() == {2, 5}


def test_no_word_is_no_level(tmp_path: Path) -> None:
    """Memory that cannot be read is an error and not a line that is low."""
    with monitored(tmp_path) as chip, pytest.raises(MonitorError, match="Cannot access memory"):
        chip.outputs()


def test_a_refusal_of_the_monitor_is_told(tmp_path: Path) -> None:
    """What the monitor refuses raises its own words."""
    path = tmp_path / "monitor"
    with subprocess.Popen((sys.executable, "-c", QEMU, path), stdout=subprocess.PIPE) as qemu:
        assert qemu.stdout is not None
        qemu.stdout.readline()
        with Monitor(path) as monitor, pytest.raises(MonitorError, match="no such thing"):
            monitor.word(0)
