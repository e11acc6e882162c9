"""The office of a whole city: one inventory, all its sheets as one PDF, and what an operator asks of the desk.

Authority, broker and enrolment service are those of the trial of one gate; the commands are those that an operator
types. It decides nothing.
"""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING, Final, Self

from provisioning import __main__ as ops
from provisioning import documents, files
from provisioning.broker.certificates import Holder
from provisioning.broker.runner import LOOPBACK
from provisioning.broker_address import Address
from provisioning.connection import Connection
from provisioning.fleet import example, inventory
from provisioning.fleet.ledger import Ledger
from provisioning.mistake import OperatorError
from provisioning.trial import office
from tests.broker.stand import ROOT
from tests.fleet.device import CARD

if TYPE_CHECKING:
    from pathlib import Path

    from firmware.signed.envelope import Kind
    from provisioning.fleet.planned import Inventory

VALID_DAYS: Final = 7
POLICY: Final = b'{"profile": "city", "timezone": "Asia/Jakarta", "classes": {"visitor": {}}}'


class Town(office.Office):
    """One city; `with` starts broker and service and lays the lists out for every area."""

    def __init__(self, folder: Path, gates: int) -> None:
        """Found it, and write its inventory."""
        super().__init__(folder)
        self.inventory = folder / "city.csv"
        self.inventory.write_text(example.city(gates, f"{LOOPBACK}:{self.broker.port}"), encoding="utf-8")
        self.plan: Inventory = inventory.read(self.inventory)
        certificate, key = self._operator
        self.address = Address(LOOPBACK, self.broker.port, self.broker.ca, certificate, key)

    def __enter__(self) -> Self:
        """Start all of it."""
        self._minder.start()
        self.ops("fleet", "approve", str(self.inventory), "--ledger", str(self.ledger_path), "--all", "--by", "desk")
        self.start_service()
        now = int(time.time())
        trust = documents.build_trust(self._authority, now=now, valid_days=VALID_DAYS).data
        policy = documents.sign_policy(self._authority, POLICY, now=now, valid_days=VALID_DAYS).data
        with self._minder.undisturbed(), Connection(self.address) as connection:
            for area in self.plan.areas:
                connection.send(f"gapura/1/_group/{area}/doc/trust/desired", trust, retain=True)
                connection.send(f"gapura/1/_group/{area}/doc/policy/desired", policy, retain=True)
            connection.settle()
        return self

    def ops(self, *words: str) -> list[dict[str, object]]:
        """Run a command of the desk and return its JSON lines; raises OperatorError if it fails."""
        out = io.StringIO()
        with self._minder.undisturbed(), contextlib.redirect_stdout(out):
            code = ops.main(words)
        if code:
            line = f"gapura-ops {' '.join(words[:2])} ended with {code}"
            raise OperatorError(line)
        return [json.loads(line) for line in out.getvalue().splitlines()]

    def sheets(self, *gates: str) -> tuple[Path, list[dict[str, object]]]:
        """Make the sheets of these gates, or of all, as one PDF."""
        out = self.folder / f"sheets-{len(gates) or 'all'}.pdf"
        said = self.ops("provision", *(gates or ("--all",)), *self._papers(), "--out", str(out))
        return out, said

    def activate_all(self) -> list[dict[str, object]]:
        """Make every gate active; returns what was said of each."""
        where = ("--ledger", str(self.ledger_path), "--dir", str(self.folder / "authority"), *self._address())
        return self.ops("fleet", "activate", str(self.inventory), "--all", "--wait", "900", *where)

    def forget(self, gate: str, kind: Kind) -> None:
        """Take back what is desired of one gate."""
        with self._minder.undisturbed(), Connection(self.address) as connection:
            connection.send(f"gapura/1/{gate}/doc/{kind.value}/desired", b"", retain=True)
            connection.settle()

    def sign_for(self, gate: str, kind: Kind, body: dict[str, object]) -> None:
        """Sign a document for one gate and lay it out."""
        valid_s = VALID_DAYS * documents.DAY_S
        sealed = documents.seal(self._authority, kind, body, now=int(time.time()), valid_s=valid_s, audience=(gate,))
        with self._minder.undisturbed(), Connection(self.address) as connection:
            connection.send(f"gapura/1/{gate}/doc/{kind.value}/desired", sealed.data, retain=True)
            connection.settle()

    def add_row(self, like: str, gate: str) -> None:
        """Plan one gate more, like another."""
        lines = self.inventory.read_text("utf-8").splitlines()
        row = next(line for line in lines if line.startswith(f"gate,{like},"))
        files.write(self.inventory, ("\n".join([*lines, row.replace(like, gate)]) + "\n").encode())
        self.plan = inventory.read(self.inventory)

    def stranger(self, gate: str, folder: Path) -> None:
        """Give a gate that nobody planned a certificate and a card."""
        folder.mkdir(parents=True)
        certificate, key = self.broker.issue(Holder.GATE, gate)
        nothing = f'list = "{folder}/none"\npolicy = "{folder}/none"\n'
        (folder / CARD).write_text(
            f'[gate]\nid = "{gate}"\narea = "pusat"\nstate_dir = "{folder}/state"\n[relay]\npin = 17\n'
            f'[trust]\nroot = "{self.root}"\n{nothing}[hardware]\npins = "mock"\n'
            f'[readers.outside]\nside = "outside"\nsocket = "{folder}/o.sock"\n[mqtt]\nhost = "{LOOPBACK}"\n'
            f'port = {self.broker.port}\nca = "{self.broker.ca}"\ncertificate = "{certificate}"\nkey = "{key}"\n'
        )
        (folder / "state").mkdir(mode=0o700)

    def ledger(self) -> closing[Ledger]:
        """Open the ledger for a moment."""
        return closing(Ledger.open(self.ledger_path))

    def status(self) -> tuple[list[dict[str, object]], float]:
        """Ask for the whole status as a script does; the rows, and how long the command took (s)."""
        where = ("--broker", f"{LOOPBACK}:{self.broker.port}", "--ca", str(self.broker.ca))
        own = ("--cert", str(self.address.certificate), "--key", str(self.address.key))
        words = ("fleet", "status", str(self.inventory), "--ledger", str(self.ledger_path), "--json", *where, *own)
        began_s = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "provisioning", *words], cwd=ROOT, capture_output=True, text=True, check=False
        )
        took_s = time.monotonic() - began_s
        if not done.stdout:
            raise OperatorError(done.stderr.strip())
        return json.loads(done.stdout), took_s

    def _papers(self) -> tuple[str, ...]:
        return ("--inventory", str(self.inventory), *self._desk())

    def _desk(self) -> tuple[str, ...]:
        folder = self.folder
        return (
            *("--ledger", str(self.ledger_path)),
            *("--dir", str(folder / "authority"), "--device-ca", str(self._broker_folder)),
        )
