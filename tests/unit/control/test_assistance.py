"""Who waits for an officer: seen at the broker meanwhile, let in by a yes that still counts, and never for ever."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from firmware.control.documents import Lists
from firmware.events import (
    CommandArrived,
    ListsChanged,
    Outcome,
    Posture,
    PostureCommanded,
    Reason,
    Signal,
    Stopped,
)
from firmware.records import contract
from firmware.signed.command import CommandRefusal, Op
from tests.issuing import NOON
from tests.unit.control.ordering import AYU, NONCE
from tests.unit.control.waiting import BOTH, LATE, SICK, WAIT_MS, Office, book

if TYPE_CHECKING:
    from firmware.rules.policy import ClassRule


def test_a_request_says_what_an_officer_needs_and_nothing_else() -> None:
    """Where, which way, why, since and until when; the payload is the contract's, and the lamps ask for patience."""
    office = Office()
    assert office.show().body["decision"] == "verify"
    ((topic, payload),) = office.board.items()
    assert topic == "gapura/1/gate-1/assist/" + "0" * 31 + "1"
    contract.Assistance.model_validate_json(payload)
    assert json.loads(payload) == {
        "reader": "outside",
        "direction": "in",
        "reason": "hours",
        "class": "visitor",
        "since": "2026-01-05T03:00:00Z",
        "expires_at": "2026-01-05T03:00:20Z",
        "escalated": False,
        "boot": "boot-1",
        "boottime_ms": 0,
        "until_ms": WAIT_MS,
    }
    assert office.light() == Signal.VERIFY
    assert not office.bench.relay.energised()


def test_a_yes_opens_once() -> None:
    """The pass is judged again, its entry opens with its record, and the same answer once more finds nobody."""
    office = Office()
    office.show()
    (name,) = (topic.rpartition("/")[2] for topic in office.board)
    assert office.say(admit=True) is None
    assert office.bench.relay.energised()
    assert office.board == {}
    access = [one.body for one in office.bench.journal.records if one.kind == "access"][-1]
    assert (access["decision"], access["reason"], access["remark"]) == ("allow", None, "hours")
    assert office.ended() == [("admitted", "hours", "guard")]
    assert office.say(admit=True, request=name) is CommandRefusal.NO_REQUEST
    assert office.bench.controller.counts["in_allow"] == 1


def test_a_no_is_told_to_who_waits() -> None:
    """Nothing opens, the lamps say why, and the record says who said no."""
    office = Office()
    office.show()
    assert office.say(admit=False) is None
    assert (office.board, office.light()) == ({}, Signal.HOURS)
    assert office.ended() == [("refused", "hours", "guard")]
    assert not office.bench.relay.energised()


@pytest.mark.parametrize(("op", "outcome"), [(Op.ADMIT, "admitted"), (Op.REFUSE, "refused")])
def test_a_signed_word_is_an_officers_word(op: Op, outcome: str) -> None:
    """The command is accepted, obeyed and answered, and the end of the request names who signed it."""
    office = Office()
    office.show()
    office.order(op)
    assert office.told == ["accepted", "successful"]
    assert office.bench.relay.energised() is (op is Op.ADMIT)
    assert office.ended() == [(outcome, "hours", "ayu")]


def test_nobody_waits_longer_than_told() -> None:
    """A millisecond before the end the request stands, at the end it is gone and a yes comes too late."""
    office = Office()
    office.show()
    (name,) = (topic.rpartition("/")[2] for topic in office.board)
    office.bench.wait(WAIT_MS - 1)
    assert office.board
    office.bench.clock.ms += 1
    assert office.say(admit=True, request=name) is CommandRefusal.NO_REQUEST
    assert (office.board, office.ended()) == ({}, [("expired", "hours", None)])
    assert not office.bench.relay.energised()


def test_health_is_named_in_the_restricted_records_only() -> None:
    """An officer who may not know reads `see_officer`; the follow-up and the end of the request say why."""
    office = Office(SICK)
    access = office.show()
    ((_, payload),) = office.board.items()
    assert json.loads(payload)["reason"] == access.body["reason"] == "see_officer"
    office.say(admit=True)
    public = [one.body for one in office.bench.journal.records if one.kind == "access"]
    assert [one["remark"] for one in public] == [None, "see_officer"]
    follow_ups = [one.body for one in office.bench.journal.records if one.kind == "follow-up"]
    assert [(one["decision"], one["reason"], one["remark"]) for one in follow_ups] == [
        ("verify", "health", None),
        ("allow", None, "health"),
    ]
    assert office.ended() == [("admitted", "health", "guard")]


def test_two_questions_are_two_requests() -> None:
    """A yes to the hours leads to a second request about health, and only a yes to that opens."""
    office = Office(BOTH)
    office.show()
    first = set(office.board)
    assert office.say(admit=True) is None
    assert not office.bench.relay.energised()
    assert len(office.board) == 1
    assert not first & set(office.board)
    assert office.light() == Signal.VERIFY
    assert office.say(admit=True) is None
    assert office.bench.relay.energised()
    assert office.ended() == [("admitted", "hours", "guard"), ("admitted", "health", "guard")]


