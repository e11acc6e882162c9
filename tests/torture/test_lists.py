"""Configuration, root key, trust list and policy that are missing or wrong: nobody in, everybody out, one clear line.

One gate is started again and again with one of its files spoilt.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from firmware.events import Reason
from firmware.signed import warrant
from provisioning.rig.gate import Plan
from tests.issuing import Issuer
from tests.torture.stand import Stand

if TYPE_CHECKING:
    from collections.abc import Iterator

OUTSIDE, INSIDE = "outside", "inside"
ROOT: Final = Path(__file__).parents[2]


@dataclass(frozen=True)
class Spoilt:
    """A file of the gate, what is in it (None: it is not there), and the reason a good pass is then refused for."""

    file: str
    content: bytes | None
    reason: Reason
    lines: int = 1


OTHER_ROOT: Final = warrant.render_root(Issuer().key.public_key().public_bytes_raw())

SPOILT = [
    Spoilt("trust.cose", None, Reason.NO_TRUST),
    Spoilt("trust.cose", b"", Reason.NO_TRUST),
    Spoilt("trust.cose", b"\xd2\x84" + bytes(600), Reason.NO_TRUST),
    Spoilt("policy.cose", None, Reason.NO_POLICY),
    Spoilt("policy.cose", b'{"profile": "unsigned"}', Reason.NO_POLICY),
    Spoilt("root.pub", None, Reason.NO_TRUST),
    Spoilt("root.pub", b"no key\n", Reason.NO_TRUST),
    Spoilt("root.pub", OTHER_ROOT, Reason.NO_TRUST, lines=2),
]


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """Run one gate with an outside and an inside reader that are both ours."""
    plan = Plan(readers={OUTSIDE: None, INSIDE: None}, unlock_ms=500, max_unlock_ms=1000)
    with Stand(tmp_path_factory.mktemp("rig"), plan) as running:
        yield running


@pytest.mark.parametrize("spoilt", SPOILT, ids=lambda one: f"{one.file}:{(one.content or b'missing')[:12]!r}")
def test_spoilt_list_admits_nobody_and_lets_everybody_out(stand: Stand, spoilt: Spoilt) -> None:
    """Without a list it can believe the gate says so once, refuses a good pass with the reason, and opens inside."""
    path = stand.rig.folder / "gate" / spoilt.file
    good, said = path.read_bytes(), len(stand.log())
    try:
        if spoilt.content is None:
            path.unlink()
        else:
            path.write_bytes(spoilt.content)
        stand.reborn()
        assert stand.present(stand.office.refused(spoilt.reason), OUTSIDE) == []
        assert stand.leave(INSIDE) == []
    finally:
        path.write_bytes(good)
    errors = [line for line in stand.log()[said:].splitlines() if line.startswith("ERROR")]
    assert len(errors) == spoilt.lines, errors
    assert "Traceback" not in stand.log()


def test_mended_lists_admit_again(stand: Stand) -> None:
    """With its files back the gate needs no more than a start."""
    stand.reborn()
    assert stand.present(stand.office.good(), OUTSIDE) == []


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"",
        b"[gate\n",
        b"\xff\xfe",
        b'[gate]\nid = "gate-1"\narea = "lobby"\n[relay]\npin = 2\n',
        b"a = 1\n" * 60_000,
    ],
    ids=["missing", "empty", "no TOML", "no text", "unsafe pin", "too long"],
)
def test_wrong_configuration_ends_with_one_line(tmp_path: Path, content: bytes | None) -> None:
    """`gapura run` on a configuration it cannot use says in one line what to do and exits 2."""
    path = tmp_path / "gapura.toml"
    if content is not None:
        path.write_bytes(content)
    argv = [sys.executable, "-m", "firmware", "run", "--config", str(path)]
    ended = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert len(ended.stderr.splitlines()) == 1, ended.stderr
    assert str(path) in ended.stderr
