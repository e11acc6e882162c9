"""What a set-up needs that waits for disk or network, done by threads of its own; the controller asks and looks again.

Two of them: one does the tasks, one after the other, and one takes documents, so that a new document need not wait for
the network that the old one asked for. Every answer is an event of the set-up's machine.
"""

from __future__ import annotations

import logging
import random
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from firmware.control import retiring
from firmware.control.documents import read_bounded
from firmware.setup.machine import Did, Failed
from firmware.setup.reasons import Why
from firmware.signed.codes import MAX_WHOLE_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from firmware.control.renewing import Renewing
    from firmware.control.setup_tasks import Tasks
    from firmware.control.taking import Taking
    from firmware.setup.machine import Event
    from firmware.setup.stages import Stage

log = logging.getLogger(__name__)

_Brought = TypeVar("_Brought")

BOOT_FILE: Final = "gapura-provision.cose"


class SetupErrands(Protocol):
    """What a set-up asks of the gate around it; an answer may come at once or later."""

    def resumes(self) -> Stage:
        """Say where an earlier process was."""

    def home(self) -> Stage:
        """Say where this gate is without the document that is not finished."""

    def rooted(self) -> bool:
        """Say whether there is a root key under which a document can be believed."""

    def do(self, stage: Stage, seen: Mapping[str, str | None]) -> Future[Event]:
        """Do the task of a stage; `seen` is what the gate sees of itself."""

    def take(self, envelope: bytes, *, afar: bool = False) -> Future[Event]:
        """Judge and keep a document; `afar` is one that came over the broker."""

    def in_force(self, envelope: bytes) -> bool:
        """Say whether this gate is what it is by this very document."""

    def look_at_boot(self) -> Future[Event] | None:
        """Take the document that lies on the boot partition, if one does."""

    def renew(self, seen: Mapping[str, str | None]) -> Future[bool]:
        """Renew the certificate if that is due; true if something is to be tried again soon."""

    def settle(self) -> None:
        """Let go of the identity before: the one in force has met the broker."""

    def retire(self) -> Future[bool]:
        """Be nobody any more; false if a disk kept something."""

    def forget(self) -> None:
        """Let go of the document that is no good any more."""

    def stop(self) -> None:
        """End whatever waits."""


class GateErrands:
    """The errands of a real gate."""

    def __init__(self, tasks: Tasks, taking: Taking, renewing: Renewing, boot: Path) -> None:
        """Take what does them; threads run from the first errand on."""
        self._tasks, self._taking, self._renewing, self._boot = tasks, taking, renewing, boot
        self._jitter = random.SystemRandom().random
        self._working = ThreadPoolExecutor(1, "set-up")
        self._judging = ThreadPoolExecutor(1, "set-up-documents")

    def resumes(self) -> Stage:
        """Say where an earlier process was."""
        return self._tasks.resumes()

    def home(self) -> Stage:
        """Say where this gate is without it."""
        return self._tasks.home()

    def rooted(self) -> bool:
        """Say whether there is one."""
        return self._taking.root is not None

    def do(self, stage: Stage, seen: Mapping[str, str | None]) -> Future[Event]:
        """Do the task of a stage; one that is overtaken ends soon and nobody hears of it."""
        self._tasks.overtake()
        return self._submit(self._working, self._do, stage, seen)

    def take(self, envelope: bytes, *, afar: bool = False) -> Future[Event]:
        """Judge and keep a document."""
        return self._submit(self._judging, partial(self._taking.take, envelope, afar=afar))

    def in_force(self, envelope: bytes) -> bool:
        """Say whether it is the one in force."""
        return self._taking.in_force(envelope)

    def look_at_boot(self) -> Future[Event] | None:
        """Read the file and take what it holds."""
        try:
            envelope = read_bounded(self._boot / BOOT_FILE, MAX_WHOLE_BYTES)
        except OSError:
            return None
        log.info("a provisioning document lies in %s", self._boot)
        return self.take(envelope)

    def renew(self, seen: Mapping[str, str | None]) -> Future[bool]:
        """Renew it if that is due."""
        return self._submit(self._working, self._renew, seen)

    def settle(self) -> None:
        """Let go of the identity before."""
        self._submit(self._working, self._settle)

    def retire(self) -> Future[bool]:
        """Be nobody any more."""
        self._tasks.end()
        self._renewing.stop.set()
        return self._submit(self._judging, self._retire)

    def forget(self) -> None:
        """Let go of the document."""
        self._submit(self._judging, self._taking.forget)

    def stop(self) -> None:
        """End whatever waits, and begin nothing more."""
        self._tasks.end()
        self._renewing.stop.set()
        for each in (self._working, self._judging):
            each.shutdown(wait=False, cancel_futures=True)

    def close(self) -> None:
        """End, and wait for what is on its way."""
        self.stop()
        for each in (self._working, self._judging):
            each.shutdown(wait=True)

    @staticmethod
    def _submit(pool: ThreadPoolExecutor, do: Callable[..., _Brought], *given: object) -> Future[_Brought]:
        """Have something done; after the end nobody does anything any more, and nothing comes back."""
        try:
            return pool.submit(do, *given)
        except RuntimeError:
            return Future()

    def _renew(self, seen: Mapping[str, str | None]) -> bool:
        try:
            if not self._renewing.due(self._tasks.now()):
                return False
            trouble = self._renewing.do(seen)
        except Exception:
            log.exception("the renewal of the certificate met a fault; it is tried again")
            return True
        if trouble is not None:
            log.warning("the certificate is not renewed: %s: %s", trouble.why, trouble.detail)
        return trouble is not None

    def _retire(self) -> bool:
        try:
            retiring.wipe(self._taking.board)
        except OSError as error:
            log.error("this gate is not retired: %s", error)  # noqa: TRY400  one line
            return False
        return True

    def _settle(self) -> None:
        try:
            self._renewing.settle()
        except OSError as error:
            log.warning("the identity before is not wiped: %s", error)

    def _do(self, stage: Stage, seen: Mapping[str, str | None]) -> Event:
        try:
            trouble = self._tasks.do(stage, seen)
        except Exception:
            log.exception("the set-up met a fault of the firmware at %s; please report it", stage)
            return Failed(0, Why.INTERNAL, self._jitter())
        if trouble is None:
            return Did(0)
        log.warning("set-up: %s: %s", stage, trouble.detail)
        return Failed(0, trouble.why, self._jitter())
