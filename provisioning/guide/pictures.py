"""The ten steps of a set-up as one drawing: a picture a step with its number and its words in both languages. Pure.

The pictures have no words inside but numbers, so that one drawing serves every language; what is written below them is
what stands on the set-up sheet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

from provisioning.printing import paper

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provisioning.printing.words import Line

COLUMNS: Final = 5
TILE_WIDE, TILE_HIGH = 200, 236
_PICTURE_HIGH: Final = 120
_SVG: Final = "http://www.w3.org/2000/svg"
_LEADING: Final = 1.25
_LARGE, _SMALL = 11.0, 9.0

_SHEET: Final = "M{x} {y}h44v58h-44z M{x2} {y2}h12v12h-12z M{x3} {y2}h12v12h-12z M{x2} {y3}h12v12h-12z"
_DOOR: Final = "M124 24h46v84h-46z M160 66h4v8h-4z"
_DEVICE: Final = "M28 44h44v34h-44z"


def _sheet(x: int, y: int) -> str:
    """Draw a sheet of paper with three corners of a code."""
    return _SHEET.format(x=x, y=y, x2=x + 8, y2=y + 20, x3=x + 24, y3=y + 36)


_LINES: Final[tuple[tuple[str, ...], ...]] = (
    (
        _sheet(30, 36),
        _DOOR,
        "M92 62h14 M92 72h14",
    ),
    (
        "M96 16v96 M104 16v96",
        _DEVICE,
        "M72 60h24",
        "M104 60h12 M116 52h20v16h-20z M126 56a4 4 0 1 0 .1 0",
        "M150 50l22-12 M150 60h24 M150 70l22 12",
    ),
    (
        _DEVICE,
        "M72 54h34q14 0 14 14v24h22 M142 84h24v16h-24z",
        "M46 78v22h-20 M26 92l-12 8 12 8 M172 36l-12 22h14l-12 22",
    ),
    (
        "M100 40a24 24 0 1 0 .1 0",
        "M100 14v14 M100 100v14 M50 64h14 M136 64h14 M66 30l9 9 M134 30l-9 9 M66 98l9-9 M134 98l-9-9",
    ),
    (
        _sheet(22, 34),
        "M134 46h38v38h-38z M153 53a12 12 0 1 0 .1 0 M153 60a5 5 0 1 0 .1 0",
        "M72 100h56 M78 95l-6 5 6 5 M122 95l6 5-6 5",
    ),
    (
        "M40 26h48v84h-48z M46 34h36v56h-36z M52 42h10v10h-10z M66 42h10v10h-10z M52 56h10v10h-10z",
        "M58 100h12",
        "M118 60a44 44 0 0 1 56 0 M126 72a30 30 0 0 1 40 0 M134 84a16 16 0 0 1 24 0",
        "M146 94a2 2 0 1 0 .1 0",
    ),
    (
        "M30 50h40v30h-40z M70 65h50 M112 58l8 7-8 7",
        "M122 78q-12 0-12-12 0-12 13-12 4-16 20-12 16-6 18 12 14 2 14 14 0 10-12 10z",
        "M50 92a10 10 0 1 0 .1 0 M50 96v6h5",
    ),
    (
        "M64 34a18 18 0 1 0 .1 0",
        "M64 18v8 M36 52h8 M84 52h8 M44 32l6 6 M84 32l-6 6",
        "M104 42h68v40h-68z M112 54h50 M112 66h36",
        "M64 44v10 M64 60v1 M112 96l8 8 16-18",
    ),
    (
        "M24 46h52v34h-52z M32 56h10v10h-10z M48 56h20 M48 64h20",
        _DOOR,
        "M92 60h22 M106 53l8 7-8 7",
    ),
    (
        "M36 30h44v24l-8 8-7-8-7 8-7-8-7 8-8-8z M36 82l8-8 7 8 7-8 7 8 7-8 8 8v26h-44z",
        "M118 66l14 16 34-36",
    ),
)
"""What each picture is made of, in the order of the steps."""

_FILLED: Final = {3: ("#1f6fd6", "M100 40a24 24 0 1 0 .1 0"), 7: ("#c62828", "M64 34a18 18 0 1 0 .1 0")}
"""The lamps: blue while the gate works, red when somebody has to do something."""


def draw(steps: Sequence[Line]) -> bytes:
    """Draw the steps as SVG 1.1; there are as many as there are pictures."""
    rows = -(-len(steps) // COLUMNS)
    wide, high = COLUMNS * TILE_WIDE, rows * TILE_HIGH
    ET.register_namespace("", _SVG)
    page = ET.Element(f"{{{_SVG}}}svg", {"version": "1.1", "viewBox": f"0 0 {wide} {high}", "width": str(wide)})
    ET.SubElement(page, f"{{{_SVG}}}title").text = "Ten steps to a working gate"
    ET.SubElement(page, f"{{{_SVG}}}rect", {"width": str(wide), "height": str(high), "fill": "#fff"})
    for at, (step, lines) in enumerate(zip(steps, _LINES, strict=True)):
        place = f"translate({at % COLUMNS * TILE_WIDE} {at // COLUMNS * TILE_HIGH})"
        _tile(ET.SubElement(page, f"{{{_SVG}}}g", {"transform": place}), at, step, lines)
    drawn: bytes = ET.tostring(page, encoding="utf-8", xml_declaration=True)
    return drawn + b"\n"


def _tile(tile: ET.Element, at: int, step: Line, lines: Sequence[str]) -> None:
    """Draw one picture with its number, and its words below."""
    frame = {"x": "4", "y": "4", "width": str(TILE_WIDE - 8), "height": str(TILE_HIGH - 8)}
    ET.SubElement(tile, f"{{{_SVG}}}rect", frame | {"fill": "none", "stroke": "#bbb", "rx": "6"})
    if at in _FILLED:
        colour, shape = _FILLED[at]
        ET.SubElement(tile, f"{{{_SVG}}}path", {"d": shape, "fill": colour})
    pen = {
        "fill": "none",
        "stroke": "#222",
        "stroke-width": "2.5",
        "stroke-linejoin": "round",
        "stroke-linecap": "round",
    }
    ET.SubElement(tile, f"{{{_SVG}}}path", pen | {"d": " ".join(lines)})
    _write(tile, 14, 22, 15.0, str(at + 1), bold=True)
    y = float(_PICTURE_HIGH + 8)
    for text, size, bold in ((step.indonesian, _LARGE, True), (step.english, _SMALL, False)):
        for line in paper.wrapped(text, size, TILE_WIDE - 48, bold=bold):
            y += size * _LEADING
            _write(tile, 12, y, size, line, bold=bold)
        y += 2


def _write(tile: ET.Element, x: float, y: float, size: float, text: str, *, bold: bool) -> None:
    look = {"x": f"{x:g}", "y": f"{y:.2f}", "font-size": f"{size:g}", "font-family": "Helvetica, Arial, sans-serif"}
    ET.SubElement(tile, f"{{{_SVG}}}text", look | ({"font-weight": "bold"} if bold else {})).text = text


if __name__ == "__main__":
    from pathlib import Path

    from provisioning.handing.words import STEPS

    Path(__file__).with_name("steps.svg").write_bytes(draw(STEPS))
