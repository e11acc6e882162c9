"""What one way to hold five million revoked passes costs a process: memory, and the time of a look-up.

Run as `python -m tests.bench.revoked_probe map|set|sqlite FILE SEED`; prints a line of JSON. Sizes in bytes, times in
microseconds. What is looked up are names on the list and names that are not, each once.
"""

from __future__ import annotations

import json
import random
import sqlite3
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from firmware.control.revocation_files import mapped
from firmware.trust.revocation_ids import NameKind
from tests.bench import revoked_lists

if TYPE_CHECKING:
    from collections.abc import Callable

LOOKUPS = 20_000


def resident() -> dict[str, int]:
    """Read what is resident of this process, its own and of files."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    sizes = {
        line.split(":")[0]: int(line.split()[1]) * 1024 for line in lines if line.startswith(("RssAnon", "RssFile"))
    }
    return {"anonymous": sizes["RssAnon"], "file": sizes["RssFile"]}


def opened(how: str, path: Path) -> Callable[[bytes], bool]:
    """Open the list in one way, and answer who looks up."""
    match how:
        case "map":
            found = mapped(path)
            assert found is not None
            return lambda name: found.revoked((("cti", name),), 0) is not None
        case "set":
            listed = mapped(path)
            assert listed is not None
            names = {name for name, _ in listed.sections[NameKind.CTI]}
            for kind in (NameKind.UCI, NameKind.COUNTRY_UCI, NameKind.SIGNATURE):
                names.update(name for name, _ in listed.sections[kind])
            return lambda name: name[:8] in names
        case _:
            database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
            ask = "SELECT 1 FROM revoked WHERE kind = 1 AND name = ?"
            return lambda name: database.execute(ask, (int.from_bytes(name[:8], signed=True),)).fetchone() is not None


def timed(look: Callable[[bytes], bool], names: list[bytes], *, listed: bool) -> list[float]:
    """Look each up once (us)."""
    times_us = []
    for name in names:
        began_ns = time.perf_counter_ns()
        found = look(name)
        times_us.append((time.perf_counter_ns() - began_ns) / 1e3)
        assert found is listed
    return times_us


def main() -> None:
    """Open, look up, tell."""
    how, path, seed = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    hits = revoked_lists.hashes(seed, NameKind.CTI, revoked_lists.SHARES[NameKind.CTI])[:: 1_000_000 // LOOKUPS]
    random.Random(seed).shuffle(hits)  # noqa: S311  no secrets
    misses = [random.Random(seed + at).randbytes(16) for at in range(LOOKUPS)]  # noqa: S311  no secrets
    before, began = resident(), time.perf_counter()
    look = opened(how, path)
    open_ms, after = (time.perf_counter() - began) * 1e3, resident()
    said = {"hit_us": timed(look, hits, listed=True), "miss_us": timed(look, misses, listed=False)}
    asked = resident()
    grown = {kind: {"opened": after[kind] - before[kind], "asked": asked[kind] - before[kind]} for kind in before}
    sys.stdout.write(json.dumps(said | {"open_ms": open_ms, "grown": grown}))


if __name__ == "__main__":
    main()
