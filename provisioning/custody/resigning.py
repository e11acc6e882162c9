"""Signing documents again with a role's new key: the same body for the same gates until the same end.

A rotation leaves what the old key signed in force; when that key is taken back it falls. So what shall go on is signed
anew before. Nothing here decides what a document says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from firmware.signed.envelope import MAX_BYTES, ROLE_OF, Kind
from firmware.signed.warrant import Role
from provisioning import documents, files, publishing

if TYPE_CHECKING:
    from pathlib import Path

    from firmware.signed.envelope import Document
    from provisioning.authority import Authority

SUFFIX: Final = ".cose"
ADVICE: Final = {
    Role.PASSES: "passes of the old key count until it is revoked; build and publish the trust list, then issue anew",
    Role.COMMANDS: "service cards of the old key end within a day; operators have keys of their own",
    Role.TIME: "nothing: an answer to the time is good for one question",
}
"""What is to be done where it is not by signing a file again."""


def kinds_of(role: Role) -> tuple[Kind, ...]:
    """Name the kinds of lasting document that a role signs."""
    return tuple(kind for kind, of in ROLE_OF.items() if of is role and role not in ADVICE)


def resign(authority: Authority, role: Role, folder: Path, *, now: int) -> list[dict[str, object]]:
    """Sign every document of a role in a folder again, in its place, and say of each what became of it.

    What stands under another root, or has the present key's signature, stays. A file is replaced whole.
    """
    granted = authority.warrant(role)[1]
    said: list[dict[str, object]] = []
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        found = publishing.recognise(files.read(path, MAX_BYTES))
        if found is None or found.root != authority.root or found.kind not in kinds_of(role):
            continue
        if found.granted.key == granted.key:
            said.append(_told(path, found, "signed by this key already"))
        elif found.expires <= now:
            said.append(_told(path, found, "over; left as it is"))
        else:
            valid_s = found.expires - now
            sealed = documents.seal(
                authority, found.kind, found.body, now=now, valid_s=valid_s, audience=found.audience
            )
            files.write(path, sealed.data)
            said.append(_told(path, sealed.document, "signed again"))
    return said


def _told(path: Path, document: Document, what: str) -> dict[str, object]:
    return {"file": str(path), "kind": document.kind.value, "version": document.version, "what": what}
