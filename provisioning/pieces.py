"""Pieces at the broker that no document names any more: a list of tens of MB each night would fill it.

It takes back only what the document before named, and only if no document of that kind names it still. A gate that is
in the middle of them hears of the new document by the same topic.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from firmware.control import manifest
from firmware.control.manifest import Blob
from firmware.records.heard import blob_topic
from firmware.records.wire import ROOT
from provisioning import publishing

if TYPE_CHECKING:
    from firmware.signed.envelope import Kind
    from provisioning.connection import Connection


_QUIET_S: Final = 2.0
"""When so long nothing more has come, all that lies there is believed to be known."""


def before(connection: Connection, whose: str, kind: Kind) -> Blob | None:
    """Find what the document names that lies there now; raises OperatorError."""
    topic = publishing.desired_topic(whose, kind)
    connection.subscribe(topic)
    return next((found for message in connection.receive_retained() if (found := _blob(message.payload))), None)


def take_back(connection: Connection, kind: Kind, old: Blob | None) -> int:
    """Take back the pieces of a blob unless a document names it, and answer how many; raises OperatorError."""
    if old is None:
        return 0
    connection.subscribe(f"{ROOT}/+/doc/{kind.value}/desired", f"{ROOT}/_group/+/doc/{kind.value}/desired")
    named = {found.sha256 for message in connection.receive_retained(_QUIET_S) if (found := _blob(message.payload))}
    if old.sha256 in named:
        return 0
    for number in range(len(old.pieces)):
        connection.send(blob_topic(old.sha256, number), b"", retain=True)
    connection.settle()
    return len(old.pieces)


def clear(connection: Connection, whose: str, kind: Kind, *, pieces: bool) -> int:
    """Take back what is desired, and with `pieces` those it names: answers how many. Raises OperatorError."""
    old = before(connection, whose, kind) if pieces else None
    connection.send(publishing.desired_topic(whose, kind), b"", retain=True)
    connection.settle()
    return take_back(connection, kind, old)


def _blob(payload: bytes) -> Blob | None:
    """Read which blob a document names, whoever signed it."""
    document = publishing.recognise(payload)
    found = None if document is None else manifest.read(document.body)
    return found if isinstance(found, Blob) else None
