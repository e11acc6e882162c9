"""Ten days in the life of a gate, in virtual time: everything that can run out does, everything comes back.

Each day has its people; the broker is away for a day each week, a reader for some hours, the time for one, and lists
and certificate are renewed, one of them too late. What was told must be all of that and nothing else.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from firmware import drivers
from firmware.commands.simulated_door import DEFAULT_PLACE, DEFAULT_SETTINGS, DEFAULT_SIDES, SimulatedDoor
from firmware.commands.simulation import Simulation
from firmware.control import telling
from firmware.control.accounts import Knowledge
from firmware.control.clock import VirtualClock
from firmware.control.conditions import LOOK_EVERY_MS, Conditions
from firmware.control.documents import Lists
from firmware.events import Instant
from firmware.records.limits import Limits
from firmware.records.lines import outlives
from firmware.rules.decide import Rulebook
from firmware.rules.policy import visitor_management
from tests.issuing import NOON, Issuer

if TYPE_CHECKING:
    from collections.abc import Callable

    from firmware.records.row import Row

DAY, HOUR, STEP = 86_400, 3_600, 300
PEOPLE = 121
QUARTER_S = 6 * HOUR
"""How much longer than promised a row may stay: age is counted in quarters of a day."""

KEEP_DAYS, KEEP_PRIORITY_DAYS = 3, 6
LIMITS = Limits(keep_days=KEEP_DAYS, keep_priority_days=KEEP_PRIORITY_DAYS)
AWAY = ((1 * DAY, 2 * DAY), (8 * DAY, 9 * DAY))
NO_READER = (2.5 * DAY, 2.75 * DAY)
NO_TIME = (3 * DAY, 3 * DAY + HOUR)
NEW_POLICY, NEW_TRUST, NEW_CERTIFICATE = 4.5 * DAY, 9.5 * DAY, 6 * DAY
EXPECTED = {
    "certificate_expiring None": (1.25 * DAY, NEW_CERTIFICATE),
    "reader_missing outside": NO_READER,
    "clock_untrusted None": NO_TIME,
    "list_expiring policy": (3.75 * DAY, NEW_POLICY),
    "list_expiring trust": (6.75 * DAY, 9 * DAY),
    "list_unusable trust": (9 * DAY, NEW_TRUST),
}
"""When each alarm must be raised and cleared (s); a look a minute, a step of the test and no more may lie between."""


class Hand(VirtualClock):
    """A virtual clock for which nobody vouches at times."""

    lost: bool = False

    def now(self) -> Instant:
        """Read the time."""
        return Instant(self.ms) if self.lost else super().now()


@dataclass
class Decade:
    """The gate, what operations bring it, and the consumer at its broker."""

    clock: Hand = field(default_factory=lambda: Hand(NOON))
    issuer: Issuer = field(default_factory=Issuer)
    certificate_ends: int = NOON + 31 * DAY + DAY // 4
    numbers: dict[int, int] = field(default_factory=dict)
    repeated: int = 0
    alarms: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    board: dict[str, object] = field(default_factory=dict)
    decided: Counter[tuple[object, object]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        """Begin with a policy for five days, a trust list for nine, and a certificate for thirty-one."""
        policy = Rulebook(visitor_management(), 1, NOON, NOON + 5 * DAY)
        self.lists = Lists(replace(self.issuer.trust(expires=NOON + 9 * DAY), issued=NOON), policy, ())
        door = SimulatedDoor(
            Knowledge("run", DEFAULT_PLACE, DEFAULT_SIDES, self.lists.trust, self.lists.rules),
            DEFAULT_SETTINGS,
            "boot",
            random.Random(1).randbytes,  # noqa: S311  names of a simulation, no secrets
            conditions=Conditions(0, lambda: self.certificate_ends),
            lists=lambda: self.lists,
        )
        self.gate = Simulation(door, self.clock, drivers.doubles, self._left)
        self.gate.inbox.beat("outside", {"frames": 1})
        self.gate.pump()

    @property
    def at(self) -> int:
        """Seconds since the beginning."""
        return self.clock.ms // 1000

    def _left(self, _t_ms: int, kind: str, value: object) -> None:
        """Consume as any program would: each event once, and what stands at the broker by its name."""
        if not isinstance(value, dict):
            return
        if kind == "event":
            data, number = value["data"], int(value["sequence"])
            self.repeated += number in self.numbers
            self.numbers[number] = NOON + data["at"]["boottime_ms"] // 1000
            if "alarm" in data:
                name = (f"{data['alarm']} {data['subject']}", str(data["state"]))
                self.alarms.setdefault(name, []).append(data["at"]["boottime_ms"] // 1000)
            if data.get("direction") == "in":
                self.decided[data["decision"], data["reason"]] += 1
        elif kind == "alert":
            self.board[value["id"]] = value["says"]

    def pass_time(self, until_s: float) -> None:
        """Let time pass in steps, as between two people; whatever is due is settled with each."""
        while self.at < until_s:
            self.clock.ms += 1000 * STEP
            self.gate.pump()

    def let_people_by(self) -> None:
        """Let one person go in, if there is a reader to show a pass to, and one out."""
        now = NOON + self.at
        code = self.issuer.code(issued=now, not_before=now - 60, expires=now + 60)
        if not NO_READER[0] <= self.at < NO_READER[1]:
            self.gate.inbox.scanned("outside", (code,))
        self.gate.inbox.scanned("inside", (b"anything",))
        self.gate.pump()

    def renew(self, what: str) -> None:
        """Bring a new list that holds for a month."""
        now = NOON + self.at
        if what == "trust":
            fresh = replace(self.issuer.trust(expires=now + 30 * DAY), issued=now, version=8)
            self.lists = replace(self.lists, trust=fresh)
        else:
            self.lists = replace(self.lists, rules=Rulebook(visitor_management(), 2, now, now + 30 * DAY))
        self.gate.inbox.lists_changed()
        self.gate.pump()


def happenings(life: Decade) -> list[tuple[float, Callable[[], object]]]:
    """List what befalls the gate from outside, by the second."""
    gate = life.gate
    every: list[tuple[float, Callable[[], object]]] = []
    for gone, back in AWAY:
        every += [(gone, lambda: gate.link_within_reach(up=False)), (back, lambda: gate.link_within_reach(up=True))]
    every += [
        (NO_READER[0], lambda: gate.inbox.lost("outside")),
        (NO_READER[1], lambda: gate.inbox.beat("outside", {"frames": 2})),
        (NO_TIME[0], lambda: setattr(life.clock, "lost", True)),
        (NO_TIME[1], lambda: setattr(life.clock, "lost", False)),
        (NEW_POLICY, lambda: life.renew("policy")),
        (NEW_CERTIFICATE, lambda: setattr(life, "certificate_ends", NOON + 400 * DAY)),
        (NEW_TRUST, lambda: life.renew("trust")),
    ]
    return sorted(every, key=lambda one: one[0])


def kept(life: Decade) -> list[Row]:
    """Read every row that is still whole on the disk."""
    journal = life.gate.journal
    epoch, _, last = journal.head()
    return journal.rows(epoch, 1, last, last)


def broken(life: Decade, rows: list[Row]) -> list[str]:
    """Name what the journal kept for longer than it promises, or gave up too early, as of now."""
    now = NOON + life.at
    found = [
        f"{row.kind} {row.seq} is too old"
        for row in rows
        if row.kind in {"access", "grant"}
        and not outlives(row.kind, row.body)
        and row.at.source != "none"
        and row.at.latest < now - KEEP_DAYS * DAY - QUARTER_S
    ]
    there = {row.seq for row in rows}
    young = (number for number, at in life.numbers.items() if at >= now - KEEP_DAYS * DAY)
    return found + [f"{number} went too early" for number in young if number not in there]


def test_ten_days() -> None:
    """Every event reaches the consumer once, every alarm comes and goes when it should, the journal keeps its word."""
    life = Decade()
    waiting = happenings(life)
    wrong: list[str] = []
    for hour in range(10 * 24 + 1):
        while waiting and waiting[0][0] <= hour * HOUR:
            at, happen = waiting.pop(0)
            life.pass_time(at)
            happen()
        life.pass_time(hour * HOUR)
        if hour % 2 == 0:
            life.let_people_by()
        if hour % 6 == 0:
            life.gate.journal.tidy(LIMITS)
            life.gate.pump()
            wrong += broken(life, kept(life)) if life.gate.link.up else []
    life.pass_time(10 * DAY + HOUR)
    assert wrong == []
    assert (sorted(life.numbers), life.repeated) == (list(range(1, len(life.numbers) + 1)), 0)
    assert {name for name, _ in life.alarms} == set(EXPECTED)
    for name, (raised, cleared) in EXPECTED.items():
        for state, due in (("raised", raised), ("cleared", cleared)):
            (came,) = life.alarms[name, state]
            assert due <= came <= due + STEP + LOOK_EVERY_MS // 1000, (name, state)
    assert life.board.keys() >= {"list-unusable-trust", "clock-untrusted", "reader-missing-outside"}
    assert [name for name, says in life.board.items() if says is not None] == []
    health = telling.health(life.gate.controller, life.gate.inbox, life.gate.outputs)
    assert (health["alarms"], health["out_allow"]) == (0, PEOPLE)
    # Three came while there was no reader, one while there was no time, six before the new trust list.
    expected = {("allow", None): PEOPLE - 10, ("deny", "clock_untrusted"): 1, ("deny", "trust_expired"): 6}
    assert dict(life.decided) == expected
