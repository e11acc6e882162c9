"""What stands beside our verification is somebody else's work on the same code, or a SKIP line; never a guess."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from cryptography.exceptions import InvalidSignature

from firmware.passes.outcome import Pass
from firmware.passes.reading import read
from tests.bench import bare, peers, timing
from tests.bench.report import Section
from tests.bench.samples import MAKERS

if TYPE_CHECKING:
    from pathlib import Path

SAMPLE = MAKERS["gp1"]()
SOUND: dict[str, object] = {"library": "cwt 1, base45 2", "says": SAMPLE.says, "refuses": True}
WARM = 4
RUBBISH = {
    "nothing": ("", "answered what is no JSON"),
    "no JSON": ("cwt 3.3.0 0.08 0.09", "answered what is no JSON"),
    "times alone": ("[0.08]", "answered something else"),
    "no name": (json.dumps(SOUND | {"library": None, "times_ms": [1.0]}), "answered something else"),
    "another claim": (json.dumps(SOUND | {"says": "00", "times_ms": [1.0]}), "read '00' where"),
    "takes a stranger's key": (json.dumps(SOUND | {"refuses": False, "times_ms": [1.0]}), "took the key of a stranger"),
    "almost says it does not": (json.dumps(SOUND | {"refuses": 1, "times_ms": [1.0]}), "took the key of a stranger"),
    "no times": (json.dumps(SOUND | {"times_ms": []}), "did not give 1 times"),
    "more times": (json.dumps(SOUND | {"times_ms": [1.0, 1.0]}), "did not give 1 times"),
    "no number": (json.dumps(SOUND | {"times_ms": [float("nan")]}), "did not give 1 times"),
    "endless": (json.dumps(SOUND | {"times_ms": [float("inf")]}), "did not give 1 times"),
    "before it began": (json.dumps(SOUND | {"times_ms": [-1.0]}), "did not give 1 times"),
    "yes for a time": (json.dumps(SOUND | {"times_ms": [True]}), "did not give 1 times"),
    "words for times": (json.dumps(SOUND | {"times_ms": ["1.0"]}), "did not give 1 times"),
    "sound while it is cold": (json.dumps(SOUND | {"times_ms": [1.0]}), f"did not give {WARM + 1} times"),
}


def _interpreter(folder: Path, body: str) -> Path:
    """Make a program that is called as an interpreter is and does something else."""
    path = folder / "python"
    path.write_text(f"#!{sys.executable}\nimport json, sys\n{body}\n", "utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def _beside(python: Path) -> Section:
    section = Section("title", ("", "n", "mean", "p50", "p95", "p99", "worst"))
    peers.beside(section, "gp1", SAMPLE, WARM, python)
    return section


def test_a_missing_peer_is_skipped_with_the_command_that_installs_it(tmp_path: Path) -> None:
    """Where the environment of the peers was never made, one line says so and how it is made."""
    section = _beside(tmp_path / "python")
    assert section.skips == ["python-cwt (beside gp1) is not installed: .ci/bootstrap --bench"]
    assert (section.rows, section.figures) == ([], {})


@pytest.mark.parametrize("what", RUBBISH)
def test_a_peer_that_answers_rubbish_is_skipped(what: str, tmp_path: Path) -> None:
    """No answer becomes a figure unless the work was done: the claim read, a stranger refused, each time counted."""
    said, why = RUBBISH[what]
    section = _beside(_interpreter(tmp_path, f"print({said!r})"))
    assert [why in skip for skip in section.skips] == [True]
    assert (section.rows, section.figures) == ([], {})


def test_a_peer_that_breaks_is_skipped_with_its_last_word(tmp_path: Path) -> None:
    """Whatever the other interpreter dies of is told, and the part goes on."""
    section = _beside(_interpreter(tmp_path, "print('{}'); sys.exit('ValueError: a bad day')"))
    assert section.skips == ["python-cwt (beside gp1) ended early (ValueError: a bad day)"]
    broken = tmp_path / "data"
    broken.write_text("no program", "utf-8")
    assert _beside(broken).skips == ["python-cwt (beside gp1) did not answer (PermissionError)"]


def test_an_environment_without_the_library_is_skipped_with_the_command(tmp_path: Path) -> None:
    """The program that asks a peer runs without anything of ours, and where no peer is it says what is missing."""
    bare_python = tmp_path / "empty" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "empty"], check=True)
    section = _beside(bare_python)
    why = "ModuleNotFoundError: No module named 'base45'"
    assert section.skips == [f"python-cwt (beside gp1) ended early ({why}); .ci/bootstrap --bench installs it"]
    assert (section.rows, section.figures) == ([], {})


def test_the_first_time_of_a_process_counts_as_cold_and_as_nothing_else(tmp_path: Path) -> None:
    """A sound peer has two rows: first times of processes of their own, and what follows a first time."""
    times = "[9.0] + [2.0] * (json.load(sys.stdin)['times'] - 1)"
    section = _beside(_interpreter(tmp_path, f"print(json.dumps({SOUND!r} | {{'times_ms': {times}}}))"))
    assert section.skips == []
    assert [row[0] for row in section.rows] == [
        "cwt 1, base45 2 (beside gp1), first in a process",
        "cwt 1, base45 2 (beside gp1), warm: text to claims",
    ]
    assert (section.figures["gp1 peer cold_mean"], section.figures["gp1 peer cold_n"]) == (9.0, timing.COLD_STARTS)
    assert (section.figures["gp1 peer_worst"], section.figures["gp1 peer_n"]) == (2.0, WARM)


@pytest.mark.parametrize("name", peers.LIBRARIES)
def test_a_real_peer_reads_our_code_and_no_other(name: str) -> None:
    """Each peer finds the signed claim in the very code that a gate reads, and verifies its signature by the key."""
    assert peers.PYTHON.is_file(), f"the peers are not installed: {peers.INSTALL}"
    sample = MAKERS[name]()
    asked = peers.question(name, sample)
    answer = peers.ask(asked, 2, sample.says, peers.PYTHON)
    assert isinstance(answer, peers.Answer), answer
    wrong = peers.ask(asked | {"public": asked["stranger"]}, 2, sample.says, peers.PYTHON)
    assert "ended early" in str(wrong)
    same = peers.ask(asked | {"stranger": asked["public"]}, 2, sample.says, peers.PYTHON)
    assert same == "took the key of a stranger"


@pytest.mark.parametrize("name", MAKERS)
def test_every_sample_is_a_pass_at_the_gate_that_believes_it(name: str) -> None:
    """What is measured is a whole verification that ends in a pass, and with another issuer's list it does not."""
    sample = MAKERS[name]()
    assert isinstance(read(sample.code, sample.trust), Pass)
    assert not isinstance(read(sample.code, MAKERS[name]().trust), Pass)


