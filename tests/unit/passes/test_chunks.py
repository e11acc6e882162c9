"""A card over several codes: any order makes it whole, and nobody's code completes somebody else's."""

from __future__ import annotations

from itertools import permutations

import pytest

from firmware.events import Reason
from firmware.passes import shc_codes
from firmware.passes.chunks import NOTHING, WITHIN_MS, Held, collect
from firmware.passes.outcome import Pass
from firmware.passes.reading import read, read_first
from tests.cards import CardIssuer, payload

ISSUER = CardIssuer()
TRUST = ISSUER.trust()
TOKEN = ISSUER.token()
CARD = shc_codes.codes_of(TOKEN, 3)
OTHER = shc_codes.codes_of(ISSUER.token(payload(nbf=7)), 3)


def shown(*codes: bytes, every_ms: int = 1000) -> tuple[Held, tuple[bytes, ...]]:
    """Show codes one after the other; return what is held and what the last one brings to be read."""
    held, found = NOTHING, tuple[bytes, ...]()
    for number, code in enumerate(codes):
        held, found = collect(held, [code], number * every_ms)
    return held, found


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_any_order_makes_a_card_whole(order: tuple[int, ...]) -> None:
    """The last code brings the others, in their order, and nothing is held any more."""
    held, found = shown(*(CARD[number] for number in order))
    assert (held, list(found)) == (NOTHING, CARD)
    assert isinstance(read_first(found, TRUST)[1], Pass)


def test_a_code_shown_again_changes_nothing() -> None:
    """Whoever shows the same code twice is still asked for the others, and for no longer."""
    held, found = shown(CARD[0], CARD[0], CARD[1])
    assert list(found) == CARD[:2]
    assert held.until_ms == 2000 + WITHIN_MS
    assert shown(CARD[0], CARD[0])[0].until_ms == WITHIN_MS


def test_what_was_shown_long_ago_is_forgotten() -> None:
    """Within the time the next code belongs to the last; at its end it begins anew."""
    assert list(shown(CARD[0], CARD[1], every_ms=WITHIN_MS - 1)[1]) == CARD[:2]
    assert list(shown(CARD[0], CARD[1], every_ms=WITHIN_MS)[1]) == [CARD[1]]


def test_another_persons_code_begins_anew() -> None:
    """A code that contradicts what is held, by its count or its letters, is the first of another card."""
    assert list(shown(CARD[0], CARD[1], OTHER[0])[1]) == [OTHER[0]]
    four = shc_codes.codes_of(TOKEN, 4)
    assert list(shown(CARD[0], CARD[1], four[2])[1]) == [four[2]]


def test_another_persons_code_never_completes_mine() -> None:
    """Where nothing tells the cards apart the signature does, and then nothing of either is held."""
    held, found = shown(CARD[0], CARD[1], OTHER[2])
    assert held == NOTHING
    refused = read_first(found, TRUST)[1]
    assert not isinstance(refused, Pass)
    assert refused.reason in {Reason.BAD_SIGNATURE, Reason.BAD_ENCODING}


def test_other_codes_pass_by() -> None:
    """A code that stands for itself is read at once, and leaves what is held as it is."""
    held, found = shown(CARD[0])
    assert collect(held, [b"GP1:X"], 500) == (held, (b"GP1:X",))
    assert collect(held, [CARD[1], b"GP1:X"], 500)[1] == (b"GP1:X", *CARD[:2])
    assert list(found) == [CARD[0]]


def test_a_card_in_one_picture_is_whole() -> None:
    """All codes of a card in one frame need nobody to wait."""
    assert collect(NOTHING, CARD[::-1], 0) == (NOTHING, tuple(CARD))


def test_what_is_held_is_not_printed() -> None:
    """A card is somebody's health."""
    assert "shc" not in repr(shown(CARD[0])[0])


def test_a_code_alone_asks_for_the_others() -> None:
    """One of several is no pass, and no fault of whoever shows it."""
    found = read(CARD[1], TRUST)
    assert not isinstance(found, Pass)
    assert found.reason is Reason.INCOMPLETE
