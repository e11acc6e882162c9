"""How officers answer beside the broker: by a hand at the door or a pass of their own; and what if none does."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from firmware.events import (
    Alarm,
    CommandArrived,
    Contact,
    Level,
    Posture,
    PostureCommanded,
    Signal,
)
from firmware.records import contract
from firmware.rules.decide import Rulebook
from firmware.rules.policy import ClassRule, Policy
from firmware.signed.command import Op
from tests.issuing import NOON, Issuer
from tests.unit.control.ordering import AYU, NONCE
from tests.unit.control.waiting import BOTH, LATE, LOUDER_MS, SUNDAY, WAIT_MS, Office

UNANSWERED = Alarm.UNANSWERED.value


@pytest.mark.parametrize(("contact", "by"), [(Contact.OFFICER, "button"), (Contact.INTERCOM, "intercom")])
def test_a_hand_at_the_door_is_an_officers_yes(contact: Contact, by: str) -> None:
    """Who waits is let in by their pass and the one waived reason, once, and the record says by which hand."""
    office = Office()
    office.show()
    office.bench.contact(contact)
    office.bench.commit(office.granted())
    assert (office.board, office.answers()) == ({}, [("admitted", by, None, None)])
    assert office.bench.relay.energised()
    (access,) = [one.body for one in office.bench.journal.records if one.kind == "access" and one.grant is not None]
    assert (access["reader"], access["class"], access["remark"]) == ("outside", "visitor", "hours")


def test_a_hand_at_the_door_waives_no_more_than_was_asked() -> None:
    """A pass that has run out meanwhile stays out; pressed once more, the button opens for nobody's pass, as ever."""
    office = Office()
    office.show(office.bench.issuer.code(expires=NOON + 5))
    office.bench.wait(5_000)
    office.bench.contact(Contact.OFFICER)
    assert office.answers() == [("overruled", "button", None, None)]
    assert not office.bench.relay.energised()
    office.bench.contact(Contact.OFFICER, Level.REST)
    office.bench.contact(Contact.OFFICER)
    office.bench.commit(office.granted())
    assert office.bench.relay.energised()


def test_a_hand_at_the_door_opens_nothing_in_a_lockdown() -> None:
    """The press is refused as ever, and whoever waits goes on waiting."""
    office = Office()
    office.show()
    office.bench.controller.turn(PostureCommanded(Posture.LOCKDOWN))
    office.bench.contact(Contact.OFFICER)
    assert (len(office.board), office.ended()) == (1, [])
    assert not office.bench.relay.energised()


def test_an_order_to_let_somebody_in_ends_the_question() -> None:
    """The one who stood there may be the one who went; a yes that comes later must not open for the next."""
    office = Office()
    office.show()
    data = AYU.order(Op.UNLOCK, {"direction": "in"})
    office.bench.controller.turn(CommandArrived("unlock", None, data, NONCE, retained=False))
    for record in tuple(office.bench.journal.records):
        office.bench.commit(record)
    assert (office.board, office.ended()) == ({}, [("withdrawn", "hours", None)])


def test_what_nobody_answers_is_told_more_loudly() -> None:
    """A millisecond before, nothing; then the request says so, the operations room is told, and the lamps stay calm."""
    office = Office()
    office.show()
    office.bench.wait(LOUDER_MS - 1)
    assert len(office.said) == 1
    assert office.alarms() == []
    lamps = office.light()
    office.bench.wait(1)
    ((_, payload),) = office.board.items()
    told = contract.Assistance.model_validate_json(payload)
    assert (told.escalated, told.escalated_at) == (True, "2026-01-05T03:00:08Z")
    assert told.model_copy(update={"escalated": False, "escalated_at": None}) == (
        contract.Assistance.model_validate_json(office.said[0])
    )
    assert office.alarms() == [(UNANSWERED, "raised")]
    assert (office.light(), lamps) == (Signal.VERIFY, Signal.VERIFY)
    assert office.bench.controller.counts["assistance_escalated"] == 1
    office.bench.wait(WAIT_MS - LOUDER_MS)
    assert office.ended() == [("expired", "hours", None)]
    assert office.alarms() == [(UNANSWERED, "raised"), (UNANSWERED, "cleared")]
    assert office.louder() == [LOUDER_MS]


def test_an_answer_in_time_is_never_told_more_loudly() -> None:
    """Neither alarm nor a moment in the record."""
    office = Office()
    office.show()
    office.bench.wait(LOUDER_MS - 1)
    office.say(admit=False)
    office.bench.wait(WAIT_MS)
    assert (office.alarms(), office.louder()) == ([], [None])


@pytest.mark.parametrize("admit", [True, False])
def test_an_answer_ends_the_alarm(*, admit: bool) -> None:
    """Whichever it is."""
    office = Office()
    office.show()
    office.bench.wait(LOUDER_MS)
    office.say(admit=admit)
    assert office.alarms() == [(UNANSWERED, "raised"), (UNANSWERED, "cleared")]


