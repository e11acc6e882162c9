"""What the journal does by itself on its thread: checkpoints, commands remembered, ranges read, trouble told."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from firmware.events import Instant, Obeyed, Record
from firmware.records.journal import Journal
from firmware.records.limits import Limits
from provisioning.broker.certificates import DeviceCa
from tests.unit.records.chained import alter, signer, verified
from tests.unit.records.making import AT, GATE, epochs, inline, lines, record
from tests.unit.records.test_journal import PATIENCE_S, Confirmed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CA = DeviceCa.create()
LATER = Instant(9_000, AT.latest + 3_600, AT.latest + 3_600, "rtc")


class Told:
    """Collects what the journal says of itself and waits for a word."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.words: list[tuple[str, bool]] = []
        self._changed = threading.Condition()

    def __call__(self, what: str, works: bool) -> None:  # noqa: FBT001  the signature of the inbox
        """Note a word, on the journal's thread."""
        with self._changed:
            self.words.append((what, works))
            self._changed.notify_all()

    def wait_for(self, what: str, *, works: bool) -> None:
        """Wait until this was said."""
        with self._changed:
            assert self._changed.wait_for(lambda: (what, works) in self.words, PATIENCE_S)


def made(
    path: Path,
    confirmed: Confirmed | None = None,
    limits: Limits | None = None,
    *,
    sign: Callable[[bytes], bytes | None] | None = None,
    told: Told | None = None,
    now: Callable[[], Instant] = lambda: AT,
) -> Journal:
    """Open a journal with its thread."""
    return Journal(
        path,
        GATE,
        committed=confirmed or Confirmed(),
        epoch_bytes=epochs(),
        boot="boot-1",
        now=now,
        checked=told or Told(),
        sign=sign,
        limits=limits or Limits(),
    )


def test_a_checkpoint_is_written_every_so_many_rows_and_at_the_end(tmp_path: Path) -> None:
    """Each is an event like any other, the chain is proven up to the last one, and an idle run writes none."""
    path, confirmed = tmp_path / "journal.db", Confirmed()
    journal = made(path, confirmed, Limits(checkpoint_rows=20), sign=signer(CA))
    for token in range(50):
        journal.submit(record(token))
        confirmed.wait_for(token + 1)
    journal.close()
    made(path, sign=signer(CA)).close()
    kinds = [kind for _, kind, _ in lines(path)]
    found = verified(path, CA)
    assert kinds.count("checkpoint") == 3
    assert kinds[-1] == "checkpoint"
    assert (found["ok"], found["signed_up_to"], found["unsigned_tail"]) == (True, 52, 1)


def test_news_are_checkpointed_within_the_hour(tmp_path: Path) -> None:
    """A quiet gate does not leave its last words unsigned, and followers are told of the checkpoint."""
    confirmed, woken = Confirmed(), threading.Semaphore(0)
    journal = made(tmp_path / "journal.db", confirmed, Limits(checkpoint_ms=20), sign=signer(CA))
    journal.watch(woken.release)
    journal.submit(record(1))
    while [row.kind for row in journal.pending(0, 10)] != ["access", "checkpoint"]:
        assert woken.acquire(timeout=PATIENCE_S)
    journal.close()


def test_without_a_key_checkpoints_are_written_and_say_that_they_are_not_signed(tmp_path: Path) -> None:
    """A gate that is not enrolled yet has consumers as witnesses, and nobody is told that it is more than that."""
    path = tmp_path / "journal.db"
    journal = made(path, sign=lambda _: None)
    journal.submit(record(1))
    journal.close()
    assert "signed" not in lines(path)[-1][2]
    found = verified(path)
    assert (found["ok"], found["checkpoints"], found["signed_up_to"]) == (True, 1, None)


def commanded(token: int, command: str, expires: int) -> Record:
    """Make the record of a command that is about to be obeyed."""
    return Record(token, "command", AT, {"op": "unlock"}, obeyed=Obeyed(command, expires))


def test_commands_are_remembered_until_they_expire(tmp_path: Path) -> None:
    """A restart does not make a gate obey twice; only a trusted clock lets it forget."""
    path = tmp_path / "journal.db"
    journal = made(path)
    journal.submit(commanded(1, "old", AT.latest + 60))
    journal.submit(commanded(2, "new", AT.latest + 7_200))
    journal.close()
    untrusted = made(path, limits=Limits(tidy_ms=0), now=lambda: Instant(1))
    untrusted.submit(record(3))
    untrusted.close()
    assert untrusted.obeyed() == {"old": AT.latest + 60, "new": AT.latest + 7_200}
    later = made(path, confirmed := Confirmed(), Limits(tidy_rows=1), now=lambda: LATER)
    later.submit(record(4))
    confirmed.wait_for(1)
    later.close()
    assert later.obeyed() == untrusted.obeyed()
    again = inline(path)
    assert again.obeyed() == {"new": AT.latest + 7_200}
    again.close()


