"""The commands of a rollout: what is wrong is said in one line, before a broker is asked or a file is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from provisioning.__main__ import main
from provisioning.rollout import book as books
from provisioning.rollout import progress
from provisioning.rollout.book import Phase
from tests.unit.provisioning.rollout.sheaf import LONGER, Ride, Sheaf

if TYPE_CHECKING:
    from pathlib import Path

BROKER = ("--broker", "127.0.0.1:1", "--ca", "ca", "--cert", "cert", "--key", "key")


@pytest.fixture
def going(tmp_path: Path) -> Ride:
    """A rollout that was begun, and its file `r`."""
    sheaf = Sheaf()
    sheaf.gate("gate-1", "gate-2")
    (tmp_path / "config.cose").write_bytes(sheaf.seal(LONGER, 7))
    found = Ride(sheaf, sheaf.plan(sheaf.seal(LONGER, 7), shares="1,all").book)
    found.begin()
    books.save(tmp_path / "r", found.book)
    return found


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (("--to", "_all"), "gates restart for a config document: say when they may"),
        (("--to", "_all", "--window", "25:00-05:00"), "no span of a day"),
        (("--to", "_all", "--window", "22:00-05:00", "--timezone", "Mars"), "use an IANA name"),
        (("--to", "_all", "--any-time", "--stages", "some"), "'some' is no number of gates"),
        (("--to", "_all", "--any-time", "--tolerate", "101%"), "'101%' is no number of gates"),
        (("--to", "Gate 1", "--any-time"), "'Gate 1' is no gate"),
    ],
)
def test_what_cannot_be_planned_is_said_in_one_line(
    tmp_path: Path, going: Ride, capsys: pytest.CaptureFixture[str], more: tuple[str, ...], says: str
) -> None:
    """Exit 2, one line, nothing written."""
    out = tmp_path / "none"
    code = main(["rollout", "plan", *BROKER, *more, "--out", str(out), str(tmp_path / "config.cose")])
    assert (code, out.exists(), bool(going.sent)) == (2, False, True)
    said = capsys.readouterr()
    assert (says in said.err, said.err.count("\n"), said.out) == (True, 1, "")


def test_a_plan_is_never_written_over(tmp_path: Path, going: Ride, capsys: pytest.CaptureFixture[str]) -> None:
    """A rollout that is under way keeps its file."""
    before = (tmp_path / "r").read_bytes()
    words = ["--to", "_all", "--any-time", "--out", str(tmp_path / "r"), str(tmp_path / "config.cose")]
    assert main(["rollout", "plan", *BROKER, *words]) == 2
    assert "is there already" in capsys.readouterr().err
    assert ((tmp_path / "r").read_bytes() == before, going.book.phase) == (True, Phase.RUNNING)


@pytest.mark.parametrize(
    "row",
    [
        ("apply", Phase.PAUSED, "is paused (why); look at it, then gapura-ops rollout resume"),
        ("apply", Phase.DONE, "is done; plan anew"),
        ("resume", Phase.PLANNED, "is planned; there is nothing to resume"),
        ("resume", Phase.DONE, "is done; there is nothing to resume"),
        ("back", Phase.PLANNED, "nothing was sent"),
        ("back", Phase.PAUSED, "the way back is not signed"),
    ],
)
def test_a_phase_allows_only_what_makes_sense(
    tmp_path: Path, going: Ride, capsys: pytest.CaptureFixture[str], row: tuple[str, Phase, str]
) -> None:
    """And says what does."""
    command, phase, says = row
    books.save(tmp_path / "r", going.book.model_copy(update={"phase": phase, "why": "why"}))
    assert main(["rollout", command, *BROKER, str(tmp_path / "r")]) == 2
    assert says in capsys.readouterr().err


def test_pause_is_at_once_where_nobody_works_on_it(
    tmp_path: Path, going: Ride, capsys: pytest.CaptureFixture[str]
) -> None:
    """A rollout that was killed is paused in its file; one that runs gets word, and nobody else gets hold of it."""
    path = tmp_path / "r"
    with books.alone(path):
        assert main(["rollout", "pause", str(path)]) == 0
        assert main(["rollout", "apply", *BROKER, str(path)]) == 2
    said = capsys.readouterr()
    assert ('"phase": "asked"' in said.out, "another command works on this rollout" in said.err) == (True, True)
    assert books.asked_to_pause(path)
    assert main(["rollout", "pause", str(path)]) == 0
    assert books.load(path) == progress.paused(going.book, "operator")
    assert main(["rollout", "status", str(path)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert (len(lines), '"phase": "paused"' in lines[-1]) == (4, True)


def test_a_file_in_which_a_byte_has_changed_is_no_rollout(
    tmp_path: Path, going: Ride, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is guessed: gates keep what they took, and a new plan finds out."""
    path = tmp_path / "r"
    path.write_bytes(path.read_bytes().replace(b"waiting", b"settled"))
    assert main(["rollout", "status", str(path)]) == 2
    assert ("is no rollout, or damaged" in capsys.readouterr().err, going.book.phase) == (True, Phase.RUNNING)
    assert main(["rollout", "status", str(tmp_path / "nowhere")]) == 2
