"""Whether a gate may be made active from here, and what a configuration must say for it. Pure.

A configuration replaces the one before it of the same audience, so what that one said is said again, for the same
audience. Only what this authority signed and the gate goes by is carried on: nobody gets a signature for keys by laying
them at the broker.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from firmware.control import manifest
from firmware.control.desired import WITHDRAWN
from firmware.signed.envelope import EVERYONE, Document, Kind, open_envelope
from provisioning.fleet.lifecycle import State, is_installed
from provisioning.reported import sha256_of

if TYPE_CHECKING:
    from provisioning.fleet.ledger_rows import Standing
    from provisioning.fleet.planned import Planned
    from provisioning.fleet.seen import Seen, Sight

_OBSERVED: Final = "observed_"


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be signed for a gate, and for whom."""

    audience: tuple[str, ...]
    body: Mapping[str, object]


def decides(seen: Seen | None) -> bool:
    """Say whether a gate says that it is active."""
    return seen is not None and seen.birth is not None and seen.birth.stage == State.ACTIVE


def obstacle(gate: str, standing: Standing | None, seen: Seen | None, *, proven: bool) -> str | None:
    """Say why a gate cannot be made active yet, with what to do; None if it can."""
    if standing is None or not is_installed(standing.state):
        where = "in no ledger" if standing is None else standing.state.value
        return f"{gate} is {where}: no device has come for it; see gapura-ops fleet status"
    if standing.suspended:
        return f"{gate} is suspended; look into why, then gapura-ops enrol release {gate}"
    if standing.state is State.INSTALLED and not proven:
        return f"{gate} has passed no self-test; see gapura-ops enrol log {gate}, and have it repeated at the door"
    if seen is None or seen.birth is None:
        return f"{gate} has told the broker nothing yet; look at its network and its brokers"
    report = seen.reports.get(Kind.CONFIG)
    if report is not None and report.state == "pending":
        return f"{gate} is trying a configuration, and may go back to the one before; ask again in a minute or two"
    return None


def wish(planned: Planned, sight: Sight, root: bytes) -> Wish | str:
    """Say what to sign for a gate so that it is active and all else stays, or why that cannot be known."""
    gate, groups = planned.gate, {*planned.groups, planned.area}
    for group in sorted(groups):
        if sight.lying(f"_group/{group}", Kind.CONFIG):
            return (
                f"{gate}: a configuration lies for _group/{group}; add gate.stage to that one and publish it,"
                f" or gapura-ops doc clear _group/{group} config"
            )
    seen, data = sight.gates.get(gate), sight.lying(gate, Kind.CONFIG)
    report = None if seen is None else seen.reports.get(Kind.CONFIG.value)
    digest = None if report is None else report.digest
    if not data:
        if digest is None:
            return Wish((EVERYONE,), _active({}))
        return (
            f"{gate} goes by a configuration that is not at the broker; publish that one again (gapura-ops doc publish)"
        )
    found = open_envelope(data, Kind.CONFIG, root=root, gate=gate, now=None, groups=frozenset(groups))
    if not isinstance(found, Document) or manifest.is_manifest(found.body):
        return (
            f"{gate}: what lies on its topic is no configuration of this authority; gapura-ops doc clear {gate} config"
        )
    withdrawn = found.body == {WITHDRAWN: True}
    if report is None or report.state != "applied" or digest != (None if withdrawn else found.digest):
        return f"{gate} does not go by the configuration that lies on its topic; see gapura-ops doc status {gate}"
    return Wish(found.audience, _active({} if withdrawn else found.body))


def would_have_refused(seen: Seen | None) -> tuple[int, int] | None:
    """How many an active gate would have refused since this one was started, and of how many; None if it is unknown."""
    counts = {} if seen is None else {name: n for name, n in seen.health.items() if name.startswith(_OBSERVED)}
    return (counts.get(f"{_OBSERVED}deny", 0), sum(counts.values())) if counts else None


def outcome(seen: Seen, document: Document, data: bytes) -> tuple[str, str] | None:
    """Say what became of a document (`data` as it was sent) at a gate, and why; None while that is open."""
    report = seen.reports.get(Kind.CONFIG.value)
    if report is None:
        return None
    if report.turns_down(document.version, sha256_of(data)):
        return report.state, report.reason or ""
    if report.state == "applied" and report.digest == document.digest and decides(seen):
        return State.ACTIVE.value, ""
    return None


def _active(body: Mapping[str, object]) -> dict[str, object]:
    """Say what a configuration said, and that the gate is active."""
    own = body.get("gate")
    return {**body, "gate": {**(own if isinstance(own, Mapping) else {}), "stage": State.ACTIVE.value}}
