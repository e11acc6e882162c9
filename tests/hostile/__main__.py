"""`make hostile`: a million hostile codes over all formats, and every named attack; nothing of it may open.

CHECK and SUMMARY lines go to stdout, what is wrong to stderr. Exit 1 if a check failed.
"""

from __future__ import annotations

import argparse
import os
import secrets
import sys

from provisioning.cli import end_as_by_hand
from tests.hostile import report
from tests.hostile.campaign import run
from tests.hostile.formats import FORMATS
from tests.torture.checks import Checks

CODES = 1_000_000


def main() -> int:
    """Try the table, send the codes of each format, and print what came of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile", description=__doc__)
    parser.add_argument("--n", type=int, default=CODES, help="how many codes in all (default %(default)s)")
    parser.add_argument("--seed", type=int, default=None, help="random and printed unless given")
    parser.add_argument("--format", choices=[*FORMATS], default=None, help="of one format only (default: of all)")
    options = parser.parse_args()
    end_as_by_hand()
    seed = secrets.randbits(32) if options.seed is None else options.seed
    formats = [*FORMATS] if options.format is None else [options.format]
    checks = Checks("hostile", seed)
    for name in formats:
        report.attacks(checks, name)
    for name in formats:
        report.campaign(checks, name, run(seed, -(-options.n // len(formats)), os.cpu_count() or 1, name))
    return checks.summary()


if __name__ == "__main__":
    sys.exit(main())
