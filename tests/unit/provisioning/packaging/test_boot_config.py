"""The script that puts a gate's pins into a Pi's boot configuration, run on a folder in the boot partition's place."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from provisioning.packaging import layout
from tests.unit.house import tree

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = tree.ROOT / layout.script("boot-config")
OURS = tree.ROOT / "hw/boot-config.txt"
BEFORE = "camera_auto_detect=1\n\n[cm5]\ndtoverlay=dwc2"


@pytest.fixture
def boot(tmp_path: Path) -> Path:
    """Lay a boot partition out whose last line has no end and whose last filter is for one board only."""
    (tmp_path / "config.txt").write_text(BEFORE)
    return tmp_path


def run(word: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the script as a package's script does."""
    environment = os.environ | {"BOOT_CONFIG": str(OURS)}
    return subprocess.run([SCRIPT, word, folder], env=environment, capture_output=True, text=True, check=False)


def test_it_is_included_for_every_board(boot: Path) -> None:
    """The include stands after a filter that lets every board through, and nothing that was there is lost."""
    assert run("apply", boot).returncode == 0
    text = (boot / "config.txt").read_text()
    assert text == f"{BEFORE}\n[all]\ninclude gapura.txt\n"
    assert (boot / "gapura.txt").read_bytes() == OURS.read_bytes()
    assert (boot / "config.txt.before-gapura").read_text() == BEFORE


def test_a_second_time_changes_nothing(boot: Path) -> None:
    """An upgrade writes nothing where the include is, and leaves a fragment that a technician changed."""
    run("apply", boot)
    (boot / "gapura.txt").write_text("dtparam=spi=on\n")
    before = {path.name: (path.read_bytes(), path.stat().st_ino) for path in boot.iterdir()}
    again = run("apply", boot)
    assert (again.returncode, again.stdout) == (0, "")
    assert {path.name: (path.read_bytes(), path.stat().st_ino) for path in boot.iterdir()} == before


def test_it_is_taken_out_again(boot: Path) -> None:
    """Without the package the firmware reads what it read before, but for a filter that lets everything through."""
    run("apply", boot)
    assert run("remove", boot).returncode == 0
    assert (boot / "config.txt").read_text() == f"{BEFORE}\n[all]\n"
    assert not (boot / "gapura.txt").exists()
    assert run("remove", boot).returncode == 0


def test_a_changed_fragment_stays(boot: Path) -> None:
    """What a technician wrote is not thrown away with the package."""
    run("apply", boot)
    (boot / "gapura.txt").write_text("dtparam=spi=on\n")
    run("remove", boot)
    assert (boot / "gapura.txt").read_text() == "dtparam=spi=on\n"


def test_what_is_no_boot_partition_is_left_alone(tmp_path: Path) -> None:
    """A folder without config.txt is refused and nothing is written there."""
    refused = run("apply", tmp_path)
    assert (refused.returncode, list(tmp_path.iterdir())) == (2, [])
    assert "no Pi's boot partition" in refused.stderr


def test_an_unknown_word_is_refused(boot: Path) -> None:
    """A word that the script does not know changes nothing."""
    assert run("install", boot).returncode == 2
    assert (boot / "config.txt").read_text() == BEFORE
