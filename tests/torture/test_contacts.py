"""A real gate's contacts, moved at its pins: what the relay does, and what a subscriber at the broker hears of it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

import pytest

from provisioning.rig.gate import GREEN, RELAY, Plan
from tests.torture.stand import Stand

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from provisioning.broker.watcher import Seen
    from provisioning.rig.gate import Rig

OUTSIDE: Final = "outside"
POSITION, FIRE, TAMPER, OFFICER = 5, 6, 13, 19
SECTIONS: Final = {"door_position": POSITION, "fire": FIRE, "tamper": TAMPER, "officer": OFFICER}
FREELY: Final = 6
"""So many changes of one alarm are told at once (`firmware/door/alarms.py`)."""


def wire(rig: Rig) -> None:
    """Wire the contacts between their pins and ground, and say that the lock may be held."""
    text = rig.config.read_text(encoding="utf-8").replace("[door]\n", "[door]\ncontinuous_duty = true\n")
    text += "".join(
        f"\n[{name}]\npin = {pin}\nnormally_open = true\nbounce_ms = 10\n" for name, pin in SECTIONS.items()
    )
    rig.config.write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """Run one gate whose contacts are ours."""
    folder: Path = tmp_path_factory.mktemp("contacts")
    plan = Plan(readers={OUTSIDE: None}, unlock_ms=700, max_unlock_ms=2000, health_s=2)
    with Stand(folder, plan, adapt=wire) as running:
        # The first comes with the connection, the second 2 s later: by then every contact has said how it rests.
        assert running.next_health()
        assert running.next_health()
        yield running


def set_active(stand: Stand, pin: int, *, active: bool) -> None:
    """Close or open a contact that is normally open: closed means low."""
    stand.pins.press(pin, level=not active)


def heard(stand: Stand, kind: str) -> list[dict[str, object]]:
    """Return the data of the events of one kind so far."""
    return [data for event in stand.watcher.events(stand.gate, kind=kind) if isinstance(data := event["data"], dict)]


def hears(stand: Stand, kind: str, wanted: Callable[[dict[str, object]], bool], after: int = 0) -> bool:
    """Wait until an event of this kind says what is wanted."""
    return stand.watcher.wait(lambda _: any(wanted(data) for data in heard(stand, kind)[after:]), 15)


def alarm(name: str, state: str) -> Callable[[dict[str, object]], bool]:
    """Say what an alarm's event holds."""
    return lambda data: (data["alarm"], data["state"]) == (name, state)


def alerts(seen: list[Seen]) -> list[str | None]:
    """Tell how the actions of the alert `forced` begin, None for each time it was taken back."""
    mine = [one for one in seen if one.topic.endswith("/alert/forced")]
    return [str(one.json()["action"]).split(" If ")[0] if one.payload else None for one in mine]


def test_a_forced_leaf_is_told_and_its_end(stand: Stand) -> None:
    """The switch opens though nobody was let in: alarm and alert at the broker, and their ends; no relay."""
    mark = stand.pins.mark()
    set_active(stand, POSITION, active=True)
    assert hears(stand, "alarm", alarm("forced", "raised"))
    set_active(stand, POSITION, active=False)
    assert hears(stand, "alarm", alarm("forced", "cleared"))
    assert stand.pins.rises(RELAY, mark) == 0
    assert stand.watcher.wait(lambda seen: alerts(seen)[-1:] == [None], 15)
    assert alerts(stand.watcher.seen()) == ["Send somebody to look.", None]


def test_who_opens_the_leaf_has_used_the_grant(stand: Stand) -> None:
    """The relay falls when the leaf is shut again, long before its time, and the grant ends as inferred."""
    mark, before = stand.pins.mark(), len(heard(stand, "grant"))
    stand.lanes[OUTSIDE].show(stand.office.good().code)
    assert stand.pins.rose(RELAY, mark)
    set_active(stand, POSITION, active=True)
    set_active(stand, POSITION, active=False)
    assert hears(stand, "grant", lambda data: data["result"] in {"inferred", "annulled"}, before)
    assert stand.pins.rests(RELAY, GREEN)


def test_fire_holds_the_lock_and_its_end_lets_it_fall(stand: Stand) -> None:
    """The fire input releases the lock for as long as it calls, longer than any pulse, without a green lamp."""
    mark = stand.pins.mark()
    set_active(stand, FIRE, active=True)
    assert stand.pins.rose(RELAY, mark)
    assert hears(stand, "posture", lambda data: data["posture"] == "fire")
    assert stand.next_health()
    assert stand.pins.level(RELAY)
    assert stand.pins.rises(GREEN, mark) == 0
    set_active(stand, FIRE, active=False)
    assert stand.pins.rests(RELAY)
    assert hears(stand, "posture", lambda data: data["posture"] == "secure")


def test_the_officers_button_lets_somebody_in(stand: Stand) -> None:
    """A press is an allowed entry under the button's name."""
    mark = stand.pins.mark()
    set_active(stand, OFFICER, active=True)
    assert stand.pins.rose(RELAY, mark)
    set_active(stand, OFFICER, active=False)
    assert hears(stand, "access", lambda data: (data["reader"], data["direction"]) == ("officer", "in"))
    assert stand.pins.rests(RELAY, GREEN)


def test_a_contact_that_never_rests_is_one_alarm_and_no_flood(stand: Stand) -> None:
    """A tamper wire shaken as fast as the bench can is a fault that is told and cleared; the door works meanwhile."""
    stop, shaken = threading.Event(), 0

    def shake() -> None:
        nonlocal shaken
        while not stop.is_set():
            set_active(stand, TAMPER, active=shaken % 2 == 0)
            shaken += 1

    shaker = threading.Thread(target=shake)
    before = len(heard(stand, "alarm"))
    shaker.start()
    try:
        assert hears(stand, "alarm", alarm("input_fault", "raised"), before)
        assert stand.present(stand.office.good(), OUTSIDE) == []
    finally:
        stop.set()
        shaker.join()
    set_active(stand, TAMPER, active=False)
    assert hears(stand, "alarm", alarm("input_fault", "cleared"), before)
    assert shaken > 100
    told = [data["subject"] or data["alarm"] for data in heard(stand, "alarm")[before:]]
    assert max(map(told.count, set(told))) <= FREELY


def test_every_grant_has_ended_and_nothing_is_missing(stand: Stand) -> None:
    """After all of this the journal is whole, and the broker has every line of it."""
    assert stand.caught_up()
    assert stand.ledger().faults() == []
    assert stand.arrivals.judge(stand.ledger()) == []
