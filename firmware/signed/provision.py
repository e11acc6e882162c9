"""The provisioning document: all that a blank gate needs to ask for its certificate, or the Wi-Fi it shall use.

It decides whether a document may make this gate into one, or move it to other brokers; who the gate is afterwards, and
whether a claim was used before, is decided by the enrolment service. A secret in it never stands in a refusal.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import BeforeValidator, Field, StringConstraints

from firmware.signed import claim
from firmware.signed.envelope import Document, EnvelopeRefusal, Kind, open_envelope, read_body
from firmware.signed.fields import Name, Strict, encoded
from firmware.signed.ruling import SILENT, Rulings

if TYPE_CHECKING:
    from firmware.events import Instant

MAX_BROKERS: Final = 5
LONGEST_WIFI_S: Final = 24 * 3600
"""How long a document with a Wi-Fi password may be good."""

_BROKER: Final = re.compile(r"(\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9._-]{1,253})(:[1-9][0-9]{0,4})?\Z", re.ASCII)
_HIGHEST_PORT: Final = 65_535
_MOST_SSID_BYTES: Final = 32
_PASSPHRASE: Final = re.compile(r"[ -~]{8,63}\Z", re.ASCII)
_RAW_PSK: Final = re.compile(r"[0-9a-fA-F]{64}\Z", re.ASCII)


class ProvisionRefusal(StrEnum):
    """Why a document that is no bad envelope sets up no gate: a closed list of stable strings."""

    NO_ROOT = "no_root"
    BAD_BODY = "bad_body"
    WRONG_GATE = "wrong_gate"
    WRONG_CLAIM = "wrong_claim"
    TOO_LONG_GOOD = "too_long_good"


def _der(value: object) -> bytes:
    """Read a certificate's bytes; whether they are one is asked later."""
    return encoded(value, 1, claim.MAX_CERTIFICATE_BYTES, "not a certificate as base64url without padding")


def _seed(value: object) -> bytes:
    """Read the seed of a claim's key."""
    mistake = f"not {claim.SEED_BYTES} bytes as base64url without padding"
    return encoded(value, claim.SEED_BYTES, claim.SEED_BYTES, mistake)


def _broker(value: object) -> str:
    """Read where a broker is."""
    found = _BROKER.match(value) if isinstance(value, str) else None
    if found is None or int((found[2] or ":1")[1:]) > _HIGHEST_PORT:
        msg = "not a broker such as mqtt.example.go.id or 192.0.2.7:8883"
        raise ValueError(msg)
    return found[0]


def _ssid(value: object) -> str:
    """Read the name of a network: 1 to 32 bytes of text (IEEE 802.11, section 9.4.2.2)."""
    if not isinstance(value, str) or not value.isprintable() or not 1 <= len(value.encode()) <= _MOST_SSID_BYTES:
        msg = f"not a name of 1 to {_MOST_SSID_BYTES} bytes"
        raise ValueError(msg)
    return value


def _psk(value: object) -> str:
    """Read a password (IEEE 802.11, annex J.4), or the 64 hex digits that one is turned into."""
    if not isinstance(value, str) or (_PASSPHRASE.match(value) is None and _RAW_PSK.match(value) is None):
        msg = "not a password of 8 to 63 plain letters"
        raise ValueError(msg)
    return value


Der = Annotated[bytes, BeforeValidator(_der)]


class Claim(Strict):
    """The one-use right to enrol: its id, the seed of its key, and the certificate by which the broker knows it."""

    id: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
    seed: Annotated[bytes, BeforeValidator(_seed), Field(repr=False)]
    certificate: Der


class GateBody(Strict):
    """What makes a blank device into one gate.

    `brokers` are tried in their order, each `host` or `host:port`; `ca` is the device CA in DER that certifies this
    gate, `older_ca` the one that it follows while that is believed too, and no other is believed. `config` are keys of
    gapura.toml that are laid over the board's file.
    """

    gate: Name
    brokers: Annotated[list[Annotated[str, BeforeValidator(_broker)]], Field(min_length=1, max_length=MAX_BROKERS)]
    ca: Der
    older_ca: Der | None = None
    claim: Claim
    config: dict[str, object]

    @property
    def cas(self) -> tuple[bytes, ...]:
        """Every CA that is believed, in DER, the one that certifies this gate first."""
        return (self.ca,) if self.older_ca is None else (self.ca, self.older_ca)


class Wifi(Strict):
    """A wireless network: name, password (8 to 63 letters, or 64 hex digits), and whether it hides its name."""

    ssid: Annotated[str, BeforeValidator(_ssid)]
    psk: Annotated[str, BeforeValidator(_psk), Field(repr=False)]
    hidden: bool = False


class WifiBody(Strict):
    """The body of a document that brings a network and nothing else."""

    wifi: Wifi


@dataclass(frozen=True, slots=True)
class Provision:
    """A document that counts: what it brings, its version, digest (hex) and times (Unix seconds).

    `serial` is that of the warrant it was signed under: a newer one outranks any version.
    """

    body: GateBody | WifiBody
    serial: int
    version: int
    digest: str
    issued: int
    expires: int

    @property
    def rank(self) -> tuple[int, int]:
        """Which of two documents for one gate is newer."""
        return self.serial, self.version


Refusal = EnvelopeRefusal | ProvisionRefusal


def open_provision(
    data: bytes,
    *,
    root: bytes | None,
    gate: str | None,
    now: Instant | None,
    floor: int = 0,
    least_serial: int = 1,
    rulings: Rulings = SILENT,
) -> Provision | Refusal:
    """Open what set-up was given as this gate (None: a blank one), or say why it does not count; never raises.

    `root` is the raw key that the image pins. `now` is the trusted time, or None where there is none: then expiry is
    judged by broker and enrolment service alone. `floor` is the lowest version of a gate's own document that counts,
    under a warrant of `least_serial`; a network has no versions. `rulings` are what the roots have said of their keys.
    """
    if root is None:
        return ProvisionRefusal.NO_ROOT
    document = open_envelope(data, Kind.PROVISION, root=root, gate=gate, now=now, rulings=rulings)
    if isinstance(document, EnvelopeRefusal):
        return document
    body = _read(document)
    if isinstance(body, ProvisionRefusal):
        return body
    if isinstance(body, GateBody) and document.rank < (least_serial, floor):
        return EnvelopeRefusal.ROLLED_BACK
    serial, times = document.granted.serial, (document.issued, document.expires)
    return Provision(body, serial, document.version, document.digest, *times)


def _read(document: Document) -> GateBody | WifiBody | ProvisionRefusal:
    """Read the body by the one of both models that its keys name."""
    if "wifi" in document.body:
        network = read_body(document, WifiBody)
        if not isinstance(network, WifiBody):
            return ProvisionRefusal.BAD_BODY
        long = document.expires - document.issued > LONGEST_WIFI_S
        return ProvisionRefusal.TOO_LONG_GOOD if long else network
    body = read_body(document, GateBody)
    if not isinstance(body, GateBody):
        return ProvisionRefusal.BAD_BODY
    if document.audience != (body.gate,):
        return ProvisionRefusal.WRONG_GATE
    sound = claim.is_claim(body.claim.certificate, body.ca, body.claim.seed, body.gate, body.claim.id)
    sound = sound and (body.older_ca is None or claim.is_certificate(body.older_ca))
    return body if sound else ProvisionRefusal.WRONG_CLAIM
