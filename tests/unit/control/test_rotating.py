"""Rotating presentations before a whole controller: what is on disk with the grant, and what a restart remembers."""

from __future__ import annotations

from firmware.control.assistance import Desk
from firmware.control.counting import Counting
from firmware.events import Contact, Decision, Direction, Instant, Leaf, Level, LinkChanged, Outcome, Reason
from firmware.passes.outcome import Pass
from firmware.passes.reading import read
from firmware.records import leaf as wire
from firmware.rules.decide import Place, Rulebook, decide
from firmware.rules.ledger import Ledger
from firmware.rules.occupancy import Occupancy
from firmware.rules.policy import Policy, visitor_management
from firmware.rules.presence import Presence
from firmware.rules.proofs import KEPT
from tests.issuing import AT_NOON, NOON, STAFF, Issuer
from tests.unit.control.bench import Bench
from tests.unit.control.test_subjects import OneDay

LATE = {"hours": [{"days": ["sun"], "from": "00:00", "until": "24:00"}], "verify": ["hours"]}


def why(record_body: dict[str, object]) -> object:
    """Say why somebody did not get in, or what was odd."""
    return record_body["reason"] or record_body["remark"]


def test_a_second_use_is_refused_and_the_next_code_opens() -> None:
    """The grant's own record carries the second of the code; a refusal uses up nothing and tells the disk nothing."""
    bench = Bench()
    code = bench.issuer.shown()
    first, again = bench.show(code), bench.show(code)
    assert (first.grant is not None, dict(first.kept)[KEPT]) == (True, str(NOON))
    assert (again.grant, why(again.body), again.kept) == (None, "replayed", ())
    assert bench.show(bench.issuer.code(STAFF)).body["reason"] == "no_proof"
    assert bench.show(bench.issuer.shown(NOON - 31)).body["reason"] == "stale"
    assert bench.show(bench.issuer.shown(NOON + 1, "roof")).body["reason"] == "bad_proof"
    assert bench.show(bench.issuer.shown(NOON + 1)).grant is not None


def test_an_unused_grant_needs_a_new_code() -> None:
    """Whoever did not go may try again at once, with what their wallet shows then."""
    bench = Bench()
    bench.contact(Contact.DOOR_POSITION, Level.REST)
    code = bench.issuer.shown()
    bench.commit(bench.show(code))
    bench.wait(6000)
    assert [result for _, result in bench.ends()] == ["annulled"]
    assert why(bench.show(code).body) == "replayed"
    assert bench.show(bench.issuer.shown(NOON + 5)).grant is not None


def test_inside_every_code_opens_and_what_went_out_does_not_come_in() -> None:
    """A code of last week opens inside with a remark; one that was used to leave is used for the way in as well."""
    bench = Bench()
    stale = bench.show(bench.issuer.shown(NOON - 10**6), reader="inside")
    left = bench.show(bench.issuer.shown(), reader="inside")
    assert (stale.grant is not None, why(stale.body), KEPT in dict(stale.kept)) == (True, "stale", False)
    assert (left.grant is not None, why(left.body), dict(left.kept)[KEPT]) == (True, None, str(NOON))
    assert why(bench.show(bench.issuer.shown()).body) == "replayed"


def test_after_a_restart_what_was_used_stays_used() -> None:
    """What the journal kept comes back at the start, or when it could be opened at last."""
    presence = Presence()
    kept: dict[str, str] | None = None
    counting = Counting(presence, epoch="00000001", kept=lambda: kept)
    assert presence.proofs.before == 0
    kept = {KEPT: str(NOON)}
    counting.woken()
    assert presence.proofs.before == NOON
    assert Counting(late := Presence(), kept=lambda: {KEPT: str(NOON)}) is not None
    assert late.proofs.before == NOON


def test_a_replaced_journal_is_told_again() -> None:
    """The number is handed over once more, though it did not rise."""
    bench = Bench()
    bench.show(bench.issuer.shown(NOON + 9))
    bench.controller.counting.lost()
    bench.wait(1)
    assert dict(bench.journal.records[-1].kept) == {KEPT: str(NOON + 9)}


