"""`make race`: five gates race for the last places of an area, in as many stories as one likes, with lost links.

A line tells the bound, the worst overshoot and in which seed it was; exit 1 if anybody was beyond it or kept in.
"""

from __future__ import annotations

import argparse
import secrets
import sys
from random import Random

from tests.torture.checks import Checks
from tests.unit.rules.five_gates import GATES, STORM, Story

BOUND = 0
"""People beyond the limit: none, whatever becomes of the leaves."""

STEPS = 300


def main() -> int:
    """Tell N stories, each of its own seed drawn from SEED, and look at every step of each."""
    parser = argparse.ArgumentParser(prog="python -m tests.unit.rules.race", description=__doc__)
    parser.add_argument("--n", type=int, default=100, help="how many stories (default 100)")
    parser.add_argument("--seed", type=int, default=None, help="random and printed unless given")
    options = parser.parse_args()
    seed = secrets.randbits(32) if options.seed is None else options.seed
    chance, checks = Random(seed), Checks("race", seed)  # noqa: S311  stories that can be told again
    stories = [told(chance.randrange(2**32), chance.randrange(26)) for _ in range(options.n)]
    worst = max(stories, key=lambda story: story.worst)
    kept = [f"seed {story.seed}: {story.kept_in} kept inside" for story in stories if story.kept_in]
    over = [f"seed {story.seed}, limit {story.limit}: {story.worst}" for story in stories if story.worst > BOUND]
    checks.check("overshoot", len(stories), over, bound=BOUND, worst=worst.worst, worst_seed=worst.seed)
    checks.check("exits", len(stories), kept, kept_inside=sum(story.kept_in for story in stories))
    apart = []
    for story in stories:
        story.mend()
        if len({story.counted(gate) for gate in GATES}) != 1:
            apart.append(f"seed {story.seed}: the gates count differently after the links are back")
    refused = sum(story.refused for story in stories)
    turned = sum(story.turned_away for story in stories)
    checks.check("agreement", len(stories), apart, leaves_refused=refused, turned_away=turned)
    return checks.summary()


def told(seed: int, limit: int) -> Story:
    """Tell one story in bad weather."""
    story = Story(seed, limit)
    story.tell_of(STEPS, STORM, cuts=True)
    return story


if __name__ == "__main__":
    sys.exit(main())
