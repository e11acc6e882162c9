"""What a release's file may not do, however well it is signed: write or lead elsewhere, or take all the room."""

from __future__ import annotations

import io
import os
import tarfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.updating.archive import MAX_BYTES, place_of, stays_inside, unpack
from firmware.updating.faults import Fault

if TYPE_CHECKING:
    from pathlib import Path, PurePosixPath

Entry = tuple[str, bytes, str, int]
"""Name, type of tar, where a link leads, mode; a file holds its own name."""


def packed(*entries: Entry) -> io.BytesIO:
    """Write a tar file by hand."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, kind, link, mode in entries:
            info = tarfile.TarInfo(name)
            info.type, info.linkname, info.mode = kind, link, mode
            info.size = len(name) if kind == tarfile.REGTYPE else 0
            tar.addfile(info, io.BytesIO(name.encode()))
    return io.BytesIO(out.getvalue())


REG, SYM, HARD, DIR = tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE

UNSAFE: dict[str, list[Entry]] = {
    "absolute": [("/etc/cron.d/x", REG, "", 0o644)],
    "upwards": [("a/../../x", REG, "", 0o644)],
    "only upwards": [("..", DIR, "", 0o755)],
    "a line break": [("a\nb", REG, "", 0o644)],
    "a long name": [("x" * 300, REG, "", 0o644)],
    "too deep": [("a/" * 30 + "x", REG, "", 0o644)],
    "set uid": [("x", REG, "", 0o4755)],
    "set gid": [("x", REG, "", 0o2755)],
    "a link out": [("x", SYM, "../../etc/passwd", 0o777)],
    "an absolute link": [("x", SYM, "/etc/passwd", 0o777)],
    "a link to itself's folder": [("x", SYM, ".", 0o777)],
    "a link by a link": [("a", DIR, "", 0o755), ("a/up", SYM, "../b", 0o777), ("b", SYM, "a/up", 0o777)],
    "out by two links": [("d/e", DIR, "", 0o755), ("d/e/l", SYM, "../..", 0o777), ("x", SYM, "d/e/l/../y", 0o777)],
    "a link through a link": [
        ("x/y", DIR, "", 0o755),
        ("x/y/up", SYM, "..", 0o777),
        ("x/y/up/out", SYM, "../..", 0o777),
        ("x/y/up/out/beside/l", SYM, "..", 0o777),
    ],
    "a link to nothing": [("x", SYM, "y", 0o777)],
    "a file over a link": [("x", SYM, "y", 0o777), ("x", REG, "", 0o644)],
    "a file through a link": [("y", DIR, "", 0o755), ("x", SYM, "y", 0o777), ("x/z", REG, "", 0o644)],
    "twice": [("x", REG, "", 0o644), ("x", REG, "", 0o644)],
    "a link twice": [("y", REG, "", 0o644), ("x", SYM, "y", 0o777), ("x", SYM, "y", 0o777)],
    "below a file": [("x", REG, "", 0o644), ("x/y", REG, "", 0o644)],
    "a hard link": [("x", REG, "", 0o644), ("y", HARD, "x", 0o644)],
    "a pipe": [("x", tarfile.FIFOTYPE, "", 0o644)],
    "a device": [("x", tarfile.CHRTYPE, "", 0o644)],
    "nothing": [("./", DIR, "", 0o755)],
}


@pytest.mark.parametrize("name", UNSAFE)
def test_what_is_unsafe_is_refused(tmp_path: Path, name: str) -> None:
    """Each is refused, and nothing stands outside of the folder, nor anything in it that could lead there."""
    to, beside = tmp_path / "to", tmp_path / "etc"
    to.mkdir()
    beside.mkdir()
    assert unpack(packed(*UNSAFE[name]), to) is Fault.UNSAFE_ARCHIVE
    assert list(tmp_path.iterdir()) in ([to, beside], [beside, to])
    assert not list(beside.iterdir())
    assert not any(path.stat().st_mode & 0o7000 for path in to.rglob("*") if path.exists())


def test_what_is_sound_is_laid_out(tmp_path: Path) -> None:
    """The twin: files, folders, links that stay inside, in modes that only say who may execute."""
    entries = [
        ("a", DIR, "", 0o700),
        ("a/run", REG, "", 0o700),
        ("./b/text", REG, "", 0o666),
        ("a\\x2db", REG, "", 0o644),  # as units of mounts are called
        ("lib64", SYM, "a", 0o777),
        ("b/up", SYM, "../a/run", 0o777),
    ]
    assert unpack(packed(*entries), tmp_path) is None
    assert (tmp_path / "b" / "up").read_text() == "a/run"
    assert (tmp_path / "lib64" / "run").read_text() == "a/run"
    modes = {path.name: path.lstat().st_mode & 0o7777 for path in (tmp_path / "a" / "run", tmp_path / "b" / "text")}
    assert modes == {"run": 0o755, "text": 0o644}


def test_what_is_too_large_is_refused_before_it_is_written(tmp_path: Path) -> None:
    """A header that promises more than a gate takes ends it at once, as do too many entries."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        info = tarfile.TarInfo("x")
        info.size = MAX_BYTES + 1
        tar.fileobj.write(info.tobuf())
    assert unpack(io.BytesIO(out.getvalue()), tmp_path) is Fault.TOO_BIG
    many = [("d", DIR, "", 0o755)] * 11
    assert unpack(packed(*many), tmp_path, 10) is Fault.TOO_BIG
    assert os.listdir(tmp_path) == ["d"]  # noqa: PTH208  names are all


@given(cut=st.integers(0, 400), data=st.binary(max_size=300))
def test_any_bytes_are_refused_or_laid_out(tmp_path_factory: pytest.TempPathFactory, cut: int, data: bytes) -> None:
    """Whatever stands in a good file, the answer is one of the closed list and nothing is raised."""
    good = packed(("a/run", REG, "", 0o755), ("b", SYM, "a", 0o777)).getvalue()
    spoilt = good[:cut] + data + good[cut + len(data) :]
    assert unpack(io.BytesIO(spoilt), tmp_path_factory.mktemp("to")) in {
        None,
        Fault.BAD_ARTEFACT,
        Fault.UNSAFE_ARCHIVE,
        Fault.TOO_BIG,
    }


@given(st.text(max_size=60))
def test_a_place_is_inside_or_none(name: str) -> None:
    """No name leads above the folder or to the root."""
    place: PurePosixPath | None = place_of(name)
    assert place is None or (not place.is_absolute() and ".." not in place.parts)


@given(st.lists(st.sampled_from(["..", ".", "a", "b", ""]), max_size=6))
def test_a_link_that_stays_inside_does(parts: list[str]) -> None:
    """What is said to stay inside is below the folder by every reading of its text."""
    place = place_of("d/e/link")
    assert place is not None
    target = "/".join(parts)
    if stays_inside(place, target):
        assert os.path.normpath(f"/top/d/e/{target}").split("/")[1] == "top"
