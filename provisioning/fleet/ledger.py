"""The ledger: what has happened to each gate, on disk before anybody is told.

It decides what a claim is worth and keeps the moves of `lifecycle`. Every change is also a row of the history with who
did it and why; nothing is ever taken out of that. It reads no clock: times are Unix seconds of the caller.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from cryptography import x509

from firmware.records.wire import valid_id
from provisioning.fleet import lifecycle
from provisioning.fleet.ledger_file import LedgerFile
from provisioning.fleet.ledger_rows import SERVICE, Certificate, Claim, Row, Standing, Use, key_digest
from provisioning.fleet.lifecycle import State
from provisioning.mistake import OperatorError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

__all__ = ["SERVICE", "Certificate", "Claim", "Ledger", "Row", "Standing", "Use", "key_digest"]


class Ledger:
    """One open ledger, for one thread. Other programs may have it open too; each change is seen whole or not at all."""

    def __init__(self, file: LedgerFile) -> None:
        """Take an open file; `open` opens one."""
        self._file = file
        self._database = file.database

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the ledger, or begin one; raises OperatorError for a file that is none."""
        return cls(LedgerFile(path))

    @classmethod
    def open_existing(cls, path: Path) -> Self:
        """Open the ledger that is there, so that no slip of the pen begins one; raises OperatorError."""
        if not path.is_file():
            line = f"{path} is not there; name the ledger's file (gapura-ops fleet approve begins one)"
            raise OperatorError(line)
        return cls.open(path)

    def close(self) -> None:
        """Close it."""
        self._file.close()

    def together(self) -> AbstractContextManager[object]:
        """Make all changes inside one; what ends it by an exception undoes them."""
        return self._file.together()

    # --- gates -------------------------------------------------------------------------------------------------------

    def gates(self) -> dict[str, Standing]:
        """Every gate that was ever entered, by name."""
        rows = self._database.execute("SELECT gate, state, suspended, since, document_version FROM gates ORDER BY gate")
        return {
            gate: Standing(gate, State(state), bool(held), since, version) for gate, state, held, since, version in rows
        }

    def standing(self, gate: str) -> Standing | None:
        """Where one gate is; None for one that nobody entered."""
        query = "SELECT gate, state, suspended, since, document_version FROM gates WHERE gate = ?"
        row = self._database.execute(query, (gate,)).fetchone()
        return None if row is None else Standing(row[0], State(row[1]), bool(row[2]), row[3], row[4])

    def enter(self, gate: str, *, by: str, at: int) -> bool:
        """Enter a gate as requested; False for one that is there, which stays as it is."""
        if not valid_id(gate):
            line = f"{gate!r} is no gate's name; write 1 to 64 of a-z, 0-9 and -"
            raise OperatorError(line)
        with self._file.together():
            values = (gate, State.REQUESTED.value, at)
            done = self._database.execute("INSERT OR IGNORE INTO gates (gate, state, since) VALUES (?, ?, ?)", values)
            if done.rowcount:
                self._note(gate, at, State.REQUESTED.value, by, "")
        return bool(done.rowcount)

    def move(self, gate: str, to: State, *, by: str, why: str, at: int) -> None:
        """Move a gate on. Claims end with approved, requested and retired, certificates with retired.

        Raises OperatorError for a move that `lifecycle` does not know, and for a gate that nobody entered.
        """
        with self._file.together():
            now = self._known(gate).state
            if not lifecycle.may_move(now, to):
                ways = ", ".join(sorted(lifecycle.MOVES[now]))
                line = f"{gate} is {now} and cannot become {to}; from there it goes to {ways}"
                raise OperatorError(line)
            self._database.execute("UPDATE gates SET state = ?, since = ? WHERE gate = ?", (to.value, at, gate))
            self._note(gate, at, to.value, by, why)
            if to in {State.REQUESTED, State.APPROVED, State.RETIRED}:
                self.withdraw_claims(gate, by=by, why=why, at=at)
            if to is State.RETIRED:
                self.revoke(gate, at, by=by, why=why)

    def suspend(self, gate: str, *, by: str, why: str, at: int) -> bool:
        """Suspend a gate wherever it is; False for one that is suspended already."""
        return self._hold(gate, suspended=True, by=by, why=why, at=at)

    def release(self, gate: str, *, by: str, why: str, at: int) -> bool:
        """Let a suspended gate go on; False for one that is not suspended."""
        return self._hold(gate, suspended=False, by=by, why=why, at=at)

    def next_document_version(self, gate: str) -> int:
        """Count the gate's provisioning documents on; no number is given twice, not even to one that was never made."""
        with self._file.together():
            self._known(gate)
            query = "UPDATE gates SET document_version = document_version + 1 WHERE gate = ? RETURNING document_version"
            return int(self._database.execute(query, (gate,)).fetchone()[0])

    # --- claims ------------------------------------------------------------------------------------------------------

    def add_claim(self, gate: str, claim_id: str, expires: int, *, by: str, at: int) -> None:
        """Give a gate a claim, in the place of all before it; raises OperatorError where none may be given."""
        with self._file.together():
            now = self._known(gate)
            if not lifecycle.has_claims(now.state):
                line = f"{gate} is {now.state}; approve it first (gapura-ops fleet approve)"
                raise OperatorError(line)
            self.withdraw_claims(gate, by=by, why="a newer claim", at=at)
            values = (claim_id, gate, at, expires)
            self._database.execute("INSERT INTO claims (id, gate, made, expires) VALUES (?, ?, ?, ?)", values)
            self._note(gate, at, f"claim {claim_id}", by, "")

    def use_claim(self, claim_id: str, gate: str, key_digest: bytes, at: int) -> Use:
        """Use a claim for one key, once; the same key may come again, and any other is told apart for ever."""
        with self._file.together():
            found = self.claim(claim_id)
            use = Use.UNKNOWN if found is None else found.use(gate, key_digest, at)
            if use is Use.FIRST:
                values = (at, key_digest, claim_id)
                self._database.execute("UPDATE claims SET used = ?, key_digest = ? WHERE id = ?", values)
                self._note(gate, at, f"claim {claim_id} used", SERVICE, f"key {key_digest.hex()[:16]}")
            return use

    def claim(self, claim_id: str) -> Claim | None:
        """One claim; None for one that is unknown or was withdrawn."""
        return next(iter(self._claims("id = ?", claim_id)), None)

    def claims(self, at: int) -> list[Claim]:
        """Every claim that has not expired at `at`, used or not."""
        return self._claims("expires > ?", at)

    def withdrawn_claims(self, at: int) -> list[Claim]:
        """Claims that were taken back and whose certificates are still good at `at`."""
        return self._claims("expires > ?", at, "IS NOT NULL")

    def withdraw_claims(self, gate: str, *, by: str, why: str, at: int) -> int:
        """Take a gate's claims back and say how many there were: whoever shows one is unknown."""
        with self._file.together():
            query = "UPDATE claims SET withdrawn = ? WHERE gate = ? AND withdrawn IS NULL"
            count = self._database.execute(query, (at, gate)).rowcount
            if count:
                self._note(gate, at, "claims withdrawn", by, why)
            return count

    def _claims(self, which: str, value: str | int, withdrawn: str = "IS NULL") -> list[Claim]:
        query = f"SELECT id, gate, made, expires, used, key_digest FROM claims WHERE withdrawn {withdrawn} AND {which}"  # noqa: S608
        return [Claim(*row) for row in self._database.execute(query + " ORDER BY id", (value,))]

    # --- certificates ------------------------------------------------------------------------------------------------

    def add_certificate(self, gate: str, der: bytes, at: int, *, by: str = SERVICE) -> None:
        """Write a certificate down before it is handed out."""
        certificate = x509.load_der_x509_certificate(der)
        digest, ends = key_digest(certificate.public_key()), int(certificate.not_valid_after_utc.timestamp())
        with self._file.together():
            self._known(gate)
            values = (f"{certificate.serial_number:x}", gate, der, digest, at, ends)
            query = "INSERT INTO certificates (serial, gate, der, key_digest, made, ends) VALUES (?, ?, ?, ?, ?, ?)"
            self._database.execute(query, values)
            self._note(gate, at, f"certificate {certificate.serial_number:x}", by, "")

    def certificates(self, gate: str) -> list[Certificate]:
        """The certificates of a gate, the oldest first, those included that ended or were revoked."""
        query = (
            "SELECT serial, gate, der, key_digest, made, ends, revoked FROM certificates WHERE gate = ? ORDER BY number"
        )
        return [Certificate(int(serial, 16), *rest) for serial, *rest in self._database.execute(query, (gate,))]

    def revoke(self, which: str | int, at: int, *, by: str = SERVICE, why: str = "") -> int:
        """Revoke a gate's certificates, or one by its serial number; says how many were good until now."""
        column, value = ("gate", which) if isinstance(which, str) else ("serial", f"{which:x}")
        query = f"SELECT serial, gate FROM certificates WHERE revoked IS NULL AND {column} = ?"  # noqa: S608
        with self._file.together():
            found = self._database.execute(query, (value,)).fetchall()
            for serial, gate in found:
                self._database.execute("UPDATE certificates SET revoked = ? WHERE serial = ?", (at, serial))
                self._note(gate, at, f"certificate {serial} revoked", by, why)
        return len(found)

    def revoked(self, ending_after: int = 0) -> list[tuple[int, int]]:
        """Serial number and time of each revocation; without those of certificates that ended before."""
        query = (
            "SELECT serial, revoked FROM certificates WHERE revoked IS NOT NULL AND ends > ? ORDER BY revoked, serial"
        )
        return [(int(serial, 16), at) for serial, at in self._database.execute(query, (ending_after,))]

    # --- history -----------------------------------------------------------------------------------------------------

    def history(self, gate: str) -> list[Row]:
        """Everything that was ever written down of a gate, in order."""
        query = "SELECT at, gate, what, by_whom, why FROM history WHERE gate = ? ORDER BY number"
        return [Row(*row) for row in self._database.execute(query, (gate,))]

    def why_suspended(self) -> dict[str, Row]:
        """For each suspended gate the row that says since when and why."""
        held = "SELECT max(number) FROM history JOIN gates USING (gate) WHERE suspended AND what = 'suspended'"
        query = f"SELECT at, gate, what, by_whom, why FROM history WHERE number IN ({held} GROUP BY gate)"  # noqa: S608
        return {row.gate: row for row in (Row(*values) for values in self._database.execute(query))}

    def changes(self) -> int:
        """A number that is another one after any other program has changed the ledger."""
        return self._file.changes()

    def note(self, gate: str, what: str, *, by: str, why: str, at: int) -> None:
        """Write down what changes nothing else: a refusal, an alert, a reported self-test."""
        with self._file.together():
            self._note(gate, at, what, by, why)

    def _note(self, gate: str, at: int, what: str, by: str, why: str) -> None:
        query = "INSERT INTO history (gate, at, what, by_whom, why) VALUES (?, ?, ?, ?, ?)"
        self._database.execute(query, (gate, at, what, by, why))

    def _known(self, gate: str) -> Standing:
        found = self.standing(gate)
        if found is None:
            line = f"{gate} stands in no ledger; write it into the inventory and approve it (gapura-ops fleet approve)"
            raise OperatorError(line)
        return found

    def _hold(self, gate: str, *, suspended: bool, by: str, why: str, at: int) -> bool:
        with self._file.together():
            if self._known(gate).suspended is suspended:
                return False
            self._database.execute("UPDATE gates SET suspended = ? WHERE gate = ?", (int(suspended), gate))
            self._note(gate, at, "suspended" if suspended else "released", by, why)
            return True
