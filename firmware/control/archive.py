"""Where commissioning is kept: progress that can be gone on with, and finished records under the gate's own signature.

All of it lies in the gate's state folder. A file is there whole or not at all, and their number has a bound. Nothing
here may be called by the controller's own thread, which never waits for a disk.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from firmware.control.documents import read_bounded
from firmware.doctor import report
from firmware.signed import device

if TYPE_CHECKING:
    from pathlib import Path

    from firmware.control.identity import Identity
    from firmware.doctor.report import Progress, Record

PROGRESS: Final = "doctor.json"
KEPT: Final = 32
"""Records of so many walks are kept; a door that is commissioned more often loses the oldest."""

_NAME: Final = re.compile(r"commissioning-([1-9][0-9]{0,8})\.(cose|json)\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Filed:
    """Where a record lies and under which number, the SHA-256 of its bytes (hex), and whether it is signed."""

    path: Path
    number: int
    digest: str
    signed: bool


def progress(folder: Path, plan: str) -> Progress | None:
    """Read what an interrupted walk by the same plan left."""
    try:
        found = report.read_progress(read_bounded(folder / PROGRESS, report.MAX_BYTES))
    except OSError:
        return None
    return found if found is not None and found.plan == plan else None


def keep(folder: Path, so_far: Progress) -> None:
    """Keep how far a walk has come; raises OSError."""
    _write(folder / PROGRESS, report.render(so_far))


def forget(folder: Path) -> None:
    """Begin anew the next time; raises OSError."""
    (folder / PROGRESS).unlink(missing_ok=True)


def next_number(folder: Path) -> int:
    """Number the next record."""
    return max((number for number, _ in _records(folder)), default=0) + 1


def file(folder: Path, record: Record, identity: Identity | None) -> Filed:
    """Sign a record and keep it; without a key it is kept as what it says. Raises OSError."""
    data = report.render(record)
    if identity is not None:
        data = device.sign(data, identity.key, identity.certificate, report.AAD)
    path = folder / f"commissioning-{record.number}.{'json' if identity is None else 'cose'}"
    _write(path, data)
    for _, old in sorted(_records(folder))[:-KEPT]:
        old.unlink(missing_ok=True)
    return Filed(path, record.number, hashlib.sha256(data).hexdigest(), identity is not None)


def _records(folder: Path) -> list[tuple[int, Path]]:
    """List the records that are there; a folder that cannot be read has none."""
    with contextlib.suppress(OSError):
        return [(int(found[1]), path) for path in folder.iterdir() if (found := _NAME.match(path.name))]
    return []


def _write(path: Path, data: bytes) -> None:
    """Put a file in its place at once, and make that last."""
    temporary = path.with_name(f".{path.name}.new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o640)
    with os.fdopen(descriptor, "wb") as whole:
        if os.geteuid() == 0:  # a technician's sudo: what lies in the gate's folder is the gate's
            owner = path.parent.stat()
            os.fchown(whole.fileno(), owner.st_uid, owner.st_gid)
        whole.write(data)
        whole.flush()
        os.fsync(whole.fileno())
    temporary.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
