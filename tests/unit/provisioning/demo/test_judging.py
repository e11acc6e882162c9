"""The demonstration's judge finds every way in which a gate could be wrong; else its praise would be worth nothing."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from hw.keeper_client import PinChange
from provisioning.broker.watcher import Seen
from provisioning.demo import judging, people
from provisioning.demo.judging import Visit
from provisioning.demo.pins import Span, spans

UNLOCK_MS = 1500
PULSE = (Span(1000, 2500),)
STAFF = next(one for one in people.cast(people.dice(1)) if one.part.name == "staff")
AGAIN = next(one for one in people.cast(people.dice(1)) if one.part.name == "paper-again")
ALLOWED = {
    "decision": "allow",
    "direction": "in",
    "reason": None,
    "remark": None,
    "class": "staff",
    "reader": "outside",
}
DENIED = ALLOWED | {"decision": "deny", "reason": "used", "class": "visitor"}
GOOD = Visit((ALLOWED,), PULSE, (Span(1001, 2501),), 120)
REFUSED = Visit((DENIED,), (), (), 90)


@pytest.mark.parametrize(
    ("person", "visit", "faults"),
    [
        (STAFF, GOOD, None),
        (AGAIN, REFUSED, None),
        (STAFF, replace(GOOD, answers=(), after_ms=None), "no_event"),
        (STAFF, replace(GOOD, answers=(ALLOWED, ALLOWED)), "more_than_one_event"),
        (STAFF, replace(GOOD, answers=(ALLOWED | {"direction": "out"},)), "direction"),
        (STAFF, replace(GOOD, answers=(ALLOWED | {"class": "visitor"},)), "class"),
        (STAFF, replace(GOOD, answers=(ALLOWED | {"remark": "expired"},)), "remark"),
        (STAFF, replace(GOOD, answers=(ALLOWED | {"reader": "inside"},)), "reader"),
        (STAFF, replace(GOOD, relay=()), "relay"),
        (STAFF, replace(GOOD, relay=(*PULSE, Span(3000, 4000))), "relay"),
        (STAFF, replace(GOOD, relay=(Span(1000, None),)), "not_released"),
        (STAFF, replace(GOOD, relay=(Span(1000, 3001),)), "not_released"),
        (STAFF, replace(GOOD, green=()), "green"),
        (AGAIN, replace(REFUSED, answers=(DENIED | {"decision": "allow", "reason": None},)), "decision,reason"),
        (AGAIN, replace(REFUSED, answers=(DENIED | {"reason": "expired"},)), "reason"),
        (AGAIN, replace(REFUSED, relay=PULSE), "relay"),
        (AGAIN, replace(REFUSED, green=PULSE), "green"),
    ],
)
def test_a_visit_is_good_only_if_everything_is(person: people.Person, visit: Visit, faults: str | None) -> None:
    """Each part of an answer that differs from the person's part is a fault of its own name."""
    check = judging.judge(person, visit, UNLOCK_MS)
    assert check.verdict == ("ok" if faults is None else "fail")
    assert dict(check.values).get("faults") == faults


def _event(number: int, **data: object) -> judging.Event:
    return {"id": f"gate-1:0000abcd:{number}", "sequence": f"{number:012}", "data": data}


@pytest.mark.parametrize(
    ("numbers", "failed"),
    [((1, 2, 3), set()), ((1, 3), {"events-gapless"}), ((1, 2, 2), {"events-gapless", "events-once"}),
     ((2, 1), {"events-gapless"}), ((), {"events-gapless"})],
)  # fmt: skip
def test_numbers_are_gapless_and_once(numbers: tuple[int, ...], failed: set[str]) -> None:
    """A missing, a doubled and a late event are seen, and so is silence."""
    checks = judging.judge_numbers([_event(number) for number in numbers])
    assert {one.id for one in checks if one.verdict == "fail"} == failed


