"""The Wi-Fi code: a signed document with a network's name and password, good for an hour and never printed.

Everybody who sees it can read the password. It decides what a network may be and gives out nothing a gate would refuse.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from firmware.signed import codes, strict_json
from firmware.signed.envelope import EVERYONE, Kind
from firmware.signed.provision import Provision, WifiBody
from provisioning import documents
from provisioning.handing.papers import read_codes
from provisioning.mistake import OperatorError

if TYPE_CHECKING:
    from firmware.signed.envelope import Document
    from provisioning.authority import Authority

VALID_S: Final = 3600


def make(
    authority: Authority, network: dict[str, object], gates: tuple[str, ...], *, now: int
) -> tuple[list[str], Document]:
    """Sign a network (`ssid`, `psk`, `hidden`) for these gates, none for every; returns codes and document."""
    body: dict[str, object] = {"wifi": network}
    found = strict_json.read_as(body, WifiBody)
    if isinstance(found, tuple):
        raise OperatorError(*(_told(mistake) for mistake in found))
    sealed = documents.seal(authority, Kind.PROVISION, body, now=now, valid_s=VALID_S, audience=gates or (EVERYONE,))
    texts = codes.split(sealed.data)
    read = read_codes(texts, authority.root, now)
    if not isinstance(read, Provision) or not isinstance(read.body, WifiBody):
        line = f"a gate would not take this code: {read}"
        raise OperatorError(line)
    return [text.decode("ascii") for text in texts], sealed.document


def _told(mistake: str) -> str:
    """Name the option that a mistake is in; the model never repeats a password."""
    where, _, what = mistake.partition(": ")
    option = {"wifi.psk": "--psk-file", "wifi.ssid": "--ssid"}.get(where, where)
    return f"{option}: {what}"
