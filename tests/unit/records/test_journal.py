"""The journal with its thread: confirmed after the commit, in order, whatever the disk does meanwhile.

Real files, real processes that are really killed, real disks that are really full.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from firmware.events import Use
from firmware.records.journal import Journal
from firmware.records.limits import DEFAULT_LIMITS, Limits
from tests.unit.records import no_sync
from tests.unit.records.chained import verified
from tests.unit.records.making import AT, GATE, epochs, lines, record

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE_S = 30.0
ROOT = Path(__file__).parents[3]


class Confirmed:
    """Collects the tokens that were committed and waits for more."""

    def __init__(self) -> None:
        """Start with none."""
        self.tokens: list[int] = []
        self._changed = threading.Condition()

    def __call__(self, token: int) -> None:
        """Note a token, on the journal's thread."""
        with self._changed:
            self.tokens.append(token)
            self._changed.notify_all()

    def wait_for_token(self, token: int) -> None:
        """Wait until this one was confirmed."""
        with self._changed:
            assert self._changed.wait_for(lambda: token in self.tokens, PATIENCE_S)

    def wait_for(self, count: int) -> None:
        """Wait until so many were confirmed."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.tokens) >= count, PATIENCE_S)


def opened(path: Path, confirmed: Confirmed, limits: Limits = DEFAULT_LIMITS) -> Journal:
    """Open a journal with its thread."""
    return Journal(path, GATE, committed=confirmed, epoch_bytes=epochs(), boot="boot-1", now=lambda: AT, limits=limits)


def test_records_are_confirmed_in_order_and_are_then_in_the_file(tmp_path: Path) -> None:
    """Many records share commits, and none of them changes its place."""
    confirmed = Confirmed()
    journal = opened(tmp_path / "journal.db", confirmed)
    for token in range(500):
        journal.submit(record(token))
    confirmed.wait_for(500)
    rows = journal.pending(0, 1_000)
    journal.close()
    assert confirmed.tokens == list(range(500))
    assert [(row.seq, row.body["token"]) for row in rows] == [(token + 1, token) for token in range(500)]


def test_a_watcher_is_called_after_the_commit_and_marks_take_rows_out(tmp_path: Path) -> None:
    """Whoever follows the journal reads at once what it was woken for; what it marks does not come back."""
    woken = threading.Semaphore(0)
    journal = opened(tmp_path / "journal.db", Confirmed())
    journal.watch(woken.release)
    journal.submit(record(1))
    assert woken.acquire(timeout=PATIENCE_S)
    (row,) = journal.pending(0, 10)
    journal.mark_acked([row])
    journal.submit(record(2))
    assert woken.acquire(timeout=PATIENCE_S)
    assert [each.body["token"] for each in journal.pending(0, 10)] == [2]
    counts = journal.counters()
    assert [counts[f"journal_{name}"] for name in ("backlog", "first", "last", "unsent")] == [1, 1, 2, 2]
    assert f"{counts['journal_epoch']:08x}" == row.epoch
    journal.close()


def test_closing_writes_what_waits(tmp_path: Path) -> None:
    """A record submitted just before the end is not lost."""
    journal = opened(tmp_path / "journal.db", Confirmed())
    for token in range(2_000):
        journal.submit(record(token))
    journal.close()
    assert len(lines(tmp_path / "journal.db")) == 2_000


def test_a_journal_whose_folder_comes_late_catches_up_and_tells(tmp_path: Path) -> None:
    """Without its disk the gate starts, is told when the past can be read, and loses nothing it did meanwhile."""
    folder = tmp_path / "disk"
    first = Confirmed()
    order: list[str] = []

    def committed(token: int) -> None:
        order.append("committed")
        first(token)

    journal = Journal(
        folder / "journal.db",
        GATE,
        committed=committed,
        reopened=lambda uses, since, obeyed: order.append(f"reopened {uses} {since} {obeyed}"),
        limits=Limits(retry_ms=10),
    )
    assert not journal.available
    assert journal.pending(0, 10) == []
    for token in range(5):
        journal.submit(record(token))
    folder.mkdir()
    first.wait_for(5)
    journal.close()
    assert order == ["reopened {} 0 {}", *["committed"] * 5]
    assert len(lines(folder / "journal.db")) == 5


def test_uses_of_a_journal_that_comes_late_are_handed_out_once(tmp_path: Path) -> None:
    """They come with the call that says so and not by asking as well: whoever does both would count them twice."""
    path, told = tmp_path / "journal.db", Confirmed()
    handed: list[tuple[dict[str, tuple[int, int]], int]] = []
    first = opened(path, Confirmed())
    first.submit(record(1, use=Use("pass", 1, 2_000_000_000)))
    second = Journal(
        path,
        GATE,
        committed=told,
        reopened=lambda uses, since, _obeyed: handed.append((uses, since)),
        limits=Limits(retry_ms=10),
    )
    first.close()
    second.submit(record(2))
    told.wait_for_token(2)
    assert (second.uses(), second.uses_since) == ({}, 0)
    second.close()
    third = opened(path, Confirmed())
    third.close()
    assert handed == [(third.uses(), 0)] == [({"pass": (1, 2_000_000_000)}, 0)]


def test_a_disk_that_never_comes_does_not_keep_the_gate_from_ending(tmp_path: Path) -> None:
    """Closing gives up after its moment of patience."""
    journal = opened(tmp_path / "none" / "journal.db", Confirmed(), Limits(retry_ms=10, close_ms=50))
    journal.submit(record(1))
    journal.close()
    assert not (tmp_path / "none").exists()


def test_when_memory_runs_out_routine_goes_first_and_a_gap_says_how_much(tmp_path: Path) -> None:
    """While the disk is away the queue stays bounded; what hangs on a grant outlives what is only knowledge."""
    folder, confirmed = tmp_path / "disk", Confirmed()
    journal = opened(folder / "journal.db", confirmed, Limits(queue=20, retry_ms=10, batch=5))
    journal.submit(record(0, grant="g-0", opens=True))
    for token in range(1, 100):
        journal.submit(record(token))
    dropped = journal.counters()["journal_dropped"]
    folder.mkdir()
    journal.submit(record(100))
    confirmed.wait_for_token(100)
    journal.close()
    rows = lines(folder / "journal.db")
    gaps = [body for _, kind, body in rows if kind == "gap"]
    assert dropped >= 70
    assert confirmed.tokens[0] == 0
    assert confirmed.tokens[-1] == 100
    assert [seq for seq, _, _ in rows] == list(range(1, len(rows) + 1))
    assert sum(int(gap.split(":")[1].split(",")[0]) for gap in gaps) == 101 - len(confirmed.tokens)


def test_a_journal_damaged_while_it_runs_is_replaced_and_goes_on(tmp_path: Path) -> None:
    """The reader notices, the writer begins a new epoch, and the next record is confirmed."""
    path, confirmed = tmp_path / "journal.db", Confirmed()
    journal = opened(path, confirmed)
    for token in range(200):
        journal.submit(record(token))
    confirmed.wait_for(200)
    journal.close()
    journal = opened(path, confirmed)
    with path.open("r+b") as file:
        file.seek(40_960)
        file.write(b"\xff" * 16_384)
    journal.pending(0, 1_000)
    journal.submit(record(200))
    confirmed.wait_for(201)
    counters = journal.counters()
    journal.close()
    assert counters["journal_replaced"] == 1
    assert '"what":"journal_replaced"' in lines(path)[0][2]
    assert verified(path)["ok"] is True


def test_a_second_process_on_the_journal_waits_and_then_goes_on(tmp_path: Path) -> None:
    """Two gates never number the same journal; the second has no disk until the first is gone."""
    path, confirmed = tmp_path / "journal.db", Confirmed()
    first = opened(path, Confirmed())
    first.submit(record(1))
    second = opened(path, confirmed, Limits(retry_ms=10))
    assert not second.available
    second.submit(record(2))
    first.close()
    confirmed.wait_for_token(2)
    second.close()
    assert [seq for seq, _, _ in lines(path)] == [1, 2]


def test_a_journal_that_grows_too_large_prunes_itself_while_it_runs(tmp_path: Path) -> None:
    """Size is bounded without anybody asking, in steps, and what was lost unread is named."""
    path, confirmed = tmp_path / "journal.db", Confirmed()
    journal = opened(path, confirmed, Limits(max_bytes=65_536, tidy_rows=100, tidy_step=50, tidy_ms=10))
    for token in range(3_000):
        journal.submit(record(token))
    confirmed.wait_for(3_000)
    wait_for_pruning = threading.Event()
    while journal.counters()["journal_pruned"] < 1_000:
        wait_for_pruning.wait(0.01)
    journal.close()
    rows = lines(path)
    assert min(seq for seq, kind, _ in rows if kind == "access") > 1_000
    assert [kind for _, kind, _ in rows].count("gap") >= 1


@pytest.mark.skipif(no_sync.SYNC_CALLS is None, reason="the system calls of this machine are not known here")
def test_a_commit_that_is_on_disk_though_it_failed_is_not_written_again(tmp_path: Path) -> None:
    """A disk that takes the data and then fails to synchronise leaves each record once, and each is confirmed once."""
    path, confirmed = tmp_path / "journal.db", Confirmed()

    def committed(token: int) -> None:
        if token == 0:
            no_sync.refuse_to_sync()
        confirmed(token)

    journal = Journal(path, GATE, committed=committed, epoch_bytes=epochs(), limits=Limits(retry_ms=10))
    for token in range(4):
        journal.submit(record(token))
        confirmed.wait_for_token(token)
    counters = journal.counters()
    journal.close()
    assert confirmed.tokens == [0, 1, 2, 3]
    assert [body for _, _, body in lines(path)] == [f'{{"token":{token}}}' for token in range(4)]
    assert counters["journal_failures"] >= 3
    assert counters["journal_replaced"] == 0


def started(what: str, path: Path) -> subprocess.Popen[str]:
    """Start the writing process."""
    command = [sys.executable, "-m", "tests.unit.records.writer", what, str(path)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("confirmed", [1, 20, 333])
def test_every_confirmed_record_survives_kill_9(tmp_path: Path, confirmed: int) -> None:
    """Whenever the process dies, what it was told is on disk is on disk, in order, and open grants are ended."""
    path = tmp_path / "journal.db"
    with started("for-ever", path) as child:
        assert child.stdout is not None
        for _ in range(confirmed):
            assert child.stdout.readline()
        child.send_signal(signal.SIGKILL)
        told = confirmed + len(child.stdout.read().split())
    journal = opened(path, Confirmed())
    journal.close()
    rows = lines(path)
    written = [body for _, kind, body in rows if kind == "access"]
    ended = [body for _, kind, body in rows if kind == "grant"]
    assert len(written) >= told
    assert written == [f'{{"token":{token}}}' for token in range(1, len(written) + 1)]
    assert ended == [f'{{"grant":"g-{token}","result":"outcome_unknown"}}' for token in range(1, len(written) + 1)]
    assert verified(path)["ok"] is True
    assert [seq for seq, _, _ in rows] == list(range(1, len(rows) + 1))


def test_a_process_that_may_not_write_any_more_catches_up_when_it_may(tmp_path: Path) -> None:
    """At a file-size limit records wait in memory, in order; nothing is confirmed early and nothing is lost."""
    path = tmp_path / "journal.db"
    with started("limit", path) as child:
        said = [int(line) for line in child.stdout or ()]
    stuck_at = next(-token for token in said if token <= 0)
    assert child.returncode == 0
    assert stuck_at < 300
    assert [token for token in said if token > 0] == list(range(1, 301))
    assert [body for _, _, body in lines(path)] == [f'{{"token":{token}}}' for token in range(1, 301)]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a disk of 4 MiB; only root may."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = shutil.which("mount")
    if os.geteuid() != 0 or mount is None:
        pytest.skip("a full disk needs root to mount one; the file-size limit stands in for it")
    done = subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=4m", "gapura-test", str(folder)],
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        pytest.skip(f"this machine lets nobody mount a disk: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_on_a_full_disk_records_wait_and_are_written_when_there_is_room(small_disk: Path) -> None:
    """A disk without a free block stops confirmations, not the gate; with room again everything is there in order."""
    confirmed = Confirmed()
    journal = opened(small_disk / "journal.db", confirmed, Limits(retry_ms=10, batch=10))
    journal.submit(record(0))
    confirmed.wait_for(1)
    filler = small_disk / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(512)):
            pass
    for token in range(1, 2_000):
        journal.submit(record(token))
    pause = threading.Event()
    while not journal.counters()["journal_failures"]:
        pause.wait(0.01)
    before = len(confirmed.tokens)
    filler.unlink()
    confirmed.wait_for(2_000)
    counters = journal.counters()
    journal.close()
    assert before < 2_000
    assert confirmed.tokens == list(range(2_000))
    assert counters["journal_dropped"] == counters["journal_replaced"] == 0
    assert [seq for seq, _, _ in lines(small_disk / "journal.db")] == list(range(1, 2_001))
