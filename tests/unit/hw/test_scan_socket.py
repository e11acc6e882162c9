"""The gate's end of the scan sockets, over real SEQPACKET sockets and with a clock the test holds.

No message is judged by its content here beyond what the codec says.
"""

from __future__ import annotations

import errno
import os
import socket
import stat
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from hw.reader.messages import MAX_MESSAGE_BYTES, Beat, Scan, encode
from hw.scan_socket import ReaderSocket, SocketScanSource
from tests.unit.hw.reader.sink import QueueSink

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

T0 = 50_000
BEAT = encode(Beat(T0, (("frames", 1),)))


class Clock:
    """A clock that moves when told."""

    def __init__(self) -> None:
        """Begin at T0."""
        self.ms = T0

    def __call__(self) -> int:
        """Read it."""
        return self.ms


class Gate:
    """A served source with one reader named `out`, and what it delivered."""

    def __init__(self, directory: Path, uid: int) -> None:
        """Listen in `directory` for a reader of this user id."""
        self.clock = Clock()
        self.sink = QueueSink()
        self.path = directory / "out.sock"
        self.source = SocketScanSource((ReaderSocket("out", self.path, uid),), self.clock)
        self.source.start(self.sink)

    def connect(self) -> socket.socket:
        """Connect as a reader would."""
        peer = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        peer.connect(str(self.path))
        return peer


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    """Serve a gate that listens for a reader of our own user id."""
    served = Gate(tmp_path, os.getuid())
    yield served
    served.source.close()


def test_scan_and_beat_arrive_in_order(gate: Gate) -> None:
    """What a reader says comes out of the sink as it was said."""
    with gate.connect() as peer:
        peer.send(BEAT)
        peer.send(encode(Scan(T0, (b"GP1:A", b"\x00\xff"))))
        assert gate.sink.next() == ("beat", "out", {"frames": 1})
        assert gate.sink.next() == ("scanned", "out", (b"GP1:A", b"\x00\xff"))


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        (b"hello", "malformed"),
        (b" " * (MAX_MESSAGE_BYTES + 1), "too_long"),
        (BEAT.replace(b'"v":1', b'"v":9'), "version"),
        (encode(Scan(T0 - 1, (b"x",))), "stale"),
        (encode(Scan(T0 + 101, (b"x",))), "future"),
    ],
)
def test_odd_message_is_refused_and_the_reader_stays(gate: Gate, data: bytes, cause: str) -> None:
    """A refused message is told with its cause, and the next good one still counts."""
    with gate.connect() as peer:
        peer.send(data)
        peer.send(BEAT)
        assert gate.sink.next() == ("refused", "out", cause)
        assert gate.sink.next()[0] == "beat"


def test_scan_older_than_a_second_is_stale(gate: Gate) -> None:
    """A scan counts up to one second after its frame and not a millisecond longer."""
    with gate.connect() as peer:
        gate.clock.ms = T0 + 5_000
        for age_ms in (1_000, 1_001):
            peer.send(encode(Scan(T0 + 5_000 - age_ms, (b"x",))))
        # Five silent seconds have passed on this clock as well, which may be noticed before the first scan.
        assert gate.sink.wait_for("scanned") == ("scanned", "out", (b"x",))
        assert gate.sink.next() == ("refused", "out", "stale")


def test_scans_beyond_twenty_a_second_are_a_flood(gate: Gate) -> None:
    """The twenty-first scan within a second is refused, and the first of the next second counts."""
    with gate.connect() as peer:
        for _ in range(21):
            peer.send(encode(Scan(T0, (b"x",))))
        assert [gate.sink.next()[0] for _ in range(20)] == ["scanned"] * 20
        assert gate.sink.next() == ("refused", "out", "flood")
        gate.clock.ms += 1_000
        peer.send(encode(Scan(gate.clock.ms, (b"x",))))
        assert gate.sink.next()[0] == "scanned"


def test_a_peer_that_never_stops_is_hung_up_and_may_come_back(gate: Gate) -> None:
    """The hundred-and-first message within a second ends the connection; a second later the reader is heard again."""
    with gate.connect() as peer:
        for _ in range(101):
            peer.send(b"noise")
        calls = [gate.sink.next() for _ in range(102)]
        assert calls == [("refused", "out", "malformed")] * 100 + [("refused", "out", "flood"), ("lost", "out", None)]
        assert peer.recv(1) == b""
    gate.clock.ms += 1_000
    with gate.connect() as peer:
        peer.send(BEAT)
        assert gate.sink.next()[0] == "beat"


@pytest.mark.parametrize("last_words", [None, b""])
def test_hanging_up_is_told_once(gate: Gate, last_words: bytes | None) -> None:
    """A reader that closes, or sends an empty message, is lost once; its return is heard."""
    with gate.connect() as peer:
        peer.send(BEAT)
        assert gate.sink.next()[0] == "beat"
        if last_words is not None:
            peer.send(last_words)
            assert peer.recv(1) == b""
    assert gate.sink.next() == ("lost", "out", None)
    gate.clock.ms += 10_000
    with gate.connect() as peer:
        peer.send(BEAT)
        assert gate.sink.next()[0] == "beat"


