"""The layout of a set-up sheet: which gate, where it hangs, its codes, what to do. One gate a page; it draws nothing.

A set of more codes than a page has room for goes on on further pages. Every page names gate, number and end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from provisioning import moments
from provisioning.handing import words
from provisioning.printing import paper
from provisioning.printing.paper import A4_MM, Box, Code, Mark, Page, Text
from provisioning.printing.words import Line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


WIDTH_MM, HEIGHT_MM = A4_MM
PHONE_MM: Final = 90.0
_MARGIN: Final = 12.0
_ROOM: Final = WIDTH_MM - 2 * _MARGIN
_GAP: Final = 3.0
_CAPTION: Final = 6.5
_LARGEST_CODE: Final = 84.0
_CODES_TOP: Final = 75.0
_CODES_END: Final = 179.0
_LAMPS_TOP: Final = 261.0
_WARNING_TOP: Final = 273.0
_GUIDE_MM: Final = 76.0
_MOST_ON_FIRST: Final = 6
_MOST_ON_NEXT: Final = 12
_GREY: Final = 90


@dataclass(frozen=True, slots=True)
class Subject:
    """What a sheet is about. `places` say where the gate hangs, each after its label; times are Unix seconds."""

    gate: str
    issuer: str
    places: tuple[tuple[Line, Line], ...]
    version: int
    digest: str
    issued: int
    expires: int
    offset_s: int


def pages(subject: Subject, codes: Sequence[str]) -> list[Page]:
    """Lay out the page of a gate, and further pages where its codes need them."""
    first, rest = codes[:_MOST_ON_FIRST], codes[_MOST_ON_FIRST:]
    caption = words.CODES if len(codes) > 1 else words.SINGLE_CODE
    marks = [*_head(subject), *_where(subject), *_warning()]
    said = f"{caption.indonesian}  /  {caption.english}"
    marks.append(
        Text(WIDTH_MM / 2, _CODES_TOP - 1.5, paper.fitted(said, 3.4, _ROOM, bold=True), said, bold=True, align="centre")
    )
    bottom = min(_CODES_END, _CODES_TOP + _down(len(first), _CODES_END - _CODES_TOP))
    marks += [*_codes(first, 1, len(codes), _CODES_TOP, bottom), *_guide(bottom)]
    made = [Page(WIDTH_MM, HEIGHT_MM, tuple(marks))]
    for at in range(0, len(rest), _MOST_ON_NEXT):
        part = rest[at : at + _MOST_ON_NEXT]
        more = [*_head(subject), *_warning(), *_codes(part, len(first) + at + 1, len(codes), 42.0, _WARNING_TOP - 4)]
        made.append(Page(WIDTH_MM, HEIGHT_MM, tuple(more)))
    return made


def phone(gate: str, remarks: Sequence[Line], codes: Sequence[str]) -> Page:
    """Lay out a narrow page for the screen of a phone, its codes below each other; what stands first is the name."""
    marks: list[Mark] = [_name(gate, PHONE_MM / 2, 13.0, PHONE_MM - 8, "centre")]
    y = 16.0
    for remark in remarks:
        for text, size in ((remark.indonesian, 3.6), (remark.english, 2.8)):
            for line in paper.wrapped(text, size, PHONE_MM - 8):
                y += size * 1.3
                marks.append(Text(PHONE_MM / 2, y, size, line, bold=size > 3, align="centre"))  # noqa: PLR2004  mm
    for number, code in enumerate(codes, 1):
        y += 9.0
        marks.append(Text(PHONE_MM / 2, y, 5.0, f"{number} / {len(codes)}", bold=True, align="centre"))
        marks.append(Code(1.0, y + 2, PHONE_MM - 2, paper.modules_of(code)))
        y += PHONE_MM + 2
    return Page(PHONE_MM, y + 6, tuple(marks))


def expiry(expires: int, offset_s: int) -> Line:
    """Say until when (Unix seconds) something is good, shown at an offset from UTC (s)."""
    ends = moments.Moment(expires, offset_s)
    return Line(
        f"{words.VALID.indonesian} {moments.period_id(ends, ends)[1]}",
        f"{words.VALID.english} {moments.period_en(ends, ends)[1]}",
    )


def _name(gate: str, x_mm: float, baseline_mm: float, room_mm: float, align: paper.Align = "left") -> Text:
    """Write a gate's name as large as fits."""
    return Text(x_mm, baseline_mm, paper.fitted(gate, 12.0, room_mm, bold=True), gate, bold=True, align=align)


def _head(subject: Subject) -> Iterator[Mark]:
    """Name the gate, who made the sheet, and until when it is good."""
    yield Text(_MARGIN, 14.0, 3.6, f"{words.TITLE.indonesian}  /  {words.TITLE.english}", bold=True)
    yield Text(WIDTH_MM - _MARGIN, 14.0, paper.fitted(subject.issuer, 3.6, _ROOM / 2), subject.issuer, align="right")
    yield Box(_MARGIN, 16.5, _ROOM, 0.5, grey=0)
    yield _name(subject.gate, _MARGIN, 29.5, _ROOM)
    ends = expiry(subject.expires, subject.offset_s)
    yield Text(_MARGIN, 37.0, 4.2, ends.indonesian, bold=True)
    yield Text(
        WIDTH_MM - _MARGIN, 37.0, 3.0, f"{words.NUMBER.indonesian} {subject.version} . {subject.digest[:12]}",
        align="right", grey=_GREY,
    )  # fmt: skip


