"""Which statements a certificate of the DIVOC family makes: its terms, and the graph that they stand for.

JSON-LD drops what its contexts do not define, so that anybody could add it under a signature that still holds. Here
nothing is dropped: a term, a type or a shape that is not in these tables refuses the certificate, and whatever is read
is part of what was signed. Facts are read out of the graph and never out of the JSON, because the vocabulary gives
several terms one meaning: whoever holds a certificate can swap `dose` with `totalDoses`, or `date` with
`effectiveUntil`, and the signature holds. Sources: Verifiable Credentials Data Model 1.1 and its context
(https://www.w3.org/2018/credentials/v1), the security context (https://w3id.org/security/v2), the vaccination contexts
v1 and v2 of DIVOC. The tables name what those contexts define; no context is ever loaded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from firmware.signed.rdf import XSD, Blank, iri, literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from firmware.signed.rdf import Statement

CREDENTIALS: Final = "https://www.w3.org/2018/credentials/v1"
VACCINATION: Final = frozenset(
    {
        "https://cowin.gov.in/credentials/vaccination/v1",
        "https://cowin.gov.in/credentials/vaccination/v2",
        "https://divoc.lgcc.gov.lk/credentials/vaccination/v1",
        "https://divoc.prod/vaccine/credentials/vaccination/v1",
        "https://www.pedulilindungi.id/credentials/vaccination/v2",
    }
)
"""Where India, Sri Lanka, DIVOC itself and Indonesia say that their context is: one vocabulary, v2 with terms more."""

MAX_INTEGER: Final = (1 << 53) - 1
MAX_STATEMENTS: Final = 512
_RDF_TYPE: Final = iri("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
_W3C: Final = "https://www.w3.org/2018/credentials#"
_SCHEMA: Final = "https://schema.org/"
_SECURITY: Final = "https://w3id.org/security#"

_IRI: Final = re.compile(r"(did|https?|urn):[!#-;=?-\[\]_a-z~]+\Z")
"""An IRI of ASCII that no context could read as something else; one that is none would be dropped with all it says."""


_DISPUTED: Final = re.compile(r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f]")
"""Letters that URDNA2015 and its successor RDFC-1.0 spell differently, so that two programs would sign two graphs."""


class Kind(Enum):
    """What the value of a term is."""

    PLAIN = auto()
    NAME = auto()
    TIME = auto()


@dataclass(frozen=True, slots=True)
class Shape:
    """What a node may say: its terms, and its types, all of which it must name if there are any."""

    terms: Mapping[str, tuple[str, Kind | Shape]]
    types: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One node of a graph: its IRI, None if it has none, and by predicate all that is said of it.

    Plain values are texts and whole numbers, names and times are texts. Equal ones are there once, as in the graph.
    """

    name: str | None
    values: dict[str, dict[str | int | Node, None]] = field(default_factory=dict, repr=False)

    def plain(self, predicate: str) -> tuple[str | int, ...]:
        """Return the values of a predicate that are no nodes."""
        return tuple(one for one in self.values.get(predicate, ()) if not isinstance(one, Node))

    def nodes(self, predicate: str) -> tuple[Node, ...]:
        """Return the nodes that a predicate leads to."""
        return tuple(one for one in self.values.get(predicate, ()) if isinstance(one, Node))


def _plain(**terms: str) -> dict[str, tuple[str, Kind | Shape]]:
    """Name terms whose values are plain, each by its predicate."""
    return {term.replace("_", "-"): (predicate, Kind.PLAIN) for term, predicate in terms.items()}


ID: Final = f"{_SCHEMA}id"
NAME: Final = f"{_SCHEMA}name"
DATE: Final = f"{_SCHEMA}date"
DOSE: Final = f"{_SCHEMA}doseValue"
SUBJECT: Final = f"{_W3C}credentialSubject"
EVIDENCE: Final = f"{_W3C}evidence"
ISSUER: Final = f"{_W3C}issuer"
ISSUED: Final = f"{_W3C}issuanceDate"
EXPIRES: Final = f"{_W3C}expirationDate"

_ADDRESS: Final = Shape(
    _plain(
        streetAddress=f"{_SCHEMA}streetAddress",
        streetAddress2="vac:addressLine2",
        city="vac:city",
        district="vac:district",
        addressRegion=f"{_SCHEMA}addressRegion",
        postalCode=f"{_SCHEMA}postalCode",
        addressCountry=f"{_SCHEMA}addressCountry",
    )
)
"""`vac` is an IRI here as it stands: the context means it as a prefix, and by the rules of JSON-LD 1.1 it is none."""

