"""A printed pass is read again from every form it is printed in, and says in words what its code says."""

from __future__ import annotations

import io
import re
import zlib
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import zxingcpp
from PIL import Image

from firmware.passes.gp1 import Claims
from provisioning.issuing import Issued
from provisioning.printing import page
from provisioning.printing.card import HEIGHT_MM, WIDTH_MM, Card, lay_out
from provisioning.printing.words import describe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

PIXELS_PER_MM = 12
WIB_S = 7 * 3600
VISITOR = Claims(bytes(16), "visitor", ("lobby", "floor-2"), 1_767_570_000, 1_767_574_800, 1_767_607_200, entries=1)
FULL = Claims(
    bytes(16),
    "contractor",
    tuple(f"area-{number}-of-the-east-wing" for number in range(16)),
    1_767_570_000,
    1_767_574_800,
    1_767_693_601,
    gates=tuple(f"gate-{number}" for number in range(16)),
    entries=30,
    accessible=True,
)
CODES = {"day": ("GP1:" + "6BF Y0+$.CA*" * 18, VISITOR), "full": ("GP1:" + "6BF Y0+$.CA*" * 120, FULL)}


def raster(rectangles: Iterable[tuple[float, float, float, float]]) -> NDArray[np.uint8]:
    """Fill rectangles (x, y, width, height in millimetres from the upper left) with black on a white page."""
    sheet = np.full((round(HEIGHT_MM * PIXELS_PER_MM), round(WIDTH_MM * PIXELS_PER_MM)), 255, np.uint8)
    for x, y, width, height in rectangles:
        left, right = round(x * PIXELS_PER_MM), round((x + width) * PIXELS_PER_MM)
        top, bottom = round(y * PIXELS_PER_MM), round((y + height) * PIXELS_PER_MM)
        sheet[top:bottom, left:right] = 0
    return sheet


def from_png(data: bytes) -> NDArray[np.uint8]:
    """Open a PNG, which must be an A6 page at 300 dots an inch."""
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.size == (1240, 1748)
        assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.1)
        return np.asarray(picture.convert("L"))


def from_svg(data: bytes) -> NDArray[np.uint8]:
    """Rasterise the path of an SVG, which must be well formed."""
    (path,) = (one for one in ET.fromstring(data).iter() if one.get("id") == "code")  # noqa: S314  our own file
    place = re.fullmatch(r"translate\(([\d.]+) ([\d.]+)\) scale\(([\d.]+)\)", path.get("transform", ""))
    assert place is not None
    left, top, side = map(float, place.groups())
    runs = re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", path.get("d", ""))
    return raster((left + int(x) * side, top + int(y) * side, int(length) * side, side) for x, y, length in runs)


def from_pdf(data: bytes) -> NDArray[np.uint8]:
    """Rasterise the filled rectangles of a PDF's one page."""
    streams = [zlib.decompress(found) for found in re.findall(rb"stream\n(.*?)\nendstream", data, re.DOTALL)]
    drawn = next(found for found in streams if b" re" in found).decode("latin-1")
    points = [tuple(map(float, found)) for found in re.findall(r"([-\d.]+) ([-\d.]+) ([-\d.]+) ([-\d.]+) re f", drawn)]
    mm = 25.4 / 72
    return raster((x * mm, HEIGHT_MM - y * mm, width * mm, -height * mm) for x, y, width, height in points)


READERS: dict[str, Callable[[bytes], NDArray[np.uint8]]] = {".png": from_png, ".svg": from_svg, ".pdf": from_pdf}


@pytest.mark.parametrize("which", CODES)
@pytest.mark.parametrize("suffix", READERS)
def test_a_printed_code_is_read_again(which: str, suffix: str) -> None:
    """PNG, SVG and PDF hold the code that was issued, with the quiet zone that a reader needs."""
    code, claims = CODES[which]
    drawn = page.render(Issued(code, claims), "City Hall", WIB_S, suffix)
    (found,) = zxingcpp.read_barcodes(
        READERS[suffix](drawn), formats=zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])
    )
    assert found.bytes == code.encode()


def test_the_text_form_is_the_code_alone() -> None:
    """A .txt holds the code and one line end."""
    assert page.render(Issued("GP1:ABC", VISITOR), "x", 0, ".txt") == b"GP1:ABC\n"


def test_another_form_is_our_bug() -> None:
    """The command line lets no other suffix through."""
    with pytest.raises(ValueError, match=r"\.doc"):
        page.render(Issued("GP1:ABC", VISITOR), "x", 0, ".doc")


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_the_same_pass_gives_the_same_bytes(suffix: str) -> None:
    """Drawing is a function of the pass."""
    drawn = [page.render(Issued(CODES["day"][0], VISITOR), "x", 0, suffix) for _ in range(2)]
    assert drawn[0] == drawn[1]


def test_a_pass_says_in_words_what_it_is() -> None:
    """Class, areas, local times and entries stand on the page in both languages."""
    texts = [text.text for text in lay_out(CODES["day"][0], describe(VISITOR, "Balai Kota", WIB_S)).texts]
    assert texts == [
        "Balai Kota",
        "TAMU",
        "Visitor",
        "Area: lobby, floor-2",
        "Mulai Senin, 5 Januari 2026 08.00 WIB",
        "Sampai Senin, 5 Januari 2026 17.00 WIB",
        "From Monday, 5 January 2026 08:00 WIB",
        "Until Monday, 5 January 2026 17:00 WIB",
        "Berlaku untuk satu kali masuk",
        "Valid for one entry",
        "Tunjukkan kode ke kamera di pintu; jangan dilipat.",
        "Show the code to the camera at the door; do not fold it.",
    ]


@pytest.mark.parametrize(
    ("offset_s", "zone"), [(0, "UTC"), (7 * 3600, "WIB"), (8 * 3600, "WITA"), (9 * 3600, "WIT"), (-12_600, "UTC-03:30")]
)
def test_times_are_shown_in_the_zone_they_were_given_in(offset_s: int, zone: str) -> None:
    """Indonesia's zones have their names, others their offset."""
    words = describe(VISITOR, "x", offset_s)
    assert all(line.english.endswith(f" {zone}") for line in words.period)


@pytest.mark.parametrize("which", CODES)
def test_everything_stands_on_the_page(which: str) -> None:
    """However much a pass says, its lines stay on the page, in order, clear of the code."""
    code, claims = CODES[which]
    card: Card = lay_out(code, describe(claims, "City Hall", WIB_S))
    baselines = [text.baseline_mm for text in card.texts]
    assert baselines == sorted(baselines)
    assert baselines[-1] < HEIGHT_MM
    top, bottom = 23.0 + 4 * card.module_mm, 103.0 - 4 * card.module_mm
    assert not [at for at in baselines if top < at < bottom]


def test_letters_that_a_font_lacks_do_not_stop_a_pass() -> None:
    """A name outside Latin-1 is drawn as well as the form can."""
    for suffix in READERS:
        assert page.render(Issued(CODES["day"][0], VISITOR), "ꦥꦸꦫ < & >", 0, suffix)