def test_a_second_question_waits_as_long_as_the_first() -> None:
    """The alarm of the first is over; the second is told more loudly after its own time."""
    office = Office(BOTH)
    office.show()
    office.bench.wait(LOUDER_MS)
    office.say(admit=True)
    assert office.alarms()[-1] == (UNANSWERED, "cleared")
    office.bench.wait(LOUDER_MS - 1)
    assert len(office.alarms()) == 2
    office.bench.wait(1)
    assert office.alarms()[-1] == (UNANSWERED, "raised")


def test_a_turn_that_comes_too_late_refuses_and_raises_nothing() -> None:
    """A gate that stood still past both moments does not call for somebody who was turned away."""
    office = Office()
    office.show()
    office.bench.clock.ms += WAIT_MS
    office.bench.controller.turn(None)
    assert (office.ended(), office.alarms()) == ([("expired", "hours", None)], [])


@dataclass(frozen=True)
class OneSubject:
    """A key of the day under which every pass has the same name."""

    def subject(self, reference: str, now: object) -> str | None:
        """Name it."""
        assert (len(reference), now) != (0, None)
        return "c2" * 16

    def told(self) -> dict[str, object]:
        """Say nothing of versions."""
        return {}


OFFICER = b"\x0f" * 12
"""The id of an officer's pass."""


def attended(more: dict[str, object] | None = None, officer: ClassRule | None = None) -> Rulebook:
    """Make the policy of a door with officers, who are staff unless told otherwise."""
    classes = {"visitor": LATE, "staff": officer or ClassRule()}
    body = {"profile": "test", "classes": classes, "officers": frozenset({"staff"})}
    return Rulebook.unlimited(Policy.model_validate(body | (more or {})))


def by_an_officer(office: Office, changes: dict[str, object] | None = None) -> list[tuple[object, ...]]:
    """Show an officer's pass where somebody waits, and list the answers."""
    code = office.bench.issuer.code(None, **{"pass_class": "staff", "pass_id": OFFICER, **(changes or {})})
    office.present(code)
    return office.answers()


def test_an_officers_pass_lets_in_who_waits() -> None:
    """One person goes in, the visitor by their own pass; the record names the officer's pass by its subject."""
    office = Office(rules=attended(), subjects=OneSubject())
    office.show()
    assert by_an_officer(office) == [("admitted", "pass", None, "c2" * 16)]
    office.bench.commit(office.granted())
    assert office.bench.relay.energised()
    assert office.granted().body["class"] == "visitor"
    assert office.granted().body["remark"] == "hours"
    assert len([one for one in office.bench.journal.records if one.grant is not None]) == 1


def test_an_officers_pass_is_a_pass_where_nobody_waits() -> None:
    """Its holder goes in by it."""
    office = Office(rules=attended())
    assert office.show(office.bench.issuer.code(pass_class="staff", pass_id=OFFICER)).body["class"] == "staff"
    assert office.answers() == []


NO_WORD: dict[str, tuple[dict[str, object], dict[str, object]]] = {
    "one that has run out": ({}, {"expires": NOON - 60}),
    "one whose time has not come": ({}, {"not_before": NOON + 60}),
    "one of another area": ({}, {"areas": ("cellar",)}),
    "one of another gate": ({}, {"gates": ("gate-2",)}),
    "one of a class that is no officers'": ({"officers": frozenset[str]()}, {}),
    "one out of its own hours": ({"classes": {"visitor": LATE, "staff": ClassRule(hours=(SUNDAY,))}}, {}),
    "one that an officer has to look at": ({"classes": {"visitor": LATE, "staff": LATE}}, {}),
    "one without the health it needs": ({"classes": {"visitor": LATE, "staff": ClassRule(health="required")}}, {}),
}


@pytest.mark.parametrize(("policy", "changes"), NO_WORD.values(), ids=NO_WORD.keys())
def test_a_pass_that_is_no_officers_word_is_somebody_elses(
    policy: dict[str, object], changes: dict[str, object]
) -> None:
    """Nobody who waited is let in by it: they wait no longer, for somebody else stands there now."""
    office = Office(rules=attended(policy))
    office.show()
    assert by_an_officer(office, changes)[0] == ("withdrawn", None, None, None)


def test_nobody_vouches_for_themselves() -> None:
    """An officer who has to wait shows the same pass again, and goes on waiting."""
    office = Office(rules=attended(officer=LATE))
    code = office.bench.issuer.code(pass_class="staff", pass_id=OFFICER)
    office.show(code)
    office.present(code)
    assert (len(office.board), office.answers()) == (1, [])


def test_a_forged_officers_pass_is_no_word() -> None:
    """Signed by a key that the gate does not know, it is a bad code like any other."""
    office = Office(rules=attended())
    office.show()
    office.present(Issuer().code(pass_class="staff", pass_id=OFFICER))
    assert office.answers() == [("withdrawn", None, None, None)]
    assert not office.bench.relay.energised()


