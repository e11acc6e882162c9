"""Pages of any size with text, codes, lines and boxes, all in millimetres, drawn as PNG or as one PDF of many pages.

What stands where is decided by whoever lays a page out; both drawings put it exactly there.
"""

from __future__ import annotations

import functools
import io
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Literal

import segno
from PIL import Image, ImageDraw, ImageFont

from provisioning.printing.card import QUIET_MODULES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from fpdf import FPDF

A4_MM: Final = (210.0, 297.0)
_MM_PER_INCH: Final = 25.4
_POINTS_PER_MM: Final = 72 / _MM_PER_INCH
_MASK: Final = 2
_MEASURED_PIXELS: Final = 100
_MODULE_PIXELS: Final = 6
"""A module's side in the picture that a PDF holds: an even enlargement whatever draws it."""

Align = Literal["left", "centre", "right"]


@dataclass(frozen=True, slots=True)
class Text:
    """One line of type: where it begins, is centred or ends, its base line, its height; `grey` 0 is black."""

    x_mm: float
    baseline_mm: float
    size_mm: float
    text: str
    bold: bool = False
    align: Align = "left"
    grey: int = 0


@dataclass(frozen=True, slots=True)
class Code:
    """A QR code in a square with its quiet zone of four modules; `modules` are its rows, true is dark."""

    x_mm: float
    y_mm: float
    side_mm: float
    modules: tuple[tuple[bool, ...], ...]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle: an outline, or filled with a grey from 0 (black) to 255."""

    x_mm: float
    y_mm: float
    width_mm: float
    height_mm: float
    grey: int | None = None


Mark = Text | Code | Box


@dataclass(frozen=True, slots=True)
class Page:
    """A page; later marks lie over earlier ones."""

    width_mm: float
    height_mm: float
    marks: tuple[Mark, ...]


def modules_of(code: str) -> tuple[tuple[bool, ...], ...]:
    """Draw a text of compressed bytes as a QR symbol at level M (ISO/IEC 18004).

    Such bytes are as good as random under any mask, and weighing all eight would take most of the time of a sheet.
    """
    symbol = segno.make_qr(code, error="m", boost_error=False, mask=_MASK)
    return tuple(tuple(bool(cell) for cell in row) for row in symbol.matrix)


@functools.cache
def _measure() -> ImageFont.FreeTypeFont:
    """The font in which lines are measured."""
    font = ImageFont.load_default(_MEASURED_PIXELS)
    if not isinstance(font, ImageFont.FreeTypeFont):
        msg = "Pillow was built without FreeType"
        raise TypeError(msg)
    return font


def width_mm(text: str, size_mm: float, *, bold: bool = False) -> float:
    """How wide a line is at most, in the font of either drawing: Helvetica runs a little wider than Pillow's own."""
    return _measure().getlength(text) / _MEASURED_PIXELS * size_mm * (1.13 if bold else 1.05)


def wrapped(text: str, size_mm: float, room_mm: float, *, bold: bool = False) -> list[str]:
    """Break a text between words into lines that fit; a word that fits nowhere is cut."""
    lines, line = [], ""
    for word in text.split():
        longer = f"{line} {word}" if line else word
        if width_mm(longer, size_mm, bold=bold) <= room_mm:
            line = longer
            continue
        lines += [line] if line else []
        line = word
        while width_mm(line, size_mm, bold=bold) > room_mm:
            most = next(at for at in range(len(line), 0, -1) if at == 1 or width_mm(line[:at], size_mm) <= room_mm)
            lines.append(line[:most])
            line = line[most:]
    return [*lines, line] if line else lines


def fitted(text: str, size_mm: float, room_mm: float, *, bold: bool = False) -> float:
    """The largest height up to `size_mm` at which a text fits on one line."""
    wide = width_mm(text, size_mm, bold=bold)
    return size_mm if wide <= room_mm else size_mm * room_mm / wide


def png(page: Page, dpi: int = 300) -> bytes:
    """Draw one page; each module is the same whole number of pixels."""
    scale = dpi / _MM_PER_INCH
    sheet = Image.new("L", (round(page.width_mm * scale), round(page.height_mm * scale)), 255)
    pen = ImageDraw.Draw(sheet)
    for mark in page.marks:
        match mark:
            case Text():
                _png_text(pen, mark, scale)
            case Code():
                _png_code(sheet, mark, scale)
            case Box():
                corners = (mark.x_mm, mark.y_mm, mark.x_mm + mark.width_mm, mark.y_mm + mark.height_mm)
                place = [round(each * scale) for each in corners]
                pen.rectangle(place, fill=mark.grey, outline=0 if mark.grey is None else mark.grey, width=2)
    out = io.BytesIO()
    sheet.save(out, "PNG", optimize=True, dpi=(dpi, dpi))
    return out.getvalue()


