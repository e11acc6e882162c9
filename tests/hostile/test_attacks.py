"""Every class of attack in one table: none is read as a pass, and each is refused for what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from firmware.passes import reading
from tests.hostile.formats import FORMATS
from tests.hostile.report import wrong

if TYPE_CHECKING:
    from tests.hostile.attack import Attack

ATTACKS = [attack for form in FORMATS.values() for attack in form.attacks()]


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_is_refused_for_what_it_is(attack: Attack) -> None:
    """What is shown is no pass, and the reason names the fault."""
    assert wrong(attack) is None


def test_every_format_that_a_gate_reads_is_attacked() -> None:
    """A format that is read and not in the registry would be one that nobody tries to break."""
    assert {name for _, name, _ in reading._FORMATS} == set(FORMATS)


def test_no_class_is_there_twice() -> None:
    """Each has a name of its own, so that the count counts."""
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS) >= 100
