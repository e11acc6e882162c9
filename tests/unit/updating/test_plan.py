"""What the updater does next: a table over what is remembered and what is there."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.updating.faults import Fault
from firmware.updating.order import Order
from firmware.updating.plan import Act, Found, Outcome, State, next_act

A, B, C = "0.1.0", "0.2.0", "0.3.0"
ONE, OTHER = "1" * 64, "2" * 64
ORDER = Order(release=B, repository="https://updates.example/r")
REST = State(confirmed=A, floor=A)
TRYING = State(confirmed=A, floor=A, phase="trying", release=B, document=ONE)
HERE = Found(link=A, order=ORDER, digest=ONE)
READY = replace(HERE, unpacked=True, checked=True)


def ended(reason: Fault | None, document: str = ONE) -> State:
    """A state in which an order has come to an end."""
    return State(confirmed=A, floor=A, last=Outcome(document=document, release=B, reason=reason))


TABLE: dict[str, tuple[State, Found, Act, Fault | None]] = {
    "nothing is asked": (REST, Found(link=A), Act.REST, None),
    "what runs is asked": (REST, replace(HERE, order=Order(release=A, repository="file:///r")), Act.REST, None),
    "a package was installed": (REST, replace(HERE, link=C), Act.ADOPT, None),
    "an order": (REST, HERE, Act.FETCH, None),
    "fetched": (REST, replace(HERE, fetched=True), Act.UNPACK, None),
    "unpacked": (REST, replace(HERE, unpacked=True), Act.CHECK, None),
    "ready": (REST, READY, Act.REST, None),
    "let in": (REST, replace(READY, go=True), Act.SWITCH, None),
    "let in and not ready": (REST, replace(HERE, go=True), Act.FETCH, None),
    "below the floor": (State(confirmed=A, floor=C), HERE, Act.REFUSE, Fault.DOWNGRADED),
    "refused for good": (ended(Fault.BAD_ARTEFACT), HERE, Act.REST, None),
    "taken back for good": (ended(Fault.NOT_HEALTHY), READY, Act.REST, None),
    "interrupted": (ended(Fault.INTERRUPTED), HERE, Act.FETCH, None),
    "another order for the same": (ended(Fault.NOT_HEALTHY, OTHER), HERE, Act.FETCH, None),
    "on trial": (TRYING, replace(READY, link=B), Act.AWAIT, None),
    "healthy": (TRYING, replace(READY, link=B, healthy=True), Act.CONFIRM, None),
    "healthy at the last moment": (TRYING, replace(READY, link=B, healthy=True, overdue=True), Act.CONFIRM, None),
    "overdue": (TRYING, replace(READY, link=B, overdue=True), Act.GO_BACK, Fault.NOT_HEALTHY),
    "not linked yet": (TRYING, READY, Act.GO_BACK, Fault.INTERRUPTED),
    "no link at all": (TRYING, replace(READY, link=None), Act.GO_BACK, Fault.INTERRUPTED),
    "a package in the middle of it": (TRYING, replace(READY, link=C), Act.ADOPT, None),
    "on its way back": (
        *(TRYING.model_copy(update={"phase": "returning", "reason": Fault.DID_NOT_START}), replace(READY, link=A)),
        *(Act.RETURN, Fault.DID_NOT_START),
    ),
}


@pytest.mark.parametrize("name", TABLE)
def test_the_next_step(name: str) -> None:
    """Each row says what is done and why."""
    state, found, act, fault = TABLE[name]
    assert next_act(state, found) == (act, fault)


@given(
    st.sampled_from([REST, TRYING, ended(Fault.NOT_HEALTHY), TRYING.model_copy(update={"phase": "returning"})]),
    st.builds(
        Found,
        link=st.sampled_from([A, B, C, None]),
        order=st.sampled_from([ORDER, None]),
        digest=st.just(ONE),
        go=st.booleans(),
        fetched=st.booleans(),
        unpacked=st.booleans(),
        checked=st.booleans(),
        healthy=st.booleans(),
        overdue=st.booleans(),
    ),
)
def test_nothing_is_switched_to_or_kept_without_its_conditions(state: State, found: Found) -> None:
    """A switch needs a whole release, its own word and the gate's; a confirmation a healthy gate of that release."""
    act, fault = next_act(state, found)
    if act is Act.SWITCH:
        assert found.unpacked
        assert found.checked
        assert found.go
    if act is Act.CONFIRM:
        assert found.healthy
        assert found.link == state.release
    assert (fault is not None) is (act in {Act.REFUSE, Act.GO_BACK, Act.RETURN})