def test_the_same_pass_again_is_the_same_person() -> None:
    """Impatience neither begins a second request nor prolongs the first."""
    office = Office()
    office.show()
    before = dict(office.board)
    office.bench.wait(5_000)
    office.show()
    assert office.board == before
    office.bench.wait(WAIT_MS - 5_000)
    assert office.ended() == [("expired", "hours", None)]


@pytest.mark.parametrize("code", [b"HELLO", b""])
def test_whoever_shows_something_else_waits_no_longer(code: bytes) -> None:
    """What stood before the reader is gone, so a yes must not open for whoever stands there now."""
    office = Office()
    office.show()
    office.show(code or office.bench.issuer.code(pass_id=b"\x02" * 12))
    assert office.ended() == [("withdrawn", "hours", None)]
    assert len(office.board) == (0 if code else 1)


def test_who_leaves_disturbs_nobody() -> None:
    """The inside reader opens at once, and the person outside goes on waiting."""
    office = Office()
    office.show()
    office.show(b"anything", "inside")
    assert office.bench.relay.energised()
    assert len(office.board) == 1
    assert office.ended() == []


def test_a_lockdown_goes_before_an_officers_word() -> None:
    """The yes is overruled and says why; the record keeps who gave it."""
    office = Office()
    office.show()
    office.bench.controller.turn(PostureCommanded(Posture.LOCKDOWN))
    assert office.say(admit=True) is CommandRefusal.POSTURE
    assert not office.bench.relay.energised()
    assert office.ended() == [("overruled", "hours", "guard")]
    last = office.bench.controller.last
    assert last is not None
    assert (last.outcome, last.reason) == (Outcome.DENY, Reason.LOCKDOWN)


def test_a_pass_that_expires_while_it_waits_is_refused() -> None:
    """A yes waives the named reason and nothing else."""
    office = Office()
    office.show(office.bench.issuer.code(expires=NOON + 5))
    office.bench.wait(5_000)
    assert office.say(admit=True) is CommandRefusal.NO_REQUEST
    assert office.ended() == [("overruled", "hours", "guard")]
    assert not office.bench.relay.energised()


def test_other_lists_end_what_was_asked_by_the_old_ones() -> None:
    """The pass was verified under keys that may be gone: it has to be shown again."""
    office = Office()
    office.show()
    office.bench.lists = Lists(office.bench.issuer.trust(), book(visitor=LATE), ())
    office.bench.controller.turn(ListsChanged())
    assert (office.board, office.ended()) == ({}, [("withdrawn", "hours", None)])
    assert office.show().body["decision"] == "verify"


def test_the_end_of_a_gate_takes_its_requests_back() -> None:
    """Nothing is left at the broker that nobody will answer."""
    office = Office()
    office.show()
    office.bench.controller.turn(Stopped())
    assert (office.board, office.ended()) == ({}, [("withdrawn", "hours", None)])


def test_where_no_officer_can_be_reached_nobody_waits_for_one() -> None:
    """Without a connection the answer is the refusal, at once, and it is counted."""
    office = Office(linked=False)
    assert office.show().body["decision"] == "verify"
    assert (office.board, office.light()) == ({}, Signal.HOURS)
    assert office.bench.controller.counts["assistance_unreachable"] == 1


def test_a_pass_under_duress_shows_an_officer_its_other_class() -> None:
    """Whoever stands behind the officer's screen learns no more than whoever stands behind the person."""
    office = Office(replace_rule(LATE, duress="staff"))
    office.show()
    ((_, payload),) = office.board.items()
    assert json.loads(payload)["class"] == "staff"


def replace_rule(rule: ClassRule, **changes: object) -> ClassRule:
    """Change a rule."""
    return rule.model_copy(update=changes)


def test_a_health_number_says_how_many_wait() -> None:
    """One while one waits, and the count of what was asked stays."""
    office = Office()
    office.show()
    assert office.bench.controller.assistance.numbers() == {"assistance_waiting": 1}
    office.say(admit=False)
    assert office.bench.controller.assistance.numbers() == {"assistance_waiting": 0}
    counts = {name: number for name, number in office.bench.controller.counts.items() if name.startswith("assist")}
    assert counts == {"assistance_asked": 1, "assistance_refused": 1}


@pytest.mark.parametrize("late", [False, True])
def test_an_officer_hears_that_somebody_was_let_in_when_the_door_has(*, late: bool) -> None:
    """Not before the grant is on disk; where that takes too long the answer says so, for the door stayed shut."""
    office = Office()
    office.show()
    (topic,) = office.board
    data = AYU.order(Op.ADMIT, {"request": topic.rpartition("/")[2]})
    office.bench.controller.turn(CommandArrived("admit", None, data, NONCE, retained=False))
    (order,) = (one for one in office.bench.journal.records if one.kind == "command")
    office.bench.commit(order)
    assert office.told == ["accepted"]
    if late:
        office.bench.wait(600)
    else:
        office.bench.commit(office.granted())
    assert office.told == ["accepted", "failed" if late else "successful"]
    assert office.bench.relay.energised() is not late
    last = [one for one in office.bench.journal.records if one.kind == "command"][-1]
    assert last.body.get("grant") == office.granted().grant
