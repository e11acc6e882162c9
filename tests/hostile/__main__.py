"""The long hostile campaign: counts by refusing stage, exit 1 if any code was admitted or made the core raise."""

from __future__ import annotations

import argparse
import os
import secrets
import sys
import time

from tests.hostile.campaign import ATTACKERS, run
from tests.hostile.codes import REENCODED


def main() -> int:
    """Run the campaign and print what came of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile", description=__doc__)
    parser.add_argument("--count", type=int, default=1_000_000, help="how many codes (default 1,000,000)")
    parser.add_argument("--seed", type=int, default=secrets.randbits(32), help="random and printed unless given")
    parser.add_argument("--format", choices=[*ATTACKERS, "all"], default="all", help="of which format (default all)")
    options = parser.parse_args()
    formats = [*ATTACKERS] if options.format == "all" else [options.format]
    return max(_attack(name, options.seed, options.count // len(formats)) for name in formats)


def _attack(code_format: str, seed: int, count: int) -> int:
    """Send so many codes of one format, and say what came of it."""
    began = time.monotonic()
    result = run(seed, count, os.cpu_count() or 1, code_format)
    for stage, number in sorted(result.stages.items()):
        print(f"refused at {stage:<10} {number:>9}")
    for line in (result.admitted + result.raised)[:20]:
        print(f"WRONG {line}")
    print(
        f"format={code_format} codes={count} seed={seed} admitted={len(result.admitted)} raised={len(result.raised)} "
        f"reencoded={result.share(*REENCODED):.3f} resigned={result.share('resigned'):.3f} "
        f"worst_ms={result.worst_ms:.2f} seconds={time.monotonic() - began:.0f}"
    )
    return 1 if result.admitted or result.raised else 0


if __name__ == "__main__":
    sys.exit(main())
