"""Obeying: an order counts once, is on disk before it is acted on, and every step of it is answered."""

from __future__ import annotations

from dataclasses import replace

import pytest

from firmware.events import Contact, HistorySent, Posture, PostureKept, Stopped, UsesRead
from firmware.signed.command import CommandRefusal, Op
from tests.issuing import NOON
from tests.unit.control.bench import SETTINGS
from tests.unit.control.ordering import AYU, GROUP, Ordered

HELD = replace(SETTINGS, continuous=True)
ACCEPTED, SUCCESSFUL = ("accepted", None), ("successful", None)


def test_somebody_is_let_in_when_order_and_grant_are_on_disk() -> None:
    """The relay waits for both records; then the answer is successful, and the record names the grant."""
    bench = Ordered()
    name = bench.order(Op.UNLOCK, direction="in")
    assert bench.states(name) == [ACCEPTED]
    order, why, access = bench.journal.records
    assert (order.kind, order.body["state"], order.obeyed and order.obeyed.command) == ("command", "accepted", name)
    assert (why.kind, why.body["operator"], why.body["words"]) == ("command-reason", "ayu", "words of the operator")
    assert (access.body["reader"], access.body["direction"], access.opens) == ("command", "in", True)
    bench.commit(order)
    assert not bench.relay.energised()
    bench.commit(access)
    assert bench.relay.energised()
    assert bench.states(name) == [ACCEPTED, SUCCESSFUL]
    assert bench.written()[-1].body["grant"] == access.grant
    assert bench.controller.counts["commands_obeyed"] == 1


def test_no_public_record_and_no_answer_says_who_ordered_or_why() -> None:
    """Name and words stand in the restricted record alone."""
    bench = Ordered()
    bench.order(Op.UNLOCK, direction="in")
    bench.commit_all()
    public = repr([record.body for record in bench.journal.records if record.kind != "command-reason"])
    assert "ayu" not in public + repr(bench.told)
    assert "words of" not in public + repr(bench.told)


def test_a_disk_that_does_not_answer_lets_nobody_in_by_order() -> None:
    """After half a second the answer is `storage`, and a late record opens nothing."""
    bench = Ordered()
    name = bench.order(Op.UNLOCK, direction="in")
    bench.wait(600)
    assert bench.states(name) == [ACCEPTED, ("failed", "storage")]
    bench.commit_all()
    assert not bench.relay.energised()


def test_an_order_whose_record_is_late_is_not_obeyed() -> None:
    """Lockdown too waits half a second for the disk and no longer."""
    bench = Ordered()
    name = bench.order(Op.LOCKDOWN)
    assert bench.posture is Posture.SECURE
    bench.wait(500)
    assert bench.states(name) == [ACCEPTED, ("failed", "storage")]
    bench.commit_all()
    assert bench.posture is Posture.SECURE


@pytest.mark.parametrize("posture", list(Posture), ids=str)
def test_whoever_is_inside_is_let_out_before_anything_is_written(posture: Posture) -> None:
    """In every posture, and with a dead disk."""
    bench = Ordered()
    if posture is Posture.FIRE:
        bench.contact(Contact.FIRE)
    else:
        bench.put(posture)
    name = bench.order(Op.UNLOCK, direction="out")
    assert bench.relay.energised()
    assert bench.states(name) == [ACCEPTED, SUCCESSFUL]
    assert next(one.obeyed.command for one in bench.written() if one.obeyed is not None) == name


@pytest.mark.parametrize("posture", [Posture.LOCKDOWN, Posture.DISABLED, Posture.EVACUATION, Posture.FIRE], ids=str)
def test_nobody_is_let_in_against_the_posture(posture: Posture) -> None:
    """What keeps everybody out keeps an order out too, and a hold."""
    bench = Ordered(HELD)
    if posture is Posture.FIRE:
        bench.contact(Contact.FIRE)
    else:
        bench.put(posture)
    was = bench.relay.energised()
    for name in (bench.order(Op.UNLOCK, direction="in"), bench.order(Op.HOLD, for_s=60)):
        assert bench.states(name) == [("failed", "posture")]
    assert bench.relay.energised() is was
    assert bench.posture is posture


