"""The controller at a door with contacts, postures and alarms: what is asked, what is told, in which order."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from firmware.door.machine import frees
from firmware.events import (
    CodesPresented,
    Contact,
    ContactChanged,
    Level,
    LinkChanged,
    OutputChecked,
    Posture,
    PostureCommanded,
    PostureScheduled,
    Reason,
)
from firmware.rules.decide import Rulebook
from firmware.rules.hours import Timed
from firmware.rules.policy import ClassRule, Policy
from hw.errors import HardwareError
from tests.issuing import NOON
from tests.unit.control.bench import SETTINGS, Bench

if TYPE_CHECKING:
    from firmware.door.settings import Settings

HOLDING = replace(SETTINGS, continuous=True)


def told(bench: Bench, kind: str) -> list[dict[str, object]]:
    """Return the bodies of the records of one kind, without what the decision rested on."""
    bodies = [one.body for one in bench.journal.records if one.kind == kind]
    return [{name: value for name, value in body.items() if name != "facts"} for body in bodies]


@pytest.mark.parametrize(
    ("contact", "direction"), [(Contact.OFFICER, "in"), (Contact.INTERCOM, "in"), (Contact.REX, "out")]
)
def test_a_button_is_a_decision_with_its_name(contact: Contact, direction: str) -> None:
    """Pressing is recorded as an allowed passage; the way in waits for that record, the way out does not."""
    bench = Bench()
    bench.contact(contact)
    record = bench.journal.records[-1]
    assert (record.body["reader"], record.body["decision"], record.body["direction"]) == (contact, "allow", direction)
    assert bench.relay.energised() is (direction == "out")
    bench.commit(record)
    assert bench.relay.energised()


@pytest.mark.parametrize(
    ("posture", "reason"),
    [
        (Posture.LOCKDOWN, Reason.LOCKDOWN),
        (Posture.DISABLED, Reason.DISABLED),
        (Posture.EVACUATION, Reason.EMERGENCY),
    ],
)
def test_under_a_posture_nobody_is_let_in_and_everybody_out(posture: Posture, reason: Reason) -> None:
    """Passes and the officer's button are denied with the posture's reason; the exit button and reader open."""
    bench = Bench()
    bench.controller.turn(PostureCommanded(posture))
    assert told(bench, "posture") == [{"posture": posture, "authority": "command"}]
    assert bench.show(bench.issuer.code()).body["reason"] == reason
    bench.contact(Contact.OFFICER)
    assert bench.journal.records[-1].body["reason"] == reason
    assert not bench.relay.energised()
    bench.rex()
    assert bench.relay.energised()
    bench.wait(5000)
    bench.show(b"x", reader="inside")
    assert bench.relay.energised()


def test_whoever_presses_again_at_once_means_the_same() -> None:
    """Presses within a second while the lock is released are counted and are no new grant; a later one is."""
    bench = Bench()
    for _ in range(5):
        bench.rex()
    assert len(told(bench, "access")) == 1
    assert bench.controller.counts["presses_repeated"] == 4
    bench.wait(1000)
    bench.rex()
    assert len(told(bench, "access")) == 2


def test_a_grant_that_the_door_takes_back_at_once_ends_after_it_began() -> None:
    """While the other door is open the decision is written first and its annulment behind it, and the entry is free."""
    bench = Bench()
    bench.contact(Contact.INTERLOCK)
    code = bench.issuer.code(entries=1)
    bench.show(code)
    assert [one.kind for one in bench.journal.records] == ["access", "grant"]
    assert told(bench, "grant")[0]["reason"] == "interlock"
    bench.contact(Contact.INTERLOCK, Level.REST)
    bench.commit(bench.show(code))
    assert not bench.relay.energised()
    bench.wait(150)
    assert bench.relay.energised()


def test_the_fire_input_holds_the_door_and_is_recorded() -> None:
    """On a lock that may be held the line stays up by leases, and falls by itself where nobody renews them."""
    bench = Bench(settings=HOLDING)
    bench.contact(Contact.FIRE)
    assert told(bench, "posture") == [{"posture": "fire", "authority": "fire_input"}]
    bench.wait(60_000)
    assert bench.relay.energised()
    bench.clock.ms += 5_001
    assert not bench.relay.energised()
    bench.contact(Contact.FIRE, Level.REST)
    assert told(bench, "posture")[-1] == {"posture": "secure", "authority": "standing"}
    assert not bench.relay.energised()


@pytest.mark.parametrize("settings", [SETTINGS, HOLDING], ids=["a strike", "a maglock"])
def test_no_restart_takes_a_way_from_anybody(settings: Settings) -> None:
    """Somebody who is leaving, a fire and an evacuation are waited for; what a timetable frees is there again after."""
    bench = Bench(settings=settings)
    assert not frees(bench.controller.door)
    bench.rex()
    assert frees(bench.controller.door)
    bench.wait(60_000)
    for freed in (Posture.EVACUATION, Posture.FREE_ACCESS):
        bench.controller.turn(PostureCommanded(freed))
        assert frees(bench.controller.door)
        bench.controller.turn(PostureCommanded(None))
        assert not frees(bench.controller.door)
    bench.contact(Contact.FIRE)
    assert frees(bench.controller.door)
    bench.contact(Contact.FIRE, Level.REST)
    bench.controller.turn(PostureCommanded(Posture.LOCKDOWN))
    assert not frees(bench.controller.door)
    bench.controller.turn(PostureCommanded(None))
    bench.controller.turn(PostureScheduled(Posture.FREE_ACCESS))
    assert not frees(bench.controller.door)


def test_a_relay_astray_is_an_alarm_that_clears() -> None:
    """Whoever energised the line behind the controller's back is told of, and that it fell again."""
    bench = Bench()
    bench.relay.energise(10_000)
    assert bench.controller.relay_agrees()
    assert bench.controller.relay_agrees()
    alarms = [(one["alarm"], one["subject"], one["state"]) for one in told(bench, "alarm")]
    assert alarms == [("output_fault", "relay", "raised"), ("output_fault", "relay", "cleared")]


