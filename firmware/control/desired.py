"""What becomes of a document that operations desire: accepted, the same as before, or refused by one closed list.

Nothing here reads a clock or a file: the root, the floor and the time come in. Whether a body makes sense is asked of
the kind's own room. Which of several accepted documents is in force is decided here too, and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from firmware.signed import cose
from firmware.signed.envelope import EVERYONE, Document, EnvelopeRefusal, Kind, open_envelope
from firmware.signed.ruling import Rulings
from firmware.updating.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from firmware.events import Instant

KINDS: Final = (Kind.AUTHORITY, Kind.POLICY, Kind.TRUST, Kind.REVOCATIONS, Kind.CONFIG, Kind.KEYS, Kind.UPDATE)
"""The kinds that a gate takes over the broker. Any other is answered `unsupported`."""

SCOPED: Final = frozenset({Kind.POLICY, Kind.CONFIG})
"""Kinds in which a narrower audience outranks a wider one. For what says whom to trust the newest counts, whoever it is
addressed to: a key that is taken away everywhere must not live on in an older document for one gate."""

WITHDRAWN: Final = "withdrawn"
"""A body of `{"withdrawn": true}` takes back what its own scope said; the next wider one then counts."""


class Turned(StrEnum):
    """Why a gate turned a document down that is signed as it should be, or could not look at it."""

    UNSUPPORTED = "unsupported"
    NO_ROOT = "no_root"
    VERSION_REUSED = "version_reused"
    BAD_BODY = "bad_body"
    NOT_REMOTE = "not_remote"
    UNSOUND = "unsound"
    BAD_MANIFEST = "bad_manifest"
    BAD_BLOB = "bad_blob"
    WRONG_AREA = "wrong_area"
    NOT_SEALED = "not_sealed"
    TOO_BIG = "too_big"
    NO_ROOM = "no_room"
    STORAGE = "storage"
    TRIAL_FAILED = "trial_failed"
    INTERRUPTED = "interrupted"
    NO_CONNECTION = "no_connection"
    INTERNAL = "internal"


Refusal = EnvelopeRefusal | Turned | Fault


@dataclass(frozen=True, slots=True)
class Floor:
    """The newest document accepted so far: its version, its digest (hex) and the serial of the warrant it was under."""

    version: int
    digest: str
    serial: int = 1

    @property
    def rank(self) -> tuple[int, int]:
        """What is compared: a newer warrant outranks whatever was signed under an older one."""
        return self.serial, self.version


@dataclass(frozen=True, slots=True)
class Whose:
    """What makes a document this gate's: its root, its name, its groups.

    `own_groups` are those of the file alone, where a configuration has changed `groups`: that must not change whose it
    is itself. `rulings` answers what the roots have said of their keys by now.
    """

    root: bytes | None
    gate: str
    groups: frozenset[str]
    own_groups: frozenset[str] | None = None
    rulings: Callable[[], Rulings] = Rulings

    def groups_for(self, kind: Kind) -> frozenset[str]:
        """Name the groups whose documents of a kind are for this gate."""
        return self.groups if kind is not Kind.CONFIG or self.own_groups is None else self.own_groups

    def scope(self, kind: Kind, audience: Iterable[str]) -> str:
        """Name the narrowest part of an audience that this gate belongs to, as it stands there.

        The topic is not asked: whoever owns the broker chooses it, and only what is signed counts.
        """
        if kind not in SCOPED:
            return EVERYONE
        names = set(audience)
        if self.gate in names:
            return self.gate
        groups = sorted(f"_group/{group}" for group in self.groups_for(kind) if f"_group/{group}" in names)
        return groups[0] if groups else EVERYONE

    def scopes(self, kind: Kind) -> tuple[str, ...]:
        """Name every scope a document of this kind can have here."""
        if kind is Kind.AUTHORITY:
            roots = () if self.root is None else self.rulings().roots(self.root, None)
            return tuple(root_scope(root) for root in roots)
        if kind not in SCOPED:
            return (EVERYONE,)
        return (self.gate, *(f"_group/{group}" for group in sorted(self.groups_for(kind))), EVERYONE)

    def outranks(self, one: Held, other: Held) -> bool:
        """Say whether one document's scope is narrower than the other's."""
        return self.rank(one.scope) > self.rank(other.scope)

    def rank(self, scope: str) -> int:
        """Say how narrow a scope is; a gate outranks its group, and a group everybody."""
        return 2 if scope == self.gate else 0 if scope == EVERYONE else 1


@dataclass(frozen=True, slots=True)
class Held:
    """A document that was accepted, as it came and as it reads, with the scope it holds for."""

    document: Document
    data: bytes
    scope: str

    @property
    def floor(self) -> Floor:
        """What no later document of the same scope may be below."""
        return Floor(self.document.version, self.document.digest, self.document.granted.serial)

    @property
    def withdrawn(self) -> bool:
        """Whether it says that its scope has nothing to say any more."""
        return self.document.body == {WITHDRAWN: True}


def read(data: bytes, kind: Kind, whose: Whose) -> Held | Refusal:
    """Open what was signed for this gate, whatever its version and time; never raises for any bytes."""
    if kind not in KINDS:
        return Turned.UNSUPPORTED
    if whose.root is None:
        return Turned.NO_ROOT
    found = _open(data, kind, whose, None)
    if isinstance(found, EnvelopeRefusal):
        return found
    scope = root_scope(found.root) if kind is Kind.AUTHORITY else whose.scope(kind, found.audience)
    return Held(found, data, scope)


def root_scope(root: bytes) -> str:
    """Name the scope of what a root says of its keys: its key id in hex, for each root counts its versions itself."""
    return cose.key_id(root).hex()


def _open(data: bytes, kind: Kind, whose: Whose, now: Instant | None) -> Document | EnvelopeRefusal:
    """Open a document as this gate."""
    groups = whose.groups_for(kind)
    return open_envelope(data, kind, root=whose.root, gate=whose.gate, now=now, groups=groups, rulings=whose.rulings())


def judge(held: Held, floor: Floor | None, whose: Whose, now: Instant) -> Refusal | None:
    """Say why a document is not accepted over the `floor` of its scope; None means that it is, or was already.

    What is at the floor itself is the same again if it has the same digest; its time is then not looked at once more.
    """
    document = held.document
    if floor is not None and document.rank < floor.rank:
        return EnvelopeRefusal.ROLLED_BACK
    if floor is not None and document.rank == floor.rank:
        return None if document.digest == floor.digest else Turned.VERSION_REUSED
    timely = _open(held.data, document.kind, whose, now)
    return timely if isinstance(timely, EnvelopeRefusal) else None


def in_force(held: Iterable[Held], whose: Whose) -> Held | None:
    """Choose among the accepted documents of one kind: the narrowest scope, in it the newest."""
    standing = [one for one in held if not one.withdrawn]
    return max(standing, key=lambda one: (whose.rank(one.scope), one.document.rank), default=None)