@pytest.mark.parametrize(
    ("results", "verdict"),
    [(("assumed",), "ok"), ((), "fail"), (("assumed", "assumed"), "fail"), (("outcome_unknown",), "fail")],
)
def test_every_grant_ends_once(results: tuple[str, ...], verdict: str) -> None:
    """A grant that never ends, ends twice or ends unknown fails."""
    ends = [_event(number, grant="a-1", result=result) for number, result in enumerate(results, 2)]
    assert judging.judge_grants([_event(1, grant="a-1", decision="allow"), *ends]).verdict == verdict


@pytest.mark.parametrize(
    ("relay", "green", "granted", "failed"),
    [
        (PULSE, (Span(1001, 2502),), 1, set()),
        (PULSE, (), 0, {"relay-only-by-grant"}),
        ((Span(1000, None),), (), 1, {"relay-released"}),
        (PULSE, (Span(2000, 2751),), 1, {"green-only-while-released"}),
        (PULSE, (Span(500, 900),), 1, {"green-only-while-released"}),
        (PULSE, (Span(1500, None),), 1, {"green-only-while-released"}),
    ],
)
def test_the_pins_are_judged_over_the_whole_play(
    relay: tuple[Span, ...], green: tuple[Span, ...], granted: int, failed: set[str]
) -> None:
    """A pulse nobody was granted, one that does not end, and a green lamp without a released lock are seen."""
    checks = judging.judge_pins(relay, green, granted, UNLOCK_MS)
    assert {one.id for one in checks if one.verdict == "fail"} == failed


@pytest.mark.parametrize(
    ("payload", "faults"),
    [
        ({"data": {"decision": "deny"}}, None),
        ({"data": {"decision": "deny", "name": "x"}}, "field_name"),
        ({"data": {"decision": "deny", "subject": "x"}}, "field_subject"),
        ({"data": {"reason": "GP1:ABC"}}, "code"),
        ({"data": {"reason": "secret"}}, "code"),
        ({"data": {"reason": "1234567890123456"}}, "identity_number"),
    ],
)
def test_nothing_personal_may_be_on_the_broker(payload: dict[str, object], faults: str | None) -> None:
    """A code, a pass's id, an identity number and a field nobody agreed to are seen in an event."""
    seen = Seen("gapura/1/gate-1/event/access", json.dumps(payload).encode(), retained=False)
    assert dict(judging.judge_privacy([seen], ["secret"]).values).get("faults") == faults


def test_an_alarm_names_what_it_is_about() -> None:
    """On a slow machine a reader is missing now and then, and whoever says so names nobody."""
    told = {"data": {"alarm": "reader_missing", "subject": "outside", "state": "raised"}}
    for kind, verdict in (("alarm", "ok"), ("access", "fail"), ("unheard-of", "fail")):
        seen = Seen(f"gapura/1/gate-1/event/{kind}", json.dumps(told).encode(), retained=False)
        assert judging.judge_privacy([seen], []).verdict == verdict


def test_spans_are_the_times_a_pin_was_on() -> None:
    """Changes of other pins are left out, a level told twice is one time, and what still lasts has no end."""
    told = [(1, 17, True), (2, 22, True), (3, 17, True), (5, 17, False), (6, 17, False), (9, 17, True)]
    changes = [PinChange(ms, pin, level) for ms, pin, level in told]
    assert spans(changes, 17) == (Span(1, 5), Span(9, None))


def test_a_check_that_saw_nothing_is_no_praise() -> None:
    """Where nothing happened the line says skip and why, and where nothing should have happened but did it fails."""
    for one in (judging.judge_grants([]), *judging.judge_pins((), (), 0, UNLOCK_MS), judging.judge_privacy([], [])):
        assert one.line(7).startswith(f"CHECK {one.id} skip n=0 seed=7 ")
        assert one.line(7).endswith(" why=nothing_to_judge")
    assert judging.judge_pins((), (), 1, UNLOCK_MS)[0].verdict == "fail"
