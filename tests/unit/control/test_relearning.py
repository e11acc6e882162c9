"""The lists change while the gate runs: the next decision goes by the new ones, and nobody on the way is cut off."""

from __future__ import annotations

from firmware.control.documents import Lists
from firmware.events import ListsChanged, Posture
from firmware.rules.decide import Rulebook
from firmware.rules.policy import Policy, visitor_management
from firmware.signed import strict_json
from firmware.trust.keys import TrustSet
from tests.unit.control.bench import Bench

FREE: dict[str, object] = {
    "profile": "visitor-management",
    "timezone": "UTC",
    "classes": {"visitor": {}},
    "postures": [{"days": ["mon"], "from": "02:00", "until": "04:00", "posture": "free_access"}],
}


def rules(**body: object) -> Rulebook:
    """Make a rulebook of a policy's body."""
    policy = strict_json.read_as(body, Policy)
    assert isinstance(policy, Policy), policy
    return Rulebook.unlimited(policy)


def learn(bench: Bench, trust: TrustSet, rulebook: Rulebook) -> None:
    """Put other lists in force."""
    bench.lists = Lists(trust, rulebook, ())
    bench.controller.turn(ListsChanged())


def test_the_next_pass_is_judged_by_the_new_lists() -> None:
    """A key that is taken away lets nobody in any more, and one that comes back does."""
    bench = Bench()
    assert bench.show(bench.issuer.code()).body["decision"] == "allow"
    learn(bench, TrustSet(version=8), Rulebook.unlimited(visitor_management()))
    noted = bench.journal.records[-1]
    assert (noted.kind, noted.body["what"], noted.body["trust_version"]) == ("gate", "lists_changed", 8)
    denied = bench.show(bench.issuer.code(pass_id=b"\x02" * 12))
    assert (denied.body["decision"], denied.body["trust_version"]) == ("deny", 8)
    learn(bench, bench.issuer.trust(), Rulebook.unlimited(visitor_management()))
    assert bench.show(bench.issuer.code(pass_id=b"\x03" * 12)).body["decision"] == "allow"


def posture(bench: Bench) -> Posture:
    """What the door is there for now."""
    return bench.controller.door.postures.effective[0]


def test_whoever_is_on_the_way_keeps_their_grant() -> None:
    """An open grant ends as it would have, and its number is not given again."""
    bench = Bench()
    granted = bench.show(bench.issuer.code())
    bench.commit(granted)
    assert bench.controller.energised
    learn(bench, TrustSet(version=8), Rulebook())
    assert bench.controller.energised
    bench.wait(20_000)
    assert [grant for grant, _ in bench.ends()] == [granted.grant]


def test_a_timetable_comes_and_goes_with_its_policy() -> None:
    """A policy that wants the door free now frees it at once; the next one without a timetable takes that back."""
    bench = Bench()
    learn(bench, bench.issuer.trust(), rules(**FREE))
    assert posture(bench) is Posture.FREE_ACCESS
    learn(bench, bench.issuer.trust(), Rulebook.unlimited(visitor_management()))
    bench.wait(10_000)
    assert posture(bench) is Posture.SECURE
    assert bench.controller.phase == "locked"
