"""A list of five million revoked passes: how large, how it is built, looked up and changed, and swapped under scans.

Beside it, in the same run: a Python set of the same names, and SQLite. It measures and judges nothing.
"""

from __future__ import annotations

import gc
import hashlib
import json
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from firmware.control import manifest
from firmware.control.manifest import Blob
from firmware.control.partial import blob_path
from firmware.control.revocation_files import bridged, mapped
from firmware.trust import revocation_writing
from firmware.trust.revocation import KINDS, RevocationList
from firmware.trust.revocation_delta import between
from firmware.trust.revocation_ids import NameKind
from provisioning.publishing import manifest_body
from tests.bench import revoked_lists, revoked_swaps
from tests.bench.report import SPREAD_HEAD, Budget, Section, Spread, number
from tests.issuing import Issuer

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT: Final = Path(__file__).parents[2]
CHANGES: Final = 5_000
"""So many passes are revoked anew, and as many forgotten, from one list to the next."""

DISK_MB: Final = 40.0
LOOKUP_US: Final = 50.0
WAYS: Final = {"map": "ours, mapped", "set": "a Python set (beside it)", "sqlite": "SQLite, WITHOUT ROWID (beside it)"}


def measure(seed: int, count: int, progress: Callable[[str], None]) -> Section:
    """Build two lists that follow each other, look up in three ways, change one into the other, swap them."""
    section = Section(f"{revoked_lists.ENTRIES:,} revoked passes: one look-up, us", ("", *SPREAD_HEAD))
    with tempfile.TemporaryDirectory(prefix="gapura-bench-", dir=revoked_lists.DISK) as name:
        folder = Path(name)
        issuer = Issuer()
        old, new = _built(section, folder, seed, revoked_swaps.listed_name(issuer), progress)
        _looked_up(section, folder, old, seed, progress)
        progress("revoked: a delta")
        delta = _changed(section, folder, old, new)
        progress("revoked: swaps under scans")
        revoked_swaps.measure(section, folder, (old, new, delta), issuer, count)
    return section


def _built(
    section: Section, folder: Path, seed: int, extra: bytes, progress: Callable[[str], None]
) -> tuple[Path, Path]:
    """Build a list as the desk does, and the one after it, which also names `extra`."""
    progress("revoked: gathering and building")
    began = time.perf_counter()
    entries = revoked_lists.gathered(seed)
    gathered_s, began = time.perf_counter() - began, time.perf_counter()
    data = revocation_writing.build(entries)
    built_s = time.perf_counter() - began
    old, new = folder / "old", folder / "new"
    old.write_bytes(data)
    for kind in KINDS:
        for name in list(entries.get(kind, ()))[: CHANGES // len(entries)]:
            del entries[kind][name]
            revocation_writing.add(entries[kind], hashlib.sha256(name).digest())
    revocation_writing.add(entries[NameKind.CTI], extra)
    new.write_bytes(revocation_writing.build(entries))
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    found = mapped(old)
    assert found is not None
    size_mb = len(data) / 1e6
    section.figures |= {"size_mb": size_mb, "gather_s": gathered_s, "build_s": built_s, "desk_peak_mb": peak_mb}
    section.budgets.append(Budget("5 million revoked, on disk", size_mb, DISK_MB, "MB"))
    section.notes.append(
        f"on disk: {size_mb:.1f} MB, {len(data) / found.entries:.2f} bytes an entry; one name that is on no list is "
        f"found all the same once in {1 / found.false_hit_rate:.1e}"
    )
    section.notes.append(
        f"at the desk: gathered in {gathered_s:.1f} s, sorted and written in {built_s:.1f} s, peak of this process "
        f"{peak_mb:.0f} MB"
    )
    return old, new


def _looked_up(section: Section, folder: Path, path: Path, seed: int, progress: Callable[[str], None]) -> None:
    """Ask each way in a process of its own."""
    for how, what in WAYS.items():
        progress(f"revoked: look-ups, {what}")
        file = path if how != "sqlite" else _database(section, folder / "revoked.db", path)
        argv = [sys.executable, "-m", "tests.bench.revoked_probe", how, str(file), str(seed)]
        said: dict[str, Any] = json.loads(subprocess.run(argv, check=True, capture_output=True, cwd=ROOT).stdout)
        for kind in ("hit", "miss"):
            spread = Spread.of(said[f"{kind}_us"])
            section.spread(f"{how} {kind}", f"{what}, {kind}", spread)
            if how == "map":
                section.budgets.append(Budget(f"5 million revoked, look-up, p99, {kind}", spread.p99, LOOKUP_US, "us"))
        own, files = (
            {when: size / 1e6 for when, size in said["grown"][kind].items()} for kind in ("anonymous", "file")
        )
        section.figures |= {f"{how}_open_ms": said["open_ms"], f"{how}_resident_mb": own["asked"] + files["asked"]}
        section.notes.append(
            f"{what}: opened in {number(said['open_ms'])} ms; memory of its own grown by {number(own['asked'])} MB, "
            f"pages of files by {number(files['opened'])} MB, by {number(files['asked'])} MB after 40,000 look-ups"
        )


def _database(section: Section, path: Path, listed: Path) -> Path:
    """Put the same names into SQLite."""
    found = mapped(listed)
    assert found is not None
    began = time.perf_counter()
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE revoked (kind INTEGER, name INTEGER, PRIMARY KEY (kind, name)) WITHOUT ROWID")
    for at, kind in enumerate(KINDS, 1):
        section_of = found.sections.get(kind)
        rows = () if section_of is None else ((at, int.from_bytes(name, signed=True)) for name, _ in section_of)
        database.executemany("INSERT INTO revoked VALUES (?, ?)", rows)
    database.commit()
    database.close()
    took_s, size_mb = time.perf_counter() - began, path.stat().st_size / 1e6
    section.figures |= {"sqlite_mb": size_mb, "sqlite_build_s": took_s}
    section.notes.append(f"SQLite (beside it): {size_mb:.1f} MB on disk, filled in {took_s:.1f} s")
    return path


def _changed(section: Section, folder: Path, old: Path, new: Path) -> Path:
    """Make a delta as the desk does, and the list of it as a gate does."""
    lists = [mapped(path) for path in (old, new)]
    digests = [hashlib.sha256(path.read_bytes()) for path in (old, new)]
    before, after = lists
    assert isinstance(before, RevocationList)
    assert isinstance(after, RevocationList)
    began = time.perf_counter()
    data = between(before, after, (digests[0].digest(), digests[1].digest()))
    made_s = time.perf_counter() - began
    delta = blob_path(folder, hashlib.sha256(data).hexdigest())
    delta.write_bytes(data)
    blob_path(folder, digests[0].hexdigest()).hardlink_to(old)
    wanted, part = (manifest.read(manifest_body(content)) for content in (new.read_bytes(), data))
    assert isinstance(wanted, Blob)
    assert isinstance(part, Blob)
    gc.collect()
    began = time.perf_counter()
    made = bridged(folder, wanted, part)
    applied_s = time.perf_counter() - began
    assert made
    section.figures |= {"delta_kb": len(data) / 1e3, "delta_make_s": made_s, "delta_apply_s": applied_s}
    section.notes.append(
        f"delta: {CHANGES:,} gone and {CHANGES + 1:,} come are {len(data) / 1e3:.0f} kB instead of "
        f"{wanted.size / 1e6:.1f} MB; made in {made_s:.2f} s, the list of it hashed and on disk in {applied_s:.2f} s"
    )
    return delta
