"""Answers are read by their bound and their types, and end the waiting with everybody's last word."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.commanding.answers import MAX_BYTES, Answer, Replies, State, read_answer
from provisioning.commanding.sending import Seen, note
from provisioning.connection import Message

ID = "0a" * 16
TOPIC = "gapura/1/gate-1/res/unlock"


def said(**changes: object) -> bytes:
    """Write an answer."""
    return json.dumps({"id": ID, "op": "unlock", "state": "accepted"} | changes).encode()


def answer(state: State, reason: str | None = None, gate: str = "gate-1", of: str = ID) -> Answer:
    """Make an answer."""
    return Answer(gate, of, state, reason, None, {})


def test_an_answer_says_who_what_and_why() -> None:
    """Time and result come through; what is long or of another type in a result does not."""
    result = {"sent": 12, "epoch": "00112233", "list": [1], "long": "x" * 500}
    found = read_answer(
        TOPIC, said(state="failed", reason="posture", at="2026-01-05T03:00:00Z", result=result), "unlock"
    )
    assert found is not None
    assert (found.gate, found.id, found.state, found.reason) == ("gate-1", ID, State.FAILED, "posture")
    assert (found.at, found.result["sent"], found.result["epoch"]) == ("2026-01-05T03:00:00Z", 12, "00112233")
    assert "list" not in found.result
    assert len(str(found.result["long"])) <= 64


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        (TOPIC, b""),
        (TOPIC, b"[]"),
        (TOPIC, said()[:-1]),
        (TOPIC, said(state="done")),
        (TOPIC, said(state=["failed"])),
        (TOPIC, said(id=7)),
        (TOPIC, said(id=None)),
        (TOPIC, said(pad="x" * MAX_BYTES)),
        ("gapura/1/gate-1/res/health", said()),
        ("gapura/1/Gate/res/unlock", said()),
        ("gapura/1/gate-1", said()),
    ],
)
def test_what_is_no_answer_is_none(topic: str, payload: bytes) -> None:
    """Other topics, other types and endless payloads tell nothing."""
    assert read_answer(topic, payload, "unlock") is None


def test_words_of_a_gate_cannot_move_the_cursor() -> None:
    """A reason that somebody put control characters into is shown without them."""
    found = read_answer(TOPIC, said(reason="\x1b[2J\u202e"), "unlock")
    assert found is not None
    assert found.reason is not None
    assert found.reason.isprintable()


@given(st.text(max_size=60), st.binary(max_size=200))
def test_nothing_published_raises(topic: str, payload: bytes) -> None:
    """Whatever anybody publishes is an answer or nothing."""
    found = read_answer(topic, payload, "unlock")
    assert found is None or found.state in set(State)
    seen: dict[str, Seen] = {}
    for leaf in ("info", "availability"):
        note(seen, Message(f"gapura/1/gate-1/{leaf}", payload, retained=True))
    assert set(seen) == {"gate-1"}


def test_the_last_word_ends_it() -> None:
    """Accepted and executing end nothing; the first last word does, and what comes later tells nothing new."""
    replies = Replies(ID, ("gate-1",))
    for state in (State.ACCEPTED, State.EXECUTING):
        assert replies.take(answer(state))
        assert (replies.complete, replies.obeyed, replies.silent) == (False, False, ("gate-1",))
    assert replies.take(answer(State.SUCCESSFUL))
    assert (replies.complete, replies.obeyed, replies.silent) == (True, True, ())
    assert not replies.take(answer(State.FAILED, "repeated"))
    assert replies.obeyed


def test_a_second_delivery_ends_nothing_that_has_begun() -> None:
    """`repeated` after `accepted` is the broker's second delivery; as the first word it is the last one."""
    replies = Replies(ID, ("gate-1",))
    assert replies.take(answer(State.ACCEPTED))
    assert not replies.take(answer(State.FAILED, "repeated"))
    assert replies.take(answer(State.SUCCESSFUL))
    assert replies.obeyed
    replies = Replies(ID, ("gate-1",))
    assert replies.take(answer(State.FAILED, "repeated"))
    assert (replies.complete, replies.obeyed) == (True, False)


def test_answers_to_others_are_not_ours() -> None:
    """Another order's answer tells nothing."""
    replies = Replies(ID, ("gate-1",))
    assert not replies.take(answer(State.SUCCESSFUL, of="0b" * 16))
    assert (replies.complete, replies.anybody) == (False, False)


def test_a_group_has_obeyed_when_every_gate_of_it_has() -> None:
    """Who is expected is waited for, who is not may answer, and one failure or silence is no success."""
    replies = Replies(ID, ("gate-1", "gate-2"))
    replies.take(answer(State.SUCCESSFUL))
    replies.take(answer(State.SUCCESSFUL, gate="gate-9"))
    assert (replies.complete, replies.obeyed, replies.silent) == (False, False, ("gate-2",))
    replies.take(answer(State.ACCEPTED, gate="gate-8"))
    assert replies.silent == ("gate-2", "gate-8")
    replies.take(answer(State.FAILED, "busy", gate="gate-2"))
    assert replies.complete
    assert not replies.obeyed


def test_a_group_of_nobody_is_never_complete() -> None:
    """Where no gate is known, whoever answers is heard until the time is up."""
    replies = Replies(ID, ())
    assert (replies.complete, replies.obeyed, replies.anybody) == (False, False, False)
    replies.take(answer(State.SUCCESSFUL))
    assert (replies.complete, replies.obeyed) == (False, True)


@pytest.mark.parametrize("told", [{"labels": {"area": []}}, {"labels": [], "groups": {}}, {"groups": [[], {}, None]}])
def test_an_odd_birth_puts_a_gate_into_no_group(told: dict[str, object]) -> None:
    """Other types than those of the contract name no group and stop nothing."""
    seen: dict[str, Seen] = {}
    note(seen, Message("gapura/1/gate-1/info", json.dumps(told).encode(), retained=True))
    assert seen == {"gate-1": Seen()}


def test_a_gate_is_in_the_group_of_its_area_and_those_it_names() -> None:
    """`info` says the nonce and the groups; an odd nonce is none, and `availability` says who is away."""
    seen: dict[str, Seen] = {}
    told = {"nonce": "5e" * 16, "labels": {"area": "lobby"}, "groups": ["east"]}
    note(seen, Message("gapura/1/gate-1/info", json.dumps(told).encode(), retained=True))
    note(seen, Message("gapura/1/gate-1/availability", b"online", retained=True))
    note(
        seen,
        Message(
            "gapura/1/gate-2/info",
            json.dumps(told | {"nonce": "x" * 999, "groups": ["east", 7]}).encode(),
            retained=True,
        ),
    )
    note(seen, Message("gapura/1/gate-2/availability", b"offline", retained=True))
    assert seen == {
        "gate-1": Seen("5e" * 16, offline=False, groups=frozenset({"lobby", "east"})),
        "gate-2": Seen(None, offline=True, groups=frozenset({"lobby", "east"})),
    }