def test_a_posture_that_comes_while_an_order_waits_for_the_disk_keeps_out() -> None:
    """The fire alarm between order and record: nobody goes in."""
    bench = Ordered()
    name = bench.order(Op.UNLOCK, direction="in")
    bench.contact(Contact.FIRE)
    bench.commit_all()
    assert bench.states(name) == [ACCEPTED, ("failed", "posture")]
    assert not bench.relay.energised()


def test_what_stands_in_the_way_is_looked_at_again_when_the_record_is_on_disk() -> None:
    """A lockdown between a hold's order and its record, a way out between a restart's: neither is obeyed."""
    bench = Ordered(HELD)
    hold = bench.order(Op.HOLD, for_s=60)
    bench.put(Posture.LOCKDOWN)
    bench.commit_all()
    assert bench.states(hold) == [ACCEPTED, ("failed", "posture")]
    restart = bench.order(Op.RESTART)
    bench.show(b"x", reader="inside")
    bench.commit_all()
    assert bench.states(restart) == [ACCEPTED, ("failed", "busy")]
    assert (bench.posture, bench.relay.energised()) == (Posture.LOCKDOWN, True)


def test_the_same_bytes_are_obeyed_once() -> None:
    """Whatever came of them the first time."""
    bench = Ordered()
    data = AYU.order(Op.UNLOCK, {"direction": "in"}, name="ab" * 16)
    for _ in range(3):
        bench.bring(data, "unlock")
    bench.commit_all()
    assert sorted(bench.states("ab" * 16), key=str) == sorted(
        [ACCEPTED, SUCCESSFUL, ("failed", "repeated"), ("failed", "repeated")], key=str
    )
    assert bench.controller.counts["in_allow"] == 1


def test_an_order_that_was_refused_is_not_obeyed_later() -> None:
    """Whoever kept it from the time of the lockdown cannot bring it again."""
    bench = Ordered()
    bench.put(Posture.LOCKDOWN)
    data = AYU.order(Op.UNLOCK, {"direction": "in"}, name="cd" * 16)
    bench.bring(data, "unlock")
    bench.put(Posture.SECURE)
    bench.bring(data, "unlock")
    assert bench.states("cd" * 16) == [("failed", "posture"), ("failed", "repeated")]


def test_what_was_obeyed_before_a_restart_is_not_obeyed_again() -> None:
    """Filled from the journal at the start; also where the nonce alone would have refused it."""
    first, second = "ef" * 16, "fe" * 16
    bench = Ordered(obeyed={first: NOON + 60, second: NOON + 60})
    bench.bring(AYU.order(Op.LOCKDOWN, group=GROUP, name=first), "lockdown", group=GROUP)
    bench.bring(AYU.order(Op.UNLOCK, {"direction": "in"}, name=second), "unlock", nonce="00" * 16)
    assert bench.states(first) == bench.states(second) == [("failed", "repeated")]


def test_a_journal_that_opens_late_takes_back_what_it_remembers() -> None:
    """An order that waits for the disk and was obeyed before the start is not obeyed when the disk is there."""
    bench = Ordered()
    name = bench.order(Op.LOCKDOWN, group=GROUP)
    bench.controller.turn(UsesRead((), 0, ((name, NOON + 60),)))
    bench.commit_all()
    assert bench.states(name) == [ACCEPTED, ("failed", "repeated")]
    assert bench.posture is Posture.SECURE


def test_a_lock_that_cannot_be_held_is_not() -> None:
    """`hold` needs a lock for continuous duty; there it lasts as long as was said, by leases."""
    strike, maglock = Ordered(), Ordered(HELD)
    assert strike.states(strike.order(Op.HOLD, for_s=60)) == [("failed", "not_continuous")]
    name = maglock.order(Op.HOLD, for_s=60)
    maglock.commit_all()
    assert maglock.states(name) == [ACCEPTED, SUCCESSFUL]
    maglock.wait(59_999)
    assert maglock.relay.energised()
    maglock.wait(1)
    assert not maglock.relay.energised()


