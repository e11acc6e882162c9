"""The one spelling of a graph that JSON-LD signatures are made of: URDNA2015 over plain statements, within a bound.

A graph here is a set of statements without named graphs. Which statements a document makes is for its format to say;
this decides only the names of nodes that have none, and the order. Source: RDF Dataset Canonicalization (W3C, 2024).
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import permutations
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

XSD: Final = "http://www.w3.org/2001/XMLSchema#"
MOST_BLANK: Final = 64
MOST_ALIKE: Final = 4
MOST_STEPS: Final = 200
"""Unnamed nodes in all, such nodes that look the same from one other, and steps to tell alike ones apart."""

_ESCAPES: Final = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r"})


@dataclass(frozen=True, slots=True)
class Blank:
    """A node without a name, by a number that means nothing outside of its graph."""

    number: int


Term = Blank | str
"""A node without a name, or an IRI or a literal as N-Quads write it."""

Statement = tuple[Term, str, Term]
"""Subject, predicate, object; a predicate always has a name."""


class _TooMuchError(Exception):
    """Telling nodes apart would take more steps than any honest graph needs."""


def iri(name: str) -> str:
    """Write an IRI; the caller has made sure that it is one."""
    return f"<{name}>"


def literal(text: str, datatype: str | None = None) -> str:
    """Write a literal; without a datatype it is a plain string."""
    return f'"{text.translate(_ESCAPES)}"' + ("" if datatype is None else f"^^<{datatype}>")


def canonical(statements: Iterable[Statement]) -> bytes | None:
    """Write a graph in its one spelling (N-Quads, UTF-8); None for one that is too large or too much alike."""
    graph = _Graph(tuple(dict.fromkeys(statements)))
    if len(graph.mentions) > MOST_BLANK:
        return None
    try:
        names = graph.names()
    except _TooMuchError:
        return None
    return "".join(sorted(_line(one, names) for one in graph.statements)).encode()


def _line(statement: Statement, names: Mapping[Blank, str]) -> str:
    """Write one statement, its unnamed nodes by these names."""
    subject, predicate, target = (names[term] if isinstance(term, Blank) else term for term in statement)
    return f"{subject} {predicate} {target} .\n"


def _digest(text: str) -> str:
    """Hash text."""
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(slots=True)
class _Issuer:
    """Gives names out, in the order in which they are asked for."""

    prefix: str
    names: dict[Blank, str] = field(default_factory=dict)

    def name(self, node: Blank) -> str:
        """Return the name of a node, a new one if it has none yet."""
        return self.names.setdefault(node, f"{self.prefix}{len(self.names)}")

    def copy(self) -> _Issuer:
        """Return one that goes on from here by itself."""
        return _Issuer(self.prefix, dict(self.names))


class _Graph:
    """One graph while its nodes are being named."""

    def __init__(self, statements: Sequence[Statement]) -> None:
        """Note which statements mention which unnamed node."""
        self.statements = statements
        self.mentions: dict[Blank, list[Statement]] = defaultdict(list)
        for one in statements:
            for node in {term for term in one if isinstance(term, Blank)}:
                self.mentions[node].append(one)
        self._looks = {node: self._look(node) for node in self.mentions}
        self._issued = _Issuer("_:c14n")
        self._steps = 0

    def names(self) -> Mapping[Blank, str]:
        """Name every node; raises _TooMuchError."""
        alike: dict[str, list[Blank]] = defaultdict(list)
        for node, look in self._looks.items():
            alike[look].append(node)
        for look in sorted(alike):
            if len(alike[look]) == 1:
                self._issued.name(alike[look][0])
        for look in sorted(alike):
            found: list[tuple[str, _Issuer]] = []
            for node in alike[look]:
                if node not in self._issued.names:
                    issuer = _Issuer("_:b")
                    issuer.name(node)
                    found.append(self._surroundings(node, issuer))
            for _, issuer in sorted(found, key=lambda one: one[0]):
                for node in issuer.names:
                    self._issued.name(node)
        return self._issued.names

    def _look(self, node: Blank) -> str:
        """Hash what a node's own statements say of it (section 4.6)."""
        lines = []
        for one in self.mentions[node]:
            others = {term: "_:a" if term == node else "_:z" for term in one if isinstance(term, Blank)}
            lines.append(_line(one, others))
        return _digest("".join(sorted(lines)))

    def _surroundings(self, node: Blank, issuer: _Issuer) -> tuple[str, _Issuer]:
        """Hash what a node is connected to, as far as it takes to tell it from others (section 4.8)."""
        self._steps += 1
        said = ""
        for related, nodes in sorted(self._related(node, issuer).items()):
            if self._steps > MOST_STEPS or len(nodes) > MOST_ALIKE:
                raise _TooMuchError
            paths = (self._path(order, issuer.copy()) for order in permutations(nodes))
            path, issuer = min(paths, key=lambda one: one[0])
            said += related + path
        return _digest(said), issuer

    def _related(self, node: Blank, issuer: _Issuer) -> Mapping[str, list[Blank]]:
        """Gather the unnamed neighbours of a node by how they are connected to it (section 4.7)."""
        found: dict[str, list[Blank]] = defaultdict(list)
        for subject, predicate, target in self.mentions[node]:
            for position, other in (("s", subject), ("o", target)):
                if isinstance(other, Blank) and other != node:
                    known = self._issued.names.get(other) or issuer.names.get(other) or self._looks[other]
                    found[_digest(position + predicate + known)].append(other)
        return found

    def _path(self, order: Iterable[Blank], issuer: _Issuer) -> tuple[str, _Issuer]:
        """Write the way through neighbours in this order."""
        path, further = "", []
        for other in order:
            if other in self._issued.names:
                path += self._issued.names[other]
            else:
                if other not in issuer.names:
                    further.append(other)
                path += issuer.name(other)
        for other in further:
            digest, after = self._surroundings(other, issuer)
            path += issuer.name(other) + f"<{digest}>"
            issuer = after
        return path, issuer
