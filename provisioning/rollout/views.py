"""What the broker says of gates, as far as a rollout asks: who is there, what each reports, which alerts hold.

Pure: messages and seconds come in. Whatever anybody published, nothing is raised and no text moves a terminal's cursor.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from firmware.records.wire import ONLINE, ROOT, valid_id
from firmware.signed import strict_json
from provisioning import reported
from provisioning.plain import MAX_LABEL, plain
from provisioning.reported import Report

if TYPE_CHECKING:
    from collections.abc import Mapping

    from firmware.signed.envelope import Kind

MAX_BYTES: Final = 160 * 1024
_GROUP: Final = "_group"

BY_PEOPLE: Final = frozenset({"bad-codes", "forced", "on-battery", "tailgate", "tamper", "undervoltage"})
"""Alerts that say what people, or the mains, did at a door; no document brings them about."""

EXPECTED: Final = frozenset({"observing"})
"""Alerts that a document may bring about because that is what it is for."""


@dataclass(slots=True)
class View:
    """One gate. `since` is when it was last seen to come or go (Unix s); `alerts` has since when each was seen."""

    online: bool | None = None
    since: int = 0
    labels: dict[str, str] = field(default_factory=dict)
    groups: frozenset[str] = frozenset()
    report: Report = field(default_factory=Report)
    reported: bool = False
    desired: bytes = b""
    alerts: dict[str, int] = field(default_factory=dict)

    def troubles(self, before: frozenset[str], now: int, grace_s: int) -> list[str]:
        """Name the alerts that came since and have held for so long, but for those that say nothing of a document."""
        held = (name for name, since in self.alerts.items() if now - since >= grace_s)
        return sorted(name for name in held if name not in BY_PEOPLE | EXPECTED | before)


class Views:
    """All gates, and what is desired of groups, for one kind of document."""

    def __init__(self, kind: Kind) -> None:
        """Begin with nothing known."""
        self._kind = kind.value
        self.gates: dict[str, View] = {}
        self.groups: dict[str, bytes] = {}

    @property
    def filters(self) -> tuple[str, ...]:
        """What to listen to."""
        doc = f"doc/{self._kind}"
        leaves = ("availability", "info", "alert/+", f"{doc}/reported", f"{doc}/desired")
        return (*(f"{ROOT}/+/{leaf}" for leaf in leaves), f"{ROOT}/{_GROUP}/+/{doc}/desired")

    def view(self, gate: str) -> View:
        """Give what is known of a gate."""
        return self.gates.setdefault(gate, View())

    def take(self, topic: str, payload: bytes, now: int) -> None:
        """Take one message in; what is not as promised says nothing."""
        gate, *leaf = topic.removeprefix(f"{ROOT}/").split("/")
        if len(payload) > MAX_BYTES or not all(valid_id(level) for level in leaf):
            return
        match leaf:
            case [group, "doc", kind, "desired"] if gate == _GROUP and kind == self._kind:
                self.groups[group] = payload
            case _ if not valid_id(gate):
                pass
            case ["availability"]:
                self._availability(gate, payload, now)
            case ["info"]:
                self._info(gate, strict_json.parse(payload) or {})
            case ["alert", name]:
                self._alert(gate, name, now, raised=bool(payload))
            case ["doc", kind, "desired"] if kind == self._kind:
                self.view(gate).desired = payload
            case ["doc", kind, "reported"] if kind == self._kind:
                view = self.view(gate)
                view.report, view.reported = reported.read(strict_json.parse(payload) or {}), bool(payload)
            case _:
                pass

    def _availability(self, gate: str, payload: bytes, now: int) -> None:
        view, online = self.view(gate), payload == ONLINE if payload else None
        if online is not view.online:
            view.online, view.since = online, now

    def _info(self, gate: str, value: Mapping[str, object]) -> None:
        view, labels, groups = self.view(gate), value.get("labels"), value.get("groups")
        if isinstance(labels, dict):
            view.labels = {name: text for name, each in labels.items() if (text := plain(each, MAX_LABEL)) is not None}
        if isinstance(groups, list):
            view.groups = frozenset(name for name in groups if isinstance(name, str) and valid_id(name))

    def _alert(self, gate: str, name: str, now: int, *, raised: bool) -> None:
        if raised:
            self.view(gate).alerts.setdefault(name, now)
        else:
            self.view(gate).alerts.pop(name, None)
