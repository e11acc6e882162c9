"""A provisioning code at the door of a gate that is one already: a code like any other that is no pass."""

from __future__ import annotations

from firmware.signed import codes
from tests.door.house import AlwaysNoon, House
from tests.issuing import NOON
from tests.unit.signed.handed import document


def test_it_opens_nothing_outside_and_is_counted() -> None:
    """Every code of a good document is refused as of an unknown format, and a good pass opens afterwards."""
    house = House(clock=AlwaysNoon(NOON))
    for code in codes.split(document()):
        house.show(code)
        house.gate.wait(30_000)
    assert house.relay == []
    assert house.told["access", "deny", "unknown_format"] == 3
    house.show(house.issuer.code())
    assert house.rises() == 1


def test_inside_it_lets_out_as_anything_does() -> None:
    """Nobody is kept in by what they hold in their hand."""
    house = House(clock=AlwaysNoon(NOON))
    house.show(codes.split(document())[0], "inside")
    assert house.rises() == 1
