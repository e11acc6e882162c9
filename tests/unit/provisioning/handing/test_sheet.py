"""A sheet: a cheap camera reads every code of it, everything stands on the page, and it says what it is for."""

from __future__ import annotations

import io
from itertools import combinations, product
from typing import TYPE_CHECKING

import numpy as np
import pytest

from firmware.control import setup_errands
from firmware.setup import words as setup_words
from firmware.setup.stages import STAGES
from hw.reader import decoders
from provisioning.handing import forms, sheet, words
from provisioning.printing import paper
from provisioning.printing.paper import Box, Code, Page, Text
from provisioning.printing.words import Line
from tests.unit.provisioning.handing.pictures import as_page, cut_out, frame, pixels, rendered

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hw.reader.decoders import Decoder
    from hw.reader.found import Found

LINE = "GPV1:" + "6BF Y0+$.CA*" * 64
CODES = [LINE[:760] + str(number) for number in range(10, 26)]
LONG = "a" * 64
PLACES = tuple(
    (label, Line(text, text))
    for label, text in (
        (words.AREA, "Aula Utara"),
        (words.SECTOR, "Sektor 3 - Pelayanan Publik"),
        (words.SITE, "Gedung A, lantai 1, sayap utara"),
        (words.OFFICE, "Dinas Kependudukan dan Pencatatan Sipil " * 3),
        (words.DOOR, "kunci elektrik (strike), pembaca di luar dan di dalam"),
    )
)


def subject(gate: str = "north-1") -> sheet.Subject:
    """Say what a sheet is about."""
    return sheet.Subject(gate, "Kota Contoh", PLACES, 7, "ab" * 32, 1_767_225_600, 1_768_435_200, 7 * 3600)


@pytest.fixture(scope="module")
def reader() -> Iterator[Decoder]:
    """Read as `gapura inspect` and the reader of a gate do."""
    reader = decoders.build("auto", thorough=True)
    yield reader
    reader.close()


def codes_on(page: Page) -> list[Code]:
    """Take the codes of a page in the order in which they are laid out."""
    return [mark for mark in page.marks if isinstance(mark, Code)]


def test_a_cheap_camera_reads_every_code_of_the_printed_page(reader: Decoder, tmp_path: Path) -> None:
    """Rendered from the PDF, held 10 degrees askew, blurred and grainy, 640 by 480: each of three codes, twice."""
    pages = sheet.pages(subject(), CODES[:3])
    (picture,) = rendered(paper.pdf(pages, 1, "test"), tmp_path)
    for number, code in enumerate(codes_on(pages[0])):
        for seed in (number, number + 100):
            found = reader.decode(frame(cut_out(picture, code), seed))
            assert [one.data.decode() for one in found] == [CODES[number]], (number, seed)


def test_three_codes_are_read_from_one_picture_of_the_whole_page(reader: Decoder, tmp_path: Path) -> None:
    """A scan of the sheet holds all of it."""
    (picture,) = rendered(paper.pdf(sheet.pages(subject(), CODES[:3]), 1, "test"), tmp_path)
    found = reader.decode(pixels(picture))
    assert sorted(one.data.decode() for one in found) == CODES[:3]


def test_a_phone_shows_all_codes_below_each_other(reader: Decoder) -> None:
    """Each fills the screen's width."""
    found = reader.decode(as_page(forms.picture("north-1", [words.PHONE], CODES[:4])))
    assert sorted(one.data.decode() for one in found) == CODES[:4]


