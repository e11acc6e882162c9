"""The way back, signed ahead of time: what gates went by before, under a newer version and for the same audience.

Gates never go back to an older version, so returning needs a signature; made with the plan, it needs no key in the hour
in which it is wanted. Where a gate went by nothing, what brings it back is a withdrawal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provisioning import documents, publishing
from provisioning.mistake import OperatorError
from provisioning.rollout.book import NOTHING, UNKNOWN, name_of, spell

if TYPE_CHECKING:
    from provisioning.authority import Authority
    from provisioning.rollout.book import Book


def missing(book: Book) -> list[str]:
    """Name what gates went by before and for which nothing is signed yet."""
    return sorted({entry.before for entry in book.gates} - {UNKNOWN} - book.returns.keys())


def sign(book: Book, authority: Authority, *, now: int, valid_days: int) -> Book:
    """Sign what is missing; raises OperatorError."""
    ours = book.read(book.document)
    if ours is None:
        line = "the rollout's own document cannot be read; plan it anew"
        raise OperatorError(line)
    made, returns = dict(book.documents), dict(book.returns)
    for before in missing(book):
        old = book.read(before)
        body = publishing.WITHDRAWAL if old is None else old.body
        sealed = documents.seal(
            authority, book.kind, body, now=now, valid_s=valid_days * documents.DAY_S, audience=ours.audience
        )
        if sealed.document.rank <= ours.rank:
            line = (
                f"version {sealed.document.version} is older than the rollout's {book.version}; is it this authority?"
            )
            raise OperatorError(line)
        if len(sealed.data) > publishing.LONGEST_MESSAGE:
            line = "what gates go by now fits in no message when it is signed again; roll it out by hand (doc publish)"
            raise OperatorError(line)
        made[name_of(sealed.data)], returns[before] = spell(sealed.data), name_of(sealed.data)
    return book.model_copy(update={"documents": made, "returns": returns})


def words(book: Book) -> list[str]:
    """Say what would bring gates back."""
    return [
        f"back: {'what lay there is withdrawn' if before == NOTHING else 'the document from before'}, newly signed"
        for before in sorted(book.returns)
    ]
