"""The service: while it runs, lamps, tones and words lead a technician with a card through this door.

A card shown outside starts it and says yes; it never releases a lock. What has to move moves when somebody inside asks
to leave, and people go in and out as always. It ends with its last step, or after half an hour, and can be gone on
with. A fault in here ends the service and never the gate.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final, TypeVar

from firmware.control.guiding import Guiding
from firmware.doctor import card, guide, report, words
from firmware.doctor.card import Card
from firmware.doctor.stages import Stage
from firmware.doctor.walking import (
    BY_CARD,
    Answered,
    Beaten,
    ContactMoved,
    Decoded,
    Finished,
    Found,
    LineRead,
    Look,
    Settled,
)
from firmware.events import (
    CodesPresented,
    Contact,
    ContactChanged,
    Direction,
    Level,
    Line,
    LinkChanged,
    ReaderBeat,
    ReaderLost,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from firmware.control.accounts import Knowledge
    from firmware.control.errands import Errands, Filed
    from firmware.control.outputs import Outputs
    from firmware.doctor.findings import Facts
    from firmware.doctor.report import Entry
    from firmware.doctor.stages import Guide
    from firmware.doctor.walking import Effect
    from firmware.doctor.walking import Event as GuideEvent
    from firmware.events import Event, Instant, ShowLight

log = logging.getLogger(__name__)

LONGEST_MS: Final = 30 * 60_000
POLL_MS: Final = 200
"""An errand is looked after so often."""

FAULT: Final = "the service met a fault of the firmware and ends; please report it"

Note = tuple[str, dict[str, object]]
"""What is to be written down: the kind of a record and its body."""

_Brought = TypeVar("_Brought")


class Service:
    """One door's service; it belongs to the controller thread."""

    def __init__(self, knowledge: Knowledge, outputs: Outputs, errands: Errands | None) -> None:
        """Rest until a card is shown that counts; without errands none does."""
        self._knowledge, self._outputs, self._errands = knowledge, outputs, errands
        self._guiding = Guiding(outputs)
        self._guide: Guide | None = None
        self._errand: tuple[Future[object], Callable[[Instant], None]] | None = None
        self._until_ms = self._poll_ms = 0
        self._reader = ""
        self._broker_up = False
        self._notes: list[Note] = []

    @property
    def running(self) -> bool:
        """Whether a card began it and nothing has ended it."""
        return self._guide is not None or self._errand is not None

    def deadline_ms(self) -> int | None:
        """Say when (CLOCK_BOOTTIME, ms) `settle` is due though nothing happens."""
        if not self.running:
            return None
        own_ms = self._poll_ms if self._errand is not None or self._guide is None else guide.deadline(self._guide)
        return self._until_ms if own_ms is None else min(own_ms, self._until_ms)

    def heard(self, event: Event | None, now: Instant) -> bool:
        """Take an event in; true if nobody else has to answer it: a card that counts, shown outside."""
        try:
            return self._heard(event, now)
        except Exception:
            log.exception(FAULT)
            self._end("service_failed")
            return False

    def _heard(self, event: Event | None, now: Instant) -> bool:
        match event:
            case CodesPresented(reader, codes):
                self._step(Decoded(reader), now)
                return self._presented(reader, codes, now) and self._knowledge.direction(reader) is Direction.IN
            case ContactChanged(contact, level):
                self._step(ContactMoved(contact, level), now)
                if contact is Contact.REX and level is Level.ACTIVE:
                    self._yes(now)
            case ReaderBeat(reader, values):
                self._step(Beaten(reader, values), now)
            case ReaderLost(reader):
                self._step(Beaten(reader, ()), now)
            case LinkChanged(up):
                self._broker_up = up
            case _:
                pass
        return False

    def makes_way(self, light: ShowLight) -> bool:
        """Say whether the guide takes the place of what the door shows now."""
        return self._guiding.instead_of(light, guides=self._guide is not None)

    def settle(self, now: Instant) -> list[Note]:
        """Do what is due, and hand out what is to be written down."""
        if self.running:
            try:
                self._settle(now)
            except Exception:
                log.exception(FAULT)
                self._end("service_failed")
        notes, self._notes = self._notes, []
        return notes

    def _settle(self, now: Instant) -> None:
        while self._errand is not None and self._errand[0].done():
            (_, then), self._errand = self._errand, None
            then(now)
        self._poll_ms = now.ms + POLL_MS
        if self._guide is not None and self._guide.stage in {Stage.RISING, Stage.FALLING}:
            energised = self._outputs.energised()
            for line in Line:
                self._step(LineRead(line, line in energised), now)
        self._step(None, now)
        if now.ms >= self._until_ms and self.running:
            self._end("service_interrupted")

    def _presented(self, reader: str, codes: tuple[bytes, ...], now: Instant) -> bool:
        """Look for a card among the codes of a frame; the first begins, the next say yes."""
        code = next((code for code in codes if card.is_card(code)), None)
        if code is None or self._errands is None:
            return False
        know = self._knowledge
        found = card.read(code, root=know.root, gate=know.place.gate, now=now, rulings=know.rulings())
        if not isinstance(found, Card):
            log.info("%s: a service card counts for nothing: %s", reader, found)
            return False
        if self.running:
            self._yes(now)
            return True
        log.info("%s: service begins", reader)
        self._reader, self._until_ms = reader, now.ms + LONGEST_MS
        self._notes.append(("gate", {"what": "service_began", "reader": reader}))
        self._ask(self._errands.begin(found.technician, now), self._begin)
        return True

    def _yes(self, now: Instant) -> None:
        """Take a yes where one is asked for."""
        if self._guide is not None and self._guide.stage is Stage.QUESTION:
            self._step(Answered(yes=True), now)

    def _step(self, event: GuideEvent | None, now: Instant) -> None:
        """Let the guide go on."""
        if self._guide is not None:
            self._guide, effects = guide.step(self._guide, event, now.ms)
            self._do(effects, now)

    def _do(self, effects: tuple[Effect, ...], now: Instant) -> None:
        """Do what the guide asks for."""
        if (errands := self._errands) is None or (walk := self._guide) is None:
            return
        for effect in effects:
            match effect:
                case Look():
                    released = bool(self._outputs.energised())
                    self._ask(errands.look(now, broker_up=self._broker_up, released=released), self._found)
                case Settled(entry):
                    log.info("service: %s %s%s", entry.id, entry.outcome, f" {entry.reason}" if entry.reason else "")
                    errands.keep(walk.entries)
                case Finished():
                    self._ask(errands.file(walk.entries, now), self._filed)
                case _:
                    self._guiding.carry_out(effect)

    def _ask(self, errand: Future[_Brought], then: Callable[[_Brought, Instant], None]) -> None:
        """Let an errand be done, and go on with what it brings."""
        self._errand = (errand, lambda now: then(errand.result(), now))  # type: ignore[assignment]

    def _begin(self, entries: tuple[Entry, ...], now: Instant) -> None:
        """Begin, or go on behind an interrupted walk."""
        if self._errands is not None:
            self._guiding.begin()
            self._guide, effects = guide.begin(self._errands.steps(), BY_CARD, entries, now.ms)
            self._do(effects, now)

    def _found(self, facts: Facts, now: Instant) -> None:
        self._step(Found(facts), now)

    def _filed(self, filed: Filed, _now: Instant) -> None:
        """Tell what the walk came to."""
        if self._guide is None:
            return
        summary = report.summary(self._guide.entries)
        body: dict[str, object] = {"number": filed.number, "sha256": filed.digest, "signed": filed.signed}
        body |= {"ok": summary.ok, "fail": summary.fail, "skipped": summary.skipped, "failed": list(summary.failed)}
        self._notes.append(("commissioning", body | {"outcome": "ok" if summary.passed else "fail"}))
        self._guiding.say(words.PASSED if summary.passed else words.FAILED)
        self._end("service_ended")

    def _end(self, what: str) -> None:
        """Give lamps and words back to the door."""
        self._guide, self._errand = None, None
        self._guiding.end()
        log.info("%s: %s", self._reader, what.replace("_", " "))
        self._notes.append(("gate", {"what": what, "reader": self._reader}))