def test_a_terminal_shows_all_codes_in_half_blocks(reader: Decoder) -> None:
    """As two rows of modules to a line, dark on light."""
    written = io.StringIO()
    forms.draw_on_terminal(CODES[:2], written)
    blocks = {"█": (255, 255), "▀": (255, 0), "▄": (0, 255), " ": (0, 0)}
    found: list[Found] = []
    for part in written.getvalue().split(" / 2\n")[1:]:
        lines = [line for line in part.splitlines() if line and line[0] in blocks and len(line) > 9]
        rows = [[blocks[letter][half] for letter in line] for line, half in product(lines, (0, 1))]
        found += reader.decode(np.array(rows, np.uint8).repeat(4, 0).repeat(4, 1))
    assert [one.data.decode() for one in found] == CODES[:2]


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 6, 7, 16])
@pytest.mark.parametrize("gate", ["a", LONG], ids=["short", "long"])
def test_everything_stands_on_the_page_and_nothing_on_a_code(count: int, gate: str) -> None:
    """However many codes and however long a name: texts and codes inside, each code by itself, in order."""
    pages = sheet.pages(subject(gate), CODES[:count])
    laid = [code for page in pages for code in codes_on(page)]
    assert [code.modules for code in laid] == [paper.modules_of(text) for text in CODES[:count]]
    for page in pages:
        areas = [(one.x_mm, one.y_mm, one.x_mm + one.side_mm, one.y_mm + one.side_mm) for one in codes_on(page)]
        assert not any(overlap(one, other) for one, other in combinations(areas, 2))
        assert not any(
            overlap(one, area_of(mark)) for one in areas for mark in page.marks if not isinstance(mark, Code)
        )
        for left, top, right, bottom in (*areas, *map(area_of, page.marks)):
            assert left >= 4
            assert top >= 4
            assert right <= page.width_mm - 4
            assert bottom <= page.height_mm - 4
        numbers = {mark.text for mark in page.marks if isinstance(mark, Text)}
        assert gate in numbers
    assert all(code.side_mm >= 40 for code in laid)


def overlap(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    """Say whether two areas share more than an edge."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def area_of(mark: Text | Code | Box) -> tuple[float, float, float, float]:
    """Where a mark is."""
    match mark:
        case Text():
            wide = paper.width_mm(mark.text, mark.size_mm, bold=mark.bold)
            left = mark.x_mm - {"left": 0.0, "centre": 0.5, "right": 1.0}[mark.align] * wide
            return left, mark.baseline_mm - mark.size_mm * 0.75, left + wide, mark.baseline_mm + mark.size_mm * 0.2
        case Code():
            return mark.x_mm, mark.y_mm, mark.x_mm + mark.side_mm, mark.y_mm + mark.side_mm
        case Box():
            return mark.x_mm, mark.y_mm, mark.x_mm + mark.width_mm, mark.y_mm + mark.height_mm


def test_a_sheet_says_what_it_is_for_and_that_it_is_a_key() -> None:
    """Name, place, number of each code, end in both languages, ten steps, lamps, warning."""
    (page,) = sheet.pages(subject(), CODES[:3])
    told = " ".join(mark.text for mark in page.marks if isinstance(mark, Text))
    ends = ("15 Januari 2026 07.00 WIB", "15 January 2026 07:00 WIB")
    for needed in (*ends, "Aula Utara", "1 / 3", "3 / 3", "ADALAH KUNCI", "is a key", "MERAH", "No Wi-Fi password"):
        assert needed in told
    assert len(words.STEPS) == 10
    for step in words.STEPS:
        assert step.indonesian in told
        assert step.english in told


def test_the_lamps_on_the_sheet_are_those_of_a_set_up() -> None:
    """As many flashes as stages are told apart, in its colours, and the file is looked for by the name it is given."""
    assert {row.flashes for row in STAGES.values()} - {0} == set(range(1, len(words.LAMPS) - 2))
    assert [one.indonesian[0] for one in words.LAMPS[3:]] == [str(number) for number in range(1, 6)]
    colours = {setup_words.AT_WORK, *setup_words.COLOURS.values()}
    assert {one.english.split(":")[0] for one in words.LAMPS[:3]} == colours == {"blue", "yellow", "red"}
    assert forms.BOOT_FILE == setup_errands.BOOT_FILE


def test_the_same_pages_are_the_same_bytes() -> None:
    """A sheet that is printed again looks the same, and its file is the same."""
    pages = sheet.pages(subject(), CODES[:3])
    assert paper.pdf(pages, 1, "x") == paper.pdf(pages, 1, "x") != paper.pdf(pages, 2, "x")


@pytest.mark.parametrize("room", [20.0, 60.0, 500.0])
def test_lines_break_between_words_and_lose_nothing(room: float) -> None:
    """A word that is too long for a line is cut and goes on."""
    text = f"kata {LONG} dan kata lagi"
    lines = paper.wrapped(text, 4.0, room)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(paper.width_mm(line, 4.0) <= room for line in lines)
