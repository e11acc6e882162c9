"""A provisioning document is taken, whatever way it came: judged under the pinned root, held against the board, kept.

A code before the camera, a file on the boot partition and a message of the broker end in this one function. It runs on
a thread of its own, for it waits for a disk; what is kept is one draft, and a newer document takes its place.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from firmware.control import draft, first_config, private, provision_floor
from firmware.control.draft import Draft
from firmware.control.identities import DOCUMENT, KEY
from firmware.control.provision_floor import Newest
from firmware.setup import judging
from firmware.setup.machine import NetworkTaken, Refused, Taken
from firmware.setup.reasons import Why
from firmware.signed.provision import GateBody, Provision, Wifi, WifiBody, open_provision
from firmware.signed.ruling import Rulings

if TYPE_CHECKING:
    from collections.abc import Callable

    from firmware.control.board import Board
    from firmware.events import Instant

log = logging.getLogger(__name__)


class Taking:
    """What was taken and is not finished; any thread may ask, one at a time is served."""

    def __init__(
        self, board: Board, root: bytes | None, now: Callable[[], Instant], rulings: Callable[[], Rulings] = Rulings
    ) -> None:
        """Read what an earlier process left; `rulings` answers what the roots have said of their keys."""
        self.board, self.root, self._now, self._rulings = board, root, now, rulings
        self._folder = board.section.state_dir
        self._lock = threading.Lock()
        self._draft = self._good(draft.read(self._folder))
        self.wifi: Wifi | None = None

    @property
    def draft(self) -> Draft | None:
        """The document that is not finished, with what it has come to."""
        return self._draft

    def take(self, envelope: bytes, *, afar: bool = False) -> Taken | NetworkTaken | Refused:
        """Judge a document and keep it; whatever bytes come, and whatever the disk does, there is one answer.

        One that came from `afar` may not make a door easier than it is.
        """
        with self._lock:
            try:
                return self._take(envelope, afar=afar)
            except OSError as error:
                log.error("a provisioning document could not be kept: %s", error)  # noqa: TRY400  one line
                return Refused(Why.STORAGE)

    def body(self, of: Draft) -> GateBody | None:
        """Open what a draft holds once more; it was judged when it was taken, and its time may be over by now."""
        found = open_provision(of.document, root=self.root, gate=self.board.gate, now=None, rulings=self._rulings())
        return found.body if isinstance(found, Provision) and isinstance(found.body, GateBody) else None

    def advance(self, before: Draft, after: Draft) -> bool:
        """Keep how far a draft has come; False if another document has taken its place. Raises OSError."""
        with self._lock:
            if self._draft is not before:
                return False
            draft.keep(self._folder, after)
            self._draft = after
            return True

    def finish(self, of: Draft) -> None:
        """Let go of a draft that has come to its end, unless another has taken its place; raises OSError."""
        with self._lock:
            if self._draft is of:
                self._spend(of)
                self._draft = None
                draft.forget(self._folder)

    def forget(self) -> None:
        """Let go of whatever there is; what a disk does not let go of is judged anew at the next start."""
        with self._lock:
            before, self._draft, self.wifi = self._draft, None, None
            try:
                if before is not None:
                    self._spend(before)
                draft.forget(self._folder)
                private.wipe(self._folder / draft.CLAIM_FOLDER / KEY)
            except OSError as error:
                log.warning("an unfinished set-up could not be wiped: %s", error)

    def _take(self, envelope: bytes, *, afar: bool) -> Taken | NetworkTaken | Refused:
        now = self._now()
        dated = now if now.source in judging.VOUCHED else None
        found = open_provision(envelope, root=self.root, gate=self.board.gate, now=dated, rulings=self._rulings())
        if not isinstance(found, Provision):
            log.warning("a provisioning document is refused: %s", found)
            return Refused(judging.told(found))
        if isinstance(found.body, WifiBody):
            self.wifi = found.body.wifi
            log.info("a network was brought")
            return NetworkTaken()
        return self._keep(Draft(document=envelope, afar=afar), found, found.body)

    def held(self) -> Provision | None:
        """The document that this gate is what it is by."""
        try:
            data = (self.board.identities.link / DOCUMENT).read_bytes()
        except OSError:
            return None
        found = open_provision(data, root=self.root, gate=self.board.gate, now=None, rulings=self._rulings())
        return found if isinstance(found, Provision) else None

    def _keep(self, fresh: Draft, found: Provision, body: GateBody) -> Taken | Refused:
        newest = Newest(serial=found.serial, version=found.version, digest=found.digest)
        floors = provision_floor.read(self._folder, self.root or b"")
        if not provision_floor.admits(floors, body.gate, newest) or self.in_force(fresh.document):
            log.warning("a provisioning document for %s is refused: version %s is old", body.gate, found.version)
            return Refused(Why.OLD_DOCUMENT)
        unfit = self._unfit(body) or (self._freed(body) if fresh.afar else None)
        if unfit is not None:
            log.warning("a provisioning document for %s is refused: %s", body.gate, unfit)
            return Refused(Why.BAD_CONFIG)
        if floors.get(body.gate) != newest:
            provision_floor.raise_to(self._folder, self.root or b"", body.gate, newest)
        if self._draft is None or self._draft.digest != fresh.digest:
            draft.keep(self._folder, fresh)
            self._draft = fresh
        log.info("a provisioning document for %s was taken, version %s", body.gate, found.version)
        return Taken()

    def _spend(self, of: Draft) -> None:
        """Take this document not again, however it comes: a file on the boot partition lies there for ever."""
        if (body := self.body(of)) is not None:
            provision_floor.spend(self._folder, self.root or b"", body.gate)

    def _unfit(self, body: GateBody) -> str | None:
        """Say what of a document does not fit this board."""
        board = self.board
        if (said := first_config.problem(board.values, body)) is not None:
            return said
        laid = first_config.overlay(body)
        whole = first_config.judged(
            first_config.merged(board.values, laid, board.section.state_dir, board.identities.link)
        )
        return whole if isinstance(whole, str) else None

    def _freed(self, body: GateBody) -> str | None:
        """Say whether a document would free a door that the one in force does not."""
        held = self.held()
        own = held.body if held is not None and isinstance(held.body, GateBody) else None
        board = self.board.values
        freed = first_config.frees(board, body) and (own is None or not first_config.frees(board, own))
        return "door.posture is freed by a sheet at the door alone" if freed else None

    def in_force(self, envelope: bytes) -> bool:
        """Whether this gate is what it is by this very document: its claim is used."""
        try:
            return (self.board.identities.link / DOCUMENT).read_bytes() == envelope
        except OSError:
            return False

    def _good(self, found: Draft | None) -> Draft | None:
        """Drop a draft that is no good under this root, or for this gate, any more."""
        return found if found is not None and self.body(found) is not None else None