_PERSON: Final = Shape(
    {
        **_plain(refId=ID, uhid=ID, name=NAME, age=f"{_SCHEMA}Number", dob=DATE),
        **_plain(gender=f"{_SCHEMA}gender", sex=f"{_SCHEMA}gender", nationality=f"{_SCHEMA}nationality"),
        "address": (f"{_SCHEMA}PostalAddress", _ADDRESS),
    },
    {"Person": f"{_SCHEMA}Person"},
)
_VACCINATION: Final = Shape(
    {
        **_plain(certificateId=ID, batch=ID, vaccine=ID, manufacturer=ID, icd11Code=ID, prophylaxis=NAME),
        **_plain(feedbackUrl=f"{_SCHEMA}url", infoUrl=f"{_SCHEMA}url"),
        **_plain(date=DATE, effectiveStart=DATE, effectiveUntil=DATE, dose=DOSE, totalDoses=DOSE),
        "verifier": ("vac:verifier", Shape(_plain(id=ID, name=NAME, sign_image=f"{_SCHEMA}image"))),
        "facility": (
            "vac:Facility",
            Shape(
                {
                    **_plain(name=NAME, seal_image=f"{_SCHEMA}image"),
                    "address": (f"{_SCHEMA}PostalAddress", _ADDRESS),
                }
            ),
        ),
    },
    {"Vaccination": "vac:Vaccination"},
)
CERTIFICATE: Final = Shape(
    {
        "credentialSubject": (SUBJECT, _PERSON),
        "evidence": (EVIDENCE, _VACCINATION),
        "issuer": (ISSUER, Kind.NAME),
        "issuanceDate": (ISSUED, Kind.TIME),
        "expirationDate": (EXPIRES, Kind.TIME),
        "nonTransferable": ("vac:nonTransferable", Kind.PLAIN),
    },
    {
        "VerifiableCredential": f"{_W3C}VerifiableCredential",
        "ProofOfVaccinationCredential": f"{_SCHEMA}ProofOfVaccinationCredential",
    },
)

_PROOF_TERMS: Final[dict[str, tuple[str, Kind | Shape]]] = {
    "created": ("http://purl.org/dc/terms/created", Kind.TIME),
    "verificationMethod": (f"{_SECURITY}verificationMethod", Kind.NAME),
    "proofPurpose": (f"{_SECURITY}proofPurpose", Kind.NAME),
}
PURPOSE: Final = "assertionMethod"


def certificate(document: Mapping[str, object]) -> tuple[Node, tuple[Statement, ...]] | None:
    """Read a certificate without its proof and context; None if it says anything that the tables do not know."""
    graph = _Graph()
    root = graph.read(document, CERTIFICATE)
    return None if root is None else (root[0], tuple(graph.statements))


def proof(kind: str, said: Mapping[str, object]) -> tuple[Statement, ...] | None:
    """Read what a proof of this kind says beside its signature; None unless that is exactly what it has to say."""
    if said.keys() != _PROOF_TERMS.keys() or said["proofPurpose"] != PURPOSE:
        return None
    graph = _Graph()
    shape = Shape(_PROOF_TERMS, {kind: f"{_SECURITY}{kind}"})
    root = graph.read({**said, "type": kind, "proofPurpose": f"{_SECURITY}{PURPOSE}"}, shape)
    return None if root is None else tuple(graph.statements)


class _Graph:
    """The statements of one document while it is being read."""

    def __init__(self) -> None:
        """Begin without any."""
        self.statements: list[Statement] = []
        self._names: set[str] = set()
        self._blank = 0

    def read(self, value: Mapping[str, object], shape: Shape) -> tuple[Node, Blank | str] | None:
        """Read one node and all below it; None for anything that is not in the shape."""
        said = {term: one for term, one in value.items() if one is not None}
        named = said.pop("id", None) if shape.types else None
        kinds = said.pop("type", None) if shape.types else []
        known = self._name(named)
        if known is None or not self._typed(known[1], kinds, shape):
            return None
        node = Node(known[0])
        for term, one in said.items():
            predicate, kind = shape.terms.get(term, ("", Kind.PLAIN))
            many = isinstance(kind, Shape) and kind.types and isinstance(one, list)
            for each in one if many and isinstance(one, list) else [one]:
                read = self._value(each, kind) if predicate else None
                if read is None or len(self.statements) >= MAX_STATEMENTS:
                    return None
                node.values.setdefault(predicate, {})[read[0]] = None
                self.statements.append((known[1], iri(predicate), read[1]))
        return node, known[1]

    def _value(self, value: object, kind: Kind | Shape) -> tuple[str | int | Node, Blank | str] | None:
        """Read one value of a term."""
        match kind, value:
            case Shape(), dict():
                return self.read(value, kind)
            case Kind.NAME, str() if _IRI.match(value):
                return value, iri(value)
            case Kind.TIME, str() if not _DISPUTED.search(value):
                return value, literal(value, f"{XSD}dateTime")
            case Kind.PLAIN, str() if not _DISPUTED.search(value):
                return value, literal(value)
            case Kind.PLAIN, int() if type(value) is int and abs(value) <= MAX_INTEGER:
                return value, literal(str(value), f"{XSD}integer")
            case _:
                return None

    def _name(self, named: object) -> tuple[str | None, Blank | str] | None:
        """Take the name of a node, which no other may have, or number one that has none."""
        if named is None:
            self._blank += 1
            return None, Blank(self._blank)
        if not isinstance(named, str) or not _IRI.match(named) or named in self._names:
            return None
        self._names.add(named)
        return named, iri(named)

    def _typed(self, subject: Blank | str, kinds: object, shape: Shape) -> bool:
        """State the types of a node; false unless they are all those of its shape, each once."""
        named = [kinds] if isinstance(kinds, str) else kinds
        if not isinstance(named, list) or sorted(map(str, named)) != sorted(shape.types):
            return False
        self.statements += [(subject, _RDF_TYPE, iri(one)) for one in shape.types.values()]
        return True
