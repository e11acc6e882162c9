"""What the updater is asked for, read anew at each step: the signed order, the time, and whether the gate lets it act.

The order is opened here under the pinned root, so that whoever has taken the gate over cannot choose a release.
"""

from __future__ import annotations

import os
import stat
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from firmware.signed import strict_json
from firmware.signed.envelope import Document, Kind, open_envelope, read_body
from firmware.signed.ruling import SILENT, Ruling, Rulings, read_ruling
from firmware.signed.warrant import parse_root
from firmware.updating import asking
from firmware.updating.fetching import Times
from firmware.updating.order import Order

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from firmware.updating.asking import Before

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
    """The gate's folder of questions, and the root under which an order counts."""

    def __init__(self, folder: Path, root: Path) -> None:
        """Take the places; what is not there is no wish."""
        self._folder, self._root = folder, root

    def wanted(self) -> Wanted | None:
        """Read the question and open the order in it; None without one that counts."""
        ask = asking.read_ask(_read(self._folder / asking.ASK))
        root = parse_root(_read(self._root))
        data = None if ask is None else strict_json.from_base64url(ask.document)
        if ask is None or root is None or data is None:
            return None
        rulings = _rulings(root, ask.authority or ())
        document = open_envelope(data, Kind.UPDATE, root=root, gate=None, now=None, rulings=rulings)
        order = read_body(document, Order) if isinstance(document, Document) else None
        if not isinstance(document, Document) or not isinstance(order, Order):
            return None
        passed_s = max(0, time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000 - ask.at_ms) // 1000
        latest = min(ask.latest + passed_s, _YEAR_9999)
        times = Times(min(ask.earliest + passed_s, _YEAR_9999), latest, int(time.time()))
        return Wanted(order, document.digest, ask.go and passed_s <= asking.GO_S, times, ask.before)

    def healthy(self) -> str | None:
        """Name the release whose gate has passed its own test in this boot."""
        found = asking.read_healthy(_read(self._folder / asking.HEALTHY))
        return found.release if found is not None and found.boot == boot_id() else None


def _rulings(root: bytes, words: Iterable[str]) -> Rulings:
    """Hear what the roots have said of their keys, each word under the root that the ones before it lead to."""
    rulings = SILENT
    for word in words:
        data = strict_json.from_base64url(word) or b""
        document = open_envelope(data, Kind.AUTHORITY, root=root, gate=None, now=None, rulings=rulings)
        ruling = read_ruling(document.body, document.root) if isinstance(document, Document) else None
        if isinstance(ruling, Ruling):
            rulings = rulings.heard(ruling)
    return rulings


def boot_id() -> str:
    """Name this boot of the machine."""
    with open(_BOOT_ID, encoding="ascii") as file:  # noqa: PTH123  a name of the kernel's
        return file.read().strip()


def _read(path: Path) -> bytes:
    """Read a small file; nothing, where it cannot be read."""
    try:
        with open(path, "rb", opener=_at_once) as file:
            return file.read(asking.MAX_BYTES + 1) if stat.S_ISREG(os.fstat(file.fileno()).st_mode) else b""
    except OSError:
        return b""


def _at_once(path: str, flags: int) -> int:
    """Open without waiting: a gate that was taken over may lay a pipe there."""
    return os.open(path, flags | os.O_NONBLOCK)
