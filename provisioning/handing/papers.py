"""A gate's papers: the claim, its certificate, and the signed provisioning document, written into the ledger first.

It decides who may be given papers, and gives none that a gate would not take. Keys are opened once for many gates; on
paper or screen they are brought elsewhere.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.serialization import Encoding

from firmware.control import first_config
from firmware.control.remote import EVERY
from firmware.events import Instant
from firmware.signed import claim, codes, envelope, strict_json
from firmware.signed.envelope import Kind
from firmware.signed.provision import GateBody, Provision, open_provision
from firmware.signed.warrant import Role
from provisioning.fleet import lifecycle
from provisioning.fleet.lifecycle import State
from provisioning.mistake import OperatorError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from provisioning.authority import Authority
    from provisioning.broker.certificates import DeviceCa
    from provisioning.fleet.ledger import Ledger
    from provisioning.fleet.ledger_rows import Standing

_CLAIM_ID_BYTES: Final = 8
_MINUTE_S: Final = 60


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a gate's document shall say; `approved` is whether the desk has planned it and said yes."""

    gate: str
    brokers: tuple[str, ...]
    config: Mapping[str, object]
    approved: bool = False


@dataclass(frozen=True, slots=True)
class Papers:
    """A gate's papers. Times are Unix seconds; `codes` and `envelope` hold the claim's secret."""

    gate: str
    claim_id: str
    version: int
    digest: str
    issued: int
    expires: int
    envelope: bytes = field(repr=False)
    codes: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for all papers of one run: when, for how long, by whom, and whether such as exist are made void."""

    now: int
    valid_s: int
    by: str
    again: bool = False


class Desk:
    """An opened desk: the provisioning key, the device CA and the ledger, for as many gates as there are."""

    def __init__(
        self, authority: Authority, device_ca: DeviceCa, older_ca: x509.Certificate | None, ledger: Ledger
    ) -> None:
        """Open the role's key and look at its warrant; gates believe `older_ca` too, while the broker is under it."""
        self._root = authority.root
        self._signer: Ed25519PrivateKey = authority.signer(Role.PROVISIONING)
        self._enclosed, self._granted = authority.warrant(Role.PROVISIONING)
        self._device_ca = device_ca
        self._older_ca = older_ca
        self._ledger = ledger

    def hand_out(self, wanted: Wanted, terms: Terms) -> Papers:
        """Make a gate's papers; when they are returned, the ledger knows them. Raises OperatorError."""
        if not wanted.brokers:
            line = f"{wanted.gate}: no broker is named; write --broker HOST[:PORT], or the column brokers"
            raise OperatorError(line)
        if unsaid := not_sayable(wanted.config):
            raise OperatorError(*(f"{wanted.gate}: {key} is the board file's to say; take it out" for key in unsaid))
        expires = self._end(terms)
        with self._ledger.together():
            self._admit(wanted, terms)
            version = self._ledger.next_document_version(wanted.gate)
            claim_id = secrets.token_hex(_CLAIM_ID_BYTES)
            self._ledger.add_claim(wanted.gate, claim_id, expires, by=terms.by, at=terms.now)
            self._issue(wanted.gate, terms)
            return self._sign(wanted, claim_id, version, terms.now, expires)

    def _end(self, terms: Terms) -> int:
        """Say when papers end: in a full minute, and never after the keys that vouch for them."""
        ca_ends = int(self._device_ca.certificate.not_valid_after_utc.timestamp())
        ends = min(terms.now + terms.valid_s, self._granted.not_after, ca_ends) // _MINUTE_S * _MINUTE_S
        if not self._granted.not_before <= terms.now < ends:
            line = "the warrant for provisioning, or the device CA, is not in force now; renew it before making papers"
            raise OperatorError(line)
        return ends

    def _admit(self, wanted: Wanted, terms: Terms) -> None:
        """Refuse a gate that may have no papers now; enter and approve one that was planned."""
        self._ledger.enter(wanted.gate, by=terms.by, at=terms.now)
        standing = self._standing(wanted.gate)
        if (line := refusal(standing, wanted, again=terms.again)) is not None:
            raise OperatorError(line)
        if standing.state is State.REQUESTED:
            self._ledger.move(wanted.gate, State.APPROVED, by=terms.by, why="approved as planned", at=terms.now)

    def _standing(self, gate: str) -> Standing:
        return self._ledger.gates()[gate]

    def _issue(self, gate: str, terms: Terms) -> None:
        """Write down that the gate has papers and no device yet that came with them."""
        if self._standing(gate).state is not State.ISSUED:
            self._ledger.move(gate, State.ISSUED, by=terms.by, why="papers made", at=terms.now)

    def _sign(self, wanted: Wanted, claim_id: str, version: int, now: int, expires: int) -> Papers:
        """Make the claim and the document that brings it."""
        seed = secrets.token_bytes(claim.SEED_BYTES)
        certificate = self._device_ca.certify(
            claim.user(wanted.gate, claim_id),
            claim.claim_key(seed, wanted.gate).public_key(),
            valid=timedelta(seconds=expires - now),
            now=datetime.fromtimestamp(now, UTC),
        )
        body: dict[str, object] = {
            "gate": wanted.gate,
            "brokers": list(wanted.brokers),
            "ca": strict_json.to_base64url(self._device_ca.certificate.public_bytes(Encoding.DER)),
            "claim": {
                "id": claim_id,
                "seed": strict_json.to_base64url(seed),
                "certificate": strict_json.to_base64url(certificate.public_bytes(Encoding.DER)),
            },
            "config": dict(wanted.config),
        }
        if self._older_ca is not None:
            body["older_ca"] = strict_json.to_base64url(self._older_ca.public_bytes(Encoding.DER))
        try:
            sealed = envelope.seal(
                Kind.PROVISION,
                body,
                version=version,
                audience=(wanted.gate,),
                issued=now,
                expires=expires,
                signer=self._signer,
                signer_warrant=self._enclosed,
            )
            texts = codes.split(sealed)
        except ValueError as error:
            line = f"{wanted.gate}: {error}; name fewer configuration keys"
            raise OperatorError(line) from error
        return self._read_back(wanted.gate, claim_id, sealed, texts, now)

    def _read_back(self, gate: str, claim_id: str, sealed: bytes, texts: list[bytes], now: int) -> Papers:
        """Read the codes as the gate will, and answer what it finds."""
        found = read_codes(texts, self._root, now)
        if not isinstance(found, Provision) or not isinstance(found.body, GateBody) or found.body.claim.id != claim_id:
            line = f"{gate}: a gate would not take these papers ({found}); check its brokers and configuration"
            raise OperatorError(line)
        written = tuple(text.decode("ascii") for text in texts)
        return Papers(gate, claim_id, found.version, found.digest, found.issued, found.expires, sealed, written)


