"""What the updater is asked for, read anew at each step: the signed order, the time, and whether the gate lets it act.

The order is opened here under the pinned root and those that follow it, so that whoever has taken the gate over cannot
choose a release. What a root has said is remembered here too, and no gate can make the updater forget it.
"""

from __future__ import annotations

import logging
import os
import stat
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from firmware.events import Instant
from firmware.signed import strict_json
from firmware.signed.envelope import Document, Kind, open_envelope, read_body
from firmware.signed.ruling import MOST_ROOTS
from firmware.signed.warrant import parse_root
from firmware.signed.words import newest_words, rulings_of
from firmware.updating import asking
from firmware.updating.fetching import Times
from firmware.updating.order import Order

if TYPE_CHECKING:
    from pathlib import Path

    from firmware.signed.ruling import Rulings
    from firmware.updating.asking import Ask, Before
    from firmware.updating.disk import Disk

log = logging.getLogger(__name__)

WORDS: Final = "words.json"
_BOOT_ID: Final = "/proc/sys/kernel/random/boot_id"
_YEAR_9999: Final = 253_402_300_799


@dataclass(frozen=True, slots=True)
class Wanted:
    """One order; `digest` is the SHA-256 (hex) of what was signed, `before` what the gate had when it asked."""

    order: Order
    digest: str
    go: bool
    times: Times
    before: Before


class Wishes:
    """The gate's folder of questions, the root under which an order counts, and what has been heard of it so far."""

    def __init__(self, folder: Path, root: Path, disk: Disk) -> None:
        """Take the places; what is not there is no wish."""
        self._folder, self._root, self._disk = folder, root, disk
        self._heard: tuple[bytes, ...] | None = None

    def wanted(self) -> Wanted | None:
        """Read the question and open the order in it; None without one that counts."""
        ask = asking.read_ask(_read(self._folder / asking.ASK))
        root = parse_root(_read(self._root))
        data = None if ask is None else strict_json.from_base64url(ask.document)
        if ask is None or root is None or data is None:
            return None
        rulings = self._rulings(root, ask)
        document = open_envelope(data, Kind.UPDATE, root=root, gate=None, now=None, rulings=rulings)
        order = read_body(document, Order) if isinstance(document, Document) else None
        if not isinstance(document, Document) or not isinstance(order, Order):
            return None
        passed_s = max(0, time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000 - ask.at_ms) // 1000
        latest = min(ask.latest + passed_s, _YEAR_9999)
        times = Times(min(ask.earliest + passed_s, _YEAR_9999), latest, int(time.time()))
        # The later of the two clocks: a gate that was taken over must not bring a root back by an older time.
        now = Instant(ask.at_ms, max(times.earliest, times.kernel), max(latest, times.kernel), "updater")
        if not rulings.stands(document.granted, root, now):
            return None
        return Wanted(order, document.digest, ask.go and passed_s <= asking.GO_S, times, ask.before)

    def _rulings(self, root: bytes, ask: Ask) -> Rulings:
        """Weigh what the gate shows with what was heard before: of each root the newest word counts, and is kept."""
        heard = self._remembered() if self._heard is None else self._heard
        shown = [data for word in ask.words if (data := strict_json.from_base64url(word)) is not None]
        words = newest_words(root, None, lambda _: (*heard, *shown))
        self._heard = tuple(word.data for word in words)
        if self._heard != heard:
            spelled = {"words": [strict_json.to_base64url(data) for data in self._heard]}
            try:
                self._disk.put(self._disk.own / WORDS, strict_json.render(spelled))
            except OSError as error:
                log.warning("what the root has said is not written down: %s", error)
        return rulings_of(words)

    def _remembered(self) -> tuple[bytes, ...]:
        """Read what was heard in earlier runs; a file that cannot be read has nothing, and the gate shows it anew."""
        spelled = (strict_json.parse(_read(self._disk.own / WORDS)) or {}).get("words")
        texts = spelled if isinstance(spelled, list) else []
        found = (strict_json.from_base64url(text) for text in texts[:MOST_ROOTS] if isinstance(text, str))
        return tuple(data for data in found if data is not None)

    def healthy(self) -> str | None:
        """Name the release whose gate has passed its own test in this boot."""
        found = asking.read_healthy(_read(self._folder / asking.HEALTHY))
        return found.release if found is not None and found.boot == boot_id() else None


def boot_id() -> str:
    """Name this boot of the machine."""
    with open(_BOOT_ID, encoding="ascii") as file:  # noqa: PTH123  a name of the kernel's
        return file.read().strip()


def _read(path: Path) -> bytes:
    """Read a small file; nothing, where it cannot be read."""
    try:
        with open(path, "rb", opener=_at_once) as file:
            return file.read(asking.MAX_ASK_BYTES + 1) if stat.S_ISREG(os.fstat(file.fileno()).st_mode) else b""
    except OSError:
        return b""


def _at_once(path: str, flags: int) -> int:
    """Open without waiting: a gate that was taken over may lay a pipe there."""
    return os.open(path, flags | os.O_NONBLOCK)
