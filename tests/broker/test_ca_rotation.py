"""A device CA is rotated under a broker at work: gates of either CA connect, until the older one is retired."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from provisioning.broker import rotation
from provisioning.broker.certificates import DeviceCa, Holder
from provisioning.broker.runner import LOOPBACK, Broker
from tests.broker.stand import Gate, settings, with_parts

if TYPE_CHECKING:
    from pathlib import Path


def test_gates_of_the_old_and_of_the_new_ca_are_let_in_until_the_old_one_goes(broker: Broker, tmp_path: Path) -> None:
    """First with the broker's old certificate, which every gate believes, then with one of the new CA."""
    folder = broker.ca.parent
    never_visited = tmp_path / "old-ca.crt"
    never_visited.write_bytes(broker.ca.read_bytes())
    old = with_parts(settings(broker, "gate-1"), ca=never_visited)
    new_ca = rotation.rotate(folder, None)
    certificate, key = new_ca.issue(Holder.GATE, "gate-2").write(tmp_path)
    new = with_parts(settings(broker, "gate-2"), certificate=certificate, key=key)
    broker.stop()
    broker.start()
    with Gate(tmp_path / "1", old, "gate-1") as first, Gate(tmp_path / "2", new, "gate-2") as second:
        assert first.wait_up()
        assert second.wait_up()
        DeviceCa.load(folder).issue(Holder.BROKER, "broker", addresses=(LOOPBACK,)).write(folder)
        rotation.retire(folder, [], now=datetime.now(UTC) + timedelta(days=1))
        broker.stop()
        broker.start()
        assert second.wait_up(times=2)
        assert first.wait_fault("broker_certificate")
    believing = with_parts(old, ca=folder / rotation.BUNDLE)
    with Gate(tmp_path / "3", believing, "gate-1") as third:
        assert third.wait_fault("certificate_refused")