def test_a_sibling_that_heard_of_the_passage_refuses_the_code() -> None:
    """What a gate tells of who went through, as it stands on the wire, is enough; a code made later opens."""
    issuer, keys = Issuer(), OneDay()
    first, second = Occupancy("gate-1", Ledger("00000001")), Presence(subject=keys.subject)
    code, trust = issuer.shown(), issuer.trust()
    credential = read(code, trust)
    assert isinstance(credential, Pass)
    first.let_in("run-1", keys.subject(credential.reference, AT_NOON))
    first.ended("run-1", "confirmed", Instant(3000, NOON + 2, NOON + 4, "ntp"))
    leaf = first.news()
    assert leaf is not None
    heard = wire.read(wire.to_be_signed(leaf, "lobby", "gate-1"), "lobby", "gate-1")
    assert heard is not None
    place, rules = Place("gate-2", "lobby"), Rulebook.unlimited(visitor_management())

    def answer(shown: bytes) -> Reason | None:
        now = Instant(0, NOON + 6, NOON + 6, "ntp")
        return decide(read(shown, trust), Direction.IN, now, place, rules, second).reason

    assert answer(code) is None
    assert second.area.hear("gate-1", heard, 0) is None
    assert answer(code) is Reason.REPLAYED
    assert answer(issuer.shown(NOON + 5)) is None


def test_whoever_waits_for_company_goes_in_by_the_code_that_they_showed() -> None:
    """Forty seconds are no reason to refuse a proof that was of now, and both codes are used with the two grants."""
    pair = {"lobby": {"within_s": 60}}
    rules = {"profile": "t", "classes": {"staff": {}}, "two_person": pair}
    bench = Bench(rules=Rulebook.unlimited(Policy.model_validate(rules)))
    bench.clock.ms = 1000
    assert why(bench.show(bench.issuer.shown(NOON + 1)).body) == "second_person"
    bench.wait(40_000)
    second = bench.issuer.shown(NOON + 41, pass_id=b"\3" * 12)
    bench.show(second)
    granted = [one for one in bench.journal.records if one.grant is not None and one.kind == "access"]
    assert len(granted) == 2
    assert KEPT in dict(granted[1].kept)
    assert why(bench.show(second).body) == "replayed"


def test_whoever_waits_for_an_officer_is_let_in_by_the_code_that_they_showed() -> None:
    """The proof was of now when the gate saw it; newer codes of the same pass go on with the same request."""
    rules = Rulebook.unlimited(Policy.model_validate({"profile": "t", "classes": {"staff": LATE}}))
    bench = Bench(rules=rules, desk=Desk(lambda _topic, _payload: None, "gate-1", "boot-1", wait_ms=90_000))
    bench.controller.turn(LinkChanged(up=True))
    bench.show(bench.issuer.shown())
    assistance = bench.controller.assistance
    (request,) = assistance.requests()
    bench.wait(40_000)
    bench.show(bench.issuer.shown(NOON + 40))
    assert [one.id for one in assistance.requests()] == [request.id]
    assert assistance.answer(request.id, True, "ayu", bench.clock.now()) is None  # noqa: FBT003  a command's word
    assert bench.controller.last == Decision(Outcome.ALLOW, Direction.IN, remark=Reason.HOURS)


def test_a_code_of_a_wallet_that_is_ahead_is_used_at_siblings_too() -> None:
    """A gate tells the second of the code where that is later than the passage, and no more than half a minute so."""
    keys = OneDay()
    bench = Bench(subjects=keys)
    ahead = bench.issuer.shown(NOON + 20)
    bench.commit(bench.show(ahead))
    bench.wait(6000)
    bench.commit(bench.show(bench.issuer.shown(NOON + 10**6), reader="inside"))
    bench.wait(6000)
    told = bench.controller.counting.area.own.used
    assert [(move.direction, move.at - NOON) for move in told] == [(Direction.IN, 20), (Direction.OUT, 41)]
    sibling = Presence(subject=keys.subject)
    leaf = Leaf("00000001", 0, 1, 1, 0, used=told[:1])
    place, rules = Place("gate-2", "lobby"), Rulebook.unlimited(visitor_management())

    def answer(shown: bytes) -> Reason | None:
        now = Instant(0, NOON + 10, NOON + 10, "ntp")
        return decide(read(shown, bench.issuer.trust()), Direction.IN, now, place, rules, sibling).reason

    assert answer(ahead) is None
    assert sibling.area.hear("gate-1", leaf, 0) is None
    assert answer(ahead) is Reason.REPLAYED
    assert answer(bench.issuer.shown(NOON + 21)) is None
