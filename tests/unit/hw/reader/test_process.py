"""The reader as the process it is: started as on a gate, over a drawn room, against the gate's real scan source.

No part is stood in for.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hw.clock import boottime_ms
from hw.reader.sources.stage import Stage, write
from hw.scan_socket import ReaderSocket, SocketScanSource
from tests.unit.hw.reader.pictures import code, png
from tests.unit.hw.reader.sink import QueueSink

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[4]
KEYS = "code, tilt_deg, turn_deg, scale, blur, noise, glare, dark, light\n"


class Gate:
    """The gate's end, and readers started for it."""

    def __init__(self, folder: Path) -> None:
        """Listen."""
        self.folder = folder
        self.path = folder / "out.sock"
        self.sink = QueueSink()
        self.processes: list[subprocess.Popen[str]] = []
        self.source = self.listen()

    def listen(self) -> SocketScanSource:
        """Open the gate's socket."""
        source = SocketScanSource((ReaderSocket("out", self.path, os.getuid()),), boottime_ms)
        source.start(self.sink)
        return source

    def reader(self, *arguments: str, environment: dict[str, str] | None = None) -> subprocess.Popen[str]:
        """Start a reader."""
        process = subprocess.Popen(
            [sys.executable, "-m", "hw.reader", "--socket", str(self.path), *arguments],
            cwd=ROOT,
            env=os.environ | (environment or {}),
            stderr=subprocess.PIPE,
            text=True,
        )
        self.processes.append(process)
        return process

    def close(self) -> None:
        """End everything."""
        for process in self.processes:
            process.kill()
            process.wait()
            if process.stderr is not None:
                process.stderr.close()
        self.source.close()


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    """Set a gate up."""
    made = Gate(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize("decoder", ["auto", "pyzbar", "zxing"])
def test_codes_held_up_in_the_room_reach_the_gate(gate: Gate, decoder: str) -> None:
    """With each decoder alone, people with paper and with phones in dark mode are read one after the other."""
    gate.reader("--source", f"scene:{gate.folder}", "--decoder", decoder)
    for number, dark in enumerate((False, True, False)):
        text = f"GP1:PASS{number}"
        write(gate.folder, Stage(text, dark=dark, tilt_deg=15, turn_deg=10))
        assert gate.sink.wait_for("scanned") == ("scanned", "out", (text.encode(),))
    _, _, values = gate.sink.wait_for("beat")
    assert isinstance(values, dict)
    assert values["frames"] > 0
    assert values["resident_kib"] < 120 * 1024


def test_the_whole_folder_is_read_once_and_the_reader_ends(gate: Gate) -> None:
    """`files:DIR?once` gives every picture its frame, `--exit-at-end` ends with 0."""
    pictures = gate.folder / "pictures"
    pictures.mkdir()
    for number in range(5):
        (pictures / f"{number}.png").write_bytes(png(code(f"F{number}")))
    process = gate.reader("--source", f"files:{pictures}?once", "--exit-at-end", "--fps", "10")
    scans = [gate.sink.wait_for("scanned")[2] for _ in range(5)]
    assert scans == [(f"F{number}".encode(),) for number in range(5)]
    assert process.wait(30) == 0
    assert gate.sink.wait_for("lost") == ("lost", "out", None)


@pytest.mark.parametrize("refused", [False, True], ids=["away", "refused"])
def test_what_was_not_delivered_is_no_success(tmp_path: Path, *, refused: bool) -> None:
    """Without a gate, or at one that wants another user, a reader says so and `--exit-at-end` ends with 1."""
    (tmp_path / "0.png").write_bytes(png(code("LOST")))
    path, sink = tmp_path / "out.sock", QueueSink()
    source = SocketScanSource((ReaderSocket("out", path, os.getuid() + 1),), boottime_ms) if refused else None
    if source is not None:
        source.start(sink)
    command = ["--socket", str(path), "--source", f"files:{tmp_path}?once", "--exit-at-end"]
    ended = subprocess.run(
        [sys.executable, "-m", "hw.reader", *command], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    if source is not None:
        assert sink.wait_for("refused")[2] == "peer"
        source.close()
    assert ended.returncode == 1
    assert f"the gate does not answer at {path} (" in ended.stderr
    assert ("is uid" in ended.stderr) is refused
    assert "delivered" in ended.stderr.splitlines()[-1]


def test_killed_and_started_again(gate: Gate) -> None:
    """A reader killed hard is lost at once; the next one is heard and reads what is held up."""
    write(gate.folder, Stage("GP1:KILLED"))
    first = gate.reader("--source", f"scene:{gate.folder}")
    gate.sink.wait_for("scanned")
    first.kill()
    assert gate.sink.wait_for("lost") == ("lost", "out", None)
    gate.reader("--source", f"scene:{gate.folder}")
    assert gate.sink.wait_for("scanned")[2] == (b"GP1:KILLED",)


def test_the_gate_may_start_again(gate: Gate) -> None:
    """A reader outlives its gate and tells the next one what is held up after it."""
    gate.reader("--source", f"scene:{gate.folder}")
    gate.sink.wait_for("beat")
    gate.source.close()
    gate.sink.calls.queue.clear()
    gate.source = gate.listen()
    gate.sink.wait_for("beat")
    write(gate.folder, Stage("GP1:AGAIN"))
    assert gate.sink.wait_for("scanned")[2] == (b"GP1:AGAIN",)


@pytest.mark.parametrize(("sign", "code_expected"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_signals_end_it_cleanly(gate: Gate, sign: signal.Signals, code_expected: int) -> None:
    """SIGTERM ends with 0 and Ctrl-C with 130, without a word, the service manager being told."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(gate.folder / "notify"))
        manager.settimeout(30)
        process = gate.reader(
            "--source", f"scene:{gate.folder}", environment={"NOTIFY_SOCKET": str(gate.folder / "notify")}
        )
        told = [manager.recv(64), manager.recv(64)]
        process.send_signal(sign)
        assert process.wait(30) == code_expected
        while told[-1] == b"WATCHDOG=1":
            told.append(manager.recv(64))
    assert process.communicate()[1] == ""
    assert [told[0], told[1], told[-1]] == [b"READY=1", b"WATCHDOG=1", b"STOPPING=1"]


@pytest.mark.parametrize(
    ("arguments", "words", "code_expected"),
    [
        (["--source", "files:/nonexistent"], "no pictures", 1),
        (["--source", "scene:/nonexistent"], "no folder", 1),
        (["--source", "webcam:/dev/null"], "/dev/null", 1),
        (["--source", "picamera2:9"], "camera", 1),
        (["--source", "tape:1"], "unknown source", 2),
        (["--source", "files:/tmp?twice"], "twice", 2),
        (["--source", "picamera2:x"], "must be a number", 2),
        (["--source", "files:/tmp", "--fps", "0"], "--fps", 2),
        (["--source", "files:/tmp", "--decoder", "opencv"], "opencv", 2),
        ([], "--source", 2),
    ],
)
def test_mistakes_are_one_line(gate: Gate, arguments: list[str], words: str, code_expected: int) -> None:
    """What is wrong with the command line or the camera is said in one line, with the exit code it deserves."""
    process = gate.reader(*arguments)
    _, error = process.communicate(timeout=60)
    assert process.returncode == code_expected
    assert words in error
    assert error.count("\n") == 1


def test_stalls_are_said_once(gate: Gate) -> None:
    """A stage that cannot be drawn is told on stderr once, counted in the heartbeat, and ends when it is mended."""
    (gate.folder / "stage.json").write_text('{"kode": "x"}')
    process = gate.reader("--source", f"scene:{gate.folder}")
    while True:
        _, _, values = gate.sink.wait_for("beat")
        assert isinstance(values, dict)
        if values["stalls"] > 5:
            break
    write(gate.folder, Stage("GP1:MENDED"))
    assert gate.sink.wait_for("scanned")[2] == (b"GP1:MENDED",)
    process.terminate()
    assert process.communicate()[1] == "gapura-reader: stalled: stage.json: there is no key 'kode', only " + KEYS


def test_zbars_child_killed_under_a_running_reader(gate: Gate) -> None:
    """The reader lives on without a pause worth telling when zbar's process dies."""
    process = gate.reader("--source", f"scene:{gate.folder}", "--decoder", "pyzbar")
    gate.sink.wait_for("beat")
    (child,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text("ascii").split()
    os.kill(int(child), signal.SIGKILL)
    write(gate.folder, Stage("GP1:ALIVE"))
    assert gate.sink.wait_for("scanned")[2] == (b"GP1:ALIVE",)
    _, _, values = gate.sink.wait_for("beat")
    assert isinstance(values, dict)
    assert values["zbar_restarts"] == 1
