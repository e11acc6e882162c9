"""What a gate says on `doc/<kind>/reported`, as the desk reads it, and whether it speaks of one certain document.

Pure. Whatever anybody published nothing is raised, and no text moves a terminal's cursor.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from provisioning.plain import MAX_LABEL, plain

if TYPE_CHECKING:
    from collections.abc import Mapping

TURNED_DOWN: Final = frozenset({"rejected", "rolled_back"})


@dataclass(frozen=True, slots=True)
class Report:
    """One report; a gate that says nothing has nothing signed in force.

    `refused` is the version that was turned down, where the gate could read one, and `refused_bytes` the SHA-256 (hex)
    of what came; `withdrawn` the version of what takes something back.
    """

    state: str = "applied"
    version: int = 0
    digest: str | None = None
    reason: str | None = None
    refused: int | None = None
    refused_bytes: str | None = None
    withdrawn: int | None = None

    def turns_down(self, version: int, sha256: str) -> bool:
        """Say whether it was a certain document; its bytes (SHA-256, hex) say so better than its version."""
        if self.state not in TURNED_DOWN:
            return False
        if self.refused_bytes is not None:
            return self.refused_bytes == sha256
        return self.refused == version


def sha256_of(data: bytes) -> str:
    """Name a document as it was sent, as a report names what it refuses."""
    return hashlib.sha256(data).hexdigest()


def read(value: Mapping[str, object]) -> Report:
    """Read a report; a field of another type is as one that is missing."""
    names = ("state", "digest", "reason", "refused_sha256")
    state, digest, reason, refused = (plain(value.get(name), MAX_LABEL) for name in names)
    return Report(
        state=state or "applied",
        version=_whole(value.get("version")) or 0,
        digest=digest,
        reason=reason,
        refused=_whole(value.get("refused_version")),
        refused_bytes=refused,
        withdrawn=_whole(value.get("withdrawn_version")),
    )


def _whole(value: object) -> int | None:
    return value if type(value) is int else None
