"""The reader's loop: frame, motion gate, decoder, scan message; and once a second a heartbeat.

It decides what is sent and counts what is not. It may not judge a code, and no frame leaves it but to the decoder.
"""

from __future__ import annotations

import resource
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, assert_never

from hw.reader.held import Held
from hw.reader.messages import Beat, Scan, encode, fitting
from hw.reader.motion import MotionGate, Worth, brightness, sharpness
from hw.reader.sources import Ended, Frame, Stalled

if TYPE_CHECKING:
    from collections.abc import Callable

    from hw.reader.decoders import Decoder
    from hw.reader.found import Found, Image
    from hw.reader.gate_link import GateLink
    from hw.reader.sources import Source

BEAT_MS: Final = 1_000
LINGER_MS: Final = 1_000
"""After the last frame of a source that ends: time for zbar to finish what it was given."""
STALL_LIMIT_MS: Final = 30_000


class CameraLostError(Exception):
    """The source delivered nothing for so long that only a new process may help."""


@dataclass(slots=True)
class Counters:
    """What the heartbeat tells: counts since the start, decode times since the last beat, and the last frame."""

    frames: int = 0
    decoded: int = 0
    scans: int = 0
    dropped: int = 0
    stalls: int = 0
    decode_ms: list[int] = field(default_factory=list)
    image: Image | None = None
    frame_ms: int = 0


class ReaderLoop:
    """One source, one decoder, one gate."""

    def __init__(self, source: Source, decoder: Decoder, link: GateLink, clock_ms: Callable[[], int]) -> None:
        """Take the parts; whoever built them closes them."""
        self._source = source
        self._decoder = decoder
        self._link = link
        self._clock_ms = clock_ms
        self._gate = MotionGate(decoder.idle_frames)
        self._held = Held()
        self._count = Counters(frame_ms=clock_ms())
        self._beat_ms = 0
        self._ended_ms: int | None = None
        self._alive_ms = 0
        self.last_stall: str | None = None

    def turn(self) -> bool:
        """Take one frame through; False once the source has ended and everything is told."""
        shot = self._source.shoot()
        match shot:
            case Frame():
                self._take(shot)
            case Stalled(why, alive):
                self._count.stalls += 1
                self.last_stall = why
                if alive:
                    self._alive_ms = self._clock_ms()
            case Ended():
                return self._linger()
            case _:
                assert_never(shot)
        if self._clock_ms() - max(self._alive_ms, self._count.frame_ms) > STALL_LIMIT_MS:
            why = f"no frame for {STALL_LIMIT_MS // 1000} s ({self.last_stall})"
            raise CameraLostError(why)
        return True

    def beat_if_due(self) -> bool:
        """Send the heartbeat once a second; True when it was time."""
        now_ms = self._clock_ms()
        if now_ms - self._beat_ms < BEAT_MS:
            return False
        self._beat_ms = now_ms
        values = tuple(sorted(self.values(now_ms).items()))
        self._link.send(encode(Beat(now_ms, values)), now_ms)
        self._count.decode_ms.clear()
        return True

    @property
    def dropped(self) -> int:
        """Scans that nobody took."""
        return self._count.dropped

    def values(self, now_ms: int) -> dict[str, int]:
        """Return the heartbeat's numbers; decode times are those since the last one."""
        count, times, image = self._count, self._count.decode_ms, self._count.image
        return {
            "frames": count.frames,
            "frame_age_ms": max(0, now_ms - count.frame_ms),
            "decoded": count.decoded,
            "decode_ms_avg": sum(times) // len(times) if times else 0,
            "decode_ms_max": max(times, default=0),
            "brightness": 0 if image is None else brightness(image),
            "sharpness": 0 if image is None else sharpness(image),
            "scans": count.scans,
            "dropped": count.dropped,
            "stalls": count.stalls,
            "zbar_restarts": self._decoder.restarts,
            "connects": self._link.connects,
            "resident_kib": resident_kib(self._decoder.child_pid),
        }

    def _take(self, frame: Frame) -> None:
        count = self._count
        count.frames += 1
        count.image, count.frame_ms = frame.image, frame.boottime_ms
        worth = self._gate.judge(frame.image)
        if worth is Worth.NOTHING:
            return
        self._look(frame, self._decoder.decode if worth is Worth.DECODE else self._decoder.glance)

    def _look(self, frame: Frame, decode: Callable[[Image], tuple[Found, ...]]) -> None:
        began_ms = self._clock_ms()
        found = decode(frame.image)
        self._count.decoded += 1
        self._count.decode_ms.append(self._clock_ms() - began_ms)
        if found:
            self._gate.seen()
        self._tell(found, frame.boottime_ms - max((one.age_ms for one in found), default=0))

    def _tell(self, found: tuple[Found, ...], taken_ms: int) -> None:
        """Send what is new; what nobody took is new again in the next frame."""
        now_ms = self._clock_ms()
        fresh = self._held.fresh(tuple(one.data for one in found), now_ms)
        sent = fitting(fresh)
        if not sent:
            return
        if self._link.send(encode(Scan(max(0, taken_ms), sent)), now_ms):
            self._count.scans += 1
            self._held.forget(tuple(code for code in fresh if code not in sent))
        else:
            self._count.dropped += 1
            self._held.forget(fresh)

    def _linger(self) -> bool:
        """Look at the last frame for a while longer, since zbar answers late."""
        now_ms = self._clock_ms()
        if self._ended_ms is None:
            self._ended_ms = now_ms
        if now_ms - self._ended_ms >= LINGER_MS:
            return False
        if self._count.image is not None:
            self._look(Frame(self._count.image, now_ms), self._decoder.decode)
        return True


def resident_kib(*pids: int | None) -> int:
    """Return the resident memory of this process and the given ones."""
    return sum(_resident_kib(Path(f"/proc/{pid}/statm")) for pid in ("self", *pids) if pid is not None)


def _resident_kib(statm: Path) -> int:
    try:
        return int(statm.read_text("ascii").split()[1]) * resource.getpagesize() // 1024
    except (OSError, IndexError, ValueError):
        return 0
