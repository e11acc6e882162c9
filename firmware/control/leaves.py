"""Leaves: this gate's own, signed and kept at the broker, and the others', looked at before anybody counts them.

Whose word counts is decided by the device CA that this gate was given, and by the name in the certificate: it has to be
the topic's. Signing is for a thread of its own, which also tells of the newest only; reading is for the link's.
"""

from __future__ import annotations

import logging
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from cryptography import x509

from firmware.control.documents import read_bounded
from firmware.control.identity import read_identity
from firmware.events import LeafHeard
from firmware.records import leaf as wire
from firmware.rules.siblings import LeafRefusal
from firmware.signed import device

if TYPE_CHECKING:
    from collections.abc import Callable

    from firmware.control.config import Config
    from firmware.events import Leaf
    from firmware.records.heard import Heard

log = logging.getLogger(__name__)


class Leaves:
    """The leaves of one area, as this gate tells and hears them."""

    def __init__(self, config: Config, keep: Callable[[str, bytes], None], heard: Callable[[LeafHeard], None]) -> None:
        """Take who keeps a topic at the broker and who hears of the others; no thread runs yet."""
        self._config, self._keep, self._heard = config, keep, heard
        self._gate, self._area = config.gate.id, config.gate.area
        self._executor = ThreadPoolExecutor(1, "area")
        self._newest: tuple[Leaf, int | None] | None = None
        self._cas: tuple[x509.Certificate, ...] = ()
        self.refused: Counter[str] = Counter()

    def tell(self, leaf: Leaf, capacity: int | None) -> None:
        """Let siblings read this from now on; returns at once, and an older one that still waits is skipped."""
        self._newest = (leaf, capacity)
        self._executor.submit(self._tell)

    def hear(self, heard: Heard) -> bool:
        """Take what the broker brought; false if it is no leaf. What is not to be believed is counted and dropped."""
        if heard.channel != "area":
            return False
        sender = heard.sender or ""
        if heard.name != self._area:
            return True
        if not heard.data:
            self._heard(LeafHeard(sender, None))
            return True
        found = self._read(heard.data, sender)
        if isinstance(found, LeafRefusal):
            self.refused[found.value] += 1
        else:
            self._heard(LeafHeard(sender, found))
        return True

    def counters(self) -> dict[str, int]:
        """Flat numbers for health: leaves that were no leaves, or nobody's of this area."""
        return {f"leaves_refused_{why}": number for why, number in list(self.refused.items())}

    def close(self) -> None:
        """Tell what waits."""
        self._executor.shutdown()

    def _tell(self) -> None:
        newest, self._newest = self._newest, None
        if newest is None:
            return
        leaf, capacity = newest
        try:
            identity = read_identity(self._config)
            if identity is None:
                return
            said = wire.to_be_signed(leaf, self._area, self._gate)
            signed = device.sign(said, identity.key, identity.certificate, wire.LEAF_AAD)
            self._keep(wire.area_topic(self._area, self._gate), wire.payload(leaf, signed, capacity))
        except Exception:
            log.exception("the area's count could not be told; this is a fault of the firmware, please report it")

    def _read(self, data: bytes, sender: str) -> Leaf | LeafRefusal:
        signed = wire.signed_part(data)
        if signed is None:
            return LeafRefusal.MALFORMED
        said = device.open_said(signed, self._cas, wire.LEAF_AAD)
        if said is device.DeviceRefusal.UNKNOWN_CA and self._cas != (cas := self._read_cas()):
            self._cas = cas  # the file was replaced, or is looked at for the first time
            said = device.open_said(signed, cas, wire.LEAF_AAD)
        if said is device.DeviceRefusal.MALFORMED:
            return LeafRefusal.MALFORMED
        if isinstance(said, device.DeviceRefusal) or said.gate != sender:
            return LeafRefusal.FORGED
        return wire.read(said.payload, self._area, sender) or LeafRefusal.MALFORMED

    def _read_cas(self) -> tuple[x509.Certificate, ...]:
        mqtt = self._config.mqtt
        try:
            return () if mqtt is None else tuple(x509.load_pem_x509_certificates(read_bounded(mqtt.ca)))
        except (OSError, ValueError):
            return ()
