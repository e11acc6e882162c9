"""A journal of thirty days: how fast it is open again, looked through and proven, and what a day writes to an SD card.

It measures and judges nothing. Every record is one the gate writes; the bytes are what the kernel counted for this
process (`write_bytes` of /proc/self/io: pages handed to the disk, without what the file system adds for itself).
"""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from firmware.events import Instant
from firmware.records.inline import InlineJournal
from firmware.records.lines import line_of
from firmware.records.opening import Opening
from firmware.records.store import Store
from provisioning.journal import verify
from tests.bench.journal import BUDGET_MB, DAYS, PASSAGES_A_DAY, RECORDS_A_PASSAGE, record
from tests.bench.latency import DISK
from tests.bench.report import Budget, Section, number

if TYPE_CHECKING:
    from collections.abc import Callable

BEGAN: Final = 1_767_578_400
BATCH: Final = 500
WRITTEN: Final = 1_000
"""Passages over which the bytes are counted, each record with a commit of its own and a mark that the broker has it."""


def measure(_seed: int, _count: int, progress: Callable[[str], None]) -> Section:
    """Fill a month, open it as after a kill, look through it, prove it; then count what passages write."""
    section = Section("a journal of thirty days", ("", "records", "s"))
    with tempfile.TemporaryDirectory(prefix="gapura-bench-", dir=DISK) as name:
        for passages in (PASSAGES_A_DAY * DAYS // RECORDS_A_PASSAGE, PASSAGES_A_DAY * DAYS):
            records = passages * RECORDS_A_PASSAGE
            progress(f"month: {records} records")
            folder = Path(name) / str(records)
            folder.mkdir()
            _fill(folder / "journal.db", records)
            size_mb = (folder / "journal.db").stat().st_size / 1e6
            _times(section, folder / "journal.db", records)
            if passages == PASSAGES_A_DAY * DAYS:
                words = (
                    f"journal of {DAYS} days at {PASSAGES_A_DAY} passages, {number(size_mb * 1e6 / records)} B a record"
                )
                section.budgets.append(Budget(words, size_mb, BUDGET_MB, "MB"))
        progress("month: bytes written")
        a_record = _bytes_a_record(Path(name) / "journal.db")
    day_mb = a_record * PASSAGES_A_DAY * RECORDS_A_PASSAGE / 1e6
    section.figures |= {"written_bytes_per_record": a_record, "written_mb_per_day": day_mb}
    section.notes.append(
        f"{a_record:.0f} bytes written a record, its mark included; {day_mb:.0f} MB a day at {PASSAGES_A_DAY} passages"
    )
    return section


def _times(section: Section, path: Path, records: int) -> None:
    """Time what waits for a month's journal: the gate at its start, its own look through the rows, the desk's proof."""
    killed = Path(shutil.copytree(path.parent, path.parent.with_name(f"{records}-killed"))) / path.name
    began = time.perf_counter()
    store = _opened(killed)
    opened_s = time.perf_counter() - began
    began = time.perf_counter()
    while not store.scrubbed:
        store.scrub(BATCH)
    scrubbed_s = time.perf_counter() - began
    store.close()
    began = time.perf_counter()
    found = verify(killed, {}, None)
    proven_s = time.perf_counter() - began
    if found["ok"] is not True:
        message = f"the month is not proven: {found['bad']}"
        raise ValueError(message)
    for words, figure, seconds in (
        ("open again after a kill", "open_s", opened_s),
        ("look through every row (in the background, throttled)", "scrub_s", scrubbed_s),
        ("prove a copy", "verify_s", proven_s),
    ):
        section.rows.append((words, str(records), f"{seconds:.2f}"))
        section.figures[f"{figure}_{records}"] = seconds


def _fill(path: Path, records: int) -> None:
    """Write a month of passages, a batch a commit; the last ones stay in the log, as a kill leaves them."""
    store = _opened(path)
    every_s = DAYS * 86_400 / records
    for first in range(1, records + 1, BATCH):
        lines = [line_of(record(n, _at(n, every_s))) for n in range(first, min(first + BATCH, records + 1))]
        store.append(lines, acked=range(max(1, first - BATCH), first))
    left = path.parent.with_name("left")
    shutil.copytree(path.parent, left)
    store.close()
    shutil.rmtree(path.parent)
    left.rename(path.parent)


def _at(token: int, every_s: float) -> Instant:
    second = BEGAN + int(token * every_s)
    return Instant(token * 1000, second, second + 2, "rtc")


def _opened(path: Path) -> Store:
    return Store(Opening(path, "bench", "5c1b5e9f-6f6e-4f0e-9a55-0d9a4c3f8e21", lambda: _at(0, 0), bytes))


def _bytes_a_record(path: Path) -> float:
    """Count what passages write, one record a commit, with the marks that follow and what the log costs."""
    journal = InlineJournal(path, "bench", committed=lambda _token: None, boot="5c1b5e9f-6f6e-4f0e-9a55-0d9a4c3f8e21")
    before = written_bytes()
    for token in range(1, WRITTEN * RECORDS_A_PASSAGE + 1):
        journal.submit(record(token, _at(token, 20)))
        journal.mark_acked(journal.pending(0, 20))
    journal.close()
    return (written_bytes() - before) / (WRITTEN * RECORDS_A_PASSAGE)


def written_bytes() -> int:
    """Say what the kernel counted as handed to the disk by this process."""
    facts = dict(line.split(": ") for line in Path("/proc/self/io").read_text(encoding="ascii").splitlines())
    return int(facts["write_bytes"])