def test_commands_are_saved_from_a_file_that_is_put_aside(tmp_path: Path) -> None:
    """A damaged journal does not open a second chance for a command."""
    path = tmp_path / "journal.db"
    journal = made(path)
    journal.submit(commanded(1, "once", AT.latest + 60))
    journal.close()
    alter(path, "PRAGMA user_version = 99")
    told = Told()
    journal = made(path, told=told)
    journal.close()
    assert journal.obeyed() == {"once": AT.latest + 60}
    assert told.words == [("journal_replaced", False)]


def test_commands_of_a_journal_that_comes_late_come_with_it(tmp_path: Path) -> None:
    """They are handed over before anything is committed, as uses are."""
    folder, order = tmp_path / "disk", list[object]()
    known = inline(tmp_path / "known.db")
    known.submit(commanded(1, "once", AT.latest + 60))
    known.close()
    confirmed = Confirmed()

    def committed(token: int) -> None:
        order.append(token)
        confirmed(token)

    journal = Journal(
        folder / "journal.db",
        GATE,
        committed=committed,
        reopened=lambda _uses, _since, obeyed: order.append(obeyed),
        limits=Limits(retry_ms=10),
    )
    journal.submit(record(7))
    (tmp_path / "ready").mkdir()
    (tmp_path / "known.db").rename(tmp_path / "ready" / "journal.db")
    (tmp_path / "ready").rename(folder)
    confirmed.wait_for(1)
    journal.close()
    assert order == [{"once": AT.latest + 60}, 7]
    assert journal.obeyed() == {}


@pytest.mark.parametrize("threaded", [True, False], ids=["threaded", "inline"])
def test_rows_are_read_again_by_number_whether_acknowledged_or_not(tmp_path: Path, *, threaded: bool) -> None:
    """A range is bounded, what is not there is absent, and another epoch has no rows."""
    path, confirmed = tmp_path / "journal.db", Confirmed()
    journal = made(path, confirmed) if threaded else inline(path, confirmed)
    for token in range(1, 11):
        journal.submit(record(token))
    confirmed.wait_for(10)
    journal.mark_acked(journal.pending(0, 5))
    epoch, oldest, newest = journal.head()
    assert (epoch, oldest, newest) == ("00000001", 1, 10)
    for first, last, limit, numbers in (
        (3, 7, 100, [3, 4, 5, 6, 7]),
        (3, 7, 2, [3, 4]),
        (9, 99, 9, [9, 10]),
        (11, 2, 9, []),
        (-(2**70), 2**80, 2, [1, 2]),
        (2**70, 2**80, 2, []),
    ):
        rows = journal.rows(epoch, first, last, limit)
        assert rows is not None
        assert [row.seq for row in rows] == numbers
    assert journal.rows("ffffffff", 1, 10, 10) == []
    journal.close()


def test_a_journal_that_cannot_be_read_does_not_say_that_it_is_empty(tmp_path: Path) -> None:
    """Whoever asked for history waits for the disk instead of hearing that there is none."""
    journal = made(tmp_path / "nowhere" / "journal.db", Confirmed())
    assert journal.rows("00000001", 1, 9, 9) is None
    journal.close()


def test_a_disk_that_comes_and_goes_is_told(tmp_path: Path) -> None:
    """Whoever listens hears of the trouble once and of its end once."""
    folder, told = tmp_path / "disk", Told()
    journal = made(folder / "journal.db", told=told, limits=Limits(retry_ms=10))
    journal.submit(record(1))
    assert told.words == [("journal", False)]
    assert journal.head() == ("", 0, 0)
    folder.mkdir()
    told.wait_for("journal", works=True)
    journal.close()
    assert told.words == [("journal", False), ("journal", True)]


def test_a_row_that_lost_its_letters_is_found_told_and_counted(tmp_path: Path) -> None:
    """SQLite's own check passes; the chain's does not, and the journal goes on with the rows that are whole."""
    path, told = tmp_path / "journal.db", Told()
    journal = made(path)
    for token in range(1, 301):
        journal.submit(record(token))
    journal.close()
    alter(path, "UPDATE records SET body = replace(body, 't', char(0)) WHERE seq = 250")
    journal = made(path, told=told, limits=Limits(scrub_ms=1))
    told.wait_for("journal_altered", works=False)
    counters = journal.counters()
    journal.close()
    assert counters["journal_altered"] == 1
    assert counters["journal_replaced"] == 0
    assert lines(path)[-1][1:] == ("gap", '{"first":250,"last":250,"what":"altered"}')
