"""The reader's loop and its link to the gate, with frames and a clock the test hands out and a real socket between.

What the loop decodes is decoded by the real decoder.
"""

from __future__ import annotations

import itertools
import socket
from typing import TYPE_CHECKING

import numpy as np
import pytest

from hw.reader.decoders import build
from hw.reader.gate_link import GateLink
from hw.reader.held import SURELY_AWAY_MS
from hw.reader.loop import CameraLostError, ReaderLoop
from hw.reader.messages import Beat, Scan, decode, encode
from hw.reader.motion import LINGER_FRAMES
from hw.reader.sources import Ended, Frame, Shot, Stalled
from tests.unit.hw.reader.pictures import code, frame

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hw.reader.found import Image

EMPTY = frame()
A, B = frame((code("A"), 300, 300)), frame((code("B"), 300, 300))
BOTH = frame((code("A"), 100, 300), (code("B"), 800, 300))


class Bench:
    """A loop, what it is fed, the gate's end of its socket, and the time."""

    def __init__(self, path: Path) -> None:
        """Listen as a gate would."""
        self.path = path / "gate.sock"
        self.now_ms = 100_000
        self.shots: list[Shot] = []
        self.decoder = build("zxing")
        self.link = GateLink(self.path)
        self.loop = ReaderLoop(self, self.decoder, self.link, lambda: self.now_ms)
        self.listener: socket.socket | None = None
        self.peer: socket.socket | None = None
        self.listen()

    def listen(self) -> None:
        """Open the gate's socket."""
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_NONBLOCK)
        self.listener.bind(str(self.path))
        self.listener.listen(1)

    def vanish(self) -> None:
        """End the gate hard."""
        for end in (self.peer, self.listener):
            if end is not None:
                end.close()
        self.peer = self.listener = None
        self.path.unlink(missing_ok=True)

    def shoot(self) -> Shot:
        """Deliver the next shot (the bench is the loop's source)."""
        return self.shots.pop(0)

    def close(self) -> None:
        """Close everything."""
        self.link.close()
        self.decoder.close()
        self.vanish()

    def show(self, *images: Image, step_ms: int = 100) -> list[Scan | Beat]:
        """Take these frames through, so many milliseconds apart, and return what the gate got."""
        for image in images:
            self.now_ms += step_ms
            self.shots.append(Frame(image, self.now_ms))
            assert self.loop.turn()
        return self.heard()

    def heard(self) -> list[Scan | Beat]:
        """Return what has arrived."""
        if self.peer is None and self.listener is not None:
            try:
                self.peer, _ = self.listener.accept()
            except BlockingIOError:
                return []
            self.peer.setblocking(False)  # noqa: FBT003  its name says what it is
        messages: list[Scan | Beat] = []
        while self.peer is not None:
            try:
                message = decode(self.peer.recv(1 << 16))
            except BlockingIOError:
                break
            assert isinstance(message, Scan | Beat)
            messages.append(message)
        return messages


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """Set a bench up."""
    made = Bench(tmp_path)
    yield made
    made.close()


def test_a_held_code_is_one_scan(bench: Bench) -> None:
    """A code held for three seconds is told once, with the time of its first frame."""
    assert bench.show(EMPTY, *[A] * 30) == [Scan(100_200, (b"A",))]


def test_away_and_back_is_two_scans(bench: Bench) -> None:
    """After two seconds away the same code counts again, and another one at once."""
    assert bench.show(A, *[EMPTY] * 21, A, B) == [
        Scan(100_100, (b"A",)),
        Scan(102_300, (b"A",)),
        Scan(102_400, (b"B",)),
    ]


def test_all_new_codes_of_a_frame_go_together(bench: Bench) -> None:
    """Two codes brought at once are one message; one brought beside a held one goes alone."""
    (both,) = bench.show(BOTH)
    assert isinstance(both, Scan)
    assert sorted(both.codes) == [b"A", b"B"]
    bench.show(*[EMPTY] * 25)
    assert [scan.codes for scan in bench.show(A, BOTH) if isinstance(scan, Scan)] == [(b"A",), (b"B",)]


def test_a_still_scene_is_not_decoded(bench: Bench) -> None:
    """When nothing moves the decoder rests, but for a glance now and then."""
    bench.show(*[EMPTY] * (LINGER_FRAMES + 100))
    assert bench.loop.values(bench.now_ms)["decoded"] == LINGER_FRAMES + 100 // bench.decoder.idle_frames
    assert bench.show(A) == [Scan(bench.now_ms, (b"A",))]


def test_a_gate_that_is_gone_gets_the_code_when_it_is_back(bench: Bench) -> None:
    """While the gate is away scans are dropped and counted; a code still held is told as soon as it is back."""
    bench.show(EMPTY)
    bench.vanish()
    assert bench.show(*[A] * 5) == []
    assert bench.loop.values(bench.now_ms)["dropped"] == 5
    bench.listen()
    heard = bench.show(*[A] * 20)
    assert [scan.codes for scan in heard if isinstance(scan, Scan)] == [(b"A",)]
    assert bench.loop.values(bench.now_ms)["scans"] == 1