def test_a_hold_shortens_no_free_access() -> None:
    """A minute's hold within an hour of free access changes nothing."""
    bench = Ordered(HELD)
    bench.order(Op.POSTURE, posture="free_access", for_s=3600)
    bench.commit_all()
    bench.order(Op.HOLD, for_s=60)
    bench.commit_all()
    bench.wait(120_000)
    assert bench.posture is Posture.FREE_ACCESS


def test_a_lockdown_is_answered_when_it_would_outlive_a_restart() -> None:
    """It holds at once; the answer says whether it is kept. `resume` takes both back."""
    bench = Ordered()
    name = bench.order(Op.LOCKDOWN, for_s=600)
    bench.commit_all()
    assert bench.posture is Posture.LOCKDOWN
    assert bench.states(name) == [ACCEPTED]
    (kept,) = bench.kept
    assert kept is not None
    assert (kept.posture, kept.until, kept.for_s) == (Posture.LOCKDOWN, NOON + 600, 600)
    bench.controller.turn(PostureKept(works=True))
    assert bench.told[-1][1]["result"] == {"posture": "lockdown", "kept": True}
    bench.order(Op.POSTURE, posture="resume")
    bench.commit_all()
    assert (bench.posture, bench.kept[-1]) == (Posture.SECURE, None)


def test_what_lets_people_in_is_never_kept() -> None:
    """Free access in place of a lockdown takes the lockdown from the disk and leaves nothing there."""
    bench = Ordered(HELD)
    bench.order(Op.LOCKDOWN)
    bench.commit_all()
    for _ in range(2):
        bench.order(Op.POSTURE, posture="free_access")
        bench.commit_all()
    assert bench.posture is Posture.FREE_ACCESS
    assert [one and one.posture for one in bench.kept] == [Posture.LOCKDOWN, None]


def test_a_lockdown_that_is_not_kept_says_so() -> None:
    """It holds, the answer says that it will not after a restart, and an alarm stands until one is kept."""
    bench = Ordered()
    bench.order(Op.LOCKDOWN)
    bench.commit_all()
    bench.controller.turn(PostureKept(works=False))
    assert bench.told[-1][1]["result"] == {"posture": "lockdown", "kept": False}
    alarm = bench.written("alarm")[-1]
    assert (alarm.body["alarm"], alarm.body["state"]) == ("posture_not_kept", "raised")


def test_fire_outranks_every_order() -> None:
    """A lockdown under fire is taken and waits; the answer says what holds."""
    bench = Ordered()
    bench.contact(Contact.FIRE)
    bench.order(Op.LOCKDOWN)
    bench.commit_all()
    bench.controller.turn(PostureKept(works=True))
    assert bench.told[-1][1]["result"]["posture"] == "fire"


def test_history_is_executing_until_the_link_says_how_it_ended() -> None:
    """Its rows are counted in the answer; a link that has no room is busy."""
    bench = Ordered()
    name = bench.order(Op.REPLAY, epoch="0a0b0c0d", first=1, last=700)
    bench.commit_all()
    assert bench.asked == [("0a0b0c0d", 1, 700, name)]
    bench.controller.turn(HistorySent(name, 500, "going_on"))
    bench.controller.turn(HistorySent(name, 700, "complete"))
    assert bench.states(name) == [ACCEPTED, ("executing", None), ("executing", None), SUCCESSFUL]
    assert bench.told[-1][1]["result"] == {"rows": 700}
    bench.room = False
    name = bench.order(Op.REPLAY, epoch="0a0b0c0d", first=1, last=700)
    bench.commit_all()
    assert bench.states(name) == [ACCEPTED, ("failed", "busy")]


