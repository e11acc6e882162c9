"""What is fuzzed, and what must hold of it for any bytes: an answer, never an exception, and no pass but a genuine one.

The readers of whole codes stop at the signature, which no search makes; what lies behind it has targets of its own.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import TYPE_CHECKING

import cbor2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from firmware.events import Outcome
from firmware.passes import divoc, divoc_certificate, gp1, hcert, shc, shc_codes, vdsnc_message
from firmware.passes.outcome import Pass
from firmware.passes.reading import read, read_first
from firmware.signed import base45, cbor, cbor_foreign, cose, cose_foreign, enrolment, jws, single_zip, strict_json
from firmware.signed.envelope import Document, Kind, open_envelope
from firmware.signed.inflate import MOST, inflate
from firmware.trust.keys import TrustSet
from tests import cards
from tests import divoc as graphs
from tests.certificates import DATA_SET, FLAT, RECOVERY, TEST, VACCINATION, Signer, claims, dcc
from tests.hostile.campaign import gate
from tests.hostile.certificate_codes import DOSED
from tests.hostile.formats import FORMATS
from tests.issuing import NOON, STAFF, Issuer
from tests.unit.signed.office import Office

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

CASES = 200
"""How many hostile codes of a campaign a search begins from, beside the genuine ones."""


class FoundError(Exception):
    """What must hold does not, for these bytes."""


@dataclass(frozen=True, slots=True)
class Target:
    """One parser: `run` raises for bytes that break it; `seeds` makes those with which the search begins."""

    run: Callable[[bytes], object]
    seeds: Callable[[], list[bytes]]


def _reader(name: str) -> Target:
    """Show whole codes of a format to a gate that trusts the issuer of the genuine ones; only those may be let in."""
    attacker = FORMATS[name].attacker(_chance())
    trust, genuine = attacker.trust(), [*attacker.genuine]
    judge = gate(trust)

    @cache
    def known() -> frozenset[str]:
        return frozenset(found.reference for code in genuine if isinstance(found := read(code, trust), Pass))

    def run(data: bytes) -> None:
        if judge(data).outcome is Outcome.DENY:
            return
        found = read(data, trust)
        if not isinstance(found, Pass) or found.reference not in known():
            raise FoundError(found)

    return Target(run, lambda: genuine + [case.code for case in attacker.cases(CASES)])


def _chance() -> Random:
    """Draw the same keys every time, so that what was found can be tried again."""
    return Random(1)  # noqa: S311  keys of a test


def _frame(data: bytes) -> None:
    """Read the codes of one frame, a line each."""
    _, found = read_first(data.split(b"\n"), TrustSet())
    if isinstance(found, Pass):
        raise FoundError(found.reference)


def _base45(data: bytes) -> None:
    """Hold the decoder to what an encoder writes."""
    found = base45.decode(data)
    if found is not None and base45.encode(found).encode() != data:
        raise FoundError(data)


def _cbor(data: bytes) -> None:
    """Hold the strict decoder to the one way in which a value is written."""
    found = cbor.decode(data)
    if found is not cbor.Malformed and cbor.encode(found) != data:
        raise FoundError(data)


def _inflate(data: bytes) -> None:
    """Inflate both kinds of stream, within the bound."""
    for raw in (False, True):
        found = inflate(data, raw=raw)
        if found is not None and len(found) > MOST:
            raise FoundError(len(found))


def _json(data: bytes) -> None:
    """Read strict JSON; what was read can be written."""
    found = strict_json.parse(data)
    if found is not None:
        strict_json.render(found)


def _token(data: bytes) -> None:
    """Read a token as one code, or as the text of one."""
    shc_codes.token_of(data)
    jws.parse(data.decode("latin-1"))


def _seal(data: bytes) -> None:
    """Read what a seal says, as either kind."""
    said = strict_json.parse(data)
    if said is not None:
        vdsnc_message.read("icao.vacc", said)
        vdsnc_message.read("icao.test", said)


def _graph(data: bytes) -> None:
    """Read what a certificate of linked data says, as if it stood in a sound archive."""
    found = divoc.parse(graphs.packed(data))
    if isinstance(found, divoc.Credential):
        divoc_certificate.read(found.root)


def _archive(data: bytes) -> None:
    """Open an archive of one file, within the bound."""
    found = single_zip.read(data, divoc.FILE, most=MOST)
    if isinstance(found, bytes) and len(found) > MOST:
        raise FoundError(len(found))


def _document(data: bytes) -> None:
    """Open a document as every kind, at a gate that pins another root."""
    for kind in Kind:
        if isinstance(open_envelope(data, kind, root=bytes(32), gate="gate-1", now=None), Document):
            raise FoundError(kind)


def _enrolment(data: bytes) -> None:
    """Read what a gate and the enrolment service say to each other."""
    enrolment.read_request(data)
    enrolment.read_answer(data)
    enrolment.read_done(data)


def _message(code: bytes) -> list[object]:
    """Take the signed message in a pass of our own apart."""
    parts: list[object] = cbor2.loads(base45.decode(code[4:]) or b"")
    return parts


def _own() -> list[bytes]:
    """Return the claims of passes, a wallet's with its key among them."""
    issuer = Issuer(Ed25519PrivateKey.from_private_bytes(bytes(32)))
    return [part for code in (issuer.code(), issuer.code(STAFF)) if isinstance(part := _message(code)[2], bytes)]


