"""The gate's side of what it and the updater tell each other: two small files written, one read. It decides nothing."""

from __future__ import annotations

import contextlib
import logging
from typing import TYPE_CHECKING, Final

from firmware.control.documents import read_bounded
from firmware.records.lines import boot_id
from firmware.signed import strict_json
from firmware.updating import asking, guard
from firmware.updating.asking import Ask, Healthy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from firmware.control.update_section import UpdateSection
    from firmware.events import Instant
    from firmware.updating.asking import Before, Status

log = logging.getLogger(__name__)

_MODE: Final = 0o755


class Questions:
    """Where the two meet; whoever is not there, or cannot write, costs the update and never the gate."""

    def __init__(self, section: UpdateSection) -> None:
        """Take the places; what a process before this one proved counts no more."""
        self._folder, self._status = section.ask, section.folder / "update" / asking.STATUS
        self.proved = False
        with contextlib.suppress(OSError):
            (self._folder / asking.HEALTHY).unlink()

    def status(self) -> Status | None:
        """Read how far the updater is."""
        try:
            return asking.read_status(read_bounded(self._status, asking.MAX_BYTES))
        except OSError:
            return None

    def ask(self, document: bytes, words: Iterable[bytes], now: Instant, before: Before, *, go: bool) -> bool:
        """Put an order before the updater with the roots' words; answer whether that could be written."""
        question = Ask(
            document=strict_json.to_base64url(document),
            words=tuple(strict_json.to_base64url(word) for word in words),
            at_ms=now.ms,
            earliest=now.earliest,
            latest=now.latest,
            go=go,
            before=before,
        )
        return self._put(asking.ASK, asking.write(question))

    def withdraw(self) -> None:
        """Ask for nothing any more."""
        with contextlib.suppress(OSError):
            (self._folder / asking.ASK).unlink()

    def prove(self, release: str) -> None:
        """Say that the gate of this release is healthy."""
        self.proved = self._put(asking.HEALTHY, asking.write(Healthy(release=release, boot=boot_id())))

    def _put(self, name: str, data: bytes) -> bool:
        """Write one file so that the updater, another user, can read it."""
        try:
            self._folder.mkdir(mode=_MODE, exist_ok=True)
            self._folder.chmod(_MODE)
            guard.put(self._folder / name, data)
        except OSError as error:
            log.warning("the updater cannot be asked: %s", error)
            return False
        return True