def test_a_gate_that_is_looked_for_blinks_and_is_never_green() -> None:
    """Blue while the door rests; what the door says to somebody goes first."""
    bench = Ordered()
    bench.order(Op.IDENTIFY, for_s=10)
    bench.commit_all()
    assert bench.light.colour == "blue"
    bench.show(b"x", reader="inside")
    assert bench.light.colour == "green"
    bench.wait(5_100)
    assert bench.light.colour == "blue"
    bench.wait(10_000)
    assert bench.light.colour != "blue"
    assert {what for _, kind, what in bench.heard if kind == "lamp"} <= {"blue blinks", "dark"}


def test_a_restart_is_a_clean_stop_of_a_door_at_rest() -> None:
    """While somebody is on the way it is busy; at rest it is answered, and the door stops."""
    bench = Ordered()
    bench.show(b"x", reader="inside")
    assert bench.states(bench.order(Op.RESTART)) == [("failed", "busy")]
    bench.wait(5_000)
    name = bench.order(Op.RESTART)
    bench.commit_all()
    assert bench.states(name) == [ACCEPTED, SUCCESSFUL]
    assert (bench.controller.phase, bench.controller.restarting) == ("stopped", True)


def test_a_restart_waits_for_no_other_order_and_drops_none() -> None:
    """While an order is on its way to the disk a restart is busy; that order is obeyed."""
    bench = Ordered()
    blinking = bench.order(Op.IDENTIFY, for_s=1)
    restart = bench.order(Op.RESTART)
    accepted = {one.body["command"]: one for one in bench.written()}
    bench.commit(accepted[restart])
    bench.commit(accepted[blinking])
    assert bench.states(restart) == [ACCEPTED, ("failed", "busy")]
    assert bench.states(blinking) == [ACCEPTED, SUCCESSFUL]
    assert not bench.controller.restarting


def test_a_window_is_opened_by_an_order_at_a_board_and_nowhere_else() -> None:
    """For as long as was said; a gate that was configured by hand has none."""
    bench = Ordered()
    name = bench.order(Op.PROVISION, for_s=600)
    bench.commit_all()
    assert bench.states(name) == [ACCEPTED, SUCCESSFUL]
    assert bench.windows == [600]
    bench.board = False
    names = [bench.order(Op.PROVISION, for_s=60), bench.order(Op.RETIRE)]
    bench.commit_all()
    assert [bench.states(name) for name in names] == 2 * [[ACCEPTED, ("failed", "unsupported")]]


def test_a_gate_is_retired_at_rest_alone() -> None:
    """While somebody is on the way it is busy; at rest it is answered, and the door goes on until it is nobody's."""
    bench = Ordered()
    bench.show(b"x", reader="inside")
    assert bench.states(bench.order(Op.RETIRE)) == [("failed", "busy")]
    bench.wait(5_000)
    name = bench.order(Op.RETIRE)
    bench.commit_all()
    assert bench.states(name) == [ACCEPTED, SUCCESSFUL]
    assert (bench.retired, bench.controller.phase) == (1, "locked")


def test_a_record_that_comes_with_the_end_of_its_time_is_too_late() -> None:
    """Whichever the controller sees first, the deadline or the record."""
    bench = Ordered()
    name = bench.order(Op.LOCKDOWN)
    bench.clock.ms += 500
    bench.commit_all()
    assert bench.states(name) == [ACCEPTED, ("failed", "storage")]
    assert bench.posture is Posture.SECURE


def test_a_stop_that_nobody_ordered_is_no_restart() -> None:
    """The exit code of the process tells them apart."""
    bench = Ordered()
    bench.controller.turn(Stopped())
    assert not bench.controller.restarting


def test_health_is_told_when_it_is_asked_for() -> None:
    """The link publishes it at once."""
    bench = Ordered()
    name = bench.order(Op.HEALTH)
    bench.commit_all()
    assert (bench.states(name), len(bench.reports)) == ([ACCEPTED, SUCCESSFUL], 1)


def test_nobody_waits_for_an_officer_here() -> None:
    """Where there are no requests, admitting finds none."""
    bench = Ordered()
    for op in (Op.ADMIT, Op.REFUSE):
        name = bench.order(op, request="r1")
        bench.commit_all()
        assert bench.states(name) == [ACCEPTED, ("failed", CommandRefusal.NO_REQUEST)]
