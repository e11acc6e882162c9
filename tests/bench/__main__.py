"""`make bench`: measure what the design has budgets for, beside the plain libraries, in one run on this machine.

Tables go to stdout, progress to stderr. A slow figure never fails; what cannot run does, said in one line.
"""

from __future__ import annotations

import argparse
import importlib
import secrets
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.bench import report

if TYPE_CHECKING:
    from tests.bench.report import Section

PARTS: Final = {
    "verify": "one verification of a pass of our own, beside its bare signature and python-cwt",
    "formats": "one verification of a pass of each format, beside the libraries that read it too",
    "decide": "decide() with five hundred rules and five million revoked passes",
    "revoked": "a list of five million revoked passes: size, memory, look-ups, changes, swaps under scans",
    "journal": "the journal on this disk",
    "month": "a journal of thirty days, and what a day writes",
    "events": "events durable and acknowledged over TLS, beside paho",
    "fleet": "a thousand gates that come back to a broker",
    "turn": "a turn of the door with an area's count",
    "decode": "decoding frames",
    "latency": "scan to relay inside the gate process",
    "doorway": "scan and frame to relay with the real processes, and their memory",
    "start": "process start to ready",
}


def main() -> int:
    """Run the chosen parts in their order."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench",
        description=__doc__,
        epilog="\n".join(["parts, in their order:", *(f"  {name:<10}{what}" for name, what in PARTS.items())]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", metavar="PART,...", help="only these parts, named as below, without spaces")
    parser.add_argument("--n", type=int, default=1000, help="how many scans and gates (default 1000)")
    parser.add_argument("--seed", type=int, default=None, help="of noise and pauses; random and printed unless given")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="where to write bench.json; made if it is missing")
    options = parser.parse_args()
    chosen = list(PARTS) if options.only is None else options.only.split(",")
    unknown = sorted(set(chosen) - set(PARTS))
    if unknown or options.n < 1:
        named = ", ".join(map(repr, unknown))
        parser.error(f"no part {named}; known: {', '.join(PARTS)}" if unknown else "--n must be at least 1")
    seed = secrets.randbits(32) if options.seed is None else options.seed
    facts = report.machine() | {"seed": seed}
    print("  ".join(f"{name}={value}" for name, value in facts.items()), flush=True)
    began = time.monotonic()
    sections, failed = _measure([name for name in PARTS if name in chosen], seed, options.n)
    print("\n== budgets (never asserted: they depend on the machine)")
    for line in report.budget_lines(list(sections.values())):
        print(line)
    if options.out is not None:
        options.out.mkdir(parents=True, exist_ok=True)
        report.write_json(options.out / "bench.json", seed, sections)
    skips = sum(len(section.skips) for section in sections.values())
    print(f"\nparts={len(sections)} failed={len(failed)} skipped={skips} seconds={time.monotonic() - began:.0f}")
    return 1 if failed else 0


def _measure(names: list[str], seed: int, count: int) -> tuple[dict[str, Section], list[str]]:
    """Run each part; one that cannot run is named and the others go on."""
    sections: dict[str, Section] = {}
    failed: list[str] = []
    for name in names:
        _progress(f"{name}: {PARTS[name]}")
        try:
            section: Section = importlib.import_module(f"tests.bench.{name}").measure(seed, count, _progress)
        except Exception as error:  # noqa: BLE001  whatever keeps one part from running, the others still tell
            failed.append(name)
            print(f"\nFAILED {name}: {type(error).__name__}: {error}", flush=True)
            continue
        sections[name] = section
        print("\n" + "\n".join(report.lines(section)), flush=True)
    return sections, failed


def _progress(line: str) -> None:
    sys.stderr.write(f"bench: {line}\n")


if __name__ == "__main__":
    sys.exit(main())
