"""The words that lead from a pinned root to the one that speaks now: the newest of each, found among whatever is there.

It says which documents of the kind `authority` count together. Where they lie is the business of whoever asks: a gate
has a shelf and a file, the updater what a gate has shown it. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from firmware.signed.envelope import Document, EnvelopeRefusal, Kind, open_envelope
from firmware.signed.ruling import MOST_ROOTS, SILENT, Ruling, Rulings, read_ruling

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


@dataclass(frozen=True, slots=True)
class Word:
    """The word of one root: what was signed, how it reads, and what it means."""

    data: bytes
    document: Document
    ruling: Ruling


def way(data: bytes) -> tuple[bytes, ...]:
    """Name the words that lead to one, itself last: each encloses the one by which the root before had named its own.

    Nothing is believed for it: whoever uses them judges each, from the first on.
    """
    found = [data]
    while len(found) < MOST_ROOTS:
        document = open_envelope(found[0], Kind.AUTHORITY, root=None, gate=None, now=None)
        ruling = None if isinstance(document, EnvelopeRefusal) else read_ruling(document.body, document.root)
        if not isinstance(ruling, Ruling) or ruling.predecessor is None:
            break
        found.insert(0, ruling.predecessor)
    return tuple(found)


def newest_words(root: bytes, gate: str | None, there: Callable[[bytes], Iterable[bytes]]) -> tuple[Word, ...]:
    """Find the newest word of each root that counts, the pinned one's first; never raises for any bytes.

    `there` answers what may be the words of a root (raw key). `gate` None asks for nobody's audience.
    """
    words: list[Word] = []
    rulings, speaks = SILENT, root
    while len(words) < MOST_ROOTS:
        newest = _newest(there(speaks), speaks, root, gate, rulings)
        if newest is None:
            break
        words.append(newest)
        rulings = rulings.heard(newest.ruling)
        before, speaks = speaks, rulings.roots(root, None)[-1]
        if speaks == before:
            break
    return tuple(words)


def rulings_of(words: Iterable[Word]) -> Rulings:
    """What such words mean together."""
    return Rulings(tuple(word.ruling for word in words))


def _newest(there: Iterable[bytes], speaks: bytes, root: bytes, gate: str | None, rulings: Rulings) -> Word | None:
    """Find the newest word of one root, also where it is enclosed in another's; what is not its word is none."""
    found: list[Word] = []
    for one in (step for data in there for step in way(data)):
        document = open_envelope(one, Kind.AUTHORITY, root=root, gate=gate, now=None, rulings=rulings)
        if isinstance(document, EnvelopeRefusal) or document.root != speaks:
            continue
        ruling = read_ruling(document.body, document.root)
        if isinstance(ruling, Ruling):
            found.append(Word(one, document, ruling))
    return max(found, key=lambda word: word.document.rank, default=None)