def test_a_lamp_that_fails_is_told_once_and_its_return_too() -> None:
    """Every lamp's failure is counted, the alarm comes once, and clears when the lamp works again."""
    bench = Bench()

    def broken(*_: object, **__: object) -> None:
        message = "no lamp"
        raise HardwareError(message)

    working, bench.light.show = bench.light.show, broken  # type: ignore[method-assign]
    for _ in range(3):
        bench.show(b"poster")
    bench.light.show = working  # type: ignore[method-assign]
    bench.wait(60_000)
    alarms = [(one["alarm"], one["subject"], one["state"]) for one in told(bench, "alarm")]
    assert alarms == [("output_fault", "light", "raised"), ("output_fault", "light", "cleared")]
    assert bench.outputs.failures >= 1


def test_bad_codes_are_answered_late_and_a_good_pass_is_not() -> None:
    """After five bad codes each is written down at once and answered later; a verified pass is decided and answered."""
    bench = Bench()
    for number in range(8):
        bench.show(b"poster %d" % number)
    assert len(told(bench, "access")) == 8
    assert [kind for _, kind, _ in bench.heard].count("sounder") == 5
    bench.wait(500)
    assert [kind for _, kind, _ in bench.heard].count("sounder") == 6
    assert bench.show(bench.issuer.code(expires=NOON)).body["reason"] == "expired"
    assert bench.heard[-1] == (500, "light", "expired")
    assert bench.show(bench.issuer.code()).body["decision"] == "allow"
    assert told(bench, "alarm")[0]["alarm"] == "bad_codes"


def test_of_far_too_many_bad_codes_the_rest_is_only_counted() -> None:
    """A hundred and twenty a minute are written down one by one; then only passes whose signature holds are."""
    bench = Bench()
    for number in range(150):
        bench.controller.turn(CodesPresented("outside", (b"poster %d" % number,), bench.clock.ms))
    assert len(told(bench, "access")) == 120
    assert bench.controller.counts["scans_unwritten"] == 30
    assert bench.show(bench.issuer.code(expires=NOON)).body["reason"] == "expired"
    bench.wait(60_000)
    assert bench.show(b"poster").body["reason"] == "unknown_format"


