"""What the broker goes by, kept on disk: the access list and the list of revoked certificates, and its being told.

It decides whether a file is as it should be and writes it whole if not. How the broker is told to read them again is
the operator's choice: a signal to the process that a file names, a command, or somebody else who watches the files.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
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
    from provisioning.broker.configuration import Rights
    from provisioning.fleet.inventory import Inventory
    from provisioning.fleet.ledger import Ledger

MODE: Final = 0o640
"""The broker's group reads them; the folder's set-group-id bit gives them that group."""

_BEGIN: Final = b"-----BEGIN X509 CRL-----"
UNTOLD: Final = "untold"
"""The mark that the broker has not read its lists yet."""

_MOST_BYTES: Final = 64 << 20
_PATIENCE_S: Final = 30
_LOOK_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class Reload:
    """How the broker is told: the file with its process id, or a command, or neither."""

    pid_file: Path | None = None
    command: tuple[str, ...] = ()

    @property
    def by_others(self) -> bool:
        """Whether somebody else tells the broker, whenever the mark is there, and takes the mark away before."""
        return self.pid_file is None and not self.command

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
                f"the broker was not told to read its lists again: {error}; do it by hand (systemctl restart mosquitto)"
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
        self._as_of = 0

    def keep(self, ledger: Ledger, inventory: Inventory, now: int) -> tuple[str, ...]:
        """Write what is not as it should be, tell the broker, and name the files that were written.

        A mark on disk says that the broker was not told yet: whoever comes after a kill in between tells it.
        """
        wrong = self.wrong(ledger, inventory, now)
        mark = self._folder / UNTOLD
        if wrong:
            files.write(mark, b"", MODE)
            self._as_of = now
        for name, data in wrong.items():
            files.write(self._folder / name, data, MODE)
        if self._reload.by_others:
            if wrong:
                files.write(mark, b"", MODE)  # the first one may have been seen before the lists were there
        elif wrong or mark.exists():
            self._reload()
            mark.unlink(missing_ok=True)
        return tuple(wrong)

    def may_restart(self) -> bool:
        """Say whether telling the broker may mean a restart, after which a connection takes a few tries."""
        return self._reload.pid_file is None

    def wait_taken(self, patience_s: float) -> None:
        """Where somebody else tells the broker, wait until they have seen the mark."""
        until_s = time.monotonic() + patience_s
        while self._reload.by_others and (self._folder / UNTOLD).exists() and time.monotonic() < until_s:
            time.sleep(_LOOK_S)

    def untold(self) -> bool:
        """Say whether the broker was not told of what stands on disk, and it is us who tell it."""
        return not self._reload.by_others and (self._folder / UNTOLD).exists()

    def wrong(self, ledger: Ledger, inventory: Inventory, now: int) -> dict[str, bytes]:
        """Find the files that differ, with what should stand there; the revocations first: they shut out for good.

        What has merely ended by itself since they were written is no difference: TLS refuses it in any case.
        """
        if files.read(self._bundle) != self._believed:
            line = f"{self._bundle} names other CAs now; start again (systemctl restart gapura-enrolment)"
            raise OperatorError(line, exit_code=FAILED)
        rights = known.read(self._folder)
        wrong = {}
        if not self._lists(ledger.revoked(ending_after=self._as_of or now)):
            wrong["crl"] = b"".join(ca.revocation_list(ledger.revoked(ending_after=now)) for ca in self._cas)
        if self._present("acl") != _text(rights, ledger, inventory, self._as_of or now):
            wrong["acl"] = _text(rights, ledger, inventory, now)
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


def _text(rights: Rights, ledger: Ledger, inventory: Inventory, at: int) -> bytes:
    """Word the access list as of a time."""
    claims, withdrawn = ledger.claims(at), ledger.withdrawn_claims(at)
    return access.access_list(rights, inventory, ledger.gates(), claims, withdrawn).encode()
