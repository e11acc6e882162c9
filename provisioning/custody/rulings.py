"""What the root says of its keys: the authority's newest word, and the next one.

It lies in `authority.cose` and takes the place of the one before; every gate has to be told. What is taken back, and
whether that is wise, is decided by whoever asks.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from firmware.signed import cose, envelope, times, warrant
from firmware.signed.envelope import Document, Kind
from firmware.signed.ruling import MOST_REVOKED, Ruling, read_ruling
from firmware.signed.warrant import Role, Warrant
from provisioning import files
from provisioning.founding import BACKDATED_S, open_root
from provisioning.mistake import OperatorError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from provisioning.authority import Authority

FILE: Final = "authority.cose"


@dataclass(frozen=True, slots=True)
class Word:
    """What the root has said, as it is signed and as it reads."""

    document: Document
    ruling: Ruling


def newest(authority: Authority) -> Word | None:
    """Read what the root has said last; None if it has never said anything."""
    path = authority.folder / FILE
    if not path.is_file():
        return None
    found = envelope.open_envelope(files.read(path), Kind.AUTHORITY, root=authority.root, gate=None, now=None)
    ruling = read_ruling(found.body, found.root) if isinstance(found, Document) else None
    if not isinstance(found, Document) or not isinstance(ruling, Ruling):
        line = f"{path} is not this root's word; restore it from the backup, or take it from the broker"
        raise OperatorError(line)
    return Word(found, ruling)


def speak(authority: Authority, root_key: Path, change: Callable[[Ruling], Ruling], *, now: int) -> Word:
    """Let the root say something else of its keys; answers what it says now, also where that is nothing new."""
    root = open_root(authority, root_key)
    with authority.alone():
        before = newest(authority)
        ruling = Ruling(authority.root, {}, frozenset()) if before is None else before.ruling
        wanted = change(ruling)
        if before is not None and wanted == ruling:
            return before
        if len(wanted.revoked) > MOST_REVOKED:
            line = (
                f"the root can name {MOST_REVOKED} keys; rotate the roles and revoke those, which takes one serial each"
            )
            raise OperatorError(line)
        serial = now if before is None else max(before.document.granted.serial, now)
        own = Warrant(Role.ROOT, authority.root, now - BACKDATED_S, times.LATEST, serial, authority.root)
        data = envelope.seal(
            Kind.AUTHORITY,
            wanted.body(),
            version=authority.take_version(Kind.AUTHORITY),
            issued=now,
            expires=times.LATEST,
            signer=root,
            signer_warrant=warrant.issue(own, root),
        )
        files.write(authority.folder / FILE, data)
    found = newest(authority)
    if found is None:
        line = f"{authority.folder / FILE} is gone; run the same command again"
        raise OperatorError(line)
    return found


def without_earlier(role: Role, serial: int) -> Callable[[Ruling], Ruling]:
    """Take back every warrant of a role below a serial."""

    def change(ruling: Ruling) -> Ruling:
        least = max(serial, ruling.least_serials.get(role, 1))
        return replace(ruling, least_serials={**ruling.least_serials, role: least})

    return change


def without_key(key_id: bytes) -> Callable[[Ruling], Ruling]:
    """Take a key back by its id."""
    return lambda ruling: replace(ruling, revoked=ruling.revoked | {key_id})


def followed_by(root: bytes, begins: int) -> Callable[[Ruling], Ruling]:
    """Name the root that comes after, and from when on (Unix s) it counts alone."""

    def change(ruling: Ruling) -> Ruling:
        if ruling.successor not in {None, root}:
            line = f"the root has named {cose.key_id(ruling.successor or b'').hex()} already; gates may have heard it"
            raise OperatorError(line)
        return replace(ruling, successor=root, succeeds=begins)

    return change


def led_by(word: bytes) -> Callable[[Ruling], Ruling]:
    """Enclose the word in which the root before named this one."""
    return lambda ruling: replace(ruling, predecessor=word)
