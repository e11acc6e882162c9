"""`make fuzz`: search every parser for bytes that break it, guided by what of it runs.

As many are searched at once as there are processors. CHECK and SUMMARY lines go to stdout, what was found to stderr.
Exit 1 if a parser broke, 2 without libFuzzer.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import secrets
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from provisioning.cli import end_as_by_hand
from tests.hostile.fuzz.search import search
from tests.hostile.fuzz.targets import TARGETS
from tests.torture.checks import Checks


def main() -> int:
    """Search target by target."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="for each target (default %(default)s)")
    parser.add_argument("--target", choices=[*TARGETS], default=None, help="one only (default: each)")
    parser.add_argument("--seed", type=int, default=None, help="random and printed unless given")
    parser.add_argument("--out", type=Path, default=Path("out/fuzz"), help="keeps corpus and findings (%(default)s)")
    options = parser.parse_args()
    end_as_by_hand()
    if importlib.util.find_spec("atheris") is None:
        sys.stderr.write("fuzz: there is no atheris here: it has wheels for x86-64 only\n")
        return 2
    seed = 1 + secrets.randbelow(2**31) if options.seed is None else options.seed
    checks = Checks("fuzz", seed)
    names = [*TARGETS] if options.target is None else [options.target]
    with ThreadPoolExecutor(os.cpu_count()) as searching:
        seconds = round(options.minutes * 60)
        searches = searching.map(lambda name: search(name, seconds, seed, options.out / name), names)
        for name, found in zip(names, searches, strict=True):
            checks.check(name, found.runs, found.faults, covered=found.covered, corpus=found.corpus)
    return checks.summary()


if __name__ == "__main__":
    sys.exit(main())
