"""The journal cut at every byte of its last pages and flipped in its last commit: `python -m tests.torture.cuts`.

It prints how many places were tried and what became of each; the first that breaks the law ends it with the place.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Final

from firmware.records.schema import PAGE_BYTES
from tests.unit.records import cutting

FRAME: Final = PAGE_BYTES + 24
"""A page of the log with the header before it; a commit is about half a dozen of them."""


def main() -> int:
    """Try every place, or every N-th."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture.cuts", description=__doc__)
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only every N-th byte (default every one)")
    counts, faults = run(parser.parse_args().every)
    for fault in faults:
        sys.stdout.write(f"FAILED {fault}\n")
    for words, number in sorted(counts.items()):
        sys.stdout.write(f"{words}: {number}\n")
    if not faults:
        sys.stdout.write(f"places={counts.total()} lost=0 crashed=0\n")
    return 1 if faults else 0


def run(every: int) -> tuple[Counter[str], list[str]]:
    """Try every N-th place, count what became of each, and name the first that broke the law."""
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="gapura-cuts-", dir=_memory()) as name:
        folder = Path(name)
        whole = cutting.torn(folder)
        log, file = whole.ends[-1][0], (whole.folder / "journal.db").stat().st_size
        for what, places, attempt in (
            ("log cut", range(log - 12 * FRAME, log + 1, every), cutting.cut_log),
            ("file cut", range(file - 8 * PAGE_BYTES, file + 1, every), cutting.cut_file),
            ("log flipped", range(log - 6 * FRAME, log, every), flipped),
        ):
            for place in places:
                try:
                    went_on = attempt(whole, folder / "tried", place)
                except AssertionError as error:
                    return counts, [f"{what} at byte {place}: {error}"]
                counts[f"{what}: {'went on' if went_on else 'replaced and said so'}"] += 1
    return counts, []


def flipped(whole: cutting.Torn, folder: Path, place: int) -> bool:
    """Flip one bit of a byte, another one for each byte."""
    return cutting.flip_log(whole, folder, place, place % 8)


def _memory() -> str | None:
    """Name a folder in memory where there is one: what is tried are bytes, not a disk."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  a private folder is made in it


if __name__ == "__main__":
    sys.exit(main())
