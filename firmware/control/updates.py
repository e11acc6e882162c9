"""The order to run another release, at the gate: kept, asked for beside the gate, switched to in a quiet hour, told.

It installs nothing: the updater does, and this gate ends and begins by the service manager. What it adds is what only
the gate knows: whether the order may be believed, what time it is, whether anybody is passing, and whether a gate of
the new release has what the old one had. It belongs to the library's thread.
"""

from __future__ import annotations

import contextlib
import logging
from importlib.metadata import version
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from firmware.control import turned_down
from firmware.control.desired import Turned
from firmware.control.failing import Failing, last_down
from firmware.control.kept_order import KeptOrder
from firmware.control.proving import Proving
from firmware.control.questions import Questions
from firmware.events import NEVER
from firmware.signed.envelope import Kind, read_body
from firmware.updating.asking import Before
from firmware.updating.faults import PASSING, TRIED, Fault
from firmware.updating.order import Order, may_switch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from firmware.control.config import Config
    from firmware.control.desired import Held, Refusal, Whose
    from firmware.control.documents import Lists
    from firmware.control.looking import Look
    from firmware.control.reports import Reports
    from firmware.control.update_section import UpdateSection
    from firmware.events import Instant
    from firmware.updating.asking import Status

log = logging.getLogger(__name__)

FOLDER: Final = "update"
_ZONE: Final = "Asia/Jakarta"  # where no policy names a time zone
SOON_MS: Final = 60_000
"""How often the updater is asked what it has not answered, and told anew that it may switch."""
LATER_MS: Final = 600_000
"""When what failed for the moment is tried again."""


