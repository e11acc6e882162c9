"""The fuzz targets do what a search relies on; searching itself is `make fuzz`."""

from __future__ import annotations

import random

import pytest

from firmware.passes.outcome import Pass
from firmware.passes.reading import read
from tests.hostile.formats import FORMATS
from tests.hostile.fuzz.search import judged
from tests.hostile.fuzz.targets import TARGETS
from tests.hostile.mutating import mutated

MUTATIONS = 40


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_bears_its_seeds(name: str) -> None:
    """Neither what a search begins from nor a few changes of it break a parser."""
    chance = random.Random(3)  # noqa: S311  hostile bytes of a test, no secrets
    seeds = TARGETS[name].seeds()
    assert seeds
    for seed in seeds:
        TARGETS[name].run(seed)
    for _ in range(MUTATIONS):
        TARGETS[name].run(bytes(mutated(bytearray(chance.choice(seeds)), chance)))


@pytest.mark.parametrize("name", FORMATS)
def test_a_search_begins_behind_the_signature(name: str) -> None:
    """The genuine codes of each format are passes, so that a search starts from all that reading them runs."""
    attacker = FORMATS[name].attacker(random.Random(2))  # noqa: S311  keys of a test
    trust = attacker.trust()
    assert attacker.genuine
    assert all(isinstance(read(code, trust), Pass) for code in attacker.genuine)


def test_the_last_words_of_a_search_are_read() -> None:
    """Runs, coverage and corpus come from the last line of state; an end with anything but 0 is a fault."""
    said = "#2\tINITED cov: 5 ft: 6 corp: 1/1b exec/s: 0\n#19790\tDONE   cov: 223 ft: 600 corp: 102/9Kb lim: 7090\n"
    found = judged(0, said)
    assert (found.runs, found.covered, found.corpus, found.faults) == (19790, 223, 102, [])
    assert judged(77, said).faults
    assert judged(0, "INFO: no interesting inputs were found\n").faults
