"""From a picture to the codes in it: the choice of decoders, and how they share live frames.

It decides which decoder looks at which picture and how often. It may not judge what a code says, and no picture
leaves this process but to zbar's child.
"""

from __future__ import annotations

import itertools
import time
from dataclasses import replace
from typing import Final, Literal, Protocol

from hw.reader import looks
from hw.reader.found import Found, Image, rescaled
from hw.reader.thorough import ThoroughDecoder
from hw.reader.zbar_process import DecoderError, ZbarProcess
from hw.reader.zxing import Zxing

Name = Literal["auto", "pyzbar", "zxing"]
NAMES: Final[tuple[Name, ...]] = ("auto", "pyzbar", "zxing")
ZBAR_GAP_MS = 200
"""Live, zbar rests at least so long between two frames, and at least as long again as it worked."""
REST_S = 1.0


class Decoder(Protocol):
    """Finds QR Codes in pictures."""

    @property
    def restarts(self) -> int:
        """How often zbar's child had to be replaced."""

    @property
    def child_pid(self) -> int | None:
        """The process id of zbar's child, if one lives."""

    @property
    def idle_frames(self) -> int:
        """A scene that stands still is glanced at once in so many frames: 1/100 of a zbar scan a frame at most."""

    def decode(self, image: Image) -> tuple[Found, ...]:
        """Return the codes in the picture (live: or in one a little earlier, see `Found.age_ms`)."""

    def glance(self, image: Image) -> tuple[Found, ...]:
        """Return what the cheapest look finds."""

    def close(self) -> None:
        """End what was started."""


def build(name: Name, *, thorough: bool = False) -> Decoder:
    """Make a decoder: live by default, `thorough` for still pictures.

    `auto` goes without zbar where it cannot be loaded; `pyzbar` raises DecoderError there.
    """
    if name not in NAMES:
        why = f"no decoder is named {name}: {', '.join(NAMES)}"
        raise DecoderError(why)
    zxing = None if name == "pyzbar" else Zxing()
    zbar = None
    if name != "zxing":
        try:
            zbar = ZbarProcess(rest_s=0.0 if thorough else REST_S)
        except DecoderError:
            if name == "pyzbar":
                raise
    if thorough:
        return ThoroughDecoder(zxing, zbar)
    if zxing is not None:
        return LiveDecoder(zxing, zbar)
    if zbar is not None:
        return ZbarDecoder(zbar)
    why = "zbar was not started"
    raise AssertionError(why)


class LiveDecoder:
    """zxing-cpp on every frame; where it finds nothing, one other look a frame and now and then zbar, meanwhile."""

    idle_frames: Final = 40

    def __init__(self, zxing: Zxing, zbar: ZbarProcess | None) -> None:
        """Take the parts over; zbar is closed with this decoder."""
        self._zxing = zxing
        self._zbar = zbar
        self._looks = itertools.cycle(looks.quick())
        self._views = itertools.cycle(looks.zbar_views())
        self._view = looks.WHOLE
        self._sent_ms = 0
        self._free_ms = 0

    @property
    def restarts(self) -> int:
        """How often zbar's child had to be replaced."""
        return 0 if self._zbar is None else self._zbar.restarts

    @property
    def child_pid(self) -> int | None:
        """The process id of zbar's child, if one lives."""
        return None if self._zbar is None else self._zbar.pid

    def decode(self, image: Image) -> tuple[Found, ...]:
        """Return zxing-cpp's codes, else those of another look, else zbar's of an earlier frame."""
        now_ms = time.monotonic_ns() // 1_000_000
        late = self._collect(now_ms)
        found = self._zxing.look(image)
        if not found:
            look = next(self._looks)
            changed, scale = look(image)
            found = self._zxing.look(changed, look.binarizer, scale)
        if not found and not late:
            self._send(image, now_ms)
        return found or late

    def glance(self, image: Image) -> tuple[Found, ...]:
        """Return what zxing-cpp finds at first sight."""
        return self._zxing.look(image)

    def close(self) -> None:
        """End zbar's child."""
        if self._zbar is not None:
            self._zbar.close()

    def _send(self, image: Image, now_ms: int) -> None:
        if self._zbar is not None and not self._zbar.is_busy() and now_ms >= self._free_ms:
            self._view, self._sent_ms = next(self._views), now_ms
            self._zbar.submit(self._view(image), inverted=self._view.inverted)

    def _collect(self, now_ms: int) -> tuple[Found, ...]:
        if self._zbar is None or not self._zbar.is_busy():
            return ()
        found = self._zbar.poll()
        took_ms = now_ms - self._sent_ms
        if not self._zbar.is_busy():
            self._free_ms = now_ms + max(ZBAR_GAP_MS, took_ms)
        return tuple(replace(rescaled(one, self._view.scale), age_ms=took_ms) for one in found or ())


class ZbarDecoder:
    """zbar alone, live: every frame, in views that take turns."""

    idle_frames: Final = 120

    def __init__(self, zbar: ZbarProcess) -> None:
        """Take zbar over."""
        self._zbar = zbar
        self._views = itertools.cycle(looks.zbar_views())

    @property
    def restarts(self) -> int:
        """How often zbar's child had to be replaced."""
        return self._zbar.restarts

    @property
    def child_pid(self) -> int | None:
        """The process id of zbar's child, if one lives."""
        return self._zbar.pid

    def decode(self, image: Image) -> tuple[Found, ...]:
        """Return what zbar finds in this frame's view."""
        return self._look(next(self._views), image)

    def glance(self, image: Image) -> tuple[Found, ...]:
        """Return what zbar finds at half the size, inverted codes included."""
        return self._look(looks.HALF, image)

    def close(self) -> None:
        """End zbar's child."""
        self._zbar.close()

    def _look(self, view: looks.View, image: Image) -> tuple[Found, ...]:
        found = self._zbar.scan(view(image), inverted=view.inverted)
        return tuple(rescaled(one, view.scale) for one in found)
