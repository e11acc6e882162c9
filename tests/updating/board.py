"""One board: its folder of releases, the gate's questions, a repository beside it, and the updater in this process.

Everything is real but the gate, which is a small program of each release (`releases.py`) or not started at all.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from typing import TYPE_CHECKING, Final

from firmware.signed import strict_json
from firmware.signed.envelope import Kind, seal
from firmware.signed.warrant import Role
from firmware.updating import asking, guard
from firmware.updating.asking import Ask, Before, Healthy
from firmware.updating.disk import Disk
from firmware.updating.fetching import Source
from firmware.updating.getting import Board as Fits
from firmware.updating.plan import State
from firmware.updating.release import target
from firmware.updating.updater import Updater
from firmware.updating.wanted import Wishes, boot_id
from provisioning import founding
from provisioning.authority import open_authority
from provisioning.releases import building, keys
from provisioning.releases.repository import Repository
from tests.updating import releases

if TYPE_CHECKING:
    from pathlib import Path

    from firmware.updating.asking import Status

OLD: Final = "0.1.0"
NEW: Final = "0.2.0"
DAY_S: Final = 86_400
HERE: Final = (os.uname().machine, (sys.version_info.major, sys.version_info.minor))


class Desk:
    """An authority and its repository."""

    def __init__(self, folder: Path, now: int | None = None) -> None:
        """Open both, or found them with one key for each role."""
        self.folder, self.now = folder, int(time.time()) if now is None else now
        if folder.exists():
            self.authority = open_authority(folder / "authority", None)
            return
        self.authority = founding.found(folder / "authority", founding.Charter("test", None, self.now, 730))
        self.repository.found({})

    @property
    def repository(self) -> Repository:
        """The repository as it is now, by this desk's clock."""
        places = (keys.folder_of(self.authority),)
        return Repository(self.folder / "repository", self.authority, places, self.now)

    @property
    def address(self) -> str:
        """Where it is found."""
        return f"file://{self.folder}/repository"

    @property
    def pin(self) -> Path:
        """The root that a gate pins."""
        return self.folder / "repository" / "metadata" / "1.root.json"

    def add(self, release: str, behaviour: str = "good", weight: int = 4) -> Path:
        """Add a release that behaves so; answers where its file lies."""
        folder = releases.make(self.folder / "built" / f"{release}-{behaviour}", release, behaviour, weight)
        file = self.folder / "artefact"
        with file.open("wb") as out:
            unpacked = building.build(folder, out)
        path = target(release, *HERE)
        made = self.repository.add(path, file, unpacked)
        place, _, name = path.rpartition("/")
        return self.folder / "repository" / "targets" / place / f"{made.hashes['sha256']}.{name}"

    def order(self, release: str, version: int = 1, **more: object) -> bytes:
        """Sign the order to run a release, as `release sign` does."""
        enclosed, granted = self.authority.warrant(Role.UPDATES)
        body: dict[str, object] = {"release": release, "repository": self.address, "window": "any"} | more
        signer = self.authority.signer(granted.role)
        ends = self.now + 30 * DAY_S
        return seal(
            Kind.UPDATE, body, version=version, issued=self.now, expires=ends, signer=signer, signer_warrant=enclosed
        )


class Board:
    """A board on which the old release runs and is confirmed."""

    def __init__(self, folder: Path, desk: Desk) -> None:
        """Install the old release as a package does."""
        self.folder, self.desk = folder, desk
        self.base, self.ask = folder / "opt", folder / "ask"
        self.config = folder / "gapura.toml"
        releases.make(self.base / "releases" / OLD, OLD)
        guard.point(self.base, OLD)
        self.ask.mkdir()
        self.pin = folder / "releases-root.json"
        shutil.copyfile(desk.pin, self.pin)
        self.config.write_text("# read by the releases' own programs\n", encoding="utf-8")

    def want(
        self,
        order: bytes,
        *,
        go: bool = True,
        earliest: int | None = None,
        before: Before | None = None,
        words: tuple[bytes, ...] = (),
    ) -> None:
        """Ask as the gate does; `words` are what the roots have said to it."""
        now = int(time.time()) if earliest is None else earliest
        question = Ask(
            document=strict_json.to_base64url(order),
            words=tuple(strict_json.to_base64url(word) for word in words),
            at_ms=time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000,
            earliest=now,
            latest=now + 2,
            go=go,
            before=Before(connected=False, readers=frozenset()) if before is None else before,
        )
        guard.put(self.ask / asking.ASK, asking.write(question))

    def healthy(self, release: str) -> None:
        """Say what a gate of this release says when it is as good as the one before."""
        guard.put(self.ask / asking.HEALTHY, asking.write(Healthy(release=release, boot=boot_id())))

    def updater(self, *, disk: Disk | None = None, wait_s: float = 0, pin: Path | None = None) -> Updater:
        """Put an updater together."""
        disk = Disk(self.base) if disk is None else disk
        return Updater(
            disk,
            Wishes(self.ask, self.desk.folder / "authority" / "root.pub", disk),
            Source(),
            Fits(*HERE, self.config),
            root=pin or self.pin,
            wait_s=wait_s,
        )

    @property
    def state(self) -> State | None:
        """What the updater remembers."""
        found = guard.read_state(self.base)
        return None if found is None else State.model_validate_json(strict_json.render(found))

    @property
    def status(self) -> Status | None:
        """What the updater says."""
        return asking.read_status((self.base / "update" / asking.STATUS).read_bytes())

    @property
    def link(self) -> str | None:
        """Which release the next start takes."""
        return guard.current(self.base)

    def whole(self) -> set[str]:
        """Name the releases that have a name and can be started."""
        names = {path.name for path in (self.base / "releases").iterdir() if not path.name.startswith(".new-")}
        assert all(guard.startable(self.base, name) for name in names), names
        return names
