"""Rotating presentations before a whole controller: what is on disk with the grant, and what a restart remembers."""

from __future__ import annotations

from firmware.control.assistance import Desk
from firmware.control.counting import Counting
from firmware.events import Contact, Decision, Direction, Level, LinkChanged, Outcome, Reason
from firmware.rules.decide import Rulebook
from firmware.rules.policy import Policy
from firmware.rules.presence import Presence
from firmware.rules.proofs import KEPT
from tests.issuing import NOON, STAFF
from tests.unit.control.bench import Bench

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
    """The next grant hands the number over once more, though it did not rise."""
    bench = Bench()
    bench.show(bench.issuer.shown(NOON + 9))
    bench.controller.counting.lost()
    assert dict(bench.show(bench.issuer.shown(NOON + 8, pass_id=b"\3" * 12)).kept)[KEPT] == str(NOON + 9)


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
