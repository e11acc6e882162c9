"""The body of a manifest: a document too long for one message, named by its own hash and those of its pieces.

A signed manifest says exactly which bytes are meant, so that the pieces themselves need no signature: a piece that
hashes is the right one, whoever put it on the broker. Nothing here fetches.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Annotated, Final, Self

from pydantic import Field, StringConstraints, model_validator

from firmware.control.desired import Turned
from firmware.signed import strict_json
from firmware.signed.envelope import Kind
from firmware.signed.fields import Strict

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_BLOB_BYTES: Final = 64 << 20
MAX_PIECE_BYTES: Final = 64 << 10
_LEAST_PIECE_BYTES: Final = 1 << 10
MAX_DELTAS: Final = 8
_MAX_PIECES: Final = 4096

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Blob(Strict):
    """What the pieces make together: `bytes` in all (here `size`), `piece_bytes` in each but the last."""

    size: Annotated[int, Field(alias="bytes", ge=1, le=MAX_BLOB_BYTES)]
    sha256: Sha256
    piece_bytes: Annotated[int, Field(ge=_LEAST_PIECE_BYTES, le=MAX_PIECE_BYTES)]
    pieces: Annotated[list[Sha256], Field(min_length=1, max_length=_MAX_PIECES)]

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        """Refuse a number of pieces that is not the one the lengths come to."""
        if len(self.pieces) != -(-self.size // self.piece_bytes):
            msg = "'pieces' are not as many as 'bytes' and 'piece_bytes' make"
            raise ValueError(msg)
        return self

    def length(self, piece: int) -> int:
        """Say how long a piece is."""
        return min(self.piece_bytes, self.size - piece * self.piece_bytes)

    def fits(self, piece: int, data: bytes) -> bool:
        """Say whether these bytes are that piece."""
        return len(data) == self.length(piece) and hashlib.sha256(data).hexdigest() == self.pieces[piece]


class Shortcut(Strict):
    """What makes the blob of another one that a gate may have: a delta, and the SHA-256 of what it begins with."""

    base: Sha256
    blob: Blob


class _Body(Strict):
    """The body of a document that is a manifest."""

    blob: Blob
    deltas: list[Shortcut] = Field(default=[], max_length=MAX_DELTAS)


def is_manifest(body: Mapping[str, object]) -> bool:
    """Say whether a body means to be a manifest."""
    return "blob" in body and set(body) <= {"blob", "deltas"}


def wanted(body: Mapping[str, object], kind: Kind) -> Blob | Turned:
    """Read the manifest of a document of a kind, or say why it is not worth a single piece."""
    blob = read(body)
    if not isinstance(blob, Blob) or (kind is not Kind.REVOCATIONS and "deltas" in body):
        return Turned.BAD_MANIFEST
    return Turned.TOO_BIG if kind is not Kind.REVOCATIONS and blob.size > strict_json.MAX_BYTES else blob


def read(body: Mapping[str, object]) -> Blob | tuple[str, ...]:
    """Read a manifest, or say everything that is wrong with it."""
    found = strict_json.read_as(body, _Body)
    return found.blob if isinstance(found, _Body) else found


def shortcuts(body: Mapping[str, object]) -> tuple[Shortcut, ...]:
    """Name the deltas that make the blob of another one; none where this is no manifest."""
    found = strict_json.read_as(body, _Body)
    return tuple(found.deltas) if isinstance(found, _Body) else ()


def every_blob(body: Mapping[str, object]) -> tuple[Blob, ...]:
    """Name the blob and its deltas; none where this is no manifest."""
    blob = read(body)
    return (blob, *(one.blob for one in shortcuts(body))) if isinstance(blob, Blob) else ()
