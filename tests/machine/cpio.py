"""An archive that a Linux kernel unpacks as its first file system: cpio, "newc", everything owned by root.

Several archives one behind the other are one. Written here because it needs no root and leaves nothing to chance:
the same folder gives the same bytes.
"""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from typing import BinaryIO

_MAGIC: Final = "070701"
_END: Final = "TRAILER!!!"
_ALIGNED: Final = 4


def pack(folder: Path, out: BinaryIO, place: str = "", without: Iterable[str] = ()) -> None:
    """Write what is in `folder` as if it lay at `place`; `without` are globs of paths in it to leave out."""
    number = 0
    left_out = tuple(without)
    above = [place[:end] for end, sign in enumerate(place) if sign == "/"] + [place]
    for name in filter(None, above):
        number += 1
        _entry(out, number, name, stat.S_IFDIR | 0o755, b"")
    for path in _walk(folder, folder, left_out):
        number += 1
        mode = path.lstat().st_mode
        name = "/".join(filter(None, (place, str(path.relative_to(folder)))))
        _entry(out, number, name, mode, _content(path, mode))
    _entry(out, 0, _END, 0, b"")


def _walk(top: Path, folder: Path, without: tuple[str, ...]) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if any(path.relative_to(top).match(glob) for glob in without):
            continue
        yield path
        if path.is_dir() and not path.is_symlink():
            yield from _walk(top, path, without)


def _content(path: Path, mode: int) -> bytes:
    if stat.S_ISLNK(mode):
        return str(path.readlink()).encode()
    return path.read_bytes() if stat.S_ISREG(mode) else b""


def _entry(out: BinaryIO, number: int, name: str, mode: int, content: bytes) -> None:
    """Write one entry: number, mode, owner, group, links, time, size, four device numbers, name's size, no checksum."""
    known = name.encode() + b"\0"
    fields = (number, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(known), 0)
    header = (_MAGIC + "".join(f"{field:08X}" for field in fields)).encode()
    out.write(_padded(header + known))
    out.write(_padded(content))


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % _ALIGNED)