def _where(subject: Subject) -> Iterator[Mark]:
    """Say in words where the gate is to be hung, in two columns."""
    yield Text(_MARGIN, 41.0, 2.8, expiry(subject.expires, subject.offset_s).english, grey=_GREY)
    half = (len(subject.places) + 1) // 2
    wide = _ROOM / 2 - _GAP
    for at, (label, value) in enumerate(subject.places):
        x, y = _MARGIN + (at // half) * (wide + 2 * _GAP), 47.5 + (at % half) * 7.0
        yield Text(x, y, 2.6, label.indonesian, grey=_GREY)
        yield Text(x + 15, y, paper.fitted(value.indonesian, 3.8, wide - 15, bold=True), value.indonesian, bold=True)
        if label.english != label.indonesian:
            yield Text(x, y + 2.6, 2.0, label.english, grey=_GREY)
        if value.english != value.indonesian:
            yield Text(x + 15, y + 2.9, paper.fitted(value.english, 2.6, wide - 15), value.english, grey=_GREY)


def _codes(codes: Sequence[str], first: int, of: int, top_mm: float, bottom_mm: float) -> Iterator[Mark]:
    """Set codes into the grid in which they are largest, each above its number."""
    columns, side = _grid(len(codes), bottom_mm - top_mm)
    across = (_ROOM - columns * side) / columns
    for at, code in enumerate(codes):
        x = _MARGIN + (at % columns) * (side + across) + across / 2
        y = top_mm + (at // columns) * (side + _CAPTION)
        yield Code(x, y, side, paper.modules_of(code))
        yield Text(x + side / 2, y + side + 4.2, 5.0, f"{first + at} / {of}", bold=True, align="centre")


def _grid(count: int, room_mm: float) -> tuple[int, float]:
    """In how many columns codes are largest, and how large."""
    grids = []
    for columns in range(1, count + 1):
        rows = -(-count // columns)
        side = min((_ROOM - _GAP * (columns - 1)) / columns, room_mm / rows - _CAPTION, _LARGEST_CODE)
        grids.append((round(side, 3), columns))
    side, columns = max(grids)
    return columns, side


def _down(count: int, room_mm: float) -> float:
    """How much of the room codes take."""
    columns, side = _grid(count, room_mm)
    return -(-count // columns) * (side + _CAPTION)


def _guide(top_mm: float) -> Iterator[Mark]:
    """Write the ten steps in two columns, as large as the room lets them be, and what the lamps say below them."""
    yield Box(_MARGIN, top_mm + 1.5, _ROOM, 0.3, grey=160)
    large = min(1.2, (_LAMPS_TOP - 4 - top_mm) / _GUIDE_MM)
    half = len(words.STEPS) // 2
    wide = _ROOM / 2 - _GAP
    for column in range(2):
        x, y = _MARGIN + column * (wide + 2 * _GAP), top_mm + 2 + 6 * large
        for number, step in list(enumerate(words.STEPS, 1))[column * half : (column + 1) * half]:
            yield Text(x + 5, y, 5.0, str(number), bold=True, align="right")
            for line in paper.wrapped(step.indonesian, 3.3 * large, wide - 8):
                yield Text(x + 8, y, 3.3 * large, line)
                y += 4.1 * large
            y -= 0.6 * large
            for line in paper.wrapped(step.english, 2.6 * large, wide - 8):
                yield Text(x + 8, y, 2.6 * large, line, grey=_GREY)
                y += 3.2 * large
            y += 2.6 * large
    yield from _lamps()


def _lamps() -> Iterator[Mark]:
    """Say what colours and flashes stand for."""
    colours, flashes = words.LAMPS[:3], words.LAMPS[3:]
    yield Text(_MARGIN, _LAMPS_TOP, 3.3, "Lampu:  " + ";  ".join(one.indonesian for one in colours), bold=True)
    told = "Kedip:  " + ",  ".join(one.indonesian for one in flashes)
    yield Text(_MARGIN, _LAMPS_TOP + 4.4, 3.3, told, bold=True)
    english = "; ".join(one.english for one in colours) + ". Flashes 1 to 5: " + ", ".join(o.english for o in flashes)
    yield Text(_MARGIN, _LAMPS_TOP + 8.2, 2.6, english, grey=_GREY)


def _warning() -> Iterator[Mark]:
    """Say that the sheet is a key."""
    yield Box(_MARGIN, _WARNING_TOP, _ROOM, 16.0, grey=25)
    size = paper.fitted(words.WARNING.indonesian, 4.0, _ROOM - 8, bold=True)
    yield Text(WIDTH_MM / 2, _WARNING_TOP + 5.4, size, words.WARNING.indonesian, bold=True, align="centre", grey=255)
    size = paper.fitted(words.WARNING.english, 3.0, _ROOM - 8)
    yield Text(WIDTH_MM / 2, _WARNING_TOP + 9.6, size, words.WARNING.english, align="centre", grey=255)
    both = f"{words.NO_WIFI.indonesian}  /  {words.NO_WIFI.english}"
    yield Text(WIDTH_MM / 2, _WARNING_TOP + 13.6, 2.8, both, align="centre", grey=255)