def duress_rules() -> Rulebook:
    """A policy in which visitors' passes are those shown under threat."""
    classes = {"visitor": ClassRule(duress="staff"), "staff": ClassRule()}
    return Rulebook.unlimited(Policy(profile="duress", classes=classes))


def test_duress_opens_and_only_the_restricted_record_tells() -> None:
    """The door, the access record and the lamps are those of any pass; one record of its own says what it was."""
    bench = Bench(rules=duress_rules())
    record = bench.show(bench.issuer.code())
    bench.commit(record)
    assert bench.relay.energised()
    assert (record.body["class"], record.body["decision"]) == ("staff", "allow")
    companion = {"duress": True, "reader": "outside", "direction": "in", "decision": "allow", "grant": record.grant}
    assert told(bench, "duress") == [companion]
    assert [one.kind for one in bench.journal.records] == ["access", "duress"]


def test_where_duress_is_known_every_pass_has_its_restricted_record() -> None:
    """Numbers in the journal tell nothing: a pass of any class leaves the same two lines, a poster leaves one."""
    bench = Bench(rules=duress_rules())
    for code in (bench.issuer.code(pass_class="staff"), bench.issuer.code(), b"poster"):
        bench.show(code)
    assert [one.kind for one in bench.journal.records] == ["access", "duress", "access", "duress", "access"]
    assert [one["duress"] for one in told(bench, "duress")] == [False, True]


def test_a_refused_pass_of_the_duress_class_tells_too_and_is_shown_as_another() -> None:
    """What else is wrong with it does not hide the call for help, nor show its class."""
    bench = Bench(rules=duress_rules())
    record = bench.show(bench.issuer.code(expires=NOON))
    assert (record.body["decision"], record.body["class"]) == ("deny", "staff")
    assert told(bench, "duress")[0]["duress"] is True


def test_a_button_that_is_pressed_when_the_gate_starts_lets_nobody_in() -> None:
    """Only what was seen at rest is pressed: a jammed officer's button and a power cut are no way in."""
    bench = Bench()
    for contact in (Contact.OFFICER, Contact.REX):
        bench.controller.turn(ContactChanged(contact, Level.ACTIVE))
    assert told(bench, "access") == []
    bench.contact(Contact.OFFICER, Level.REST)
    bench.contact(Contact.OFFICER)
    assert [one["reader"] for one in told(bench, "access")] == ["officer"]


def test_the_timetable_is_told_to_the_door_once_a_change() -> None:
    """A weekly time of free access begins and ends by the trusted clock."""
    timed = Timed.model_validate({"days": ["mon"], "from": "03:01", "until": "03:02", "posture": "free_access"})
    policy = Policy(profile="day", timezone="UTC", classes={"staff": ClassRule()}, postures=(timed,))
    bench = Bench(rules=Rulebook.unlimited(policy), settings=HOLDING)
    bench.wait(59_000)
    assert not bench.relay.energised()
    bench.wait(3_000)
    assert bench.relay.energised()
    bench.wait(62_000)
    assert not bench.relay.energised()
    assert [one["posture"] for one in told(bench, "posture")] == ["free_access", "secure"]


def test_a_door_without_a_broker_in_reach_says_so_at_rest() -> None:
    """The lamps change from ready to offline and back."""
    bench = Bench()
    for up in (False, True):
        bench.controller.turn(LinkChanged(up))
    assert [value for _, kind, value in bench.heard if kind == "light"] == ["idle", "offline", "idle"]


def test_a_door_that_was_told_of_an_output_remembers_it() -> None:
    """What fails elsewhere is an alarm like any other."""
    bench = Bench()
    bench.controller.turn(OutputChecked("display", works=False))
    assert told(bench, "alarm") == [{"alarm": "output_fault", "subject": "display", "state": "raised"}]


def test_a_pass_that_asks_for_more_time_gets_it() -> None:
    """An accessible pass frees the way for `long_unlock_ms`."""
    bench = Bench(settings=replace(SETTINGS, long_unlock_ms=12_000))
    bench.commit(bench.show(bench.issuer.code(accessible=True)))
    bench.wait(11_999)
    assert bench.relay.energised()
    bench.wait(1)
    assert not bench.relay.energised()
