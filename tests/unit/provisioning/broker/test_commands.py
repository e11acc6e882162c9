"""`python -m provisioning.broker` as somebody would run it.

Real processes, real files; no broker is started here.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[4]


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one command over a folder."""
    command = [sys.executable, "-m", "provisioning.broker", *arguments, "--dir", str(folder)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_a_broker_is_set_up_once_and_then_only_issued_from(tmp_path: Path) -> None:
    """Everything the broker needs is written, an existing authority is never replaced, and gates get certificates."""
    folder = tmp_path / "broker"
    first = run(folder, "init", "--address", "broker.example", "--operator", "desk")
    assert (first.returncode, first.stdout) == (0, f"{folder / 'mosquitto.conf'}\n")
    assert f"cafile {folder / 'device-ca.crt'}\n" in (folder / "mosquitto.conf").read_text()
    assert "user operator:desk\n" in (folder / "acl").read_text()
    authority = (folder / "device-ca.crt").read_bytes()
    second = run(folder, "init", "--address", "broker.example")
    assert (second.returncode, second.stderr.count("\n")) == (2, 1)
    assert (folder / "device-ca.crt").read_bytes() == authority
    issued = run(folder, "issue", "gate", "lobby-1")
    assert issued.stdout == f"{folder / 'lobby-1.crt'}\n{folder / 'lobby-1.key'}\n"


def test_mistakes_cost_one_line_and_say_what_to_do(tmp_path: Path) -> None:
    """A name that is none, an authority that is not there, a passphrase that is missing: exit 2, no traceback."""
    (tmp_path / "words").write_text("a passphrase\n")
    locked = tmp_path / "locked"
    assert run(locked, "init", "--address", "a", "--passphrase-file", str(tmp_path / "words")).returncode == 0
    for arguments in (
        (tmp_path / "none", "issue", "gate", "gate-1"),
        (locked, "issue", "gate", "gate-1"),
        (locked, "issue", "gate", "Gate 1", "--passphrase-file", str(tmp_path / "words")),
    ):
        folder, *rest = arguments
        done = run(Path(folder), *(str(word) for word in rest))
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        assert done.stderr.startswith("gapura broker: ")