def _signed() -> list[bytes]:
    """Return whole COSE messages, ours and other people's."""
    genuine = FORMATS["gp1"].attacker(_chance()).genuine
    ours = [base45.decode(code[4:]) or b"" for code in genuine]
    return [*ours, Signer().message(cbor2.dumps(claims(DOSED)))]


def _certificates() -> list[bytes]:
    """Return the claims of certificates of each kind."""
    european = [dcc(v=[VACCINATION]), dcc(t=[TEST]), dcc(r=[RECOVERY])]
    ours = [claims(one) for one in european] + [claims(one, label) for label in (2, 3, 4) for one in (DATA_SET, FLAT)]
    return [cbor2.dumps(one) for one in [*ours, FLAT]]


def _cards() -> list[bytes]:
    """Return what cards say."""
    return [json.dumps(cards.payload(**more)).encode() for more in ({}, {"exp": NOON + 60})]


def _lines() -> list[bytes]:
    """Return the pieces of a card in one frame, and a code beside a code."""
    token = cards.CardIssuer().token()
    return [b"\n".join(shc_codes.codes_of(token, 3)), b"GP1:0\nHC1:0", b"shc:/1/2/56\nshc:/2/2/56"]


def _seals() -> list[bytes]:
    """Return what seals say."""
    return [json.dumps(one).encode() for one in (cards.VACCINATION, cards.TESTED)]


def _graphs() -> list[bytes]:
    """Return certificates of linked data before they are packed."""
    return [json.dumps(graphs.CertificateIssuer().sign()).encode()]


def _texts() -> list[bytes]:
    """Return a token, and the code that holds it."""
    token = cards.CardIssuer().token()
    return [token.encode(), *shc_codes.codes_of(token)]


def _streams() -> list[bytes]:
    """Return streams of both kinds, one of them longer than is taken."""
    return [zlib.compress(b"seed"), zlib.compress(bytes(MOST + 1)), zlib.compress(b"seed")[2:-4]]


def _documents() -> list[bytes]:
    """Return a sealed document of each kind that a role may seal."""
    office = Office()
    return [office.seal(kind) for kind in Kind]


def _asked() -> list[bytes]:
    """Return messages that look like those of an enrolment."""
    told = {"nonce": "00" * 16, "claim": None, "csr": "", "release": "1.0.0", "proof": ""}
    return [json.dumps(told).encode(), b'{"refused":"unknown"}', b"{}"]


TARGETS: Mapping[str, Target] = {
    **{name: _reader(name) for name in FORMATS},
    "frame": Target(_frame, _lines),
    "gp1-claims": Target(gp1.parse_claims, _own),
    "hc1-claims": Target(hcert.read_payload, _certificates),
    "shc-claims": Target(shc.parse_claims, _cards),
    "vdsnc-message": Target(_seal, _seals),
    "divoc-graph": Target(_graph, _graphs),
    "archive": Target(_archive, lambda: [graphs.packed(one) for one in (*_graphs(), b"", bytes(MOST + 1))]),
    "token": Target(_token, _texts),
    "base45": Target(_base45, lambda: [code[4:] for code in FORMATS["gp1"].attacker(_chance()).genuine]),
    "inflate": Target(_inflate, _streams),
    "cbor": Target(_cbor, lambda: _own() + _signed()),
    "cbor-foreign": Target(cbor_foreign.decode, lambda: _certificates() + _signed()),
    "cose": Target(cose.parse, _signed),
    "cose-foreign": Target(cose_foreign.parse, _signed),
    "json": Target(_json, lambda: _cards() + _seals()),
    "document": Target(_document, _documents),
    "enrolment": Target(_enrolment, _asked),
}
"""By the word that `make fuzz TARGET=` takes: every format, then what lies behind its signature and beneath."""
