"""The envelope lets through what is sound and refuses every abuse with its own word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from firmware.events import Instant
from firmware.signed import cbor, cose, strict_json, warrant
from firmware.signed.envelope import (
    AAD_PREFIX,
    MAX_BYTES,
    ROLE_OF,
    WARRANT,
    Document,
    EnvelopeRefusal,
    Kind,
    open_envelope,
)
from firmware.signed.ruling import Ruling, Rulings
from firmware.signed.warrant import Role
from tests.unit.signed.office import BEGINS, ENDS, EXPIRES, GATE, ISSUED, NOW, Office, payload, raw

if TYPE_CHECKING:
    from collections.abc import Callable

OFFICE = Office()
STRANGER = Office()
THIEF = OFFICE.rotate(Role.POLICY)
"""Has a key that the root granted once and has taken back since."""
RULINGS = Rulings((Ruling(OFFICE.root_raw, {}, frozenset({cose.key_id(raw(THIEF.keys[Role.POLICY]))})),))


def opened(data: bytes, **changes: object) -> Document | EnvelopeRefusal:
    """Open as a policy at a gate that pins the office's root."""
    arguments: dict[str, object] = {"root": OFFICE.root_raw, "gate": GATE, "now": NOW} | changes
    return open_envelope(data, Kind.POLICY, **arguments)  # type: ignore[arg-type]


def unprotected(header: dict[object, object]) -> bytes:
    """Sign a sound payload with another unprotected header."""
    return cose.sign(payload(), OFFICE.keys[Role.POLICY], AAD_PREFIX + b"policy", header)


def reshaped(change: Callable[[list[object]], None]) -> bytes:
    """Change the four parts of a sound message after it was signed."""
    parts = cbor.decode(OFFICE.seal())
    assert isinstance(parts, list)
    change(parts)
    return cbor.encode(parts)


def signed_by_other_key() -> bytes:
    """Put an honest warrant on a document that another key signed."""
    enclosed: dict[object, object] = {WARRANT: OFFICE.warrant(Role.POLICY)}
    return cose.sign(payload(), Ed25519PrivateKey.generate(), AAD_PREFIX + b"policy", enclosed)


def self_made_root() -> bytes:
    """Let a stranger warrant their own key in the name of the pinned root."""
    claimed = strict_json.render(
        {
            "role": "policy",
            "key": strict_json.to_base64url(raw(STRANGER.keys[Role.POLICY])),
            "not_before": "2026-01-01T00:00:00Z",
            "not_after": "2027-01-01T00:00:00Z",
            "serial": 1,
            "root": strict_json.to_base64url(OFFICE.root_raw),
        }
    )
    return STRANGER.seal(warranted=cose.sign(claimed, STRANGER.root, warrant.AAD))


