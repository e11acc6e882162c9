"""What changes by the time alone at a whole gate: a policy whose time comes, an unlock schedule that waits."""

from __future__ import annotations

from dataclasses import replace

from firmware.control.documents import Lists
from firmware.events import ListsChanged, Posture
from firmware.rules.decide import Rulebook
from firmware.rules.policy import Policy
from firmware.signed import strict_json
from tests.unit.control.bench import SETTINGS, Bench

HOLDING = replace(SETTINGS, continuous=True)


def book(version: int, **body: object) -> Rulebook:
    """Read a policy; the bench's clock stands at 03:00 UTC on a Monday."""
    policy = strict_json.read_as({"profile": "test", "timezone": "UTC", "classes": {"visitor": {}}} | body, Policy)
    assert isinstance(policy, Policy), policy
    return replace(Rulebook.unlimited(policy), version=version)


def posture(bench: Bench) -> Posture:
    """What the door is there for now."""
    return bench.controller.door.postures.effective[0]


FREE = {"posture": "free_access", "days": ["mon"], "from": "02:00", "until": "04:00"}


def test_a_policy_takes_effect_at_its_minute_while_the_gate_runs() -> None:
    """Nobody tells it anything: decisions, records and the timetable change together."""
    before = book(5, classes={"staff": {}})
    bench = Bench(rules=replace(book(6, effective={"from": "2026-01-05T03:01"}, postures=[FREE]), earlier=(before,)))
    denied = bench.show(bench.issuer.code())
    assert (denied.body["reason"], denied.body["policy_version"]) == ("class_not_admitted", 5)
    bench.wait(59_999)
    assert posture(bench) is Posture.SECURE
    bench.wait(1)
    assert posture(bench) is Posture.FREE_ACCESS
    told = [one.body["policy_version"] for one in bench.journal.records if one.body.get("what") == "lists_changed"]
    assert told == [6]
    allowed = bench.show(bench.issuer.code())
    assert (allowed.body["decision"], allowed.body["policy_version"]) == ("allow", 6)


def test_a_policy_that_comes_early_waits_in_the_gate() -> None:
    """It is told once more when its time has come, and the one before it decides until then."""
    bench = Bench(rules=book(5))
    coming = replace(book(6, effective={"from": "2026-01-05T03:01"}), earlier=(book(5),))
    bench.lists = Lists(bench.issuer.trust(), coming, ())
    bench.controller.turn(ListsChanged())
    assert bench.show(bench.issuer.code()).body["policy_version"] == 5
    bench.wait(60_000)
    assert bench.show(bench.issuer.code(pass_id=b"\x02" * 12)).body["policy_version"] == 6


def test_the_first_person_opens_the_schedule() -> None:
    """A grant is not a passage: the door stays shut until somebody of the class went through."""
    bench = Bench(rules=book(1, postures=[FREE | {"first_in": ["visitor"]}]), settings=HOLDING)
    bench.wait(1_000)
    assert posture(bench) is Posture.SECURE
    bench.commit(bench.show(bench.issuer.code()))
    assert posture(bench) is Posture.SECURE
    bench.wait(20_000)
    assert [result for _, result in bench.ends()] == ["assumed"]
    assert posture(bench) is Posture.FREE_ACCESS


def test_somebody_who_leaves_is_no_first_person() -> None:
    """Whoever stayed overnight opens nothing by going home."""
    bench = Bench(rules=book(1, postures=[FREE | {"first_in": ["visitor"]}]), settings=HOLDING)
    bench.commit(bench.show(bench.issuer.code(), reader="inside"))
    bench.wait(20_000)
    assert [result for _, result in bench.ends()] == ["assumed"]
    assert posture(bench) is Posture.SECURE


def test_a_pass_that_got_nobody_in_is_no_first_person() -> None:
    """While a door stands open for all, a pass that it would refuse goes in too; it opens no schedule afterwards."""
    slots = [FREE | {"until": "03:01"}, FREE | {"first_in": ["visitor"]}]
    bench = Bench(rules=book(1, postures=slots), settings=HOLDING)
    shown = bench.show(bench.issuer.code(areas=["vault"]))
    bench.commit(shown)
    bench.wait(20_000)
    assert (shown.body["remark"], [result for _, result in bench.ends()]) == ("wrong_area", ["assumed"])
    bench.wait(60_000)
    assert posture(bench) is Posture.SECURE
    bench.commit(bench.show(bench.issuer.code(pass_id=b"\x02" * 12)))
    bench.wait(20_000)
    assert posture(bench) is Posture.FREE_ACCESS
