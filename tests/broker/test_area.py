"""Three gates of one area at a real broker: they know each other's counts, and believe nobody else."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Self

import pytest

from firmware.control import mistakes
from firmware.control.accounts import Accounts, Knowledge
from firmware.control.config import Config
from firmware.control.counting import Counting
from firmware.control.identity import read_identity
from firmware.control.inbox import Inbox
from firmware.control.leaves import Leaves
from firmware.events import Decision, Direction, EndGrant, Instant, Leaf, LeafHeard, Outcome, RecordCommitted
from firmware.records import leaf as wire
from firmware.records.heard import area_topics
from firmware.records.journal import Journal
from firmware.records.link import Link
from firmware.records.notices import Notices
from firmware.rules.capacity import AreaCapacity
from firmware.rules.decide import Place, Rulebook
from firmware.rules.policy import Policy
from firmware.rules.presence import Presence
from firmware.signed import device
from firmware.trust.keys import TrustSet
from provisioning.broker.runner import LOOPBACK, Broker
from tests.broker import stand
from tests.issuing import NOON

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from firmware.records.heard import Heard

GATES = ("gate-1", "gate-2", "gate-3")
LIMIT = 6
POLICY = Policy.model_validate(
    {"profile": "t", "classes": {"visitor": {}}, "capacity": {"lobby": AreaCapacity(places=LIMIT, gates=GATES)}}
)
TOML = """
[gate]
id = "{gate}"
area = "lobby"
state_dir = "{folder}"
[trust]
root = "{folder}/root"
list = "{folder}/trust.cose"
policy = "{folder}/policy.cose"
[relay]
pin = 17
[hardware]
pins = "mock"
[mqtt]
host = "{host}"
port = {port}
ca = "{ca}"
certificate = "{certificate}"
key = "{key}"
[readers.outside]
side = "outside"
socket = "{folder}/outside.sock"
"""
IN = Decision(Outcome.ALLOW, Direction.IN)
OUT = Decision(Outcome.ALLOW, Direction.OUT)


class Counter:
    """The counting side of a gate: a real journal, a real link, real signatures, no door."""

    def __init__(self, folder: Path, broker: Broker, gate: str) -> None:
        """Take its certificate; nothing runs yet."""
        folder.mkdir(exist_ok=True)
        settings = stand.settings(broker, gate)
        path = folder / "gapura.toml"
        where = {"host": LOOPBACK, "port": broker.port, "ca": settings.ca, "key": settings.key}
        path.write_text(TOML.format(gate=gate, folder=folder, certificate=settings.certificate, **where))
        config = mistakes.read(path)
        assert isinstance(config, Config), config
        self.gate, self.config, self._settings, self._folder = gate, config, settings, folder
        self._ms = -60_001
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Start, as a process would: what the run before had in memory is gone."""
        self.inbox = Inbox(lambda: 0)
        self.notices = Notices()
        journal = Journal(self._folder / "journal.db", self.gate, committed=self.inbox.committed)
        self.journal = journal
        self._stack.callback(journal.close)
        self.leaves = Leaves(self.config, self.notices.keep, self.inbox.leaf_heard)
        self._stack.callback(self.leaves.close)
        presence = Presence()
        self.counting = Counting(presence, epoch=f"e-{self.gate}", kept=lambda: journal.kept, tell=self.leaves.tell)
        place = Place(self.gate, "lobby")
        know = Knowledge("run", place, {}, TrustSet(), Rulebook.unlimited(POLICY))
        self.accounts = Accounts(know, presence, self.counting)
        self.link = Link(
            self._settings,
            self.gate,
            journal,
            info=lambda: stand.FACTS,
            health=dict,
            changed=lambda _up: None,
            heard=self._heard,
            notices=self.notices,
        )
        self.link.follow(area_topics("lobby"))
        self._stack.callback(self.link.close)
        self.link.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self._stack.close()

    def _heard(self, heard: Heard) -> None:
        assert self.leaves.hear(heard)

    def turn(self) -> Self:
        """Take whatever waits and end the turn; the second is a minute later than the first, the others soon after."""
        self._ms += 10 if self._ms > 0 else 60_001
        now = Instant(self._ms, NOON, NOON, "ntp")
        while (event := self.inbox.take(0)) is not None:
            if isinstance(event, LeafHeard):
                self.counting.hear(event, now)
            elif isinstance(event, RecordCommitted):
                self.counting.committed(event.token)
        record = self.accounts.settled(now)
        if record is not None:
            self.journal.submit(record)
        return self

    def passes(self, decision: Decision = IN) -> None:
        """Let one person pass."""
        now = Instant(self._ms, NOON, NOON, "ntp")
        record = self.accounts.decided(decision, None, "outside", now)
        self.journal.submit(record)
        self.journal.submit(self.accounts.ended(EndGrant(record.grant or "", "confirmed"), now))

    def people(self) -> int:
        """How many are inside, as this gate has it."""
        return self.turn().counting.area.inside(0).people

    def full(self) -> bool:
        """Whether nobody more may come in here."""
        return self.turn().counting.area.full(POLICY.capacity["lobby"])


@pytest.fixture
def gates(broker: Broker, tmp_path: Path) -> Iterator[dict[str, Counter]]:
    """Run three gates of one area."""
    with ExitStack() as stack:
        yield {gate: stack.enter_context(Counter(tmp_path / gate, broker, gate)) for gate in GATES}


def test_three_gates_know_each_other_and_fill_the_area_together(gates: dict[str, Counter]) -> None:
    """In by one, out by another: one sum. A gate that starts again goes on. The last places go to who asks for them."""
    one, two, three = gates.values()
    one.passes()
    two.passes()
    three.passes(OUT)
    assert stand.until(lambda: [gate.people() for gate in gates.values()] == [1, 1, 1])
    two.__exit__()
    two.__enter__()
    assert stand.until(lambda: two.people() == 1)
    let_in = 1

    def filled() -> bool:
        nonlocal let_in
        if not one.full():
            one.passes()
            let_in += 1
        else:
            one.counting.area.turned_away(one._ms)
        for gate in (two, three):
            gate.turn()
        return let_in == LIMIT

    assert stand.until(filled)
    assert stand.until(lambda: [gate.people() for gate in gates.values()] == [LIMIT] * 3)
    assert [gate.full() for gate in gates.values()] == [True, True, True]
    three.passes(OUT)
    assert stand.until(lambda: not all(gate.full() for gate in gates.values()))


def test_nobody_elses_word_counts(gates: dict[str, Counter]) -> None:
    """On a gate's own topic: no leaf, about another area, as another gate, or by another gate's key."""
    one, two, three = gates.values()
    leaf = Leaf("e9", 0, 99, 50, 0)

    def signed(area: str, gate: str, by: Counter) -> bytes:
        identity = read_identity(by.config)
        assert identity is not None
        said = wire.to_be_signed(leaf, area, gate)
        return wire.payload(leaf, device.sign(said, identity.key, identity.certificate, wire.LEAF_AAD), None)

    topic = wire.area_topic("lobby", "gate-2")
    malformed = (b"{}", b"\xff", signed("vault", "gate-2", two), signed("lobby", "gate-3", two))
    for number, data in enumerate(malformed, 1):
        two.notices.keep(topic, data)
        assert stand.until(lambda number=number: one.leaves.refused["malformed"] == number)  # type: ignore[misc]
    two.notices.keep(topic, signed("lobby", "gate-2", three))
    assert stand.until(lambda: one.leaves.refused["forged"] == 1)
    assert one.people() == 0
    two.notices.keep(topic, signed("lobby", "gate-2", two))
    assert stand.until(lambda: one.people() == 50)