def test_an_officers_pass_inside_lets_nobody_in() -> None:
    """Whoever shows it there goes out."""
    office = Office(rules=attended())
    office.show()
    office.present(office.bench.issuer.code(pass_class="staff", pass_id=OFFICER), "inside")
    assert (len(office.board), office.answers()) == (1, [])


def test_an_officer_who_is_counted_as_inside_can_answer() -> None:
    """Whoever came out to help has not left by a reader; nobody passes by their pass."""
    office = Office(rules=attended({"passback": {"mode": "hard"}}))
    officer = office.bench.issuer.code(pass_class="staff", pass_id=OFFICER)
    office.bench.commit(office.show(officer))
    office.bench.wait(20_000)
    assert office.show(officer).body["reason"] == "passback"
    office.show()
    assert by_an_officer(office) == [("admitted", "pass", None, None)]


def test_an_officers_word_opens_nothing_in_a_lockdown() -> None:
    """The yes is overruled, as any other."""
    office = Office(rules=attended())
    office.show()
    office.bench.controller.turn(PostureCommanded(Posture.LOCKDOWN))
    assert by_an_officer(office) == [("overruled", "pass", None, None)]
    assert not office.bench.relay.energised()


def test_an_officer_under_threat_answers_as_any_other_and_is_told_of() -> None:
    """The visitor goes in; the restricted record of that grant says under threat, and nothing else does."""
    threatened = {"visitor": LATE, "staff": ClassRule(), "guarded": ClassRule(duress="staff")}
    office = Office(rules=attended({"classes": threatened}))
    office.bench.controller.turn(None)
    issuer = Issuer(classes=frozenset({"staff", "visitor", "guarded"}))
    office.trust(issuer)
    office.show(issuer.code())
    office.present(issuer.code(pass_class="guarded", pass_id=OFFICER))
    assert office.answers() == [("admitted", "pass", None, None)]
    told = {one.body["grant"]: one.body["duress"] for one in office.bench.journal.records if one.kind == "duress"}
    assert told == {None: False, office.granted().grant: True}


@pytest.mark.parametrize("way", ["contact", "pass"])
def test_an_officer_at_the_door_needs_no_broker(way: str) -> None:
    """Where one can answer there, somebody waits also while the broker is out of reach."""
    office = Office(linked=False, rules=attended() if way == "pass" else None)
    if way == "contact":
        office.bench.contact(Contact.INTERCOM, Level.REST)
    office.show()
    assert office.light() == Signal.VERIFY
    if way == "contact":
        office.bench.contact(Contact.INTERCOM)
    else:
        by_an_officer(office)
    office.bench.commit(office.granted())
    assert office.bench.relay.energised()


def test_a_button_whose_wire_is_cut_is_no_officer() -> None:
    """Nobody waits for a hand that could not be heard."""
    office = Office(linked=False)
    office.bench.contact(Contact.OFFICER, Level.CUT)
    office.show()
    assert (office.board, office.light()) == ({}, Signal.HOURS)


WALLETS: dict[str, object] = {"classes": {"visitor": LATE, "staff": ClassRule(proof="holder")}}


def test_an_officer_answers_by_a_wallet_once() -> None:
    """The code that answered is used up: shown again, or an older one, it answers nobody and lets nobody in."""
    office = Office(rules=attended(WALLETS))
    first, second = (office.bench.issuer.shown(NOON + after) for after in (1, 2))
    office.show()
    office.present(second)
    assert office.answers() == [("admitted", "pass", None, None)]
    assert ("proof", str(NOON + 2)) in office.granted().kept
    office.bench.wait(1_000)
    for code in (second, first):
        office.show()
        office.present(code)
        assert office.answers()[-1] == ("withdrawn", None, None, None)
    office.show()
    office.present(office.bench.issuer.shown(NOON + 3))
    assert office.answers()[-1] == ("admitted", "pass", None, None)


def test_an_officers_code_is_used_up_though_nobody_went_in_by_it() -> None:
    """A yes that was overruled is on disk with whatever is written next."""
    office = Office(rules=attended(WALLETS))
    office.show()
    office.bench.controller.turn(PostureCommanded(Posture.LOCKDOWN))
    office.present(office.bench.issuer.shown(NOON + 1))
    assert office.answers() == [("overruled", "pass", None, None)]
    assert [one.kept for one in office.bench.journal.records if ("proof", str(NOON + 1)) in one.kept] != []


@pytest.mark.parametrize("at", [NOON - 31, NOON + 31])
def test_a_picture_of_an_officers_code_answers_nobody(at: int) -> None:
    """One that is half a minute old, or made ahead; and a wallet's pass without its proof."""
    office = Office(rules=attended(WALLETS))
    office.show()
    office.present(office.bench.issuer.shown(at))
    assert office.answers() == [("withdrawn", None, None, None)]
    office.show()
    assert by_an_officer(office)[-1] == ("withdrawn", None, None, None)
