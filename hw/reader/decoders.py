"""From a picture to the codes in it: zxing-cpp, zbar, both live, and both with patience for still pictures.

It decides which decoder looks at which picture and how often. It may not judge what a code says, and no picture
leaves this process but to zbar's child.
"""

from __future__ import annotations

import itertools
import time
from dataclasses import replace
from typing import Final, Literal, Protocol

import numpy as np
import zxingcpp

from hw.reader import looks
from hw.reader.found import Found, Image, union
from hw.reader.zbar_process import DecoderError, ZbarProcess

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


class Zxing:
    """zxing-cpp with its defaults, QR Code only."""

    def __init__(self) -> None:
        """Nothing is held but the choice of formats."""
        self._formats = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)

    def look(self, image: Image, binarizer: looks.Binarizer = "local", scale: float = 1.0) -> tuple[Found, ...]:
        """Decode once; polygons are divided by `scale`."""
        how = zxingcpp.Binarizer.LocalAverage if binarizer == "local" else zxingcpp.Binarizer.GlobalHistogram
        codes = zxingcpp.read_barcodes(image, formats=self._formats, binarizer=how)
        return tuple(_from_zxing(code, scale) for code in codes if code.bytes)


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
        return tuple(replace(_rescaled(one, self._view.scale), age_ms=took_ms) for one in found or ())


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
        return tuple(_rescaled(one, view.scale) for one in found)


class ThoroughDecoder:
    """Both decoders on a still picture, and where neither finds anything every other look until one does."""

    idle_frames: Final = 1

    def __init__(self, zxing: Zxing | None, zbar: ZbarProcess | None) -> None:
        """Take the parts over; at least one is given."""
        self._zxing = zxing
        self._zbar = zbar
        self._looks = looks.all_looks()

    @property
    def restarts(self) -> int:
        """How often zbar's child had to be replaced."""
        return 0 if self._zbar is None else self._zbar.restarts

    @property
    def child_pid(self) -> int | None:
        """The process id of zbar's child, if one lives."""
        return None if self._zbar is None else self._zbar.pid

    def decode(self, image: Image) -> tuple[Found, ...]:
        """Return the codes both decoders find, zxing-cpp's first; a symbol found by both counts once."""
        found = self.glance(image)
        if self._zbar is not None:
            found = union(found, self._zbar.scan(image, inverted=not found))
        for look in self._looks:
            if found:
                break
            if look.suits(image):
                found = self._look(look, image)
        return found

    def glance(self, image: Image) -> tuple[Found, ...]:
        """Return what zxing-cpp finds at first sight."""
        return () if self._zxing is None else self._zxing.look(image)

    def close(self) -> None:
        """End zbar's child."""
        if self._zbar is not None:
            self._zbar.close()

    def _look(self, look: looks.Look, image: Image) -> tuple[Found, ...]:
        """Look once; who is alone takes the other's looks as well."""
        changed, scale = look(image)
        changed = np.ascontiguousarray(changed)
        if self._zxing is not None and (look.decoder == "zxing" or self._zbar is None):
            return self._zxing.look(changed, look.binarizer, scale)
        if self._zbar is not None:
            return tuple(_rescaled(one, scale) for one in self._zbar.scan(changed, inverted=False))
        return ()


def _from_zxing(code: zxingcpp.Barcode, scale: float) -> Found:
    at = code.position
    corners = (at.top_left, at.top_right, at.bottom_right, at.bottom_left)
    a, b, c, d = ((round(point.x / scale), round(point.y / scale)) for point in corners)
    binary = code.content_type == zxingcpp.ContentType.Binary
    return Found(code.bytes, None if binary else code.text, (a, b, c, d), "zxing")


def _rescaled(found: Found, scale: float) -> Found:
    if found.polygon is None or scale == 1:
        return found
    a, b, c, d = ((round(x / scale), round(y / scale)) for x, y in found.polygon)
    return replace(found, polygon=(a, b, c, d))
