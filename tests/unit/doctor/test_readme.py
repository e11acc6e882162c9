"""The room's document names the steps and reasons that the code has, and its bounds are the code's."""

from __future__ import annotations

import re
from pathlib import Path

from firmware.control.archive import KEPT
from firmware.control.service import LONGEST_MS
from firmware.doctor import aiming, card, findings
from firmware.doctor.findings import JUDGES, Why
from firmware.doctor.walking import BY_CARD

ROOT = Path(__file__).parents[3]
README = (ROOT / "firmware/doctor/README.md").read_text(encoding="utf-8")
BOUNDS = {
    f"below {findings.HOTTEST_MC // 1000} degrees",
    f"{findings.LEAST_FREE_MIB} MiB free",
    f"within {findings.MOST_CLOCK_ERROR_S} s; ",
    f"within {findings.MOST_RTC_OFFSET_S} s of the system's",
    f"good for {findings.LEAST_CERTIFICATE_S // 86_400} more days",
    f"stayed good for {aiming.STEADY_MS // 1000} s",
    f"from {aiming._DIM} to {aiming._BRIGHT} of 255, none at {aiming._DARK} and {aiming._GLARING}",
    f"none at {aiming._DULL}, all at {aiming._CRISP:,}",
    f"{aiming.GOOD_ENOUGH}\nis enough",
    f"every {aiming.SLOWEST_BEEP_MS / 1000} s at 0 and every {aiming.FASTEST_BEEP_MS / 1000} s at 100",
    f"**no** is {BY_CARD.show_ms // 1000} s of silence",
    f"for {card.LONGEST_S // 3600} hours at most",
    f"after {LONGEST_MS // 60_000} minutes",
    f"the last {KEPT} of them",
}


def test_the_table_of_checks_is_the_codes() -> None:
    """Every check has its row, in its order, and the reasons of its row are reasons of the code."""
    rows = re.findall(r"^\| `([a-z-]+)` \| .* \| (.*) \|$", README.split("| what is asked |")[0], re.MULTILINE)
    assert [name for name, _ in rows] == list(JUDGES)
    named = {reason for _, reasons in rows for reason in re.findall(r"`([a-z_]+)`", reasons)}
    assert named < set(Why)


def test_the_bounds_that_it_names_are_the_codes() -> None:
    """A bound that changes in the code must change in the document."""
    assert {bound for bound in BOUNDS if bound not in README} == set()


def test_every_file_of_the_room_is_explained() -> None:
    """The table of files names each module that is installed, and none besides."""
    named = set(re.findall(r"`([a-z_]+\.py)`", README))
    assert {path.name for path in Path(findings.__file__).parent.glob("[a-z]*.py")} == named