def test_silence_is_told_once(gate: Gate) -> None:
    """Three seconds without a message lose the reader, once, until it speaks again."""
    with gate.connect() as peer:
        peer.send(BEAT)
        assert gate.sink.next()[0] == "beat"
        gate.clock.ms += 3_000
        assert gate.sink.next() == ("lost", "out", None)
        gate.clock.ms += 9_000
        assert peer.recv(1) == b""
    with gate.connect() as peer:
        peer.send(BEAT)
        assert gate.sink.next()[0] == "beat"


@pytest.mark.parametrize("words", [b"", b"no message of ours"])
def test_a_peer_that_says_nothing_of_ours_does_not_keep_the_reader_out(gate: Gate, words: bytes) -> None:
    """A process of the reader's user that holds the line and never beats is hung up; the reader is heard then."""
    with gate.connect() as squatter:
        if words:
            squatter.send(words)
            assert gate.sink.next() == ("refused", "out", "malformed")
        with gate.connect() as second:
            assert gate.sink.wait_for("refused") == ("refused", "out", "peer")
            assert second.recv(1) == b""
        gate.clock.ms += 3_000
        assert squatter.recv(1) == b""
    with gate.connect() as peer:
        peer.send(BEAT)
        assert gate.sink.wait_for("beat") == ("beat", "out", {"frames": 1})


def test_a_reader_that_never_came_is_lost(gate: Gate) -> None:
    """A gate whose reader does not start says so."""
    gate.clock.ms += 3_000
    assert gate.sink.next() == ("lost", "out", None)


def test_second_peer_is_refused(gate: Gate) -> None:
    """One reader has one connection; a second one is closed and the first stays."""
    with gate.connect() as first:
        first.send(BEAT)
        assert gate.sink.next()[0] == "beat"
        with gate.connect() as second:
            assert gate.sink.next() == ("refused", "out", "peer")
            assert second.recv(1) == b""
        first.send(BEAT)
        assert gate.sink.next()[0] == "beat"


def test_a_successor_is_never_taken_for_a_second_peer(gate: Gate) -> None:
    """A reader that connects the moment its forerunner dies is heard, however the two arrive."""
    for number in range(20):
        with gate.connect() as peer:
            peer.send(encode(Scan(T0, (b"%d" % number,))))
    calls = [gate.sink.next() for _ in range(40)]
    assert [call[2] for call in calls if call[0] == "scanned"] == [(b"%d" % number,) for number in range(20)]
    assert {call[0] for call in calls} == {"scanned", "lost"}


def test_peer_of_another_user_is_refused(tmp_path: Path) -> None:
    """A process that does not run as the reader's configured user is not heard."""
    gate = Gate(tmp_path, os.getuid() + 1)
    with gate.connect() as peer:
        assert gate.sink.next() == ("refused", "out", "peer")
        assert gate.sink.details == [f"uid {os.getuid()}, and only uid {os.getuid() + 1} may"]
        assert peer.recv(1) == b""
    gate.source.close()


def test_descriptors_sent_along_are_refused(gate: Gate) -> None:
    """A message that carries a file descriptor is none of ours, and the descriptor is not kept."""
    with gate.connect() as peer:
        socket.send_fds(peer, [BEAT], [peer.fileno()])
        assert gate.sink.next() == ("refused", "out", "malformed")


def test_socket_is_private_and_goes_away(tmp_path: Path) -> None:
    """The socket has mode 0660 and leaves nothing behind."""
    gate = Gate(tmp_path, os.getuid())
    assert stat.S_IMODE(gate.path.stat().st_mode) == 0o660
    gate.source.close()
    assert not gate.path.exists()


def test_stale_socket_is_replaced(tmp_path: Path) -> None:
    """What a killed gate left behind does not keep the next one from starting."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as dead:
        dead.bind(str(tmp_path / "out.sock"))
    gate = Gate(tmp_path, os.getuid())
    with gate.connect() as peer:
        peer.send(BEAT)
        assert gate.sink.next()[0] == "beat"
    gate.source.close()


def test_a_gate_that_hangs_is_still_another_process(tmp_path: Path) -> None:
    """Where more knock than are answered somebody lives: its socket is neither waited for nor taken away."""
    path = tmp_path / "out.sock"
    with ExitStack() as stack:
        hung = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET))
        hung.bind(str(path))
        hung.listen(0)
        knocked = 0
        while knocked == 0:
            knock = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_NONBLOCK))
            knocked = knock.connect_ex(str(path))
        assert knocked == errno.EAGAIN
        with pytest.raises(OSError, match="another process"):
            SocketScanSource((ReaderSocket("out", path, os.getuid()),), Clock())
        assert path.exists()


def test_what_cannot_be_bound_is_one_clear_error(tmp_path: Path) -> None:
    """A missing directory, a file in the way, a living gate and a path too long each raise OSError, saying what."""
    (tmp_path / "file").write_text("kept")
    living = Gate(tmp_path, os.getuid())
    cases = {
        tmp_path / "missing" / "x.sock": "does not exist",
        tmp_path / "file": "not a socket",
        living.path: "another process",
        tmp_path / ("x" * 120): "cannot listen",
    }
    for path, words in cases.items():
        with pytest.raises(OSError, match=words):
            SocketScanSource((ReaderSocket("r", path, 0),), Clock())
    assert (tmp_path / "file").read_text() == "kept"
    living.source.close()
