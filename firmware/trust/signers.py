"""Certificates of document signers and of the authorities above them, read as entries of a trust list.

A signer's key id is the first 8 bytes of SHA-256 of its certificate (HCERT specification, section 3.3.3). What it may
prove is in its extended key usage: three OIDs, and three that the first certificates had by mistake; none means any.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from typing import TYPE_CHECKING, Final

from firmware.signed.signatures import algorithms_of
from firmware.trust import certificates
from firmware.trust.keys import Authority, TrustedKey
from firmware.trust.public import taken
from firmware.trust.seal_chain import SEAL_SIGNER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from firmware.trust.certificates import Certificate

KEY_ID_BYTES: Final = 8
FOREIGN_CLASSES: Final = frozenset({"visitor"})
"""What a certificate of others makes of its holder, unless a signed list says more."""

_ARCS: Final = ("1.3.6.1.4.1.1847.2021.1", "1.3.6.1.4.1.0.1847.2021.1")
_USAGE_OF: Final = {
    f"{arc}.{number}": usage for arc in _ARCS for number, usage in ((1, "test"), (2, "vaccination"), (3, "recovery"))
}
_COUNTRY: Final = re.compile(r"[A-Z]{2}\Z")
_PEM: Final = re.compile(rb"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]*)-----END CERTIFICATE-----")


def signer(der: bytes, formats: frozenset[str] = frozenset({"hc1"})) -> TrustedKey | None:
    """Read a signer's certificate; None for what is none, or has a key of a kind that is not taken.

    An authority's is one only if it says that its key also signs documents, as some states made them.
    """
    found = certificates.parse(der)
    public = None if found is None else taken(found.public)
    if found is None or public is None or (found.is_authority and "digital_signature" not in (found.uses or ())):
        return None
    country = _country(found)
    return TrustedKey(
        key_id=hashlib.sha256(der).digest()[:KEY_ID_BYTES],
        algorithm=algorithms_of(public)[0],
        public=public,
        issuer=country or "unnamed",
        classes=FOREIGN_CLASSES,
        not_before=found.not_before,
        not_after=found.not_after + 1,
        formats=formats,
        usages=usages(found.purposes),
        country=country,
    )


def authority(der: bytes) -> Authority | None:
    """Read a state's authority; None for what is none, or of no state."""
    found = certificates.parse(der)
    country = None if found is None else _country(found)
    if found is None or country is None or not found.is_authority:
        return None
    return Authority(der, found.not_before, found.not_after, country)


def _country(found: Certificate) -> str | None:
    """Name the state of a certificate, if it names one by two letters."""
    return found.country if found.country is not None and _COUNTRY.match(found.country) else None


def usages(purposes: frozenset[str] | None) -> frozenset[str] | None:
    """Say what extended key usages (OIDs) let a signer prove; None means anything, and of a seal's signer nothing."""
    found = frozenset(_USAGE_OF[one] for one in purposes or () if one in _USAGE_OF)
    return None if not found and SEAL_SIGNER not in (purposes or ()) else found


def pem_blocks(data: bytes) -> Iterator[bytes]:
    """Yield the DER of each certificate in a PEM file (RFC 7468); other blocks and broken ones are passed over."""
    for block in _PEM.finditer(data):
        try:
            yield base64.b64decode(b"".join(block[1].split()), validate=True)
        except binascii.Error:
            continue
