"""How a rollout goes on: stage by stage, never past a failure, and back again. In virtual time, without a broker."""

from __future__ import annotations

import pytest

from provisioning.reported import sha256_of
from provisioning.rollout import progress
from provisioning.rollout.book import Phase, State
from tests.unit.provisioning.rollout.sheaf import COURSE, LONGER, SHORTER, Ride, Sheaf

GATES = tuple(f"gate-{number}" for number in range(1, 7))


def ride(*gates: str, shares: str = "1,50%,all", **course: object) -> Ride:
    """Plan a longer unlock for some gates that went by nothing, and begin."""
    sheaf = Sheaf()
    sheaf.gate(*(gates or GATES))
    plan = sheaf.plan(sheaf.seal(LONGER, 7), shares=shares, course=COURSE.model_copy(update=course))
    found = Ride(sheaf, plan.book)
    found.begin()
    return found


def test_the_next_stage_begins_when_the_one_before_has_been_well_for_long_enough() -> None:
    """One gate first, then up to half, then all; nobody is sent to before those before are settled."""
    going = ride()
    (first,) = going.sent
    going.turn(100)
    assert going.sent == [first]
    going.take(first)
    going.turn()
    assert going.entry(first).state is State.APPLIED
    assert going.turn(59) == []
    second = going.turn(1)
    assert len(second) == 2
    going.take(*second)
    going.settle()
    assert len(going.sent) == 6
    going.take(*going.sent)
    going.settle()
    assert (going.book.phase, going.states()) == (Phase.DONE, {"settled": 6})


@pytest.mark.parametrize(
    ("state", "reason"), [("rejected", "bad_body"), ("rolled_back", "no_connection"), ("rolled_back", "interrupted")]
)
def test_a_gate_that_turns_it_down_pauses_everything(state: str, reason: str) -> None:
    """Nobody else is sent to, and the reason is the gate's own word."""
    going = ride()
    (first,) = going.sent
    going.sheaf.refuses(first, going.book.bytes_of(going.book.document), state, reason)
    going.turn()
    going.turn(1_000)
    assert (going.book.phase, going.book.why) == (Phase.PAUSED, f"{first} {state}: {reason}")
    assert going.sent == [first]


@pytest.mark.parametrize(("ours", "fails"), [(True, True), (False, False)])
def test_what_a_gate_refuses_unread_is_known_by_its_bytes(*, ours: bool, fails: bool) -> None:
    """No version is read under a key that was taken back; the same version in other bytes is another document."""
    going = ride()
    (first,) = going.sent
    document = going.book.bytes_of(going.book.document)
    refused = sha256_of(document if ours else document + b"x")
    said = {"state": "rejected", "version": 0, "code": 1, "reason": "warrant_revoked", "refused_sha256": refused}
    going.sheaf.hear(first, "doc/config/reported", said if ours else said | {"refused_version": 7})
    going.turn()
    assert (going.entry(first).state is State.FAILED) is fails


def test_what_a_gate_says_of_another_version_is_no_failure() -> None:
    """A refusal from before this rollout, or of what lies on a group's topic, says nothing of this document."""
    going = ride()
    (first,) = going.sent
    going.sheaf.refuses(first, going.sheaf.seal(LONGER, 6))
    going.turn()
    assert going.entry(first).state is State.SENT
    document = going.book.bytes_of(going.book.document)
    going.sheaf.goes_by(first, document, state="rejected", code=1, reason="rolled_back", refused_version=6)
    going.settle()
    assert going.entry(first).state is State.SETTLED


def test_a_gate_that_says_nothing_fails_after_a_time() -> None:
    """Silence is told from absence."""
    for online, why in ((True, "silent"), (False, "offline")):
        going = ride()
        (first,) = going.sent
        if not online:
            going.sheaf.hear(first, "availability", b"offline")
        going.turn(299)
        assert going.book.phase is Phase.RUNNING
        going.turn(1)
        assert going.book.why == f"{first} {why}"


def test_a_gate_that_waits_for_its_moment_has_a_day() -> None:
    """A busy door restarts when nobody is passing; who is gone in the middle is not waited for so long."""
    for online, patience_s in ((True, progress.PENDING_S), (False, 300)):
        going = ride()
        (first,) = going.sent
        going.sheaf.hear(first, "doc/config/reported", {"state": "pending", "version": 0, "code": 0})
        if not online:
            going.sheaf.hear(first, "availability", b"offline")
        going.turn(patience_s - 1)
        assert going.states() == {"sent": 1, "waiting": 5}
        going.turn(1)
        assert going.book.phase is Phase.PAUSED


