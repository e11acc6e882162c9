"""What a document changes, in words: `door.unlock_ms 5000 -> 7000`, one difference a line. Pure.

It compares two bodies and judges neither. What is long is cut, for these lines are read before anything is sent.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from firmware.control import manifest
from firmware.control.manifest import Blob
from firmware.signed.envelope import Kind
from provisioning import publishing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from firmware.signed.envelope import Document

MOST: Final = 12
"""Differences that are told one by one."""

_LONGEST: Final = 48
_FILE: Final = "what its file says"
_ABSENT: Final = "nothing"


def told(kind: Kind, before: Document | None, after: Document) -> list[str]:
    """Tell how a gate that goes by `before` changes; None is no document at all."""
    absent = _FILE if kind is Kind.CONFIG else _ABSENT
    old, new = ({} if one is None else _plain(one.body) for one in (before, after))
    lines = list(_differing(old, new, absent))
    more = len(lines) - MOST
    shown = lines[:MOST] + ([f"and {more} more"] if more > 0 else [])
    return shown or ["the same words, under a new version"]


def _plain(body: Mapping[str, object]) -> Mapping[str, object]:
    """Take what a body says; a withdrawal says nothing, and of what lies apart only its size and digest are known."""
    if body == publishing.WITHDRAWAL:
        return {}
    blob = manifest.read(dict(body)) if manifest.is_manifest(dict(body)) else None
    return {"list": f"{blob.size} bytes, {blob.sha256[:12]}"} if isinstance(blob, Blob) else body


def _differing(old: Mapping[str, object], new: Mapping[str, object], absent: str, path: str = "") -> Iterator[str]:
    """Walk both in the order of their keys."""
    for key in sorted({*old, *new}):
        before, after, name = old.get(key), new.get(key), f"{path}{key}"
        if before == after:
            continue
        if isinstance(before, Mapping | None) and isinstance(after, Mapping | None) and {} not in (before, after):
            yield from _differing(before or {}, after or {}, absent, f"{name}.")
        else:
            yield f"{name} {_short(before, absent)} -> {_short(after, absent)}"


def _short(value: object, absent: str) -> str:
    """Write a value on a line, and never a control character."""
    if value is None:
        return absent
    spelled = json.dumps(value, sort_keys=True)
    return spelled if len(spelled) <= _LONGEST else f"{spelled[: _LONGEST - 3]}..."
