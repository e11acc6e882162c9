"""The library: takes the documents that operations desire, keeps those that may be believed, reports every one.

A thread of its own, so that no signature, hash or disk ever holds the controller or the link up. Any other thread asks
it for what is in force, which is one reading, or puts something into its mailbox, which never waits.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from firmware.control import updates
from firmware.control.acceptance import Acceptance
from firmware.control.again import Again
from firmware.control.desired import Held, Turned, Whose, in_force
from firmware.control.documents import read_lists
from firmware.control.fetcher import Fetcher
from firmware.control.identity import read_identity
from firmware.control.keyring import FILE, KeyRing
from firmware.control.looking import NOBODY_LOOKS
from firmware.control.mailbox import Mailbox
from firmware.control.proposing import Proposing
from firmware.control.reports import Reports
from firmware.control.ruled import Ruled
from firmware.control.shelf import FOLDER, Shelf
from firmware.control.standing import Standing, standing
from firmware.control.succession import Beside
from firmware.events import Alarm
from firmware.signed.envelope import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from firmware.control.clock import Clock
    from firmware.control.config import Config
    from firmware.control.documents import Lists
    from firmware.control.fetcher import Topics
    from firmware.control.looking import Look
    from firmware.control.trial import Trial
    from firmware.records.heard import Heard
    from firmware.records.notices import Notices

log = logging.getLogger(__name__)

_LONGEST_WAIT_S: Final = 5.0
_TRIAL_WAIT_S: Final = 0.5
_CLOSE_S: Final = 5.0


class Library:
    """What the gate goes by; `lists`, `heard` and `link_changed` may be called by any thread and never wait."""

    def __init__(
        self,
        config: Config,
        clock: Clock,
        *,
        changed: Callable[[], object],
        own_groups: frozenset[str] | None = None,
    ) -> None:
        """Read what is in force, from the gate's own files and from its shelf; no thread runs yet.

        `own_groups` are those of the gate's file alone, by which configurations from afar go.
        """
        self._config, self._clock, self._changed = config, clock, changed
        self.ruled = Ruled.here(config)
        self._whose = Whose(self.ruled.root, config.gate.id, config.gate.every_group, own_groups, self.ruled)
        self._shelf = Shelf(config.gate.state_dir / FOLDER, self._whose, Beside(clock.now))
        self._standing = self._stand()
        where = self._shelf.folder / FILE
        self.keyring = KeyRing(where, self._whose, config.gate.area, partial(read_identity, config))
        self._mailbox = Mailbox(self._whose)
        self._acceptance: Acceptance | None = None
        self._fetcher = Fetcher(self._shelf.folder, None)
        self._trial: Trial | None = None
        self._counts: Counter[str] = Counter()
        self._up = False
        self._changes = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="library", daemon=True)

    def lists(self) -> Lists:
        """What is in force now."""
        return self._standing.lists

    def in_force(self, kind: Kind) -> Held | None:
        """The document of a kind that is in force, if it is one that was signed."""
        return self.keyring.held if kind is Kind.KEYS else self._standing.in_force.get(kind)

    def wrong(self) -> frozenset[tuple[Alarm, str]]:
        """Which alarms hold: kinds left with nothing in force as their signer was taken back, a lost word, an order."""
        found = {(Alarm.SIGNER_REVOKED, kind.value) for kind in self._standing.revoked}
        found |= {(Alarm.LIST_UNUSABLE, kind.value) for kind in self._standing.unusable}
        return frozenset(found) if self._acceptance is None else self._acceptance.updates.failing.alarms() | found

    def issued(self) -> int:
        """When (Unix s) the newest document in force was signed; 0 without any."""
        return max((held.document.issued for held in self._standing.in_force.values()), default=0)

    def counters(self) -> dict[str, int]:
        """Flat numbers for health."""
        counts = dict(self._counts + self._fetcher.counts + self._mailbox.counts)
        counts |= {} if self._acceptance is None else dict(self._acceptance.counts)
        for kind, held in self._standing.in_force.items():
            counts |= {f"{kind}_version": held.document.version, f"{kind}_issued": held.document.issued}
        numbers = {f"documents_{name}": number for name, number in sorted(counts.items())}
        numbers |= {} if self._acceptance is None else self._acceptance.updates.failing.counters()
        return numbers | self.keyring.counters(self._clock.now())

    def start(
        self,
        notices: Notices,
        topics: Topics | None = None,
        trial: Trial | None = None,
        look: Callable[[], Look] = lambda: NOBODY_LOOKS,
    ) -> None:
        """Begin to take what is desired; blobs are fetched through `topics`, configurations tried by `trial`.

        `look` says how the door stands, for whoever waits for a quiet moment to run another release.
        """
        self._trial = trial
        self._fetcher = Fetcher(self._shelf.folder, topics)
        reports = Reports(self._config.gate.id, notices)
        self._acceptance = Acceptance(
            self._whose,
            self._shelf,
            self._fetcher,
            reports,
            Proposing(self._shelf.folder, reports, trial, self.in_force),
            updates=updates.build(self._config, self._shelf.folder, reports, look, self.lists, words=self.ruled.words),
            keyring=self.keyring,
            ruled=self.ruled,
            again=Again(self._config.gate.id, topics),
            in_force=self.in_force,
            accepted=self._put_in_force,
        )
        self._thread.start()

    def heard(self, heard: Heard) -> None:
        """Take in what the broker brought."""
        self._mailbox.put(heard)

    def link_changed(self, up: bool) -> None:  # noqa: FBT001  the signature of the link's callback
        """Take in that the broker came or went."""
        self._up = up
        self._changes += 1
        self._mailbox.wake()

    def close(self) -> None:
        """End the thread; a blob that is on its way goes on after the next start."""
        self._stop.set()
        self._mailbox.wake()
        if self._thread.ident is not None:
            self._thread.join(_CLOSE_S)

    def _run(self) -> None:
        if (acceptance := self._acceptance) is None:
            return
        self._guarded(acceptance, None, acceptance.begin)
        changes = 0
        while not self._stop.is_set():
            heard = self._mailbox.take(self._pause_s())
            if self._stop.is_set():
                break
            if changes != self._changes:  # gone and back again between two looks is a new connection too
                changes = acceptance.blobs.connection = self._changes
                self._fetcher.renewed(self._clock.now().ms)
            up = self._up
            if heard is not None:
                self._guarded(acceptance, heard, lambda: self._take(acceptance, heard))  # noqa: B023  called at once
            self._guarded(acceptance, None, self._expire_keys)
            self._guarded(acceptance, None, lambda: acceptance.turn(self._clock.now(), connected=up))  # noqa: B023  the same
        self._fetcher.stop()

    def _take(self, acceptance: Acceptance, heard: Heard) -> None:
        """Hand one message on."""
        now = self._clock.now()
        if heard.channel == "blob":
            acceptance.blobs.piece(heard, now.ms)
        else:
            acceptance.desired(heard, now)

    def _guarded(self, acceptance: Acceptance, heard: Heard | None, do: Callable[[], object]) -> None:
        """Do something that needs a disk: a disk that fails, or a bug, costs a document and never this thread."""
        why = None
        try:
            do()
        except OSError as error:
            self._counts["storage"] += 1
            log.warning("a document could not be kept: %s", error)
            why = Turned.STORAGE
        except Exception:
            self._counts["internal"] += 1
            log.exception("a document met a fault of the firmware; please report it")
            why = Turned.INTERNAL
        try:
            if why is not None:
                acceptance.fail(heard, why, self._clock.now().ms)
        except Exception:
            log.exception("that a document failed could not be noted; please report it")

    def _expire_keys(self) -> None:
        """Erase the keys of days that are over, and let the journal say since when there are any."""
        if self.keyring.expire(self._clock.now()):
            self._changed()

    def _put_in_force(self, kind: Kind) -> None:
        """Read anew what counts, and tell the controller where it goes by that."""
        if kind is Kind.KEYS:
            self._changed()
            return
        if kind in {Kind.CONFIG, Kind.UPDATE}:
            found = in_force(self._shelf.held(kind), self._whose)
            others = {other: held for other, held in self._standing.in_force.items() if other is not kind}
            self._standing = replace(self._standing, in_force=others | ({} if found is None else {kind: found}))
            return
        if kind is Kind.AUTHORITY:
            self.ruled.look()
            if self._trial is not None:
                self._trial.judge(self.ruled())
            if self.keyring.drop_revoked():
                log.warning("the keys of the day came under a warrant that is taken back; they are erased")
        before, self._standing = self._standing, self._stand()
        for one in sorted(self._standing.revoked - before.revoked):
            log.error("%s: whoever signed what this gate goes by has been taken back; it counts no more", one)
        if kind in {Kind.TRUST, Kind.POLICY, Kind.AUTHORITY, Kind.REVOCATIONS}:
            self._changed()

    def _stand(self) -> Standing:
        """Read anew what counts: the gate's own files, its shelf, and what roots have said of keys."""
        now = self._clock.now()
        base = read_lists(self._config, now, self.ruled())
        found = standing(self._config, base, self._shelf, self._whose, now)
        said = self.ruled.in_force
        if self.ruled.misses(self._shelf):
            log.error(
                "what the root has said of its keys is lost or damaged; keys it took back count until it comes again"
            )
            found = replace(found, word_lost=True)
        return found if said is None else replace(found, in_force={**found.in_force, Kind.AUTHORITY: said})

    def _pause_s(self) -> float:
        """Say for how long nothing is due."""
        longest_s = _TRIAL_WAIT_S if self._trial is not None and self._trial.running else _LONGEST_WAIT_S
        due_ms = self._fetcher.deadline_ms() if self._up else None
        return longest_s if due_ms is None else min(longest_s, max(0.0, (due_ms - self._clock.now().ms) / 1000))
