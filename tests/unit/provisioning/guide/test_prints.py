"""What is printed for a door: nothing is forgotten, everything is on the page, and the pictures are the code's."""

from __future__ import annotations

import re
import subprocess
from html import escape
from typing import TYPE_CHECKING

import pytest

from firmware.door.words import WORDS
from firmware.events import Signal
from firmware.setup.meanings import MEANINGS
from firmware.setup.reasons import Why
from provisioning.guide import light_card, pictures, privacy
from provisioning.guide.command import MOST
from provisioning.handing.words import STEPS
from provisioning.printing import paper
from provisioning.printing.paper import Box, Page, Text
from tests.command import ROOT, gapura_ops

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

PICTURES = ROOT / "provisioning" / "guide" / "steps.svg"
OFFICE = privacy.Office("A" * MOST, "b" * MOST, 30, 90, health=True)


def written(pages: Iterable[Page]) -> list[str]:
    """List every line of type."""
    return [mark.text for page in pages for mark in page.marks if isinstance(mark, Text)]


def test_the_light_card_has_every_signal_and_every_reason() -> None:
    """A lamp that lights and a reason that a set-up can have stand on it with their own words."""
    lines = written(light_card.pages())
    assert [signal for signal in Signal if signal is not Signal.DARK and WORDS[signal][0].line not in lines] == []
    assert [why for why in Why if MEANINGS[why].words[0].line not in lines] == []


@pytest.mark.parametrize("page", [*light_card.pages(), privacy.page(OFFICE)], ids=["door", "set-up", "privacy"])
def test_everything_is_on_the_page(page: Page) -> None:
    """No line and no box leaves the sheet or its margin, however long the names are."""
    for mark in page.marks:
        if isinstance(mark, Text):
            wide = paper.width_mm(mark.text, mark.size_mm, bold=mark.bold)
            left = mark.x_mm - {"left": 0, "centre": wide / 2, "right": wide}[mark.align]
            assert left >= 8, mark
            assert left + wide <= page.width_mm - 8, mark
            assert mark.size_mm < mark.baseline_mm <= page.height_mm - 8, mark
        elif isinstance(mark, Box):
            assert 8 <= mark.x_mm <= mark.x_mm + mark.width_mm <= page.width_mm - 8


@pytest.mark.parametrize(
    ("rhythm", "spans"),
    [
        ((), [(0, 1000)]),
        ((100, 2900), [(0, 100)]),
        ((300, 200), [(0, 300), (500, 800)]),
        ((700, 100), [(0, 700), (800, 1000)]),
        ((150, 150, 150, 550), [(0, 150), (300, 450)]),
    ],
)
def test_a_rhythm_is_drawn_as_it_blinks(rhythm: tuple[int, ...], spans: list[tuple[int, int]]) -> None:
    """On and off take turns from the beginning, and what is longer than the bar is cut."""
    assert light_card.lit(rhythm, 1000) == spans


def test_the_notice_says_what_an_office_told_it() -> None:
    """Whom to ask and how long records stay are the office's; health stands there only where it is asked for."""
    plain = privacy.Office("Dinas", "a@b.example", 7, 14, health=False)
    lines = " ".join(written([privacy.page(plain)]))
    assert "7 hari" in lines
    assert "14 days" in lines
    assert "a@b.example" in lines
    assert "health" not in lines
    assert "health" in " ".join(written([privacy.page(OFFICE)]))


def test_the_pictures_are_the_code_s() -> None:
    """The drawing in the guide is what the code draws of the sheet's own words, and every word of it is there."""
    drawn = pictures.draw(STEPS)
    assert PICTURES.read_bytes() == drawn, "write it anew: python -m provisioning.guide.pictures"
    words = " ".join(re.findall(r">([^<>]+)</text>", drawn.decode()))
    for step in STEPS:
        assert escape(step.indonesian, quote=False) in words
        assert escape(step.english, quote=False) in words


@pytest.mark.parametrize(
    ("words", "pages"),
    [(["light-card"], 2), (["privacy-notice", "--office", "Dinas", "--contact", "a@b.example", "--health"], 1)],
)
def test_a_page_is_printed(tmp_path: Path, words: list[str], pages: int) -> None:
    """The file is a PDF that another program reads, with so many pages of A4."""
    out = tmp_path / "out.pdf"
    ended = gapura_ops("print", *words, "--out", out)
    assert (ended.code, ended.lines()) == (0, [{"out": str(out), "pages": pages}]), ended.err
    seen = subprocess.run(["pdfinfo", out], capture_output=True, text=True, check=True).stdout
    assert f"Pages:           {pages}" in seen
    assert "A4" in seen


@pytest.mark.parametrize("words", [["light-card", "--out", "card.png"], ["privacy-notice", "--office", "x\n"]])
def test_what_is_no_page_is_refused(words: list[str]) -> None:
    """Another form and a name that is no line are told in a line of their own."""
    ended = gapura_ops("print", *words)
    assert (ended.code, ended.out) == (2, b"")
    assert len(ended.err.splitlines()) == 1
