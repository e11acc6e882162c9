"""Every class of attack in one table: none is read as a pass, and each is refused for what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from firmware.passes.outcome import Pass
from firmware.passes.reading import read_first
from tests.hostile import card_attacks, certificate_attacks, seal_attacks, wallet_attacks

if TYPE_CHECKING:
    from tests.hostile.attack import Attack

ATTACKS = [
    *certificate_attacks.attacks(),
    *card_attacks.attacks(),
    *seal_attacks.attacks(),
    *wallet_attacks.attacks(),
]


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_is_refused_for_what_it_is(attack: Attack) -> None:
    """What is shown is no pass, and the reason names the fault."""
    _, found = read_first(attack.codes, attack.trust)
    assert not isinstance(found, Pass)
    assert found.reason is attack.reason


def test_no_class_is_there_twice() -> None:
    """Each has a name of its own, so that the count counts."""
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS) >= 100
