"""What the broker goes by, kept on disk: the access list and the list of revoked certificates, and its being told.

It decides whether a file is as it should be and writes it whole if not. How the broker is told to read them again is
the operator's choice: a signal to the process that a file names, a command, or somebody else who watches the files.
"""

from __future__ import annotations

import contextlib
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

_BEGIN: Final = b"-----BEGIN X509 CRL-----"
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
                with contextlib.suppress(ProcessLookupError):  # a broker that is not there reads them when it starts
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

    def __init__(self, folder: Path, cas: Sequence[DeviceCa], bundle: Path, reload: Reload) -> None:
        """Take the folder, the CAs with the file that names them, and how the broker is told.

        Each CA signs what is revoked, of whatever CA: OpenSSL asks for a list of each issuer, and numbers never meet.
        """
        self._folder = folder
        self._cas = cas
        self._bundle = bundle
        self._believed = files.read(bundle)
        self._reload = reload

    def keep(self, ledger: Ledger, inventory: Inventory, now: int, *, tell: bool = False) -> tuple[str, ...]:
        """Write what is not as it should be, tell the broker, and name the files that were written.

        With `tell` the broker is told in any case: somebody may have been killed between writing and telling.
        """
        if files.read(self._bundle) != self._believed:
            line = f"{self._bundle} names other CAs now; start again (systemctl restart gapura-enrolment)"
            raise OperatorError(line, exit_code=FAILED)
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
            wrong["crl"] = b"".join(ca.revocation_list(revoked) for ca in self._cas)
        if self._present("acl") != text:
            wrong["acl"] = text
        return wrong

    def _lists(self, revoked: Sequence[tuple[int, int]]) -> bool:
        """Say whether the lists on disk are the CAs' own, in their order, and each names just these."""
        parts = (self._present("crl") or b"").split(_BEGIN)[1:]
        if len(parts) != len(self._cas):
            return False
        try:
            return all(_genuine(_BEGIN + part, ca, revoked) for part, ca in zip(parts, self._cas, strict=True))
        except (ValueError, TypeError):
            return False

    def _present(self, name: str) -> bytes | None:
        path = self._folder / name
        return files.read(path, _MOST_BYTES) if path.exists() else None


def _genuine(data: bytes, ca: DeviceCa, revoked: Sequence[tuple[int, int]]) -> bool:
    """Say whether one list is this CA's and names just these."""
    found = x509.load_pem_x509_crl(data)
    good = found.is_signature_valid(ca.certificate.public_key())  # type: ignore[arg-type]
    return good and {one.serial_number for one in found} == {serial for serial, _ in revoked}
