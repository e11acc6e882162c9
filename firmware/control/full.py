"""A document with its body: its own, or the one of the blob that it names."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from firmware.control import manifest
from firmware.control.documents import read_bounded
from firmware.control.manifest import Blob
from firmware.control.partial import blob_path
from firmware.signed import strict_json

if TYPE_CHECKING:
    from pathlib import Path

    from firmware.control.desired import Held
    from firmware.signed.envelope import Document


def full_document(held: Held, folder: Path) -> Document | None:
    """Give a document its body: its own, or the JSON of the blob that it names; None if that is no such JSON."""
    if not manifest.is_manifest(held.document.body):
        return held.document
    blob = manifest.read(held.document.body)
    if not isinstance(blob, Blob) or blob.size > strict_json.MAX_BYTES:
        return None
    try:
        body = strict_json.parse(read_bounded(blob_path(folder, blob.sha256), strict_json.MAX_BYTES))
    except OSError:
        return None
    return None if body is None else replace(held.document, body=body)
