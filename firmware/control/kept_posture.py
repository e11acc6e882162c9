"""The posture that outlives a restart: who locked a door down, or took it out of use, must not find it open again.

Only what keeps people out is kept; what frees a lock never is. A file that cannot be read, or of which a byte is not as
it was written, means lockdown, for nobody knows what it said. One thread of its own writes it, so that no turn of the
controller waits for a disk.
"""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import Field

from firmware.control.digested import vouch, vouched
from firmware.control.documents import read_bounded
from firmware.control.shelf import put, sync
from firmware.events import NEVER, Posture, PostureCommanded
from firmware.signed import strict_json
from firmware.signed.fields import Strict

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future
    from pathlib import Path

    from firmware.events import Instant

log = logging.getLogger(__name__)

FILE: Final = "posture.json"
LASTING: Final = frozenset({Posture.LOCKDOWN, Posture.DISABLED})
_MAX_BYTES: Final = 1_024


class _Written(Strict):
    """`posture.json`."""

    posture: Literal["lockdown", "disabled"]
    until: Annotated[int, Field(ge=0)] | None = None
    for_s: Annotated[int, Field(ge=1, le=86_400)] | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """A posture to be kept until `until` (Unix seconds, for good if None), which was ordered for `for_s` seconds.

    By a clock that nobody vouches for it begins its time anew after a restart: rather too long than too short.
    """

    posture: Posture
    until: int | None = None
    for_s: int | None = None

    def commanded(self, now: Instant) -> PostureCommanded | None:
        """Say what of it holds now; None if it is over."""
        if self.until is None or self.for_s is None:
            return PostureCommanded(self.posture)
        left_s = self.for_s if now.latest == NEVER else min(self.for_s, self.until - now.earliest)
        return PostureCommanded(self.posture, now.ms + left_s * 1000) if left_s > 0 else None


@dataclass(frozen=True, slots=True)
class Found:
    """What a start finds: what holds, and whether the file could be read."""

    commanded: PostureCommanded | None
    readable: bool = True


NOTHING: Final = Found(None)


def read(folder: Path, now: Instant) -> Found:
    """Read what an earlier run kept."""
    try:
        data = read_bounded(folder / FILE, _MAX_BYTES)
    except FileNotFoundError:
        return NOTHING
    except OSError as error:
        log.error("%s cannot be read (%s); the door is locked down", folder / FILE, error)  # noqa: TRY400  one line
        return Found(PostureCommanded(Posture.LOCKDOWN), readable=False)
    spelled = vouched(data)
    value = None if spelled is None else strict_json.parse(spelled)
    found = strict_json.read_as(value, _Written) if value is not None else ()
    if not isinstance(found, _Written) or (found.until is None) is not (found.for_s is None):
        log.error("%s is damaged; the door is locked down", folder / FILE)
        return Found(PostureCommanded(Posture.LOCKDOWN), readable=False)
    return Found(Kept(Posture(found.posture), found.until, found.for_s).commanded(now))


class Keeper:
    """Writes the newest posture; `told(works)` comes from its thread, once for each call of `keep`."""

    def __init__(self, folder: Path, told: Callable[[bool], None]) -> None:
        """Take the gate's state folder; no thread runs before something is to be kept."""
        self._folder = folder
        self._told = told
        self._executor = ThreadPoolExecutor(1, "posture")

    def keep(self, kept: Kept | None) -> None:
        """Let this hold after a restart, or nothing; returns at once."""
        self._executor.submit(self._write, kept).add_done_callback(self._done)

    def close(self) -> None:
        """Wait for what was asked for."""
        self._executor.shutdown()

    def _write(self, kept: Kept | None) -> None:
        path = self._folder / FILE
        if kept is None:
            with suppress(FileNotFoundError):
                path.unlink()
                sync(self._folder)
            return
        told = {"posture": kept.posture.value, "until": kept.until, "for_s": kept.for_s}
        put(path, vouch(strict_json.render({name: value for name, value in told.items() if value is not None})))

    def _done(self, written: Future[None]) -> None:
        error = written.exception()
        if error is not None:
            log.error("the commanded posture will not outlive a restart: %s", error)
        self._told(error is None)
