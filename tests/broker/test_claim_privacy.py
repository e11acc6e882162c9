"""A claim's secret stays where it has to be: a whole set-up, searched for the seed and for pieces of the codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from firmware.control.identities import DOCUMENT
from firmware.signed import codes
from firmware.signed.provision import GateBody, Provision, open_provision
from firmware.signed.warrant import parse_root
from provisioning.trial.device import Device, wait
from provisioning.trial.office import Office
from tests.broker import planted, stand

if TYPE_CHECKING:
    from pathlib import Path

GATE = "lobby-1"


def secrets_of(texts: list[str], root: Path) -> frozenset[bytes]:
    """Name what would betray a claim: its seed in every spelling, and pieces of each code."""
    collector = codes.Collector()
    whole = [collector.take(text.encode()) for text in texts][-1]
    assert isinstance(whole, codes.Whole)
    found = open_provision(whole.envelope, root=parse_root(root.read_bytes()), gate=None, now=None)
    assert isinstance(found, Provision)
    assert isinstance(found.body, GateBody)
    return planted.needles([text.encode() for text in texts]) | planted.spelled(found.body.claim.seed)


def test_a_set_up_leaves_no_claim_behind(tmp_path: Path) -> None:
    """Codes before the camera, a claim at the broker: logs, state, topics, ledger and broker's files have no trace.

    Only the document that set the gate up holds it, in a file that nobody else may read.
    """
    stand.require_mosquitto()
    with Office(tmp_path / "office", GATE) as office, office.watcher() as watcher:
        texts = office.papers(GATE)
        wanted = secrets_of(texts, office.root)
        for sheet in office.folder.glob(f"{GATE}-*.txt"):
            assert planted.found_in(sheet.read_bytes(), wanted)
            sheet.unlink()
        with Device(tmp_path / "device", office.root) as device:
            assert device.show_until(texts, lambda: device.said("was taken") > 0)
            device.show(None)
            for scene in (device.folder / "scenes").rglob("*"):
                if scene.is_file():
                    scene.unlink()
            assert wait((device.state / "provisioned" / "reported.json").exists)
            assert wait(lambda: office.state(GATE) == "installed")
            office.broker.save()
        heard = b"\n".join(one.topic.encode() + b" " + one.payload for one in watcher.seen())
    assert f"gapura/1/{GATE}/availability".encode() in heard
    assert planted.found_in(heard, wanted) == []
    found = planted.found_below(tmp_path, wanted)
    assert {path.rpartition("/")[2] for path in found} == {DOCUMENT}, found
    kept = [tmp_path / path for path in found]
    assert all(path.stat().st_mode & 0o077 == 0 for path in kept)