def test_a_gate_that_is_gone_for_the_moment_is_waited_for() -> None:
    """A restart is no failure; who stays away after it took the document is."""
    going = ride()
    (first,) = going.sent
    going.take(first)
    going.turn()
    going.sheaf.hear(first, "availability", b"offline")
    going.turn(19)
    assert going.book.phase is Phase.RUNNING
    going.sheaf.hear(first, "availability", b"online")
    going.turn(10)
    going.sheaf.hear(first, "availability", b"offline")
    going.turn(20)
    assert (going.book.phase, going.book.why) == (Phase.PAUSED, f"{first} offline")


@pytest.mark.parametrize(
    ("alert", "held_s", "pauses"),
    [
        ("reader-missing-outside", 20, True),
        ("reader-missing-outside", 19, False),
        ("held", 20, True),
        ("forced", 300, False),
        ("tailgate", 300, False),
        ("observing", 300, False),
    ],
)
def test_a_new_alert_pauses_unless_people_make_it(alert: str, held_s: int, pauses: bool) -> None:  # noqa: FBT001  a table
    """What passes by itself is overlooked, and so is what no document brings about."""
    going = ride(settle_s=600)
    (first,) = going.sent
    going.take(first)
    going.sheaf.hear(first, f"alert/{alert}", {"severity": "warning"})
    going.turn(held_s)
    assert (going.book.phase is Phase.PAUSED) is pauses


def test_an_alert_from_before_is_not_the_documents() -> None:
    """A gate that was not well already is judged by what is new."""
    sheaf = Sheaf()
    sheaf.gate("gate-1")
    sheaf.hear("gate-1", "alert/storage", {"severity": "critical"})
    going = Ride(sheaf, sheaf.plan(sheaf.seal(LONGER, 7)).book)
    going.begin()
    going.take("gate-1")
    going.settle()
    assert going.book.phase is Phase.DONE


def test_so_many_may_fail() -> None:
    """With one failure tolerated the rollout goes on, and pauses with the second."""
    going = ride(tolerate=1, shares="2,all")
    first, second = going.sent
    document = going.book.bytes_of(going.book.document)
    going.sheaf.refuses(first, document)
    going.take(second)
    going.settle()
    assert len(going.sent) == 6
    going.sheaf.refuses(going.sent[3], document)
    going.turn()
    assert (going.book.phase, going.book.why) == (Phase.PAUSED, f"{first} rolled_back: no_connection, and 1 more")


def test_a_share_of_failures_is_of_those_that_were_begun() -> None:
    """A fifth of three is none."""
    going = ride(tolerate=20, tolerate_percent=True, shares="3,all")
    going.sheaf.refuses(going.sent[0], going.book.bytes_of(going.book.document))
    going.turn()
    assert going.book.phase is Phase.PAUSED


def test_who_is_away_takes_it_on_return_and_holds_nobody_up() -> None:
    """The document lies on its topic; the stage goes on with the others, and what comes of it later is still told."""
    sheaf = Sheaf()
    sheaf.gate("gate-1", "gate-2")
    sheaf.hear("gate-2", "availability", b"offline")
    going = Ride(sheaf, sheaf.plan(sheaf.seal(LONGER, 7), shares="all").book)
    going.begin()
    assert going.states() == {"sent": 1, "away": 1}
    going.take("gate-1")
    going.turn()
    sheaf.hear("gate-2", "availability", b"online")
    going.turn()
    assert going.entry("gate-2").state is State.SENT
    going.take("gate-2")
    going.settle()
    assert going.states() == {"settled": 2}


def test_a_stage_of_which_nobody_is_there_proves_nothing() -> None:
    """It pauses rather than go on blindly; who resumes has said that it may."""
    sheaf = Sheaf()
    sheaf.gate("gate-1", "gate-2")
    for gate in ("gate-1", "gate-2"):
        sheaf.hear(gate, "availability", b"offline")
    going = Ride(sheaf, sheaf.plan(sheaf.seal(LONGER, 7), shares="1,all").book)
    going.begin()
    going.turn()
    assert going.book.phase is Phase.PAUSED
    assert "stage 1 proves nothing" in str(going.book.why)
    going.book = progress.resumed(going.book)
    assert (going.book.phase, going.book.stage) == (Phase.RUNNING, 1)


