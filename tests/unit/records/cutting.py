"""A journal cut off or flipped at a place, and what must hold after that: the law, for a sample and for every byte.

It asserts, so that both are judged alike.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from firmware.records.lines import line_of
from tests.unit.records.chained import Clock, access, opened, verified, write
from tests.unit.records.making import lines

if TYPE_CHECKING:
    from pathlib import Path

COMMITS = 12


@dataclass(frozen=True, slots=True)
class Torn:
    """Files as a power cut leaves them: how long the log was after each commit, and every line that was written."""

    folder: Path
    ends: tuple[tuple[int, int], ...]
    written: tuple[tuple[int, str, str], ...]


def torn(folder: Path) -> Torn:
    """Fill a file, then leave the newest commits in its log and copy both while the writer still has them open."""
    live, clock = folder / "live" / "journal.db", Clock()
    live.parent.mkdir()
    store = opened(live, clock)
    write(store, 1, clock, count=40)
    store.close()
    store = opened(live, clock)
    log = live.with_name("journal.db-wal")
    ends = []
    for token in range(1, COMMITS + 1):
        store.append([line_of(access(1_000 + token, clock.at))])
        ends.append((log.stat().st_size, store.last_seq))
    kept = folder / "torn"
    kept.mkdir()
    for each in (live, log):
        shutil.copy(each, kept / each.name)
    written = tuple(lines(live))
    store.close()
    return Torn(kept, tuple(ends), written)


def copied(whole: Torn, folder: Path) -> Path:
    """Lay the files out anew."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(whole.folder, folder)
    return folder / "journal.db"


def judge(whole: Torn, path: Path, committed: int) -> bool:
    """Open what is left as the next run does and say whether it went on; nothing committed may be missing then.

    Whatever cannot be read is kept aside and the first record of a new epoch says so; the gate records on in any case.
    """
    store = opened(path, Clock())
    went_on = store.replaced is None
    before = store.last_seq
    altered = None
    while not store.scrubbed:
        altered = store.scrub(10)
    store.append([line_of(access(9_999, Clock().at))])
    store.close()
    after = lines(path)
    if went_on:
        assert before >= committed
        assert (after[:before] == list(whole.written[:before])) is (altered is None)
        assert verified(path)["ok"] is (altered is None)
    else:
        assert '"what":"journal_replaced"' in after[0][2]
        assert [*path.parent.glob("journal.corrupt-*")]
    assert after[-1][0] == before + 1 + (altered is not None)
    return went_on


def cut_log(whole: Torn, folder: Path, size: int) -> bool:
    """Cut the log to this many bytes; what was committed within them must still be there."""
    path = copied(whole, folder)
    with (path.parent / "journal.db-wal").open("r+b") as file:
        file.truncate(size)
    first = whole.ends[0][1] - 1
    return judge(whole, path, max((seq for end, seq in whole.ends if end <= size), default=first))


def cut_file(whole: Torn, folder: Path, size: int) -> bool:
    """Cut the file itself to this many bytes, with its log whole."""
    path = copied(whole, folder)
    with path.open("r+b") as file:
        file.truncate(size)
    return judge(whole, path, whole.ends[-1][1])


def flip_log(whole: Torn, folder: Path, place: int, bit: int) -> bool:
    """Flip one bit of the log; what was committed before that frame must still be there."""
    path = copied(whole, folder)
    log = path.parent / "journal.db-wal"
    data = bytearray(log.read_bytes())
    data[place] ^= 1 << bit
    log.write_bytes(data)
    first = whole.ends[0][1] - 1
    return judge(whole, path, max((seq for end, seq in whole.ends if end <= place), default=first))
