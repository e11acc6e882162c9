"""Evacuations: one gate at one word and before any paper, a group at the word of two people."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from firmware.events import Posture
from firmware.signed.command import Op
from tests.issuing import NOON
from tests.unit.control.bench import SETTINGS
from tests.unit.control.ordering import AYU, BUDI, GROUP, Operator, Ordered

if TYPE_CHECKING:
    from firmware.door.settings import Settings

HELD = replace(SETTINGS, continuous=True)
ACCEPTED, SUCCESSFUL = ("accepted", None), ("successful", None)


def test_one_gate_is_evacuated_before_anything_is_written() -> None:
    """With a dead disk too; nobody is trapped by paper."""
    bench = Ordered(HELD)
    name = bench.order(Op.EVACUATE)
    assert bench.posture is Posture.EVACUATION
    assert bench.relay.energised()
    assert bench.states(name) == [ACCEPTED, SUCCESSFUL]


@pytest.mark.parametrize("settings", [SETTINGS, HELD], ids=["a strike", "a maglock"])
def test_no_restart_ends_an_evacuation(settings: Settings) -> None:
    """What frees a door is forgotten by a restart, so whoever wants one says first that the evacuation is over."""
    bench = Ordered(settings)
    bench.order(Op.EVACUATE)
    bench.wait(10_000)
    for op in (Op.RESTART, Op.RETIRE):
        assert bench.states(bench.order(op)) == [("failed", "busy")]
    bench.order(Op.POSTURE, posture="resume")
    bench.commit_all()
    restart = bench.order(Op.RESTART)
    bench.commit_all()
    assert bench.states(restart) == [ACCEPTED, SUCCESSFUL]


def test_a_group_is_evacuated_by_two() -> None:
    """The first signature waits, the second one acts, and both are answered."""
    bench = Ordered(HELD)
    first = bench.order(Op.EVACUATE, group=GROUP)
    assert (bench.posture, bench.states(first)) == (Posture.SECURE, [("accepted", "second_signer")])
    bench.bring(BUDI.order(Op.EVACUATE, group=GROUP, second=first, name="bb" * 16), "evacuate", group=GROUP)
    assert bench.posture is Posture.EVACUATION
    assert bench.states(first)[-1] == SUCCESSFUL
    assert bench.states("bb" * 16) == [ACCEPTED, SUCCESSFUL]


@pytest.mark.parametrize(
    ("by", "args", "seconds"),
    [
        pytest.param(AYU, {}, True, id="the same person"),
        pytest.param(Operator("ayu"), {}, True, id="the same person with another key"),
        pytest.param(Operator("cici", AYU.office), {}, True, id="the same key under another name"),
        pytest.param(BUDI, {"for_s": 600}, True, id="another evacuation"),
        pytest.param(BUDI, {}, False, id="an order that nobody gave"),
    ],
)
def test_a_second_signature_that_is_none_evacuates_nothing(
    by: Operator, args: dict[str, int], *, seconds: bool
) -> None:
    """It takes somebody else, with a key of their own, and the same evacuation."""
    bench = Ordered(HELD)
    first = bench.order(Op.EVACUATE, group=GROUP)
    named = first if seconds else "dd" * 16
    bench.bring(by.order(Op.EVACUATE, args, group=GROUP, second=named, name="bb" * 16), "evacuate", group=GROUP)
    assert bench.states("bb" * 16) == [("failed", "second_signer")]
    assert bench.posture is Posture.SECURE


def test_a_first_signature_ends_with_its_time() -> None:
    """Nobody seconded it within its life: it fails, and seconding it later is too late."""
    bench = Ordered(HELD)
    first = bench.order(Op.EVACUATE, group=GROUP)
    bench.wait(60_000)
    assert bench.states(first)[-1] == ("failed", "second_signer")
    late = BUDI.order(Op.EVACUATE, group=GROUP, second=first, at=NOON + 60, name="bb" * 16)
    bench.bring(late, "evacuate", group=GROUP)
    assert bench.states("bb" * 16) == [("failed", "second_signer")]


def test_first_signatures_are_bounded() -> None:
    """The ninth that waits is told so."""
    bench = Ordered()
    several = [Operator(f"duty-{number}") for number in range(9)]
    names = [bench.order(Op.EVACUATE, by=one, group=GROUP) for one in several]
    assert bench.states(names[-2]) == [("accepted", "second_signer")]
    assert bench.states(names[-1]) == [("failed", "busy")]


@pytest.mark.parametrize("thief", [AYU, Operator("ayu")], ids=["one key", "another key of theirs"])
def test_whoever_signs_and_signs_keeps_nobody_else_from_signing(thief: Operator) -> None:
    """With one stolen key all places could be taken for as long as it is used, and no evacuation would come about."""
    bench = Ordered(HELD)
    names = [bench.order(Op.EVACUATE, by=AYU, group=GROUP), bench.order(Op.EVACUATE, by=thief, group=GROUP)]
    names += [bench.order(Op.EVACUATE, by=thief, group=GROUP) for _ in range(8)]
    assert bench.states(names[1])[-1] == ("accepted", "second_signer")
    assert bench.states(names[-1]) == [("failed", "busy")]
    first = bench.order(Op.EVACUATE, by=BUDI, group=GROUP)
    bench.bring(AYU.order(Op.EVACUATE, group=GROUP, second=first, name="bb" * 16), "evacuate", group=GROUP)
    assert bench.posture is Posture.EVACUATION


def test_a_first_signature_whose_time_ended_this_moment_is_none() -> None:
    """Before the gate has noticed the end by itself."""
    bench = Ordered(HELD)
    first = bench.order(Op.EVACUATE, group=GROUP)
    bench.clock.ms += 60_000
    late = BUDI.order(Op.EVACUATE, group=GROUP, second=first, at=NOON + 60, name="bb" * 16)
    bench.bring(late, "evacuate", group=GROUP)
    assert bench.states("bb" * 16) == [("failed", "second_signer")]
    assert bench.posture is Posture.SECURE
