"""Laying a release out: a tar file becomes a folder, and can write nowhere else, whatever stands in it.

The file was verified before; this room does not rely on that. Only files, folders and links that stay inside are made;
links last, and none below another, so that nothing is written through one. Nothing has another owner, a set-id bit or
a device behind it.
"""

from __future__ import annotations

import os
import tarfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO, Final

from firmware.updating.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_BYTES: Final = 1 << 30
MAX_ENTRIES: Final = 60_000
MAX_NAME: Final = 400
MAX_DEPTH: Final = 24
MAX_PART: Final = 255
_PIECE: Final = 1 << 20
_SET_ID: Final = 0o7000


@dataclass(slots=True)
class _Laid:
    """What was made so far."""

    entries: int = 0
    bytes: int = 0
    links: dict[str, str] = field(default_factory=dict)


def place_of(name: str) -> PurePosixPath | None:
    """Read the name of an entry as a path inside; None for one that could lead anywhere else."""
    path = PurePosixPath(name)
    if not name or len(name) > MAX_NAME or name.startswith("/") or not name.isprintable():
        return None
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if not parts or ".." in parts or len(parts) > MAX_DEPTH or any(len(part.encode()) > MAX_PART for part in parts):
        return None
    return path


def stays_inside(place: PurePosixPath, target: str) -> bool:
    """Say whether a link at a place leads to something in the same folder, by its text alone."""
    if not target or len(target) > MAX_NAME or target.startswith("/") or not target.isprintable():
        return False
    depth = len(place.parts) - 1
    for part in target.split("/"):
        if part in ("", "."):
            continue
        depth += -1 if part == ".." else 1
        if depth < 0:
            return False
    return depth > 0


def unpack(source: BinaryIO, to: Path, most: int = MAX_ENTRIES) -> Fault | None:
    """Lay a gzipped tar file out in an empty folder; answer why not. Raises OSError where the card fails.

    A name that is there twice, or stands below a file, is no fault of the card.
    """
    laid = _Laid()
    try:
        with tarfile.open(fileobj=source, mode="r|gz") as tar:
            for member in tar:
                laid.entries += 1
                laid.bytes += max(member.size, 0)
                if laid.entries > most or laid.bytes > MAX_BYTES:
                    return Fault.TOO_BIG
                if (fault := _entry(tar, member, to, laid)) is not None:
                    return fault
        return _links(to, laid.links)
    except (tarfile.TarError, zlib.error, EOFError, ValueError):
        return Fault.BAD_ARTEFACT
    except (FileExistsError, NotADirectoryError, IsADirectoryError):
        return Fault.UNSAFE_ARCHIVE


def _entry(tar: tarfile.TarFile, member: tarfile.TarInfo, to: Path, laid: _Laid) -> Fault | None:
    """Make one entry."""
    place = place_of(member.name)
    if place is None or member.mode & _SET_ID:
        return Fault.UNSAFE_ARCHIVE
    path = to / place
    if member.isdir():
        path.mkdir(mode=0o755, parents=True, exist_ok=True)
    elif member.issym():
        if not stays_inside(place, member.linkname) or str(place) in laid.links or path.exists():
            return Fault.UNSAFE_ARCHIVE
        laid.links[str(place)] = member.linkname
    elif member.isreg():
        return _file(tar, member, path)
    else:
        return Fault.UNSAFE_ARCHIVE
    return None


def _file(tar: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> Fault | None:
    """Make one file; a name that is there already is a trick."""
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    content = tar.extractfile(member)
    if content is None:
        return Fault.BAD_ARTEFACT
    mode = 0o755 if member.mode & 0o100 else 0o644
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
    left = member.size
    with os.fdopen(handle, "wb") as file:
        os.fchmod(handle, mode)
        while piece := content.read(min(_PIECE, left)) if left else b"":
            file.write(piece)
            left -= len(piece)
    return Fault.BAD_ARTEFACT if left else None


def _links(to: Path, links: Mapping[str, str]) -> Fault | None:
    """Make the links when all else is there; each has to lead to something that is inside."""
    made = []
    if any(str(above) in links for place in links for above in PurePosixPath(place).parents):
        return Fault.UNSAFE_ARCHIVE
    for place, target in links.items():
        path = to / place
        path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        path.symlink_to(target)
        made.append(path)
    inside = Path(os.path.realpath(to))
    try:
        sound = all(Path(os.path.realpath(path, strict=True)).is_relative_to(inside) for path in made)
    except OSError:  # it leads to nothing, or round and round
        sound = False
    return None if sound else Fault.UNSAFE_ARCHIVE
