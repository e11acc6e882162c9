"""Both decoders on a still picture, with patience: for `gapura inspect`, where nobody stands and waits.

It decides which looks are worth their time. It may not judge what a code says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from hw.reader import looks
from hw.reader.found import rescaled, union

if TYPE_CHECKING:
    from hw.reader.found import Found, Image
    from hw.reader.zbar_process import ZbarProcess
    from hw.reader.zxing import Zxing


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
            return tuple(rescaled(one, scale) for one in self._zbar.scan(changed, inverted=False))
        return ()
