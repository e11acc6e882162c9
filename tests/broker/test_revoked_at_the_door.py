"""A stolen trust key at a whole gate: its highest version locks the office out until the root takes the key back."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING

from firmware.records.wire import alert_topic
from firmware.signed.envelope import Kind, seal
from firmware.signed.fields import MAX_VERSION
from firmware.signed.warrant import Role
from provisioning import authority, founding
from provisioning.custody import rulings
from provisioning.rig.gate import RELAY
from tests.broker.stand import GATE, PATIENCE_S, until
from tests.broker.test_desired_at_the_door import Office, office
from tests.command import gapura, gapura_ops
from tests.torture.pins import PinRecord

if TYPE_CHECKING:
    from pathlib import Path

    from provisioning.broker.watcher import Watcher

__all__ = ["office"]

ALERT = alert_topic(GATE, "signer-revoked-trust")


def stolen_list(folder: Path) -> bytes:
    """What a thief of the trust key signs with it: their own issuer alone, in the highest version there is."""
    thief = authority.open_authority(folder, None)
    other = founding.found(folder / "thief", founding.Charter("Thief", None, int(time.time()), 9))
    now = int(time.time())
    return seal(
        Kind.TRUST,
        other.issuers()[1],
        version=MAX_VERSION,
        issued=now - 60,
        expires=now + 86_400,
        signer=thief.signer(Role.TRUST),
        signer_warrant=thief.warrant(Role.TRUST)[0],
    )


def told(watcher: Watcher) -> list[bool]:
    """Whether the alert was raised, each time that something was said of it."""
    return [bool(seen.payload) for seen in watcher.seen() if seen.topic == ALERT]


def test_a_stolen_trust_key_is_taken_back_at_a_running_gate(office: Office, tmp_path: Path) -> None:
    """The thief's list falls at once with an alert, the office's next one counts, and the thief's never again."""
    rig = office.rig
    ours = rig.folder / "authority"
    shutil.copytree(ours, tmp_path / "stolen")
    theirs = tmp_path / "theirs.cose"
    theirs.write_bytes(stolen_list(tmp_path / "stolen"))
    with rig.watcher() as watcher, PinRecord(rig.keeper_path) as pins:
        assert office.publish(theirs)["version"] == MAX_VERSION
        mark = pins.mark()
        office.lane.show(office.visitor())
        assert watcher.wait(lambda _: len(watcher.events(GATE, kind="access")) == 1, PATIENCE_S)
        assert pins.rises(RELAY, mark) == 0
        for words in (("rotate", "trust"), ("revoke", "trust")):
            ended = gapura_ops("authority", *words, "--dir", ours)
            assert ended.code == 0, ended.err
        assert office.publish(ours / rulings.FILE)["state"] == "applied"
        assert watcher.wait(lambda _: told(watcher) == [True], PATIENCE_S)
        assert office.reported("trust") == {}
        office.lane.show(office.visitor())
        assert watcher.wait(lambda _: len(watcher.events(GATE, kind="access")) == 2, PATIENCE_S)
        assert pins.rises(RELAY, mark) == 0
        built = gapura_ops("trust", "build", "--dir", ours, "--out", tmp_path / "trust.cose")
        assert built.code == 0, built.err
        assert office.publish(tmp_path / "trust.cose")["state"] == "applied"
        assert watcher.wait(lambda _: told(watcher) == [True, False], PATIENCE_S)
        mark = pins.mark()
        office.lane.show(office.visitor())
        assert pins.rose(RELAY, mark)
        office.publish(theirs, waits=False)
        assert until(lambda: office.reported("trust").get("reason") == "warrant_revoked")
        assert office.reported("trust")["version"] == 2
    note = gapura("check", rig.config).err
    assert "authority document version 1 of root" in note
    assert "trust from serial 2 on" in note
