"""What the guard starts: a table over what is remembered, where the link leads, and what can be started at all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.updating import guard
from tests.updating import releases

A, B = "0.1.0", "0.2.0"
BOTH = {A, B}
TRYING: dict[str, Any] = {"confirmed": A, "phase": "trying", "release": B, "starts": 0}
Row = tuple[dict[str, Any] | None, str | None, set[str], str | None, dict[str, Any] | None]

TABLE: dict[str, Row] = {
    "at rest": ({"confirmed": A, "phase": "idle"}, A, BOTH, None, None),
    "a package put another in its place": ({"confirmed": A, "phase": "idle"}, B, BOTH, None, None),
    "the link is gone": ({"confirmed": A, "phase": "idle"}, None, BOTH, A, None),
    "the link leads to nothing": ({"confirmed": A, "phase": "idle"}, B, {A}, A, None),
    "nothing is remembered": (None, A, BOTH, None, None),
    "nothing is remembered, nothing linked": (None, None, BOTH, B, None),
    "nothing can be started": (None, None, set(), None, None),
    "first start of a trial": (TRYING, B, BOTH, None, TRYING | {"starts": 1}),
    "last start of a trial": (TRYING | {"starts": 2}, B, BOTH, None, TRYING | {"starts": 3}),
    "one too many": (
        *(TRYING | {"starts": 3}, B, BOTH, A),
        TRYING | {"starts": 4, "phase": "returning", "reason": "did_not_start"} | {"starts": 3},
    ),
    "on trial and not linked yet": (TRYING, A, BOTH, None, None),
    "on trial and gone": (TRYING, B, {A}, A, TRYING | {"phase": "returning", "reason": "did_not_start"}),
    "starts are no number": (
        *(TRYING | {"starts": "x"}, B, BOTH, A),
        TRYING | {"starts": "x", "phase": "returning", "reason": "did_not_start"},
    ),
    "on its way back": (TRYING | {"phase": "returning"}, B, BOTH, A, None),
    "back already": (TRYING | {"phase": "returning"}, A, BOTH, None, None),
    "what was confirmed is gone": (TRYING, B, {B}, None, None),
    "a phase that nobody knows": ({"confirmed": A, "phase": "?"}, A, BOTH, None, None),
}


@pytest.mark.parametrize("name", TABLE)
def test_what_is_started(name: str) -> None:
    """Each row says which link is set and what is remembered; None leaves it."""
    state, link, can_start, to, kept = TABLE[name]
    assert guard.decide(state, link, can_start) == (to, kept)


@given(
    st.dictionaries(
        st.sampled_from(["confirmed", "phase", "release", "starts", "reason"]),
        st.one_of(
            st.sampled_from([A, B, "trying", "returning", "idle"]), st.none(), st.integers(), st.text(max_size=5)
        ),
    ),
    st.sampled_from([A, B, None]),
    st.sets(st.sampled_from([A, B])),
)
def test_what_can_be_started_is_started(state: dict[str, object], link: str | None, can_start: set[str]) -> None:
    """Whatever is remembered, nothing is raised, and where anything can be started the next start takes such a one."""
    to, _ = guard.decide(state, link, can_start)
    assert not can_start or (to or link) in can_start


def test_it_ends_well_whatever_it_meets(tmp_path: Path) -> None:
    """Run as the service manager runs it, alone and by the system's Python: it ends with 0 anywhere."""
    for base in (tmp_path, tmp_path / "none"):
        done = subprocess.run(
            ["/usr/bin/python3", "-I", "-S", guard.__file__, str(base)], capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stdout) == (0, "")
        assert done.stderr.startswith("gapura-guard: ")


def test_a_trial_that_cannot_be_counted_ends(tmp_path: Path) -> None:
    """Where its memory cannot be written, the guard goes back rather than start what is on trial for ever."""
    for release in (A, B):
        releases.make(tmp_path / "releases" / release, release)
    (tmp_path / "update").mkdir()
    guard.write_state(tmp_path, TRYING)
    guard.point(tmp_path, B)
    (tmp_path / "update" / ".state.json.new").mkdir()  # in the way of every write
    guard.guard(tmp_path)
    assert guard.current(tmp_path) == A


def test_it_imports_the_standard_library_only() -> None:
    """It runs outside of every release, so nothing of one may be needed."""
    source = Path(guard.__file__).read_text(encoding="utf-8")
    imported = {
        line.split()[1].partition(".")[0] for line in source.splitlines() if line.startswith(("import ", "from "))
    }
    assert imported <= sys.stdlib_module_names | {"__future__"}


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    """Root runs it in a folder of another user: a link laid in its way is replaced, not followed."""
    victim = tmp_path / "victim"
    victim.write_text("untouched")
    (tmp_path / "update").mkdir()
    for name in ("state.json", ".state.json.new"):
        (tmp_path / "update" / name).symlink_to(victim)
    guard.write_state(tmp_path, {"confirmed": A})
    assert victim.read_text() == "untouched"
    assert guard.read_state(tmp_path) == {"confirmed": A}
