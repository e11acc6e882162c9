"""Public photographs through the decoders for still pictures: nothing that zxing-cpp reads by itself is lost.

A sample by default, all of them with GAPURA_FULL=1; without the photographs it says so and how to have them.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
import zxingcpp

from hw.reader.decoders import build
from hw.reader.found import centre
from hw.reader.images import load
from tests.bench.truth import Read, Truth, folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hw.reader.decoders import Decoder

PHOTOS = folder()
SAMPLE_STEP = 1 if os.environ.get("GAPURA_FULL") == "1" else 16
EXTRA = ("boof-curved/image002.jpg", "zxing-qrcode-2/10.jpg", "zxcpp-qrcode-7/01-01.jpg")
"""In every sample: a bent code, one in Shift JIS, one of a structured append that pyzbar itself cannot name."""


def _names() -> list[str]:
    if PHOTOS is None:
        return []
    names = Truth(PHOTOS).names()
    return sorted({*names[::SAMPLE_STEP], *(name for name in EXTRA if name in names)})


@pytest.fixture(scope="module")
def still() -> Iterator[Decoder]:
    """Build the decoder that `gapura inspect` uses."""
    decoder = build("auto", thorough=True)
    yield decoder
    decoder.close()


def test_the_photographs_are_there() -> None:
    """Without the photographs this whole file checks nothing, and says so."""
    if PHOTOS is None:
        pytest.skip("0 of 621 photographs checked: set GAPURA_PHOTOS to the folder that holds truth.json")
    assert len(_names()) >= 30


@pytest.mark.parametrize("name", _names())
def test_nothing_is_lost_against_zxing_cpp(still: Decoder, name: str) -> None:
    """Every code that zxing-cpp with its defaults reads in a photograph is read, byte for byte; zbar's child lives."""
    assert PHOTOS is not None
    image = load((PHOTOS / name).read_bytes())
    reference = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    found = still.decode(image)
    assert {code.bytes for code in reference} <= {one.data for one in found}
    assert still.restarts == 0
    height, width = image.shape
    for one in found:
        if one.polygon is not None:
            x, y = centre(one.polygon)
            assert 0 <= x < width
            assert 0 <= y < height


def test_the_sample_is_read_at_the_published_rate(still: Decoder) -> None:
    """Of the pictures with a published truth, more are read right than zxing-cpp reads anywhere: four in five."""
    if PHOTOS is None:
        pytest.skip("0 of 621 photographs checked: set GAPURA_PHOTOS to the folder that holds truth.json")
    truth = Truth(PHOTOS)
    names = [name for name in _names() if truth.published(name)]
    right = 0
    for name in names:
        found = still.decode(load((PHOTOS / name).read_bytes()))
        places = (None if one.polygon is None else centre(one.polygon) for one in found)
        reads = [Read(one.data, one.text, place) for one, place in zip(found, places, strict=True)]
        right += truth.right(name, reads) > 0
    assert right >= 0.8 * len(names)