def test_who_resumes_has_looked_at_what_failed() -> None:
    """It counts no more, unless it fails anew; everything else goes on where it was."""
    going = ride()
    (first,) = going.sent
    going.sheaf.refuses(first, going.book.bytes_of(going.book.document))
    going.turn()
    going.book = progress.resumed(going.book)
    assert len(going.turn()) == 2
    assert going.book.phase is Phase.RUNNING
    going.take(*going.sent[1:], first)
    going.settle()
    assert going.entry(first).state is State.SETTLED


def test_nobody_is_begun_outside_of_the_hours() -> None:
    """From 22:00 to 05:00 in Jakarta: at nine in the morning nobody is sent to, at ten in the evening they are."""
    going = ride(window="22:00-05:00", timezone="Asia/Jakarta")
    assert going.sent == []
    assert going.turn(13 * 3600 - 1) == []
    assert len(going.turn(1)) == 1


def test_no_more_are_under_way_than_may_be() -> None:
    """A stage of many comes by and by."""
    going = ride(shares="all", at_once=2)
    assert len(going.sent) == 2
    going.take(*going.sent)
    going.turn()
    assert len(going.sent) == 4


def test_what_was_desired_later_is_not_overwritten() -> None:
    """Somebody who publishes something newer in the middle has the last word."""
    going = ride(shares="1,all")
    other = next(gate for gate in GATES if gate not in going.sent)
    newer = going.sheaf.seal(SHORTER, 8)
    going.sheaf.hear(other, "doc/config/desired", newer)
    going.take(*going.sent)
    going.settle()
    assert going.entry(other).reason == progress.OVERTAKEN
    assert going.sheaf.views.view(other).desired == newer


def test_a_kill_between_book_and_broker_is_mended() -> None:
    """Who goes on sends what the book says was sent and the broker does not have."""
    going = ride(shares="all")
    assert progress.unsent(going.book, going.sheaf.views) == []
    going.sheaf.hear("gate-3", "doc/config/desired", b"")
    assert progress.unsent(going.book, going.sheaf.views) == ["gate-3"]
    going.sheaf.hear("gate-3", "doc/config/desired", going.sheaf.seal(SHORTER, 8))
    assert progress.unsent(going.book, going.sheaf.views) == []


def test_back_brings_what_was_before_under_a_newer_version() -> None:
    """Who took it gets the words from before, who turned it down only its topic back, and who was not begun nothing."""
    sheaf = Sheaf()
    sheaf.gate(*GATES)
    old = sheaf.seal(SHORTER, 5)
    for gate in GATES[:4]:
        sheaf.hear(gate, "doc/config/desired", old)
        sheaf.goes_by(gate, old)
    going = Ride(sheaf, sheaf.plan(sheaf.seal(LONGER, 7), shares="5,all", course=COURSE).book)
    going.sign(8)
    going.begin()
    took, refused = going.sent[:4], going.sent[4]
    going.take(*took)
    sheaf.refuses(refused, going.book.bytes_of(going.book.document))
    if refused in GATES[:4]:
        sheaf.goes_by(refused, old, state="rolled_back", code=1, reason="no_connection", refused_version=7)
    going.turn()
    assert going.book.phase is Phase.PAUSED
    going.book = progress.returning(going.book, sheaf.views)
    assert set(going.turn()) == {*took, refused}
    assert sheaf.views.view(refused).desired == (old if refused in GATES[:4] else b"")
    for gate in took:
        document = going.book.read(going.entry(gate).wanted)
        assert document is not None
        assert document.version >= 8
        assert document.body == (SHORTER if gate in GATES[:4] else {"withdrawn": True})
        if gate in GATES[:4]:
            going.take(gate)
        else:
            said = {"state": "applied", "version": 0, "code": 0, "withdrawn_version": document.version}
            sheaf.hear(gate, "doc/config/reported", said)
    going.settle()
    going.turn()
    assert (going.book.phase, going.states()) == (Phase.RETURNED, {"settled": 5, "untouched": 1})


def test_who_went_by_something_unknown_is_named_and_left_alone() -> None:
    """Without its words there is nothing to sign; the gate keeps what it has."""
    sheaf = Sheaf()
    sheaf.gate("gate-1")
    sheaf.goes_by("gate-1", sheaf.seal(SHORTER, 5))
    going = Ride(sheaf, sheaf.plan(sheaf.seal(LONGER, 7)).book)
    going.begin()
    going.take("gate-1")
    going.turn()
    going.book = progress.returning(going.book, sheaf.views)
    assert going.turn() == []
    assert going.entry("gate-1").reason == "unknown_before"