def test_a_full_socket_never_blocks(bench: Bench) -> None:
    """A gate that does not read costs scans, not frames."""
    for number in range(400):
        bench.now_ms += SURELY_AWAY_MS // 2
        bench.shots.append(Frame(A if number % 2 else B, bench.now_ms))
        bench.loop.turn()
    values = bench.loop.values(bench.now_ms)
    assert values["scans"] + values["dropped"] == values["frames"] == 400
    assert values["dropped"] > 0
    assert len(bench.heard()) == values["scans"]


def test_reconnecting_backs_off(bench: Bench) -> None:
    """Attempts while the gate is gone grow rarer, up to two seconds, and stop when it is back."""
    bench.vanish()
    tried: list[int] = []
    for now_ms in range(0, 20_000, 50):
        bench.path.touch()  # nobody listens at a plain file, and touching tells whether it was tried
        if not bench.link.send(b"x", now_ms) and bench.link._again_ms > now_ms and now_ms not in tried:
            tried.append(bench.link._again_ms)
    waits = sorted(set(tried))
    gaps = [later - sooner for sooner, later in itertools.pairwise(waits)]
    assert gaps == sorted(gaps)
    assert gaps[-1] == 2_000
    bench.path.unlink()
    bench.listen()
    assert bench.link.send(b"x", 30_000)
    assert bench.link.connects == 1


def test_a_gate_that_is_away_is_a_trouble_until_it_answers(bench: Bench) -> None:
    """The link says why nobody answers, and stops saying so once a connection has lasted for a second."""
    bench.vanish()
    assert not bench.link.send(b"x", 0)
    assert "No such file" in str(bench.link.trouble)
    assert not bench.link.whole()
    bench.listen()
    assert bench.link.send(b"x", 5_000)
    assert bench.link.send(b"x", 6_000)
    assert bench.link.trouble is None
    assert bench.link.whole()


def test_a_gate_that_refuses_this_reader_is_told_from_one_that_restarts(bench: Bench) -> None:
    """Who is let in and thrown out at once is told to look at the user; who was heard before is only cut off."""
    for now_ms, says in ((10_000, "is uid"), (20_000, "is uid")):
        assert bench.link.send(encode(Beat(now_ms, ())), now_ms)
        bench.heard()
        assert bench.peer is not None
        bench.peer.close()
        bench.peer = None
        assert not bench.link.whole()
        assert not bench.link.send(b"x", now_ms + 100)
        assert says in str(bench.link.trouble)
    assert bench.link.send(encode(Beat(30_000, ())), 30_000)
    assert bench.link.send(encode(Beat(31_000, ())), 31_000)
    assert bench.link.trouble is None
    bench.heard()
    bench.vanish()
    assert not bench.link.send(b"x", 32_000)
    assert str(bench.link.trouble) == "it hung up"
    assert bench.link.hang_ups == 3


def test_the_heartbeat_comes_once_a_second(bench: Bench) -> None:
    """A beat a second carries what happened, and its decode times start over."""
    bench.show(A, A)
    assert bench.loop.beat_if_due()
    assert not bench.loop.beat_if_due()
    (beat,) = bench.heard()
    assert isinstance(beat, Beat)
    values = dict(beat.values)
    assert (values["frames"], values["decoded"], values["scans"], values["stalls"]) == (2, 2, 1, 0)
    assert values["brightness"] > 100
    assert values["resident_kib"] > 10_000
    bench.now_ms += 1_000
    assert bench.loop.beat_if_due()
    (late,) = bench.heard()
    assert isinstance(late, Beat)
    assert dict(late.values)["frame_age_ms"] == 1_000


def test_stalls_are_counted_and_at_last_end_the_reader(bench: Bench) -> None:
    """A stalled camera is told in the heartbeat, and after half a minute only a new process may help."""
    bench.shots = [Stalled("dark")] * 31
    for _ in range(30):
        bench.now_ms += 1_000
        assert bench.loop.turn()
    assert bench.loop.values(bench.now_ms)["stalls"] == 30
    assert bench.loop.values(bench.now_ms)["frame_age_ms"] == 30_000
    bench.now_ms += 1_000
    with pytest.raises(CameraLostError, match="dark"):
        bench.loop.turn()


def test_a_source_that_only_needs_mending_never_ends_the_reader(bench: Bench) -> None:
    """A source that is alive may stall for as long as it likes: a new process would not help it."""
    bench.shots = [Stalled("no key", alive=True)] * 100
    for _ in range(100):
        bench.now_ms += 1_000
        assert bench.loop.turn()
    assert bench.loop.values(bench.now_ms)["stalls"] == 100


def test_the_end_waits_for_late_answers(bench: Bench) -> None:
    """After the last frame the loop goes on for a second, for what zbar still has to say."""
    bench.show(A)
    bench.shots = [Ended()] * 11
    for _ in range(10):
        bench.now_ms += 100
        assert bench.loop.turn()
    bench.now_ms += 100
    assert not bench.loop.turn()


def test_more_codes_than_fit_go_in_turns(bench: Bench) -> None:
    """Of more than four codes in a frame the rest follow with the next frame."""
    many = np.full((960, 1280), 255, np.uint8)
    for number in range(6):
        picture = code(f"N{number}", side=300)
        left, top = 20 + number % 3 * 420, 60 + number // 3 * 440
        many[top : top + len(picture), left : left + len(picture)] = picture
    heard = bench.show(many, many, many)
    codes = [code for scan in heard if isinstance(scan, Scan) for code in scan.codes]
    assert sorted(codes) == [f"N{number}".encode() for number in range(6)]
    assert len(heard) == 2
