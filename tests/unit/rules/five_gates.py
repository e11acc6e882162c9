"""Five gates of one area in virtual time, people at all of them, and a network that fails: a story out of a seed."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from firmware.events import NEVER, Direction, Instant, Outcome, Reason
from firmware.passes.outcome import Pass
from firmware.records.simulated_area import SimulatedArea, Weather
from firmware.rules.capacity import AreaCapacity
from firmware.rules.decide import Place, Rulebook, decide
from firmware.rules.ledger import Ledger
from firmware.rules.occupancy import Occupancy
from firmware.rules.policy import Policy
from firmware.rules.presence import Presence
from tests.issuing import NOON

if TYPE_CHECKING:
    from firmware.events.effects import Result

GATES = tuple(f"gate-{number}" for number in range(1, 6))
AREA = "lobby"
ZONE = ZoneInfo("Asia/Jakarta")
STEP_MS = 200
CALM = Weather()
STORM = Weather(lost=0.3, repeated=0.3, latest_ms=3_000)


def rulebook(limit: int) -> Rulebook:
    """Let so many into the area over its five gates."""
    rule = AreaCapacity(places=limit, gates=GATES)
    return Rulebook.unlimited(
        Policy.model_validate({"profile": "t", "classes": {"visitor": {}}, "capacity": {AREA: rule}})
    )


@dataclass(slots=True)
class Way:
    """Somebody under way through a gate since a grant; they may turn back."""

    grant: str
    gate: str
    direction: Direction
    subject: str | None
    ends_ms: int
    sure: bool = False


@dataclass(slots=True)
class Story:
    """What happened so far; `inside` is the truth: one entry for each person, their subject or None."""

    seed: int
    limit: int
    steps: int = 0
    grants: int = 0
    worst: int = 0
    kept_in: int = 0
    turned_away: int = 0
    refused: int = 0
    inside: list[str | None] = field(default_factory=list)
    ways: list[Way] = field(default_factory=list)
    gates: dict[str, Occupancy] = field(default_factory=dict)
    on_disk: dict[str, Ledger] = field(default_factory=dict)
    chance: Random = field(init=False)
    broker: SimulatedArea = field(init=False)
    rules: Rulebook = field(init=False)

    def __post_init__(self) -> None:
        """Put five gates up that have heard of nobody."""
        self.chance = Random(self.seed)  # noqa: S311  a story that can be told again
        self.broker = SimulatedArea(GATES, self.chance)
        self.rules = rulebook(self.limit)
        for gate in GATES:
            self._start(gate, Ledger(f"epoch-{gate}"))

    @property
    def now(self) -> Instant:
        """The reading of the clocks at this step."""
        ms = self.steps * STEP_MS
        return Instant(ms, NOON + ms // 1000, NOON + ms // 1000, "ntp")

    def tell_of(self, people: int, weather: Weather, *, cuts: bool) -> None:
        """Go on for so many steps, with somebody at each gate in most of them."""
        self.broker.weather = weather
        for _ in range(people):
            self.steps += 1
            if cuts and self.chance.random() < 0.05:
                self.broker.cut(self.chance.choice(GATES))
            if cuts and self.chance.random() < 0.05:
                self.broker.join(self.chance.choice(GATES), self.now.ms)
            if cuts and self.chance.random() < 0.01:
                self._kill(self.chance.choice(GATES))
            for gate in GATES:
                self._somebody_comes(gate)
            self._somebody_leaves()
            self.settle()

    def wait(self, steps: int) -> None:
        """Let time go by with nobody at any gate."""
        for _ in range(steps):
            self.steps += 1
            self.settle()

    def mend(self) -> None:
        """Bring every gate back within reach of a broker that loses nothing, and let it all arrive."""
        self.broker.weather = CALM
        for gate in GATES:
            self.broker.join(gate, self.now.ms)
        self.wait(30)

    def enter(self, gate: str, subject: str | None = None, *, taking_ms: int = 0) -> bool:
        """Show a pass going in; True if the gate lets them go, and they do so after a while."""
        area, now = self.gates[gate], self.now
        shown = Pass("gp1", f"{self.chance.getrandbits(128):032x}", "visitor", (AREA,), (), NOON - 9, 0, NEVER, NEVER)
        decided = decide(shown, Direction.IN, now, Place(gate, AREA), self.rules, Presence(area=area))
        if decided.outcome is not Outcome.ALLOW:
            assert decided.reason is Reason.FULL
            area.turned_away(now.ms)
            self.turned_away += 1
            return False
        self._begin(gate, Direction.IN, subject, taking_ms)
        return True

    def leave(self, gate: str, subject: str | None, *, taking_ms: int = 0) -> None:
        """Show a pass going out: nobody is kept inside."""
        shown = Pass("gp1", "f" * 32, "visitor", (AREA,), (), NOON - 9, 0, NEVER, NEVER)
        decided = decide(shown, Direction.OUT, self.now, Place(gate, AREA), self.rules, Presence(area=self.gates[gate]))
        self.kept_in += decided.outcome is not Outcome.ALLOW
        self._begin(gate, Direction.OUT, subject, taking_ms)

    def settle(self) -> None:
        """Let whoever is under way arrive, leaves too, and each gate have its turn."""
        now = self.now
        for way in [way for way in self.ways if way.ends_ms <= now.ms]:
            self.ways.remove(way)
            self._end(way, now)
        for one in self.broker.arrived(now.ms):
            self.refused += self.gates[one.gate].hear(one.sender, one.leaf, now.ms) is not None
        for gate in GATES:
            area = self.gates[gate]
            area.settle(now, ZONE)
            leaf = area.news()
            self.on_disk[gate] = area.own
            if leaf is not None:
                self.broker.tell(gate, leaf, now.ms)
        self.worst = max(self.worst, len(self.inside) - self.limit)

    def counted(self, gate: str) -> int:
        """How many are inside as one gate has it."""
        return self.gates[gate].inside(self.now.ms).people

    def _start(self, gate: str, ledger: Ledger) -> None:
        assert self.rules.policy is not None
        self.gates[gate] = Occupancy(gate, ledger, self.rules.policy.capacity[AREA])
        self.on_disk[gate] = ledger

    def _kill(self, gate: str) -> None:
        """Kill a gate: what was not on disk is gone, and of whoever was under way nobody knows what became of them."""
        self._start(gate, self.on_disk[gate])
        area = self.gates[gate]
        for way in [way for way in self.ways if way.gate == gate]:
            self.ways.remove(way)
            (area.let_in if way.direction is Direction.IN else area.let_out)(way.grant, way.subject)
            area.ended(way.grant, "outcome_unknown", self.now)
            if self.chance.random() < 0.5:
                self._moved(way)
        self.on_disk[gate] = area.own
        self.broker.join(gate, self.now.ms)

    def _begin(self, gate: str, direction: Direction, subject: str | None, taking_ms: int) -> None:
        self.grants += 1
        ends_ms = self.now.ms + taking_ms
        way = Way(f"grant-{self.grants}", gate, direction, subject, ends_ms, sure=not taking_ms)
        area = self.gates[gate]
        (area.let_in if direction is Direction.IN else area.let_out)(way.grant, subject)
        self.ways.append(way)

    def _end(self, way: Way, now: Instant) -> None:
        used = way.sure or self.chance.random() < 0.9
        result: Result = "confirmed" if used else "annulled"
        self.gates[way.gate].ended(way.grant, result, now)
        if used:
            self._moved(way)

    def _moved(self, way: Way) -> None:
        if way.direction is Direction.IN:
            self.inside.append(way.subject)
        elif way.subject in self.inside:
            self.inside.remove(way.subject)

    def _somebody_comes(self, gate: str) -> None:
        if self.chance.random() < 0.4:
            known = self.chance.random() < 0.7
            subject = f"{self.chance.getrandbits(64):016x}" if known else None
            self.enter(gate, subject, taking_ms=self.chance.choice((0, 400, 4_000)))

    def _somebody_leaves(self) -> None:
        leaving = {way.subject for way in self.ways if way.direction is Direction.OUT and way.subject is not None}
        able = [one for one in self.inside if one is None or one not in leaving]
        nameless = sum(way.direction is Direction.OUT and way.subject is None for way in self.ways)
        if able and self.chance.random() < 0.7:
            subject = self.chance.choice(able)
            if subject is not None or nameless < self.inside.count(None):
                self.leave(self.chance.choice(GATES), subject, taking_ms=self.chance.choice((0, 400)))
