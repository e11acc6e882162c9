"""The holder's proof in a case: of now, old, or not there, on a pass that is bound to a wallet."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal, assert_never

from firmware.passes.outcome import Presented
from firmware.passes.presented import FRESH_S

if TYPE_CHECKING:
    from firmware.passes.outcome import Pass

Proof = Literal["fresh", "stale", "missing"]
_ANY_KEY = bytes(33)
"""Stands for the holder's key, which decides nothing any more once a code was read."""


def proved(credential: Pass, proof: Proof | None, group: str, at: int) -> Pass:
    """Return the pass as it is shown for a group of gates at a Unix second; without a word it is a bearer's."""
    match proof:
        case None:
            return credential
        case "missing":
            presented = None
        case "fresh":
            presented = Presented(at, group)
        case "stale":
            presented = Presented(at - FRESH_S - 1, group)
        case _:
            assert_never(proof)
    return replace(credential, holder_key=_ANY_KEY, presented=presented)
