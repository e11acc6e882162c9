"""What can be asked is put together as a gate reads it; what cannot is said before a key is opened."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.signed.command import CommandRefusal, Op, Order
from firmware.signed.orders import MAX_REASON, audience_of, read_order, write_order
from firmware.signed.warrant import Role
from provisioning.commanding import first_actions, wishes
from provisioning.mistake import OperatorError
from tests.unit.signed.asking import ALL, HERE, NONCE, NOW, OFFICE

if TYPE_CHECKING:
    from firmware.signed.orders import Wish

SOUND: list[tuple[str, str]] = [
    ("gate-1", "unlock"),
    ("gate-1", "unlock direction=out"),
    ("gate-1", "hold for_s=3600"),
    ("gate-1", "posture posture=free_access"),
    ("gate-1", "posture posture=disabled for_s=60"),
    ("_group/east", "posture posture=resume"),
    ("_group/east", "lockdown"),
    ("_group/east", "lockdown for_s=600"),
    ("_group/east", "evacuate"),
    ("gate-1", "evacuate for_s=86400"),
    ("gate-1", "admit request=4f4f"),
    ("gate-1", "refuse request=4f4f"),
    ("gate-1", "replay epoch=00112233 first=1 last=1"),
    ("_group/east", "replay epoch=00112233 first=1 last=20"),
    ("gate-1", "identify"),
    ("_group/east", "identify for_s=60"),
    ("gate-1", "restart"),
    ("_group/east", "health"),
]

MISTAKES: list[tuple[str, str, str]] = [
    ("gate-1", "unlock direction=both", "direction"),
    ("gate-1", "unlock both", "'both'"),
    ("gate-1", "unlock direction=in direction=out", "'direction=out'"),
    ("gate-1", "unlock for_s=5", "'for_s=5'"),
    ("gate-1", "hold", "for_s"),
    ("gate-1", "hold for_s=", "for_s"),
    ("gate-1", "hold for_s=0", "for_s"),
    ("gate-1", "hold for_s=3601", "for_s"),
    ("gate-1", "hold for_s=5.0", "for_s"),
    ("gate-1", "hold for_s=-5", "for_s"),
    ("gate-1", "hold for_s=²", "for_s"),
    ("gate-1", "hold for_s=" + "9" * 5000, "for_s"),
    ("gate-1", "admit request=\udcff", "request"),
    ("gate-1", "posture posture=resume for_s=5", "resume"),
    ("gate-1", "replay epoch=00112233 first=2 last=1", "first"),
    ("gate-1", "replay epoch=../../.. first=1 last=2", "epoch"),
    ("gate-1", "admit request=a/b", "request"),
    ("gate-1", "restart now=1", "nothing more"),
    ("_group/east", "unlock", "never asked of a group"),
    ("_group/east", "hold for_s=5", "never asked of a group"),
    ("_group/east", "admit request=4f", "never asked of a group"),
    ("_group/east", "restart", "never asked of a group"),
    ("_group/east", "posture posture=free_access", "never asked of a group"),
    ("_group/", "lockdown", "no gate and no _group"),
    ("Gate-1", "health", "no gate and no _group"),
    ("+", "health", "no gate and no _group"),
]


def wish(target: str, said: str, reason: str = "a test", second: str | None = None) -> Wish:
    """Put an order together from one line."""
    op, *words = said.split()
    return wishes.wish(target, Op(op), tuple(words), reason, second)


def taken(asked: Wish) -> object:
    """Sign it, and read it at a gate of the group."""
    warranted = OFFICE.warrant(Role.COMMANDS, holder="ayu", ops=ALL)
    lifetime_s = wishes.lifetime_s(asked.op, None)
    issued, expires = NOW.earliest - wishes.BACKDATED_S, NOW.earliest + lifetime_s
    data = write_order(
        asked, issued=issued, expires=expires, signer=OFFICE.keys[Role.COMMANDS], signer_warrant=warranted
    )
    return read_order(data, asked.op.value, asked.group, HERE)


@pytest.mark.parametrize(("target", "said"), SOUND, ids=[" ".join(case) for case in SOUND])
def test_what_the_desk_puts_together_counts_at_the_gate(target: str, said: str) -> None:
    """Whatever can be said on the command line is an order at the gate, for whom it says."""
    asked = wish(target, said)
    if asked.gate is not None:
        asked = replace(asked, nonce=NONCE)
    found = taken(asked)
    assert isinstance(found, Order)
    assert (found.op, found.args, found.id) == (asked.op, asked.args, asked.id)
    assert audience_of(asked) == target


def test_ids_are_never_the_same() -> None:
    """Each order has an id of its own, 32 hex digits."""
    ids = {wish("gate-1", "health").id for _ in range(100)}
    assert len(ids) == 100
    assert all(len(one) == 32 and int(one, 16) >= 0 for one in ids)


@pytest.mark.parametrize(("target", "said", "why"), MISTAKES, ids=[repr(" ".join(case[:2])[:60]) for case in MISTAKES])
def test_what_cannot_be_asked_is_said(target: str, said: str, why: str) -> None:
    """Each mistake is a line that names what is wrong."""
    with pytest.raises(OperatorError) as found:
        wish(target, said)
    assert why in str(found.value)


@pytest.mark.parametrize(
    "reason", ["", "  ", "two\nlines", "x" * (MAX_REASON + 1), "turned \u202e round", "\x1b[2J", "\udcff"]
)
def test_a_reason_is_one_line_that_can_be_read(reason: str) -> None:
    """Nothing is asked without a reason, nor with one that a terminal would stumble over."""
    with pytest.raises(OperatorError, match="--reason"):
        wish("gate-1", "health", reason)


def test_a_second_signature_is_for_the_evacuation_of_a_group() -> None:
    """Only there it means something, and it names an order."""
    assert wish("_group/east", "evacuate", second="0b" * 16).second == "0b" * 16
    for target, said in (("gate-1", "evacuate"), ("_group/east", "lockdown")):
        with pytest.raises(OperatorError, match="--second"):
            wish(target, said, second="0b" * 16)
    with pytest.raises(OperatorError, match="--second"):
        wish("_group/east", "evacuate", second="0B")
    with pytest.raises(OperatorError, match="--second"):
        wish("_group/east", "evacuate", second="\udcff")


def test_an_order_is_good_for_no_longer_than_gates_take() -> None:
    """The longest life that can be asked for is taken by a gate, backdating included; a second more is refused."""
    assert wishes.lifetime_s(Op.UNLOCK, 55) == 55
    assert wishes.lifetime_s(Op.EVACUATE, None) == wishes.lifetime_s(Op.EVACUATE, 295) == 295
    for op, wanted_s in ((Op.UNLOCK, 56), (Op.UNLOCK, 0), (Op.EVACUATE, 296)):
        with pytest.raises(OperatorError, match="--expires"):
            wishes.lifetime_s(op, wanted_s)


def attempted(target: str, op: Op, words: list[str], reason: str) -> bool:
    """Say whether this made an order for that op, or a mistake with words."""
    try:
        return wishes.wish(target, op, tuple(words), reason).op is op
    except OperatorError as error:
        return all(error.lines)


@given(st.text(max_size=30), st.sampled_from(Op), st.lists(st.text(max_size=20), max_size=3), st.text(max_size=30))
def test_nothing_typed_raises_anything_else(target: str, op: Op, words: list[str], reason: str) -> None:
    """Any arguments at all make an order or a mistake that is said."""
    assert attempted(target, op, words, reason)


def test_every_refusal_has_a_first_action() -> None:
    """Nobody reads a bare word at three in the morning: every reason says what to do, each its own."""
    assert set(first_actions.FIRST_ACTIONS) == set(CommandRefusal)
    said = [first_actions.first_action(refusal.value) for refusal in CommandRefusal]
    assert len(set(said)) == len(said)
    assert all(":" in line for line in said)
    assert first_actions.first_action("of_a_later_gate") != first_actions.first_action(None)
