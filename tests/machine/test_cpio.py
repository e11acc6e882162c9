"""The archive a kernel unpacks: entry for entry as its documentation describes the format."""

from __future__ import annotations

import io
import stat
from typing import TYPE_CHECKING

from tests.machine import cpio

if TYPE_CHECKING:
    from pathlib import Path


def entries(archive: bytes) -> list[tuple[str, int, bytes]]:
    """Read an archive back: name, mode and content of each entry, the last one being the trailer."""
    found, at = [], 0
    while at < len(archive):
        assert archive[at : at + 6] == b"070701"
        fields = [int(archive[at + 6 + 8 * index : at + 14 + 8 * index], 16) for index in range(13)]
        mode, size, name_size = fields[1], fields[6], fields[11]
        name = archive[at + 110 : at + 110 + name_size]
        assert name.endswith(b"\0")
        begin = (at + 110 + name_size + 3) // 4 * 4
        found.append((name[:-1].decode(), mode, archive[begin : begin + size]))
        at = (begin + size + 3) // 4 * 4
    return found


def packed(folder: Path, place: str = "", without: tuple[str, ...] = ()) -> bytes:
    """Pack a folder in memory."""
    out = io.BytesIO()
    cpio.pack(folder, out, place, without)
    return out.getvalue()


def test_files_links_and_folders_come_back(tmp_path: Path) -> None:
    """Content, mode and target of everything in a folder stand in the archive, below the place that was named."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/tool").write_bytes(b"#!/bin/sh\n")
    (tmp_path / "bin/tool").chmod(0o755)
    (tmp_path / "bin/alias").symlink_to("tool")
    found = {name: (mode, content) for name, mode, content in entries(packed(tmp_path, "opt/here"))}
    assert list(found) == ["opt", "opt/here", "opt/here/bin", "opt/here/bin/alias", "opt/here/bin/tool", "TRAILER!!!"]
    assert found["opt/here/bin/tool"] == (stat.S_IFREG | 0o755, b"#!/bin/sh\n")
    assert stat.S_ISLNK(found["opt/here/bin/alias"][0])
    assert found["opt/here/bin/alias"][1] == b"tool"
    assert all(stat.S_ISDIR(found[name][0]) for name in ("opt", "opt/here", "opt/here/bin"))


def test_what_is_left_out_is_left_out_whole(tmp_path: Path) -> None:
    """A folder that is not wanted is missing with all that is in it, at any depth."""
    for name in ("kept/__pycache__", "__pycache__"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "x.pyc").write_bytes(b"x")
    assert [name for name, _, _ in entries(packed(tmp_path, without=("__pycache__",)))] == ["kept", "TRAILER!!!"]


def test_the_same_folder_gives_the_same_bytes(tmp_path: Path) -> None:
    """Neither the order of creation, nor owner, nor time changes the archive."""
    for names in (("a", "b"), ("b", "a")):
        folder = tmp_path / "".join(names)
        folder.mkdir()
        for name in names:
            (folder / name).write_text(name)
    assert packed(tmp_path / "ab") == packed(tmp_path / "ba")