_ANCHORS: Final = {"left": "ls", "centre": "ms", "right": "rs"}


def _png_text(pen: ImageDraw.ImageDraw, text: Text, scale: float) -> None:
    """Write one line; the font inside Pillow has one weight, so bold is a thin outline."""
    size = text.size_mm * scale
    font = ImageFont.load_default(size)
    at = (text.x_mm * scale, text.baseline_mm * scale)
    stroke = round(size / 40) if text.bold else 0
    pen.text(at, text.text, fill=text.grey, font=font, anchor=_ANCHORS[text.align], stroke_width=stroke)


def _png_code(sheet: Image.Image, code: Code, scale: float) -> None:
    """Draw a code in the middle of its square."""
    across = len(code.modules) + 2 * QUIET_MODULES
    drawn = _picture(code, max(1, int(code.side_mm * scale) // across))
    left = round((code.x_mm + code.side_mm / 2) * scale) - drawn.width // 2
    top = round((code.y_mm + code.side_mm / 2) * scale) - drawn.height // 2
    sheet.paste(drawn.convert("L"), (left, top))


def _picture(code: Code, side: int) -> Image.Image:
    """Draw a code with its quiet zone, `side` pixels a module, in black and white."""
    across = len(code.modules) + 2 * QUIET_MODULES
    small = Image.new("1", (across, across))
    small.putdata([cell for row in _framed(code.modules) for cell in row])
    return small.resize((across * side, across * side), Image.Resampling.NEAREST)


def _framed(modules: Sequence[Sequence[bool]]) -> Iterable[list[int]]:
    """Put the quiet zone around the rows; 1 is white."""
    across = len(modules) + 2 * QUIET_MODULES
    quiet = [[1] * across for _ in range(QUIET_MODULES)]
    inner = ([1] * QUIET_MODULES + [int(not cell) for cell in row] + [1] * QUIET_MODULES for row in modules)
    return [*quiet, *inner, *quiet]


def pdf(pages: Iterable[Page], made: int, title: str, drawn: Callable[[int], object] = lambda _: None) -> bytes:
    """Draw pages as one PDF; `drawn` hears after each page how many there are.

    `made` (Unix seconds) is the date in the file, so that the same pages give the same bytes.
    """
    from fpdf import FPDF  # noqa: PLC0415  only who prints a PDF needs the library

    file = FPDF(unit="mm", format=A4_MM)
    file.set_creation_date(datetime.fromtimestamp(made, UTC))
    file.set_title(title)
    file.set_margin(0)
    file.set_auto_page_break(auto=False)
    for number, page in enumerate(pages, 1):
        file.add_page(format=(page.width_mm, page.height_mm))
        for mark in page.marks:
            _pdf_mark(file, mark)
        drawn(number)
    return bytes(file.output())


def _pdf_mark(file: FPDF, mark: Mark) -> None:
    """Draw one mark."""
    match mark:
        case Text():
            _pdf_text(file, mark)
        case Code():
            picture = _picture(mark, _MODULE_PIXELS)
            file.image(picture, mark.x_mm, mark.y_mm, mark.side_mm, mark.side_mm)
        case Box(grey=None):
            file.set_line_width(0.35)
            file.rect(mark.x_mm, mark.y_mm, mark.width_mm, mark.height_mm)
        case Box():
            file.set_fill_color(mark.grey or 0)
            file.rect(mark.x_mm, mark.y_mm, mark.width_mm, mark.height_mm, style="F")


def _pdf_text(file: FPDF, text: Text) -> None:
    """Write one line in a font every reader has; letters it lacks become question marks."""
    file.set_font("Helvetica", "B" if text.bold else "", text.size_mm * _POINTS_PER_MM)
    file.set_text_color(text.grey)
    shown = text.text.encode("latin-1", "replace").decode("latin-1")
    before = {"left": 0.0, "centre": 0.5, "right": 1.0}[text.align]
    file.text(text.x_mm - before * file.get_string_width(shown), text.baseline_mm, shown)
