"""Making the documents that gates load: the trust list and the policy, checked by the firmware's own models.

A document leaves here only if a gate would accept it. Each takes its version from the authority and never outlives
the warrant of the key that signs it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from firmware.rules.soundness import read_policy
from firmware.signed import envelope, strict_json
from firmware.signed.envelope import EVERYONE, Document, Kind
from firmware.trust.document import TrustList
from firmware.trust.public import is_test_key
from provisioning import foreign_issuers, places, publishing
from provisioning.mistake import OperatorError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from firmware.signed.warrant import Warrant
    from firmware.trust.keys import TrustSet
    from provisioning.authority import Authority
    from provisioning.operators import Operator

DAY_S: Final = 86_400


@dataclass(frozen=True, slots=True)
class Sealed:
    """A finished document: its bytes, and what a gate reads in them; `content` is what it names if it is a manifest."""

    data: bytes
    document: Document
    content: bytes = b""


def build_trust(
    authority: Authority,
    *,
    now: int,
    valid_days: int,
    apart: bool = False,
    foreign: TrustSet | None = None,
    test_keys: bool = False,
) -> Sealed:
    """Sign the authority's list of issuers; test keys are refused here, long before a gate would.

    Issuers of others (`foreign`) follow its own; with `test_keys` the list is for test gates, and nobody else takes
    those keys from it. What is too long for one message goes `apart`: only a manifest of it
    is signed.
    """
    issuers, body = authority.issuers()
    bad = [issuer.name for issuer in issuers.issuers for key in issuer.keys if is_test_key(key.key)]
    if bad and not test_keys:
        lines = (f"issuer {name!r} has a key that anybody can sign with; remove it from issuers.json" for name in bad)
        raise OperatorError(*lines)
    if foreign is not None:
        body = foreign_issuers.joined(body, foreign)
        mistakes = strict_json.read_as(body, TrustList)
        if isinstance(mistakes, tuple):
            raise OperatorError(*mistakes)
    return seal(authority, Kind.TRUST, body, now=now, valid_s=valid_days * DAY_S, apart=apart)


def sign_policy(
    authority: Authority,
    text: bytes,
    *,
    now: int,
    valid_days: int,
    audience: tuple[str, ...] = (EVERYONE,),
    apart: bool = False,
) -> Sealed:
    """Check a policy as a gate would and sign it; every mistake in it is one line."""
    _, granted = authority.warrant(envelope.ROLE_OF[Kind.POLICY])
    body = parse_policy(text, now, min(now + valid_days * DAY_S, granted.not_after))
    return seal(authority, Kind.POLICY, body, now=now, valid_s=valid_days * DAY_S, audience=audience, apart=apart)


def parse_policy(text: bytes, issued: int = 0, expires: int | None = None) -> dict[str, object]:
    """Read a policy's JSON and hold it against the firmware's rules, and against the dates it is signed with."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        line = f"line {error.lineno}: {error.msg.lower()}; mend the JSON there"
        raise OperatorError(line) from error
    except (ValueError, RecursionError) as error:
        line = "the policy is not JSON text in UTF-8; save it as such"
        raise OperatorError(line) from error
    body = strict_json.parse(text)
    if body is None:
        line = "the policy must be one JSON object in which no key stands twice and every number is finite"
        raise OperatorError(line)
    found = read_policy(body, issued, expires)
    if isinstance(found, tuple):
        raise OperatorError(*sorted((_placed(text.decode("utf-8"), mistake) for mistake in found), key=_line))
    return body


def _placed(text: str, mistake: str) -> str:
    """Put the line in front of a mistake that begins with its path."""
    path = mistake.partition(":")[0]
    return f"line {places.line_of(text, path.split('.'))}: {mistake}"


def _line(told: str) -> int:
    """Order mistakes as they stand in the file."""
    return int(told.removeprefix("line ").partition(":")[0])


def seal(
    authority: Authority,
    kind: Kind,
    body: Mapping[str, object],
    *,
    now: int,
    valid_s: int,
    audience: tuple[str, ...] = (EVERYONE,),
    apart: bool = False,
) -> Sealed:
    """Sign a document of any kind, or a manifest of its body, with its role's key and the authority's next version."""
    content = strict_json.render(body) if apart else b""
    if len(content) > strict_json.MAX_BYTES:
        line = f"the document would be longer than the {strict_json.MAX_BYTES} bytes a gate reads; make it smaller"
        raise OperatorError(line)
    if apart:
        body = publishing.manifest_body(content)
    _check(body, audience)
    role = envelope.ROLE_OF[kind]
    signer = authority.signer(role)
    enclosed, granted = authority.warrant(role)
    if not granted.not_before <= now < granted.not_after:
        line = f"the warrant for {role.value} is not in force today; gapura-ops authority renew {role.value}"
        raise OperatorError(line)
    version = authority.next_version(kind)
    ends = min(now + valid_s, granted.not_after)
    data = envelope.seal(
        kind,
        body,
        version=version,
        audience=audience,
        issued=now,
        expires=ends,
        signer=signer,
        signer_warrant=enclosed,
    )
    return _read_back(data, kind, granted, content)


def seal_as(
    operator: Operator,
    signer: Ed25519PrivateKey,
    body: Mapping[str, object],
    *,
    now: int,
    valid_s: int,
    audience: tuple[str, ...],
) -> Sealed:
    """Sign a service card with an operator's key; its version is the second it was signed in, as an order's is."""
    _check(body, audience)
    granted = operator.granted
    if not granted.not_before <= now < granted.not_after:
        line = f"the warrant of {operator.name} is not in force now; have the operator appointed anew"
        raise OperatorError(line)
    ends = min(now + valid_s, granted.not_after)
    data = envelope.seal(
        Kind.COMMAND,
        body,
        version=now,
        audience=audience,
        issued=now,
        expires=ends,
        signer=signer,
        signer_warrant=operator.warrant,
    )
    return _read_back(data, Kind.COMMAND, granted)


def _read_back(data: bytes, kind: Kind, granted: Warrant, content: bytes = b"") -> Sealed:
    """Open what was sealed as a gate does."""
    opened = envelope.open_envelope(data, kind, root=granted.root, gate=None, now=None)
    if not isinstance(opened, Document):
        line = f"key and warrant for {granted.role.value} do not fit together ({opened.value}); restore them"
        raise OperatorError(line)
    return Sealed(data, opened, content)


def _check(body: Mapping[str, object], audience: tuple[str, ...]) -> None:
    """Refuse what no envelope can say, before a version is taken for it."""
    bad = next((name for name in audience if re.fullmatch(envelope.AUDIENCE_PATTERN, name) is None), None)
    if bad is not None or len(audience) > envelope.MAX_AUDIENCE:
        what = f"{bad!r} is no audience" if bad is not None else f"more than {envelope.MAX_AUDIENCE} names"
        line = f"--audience: {what}; use * or names of gates (gate-1) and groups (_group/east)"
        raise OperatorError(line)
    if len(strict_json.render(body)) > envelope.MAX_BODY_BYTES:
        line = f"the document would be longer than the {envelope.MAX_BODY_BYTES} bytes a gate reads; make it smaller"
        raise OperatorError(line)