ABUSES: dict[str, tuple[Callable[[], bytes], EnvelopeRefusal]] = {
    "nothing": (lambda: b"", EnvelopeRefusal.MALFORMED),
    "text": (lambda: b'{"kind":"policy"}', EnvelopeRefusal.MALFORMED),
    "half of it": (lambda: OFFICE.seal()[:-40], EnvelopeRefusal.MALFORMED),
    "a byte more": (lambda: OFFICE.seal() + b"\0", EnvelopeRefusal.MALFORMED),
    "far too long": (lambda: bytes(MAX_BYTES + 1), EnvelopeRefusal.TOO_LONG),
    "no warrant": (lambda: unprotected({}), EnvelopeRefusal.MALFORMED),
    "a warrant of text": (lambda: unprotected({WARRANT: "x"}), EnvelopeRefusal.MALFORMED),
    "a header more": (
        lambda: unprotected({WARRANT: OFFICE.warrant(Role.POLICY), "x": 1}),
        EnvelopeRefusal.MALFORMED,
    ),
    "a warrant of noise": (lambda: unprotected({WARRANT: b"noise"}), EnvelopeRefusal.BAD_WARRANT),
    "a warrant too long": (lambda: unprotected({WARRANT: bytes(2000)}), EnvelopeRefusal.BAD_WARRANT),
    "a warrant the root did not sign": (self_made_root, EnvelopeRefusal.BAD_WARRANT),
    "another root": (STRANGER.seal, EnvelopeRefusal.UNKNOWN_ROOT),
    "another key": (signed_by_other_key, EnvelopeRefusal.BAD_SIGNATURE),
    "another payload": (
        lambda: reshaped(lambda parts: parts.__setitem__(2, payload(version=6))),
        EnvelopeRefusal.BAD_SIGNATURE,
    ),
    "another kind": (lambda: OFFICE.seal(Kind.TRUST), EnvelopeRefusal.WRONG_KIND),
    "a pass signed as itself": (
        lambda: cose.sign(
            payload(), OFFICE.keys[Role.POLICY], b"gapura:pass:1", {WARRANT: OFFICE.warrant(Role.POLICY)}
        ),
        EnvelopeRefusal.BAD_SIGNATURE,
    ),
    "the passes key": (lambda: OFFICE.forge(payload(), role=Role.PASSES), EnvelopeRefusal.WRONG_ROLE),
    "the commands key": (lambda: OFFICE.forge(payload(), role=Role.COMMANDS), EnvelopeRefusal.WRONG_ROLE),
    "a key that was taken back": (lambda: THIEF.seal(version=2**53 - 1), EnvelopeRefusal.WARRANT_REVOKED),
    "a payload of noise": (lambda: OFFICE.forge(b"\xff\x00"), EnvelopeRefusal.BAD_PAYLOAD),
    "a payload of another kind": (lambda: OFFICE.forge(payload(kind="trust")), EnvelopeRefusal.BAD_PAYLOAD),
    "an unknown kind": (lambda: OFFICE.forge(payload(kind="wish")), EnvelopeRefusal.BAD_PAYLOAD),
    "an unknown member": (lambda: OFFICE.forge(payload(more=1)), EnvelopeRefusal.BAD_PAYLOAD),
    "no version": (lambda: OFFICE.forge(payload(version=...)), EnvelopeRefusal.BAD_PAYLOAD),
    "version zero": (lambda: OFFICE.forge(payload(version=0)), EnvelopeRefusal.BAD_PAYLOAD),
    "version true": (lambda: OFFICE.forge(payload(version=True)), EnvelopeRefusal.BAD_PAYLOAD),
    "version of text": (lambda: OFFICE.forge(payload(version="5")), EnvelopeRefusal.BAD_PAYLOAD),
    "version with a fraction": (lambda: OFFICE.forge(payload(version=5.0)), EnvelopeRefusal.BAD_PAYLOAD),
    "version beyond JSON": (lambda: OFFICE.forge(payload(version=2**53)), EnvelopeRefusal.BAD_PAYLOAD),
    "nobody's": (lambda: OFFICE.forge(payload(audience=[])), EnvelopeRefusal.BAD_PAYLOAD),
    "audience of text": (lambda: OFFICE.forge(payload(audience="*")), EnvelopeRefusal.BAD_PAYLOAD),
    "audience in capitals": (lambda: OFFICE.forge(payload(audience=["GATE-1"])), EnvelopeRefusal.BAD_PAYLOAD),
    "audience with a line end": (lambda: OFFICE.forge(payload(audience=["gate-1\n"])), EnvelopeRefusal.BAD_PAYLOAD),
    "a local time": (lambda: OFFICE.forge(payload(issued="2026-01-01T07:16:40+07:00")), EnvelopeRefusal.BAD_PAYLOAD),
    "a time in seconds": (lambda: OFFICE.forge(payload(issued=ISSUED)), EnvelopeRefusal.BAD_PAYLOAD),
    "over before it begins": (
        lambda: OFFICE.forge(payload(expires="2026-01-01T00:16:40Z")),
        EnvelopeRefusal.BAD_PAYLOAD,
    ),
    "a body of text": (lambda: OFFICE.forge(payload(body="x")), EnvelopeRefusal.BAD_PAYLOAD),
    "the same key twice": (
        lambda: OFFICE.forge(payload().replace(b'"version":5', b'"version":5,"version":5')),
        EnvelopeRefusal.BAD_PAYLOAD,
    ),
    "another gate's": (lambda: OFFICE.seal(audience=("gate-2",)), EnvelopeRefusal.WRONG_AUDIENCE),
    "another group's": (lambda: OFFICE.seal(audience=("_group/west",)), EnvelopeRefusal.WRONG_AUDIENCE),
    "a gate named like the group": (lambda: OFFICE.seal(audience=("east",)), EnvelopeRefusal.WRONG_AUDIENCE),
    "an older version": (lambda: OFFICE.seal(version=2), EnvelopeRefusal.ROLLED_BACK),
    "from the future": (
        lambda: OFFICE.seal(issued=NOW.latest + 1, expires=NOW.latest + 2),
        EnvelopeRefusal.NOT_YET_VALID,
    ),
    "over": (lambda: OFFICE.seal(expires=NOW.earliest), EnvelopeRefusal.EXPIRED),
    "older than its warrant": (
        lambda: OFFICE.seal(warranted=OFFICE.warrant(Role.POLICY, begins=ISSUED + 1)),
        EnvelopeRefusal.WARRANT_EXPIRED,
    ),
    "younger than its warrant": (
        lambda: OFFICE.seal(warranted=OFFICE.warrant(Role.POLICY, ends=ISSUED)),
        EnvelopeRefusal.WARRANT_EXPIRED,
    ),
    "its warrant is over": (
        lambda: OFFICE.seal(warranted=OFFICE.warrant(Role.POLICY, ends=NOW.earliest)),
        EnvelopeRefusal.WARRANT_EXPIRED,
    ),
}


