"""What the broker goes by, kept on disk: the access list and the list of revoked certificates, and its being told.

It decides whether a file is as it should be and writes it whole if not. How the broker is told to read them again is
the operator's choice: a signal to the process that a file names, a command, or somebody else who watches the files.
"""

from __future__ import annotations

import os
import signal
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography import x509

from provisioning import files
from provisioning.broker import known
from provisioning.enrolment import access
from provisioning.mistake import FAILED, OperatorError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from provisioning.broker.certificates import DeviceCa
    from provisioning.fleet.inventory import Inventory
    from provisioning.fleet.ledger import Ledger

MODE: Final = 0o640
"""The broker's group reads them; the folder's set-group-id bit gives them that group."""

_MOST_BYTES: Final = 64 << 20
_PATIENCE_S: Final = 30


@dataclass(frozen=True, slots=True)
class Reload:
    """How the broker is told: the file with its process id, or a command, or neither."""

    pid_file: Path | None = None
    command: tuple[str, ...] = ()

    def __call__(self) -> None:
        """Tell it; raises OperatorError when that failed, for then what was written does not count yet."""
        try:
            if self.pid_file is not None:
                os.kill(int(files.read(self.pid_file, 64).decode()), signal.SIGHUP)
            if self.command:
                subprocess.run(  # noqa: S603  the operator's own command, without a shell
                    self.command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=_PATIENCE_S
                )
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            line = (
                f"the broker was not told to read its lists again: {error}; do it by hand (systemctl reload mosquitto)"
            )
            raise OperatorError(line, exit_code=FAILED) from error


class Lists:
    """The two files in the broker's folder; `operators.json` beside them is read and never written."""

    def __init__(self, folder: Path, device_ca: DeviceCa, reload: Reload) -> None:
        """Take the folder, the CA that signs the list of what is revoked, and how the broker is told."""
        self._folder = folder
        self._ca = device_ca
        self._reload = reload

    def keep(self, ledger: Ledger, inventory: Inventory, now: int, *, tell: bool = False) -> tuple[str, ...]:
        """Write what is not as it should be, tell the broker, and name the files that were written.

        With `tell` the broker is told in any case: somebody may have been killed between writing and telling.
        """
        wrong = self._wrong(ledger, inventory, now)
        for name, data in wrong.items():
            files.write(self._folder / name, data, MODE)
        if wrong or tell:
            self._reload()
        return tuple(wrong)

    def _wrong(self, ledger: Ledger, inventory: Inventory, now: int) -> dict[str, bytes]:
        """Find the files that differ, with what should stand there; the revocations first: they shut out for good."""
        revoked = ledger.revoked(ending_after=now)
        rights = known.read(self._folder)
        text = access.access_list(
            rights, inventory, ledger.gates(), ledger.claims(now), ledger.withdrawn_claims(now)
        ).encode()
        wrong = {}
        if not self._lists(revoked):
            wrong["crl"] = self._ca.revocation_list(revoked)
        if self._present("acl") != text:
            wrong["acl"] = text
        return wrong

    def _lists(self, revoked: Sequence[tuple[int, int]]) -> bool:
        """Say whether the list on disk is the CA's own and names just these."""
        try:
            found = x509.load_pem_x509_crl(self._present("crl") or b"")
            genuine = found.is_signature_valid(self._ca.certificate.public_key())  # type: ignore[arg-type]
        except (ValueError, TypeError):
            return False
        return genuine and {one.serial_number for one in found} == {serial for serial, _ in revoked}

    def _present(self, name: str) -> bytes | None:
        path = self._folder / name
        return files.read(path, _MOST_BYTES) if path.exists() else None