@pytest.mark.parametrize("name", ["vdsnc", "divoc", "divoc-rsa"])
def test_the_bare_signatures_are_those_of_the_code(name: str) -> None:
    """Formats that no peer reads have their signatures beside them, which hold by the right key only."""
    sample, other = MAKERS[name](), MAKERS[name]()
    assert name not in peers.LIBRARIES
    found, wrong = bare.of(name, sample), bare.of(name, replace(sample, trust=other.trust))
    assert found is not None
    assert wrong is not None
    found[1]()
    with pytest.raises(InvalidSignature):
        wrong[1]()


def test_the_bare_signature_of_a_seal_covers_what_it_says() -> None:
    """Of the two signatures beside a seal, the first is its own."""
    sample = MAKERS["vdsnc"]()
    changed = bare.of("vdsnc", replace(sample, code=sample.code.replace(b"Comirnaty", b"Somethingx")))
    assert changed is not None
    with pytest.raises(InvalidSignature):
        changed[1]()


def test_a_fresh_process_times_a_code_that_it_takes_and_no_other() -> None:
    """The first verification is timed where nothing was issued; a refusal has no figure."""
    spread = timing.cold(MAKERS["divoc-rsa"]())
    assert (spread.n, spread.mean > 0) == (timing.COLD_STARTS, True)
    with pytest.raises(subprocess.CalledProcessError) as refused:
        timing.cold(replace(SAMPLE, trust=MAKERS["gp1"]().trust))
    assert b"refused" in refused.value.stderr
