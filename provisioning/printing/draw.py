"""Drawing a card: the same millimetres as PNG pixels, as SVG and as PDF. What stands where is the card's business."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

from PIL import Image, ImageDraw, ImageFont

from provisioning.printing.card import CODE_MM, CODE_TOP_MM, HEIGHT_MM, QUIET_MODULES, WIDTH_MM, Card, Text

if TYPE_CHECKING:
    from fpdf import FPDF

PNG_DPI: Final = 300
_MM_PER_INCH: Final = 25.4
_SVG: Final = "http://www.w3.org/2000/svg"


def png(card: Card) -> bytes:
    """Draw at 300 dots an inch; every module is the same whole number of pixels."""
    page = Image.new("L", (_pixels(WIDTH_MM), _pixels(HEIGHT_MM)), 255)
    pen = ImageDraw.Draw(page)
    side = _pixels(CODE_MM) // (len(card.modules) + 2 * QUIET_MODULES)
    left = (page.width - side * len(card.modules)) // 2
    top = _pixels(CODE_TOP_MM + CODE_MM / 2) - side * len(card.modules) // 2
    for row, column, length in card.runs():
        corner = (left + column * side, top + row * side)
        pen.rectangle((corner, (corner[0] + length * side - 1, corner[1] + side - 1)), fill=0)
    for text in card.texts:
        _png_text(pen, text, page.width // 2)
    out = io.BytesIO()
    page.save(out, "PNG", optimize=True, dpi=(PNG_DPI, PNG_DPI))
    return out.getvalue()


def _pixels(mm: float) -> int:
    """Convert millimetres at the resolution of the PNG."""
    return round(mm * PNG_DPI / _MM_PER_INCH)


def _png_text(pen: ImageDraw.ImageDraw, text: Text, centre: int) -> None:
    """Write one line; the font inside Pillow has one weight, so bold is a thin outline."""
    font = ImageFont.load_default(_pixels(text.size_mm))
    at = (centre, _pixels(text.baseline_mm))
    pen.text(at, text.text, fill=0, font=font, anchor="ms", stroke_width=1 if text.bold else 0)


def svg(card: Card) -> bytes:
    """Draw as SVG 1.1: the code is one path in units of modules, the text stays text."""
    ET.register_namespace("", _SVG)
    size = {"width": f"{WIDTH_MM:g}mm", "height": f"{HEIGHT_MM:g}mm", "viewBox": f"0 0 {WIDTH_MM:g} {HEIGHT_MM:g}"}
    page = ET.Element(f"{{{_SVG}}}svg", {"version": "1.1", **size})
    ET.SubElement(page, f"{{{_SVG}}}rect", {"width": f"{WIDTH_MM:g}", "height": f"{HEIGHT_MM:g}", "fill": "#fff"})
    left, top = _code_corner(card)
    path = "".join(f"M{column} {row}h{length}v1h-{length}z" for row, column, length in card.runs())
    place = f"translate({left:.4f} {top:.4f}) scale({card.module_mm:.6f})"
    ET.SubElement(
        page, f"{{{_SVG}}}path", {"id": "code", "transform": place, "d": path, "shape-rendering": "crispEdges"}
    )
    for text in card.texts:
        look = {"x": f"{WIDTH_MM / 2:g}", "y": f"{text.baseline_mm:.2f}", "font-size": f"{text.size_mm:.2f}"}
        look |= {"text-anchor": "middle", "font-family": "Helvetica, Arial, sans-serif"}
        look |= {"font-weight": "bold"} if text.bold else {}
        ET.SubElement(page, f"{{{_SVG}}}text", look).text = text.text
    drawn: bytes = ET.tostring(page, encoding="utf-8", xml_declaration=True)
    return drawn


def pdf(card: Card, made: int) -> bytes:
    """Draw as PDF: the code is made of filled rectangles, so a printer gives it its own sharpness.

    `made` (Unix seconds) is the date in the file, so that the same card gives the same bytes.
    """
    from fpdf import FPDF  # noqa: PLC0415  only who prints a PDF needs the library

    page = FPDF(unit="mm", format=(WIDTH_MM, HEIGHT_MM))
    page.set_creation_date(datetime.fromtimestamp(made, UTC))
    page.set_title("Gapura")
    page.set_margin(0)
    page.set_auto_page_break(auto=False)
    page.add_page()
    left, top = _code_corner(card)
    side = card.module_mm
    for row, column, length in card.runs():
        page.rect(left + column * side, top + row * side, length * side, side, style="F")
    for text in card.texts:
        _pdf_text(page, text)
    return bytes(page.output())


def _pdf_text(page: FPDF, text: Text) -> None:
    """Write one line in a font every reader has; letters it lacks become question marks."""
    page.set_font("Helvetica", "B" if text.bold else "", text.size_mm / _MM_PER_INCH * 72)
    shown = text.text.encode("latin-1", "replace").decode("latin-1")
    page.text((WIDTH_MM - page.get_string_width(shown)) / 2, text.baseline_mm, shown)


def _code_corner(card: Card) -> tuple[float, float]:
    """Return the upper left corner of the first module, inside the quiet zone."""
    quiet = QUIET_MODULES * card.module_mm
    return (WIDTH_MM - CODE_MM) / 2 + quiet, CODE_TOP_MM + quiet
