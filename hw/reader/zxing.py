"""zxing-cpp: one call, the true bytes, QR Code only.

It decides nothing but the binarizer it is told. It may not change a picture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import zxingcpp

from hw.reader.found import Found

if TYPE_CHECKING:
    from hw.reader.found import Image
    from hw.reader.looks import Binarizer


class Zxing:
    """zxing-cpp with its defaults, QR Code only."""

    def __init__(self) -> None:
        """Nothing is held but the choice of formats."""
        self._formats = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)

    def look(self, image: Image, binarizer: Binarizer = "local", scale: float = 1.0) -> tuple[Found, ...]:
        """Decode once; polygons are divided by `scale`."""
        how = zxingcpp.Binarizer.LocalAverage if binarizer == "local" else zxingcpp.Binarizer.GlobalHistogram
        codes = zxingcpp.read_barcodes(image, formats=self._formats, binarizer=how)
        return tuple(_from_zxing(code, scale) for code in codes if code.bytes)


def _from_zxing(code: zxingcpp.Barcode, scale: float) -> Found:
    at = code.position
    corners = (at.top_left, at.top_right, at.bottom_right, at.bottom_left)
    a, b, c, d = ((round(point.x / scale), round(point.y / scale)) for point in corners)
    binary = code.content_type == zxingcpp.ContentType.Binary
    return Found(code.bytes, None if binary else code.text, (a, b, c, d), "zxing")
