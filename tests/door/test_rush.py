"""An hour of rush in virtual time: twenty people a minute, mixed, and the gate is after it what it was before."""

from __future__ import annotations

import random
import tracemalloc

from firmware.events import Contact
from tests.door.house import House

PEOPLE = 1_200
EVERY_MS = 3_000
WATCHED = 300
"""How many are watched by `tracemalloc`, under which everything takes four times as long."""


def pass_by(house: House, number: int, chance: random.Random) -> str:
    """Let one person come by: mostly in, some out, some with a bad code, one in fifty who does not go."""
    kind = chance.choices(("in", "out", "bad", "stays"), (60, 30, 8, 2))[0]
    before = house.clock.ms
    if kind == "bad":
        house.show(f"poster {number}".encode())
    elif kind == "out":
        house.show(b"anything", "inside")
    else:
        house.show(house.issuer.code(pass_id=number.to_bytes(12, "big"), entries=1))
    if kind in {"in", "out"}:
        house.gate.wait(700)
        house.contact(Contact.DOOR_POSITION, "active")
        house.gate.wait(400)
        house.contact(Contact.PASSAGE_IN if kind == "in" else Contact.PASSAGE_OUT, "active", "rest")
        house.gate.wait(900)
        house.contact(Contact.DOOR_POSITION, "rest")
    house.gate.wait(EVERY_MS - (house.clock.ms - before))
    return kind


def test_an_hour_of_rush() -> None:
    """Every person gets their answer at once, each grant ends as it was used, nothing piles up and nothing drifts."""
    house = House(contacts=(Contact.DOOR_POSITION, Contact.PASSAGE_IN, Contact.PASSAGE_OUT))
    chance = random.Random(20261127)  # noqa: S311  the same people every time
    kinds = [pass_by(house, number, chance) for number in range(PEOPLE - WATCHED)]
    house.relay.clear()
    tracemalloc.start()  # what was there before is not counted, and what takes its place is: never too little
    kinds += [pass_by(house, number, chance) for number in range(PEOPLE - WATCHED, PEOPLE)]
    house.relay.clear()
    grown = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    house.gate.wait(120_000)
    went, stayed, bad = (sum(kind in names for kind in kinds) for names in (("in", "out"), ("stays",), ("bad",)))
    assert house.clock.ms == PEOPLE * EVERY_MS + 120_000
    assert house.told["grant", "confirmed", None] == went
    # Of somebody who stays while the next one opens the leaf nobody can tell, so that entry is not given back.
    assert house.told["grant", "annulled", None] + house.told["grant", "inferred", None] == stayed
    assert house.told["access", "allow", None] + house.told["access", "allow", "unknown_format"] == went + stayed
    assert house.told["access", "deny", "unknown_format"] == bad
    assert not {alarm for kind, alarm, _ in house.told if kind == "alarm"} - {"bad_codes"}
    door = house.gate.controller.door
    assert (door.phase, door.waiting, len(door.alarms) <= 1) == ("locked", (), True)
    assert grown < WATCHED * 4096, f"memory grew by {grown} bytes over {WATCHED} people"
