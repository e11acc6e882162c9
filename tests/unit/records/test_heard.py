"""Which topics a gate listens to, and what their levels mean, judged from text alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.records.heard import Heard, area_topics, blob_topic, filters, read

DIGEST = "0f" * 32

KNOWN = [
    ("gapura/1/gate-1/cmd/unlock", Heard("cmd", "unlock", None, None, b"x", "n", retained=False)),
    ("gapura/1/_group/lobby/cmd/evacuate", Heard("cmd", "evacuate", "lobby", None, b"x", "n", retained=False)),
    ("gapura/1/gate-1/doc/policy/desired", Heard("doc", "policy", None, None, b"x", "n", retained=False)),
    ("gapura/1/_group/lobby/doc/trust/desired", Heard("doc", "trust", "lobby", None, b"x", "n", retained=False)),
    (blob_topic(DIGEST, 12), Heard("blob", DIGEST, None, 12, b"x", "n", retained=False)),
    ("gapura/1/_area/lobby/gate-2", Heard("area", "lobby", None, None, b"x", "n", retained=False, sender="gate-2")),
]
FOREIGN = [
    "",
    "gapura/1/",
    "gapura/1/gate-1",
    "gapura/1/gate-2/cmd/unlock",
    "gapura/2/gate-1/cmd/unlock",
    "x/gapura/1/gate-1/cmd/unlock",
    "gapura/1/gate-1/cmd",
    "gapura/1/gate-1/cmd/",
    "gapura/1/gate-1/cmd/Unlock",
    "gapura/1/gate-1/cmd/un/lock",
    "gapura/1/gate-1/cmd/+",
    "gapura/1/gate-1/doc/policy/reported",
    "gapura/1/gate-1/event/access",
    "gapura/1/_group/cmd/unlock",
    "gapura/1/_group/_group/cmd/unlock/",
    "gapura/1/gate-1/cmd/" + "x" * 65,
    f"gapura/1/_blob/{DIGEST}",
    f"gapura/1/_blob/{DIGEST}/-1",
    f"gapura/1/_blob/{DIGEST}/123456",
    f"gapura/1/_blob/{DIGEST}/\u0661",
    f"gapura/1/_blob/{DIGEST[1:]}/1",
    f"gapura/1/_blob/{'z' * 64}/1",
    "gapura/1/_area/lobby",
]


@pytest.mark.parametrize(("topic", "heard"), KNOWN)
def test_a_topic_of_ours_is_taken_apart(topic: str, heard: Heard) -> None:
    """Payload, nonce and flag are carried unread."""
    assert read(topic, b"x", retained=False, nonce="n", gate="gate-1") == heard


@pytest.mark.parametrize("topic", FOREIGN)
def test_what_is_not_for_this_gate_is_nothing(topic: str) -> None:
    """Near as it may look."""
    assert read(topic, b"x", retained=False, nonce="n", gate="gate-1") is None


@given(st.text(alphabet="gapur/1_blocmdxesit-+#\0é", max_size=80))
def test_no_topic_raises(tail: str) -> None:
    """Whatever a broker sends is for somebody here, or it is nothing."""
    found = read(f"gapura/1/{tail}", b"", retained=True, nonce="", gate="gate-1")
    assert found is None or found.channel in {"cmd", "doc", "blob", "area"}


def test_a_gate_listens_to_its_own_branch_and_to_each_of_its_groups() -> None:
    """And to nobody else's."""
    assert filters("gate-1", frozenset({"b", "a"})) == (
        "gapura/1/gate-1/doc/+/desired",
        "gapura/1/gate-1/cmd/+",
        "gapura/1/_group/a/doc/+/desired",
        "gapura/1/_group/a/cmd/+",
        "gapura/1/_group/b/doc/+/desired",
        "gapura/1/_group/b/cmd/+",
    )
    assert area_topics("lobby") == "gapura/1/_area/lobby/+"
