"""What the fleet has told so far, folded: each message costs the same however many gates there are.

Pure: messages and the time (Unix seconds) come in. It keeps what holds and what happened last, and decides two things
only: since when a gate is away, and when one that should speak has said nothing for too long.
"""

from __future__ import annotations

import heapq
from collections import Counter, deque
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from firmware.records import wire
from firmware.signed.envelope import Kind
from provisioning.watch import gates, reading, said
from provisioning.watch.figures import Figures
from provisioning.watch.gates import Gate, pairs
from provisioning.watch.said import Why

if TYPE_CHECKING:
    from collections.abc import Mapping

    from provisioning.watch.said import AlertRaised, DocumentReported, Leaf, Said

TIME: Final = Kind.TIME.value
"""An answer to one gate's question: no document that others could be behind with."""


class Fleet:
    """Every gate by name, and by what is wrong with it. `changes` moves whenever a picture would be another one."""

    def __init__(self) -> None:
        """Begin with no gate."""
        self.gates: dict[str, Gate] = {}
        self.offline: set[str] = set()
        self.silent: set[str] = set()
        self.unsteady: set[str] = set()
        self.alerting: set[str] = set()
        self.turned_down: set[str] = set()
        self.leaves: dict[tuple[str, str], Leaf] = {}
        self.members: dict[tuple[str, str], set[str]] = {}
        self.decisions: deque[said.Decided] = deque(maxlen=gates.KEPT_DECISIONS)
        self.documents: Counter[tuple[str, int]] = Counter()
        self.figures = Figures()
        self.rubbish: Counter[Why] = Counter()
        self.known = 0
        self.messages = 0
        self.changes = 0
        self._due: list[tuple[int, str]] = []
        self._labels: dict[tuple[tuple[str, str], ...], Mapping[str, str]] = {}

    def take(self, topic: str, payload: bytes, now: int, expiry_s: int | None = None) -> None:
        """Take one message; `expiry_s` is what is left of its life at the broker."""
        self.messages += 1
        found = reading.read(topic, payload)
        if isinstance(found, said.Rubbish):
            self._refuse(found.gate, found.why)
        elif found is not None:
            gate = self._gate(found)
            if gate is not None:
                self._spoke(gate, now, expiry_s if isinstance(found, said.Numbers) else None)
                self._fold(gate, found, now, expiry_s)

    def turn(self, now: int) -> None:
        """Let time pass: who has been silent for too long, and who has become steady again."""
        while self._due and self._due[0][0] <= now:
            gate = self.gates.get(heapq.heappop(self._due)[1])
            if gate is None:
                continue
            gate.awaited = False
            if gate.online and gate.speaks_by > now:
                self._await(gate)
            elif gate.online:
                self.silent.add(gate.name)
                self.changes += 1
        for name in [name for name in self.unsteady if now - self.gates[name].falls[-1] > gates.UNSTEADY_S]:
            self.unsteady.discard(name)
            self.gates[name].falls = ()
            self.changes += 1

    def inherit(self, before: Fleet) -> None:
        """Take over from the fleet of an earlier connection what no broker repeats: what happened, and since when."""
        self.decisions.extendleft(reversed(before.decisions))
        self.rubbish.update(before.rubbish)
        self.messages += before.messages
        self.changes += before.changes + 1
        for name in self.gates.keys() & before.gates.keys():
            gate, was = self.gates[name], before.gates[name]
            gate.falls, gate.rubbish = was.falls, gate.rubbish + was.rubbish
            if gate.online is was.online and not gate.exact:
                gate.since, gate.exact = was.since, was.exact
            gates.note(self.unsteady, name, held=name in before.unsteady)

    def _gate(self, found: Said) -> Gate | None:
        """Find the gate of a message; what only takes something back makes none."""
        gate = self.gates.get(found.gate)
        if gate is not None or isinstance(found, said.AlertCleared | said.Forgotten):
            return gate
        if len(self.gates) >= gates.MOST_GATES:
            self.rubbish[Why.TOO_MANY] += 1
            return None
        self.gates[found.gate] = gate = Gate(found.gate)
        return gate

    def _spoke(self, gate: Gate, now: int, lives_s: int | None) -> None:
        """Note that a gate was heard, and by when it should speak again."""
        waits_s = gates.QUIET_S if lives_s is None else max(gates.QUIET_S, min(lives_s, gates.LONGEST_QUIET_S))
        gate.speaks_by = max(gate.speaks_by, now + waits_s)
        if gate.name in self.silent:
            self.silent.discard(gate.name)
            self._await(gate)
            self.changes += 1

    def _await(self, gate: Gate) -> None:
        """Look at a gate again when its time is over; once is enough."""
        if not gate.awaited:
            gate.awaited = True
            heapq.heappush(self._due, (gate.speaks_by, gate.name))

    def _fold(self, gate: Gate, found: Said, now: int, expiry_s: int | None) -> None:
        """Let one understood message change what is known."""
        match found:
            case said.Availability():
                self._availability(gate, now, expiry_s, online=found.online)
            case said.Birth():
                gate.version = found.version
                self._label(gate, found.labels)
            case said.Numbers():
                self.changes += self.figures.fold(gate, found.values)
            case said.AlertRaised():
                ahead = found.since is not None and found.since > now + gates.AHEAD_S
                self._alert(gate, replace(found, since=None) if ahead else found)
            case said.AlertCleared():
                self.changes += gate.alerts.pop(found.name, None) is not None
                gates.note(self.alerting, gate.name, held=bool(gate.alerts))
            case said.DocumentReported():
                self._document(gate, found.kind, found)
            case said.Decided():
                self.decisions.append(found)
                self.changes += 1
            case said.Leaf():
                self._leaf(found)
            case said.Forgotten():
                self._forgotten(gate, found.what)

    def _availability(self, gate: Gate, now: int, expiry_s: int | None, *, online: bool) -> None:
        if gate.online is online:
            return
        first, gate.online = gate.online is None, online
        age_s = None if expiry_s is None else wire.LASTING_S - expiry_s
        told = age_s is not None and 0 <= age_s <= gates.OLDEST_S
        gate.since, gate.exact = (now - age_s if age_s is not None and told else now), told or not first
        self.known += first
        self.changes += 1
        gates.note(self.offline, gate.name, held=not online)
        if online:
            self._await(gate)
            return
        self.silent.discard(gate.name)
        if not first:
            gate.falls = (*(at for at in gate.falls if now - at <= gates.UNSTEADY_S), now)[-gates.KEPT_FALLS :]
            if len(gate.falls) >= gates.UNSTEADY_FALLS:
                self.unsteady.add(gate.name)

    def _label(self, gate: Gate, labels: Mapping[str, str]) -> None:
        """Give a gate its labels; gates with equal ones share them."""
        if gate.labels == labels:
            return
        shared = self._labels.setdefault(tuple(sorted(labels.items())), labels)
        if len(self._labels) > gates.MOST_GATES:
            self._labels.clear()
        for pair in pairs(gate.labels):
            self.members[pair].discard(gate.name)
            if not self.members[pair]:
                del self.members[pair]
        gate.labels = shared
        for pair in pairs(shared):
            self.members.setdefault(pair, set()).add(gate.name)
        self.changes += 1

    def _leaf(self, leaf: Leaf) -> None:
        """Count people by area; areas that nobody has end at a number, as gates do."""
        if (leaf.area, leaf.gate) not in self.leaves and len(self.leaves) >= gates.MOST_GATES:
            self._refuse(leaf.gate, Why.TOO_MANY)
            return
        self.leaves[leaf.area, leaf.gate] = leaf
        self.changes += 1

    def _alert(self, gate: Gate, alert: AlertRaised) -> None:
        if alert.name not in gate.alerts and len(gate.alerts) >= gates.MOST_ALERTS:
            self._refuse(gate.name, Why.TOO_MANY)
        elif gate.alerts.get(alert.name) != alert:
            gate.alerts[alert.name] = alert
            self.alerting.add(gate.name)
            self.changes += 1

    def _document(self, gate: Gate, kind: str, document: DocumentReported | None) -> None:
        """Note what became of a document; None when the gate no longer says."""
        before = gate.documents.pop(kind, None)
        if before is not None and kind != TIME:
            gates.less(self.documents, (kind, before.version))
        if document is not None and len(gate.documents) >= gates.MOST_DOCUMENTS:
            self._refuse(gate.name, Why.TOO_MANY)
        elif document is not None:
            gate.documents[kind] = document
            if kind != TIME:
                self.documents[kind, document.version] += 1
        bad = any(one.state in gates.TURNED_DOWN for one in gate.documents.values())
        gates.note(self.turned_down, gate.name, held=bad)
        self.changes += before != document

    def _forgotten(self, gate: Gate, what: str) -> None:
        """Take back what a retained topic said: a gate that is taken out of service is emptied topic by topic."""
        match what.split("/"):
            case ["availability"]:
                self.known -= gate.online is not None
                gate.online = None
                for names in (self.offline, self.unsteady, self.silent):
                    names.discard(gate.name)
            case ["info"]:
                self._label(gate, {})
            case ["health"]:
                self.figures.fold(gate, {})
            case ["_area", area]:
                self.leaves.pop((area, gate.name), None)
            case ["doc", kind, _]:
                self._document(gate, kind, None)
            case _:
                return
        if gate.online is None and not (gate.labels or gate.alerts or gate.documents):
            self.figures.fold(gate, {})
            del self.gates[gate.name]
        self.changes += 1

    def _refuse(self, name: str, why: Why) -> None:
        """Count a message that was not understood, for the gate too if there is one."""
        self.rubbish[why] += 1
        if name in self.gates:
            self.gates[name].rubbish += 1
