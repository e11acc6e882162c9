"""`python -m tests.torture.delivery`: only the part of the torture that is about events."""

from __future__ import annotations

import argparse
import secrets
import sys
import tempfile
from pathlib import Path

from tests.torture.checks import Checks
from tests.torture.delivery import campaign


def main() -> int:
    """Run every trial; exit 1 if one failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture.delivery", description=__doc__)
    parser.add_argument("--n", type=int, default=500, help="how many kills of the gate (default 500)")
    parser.add_argument("--seed", type=int, default=None, help="random and printed unless given")
    options = parser.parse_args()
    seed = secrets.randbits(32) if options.seed is None else options.seed
    checks = Checks("delivery", seed)
    with tempfile.TemporaryDirectory(prefix="gapura-delivery-") as folder:
        campaign.report(checks, campaign.run(Path(folder), options.n, seed))
    return checks.summary()


if __name__ == "__main__":
    sys.exit(main())
