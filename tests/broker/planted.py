"""A made-up person planted in codes, and looking for that person in whatever a gate leaves behind.

It knows the spellings in which bytes may hide; it decides nothing about a gate.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Final

from firmware.passes import gp1
from firmware.signed import base45, cbor, codes, cose, strict_json
from tests.unit.signed import handed
from tests.unit.signed.office import ISSUED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

NIK: Final = "9971130217450004"
"""Of the form of an identity number, with a province that there is none of."""

PASSWORD: Final = "Sandi Tertanam 9971"
NAME: Final = "Wulandari Planted Kusumaningtyas"
_WINDOW: Final = 24


def signed_claims(key: Ed25519PrivateKey, claims: dict[object, object]) -> bytes:
    """Sign any claims at all as a pass."""
    return b"GP1:" + base45.encode(cose.sign(cbor.encode(claims), key, gp1.AAD)).encode()


def planted(good: gp1.Claims, key: Ed25519PrivateKey) -> list[bytes]:
    """Make codes that hold the person in every place there is; of those that a trusted key signed, two are good."""
    claims: dict[object, object] = {
        gp1.EXPIRES: good.expires,
        gp1.NOT_BEFORE: good.not_before,
        gp1.ISSUED: good.issued,
        gp1.PASS_ID: good.pass_id,
        gp1.PASS_CLASS: good.pass_class,
        gp1.AREAS: list(good.areas),
    }
    more: list[dict[object, object]] = [
        {2: NIK, -65560: NAME},
        {"nik": NIK, "name": NAME},
        {gp1.PASS_ID: NIK.encode()},
        {gp1.PASS_CLASS: NIK},
        {gp1.AREAS: ["lobby", NIK]},
    ]
    signed = [signed_claims(key, claims | change) for change in more]
    record = cbor.encode({1: {"v": {"nam": NAME, "id": NIK}}})
    text = f'{{"nik":"{NIK}","nama":"{NAME}"}}'.encode()
    return [*signed, b"HC1:" + base45.encode(record).encode(), b"shc:/" + NIK.encode() * 4, text, NIK.encode()]


def papers() -> tuple[list[bytes], frozenset[bytes]]:
    """Make the codes of a gate and of a network that an office signed, and name the secrets in them."""
    network: dict[str, object] = {"wifi": {"ssid": "Kantor", "psk": PASSWORD, "hidden": False}}
    wifi = handed.document(network, expires=ISSUED + 3600)
    shown = [*codes.split(handed.document()), *codes.split(wifi)]
    return shown, spelled(handed.SEED) | spelled(PASSWORD.encode())


def spelled(secret: bytes) -> frozenset[bytes]:
    """Spell a secret as it is, in hex, and in both kinds of base64."""
    return frozenset({secret, secret.hex().encode(), strict_json.to_base64url(secret).encode(), *_base64(secret)})


def needles(shown: Iterable[bytes]) -> frozenset[bytes]:
    """Name what would betray the person or a code: number and name as text, hex and base64, and pieces of each code."""
    plain = [NIK.encode(), NAME.encode(), NAME.upper().encode(), NAME.split()[0].encode()]
    found = {*plain, *(each.hex().encode() for each in plain), *(each for word in plain for each in _base64(word))}
    for code in shown:
        found |= {code[at : at + _WINDOW] for at in range(0, max(1, len(code) - _WINDOW), _WINDOW)}
    return frozenset(each for each in found if len(each) >= len(NIK) // 2)


def _base64(word: bytes) -> Iterator[bytes]:
    """Spell a word in base64 as it looks wherever it begins."""
    for before in range(3):
        text = base64.b64encode(bytes(before) + word)
        yield text[(before * 8 + 5) // 6 : len(text) - 4]


def found_in(data: bytes, wanted: Iterable[bytes]) -> list[bytes]:
    """List what of it is there."""
    return [each for each in wanted if each in data]


def found_below(folder: Path, wanted: Iterable[bytes]) -> dict[str, list[bytes]]:
    """Read every file below a folder and name those that hold something."""
    read = ((path, path.read_bytes()) for path in folder.rglob("*") if path.is_file())
    hits = {str(path.relative_to(folder)): found_in(data, wanted) for path, data in read}
    return {path: hit for path, hit in hits.items() if hit}