@pytest.mark.parametrize("abuse", ABUSES)
def test_every_abuse_has_its_own_refusal(abuse: str) -> None:
    """A document that is wrong in one way is refused with the word for that way."""
    make, refusal = ABUSES[abuse]
    assert opened(make(), floor=3, groups=frozenset({"east"}), rulings=RULINGS) is refusal


def test_every_refusal_is_reached() -> None:
    """The table of abuses leaves out no refusal but the one that only commands know, which has its own test."""
    assert {refusal for _, refusal in ABUSES.values()} == set(EnvelopeRefusal) - {EnvelopeRefusal.CLOCK_UNTRUSTED}


@pytest.mark.parametrize("kind", Kind)
def test_each_kind_opens_with_its_own_role(kind: Kind) -> None:
    """A document of every kind is opened as that kind and says who it is."""
    document = open_envelope(OFFICE.seal(kind), kind, root=OFFICE.root_raw, gate=GATE, now=NOW)
    assert isinstance(document, Document)
    assert (document.kind, document.version, document.issued, document.expires) == (kind, 5, ISSUED, EXPIRES)
    assert (document.root, document.body, document.granted.serial) == (OFFICE.root_raw, {"say": "hello"}, 1)


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("role", Role)
def test_no_other_role_signs_a_kind(kind: Kind, role: Role) -> None:
    """Each kind takes exactly one role, so a stolen key is worth one kind of document."""
    data = OFFICE.forge(payload(kind=kind.value), kind, role)
    found = open_envelope(data, kind, root=OFFICE.root_raw, gate=GATE, now=NOW)
    assert isinstance(found, Document) if ROLE_OF[kind] is role else found is EnvelopeRefusal.WRONG_ROLE


@pytest.mark.parametrize(
    ("audience", "groups"),
    [
        (("*",), ()),
        ((GATE,), ()),
        (("gate-2", GATE), ()),
        (("_group/east",), ("east",)),
        (("x", "_group/e"), ("d", "e")),
    ],
)
def test_whoever_is_addressed_may_open(audience: tuple[str, ...], groups: tuple[str, ...]) -> None:
    """A gate is meant by everyone, by its name or by one of its groups."""
    assert isinstance(opened(OFFICE.seal(audience=audience), groups=frozenset(groups)), Document)


def test_a_tool_may_leave_root_gate_and_time_open() -> None:
    """A tool whose operator named the file takes the document's root, any audience and any time, and is told them."""
    data = STRANGER.seal(audience=("gate-9",), issued=BEGINS, expires=BEGINS + 1)
    document = opened(data, root=None, gate=None, now=None)
    assert isinstance(document, Document)
    assert (document.root, document.audience, document.expires) == (STRANGER.root_raw, ("gate-9",), BEGINS + 1)


def test_a_document_ends_with_its_warrant() -> None:
    """No document holds longer than the warrant of the key that signed it."""
    document = opened(OFFICE.seal(expires=ENDS + 5), now=NOW)
    assert isinstance(document, Document)
    assert document.expires == ENDS


def test_the_version_at_the_floor_is_no_rollback() -> None:
    """The version a gate already has opens again, as it must after a restart."""
    assert isinstance(opened(OFFICE.seal(version=3), floor=3), Document)


def test_a_newer_warrant_outranks_every_version_of_an_older_one() -> None:
    """After a rotation the first version counts over a thief's highest, and never the other way round."""
    newer = OFFICE.seal(version=1, warranted=OFFICE.warrant(Role.POLICY, serial=2))
    assert isinstance(opened(newer, floor=2**53 - 1), Document)
    assert opened(OFFICE.seal(version=2**53 - 1), floor=1, least_serial=2) is EnvelopeRefusal.ROLLED_BACK
    assert opened(newer, floor=2, least_serial=2) is EnvelopeRefusal.ROLLED_BACK


def test_without_a_clock_documents_stand_and_commands_wait() -> None:
    """A gate that has lost its clock still reads its lists, but acts on no command that may be old."""
    lost = Instant(ms=1)
    for kind in Kind:
        found = open_envelope(OFFICE.seal(kind), kind, root=OFFICE.root_raw, gate=GATE, now=lost)
        assert found is EnvelopeRefusal.CLOCK_UNTRUSTED if kind is Kind.COMMAND else isinstance(found, Document)


def test_the_digest_names_the_exact_payload() -> None:
    """Two documents that differ only in who may read them have different digests; the same one has the same."""
    digests = [opened(OFFICE.seal(audience=audience)) for audience in (("*",), ("*",), (GATE,))]
    first, again, other = (one.digest if isinstance(one, Document) else None for one in digests)
    assert first == again != other
    assert first is not None
