"""One file out of a release's folder: the same bytes for the same folder, and nothing in it that a gate would refuse.

The interpreter's own links stay out: each board makes them to its own Python.
"""

from __future__ import annotations

import gzip
import re
import tarfile
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Final

from firmware.updating import archive
from firmware.updating.disk import MARK
from provisioning.mistake import OperatorError

if TYPE_CHECKING:
    from collections.abc import Iterator

_INTERPRETER: Final = re.compile(r"\.venv/bin/python[0-9.]*\Z")
_DROPPED: Final = frozenset({MARK, ".lock"})
_LEVEL: Final = 6


def build(folder: Path, to: IO[bytes]) -> int:
    """Write a release's folder as a gzipped tar file; answer how many bytes it will take on a gate.

    Raises OperatorError for what no gate would lay out, OSError for a disk.
    """
    if not (folder / ".venv" / "bin" / "gapura").is_file():
        line = f"{folder} is no release: it has no .venv/bin/gapura; name the folder that the package was built from"
        raise OperatorError(line)
    size = 0
    # Neither name nor time goes into the header, so that the same folder is the same file.
    with (
        gzip.GzipFile("", "wb", _LEVEL, to, 0) as packed,
        tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as tar,
    ):
        for entry in _entries(folder):
            size += entry.size
            if entry.isreg():
                with (folder / entry.name).open("rb") as file:
                    tar.addfile(entry, file)
            else:
                tar.addfile(entry)
    if size > archive.MAX_BYTES:
        line = f"{folder} holds {size} bytes; a gate takes {archive.MAX_BYTES}"
        raise OperatorError(line)
    return size


def _entries(folder: Path) -> Iterator[tarfile.TarInfo]:
    """Describe everything in a folder in one order, without owner, time or any bit but who may execute."""
    for place in sorted(folder.rglob("*"), key=lambda one: one.relative_to(folder).parts):
        name = str(place.relative_to(folder))
        if place.name in _DROPPED or ("__pycache__" in place.parts and not place.is_relative_to(folder / ".venv")):
            continue
        entry = tarfile.TarInfo(name)
        if place.is_symlink():
            target = str(place.readlink())
            if _INTERPRETER.match(name):
                continue
            if not archive.stays_inside(PurePosixPath(name), target):
                line = f"{place} leads out of the release to {target}; make it a file, or a link that stays inside"
                raise OperatorError(line)
            entry.type, entry.linkname = tarfile.SYMTYPE, target
        elif place.is_dir():
            entry.type, entry.mode = tarfile.DIRTYPE, 0o755
        elif place.is_file():
            found = place.stat()
            entry.size, entry.mode = found.st_size, 0o755 if found.st_mode & 0o100 else 0o644
        else:
            line = f"{place} is neither file, folder nor link; remove it"
            raise OperatorError(line)
        if archive.place_of(name) is None:
            line = f"{name!r} is a name that no gate takes; rename it"
            raise OperatorError(line)
        yield entry
