"""A journal with its log cut at any byte, or a bit of it flipped: a sample; `python -m tests.torture.cuts` does all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.records import cutting

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> cutting.Torn:
    """Make the files once."""
    return cutting.torn(tmp_path_factory.mktemp("whole"))


def test_a_log_that_is_whole_gives_back_every_commit(whole: cutting.Torn, tmp_path: Path) -> None:
    """The oracle itself: at each end of a commit exactly that commit and those before it are there."""
    for end, _ in whole.ends:
        assert cutting.cut_log(whole, tmp_path / "cut", end)


@settings(max_examples=60)
@given(part=st.floats(0, 1))
def test_a_log_cut_anywhere_loses_nothing_committed_before(
    whole: cutting.Torn, tmp_path_factory: pytest.TempPathFactory, part: float
) -> None:
    """A power cut in the middle of a commit costs that commit, which was not confirmed yet, and nothing else."""
    assert cutting.cut_log(whole, tmp_path_factory.mktemp("cut"), int(part * whole.ends[-1][0]))


@settings(max_examples=60)
@given(part=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_a_bit_flipped_in_the_log_loses_nothing_before_it(
    whole: cutting.Torn, tmp_path_factory: pytest.TempPathFactory, part: float, bit: int
) -> None:
    """The log's own checksums end it there; what was committed before is read."""
    assert cutting.flip_log(whole, tmp_path_factory.mktemp("flip"), int(part * whole.ends[-1][0]), bit)


@settings(max_examples=60)
@given(part=st.floats(0, 1))
def test_a_file_cut_anywhere_beside_a_whole_log_goes_on_or_says_so(
    whole: cutting.Torn, tmp_path_factory: pytest.TempPathFactory, part: float
) -> None:
    """What is not all there is put aside and owned up to, and the gate records on."""
    size = (whole.folder / "journal.db").stat().st_size
    went_on = cutting.cut_file(whole, tmp_path_factory.mktemp("file"), int(part * size))
    assert went_on or part < 1