class Updates:
    """One order at a time; `zone` names the time zone in which the hours of the night are counted."""

    def __init__(
        self,
        folder: Path,
        section: UpdateSection,
        reports: Reports,
        *,
        release: str,
        healthy_ms: int,
        look: Callable[[], Look],
        zone: Callable[[], str],
        words: Callable[[], Iterable[bytes]],
    ) -> None:
        """Take the parts; `release` is what runs here, and for `healthy_ms` it has to run before it counts as good.

        `words` answers what the roots have said here, as it was signed, for the updater.
        """
        self._folder, self._section, self._reports = folder / FOLDER, section, reports
        self._release, self._look, self._zone, self._words = release, look, zone, words
        self._questions = Questions(section)
        self._proving = Proving(self._questions, release, healthy_ms, look)
        self._wish = KeptOrder(self._folder)
        self.failing = Failing()
        self._whose: Whose | None = None
        self._asked_ms: int | None = None
        self._told: object = None
        self._news = self._let = False

    @property
    def news(self) -> bool:
        """Whether something has changed since this was asked last."""
        news, self._news = self._news, False
        return news

    def begin(self, whose: Whose, shelf: Iterable[Held]) -> None:
        """Go on with the order of an earlier run, and say what was turned down last, unless a later one is kept."""
        if (down := last_down(turned_down.read(self._folder), shelf)) is not None:
            self._reports.rolled_back(Kind.UPDATE, None, down.version, down.reason)
            self.failing.begin(down)
        self._whose = whose
        if (held := self._wish.load(whose)) is not None:
            self._reports.pending(Kind.UPDATE, held.document.version, None)

    def runs(self, held: Held) -> bool:
        """Say whether an order asks for nothing that is not so already, or takes back what was asked.

        A release that is on trial does not run for good yet.
        """
        order = read_body(held.document, Order)
        runs = isinstance(order, Order) and order.release == self._release
        if held.withdrawn or (runs and not self._proving.trying(self._questions.status())):
            self.failing.over()
            self._drop()
            return True
        return False

    def propose(self, held: Held, source: str | None) -> Refusal | None:
        """Take an order as what shall happen here, or say why not; raises OSError."""
        order = read_body(held.document, Order)
        if not isinstance(order, Order):
            return Turned.BAD_BODY
        down = turned_down.find(self._folder, held)
        if down is not None:
            self._reports.rolled_back(Kind.UPDATE, source, down.version, down.reason)
            return None
        wish = self._wish.held
        if wish is not None and held.document.rank < wish.document.rank:
            return Turned.VERSION_REUSED
        self._wish.take(held, order, source)
        self._asked_ms = None
        self._reports.settled(Kind.UPDATE, source)
        self._reports.pending(Kind.UPDATE, held.document.version, None)
        return None

    def turn(self, now: Instant, *, connected: bool) -> Held | None:
        """Do what is due: answer an order whose release runs here for good; raises OSError."""
        status = self._questions.status()
        self._proving.turn(status, now, connected=connected)
        wish, order = self._wish.held, self._wish.order
        if wish is None or order is None:
            return None
        if order.release == self._release:
            return wish if status is None or status.phase != "trying" else None
        if self._whose is not None and (why := self._wish.fallen(self._whose, now)) is not None:
            self._turn_down(wish, why)
        else:
            ours = status is not None and status.document == wish.document.digest
            self._go_on(wish, order, status if ours else None, now, connected=connected)
        return None

    def kept(self, held: Held) -> None:
        """Forget the order: it is on the shelf."""
        self.failing.over()
        self._reports.outdated(Kind.UPDATE, held.document.version)
        self._drop()

    def _go_on(self, wish: Held, order: Order, status: Status | None, now: Instant, *, connected: bool) -> None:
        """Ask, wait, let the switch be made, or turn the order down."""
        phase, fault = (None, None) if status is None else (status.phase, status.reason)
        self._tell(wish, status)
        if phase in {"ready", "trying"}:
            self.failing.goes_on(wish)
        match phase:
            case "fetching" | "trying" | "confirmed":
                return
            case "ready":
                look = self._look()
                go = look.calm and may_switch(order, self._section.window, now, ZoneInfo(self._zone()))
                if go or self._let:  # what was let is taken back at once
                    self._ask(wish, now, look, connected=connected, every_ms=SOON_MS if go else 0, go=go)
            case "refused" | "returned" if fault is not None and fault not in PASSING:
                self._turn_down(wish, fault)
            case "refused" | "returned":
                self._ask(wish, now, self._look(), connected=connected, every_ms=LATER_MS)
            case _:
                self._ask(wish, now, self._look(), connected=connected, every_ms=SOON_MS)

    def _ask(self, wish: Held, now: Instant, look: Look, *, connected: bool, every_ms: int, go: bool = False) -> None:
        """Ask the updater, at most every so often; a gate that does not know what time it is asks for nothing."""
        if self._asked_ms is not None and now.ms - self._asked_ms < every_ms:
            return
        if now.latest >= NEVER:
            self._refused(wish, Fault.CLOCK_WRONG)
            return
        unanswered = self._asked_ms is not None and every_ms == SOON_MS and not go
        self._asked_ms, self._let = now.ms, go
        before = Before(connected=connected, readers=look.readers)
        asked = self._questions.ask(wish.data, self._words(), now, before, go=go)
        if unanswered or not asked:
            self._refused(wish, Fault.NO_UPDATER)
        if go and asked:
            log.warning("another release may be switched to now")

    def _tell(self, wish: Held, status: Status | None) -> None:
        """Report how far the updater is, when that has changed."""
        said = None if status is None else (status.phase, status.reason, status.progress)
        if said == self._told:
            return
        self._told, self._news = said, True
        if status is not None and status.reason in PASSING:
            self._refused(wish, status.reason)
            return
        self._reports.settled(Kind.UPDATE, self._wish.source)
        progress = None if status is None else status.progress
        self._reports.pending(Kind.UPDATE, wish.document.version, progress)

    def _refused(self, wish: Held, fault: Fault) -> None:
        """Report what is in the way for the moment; the order stands."""
        self.failing.hindered(wish, fault)
        self._reports.arrived(Kind.UPDATE)
        self._reports.refused(Kind.UPDATE, self._wish.source, wish.document.version, fault, wish.data)
        self._news = True

    def _turn_down(self, wish: Held, fault: Refusal) -> None:
        """Give an order up for good."""
        log.error("update document version %d is turned down: %s", wish.document.version, fault)
        with contextlib.suppress(OSError):
            turned_down.note(self._folder, wish, fault)
        version, source = wish.document.version, self._wish.source
        self.failing.turned_down(wish)
        self._drop()
        if fault in TRIED:
            self._reports.rolled_back(Kind.UPDATE, source, version, fault.value)
        else:
            self._reports.refused(Kind.UPDATE, source, version, fault, wish.data)
        self._news = True

    def _drop(self) -> None:
        """Forget the order that is on its way."""
        self._asked_ms = self._told = None
        self._questions.withdraw()
        self._reports.arrived(Kind.UPDATE)
        self._wish.forget()


def build(
    config: Config,
    folder: Path,
    reports: Reports,
    look: Callable[[], Look],
    lists: Callable[[], Lists],
    *,
    words: Callable[[], Iterable[bytes]],
) -> Updates:
    """Make what takes orders at this gate; `lists` says which policy names the time zone, `words` what roots said."""

    def zone() -> str:
        policy = lists().rules.policy
        return _ZONE if policy is None else policy.timezone

    healthy_ms = config.documents.healthy_s * 1000
    release = version("gapura")
    return Updates(
        folder, config.update, reports, release=release, healthy_ms=healthy_ms, look=look, zone=zone, words=words
    )