def read_codes(texts: list[bytes], root: bytes, now: int) -> object:
    """Read codes as a blank gate under this root does, at a time (Unix seconds): what they bring, or why nothing."""
    collector = codes.Collector()
    last = [collector.take(text) for text in texts][-1]
    if not isinstance(last, codes.Whole):
        return last
    return open_provision(last.envelope, root=root, gate=None, now=Instant(0, now, now, "desk"))


def not_sayable(config: Mapping[str, object]) -> list[str]:
    """Name the keys that a gate takes from no document, because only whoever wired its board knows them."""
    found = []
    for section, values in config.items():
        allowed = first_config.ALLOWED.get(section)
        if allowed is None or not isinstance(values, dict):
            found.append(section)
        elif allowed is not EVERY:
            found += [f"{section}.{key}" for key in values if key not in allowed]
    return found


def refusal(standing: Standing | None, wanted: Wanted, *, again: bool) -> str | None:
    """Say why a gate may have no papers now; None if it may."""
    state = State.REQUESTED if standing is None else standing.state
    if standing is not None and standing.suspended:
        return f"{wanted.gate} is suspended; look into why, then release it with gapura-ops enrol release"
    if state is State.RETIRED:
        return f"{wanted.gate} is retired; enter it anew with gapura-ops fleet approve, or take another name"
    if state is State.REQUESTED:
        return None if wanted.approved else f"{wanted.gate} is not approved; see gapura-ops fleet approve"
    if state is State.APPROVED or again:
        return None
    what = "has papers already" if not lifecycle.is_installed(state) else f"is {state.value}"
    return f"{wanted.gate} {what}; --again makes new ones, and void what it has"
