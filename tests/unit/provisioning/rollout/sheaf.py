"""Documents, gates and plans of a rollout in memory: an authority, what the broker shows, and a book that goes on."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from firmware.signed.envelope import Kind
from provisioning import publishing
from provisioning.rollout import planning, progress, stages
from provisioning.rollout.asked import Asked
from provisioning.rollout.book import Book, Course, Entry, Phase, name_of, spell
from provisioning.rollout.selecting import Place
from provisioning.rollout.views import Views
from tests.unit.signed.office import Office

if TYPE_CHECKING:
    from firmware.signed.envelope import Document
    from provisioning.rollout.planning import Plan

NOW = 1_767_232_800
LONGER: dict[str, object] = {"door": {"unlock_ms": 7000}}
SHORTER: dict[str, object] = {"door": {"unlock_ms": 3000}}
COURSE = Course(settle_s=60, patience_s=300, grace_s=20, tolerate=0, tolerate_percent=False, at_once=50)


@dataclass
class Sheaf:
    """A desk in memory, and the gates that the broker shows it."""

    office: Office = field(default_factory=Office)
    views: Views = field(default_factory=lambda: Views(Kind.CONFIG))
    now: int = NOW

    def seal(self, body: dict[str, object], version: int, *audience: str, kind: Kind = Kind.CONFIG) -> bytes:
        """Sign a document."""
        return self.office.seal(kind, body, version=version, audience=audience or ("*",))

    def hear(self, gate: str, leaf: str, said: object) -> None:
        """Take in what a gate says."""
        payload = said if isinstance(said, bytes) else json.dumps(said).encode()
        self.views.take(f"gapura/1/{gate}/{leaf}", payload, self.now)

    def gate(self, *names: str, area: str = "lobby", sector: str = "s-1") -> None:
        """Let gates be there."""
        for name in names:
            self.hear(name, "availability", b"online")
            self.hear(name, "info", {"labels": {"area": area, "sector": sector}, "groups": [area]})

    def goes_by(self, gate: str, data: bytes, **more: object) -> None:
        """Let a gate report that it goes by a document."""
        document = read(data)
        said = {"state": "applied", "version": document.version, "digest": document.digest, "code": 0}
        self.hear(gate, f"doc/{document.kind.value}/reported", said | more)

    def refuses(self, gate: str, data: bytes, state: str = "rolled_back", reason: str = "no_connection") -> None:
        """Let a gate report that it goes by nothing and has turned a document down."""
        said = {"state": state, "version": 0, "code": 1, "reason": reason, "refused_version": read(data).version}
        self.hear(gate, "doc/config/reported", said)

    def plan(
        self, data: bytes, *gates: str, shares: str = "1,50%,all", course: Course = COURSE, **more: object
    ) -> Plan:
        """Plan a rollout to gates, all of them where none is named."""
        places = {
            gate: Place(view.labels.get("area", ""), view.labels.get("sector", ""), view.groups)
            for gate, view in self.views.gates.items()
        }
        chosen = list(gates or sorted(places))
        finished = publishing.Finished(data, read(data))
        asked = Asked(finished, chosen, places, stages.read_stages(shares), course, **more)  # type: ignore[arg-type]
        return planning.plan(asked, self.views)


def read(data: bytes) -> Document:
    """Read what was signed here."""
    found = publishing.recognise(data)
    assert found is not None
    return found


@dataclass
class Ride:
    """A book that goes on over the gates of a desk; `sent` collects who was sent to."""

    sheaf: Sheaf
    book: Book
    sent: list[str] = field(default_factory=list)

    def begin(self) -> None:
        """Say yes to the plan."""
        self.book = self.book.model_copy(update={"phase": Phase.RUNNING})
        self.turn(0)

    def turn(self, later_s: int = 1) -> list[str]:
        """Let time pass and do what is due; whoever is sent to has that document on its topic."""
        self.sheaf.now += later_s
        self.book, send = progress.advance(self.book, self.sheaf.views, self.sheaf.now)
        for gate in send:
            self.sheaf.hear(gate, f"doc/{self.book.kind.value}/desired", self.book.bytes_of(self.entry(gate).wanted))
        self.sent += send
        return send

    def take(self, *gates: str) -> None:
        """Let gates go by what lies on their topics."""
        for gate in gates:
            self.sheaf.goes_by(gate, self.sheaf.views.view(gate).desired)

    def settle(self) -> None:
        """Let a minute pass and what follows from it begin."""
        self.turn(1)
        self.turn(60)

    def entry(self, gate: str) -> Entry:
        """How far a gate is."""
        return next(entry for entry in self.book.gates if entry.gate == gate)

    def states(self) -> dict[str, int]:
        """How many are how far."""
        return progress.counts(self.book)

    def sign(self, version: int) -> None:
        """Sign the way back for everything that gates went by."""
        documents, returns = dict(self.book.documents), {}
        for number, before in enumerate(sorted({entry.before for entry in self.book.gates})):
            old = self.book.read(before)
            data = self.sheaf.seal(dict(publishing.WITHDRAWAL if old is None else old.body), version + number)
            documents[name_of(data)], returns[before] = spell(data), name_of(data)
        self.book = self.book.model_copy(update={"documents": documents, "returns": returns})
