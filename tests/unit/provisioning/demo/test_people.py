"""Who comes to the demonstration: decided by the seed alone, whole, and in an order that makes sense."""

from __future__ import annotations

import pytest

from firmware.events import Reason
from provisioning.demo import people, words


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("many", [1, 3, len(people.PARTS), 40])
def test_a_code_is_shown_again_only_after_its_first_use(seed: int, many: int) -> None:
    """A company of any size is as large as asked, numbered through, and who comes again came before."""
    company = people.cast(people.dice(seed), many, 5)
    assert [one.number for one in company] == list(range(5, 5 + many))
    for one in company:
        assert (one.again is None) == (one.part.after is None)
        if one.again is not None:
            assert one.again < one.number
            assert company[one.again - 5].part.name == one.part.after


def test_the_seed_changes_people_and_order() -> None:
    """The same seed gives the same company, another seed another order."""
    assert people.cast(people.dice(3)) == people.cast(people.dice(3))
    orders = {tuple(one.part.name for one in people.cast(people.dice(seed))) for seed in range(10)}
    assert len(orders) == 10


def test_every_reason_has_words_in_both_languages() -> None:
    """No reason of the vocabulary is without words, and one of a later gate stands for itself."""
    assert words.REASONS.keys() == set(Reason)
    assert words.answer("deny", "in", "expired") == words.REASONS[Reason.EXPIRED]
    assert words.answer("allow", "out", None) == words.GOODBYE
    assert words.explain("of_tomorrow") == ("of_tomorrow", "of_tomorrow")
