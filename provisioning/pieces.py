"""Pieces at the broker that no document names any more: a list of tens of MB each night would fill it.

It takes back only what the document before named, and only if no document of that kind names it still. A gate that is
in the middle of them hears of the new document by the same topic.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from firmware.control import manifest
from firmware.records.heard import blob_topic
from firmware.records.wire import ROOT
from provisioning import publishing

if TYPE_CHECKING:
    from firmware.control.manifest import Blob
    from firmware.signed.envelope import Kind
    from provisioning.connection import Connection


_QUIET_S: Final = 2.0
"""When so long nothing more has come, all that lies there is believed to be known."""


def before(connection: Connection, whose: str, kind: Kind) -> tuple[Blob, ...]:
    """Find what the document names that lies there now; raises OperatorError."""
    topic = publishing.desired_topic(whose, kind)
    connection.subscribe(topic)
    return next((found for message in connection.receive_retained() if (found := _blobs(message.payload))), ())


def take_back(connection: Connection, kind: Kind, old: tuple[Blob, ...]) -> int:
    """Take back the pieces of blobs that no document names, and answer how many; raises OperatorError."""
    if not old:
        return 0
    connection.subscribe(f"{ROOT}/+/doc/{kind.value}/desired", f"{ROOT}/_group/+/doc/{kind.value}/desired")
    named = {blob.sha256 for message in connection.receive_retained(_QUIET_S) for blob in _blobs(message.payload)}
    topics = [
        blob_topic(blob.sha256, number)
        for blob in old
        if blob.sha256 not in named
        for number in range(len(blob.pieces))
    ]
    for topic in topics:
        connection.send(topic, b"", retain=True)
    connection.settle()
    return len(topics)


def clear(connection: Connection, whose: str, kind: Kind, *, pieces: bool) -> int:
    """Take back what is desired, and with `pieces` those it names: answers how many. Raises OperatorError."""
    old = before(connection, whose, kind) if pieces else ()
    connection.send(publishing.desired_topic(whose, kind), b"", retain=True)
    connection.settle()
    return take_back(connection, kind, old)


def _blobs(payload: bytes) -> tuple[Blob, ...]:
    """Read which blobs a document names, whoever signed it."""
    document = publishing.recognise(payload)
    return () if document is None else manifest.every_blob(document.body)
