"""The whole fleet at one moment: every gate of inventory, ledger and broker in one row, with its differences.

It hears what the broker retains, and decides only what the release should be where nobody named one. Everything else
is decided in `compare.py`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from provisioning.fleet import compare
from provisioning.fleet.compare import Expected
from provisioning.fleet.ledger_rows import proven
from provisioning.fleet.seen import FILTERS, Sight

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from provisioning.connection import Message
    from provisioning.fleet.ledger_rows import Certificate, Row, Standing
    from provisioning.fleet.planned import Inventory, Planned
    from provisioning.fleet.seen import Seen


WAITING: Final = 1_000_000
"""Messages of a broker with many thousand gates may wait to be taken."""


class Listening(Protocol):
    """As much of a connection as is needed here."""

    def subscribe(self, *filters: str, qos: int = ...) -> None:
        """Listen to these topics; with QoS 0 all that is retained of them waits then."""

    def receive(self, timeout_s: float) -> Message | None:
        """Give the next message, None if none comes in time."""


class Recorded(Protocol):
    """As much of a ledger as is needed here."""

    def gates(self) -> dict[str, Standing]:
        """Every gate that was ever entered."""

    def certificates(self, gate: str) -> list[Certificate]:
        """The certificates of a gate, the oldest first."""

    def history(self, gate: str) -> list[Row]:
        """Everything that was ever written down of a gate, in order."""


@dataclass(frozen=True, slots=True)
class GateStatus:
    """One row: where the gate is, where it should be, and every difference by name."""

    gate: str
    area: str
    sector: str
    state: str
    expected: str
    differs: tuple[str, ...]

    def told(self) -> dict[str, object]:
        """Say it as JSON."""
        said = {"gate": self.gate, "area": self.area, "sector": self.sector, "state": self.state}
        return {**said, "expected": self.expected, "differs": list(self.differs)}


def look(connection: Listening) -> Sight:
    """Hear everything that the broker retains of gates and documents; what is said meanwhile counts too.

    One topic after the other, so that no queue at the broker is ever longer than one of them.
    """
    sight = Sight()
    for one in FILTERS:
        connection.subscribe(one, qos=0)
        while (message := connection.receive(0)) is not None:
            sight.take(message.topic, message.payload)
    return sight


def compare_all(
    inventory: Inventory, ledger: Recorded, sight: Sight, *, now: int, release: str | None = None
) -> list[GateStatus]:
    """Hold every gate that anybody knows against what it should be; `release` is what they should run.

    Without a release named, it is the one that more than half of the gates that are online run.
    """
    standings = ledger.gates()
    should_run = release or usual_release(sight.gates.values())
    rows = []
    for name in sorted({*inventory.gates, *standings, *(one.gate for one in sight.gates.values() if one.present)}):
        planned, standing, seen = inventory.gates.get(name), standings.get(name), sight.gates.get(name)
        groups = () if planned is None else (*planned.groups, planned.area)
        ends = None if standing is None else _ends(ledger.certificates(name))
        tested = standing is not None and proven(ledger.history(name), standing.since)
        expected = Expected(planned, standing, sight.desired(name, groups), should_run, ends, tested)
        rows.append(_row(name, expected, seen, compare.differences(expected, seen, now)))
    return rows


def usual_release(gates: Iterable[Seen]) -> str | None:
    """Name the release that more than half of the gates that are online run; None if there is none such."""
    releases = Counter(seen.birth.release for seen in gates if seen.online and seen.birth is not None)
    if not releases:
        return None
    usual, count = releases.most_common(1)[0]
    return usual if count * 2 > releases.total() else None


def _row(name: str, expected: Expected, seen: Seen | None, differs: tuple[str, ...]) -> GateStatus:
    area, sector = _place(expected.planned, {} if seen is None or seen.birth is None else seen.birth.labels)
    return GateStatus(name, area, sector, compare.state_of(expected), compare.wanted(expected), differs)


def _place(planned: Planned | None, labels: Mapping[str, str]) -> tuple[str, str]:
    """Say where a gate belongs: as planned, else as it says itself."""
    if planned is not None:
        return planned.area, planned.sector
    return labels.get("area", ""), labels.get("sector", "")


def _ends(certificates: list[Certificate]) -> int | None:
    """When the newest certificate that was not revoked ends (Unix seconds)."""
    return max((one.ends for one in certificates if one.revoked is None), default=None)
