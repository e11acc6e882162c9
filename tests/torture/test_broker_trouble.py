"""A broker that is not there, does not let the gate in, takes nothing from it, or is not the one it should be.

Whatever it is, the door works, the log says it in one line, and nothing that happened is lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from provisioning.broker.certificates import DeviceCa, Holder
from provisioning.broker.runner import free_port
from provisioning.rig.gate import Plan, Rig
from tests.torture.stand import Stand

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

OUTSIDE = "outside"
PLAN = Plan(readers={OUTSIDE: None}, unlock_ms=500, max_unlock_ms=1000)


@dataclass(frozen=True)
class Trouble:
    """What is wrong with the way to the broker, and the fault that the gate must name."""

    name: str
    fault: str
    make: Callable[[Rig], None]


def nobody_listens(rig: Rig) -> None:
    """Send the gate to a port where there is no broker."""
    _replace(rig, f"port = {rig.broker.port}", f"port = {free_port()}")


def stranger_answers(rig: Rig) -> None:
    """Have the gate trust another authority than the broker's."""
    other = DeviceCa.create("somebody else").write(_folder(rig))
    _replace(rig, f'ca = "{rig.broker.ca}"', f'ca = "{other}"')


def gate_is_a_stranger(rig: Rig) -> None:
    """Give the gate a certificate that the broker's authority did not make."""
    certificate, key = DeviceCa.create("somebody else").issue(Holder.GATE, rig.plan.gate).write(_folder(rig))
    own, own_key = (rig.folder / "broker" / f"{rig.plan.gate}.{suffix}" for suffix in ("crt", "key"))
    _replace(rig, str(own), str(certificate))
    _replace(rig, str(own_key), str(key))


def key_is_gone(rig: Rig) -> None:
    """Take the gate's key away."""
    (rig.folder / "broker" / f"{rig.plan.gate}.key").unlink()


TROUBLES = [
    Trouble("nobody listens", "unreachable", nobody_listens),
    Trouble("a stranger answers", "broker_certificate", stranger_answers),
    Trouble("the gate is a stranger", "certificate_refused", gate_is_a_stranger),
    Trouble("the gate has no key", "own_certificate", key_is_gone),
]


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda one: one.name)
def test_door_works_whatever_the_way_to_the_broker(tmp_path: Path, trouble: Trouble) -> None:
    """Without its broker the gate admits and refuses as ever, and names what is wrong in one line."""
    with Stand(tmp_path, PLAN, adapt=trouble.make) as stand:
        for paper in (stand.office.good(), stand.office.expired(), stand.office.good("staff")):
            assert stand.present(paper, OUTSIDE) == []
        assert stand.says(f"link: {trouble.fault}:")
        said = [line for line in stand.log().splitlines() if line.startswith("WARNING gapura.link")]
        assert len(said) == 1, said
        assert "Traceback" not in stand.log()
        assert stand.watcher.events(stand.gate) == []


def test_broker_that_takes_no_events_gets_them_when_it_does(tmp_path: Path) -> None:
    """What an access list holds back stays in the journal, and arrives whole and once when it is let through."""
    with Stand(tmp_path, PLAN) as stand:
        stand.rig.broker.set_access("user operator:watcher\ntopic read gapura/1/#\n")
        papers = [stand.office.good(), stand.office.poster(), stand.office.good("staff")]
        for paper in papers:
            assert stand.present(paper, OUTSIDE) == []
        assert stand.says("link: publish_refused:")
        assert stand.watcher.events(stand.gate) == []
        stand.rig.broker.set_access()
        assert stand.caught_up()
        assert stand.arrivals.judge(stand.ledger(), refused=True) == []
        assert stand.arrivals.repeated == 0
        assert "Traceback" not in stand.log()


def _folder(rig: Rig) -> Path:
    folder = rig.folder / "elsewhere"
    folder.mkdir()
    return folder


def _replace(rig: Rig, old: str, new: str) -> None:
    text = rig.config.read_text()
    assert old in text
    rig.config.write_text(text.replace(old, new))
