"""The keyring: an area's keys of the day as this gate holds them, and the subject they make of a pass.

Keys are taken out of their document when it is accepted, and the document is not kept: its sealed text could be opened
with the gate's own key for ever. On the disk lie the keys of today and of days to come; what is over is written over
and gone. The library's thread takes and erases; any thread may ask for a subject, which is one reading.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field, StringConstraints

from firmware.control.desired import Floor, Held, Turned
from firmware.control.digested import vouch, vouched
from firmware.control.documents import read_bounded
from firmware.control.wiping import replace_and_wipe, wipe_leftover
from firmware.events import NEVER
from firmware.signed import area_keys, strict_json, times
from firmware.signed.area_keys import AreaKeys, Day, DayKey
from firmware.signed.envelope import EnvelopeRefusal, read_body
from firmware.signed.fields import Counter, Moment, Name, RawKey, Strict
from firmware.signed.warrant import Role, Warrant

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from firmware.control.desired import Refusal, Whose
    from firmware.control.identity import Identity
    from firmware.events import Instant

log = logging.getLogger(__name__)

FILE: Final = "area-keys.json"
_MAX_BYTES: Final = 16 * 1024
_AHEAD_S: Final = (area_keys.MAX_DAYS + 1) * 86_400
"""Keys further ahead would only lie about for somebody to find."""


class _Day(Day):
    """One day with its key, as it is written."""

    key: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{43}$")]


class _Ring(Strict):
    """The file: which document it was taken from, under which root, and what is left of it.

    `signer` is the raw key that signed it and `under` the root that had granted that; a release before had neither.
    """

    root: RawKey
    area: Name
    version: Counter
    digest: str
    serial: Counter = 1
    signer: RawKey | None = None
    under: RawKey | None = None
    ends: Moment | None = None
    days: Annotated[list[_Day], Field(max_length=2 * area_keys.MAX_DAYS)]


class KeyRing:
    """The keys of one gate in one area, in `path` (mode 0600)."""

    def __init__(self, path: Path, whose: Whose, area: str, identity: Callable[[], Identity | None]) -> None:
        """Read what is there; a file of another root or area, or none of ours, counts as empty until it is replaced."""
        self._path, self._whose, self._area, self._identity = path, whose, area, identity
        self._floor: Floor | None = None
        self._granted: Warrant | None = None
        self._held: Held | None = None
        self._keys: tuple[DayKey, ...] = ()
        self._ends: int | None = None
        self.missing = 0
        self._load()

    @property
    def held(self) -> Held | None:
        """The document that the keys were taken from, without them; after a start only when it has come again."""
        return self._held

    @property
    def span(self) -> tuple[int, int] | None:
        """From when until when there are keys, day after day (Unix seconds); what is over ends in the past.

        None where there were never any, or they were withdrawn.
        """
        keys, ends = self._keys, self._ends
        if not keys:
            return None if ends is None else (ends, ends)
        last = keys[0]
        for key in keys[1:]:
            last = key if key.begins == last.ends else last
        return keys[0].begins, last.ends

    def told(self) -> dict[str, object]:
        """Say for the journal which document the keys are of, and from which day on they are still here."""
        floor, keys = self._floor, self._keys
        if floor is None:
            return {}
        since = {"keys_from": times.render(keys[0].begins)} if keys else {}
        return {"keys_version": floor.version, **since}

    def subject(self, reference: str, now: Instant) -> str | None:
        """Name a pass for today; None, and counted, without a key of today or a clock that says which day it is.

        Around midnight the earlier of the two days counts.
        """
        key = self._key_of(now)
        if key is None:
            self.missing += 1
            return None
        return area_keys.subject(key.key, reference)

    def counters(self, now: Instant) -> dict[str, int]:
        """Flat numbers for health: for how many days from today on there is a key, and subjects that had none."""
        today = self._key_of(now)
        days = 0 if today is None else sum(key.begins >= today.begins for key in self._keys)
        version = {} if self._floor is None else {"documents_keys_version": self._floor.version}
        return version | {"area_keys_days": days, "subjects_missing": self.missing}

    def holds(self, held: Held, now: Instant) -> bool:
        """Say whether all that a document still has to give is here; then it is the one in force."""
        body = read_body(held.document, AreaKeys)
        if self._floor == held.floor and held.withdrawn:
            return True
        if self._floor != held.floor or not isinstance(body, AreaKeys):
            return False
        ours = {(key.begins, key.ends) for key in self._keys}
        if not all((day.begins, day.ends) in ours for day in body.days if day.ends > now.earliest):
            return False
        self._held = _without_keys(held)
        return True

    def take(self, held: Held, now: Instant) -> Refusal | None:
        """Take the keys out of an accepted document, or say why not; raises OSError, and then nothing has changed.

        What it says of a day outranks what was known of that day; other days stay. A document that is withdrawn takes
        every key with it.
        """
        body = read_body(held.document, AreaKeys)
        if self._floor is not None and held.floor.rank < self._floor.rank:
            return EnvelopeRefusal.ROLLED_BACK  # the shelf's floor may have been lost between its write and ours
        if held.withdrawn:
            self._ends = None
            self._accept(held, ())
            return None
        if not isinstance(body, AreaKeys) or body.days[-1].ends > held.document.issued + _AHEAD_S:
            return Turned.BAD_BODY
        if body.area != self._area:
            return Turned.WRONG_AREA
        identity = self._identity()
        found = None if identity is None else area_keys.open_keys(body, self._whose.gate, identity.key)
        if found is None:
            return Turned.NOT_SEALED
        first, last = found[0].begins, found[-1].ends
        others = [key for key in self._keys if key.ends <= first or key.begins >= last]
        kept = [key for key in (*others, *found) if key.ends > now.earliest]
        self._accept(held, tuple(sorted(kept, key=lambda key: key.begins))[: area_keys.MAX_DAYS])
        return None

    def expire(self, now: Instant) -> bool:
        """Erase the keys of days that are over beyond doubt; say whether there were any. Raises OSError."""
        left = tuple(key for key in self._keys if key.ends > now.earliest)
        if self._floor is None or len(left) == len(self._keys):
            return False
        log.info("the keys of %d days are over and erased", len(self._keys) - len(left))
        self._write(self._floor, left, self._granted)
        return True

    def drop_revoked(self) -> bool:
        """Erase what came under a warrant that is taken back by now; say whether there was any. Raises OSError."""
        if self._floor is None or self._granted is None or not self._keys:
            return False
        if not self._whose.rulings().revoked(self._granted):
            return False
        self._held = None
        self._write(self._floor, (), self._granted)
        return True

    def _key_of(self, now: Instant) -> DayKey | None:
        if now.latest == NEVER:
            return None
        return next((key for key in self._keys if key.begins <= now.earliest < key.ends), None)

    def _accept(self, held: Held, keys: tuple[DayKey, ...]) -> None:
        self._write(held.floor, keys, held.document.granted)
        self._held = _without_keys(held)

    def _write(self, floor: Floor, keys: tuple[DayKey, ...], granted: Warrant | None) -> None:
        """Put the file in its place and write over the one before."""
        days = [
            {
                "from": times.render(key.begins),
                "until": times.render(key.ends),
                "key": strict_json.to_base64url(key.key),
            }
            for key in keys
        ]
        what = {"root": strict_json.to_base64url(self._whose.root or b""), "area": self._area, "days": days}
        ends = keys[-1].ends if keys else self._ends
        which = {"version": floor.version, "digest": floor.digest, "ends": None if ends is None else times.render(ends)}
        replace_and_wipe(self._path, vouch(strict_json.render(what | which | _signer(granted))))
        self._keys, self._floor, self._ends, self._granted = keys, floor, ends, granted

    def _load(self) -> None:
        """Read the file, and wipe what an interrupted change left beside it."""
        with suppress(OSError):
            wipe_leftover(self._path)
        try:
            spelled = vouched(read_bounded(self._path, _MAX_BYTES))
        except OSError:
            return
        value = None if spelled is None else strict_json.parse(spelled)
        ring = strict_json.read_as(value, _Ring) if value is not None else ()
        if not isinstance(ring, _Ring) or ring.root != self._whose.root or ring.area != self._area:
            log.warning(
                "the keys in %s are damaged, or not of this gate's root and area; they are left alone", self._path
            )
            return
        self._keys = tuple(
            DayKey(day.begins, day.ends, strict_json.from_base64url(day.key) or b"") for day in ring.days
        )
        self._floor, self._ends = Floor(ring.version, ring.digest, ring.serial), ring.ends
        if ring.signer is not None and ring.under is not None:
            self._granted = Warrant(Role.KEYS, ring.signer, 0, 1, ring.serial, ring.under)


def _signer(granted: Warrant | None) -> dict[str, object]:
    """Write under which warrant keys came, so that they go with it when it is taken back."""
    if granted is None:
        return {}
    spelled = {"signer": strict_json.to_base64url(granted.key), "under": strict_json.to_base64url(granted.root)}
    return spelled | {"serial": granted.serial}


def _without_keys(held: Held) -> Held:
    """Keep what can be said of a document, and nothing of what is sealed in it."""
    return replace(held, document=replace(held.document, body={}), data=b"")
