"""What `gapura inspect` says of the codes of a provisioning document: which it is and until when, never its secrets.

It proves the document under the root of the trust list that was named, else under the one that the document names, and
says which that is. No gate is set up by it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from firmware.signed import strict_json, times
from firmware.signed.codes import CodeRefusal, Collector, Part, is_provisioning
from firmware.signed.envelope import EnvelopeRefusal, Kind, open_envelope
from firmware.signed.provision import GateBody, Provision, open_provision
from firmware.signed.ruling import SILENT, Rulings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from firmware.events import Instant


def about(
    codes: Sequence[bytes], root: bytes | None = None, now: Instant | None = None, rulings: Rulings = SILENT
) -> dict[str, object] | None:
    """Say what the codes of one input bring together; None where none of them is one of a provisioning document.

    `part`, `of` and `missing` are numbers of codes. `refused` is why no gate takes it, as far as a tool can tell.
    """
    collector = Collector()
    found = [collector.take(code) for code in codes if is_provisioning(code)]
    if not found:
        return None
    last = next((one for one in reversed(found) if not isinstance(one, CodeRefusal)), found[-1])
    match last:
        case CodeRefusal():
            return {"refused": last.value}
        case Part():
            return {"missing": list(last.missing), "of": last.of, "part": last.number, "set": last.set_id.hex()}
        case _:
            return {"of": last.of, "set": last.set_id.hex()} | _document(last.envelope, root, now, rulings)


def _document(envelope: bytes, root: bytes | None, now: Instant | None, rulings: Rulings) -> dict[str, object]:
    """Say what a whole document is."""
    document = open_envelope(envelope, Kind.PROVISION, root=None, gate=None, now=None)
    if isinstance(document, EnvelopeRefusal):
        return {"refused": document.value}
    found = open_provision(envelope, root=root or document.root, gate=None, now=now, rulings=rulings)
    said: dict[str, object] = {
        "brings": "wifi" if "wifi" in document.body else "gate",
        "digest": document.digest,
        "expires": times.render(document.expires),
        "gates": list(document.audience),
        "issued": times.render(document.issued),
        "refused": None if isinstance(found, Provision) else found.value,
        "root": strict_json.to_base64url(document.root),
        "version": document.version,
    }
    if isinstance(found, Provision) and isinstance(found.body, GateBody):
        said |= {"brokers": found.body.brokers, "claim": found.body.claim.id}
    return said
