"""The technician's guide: its steps, in both languages. What the operator types is typed by `test_guides`."""

from __future__ import annotations

import re

from tests.command import ROOT

README = ROOT / "provisioning" / "guide" / "README.md"


def test_the_technician_s_part_has_ten_steps_in_both_languages() -> None:
    """Each step of the sheet has its own paragraph, numbered as the picture is."""
    text = README.read_text(encoding="utf-8").partition("## Kode lampu")[0]
    assert re.findall(r"^(\d+)\. \*\*", text, re.MULTILINE) == [str(number) for number in range(1, 11)]
    assert "(steps.svg)" in text
