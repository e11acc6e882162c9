"""Who this gate was made to be: a folder for each identity, and one link, `provisioned`, that names the one in force.

A folder is written whole before the link is turned to it in one step, so that a power cut leaves the old identity or
the new one. The one before is kept until the new one has met the broker. Only the set-up's thread writes here, or the
process before that thread runs.
"""

from __future__ import annotations

import contextlib
import hashlib
import shutil
from typing import TYPE_CHECKING, Final

from firmware.control import private
from firmware.control.shelf import sync

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LINK: Final = "provisioned"
CONFIG, CA, CERTIFICATE, KEY = "gapura.toml", "device-ca.crt", "gate.crt", "gate.key"
DOCUMENT, OVERLAY, REPORTED = "provision.cose", "overlay.json", "reported.json"
WHOLE: Final = (CONFIG, CA, CERTIFICATE, KEY, DOCUMENT, OVERLAY)

_PREFIX: Final = "identity-"
_NEW: Final = ".identity.new"


class Identities:
    """The identities in one state folder."""

    def __init__(self, state_dir: Path) -> None:
        """Look nowhere yet."""
        self._folder = state_dir

    @property
    def link(self) -> Path:
        """Where the identity in force is found, whichever it is."""
        return self._folder / LINK

    def whole(self) -> bool:
        """Say whether there is an identity in force; one with a file missing is none."""
        return all((self.link / name).is_file() for name in WHOLE)

    def adopt(self, files: Mapping[str, bytes]) -> None:
        """Keep an identity and put it in force; done again with the same files it changes nothing. Raises OSError."""
        name = _PREFIX + hashlib.sha256(files[CERTIFICATE] + files[OVERLAY]).hexdigest()[:16]
        folder = self._folder / name
        if not all((folder / one).is_file() for one in files):
            fresh = self._folder / _NEW
            shutil.rmtree(fresh, ignore_errors=True)
            shutil.rmtree(folder, ignore_errors=True)
            fresh.mkdir(private.FOLDER_MODE)
            for one, data in files.items():
                private.fill(fresh / one, data)
            sync(fresh)
            fresh.rename(folder)
            sync(self._folder)
        self._turn(name)

    def read(self) -> dict[str, bytes]:
        """Read the files of the identity in force; raises OSError."""
        return {name: (self.link / name).read_bytes() for name in WHOLE}

    def note(self, name: str, data: bytes) -> None:
        """Write one more file, or another, into the identity in force; raises OSError."""
        private.put(self.link / name, data)

    def settle(self) -> None:
        """Wipe every identity but the one in force; raises OSError."""
        for folder in self._others():
            private.wipe(folder / KEY)
            shutil.rmtree(folder, ignore_errors=True)

    def wipe(self) -> None:
        """Be nobody any more: keys first; raises OSError."""
        for folder in [*self._others(), *([self.link.resolve()] if self.link.is_symlink() else [])]:
            private.wipe(folder / KEY)
        self.link.unlink(missing_ok=True)
        sync(self._folder)
        for folder in self._others():
            shutil.rmtree(folder, ignore_errors=True)

    def _turn(self, name: str) -> None:
        """Turn the link to a folder, in one step."""
        fresh = self._folder / f".{LINK}.new"
        with contextlib.suppress(FileNotFoundError):
            fresh.unlink()
        fresh.symlink_to(name, target_is_directory=True)
        fresh.replace(self.link)
        sync(self._folder)

    def _others(self) -> list[Path]:
        """Every identity that is not in force, and what was left half written."""
        mine = self.link.resolve().name if self.link.is_symlink() else None
        try:
            return [one for one in self._folder.iterdir() if self._is_other(one, mine)]
        except FileNotFoundError:
            return []

    @staticmethod
    def _is_other(path: Path, mine: str | None) -> bool:
        named = path.name.startswith(_PREFIX) or path.name == _NEW
        return named and path.name != mine and path.is_dir()
