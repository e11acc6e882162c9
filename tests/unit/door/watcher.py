"""Watches a door from outside, as hardware and a broker would: a model of its lines, grants, alarms and posture.

It looks at nothing but what the door was told and what it answered, and states the laws that hold for any door.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from firmware.door.settings import Kind, Settings
from firmware.events import (
    NO_ENTRY,
    Alarm,
    Authority,
    ClearAlarm,
    Contact,
    Direction,
    Effect,
    EndGrant,
    Energise,
    Hold,
    Level,
    Line,
    Permit,
    Posture,
    RaiseAlarm,
    Release,
    ShowLight,
    Signal,
    TakePosture,
)

if TYPE_CHECKING:
    from firmware.door.asked import Granted

LEASE_MS: Final = 5_000
MOST_A_MINUTE: Final = 10
"""So many changes of one alarm a person may be told in a minute."""

HOLDING: Final = {Posture.FREE_ACCESS, Posture.EVACUATION, Posture.FIRE}
GREEN: Final = {Signal.GRANTED_IN, Signal.GRANTED_OUT}


@dataclass(slots=True)
class Wire:
    """One line: since when it is on (None: off), until when, and whether a posture holds it."""

    rose_ms: int | None = None
    until_ms: int = 0
    held: bool = False


@dataclass(slots=True)
class Watcher:
    """Follows one door; `now_ms` is the time of what it hears.

    `fresh` is the grant that this turn is about; grants in `beside` wait for the other door of a pair until that time.
    """

    settings: Settings
    now_ms: int = 0
    wires: dict[Line, Wire] = field(default_factory=lambda: defaultdict(Wire))
    waiting: dict[str, Granted] = field(default_factory=dict)
    going: dict[str, Granted] = field(default_factory=dict)
    ended: list[str] = field(default_factory=list)
    raised: set[tuple[Alarm, str]] = field(default_factory=set)
    told_ms: dict[tuple[Alarm, str], list[int]] = field(default_factory=lambda: defaultdict(list))
    contacts: dict[Contact, Level] = field(default_factory=dict)
    levels: dict[Contact, Level] = field(default_factory=dict)
    shut: dict[str, bool] = field(default_factory=dict)
    fire: bool = False
    calls_ms: list[int] = field(default_factory=list)
    calm_ms: int | None = None
    commanded: Posture | None = None
    until_ms: int | None = None
    scheduled: Posture | None = None
    told: tuple[Posture, Authority] = (Posture.SECURE, Authority.STANDING)
    permit: bool | None = None
    fresh: set[str] = field(default_factory=set)
    beside: dict[str, int] = field(default_factory=dict)
    shown: Signal = Signal.DARK
    dark_ms: int = 0

    @property
    def posture(self) -> tuple[Posture, Authority]:
        """The posture that holds, by the rule that the documents state."""
        if self.fire and (self.calm_ms is None or self.now_ms < self.calm_ms):
            return Posture.FIRE, Authority.FIRE_INPUT
        if self.commanded is not None and (self.until_ms is None or self.now_ms < self.until_ms):
            return self.commanded, Authority.COMMAND
        if self.scheduled is not None:
            return self.scheduled, Authority.SCHEDULE
        return self.settings.standing, Authority.STANDING

    @property
    def hindered(self) -> bool:
        """Whether nobody may be let in now."""
        return self.posture[0] in NO_ENTRY or self.active(Contact.INTERLOCK) or self.active(Contact.SUPPLY)

    def active(self, contact: Contact) -> bool:
        """Whether a contact last said so while it could be believed; the other door is open while its wire is not."""
        if contact is Contact.INTERLOCK and self.levels.get(contact, Level.REST) not in {Level.REST, Level.ACTIVE}:
            return True
        return self.contacts.get(contact) is Level.ACTIVE

    def read(self, contact: Contact, level: Level) -> None:
        """Take down what a contact says; what is known of the world only if that is about the world."""
        was = self.active(contact)
        self.levels[contact] = level
        if level in {Level.REST, Level.ACTIVE}:
            self.contacts[contact] = level
        if contact is Contact.DOOR_POSITION and level is not Level.REST:
            self.shut = dict.fromkeys(self.shut, False)
        if contact is Contact.FIRE and self.active(contact) is not was:
            self._called(calls=not was)

    def _called(self, *, calls: bool) -> None:
        """A fire begins at once; it ends at once unless it called three times in a minute, then after half of one."""
        if calls:
            self.fire, self.calm_ms, self.calls_ms = True, None, [*self.calls_ms, self.now_ms][-3:]
        elif len(self.calls_ms) == 3 and self.now_ms - self.calls_ms[0] < 60_000:
            self.calm_ms = self.now_ms + 30_000
        else:
            self.fire = False

    def goes(self, granted: Granted) -> None:
        """Take down who may go from now on, and whether the leaf is seen to be shut."""
        self.going[granted.grant] = granted
        self.shut[granted.grant] = self.levels.get(Contact.DOOR_POSITION) is Level.REST

    def on(self, line: Line) -> bool:
        """Whether a line is on; hardware lets it fall by itself when its time is up."""
        wire = self.wires[line]
        if wire.rose_ms is not None and self.now_ms >= wire.until_ms:
            self.wires[line] = Wire()
        return self.wires[line].rose_ms is not None

    def hear(self, effects: tuple[Effect, ...]) -> None:
        """Follow what the door answers, and hold each answer against its law."""
        for effect in effects:
            match effect:
                case Energise() | Hold() | Release():
                    self._wire(effect)
                case EndGrant(grant, result):
                    assert grant not in self.ended
                    self.ended.append(grant)
                    if result == "annulled" and grant in self.going:
                        self._given_back(self.going[grant])
                    assert (self.waiting.pop(grant, None) or self.going.pop(grant, None)) is not None
                case RaiseAlarm() | ClearAlarm():
                    self._alarm(effect)
                case TakePosture(posture, authority):
                    self.told = posture, authority
                case Permit(secure):
                    assert secure is not self.permit
                    self.permit = secure
                case ShowLight(signal, limit_ms, low):
                    assert low is self.active(Contact.SUPPLY)
                    assert limit_ms > 0
                    self.shown, self.dark_ms = signal, self.now_ms + limit_ms
                case _:
                    pass
        self._past_the_other_door()

    def _past_the_other_door(self) -> None:
        """Whoever waited for the other door has waited long enough: what is seen of the leaf counts from here."""
        for grant in [one for one, at_ms in self.beside.items() if one not in self.waiting and at_ms <= self.now_ms]:
            del self.beside[grant]
            if grant in self.going:
                self.goes(self.going[grant])

    def _given_back(self, granted: Granted) -> None:
        """What is given back was never used: no line rose for it, or the leaf was seen shut through all of its time."""
        never = self.hindered and granted.direction is Direction.IN and granted.grant in self.fresh
        never = never or granted.grant in self.beside
        assert never or self.settings.kind is Kind.TURNSTILE or self.shut[granted.grant]

    def _wire(self, effect: Energise | Hold | Release) -> None:
        line = Line.RELAY if isinstance(effect, Hold) else effect.line
        was_on, wire = self.on(line), self.wires[line]
        match effect:
            case Energise(limit_ms):
                assert limit_ms > 0
                assert self._may_rise(line)
                assert not (was_on and wire.held)
                rose_ms = wire.rose_ms if wire.rose_ms is not None else self.now_ms
                self.wires[line] = Wire(rose_ms, self.now_ms + limit_ms)
                assert self.now_ms + limit_ms - rose_ms <= self.settings.max_unlock_ms
            case Hold(lease_ms):
                assert lease_ms <= LEASE_MS
                assert self.settings.continuous
                assert self.posture[0] in HOLDING
                self.wires[line] = Wire(self.now_ms, self.now_ms + lease_ms, held=True)
            case Release():
                self.wires[line] = Wire()

    def _may_rise(self, line: Line) -> bool:
        """Only somebody who may go makes a line rise: for who comes in, nothing may stand in the way."""
        who = [one.direction for one in self.going.values()]
        if self.settings.kind is Kind.TURNSTILE:
            who = [one for one in who if (one is Direction.OUT) == (line is Line.RELAY_OUT)]
        return Direction.OUT in who or (Direction.IN in who and not self.hindered)

    def _alarm(self, effect: RaiseAlarm | ClearAlarm) -> None:
        key = effect.alarm, effect.subject
        assert (key in self.raised) is isinstance(effect, ClearAlarm)
        self.raised ^= {key}
        self.told_ms[key] = [at for at in self.told_ms[key] if at > self.now_ms - 60_000] + [self.now_ms]
        assert len(self.told_ms[key]) <= MOST_A_MINUTE

    def settled(self) -> None:
        """State what holds after every turn."""
        on = any(self.on(line) for line in Line)
        assert self.told == self.posture
        if self.hindered and Contact.INTERLOCK not in self.contacts:
            assert all(one.direction is Direction.OUT for one in self.going.values())
        if self.permit:
            assert not on
            assert not self.waiting
            assert not self.going
            assert self.settings.kind is Kind.TURNSTILE or self.levels.get(Contact.DOOR_POSITION) is Level.REST
        if self.shown in GREEN and self.dark_ms > self.now_ms:
            self._green()

    def _green(self) -> None:
        """Green says that a way is free now and never outlives it; an impulse frees a way for longer than itself."""
        if self.settings.kind in {Kind.STRIKE, Kind.MAGLOCK}:
            assert self.on(Line.RELAY)
            assert self.dark_ms <= self.wires[Line.RELAY].until_ms
        else:
            assert any(one.direction is Direction.IN for one in self.going.values()) or (
                self.shown is Signal.GRANTED_OUT or self.settings.kind is Kind.MOTOR
            )
