"""Picture files: what counts as one, what its pixels are, and that nothing else gets in.

Only bytes; no file is opened.
"""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

from hw.reader.images import ImageError, is_image, load
from tests.unit.hw.reader.pictures import code, png

GRADIENT = np.add.outer(np.arange(40), np.arange(60)).astype(np.uint8)


def _file(picture: Pillow.Image, form: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


@pytest.mark.parametrize("form", ["PNG", "BMP", "GIF", "TIFF", "PPM", "JPEG", "WEBP"])
def test_forms_are_known_and_read(form: str) -> None:
    """Each common form is recognised by its first bytes and gives its grey levels, exactly where it is lossless."""
    data = _file(Pillow.fromarray(GRADIENT), form, **({"lossless": True} if form == "WEBP" else {}))
    assert is_image(data)
    difference = np.abs(load(data).astype(int) - GRADIENT)
    assert difference.max() <= (8 if form == "JPEG" else 1)


@pytest.mark.parametrize("data", [b"", b"GP1:ABC", b"HC1:BM", b"BM", b"RIFFxxxxWAVE", b"P5", b"{}", b"\x89PNG"])
def test_codes_are_no_pictures(data: bytes) -> None:
    """A text file that holds a code is not taken for a picture."""
    assert not is_image(data)


def test_orientation_tags_are_ignored() -> None:
    """A tag that turns the picture does not turn the pixels."""
    picture = Pillow.fromarray(GRADIENT)
    exif = picture.getexif()
    exif[0x0112] = 6
    assert load(_file(picture, "PNG", exif=exif)).shape == GRADIENT.shape


def test_transparent_is_paper() -> None:
    """A black code on nothing is black on white."""
    black = code("GP1:X")
    levels = np.dstack([np.zeros_like(black)] * 3 + [255 - black])
    assert np.array_equal(load(png(levels)), black)


@pytest.mark.parametrize(("deep", "shallow"), [(65535, 255), (65535 // 2, 127), (257, 1), (0, 0)])
def test_sixteen_bits_are_scaled(deep: int, shallow: int) -> None:
    """A deep picture keeps its shades instead of saturating."""
    levels = np.full((4, 4), deep, np.uint16)
    levels[0, 0] = 65535
    assert load(_file(Pillow.fromarray(levels), "PNG"))[3, 3] == shallow


def test_palettes_and_colours_become_grey() -> None:
    """Any mode gives one grey level a pixel."""
    for mode in ("1", "L", "P", "RGB", "CMYK", "YCbCr"):
        form = "TIFF" if mode in {"CMYK", "YCbCr"} else "PNG"
        image = load(_file(Pillow.new(mode, (5, 3)), form))
        assert image.shape == (3, 5)
        assert image.dtype == np.uint8


def test_bombs_are_refused_before_decoding() -> None:
    """A small file that claims an immense picture is refused by its header."""
    size = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 0, 0, 0, 0)
    head = b"IHDR" + size
    data = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head))
    assert is_image(data)
    with pytest.raises(ImageError):
        load(data)


@given(st.sampled_from(["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP"]), st.integers(0, 200), st.binary(max_size=30))
def test_damaged_files_are_one_error(form: str, at: int, patch: bytes) -> None:
    """A damaged or cut file is read or refused, and nothing else comes out."""
    data = _file(Pillow.fromarray(GRADIENT), form)
    for damaged in (data[:at] + patch + data[at + len(patch) :], data[:at]):
        try:
            image = load(damaged)
        except ImageError:
            continue
        assert image.dtype == np.uint8
        assert image.ndim == 2


@given(st.binary(max_size=200))
def test_noise_is_one_error(data: bytes) -> None:
    """Bytes that are no picture are refused."""
    with pytest.raises(ImageError):
        load(data)
