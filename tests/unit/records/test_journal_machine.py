"""The journal against a model: any interleaving of records, marks, clean ends and power cuts.

A power cut is a copy of the files as they lie on the disk at that moment, opened as the next run would open them.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from firmware.events import Use
from tests.unit.records.chained import verified
from tests.unit.records.making import inline, lines, record

FAR = 2_000_000_000


class JournalMachine(RuleBasedStateMachine):
    """Every step must leave numbers gapless, tokens in order, and the tables saying the same as the rows."""

    def __init__(self) -> None:
        """Begin with an empty journal and an empty model."""
        super().__init__()
        self._folder = tempfile.TemporaryDirectory(prefix="journal-")
        self._run = 0
        self._path = self._place()
        self.committed: list[int] = []
        self.rows: list[str] = []
        self.unacked: list[int] = []
        self.open: list[str] = []
        self.uses: dict[str, int] = {}
        self.journal = inline(self._path, self.committed.append)
        self._token = 0

    def _place(self) -> Path:
        self._run += 1
        folder = Path(self._folder.name) / str(self._run)
        folder.mkdir()
        return folder / "journal.db"

    def _grow(self, kind: str) -> None:
        self.rows.append(kind)
        self.unacked.append(len(self.rows))

    def _restarted(self) -> None:
        for _ in self.open:
            self._grow("grant")
        self.open = []

    @rule(kind=st.sampled_from(["access", "gate"]), opens=st.booleans(), reference=st.sampled_from(["", "a", "b"]))
    def write(self, kind: str, reference: str, *, opens: bool) -> None:
        """Write a record, perhaps with a grant it begins and an entry it uses."""
        self._token += 1
        grant = f"g-{self._token}" if opens else None
        use = Use(reference, 1, FAR) if reference else None
        self.journal.submit(record(self._token, kind, grant=grant, opens=opens, use=use))
        self._grow(kind)
        self.open += [grant] if grant else []
        if reference:
            self.uses[reference] = self.uses.get(reference, 0) + 1

    @precondition(lambda self: self.open)
    @rule(data=st.data())
    def end_grant(self, data: st.DataObject) -> None:
        """End one of the grants that are open."""
        self._token += 1
        grant = data.draw(st.sampled_from(self.open))
        self.journal.submit(record(self._token, "grant", grant=grant))
        self.open.remove(grant)
        self._grow("grant")

    @precondition(lambda self: self.unacked)
    @rule(data=st.data())
    def acknowledge(self, data: st.DataObject) -> None:
        """Mark some of the pending rows, in any order."""
        chosen = data.draw(st.lists(st.sampled_from(self.unacked), unique=True, max_size=5))
        self.journal.mark_acked([row for row in self.journal.pending(0, 1_000) if row.seq in chosen])
        self.unacked = [seq for seq in self.unacked if seq not in chosen]

    @rule()
    def end_and_start(self) -> None:
        """End properly and open the same file again."""
        self.journal.close()
        self.journal = inline(self._path, self.committed.append)
        self._restarted()

    @rule()
    def cut_the_power(self) -> None:
        """Open a copy of what lies on the disk now."""
        old, self._path = self._path, self._place()
        for file in old.parent.iterdir():
            if not file.name.endswith(("-shm", ".lock")):
                shutil.copy(file, self._path.parent)
        self.journal.close()
        self.journal = inline(self._path, self.committed.append)
        self._restarted()

    @invariant()
    def numbers_are_gapless_and_kinds_in_order(self) -> None:
        """Rows are numbered from 1 without a gap and hold what was written, in order."""
        rows = lines(self._path)
        assert [seq for seq, _, _ in rows] == list(range(1, len(self.rows) + 1))
        assert [kind for _, kind, _ in rows] == self.rows

    @invariant()
    def tokens_came_back_in_order(self) -> None:
        """Every record was confirmed once, in order."""
        assert self.committed == list(range(1, self._token + 1))

    @invariant()
    def what_is_pending_is_what_nobody_acknowledged(self) -> None:
        """Marks survive, and only marks take a row out of what is pending."""
        assert [row.seq for row in self.journal.pending(0, 1_000)] == self.unacked

    @invariant()
    def entries_used_are_counted(self) -> None:
        """The sums by reference are those of the records."""
        assert self.journal.uses() == {name: (entries, FAR) for name, entries in self.uses.items()}

    def teardown(self) -> None:
        """Prove what all of it came to, and remove the files."""
        self.journal.close()
        found = verified(self._path)
        assert (found["ok"], found["last"]) == (True, len(self.rows)), found
        self._folder.cleanup()


def test_whatever_happens_in_whatever_order_the_journal_agrees_with_its_model() -> None:
    """Records, marks, clean ends and power cuts leave rows gapless, confirmed in order, and never lost."""
    run_state_machine_as_test(JournalMachine, settings=settings(max_examples=25, stateful_step_count=25))
