"""Conditions: what is wrong with the gate behind the door, though nothing at the door shows it yet. Pure.

It decides which alarms hold about the time, the lists, the certificate and the keys of the day. It is told all of that
and reads no file; how often an alarm may be told is the door's book of alarms to say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from firmware.door.asked import Noticed
from firmware.events import Alarm
from firmware.rules.rulebook import Rulebook

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from firmware.events import Instant
    from firmware.trust.keys import TrustSet

LOOK_EVERY_MS: Final = 60_000
"""Also the first look comes so long after the start: a machine that boots finds its time meanwhile."""

ERROR_S: Final = 3_600
"""A time that may be further off than this is no time to judge passes by."""

LIST_S: Final = 7 * 86_400
"""So long before its end a list is said to run out; of a short-lived one for no longer than its last quarter."""

CERTIFICATE_S: Final = 30 * 86_400

Found = frozenset[tuple[Alarm, str]]


@dataclass(frozen=True, slots=True)
class Term:
    """From when and until when something signed may be used (Unix seconds; not including `expires`)."""

    issued: int
    expires: int


def list_term(found: TrustSet | Rulebook) -> Term | None:
    """Name the term of a trust list or a policy; an empty one, which admits nobody, has none."""
    if isinstance(found, Rulebook):
        return Term(found.begins, found.ends) if found.expires else None
    return Term(found.issued, found.expires) if found.expires else None


def wrong(now: Instant, lists: Mapping[str, Term | None], certificate_ends: int | None) -> Found:
    """Say which alarms hold of what; a list that is None is missing, a certificate that is None is not judged.

    As wherever it is about time, the latest second that the clock allows counts.
    """
    found: set[tuple[Alarm, str]] = set()
    for name, term in lists.items():
        if term is None or not term.issued <= now.latest < term.expires:
            found.add((Alarm.LIST_UNUSABLE, name))
        elif term.expires - now.latest <= min(LIST_S, (term.expires - term.issued) // 4):
            found.add((Alarm.LIST_EXPIRING, name))
    if certificate_ends is not None and certificate_ends - now.latest <= CERTIFICATE_S:
        late = now.latest >= certificate_ends
        found.add((Alarm.CERTIFICATE_EXPIRED if late else Alarm.CERTIFICATE_EXPIRING, ""))
    return frozenset(found)


def keys_end(now: Instant, keys: Term | None) -> bool:
    """Say whether the keys of the day end within a week, or are missing; a gate may do without any."""
    return keys is not None and not keys.issued <= now.latest < keys.expires - LIST_S


class Conditions:
    """Looks once a minute and tells what changed; it belongs to the controller thread."""

    def __init__(
        self,
        now_ms: int,
        certificate_ends: Callable[[], int | None] = lambda: None,
        revocations: Callable[[], Term | None] = lambda: None,
        keys: Callable[[], Term | None] = lambda: None,
        documents: Callable[[], Found] = frozenset,
    ) -> None:
        """Begin with nothing wrong; what is asked here must answer at once. A gate may do without the last three."""
        self._certificate_ends = certificate_ends
        self._revocations, self._keys, self._documents = revocations, keys, documents
        self._found: Found = frozenset()
        self._known: tuple[TrustSet, Rulebook] | None = None
        self._due_ms = now_ms + LOOK_EVERY_MS

    def deadline_ms(self) -> int:
        """Say when (CLOCK_BOOTTIME, ms) it wants to look next."""
        return self._due_ms

    def changes(self, trust: TrustSet, rules: Rulebook, now: Instant) -> list[Noticed]:
        """Tell the door's book what began and what ended; while nobody vouches for the time, only that.

        Other lists than the last time are looked at once.
        """
        known, self._known = self._known, (trust, rules)
        if now.ms < self._due_ms and (known is None or (trust is known[0] and rules is known[1])):
            return []
        self._due_ms = now.ms + LOOK_EVERY_MS
        untrusted = (Alarm.CLOCK_UNTRUSTED, "")
        if now.source == "none":
            found = self._found | {untrusted}
        else:
            lists = {"trust": list_term(trust), "policy": list_term(rules)}
            if (revocations := self._revocations()) is not None:
                lists["revocations"] = revocations
            found = wrong(now, lists, self._certificate_ends())
            found |= {(Alarm.AREA_KEYS_ENDING, "")} if keys_end(now, self._keys()) else set()
            found |= self._documents()
            found |= {untrusted} if now.latest - now.earliest > 2 * ERROR_S else set()
        changed = [Noticed(alarm, active=False, subject=subject) for alarm, subject in sorted(self._found - found)]
        changed += [Noticed(alarm, active=True, subject=subject) for alarm, subject in sorted(found - self._found)]
        self._found = found
        return changed
