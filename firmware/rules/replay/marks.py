"""Marks of policies, of their parts and of trust lists: the beginnings of digests over what they say.

Pure. A mark is the same however a document was spelled, signed or dated: two policies with one mark decide alike. A
part has a mark of its own, so that a fact which was told under it still counts under another policy with the same part.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import BaseModel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from firmware.rules.policy import ClassRule, Policy
    from firmware.trust.keys import TrustSet

HEX: Final = 16
"""How many hex digits of a digest are a mark: documents of one authority never meet in them by chance."""


@dataclass(frozen=True, slots=True)
class Marks:
    """The marks of one policy: all of it, whom it blocks, its anti-passback, what classes ask of health and issuers.

    `blocklist` and `passback` are None where the policy has none; a class that asks nothing has no mark.
    """

    policy: str
    blocklist: str | None
    passback: str | None
    health: Mapping[str, str]
    issuers: Mapping[str, str]

    @classmethod
    def of(cls, policy: Policy) -> Marks:
        """Digest a policy and its parts once; some milliseconds for the largest."""
        back = policy.passback
        asking = ((name, _health(rule, policy)) for name, rule in policy.classes.items())
        return cls(
            mark(policy.model_dump(by_alias=True, exclude_defaults=True)),
            mark(policy.blocked) if policy.blocked else None,
            None if back is None else mark((back.reset, back.minutes, policy.timezone)),
            {name: mark(asked) for name, asked in asking if asked is not None},
            {name: mark(rule.issuers) for name, rule in policy.classes.items() if rule.issuers is not None},
        )


def _health(rule: ClassRule, policy: Policy) -> object:
    """Collect what the answer about a holder's health rests on beside the holder; None where nothing is asked."""
    match rule.health:
        case None:
            return None
        case "required":
            return "required"
        case "colour":
            return ("colour", policy.health_profile, policy.timezone)
        case "rules":
            return ("rules", policy.national_rules, policy.timezone)


def trust_mark(trust: TrustSet) -> str:
    """Mark a trust list by all that it says."""
    return mark(trust)


def mark(value: object) -> str:
    """Digest plain values, models, dataclasses and public keys; sets in a fixed order."""
    return hashlib.sha256(_text(value).encode("utf-8")).hexdigest()[:HEX]


def _text(value: object) -> str:
    """Write a value so that equal ones are written alike and others are not."""
    match value:
        case dict():
            text = "{" + ",".join(sorted(f"{_text(key)}:{_text(one)}" for key, one in value.items())) + "}"
        case set() | frozenset():
            text = "<" + ",".join(sorted(map(_text, value))) + ">"
        case list() | tuple():
            text = "[" + ",".join(map(_text, value)) + "]"
        case None | bool() | int() | float() | str():
            text = json.dumps(value)
        case bytes():
            text = "x" + value.hex()
        case _:
            text = _text(_taken_apart(value))
    return text


def _taken_apart(value: object) -> object:
    """Make plain values of what is none; what a dataclass derives for itself (`_...`) is no part of it."""
    if isinstance(value, BaseModel):
        return value.model_dump(by_alias=True, exclude_defaults=True)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = (one.name for one in dataclasses.fields(value) if not one.name.startswith("_"))
        return {name: getattr(value, name) for name in names}
    write = getattr(value, "public_bytes", None)
    if write is None:
        return str(value)
    try:
        return bytes(write(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    except TypeError:  # a certificate has one form only
        return bytes(write(Encoding.DER))
