"""Getting a release ready beside the one that runs: fetched, laid out, asked who it is. Nothing here is switched to.

Whatever ends it, the release that runs is as it was; what is half there has no name that anything starts.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from firmware.updating.archive import unpack
from firmware.updating.asking import Status
from firmware.updating.disk import MARK
from firmware.updating.faults import Fault
from firmware.updating.fetching import Repository
from firmware.updating.plan import Act
from firmware.updating.release import target

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from firmware.updating.disk import Disk
    from firmware.updating.fetching import Source
    from firmware.updating.wanted import Wanted

_CHECK_S: Final = 120.0
_ROOT_BYTES: Final = 128 * 1024
_SPARE_BYTES: Final = 16 << 20
_TENTH: Final = 10


@dataclass(frozen=True, slots=True)
class Board:
    """What a release has to fit: the machine (`uname -m`), its Python, and the gate's configuration file."""

    machine: str
    python: tuple[int, int]
    config: Path


class Getting:
    """One order's way to a release that is ready; `say` tells the gate how far it is."""

    def __init__(self, disk: Disk, source: Source, board: Board, root: Path, say: Callable[[Status], object]) -> None:
        """Take the parts; `root` is the pinned root of the repository."""
        self._disk, self._source, self._board, self._root, self._say = disk, source, board, root, say
        self.artefact: Path | None = None
        self.checked: str | None = None

    def step(self, act: Act, wanted: Wanted) -> Fault | None:
        """Make one step, or say why the order ends; raises OSError."""
        match act:
            case Act.FETCH:
                return self._fetch(wanted)
            case Act.UNPACK:
                return self._unpack(wanted)
            case Act.CHECK:
                return self._check(wanted)
            case _:
                return Fault.INTERNAL

    def _fetch(self, wanted: Wanted) -> Fault | None:
        """Bring the release's file here, verified."""
        try:
            with self._root.open("rb") as file:
                root = file.read(_ROOT_BYTES)
        except OSError:
            return Fault.NO_TUF_ROOT
        order = wanted.order
        self._say(Status(phase="fetching", document=wanted.digest, release=order.release, progress=0))
        repository = Repository(order.repository, root, self._disk.own / "metadata", self._source)
        found = repository.find(target(order.release, self._board.machine, self._board.python), wanted.times)
        if isinstance(found, Fault):
            return found
        folder = self._disk.own / "download"
        folder.mkdir(exist_ok=True)
        path = folder / f"{found.hashes['sha256']}.part"
        for other in folder.iterdir():
            if other != path:
                self._disk.remove(other)
        size = found.custom.get("unpacked", 3 * found.length) if found.custom else 3 * found.length
        there = path.stat().st_size if path.is_file() else 0
        if not isinstance(size, int) or self._disk.room() < found.length - there + size + _SPARE_BYTES:
            return Fault.NO_ROOM
        fault = repository.download(found, path, self._progress(wanted))
        self.artefact = path if fault is None else None
        return fault

    def _progress(self, wanted: Wanted) -> Callable[[int], object]:
        """Say each tenth of the way."""
        said = [0]

        def told(percent: int) -> None:
            if percent >= said[0] + _TENTH:
                said[0] = percent
                order = wanted.order
                self._say(Status(phase="fetching", document=wanted.digest, release=order.release, progress=percent))

        return told

    def _unpack(self, wanted: Wanted) -> Fault | None:
        """Lay the release out beside the others; it has its name when it is whole."""
        release = wanted.order.release
        if self.artefact is None:
            return Fault.INTERNAL
        folder = self._disk.begin(release)
        with self.artefact.open("rb") as file:
            fault = unpack(file, folder)
        if fault is None and not (folder / ".venv" / "bin").is_dir():
            fault = Fault.BAD_ARTEFACT
        if fault is not None:
            self._disk.remove(folder)
            self._disk.remove(self.artefact)
            return fault
        self._interpreter(folder)
        self._disk.put(folder / MARK, f"{self.artefact.stem}\n".encode("ascii"))
        self._disk.finish(release)
        self._disk.remove(self.artefact)
        self.artefact = None
        return None

    def _interpreter(self, folder: Path) -> None:
        """Link the board's own Python into the environment: no archive may lead there."""
        major, minor = self._board.python
        place = folder / ".venv" / "bin"
        for name, to in (
            (f"python{major}.{minor}", f"/usr/bin/python{major}.{minor}"),
            ("python3", None),
            ("python", None),
        ):
            if not (place / name).is_symlink() and not (place / name).exists():
                (place / name).symlink_to(to or f"python{major}.{minor}")

    def _check(self, wanted: Wanted) -> Fault | None:
        """Ask the release itself who it is, and what it says to this gate's configuration."""
        release = wanted.order.release
        place = self._disk.releases / release / ".venv" / "bin"
        said = _ask(place / "gapura", "--version")
        good = said == (0, f"gapura {release}") and _ask(place / "gapura-reader", "--help")[0] == 0
        if good and os.access(self._board.config, os.R_OK):
            good = _ask(place / "gapura", "check", "--text", str(self._board.config))[0] == 0
        if not good:
            self._disk.drop(release)
            return Fault.CHECK_FAILED
        self.checked = release
        return None


def _ask(program: Path, *arguments: str) -> tuple[int, str]:
    """Run a program of a release with nothing but its name, and answer its exit code and its first line."""
    try:
        done = subprocess.run(  # noqa: S603  a verified release, as the user who may do no more than unpack it
            [str(program), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PATH": os.defpath, "LANG": "C.UTF-8"},
            cwd="/",
            timeout=_CHECK_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return -1, ""
    return done.returncode, done.stdout[:200].decode("utf-8", "replace").strip()
