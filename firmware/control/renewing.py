"""A gate's certificate is renewed at two thirds of its life: a new key each time, proven before the old one is let go.

The new certificate says its first word (a self-test, by which the service ends the older one) before it is put in
force, so nothing has to be taken back: until then the gate is what it was. A kill at any point goes on with that key.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from firmware.control import draft, enrolling, private, self_test
from firmware.control.draft import Draft, key_pem, new_key
from firmware.control.enrolling import Asker, Trouble, Way
from firmware.control.identities import CERTIFICATE, DOCUMENT, KEY, REPORTED
from firmware.control.identity import read_identity
from firmware.setup import judging
from firmware.setup.reasons import Why

if TYPE_CHECKING:
    import threading
    from collections.abc import Mapping

    from cryptography.hazmat.primitives.asymmetric import ec

    from firmware.control.setup_tasks import Around
    from firmware.events import Instant
    from firmware.records.settings import LinkSettings

log = logging.getLogger(__name__)

FILE: Final = "renewal.json"
FOLDER: Final = ".renewal"
_SPREAD: Final = 15
"""A fleet that was set up in one week does not ask in one minute: each gate waits up to this part of a life longer."""

_NO_GOOD: Final = frozenset({Why.CLAIM_REFUSED, Why.REQUEST_REFUSED})
"""By these neither broker nor service knows the new certificate: it was revoked, or another CA has taken the place."""


def due_at(certificate: x509.Certificate) -> int:
    """Say when (Unix seconds) a certificate is to be renewed: at two thirds of its life, each a little later."""
    begins = int(certificate.not_valid_before_utc.timestamp())
    life = int(certificate.not_valid_after_utc.timestamp()) - begins
    chance = int.from_bytes(hashlib.sha256(str(certificate.serial_number).encode()).digest()[:4], "big")
    return begins + life * 2 // 3 + life * chance // (_SPREAD << 32)


class Renewing:
    """The renewal of one gate; only the set-up's thread calls it."""

    def __init__(self, around: Around, stop: threading.Event) -> None:
        """Take the gate; `stop` ends all waiting."""
        self._around, self.stop = around, stop
        self._folder = around.board.section.state_dir

    def due(self, now: Instant) -> bool:
        """Say whether the certificate in force is to be renewed; not while nobody knows the time.

        One that was granted and not put in force is taken up at once: the service may have ended the one before.
        """
        identity = read_identity(self._around.config)
        held = draft.read(self._folder, FILE)
        if held is not None and held.certificate is not None:
            return True
        return identity is not None and now.source != "none" and now.earliest >= due_at(identity.certificate)

    def settle(self) -> None:
        """Let go of the identity before: the one in force has met the broker. Raises OSError."""
        self._around.board.identities.settle()

    def do(self, seen: Mapping[str, str | None]) -> Trouble | None:
        """Ask for a certificate, prove it, and put it in force; None when that is done. Raises OSError."""
        identity, settings = read_identity(self._around.config), self._around.settings
        if identity is None or settings is None:
            return Trouble(Why.INTERNAL, "there is no certificate to renew")
        way = self._way(settings)
        held = draft.read(self._folder, FILE) or self._fresh()
        key = held.private_key()
        if key is None:
            draft.forget(self._folder, FILE)
            return Trouble(Why.INTERNAL, "a key that was made for the renewal cannot be read")
        gate = self._around.config.gate.id
        if held.certificate is None:
            asker = Asker(gate, gate, identity.key, identity.certificate, None)
            cas = x509.load_pem_x509_certificates(settings.ca.read_bytes())
            got = enrolling.request(asker, key, cas, way)
            if isinstance(got, Trouble):
                return got
            held = held.model_copy(update={"certificate": got.public_bytes(Encoding.DER)})
            draft.keep(self._folder, held, FILE)
        fresh = x509.load_der_x509_certificate(held.certificate or b"")
        if (trouble := self._prove(key, fresh, seen)) is not None:
            if trouble.why in _NO_GOOD:
                draft.forget(self._folder, FILE)
            return trouble
        self._adopt(key, fresh)
        return None

    def _fresh(self) -> Draft:
        """Make a key, and have it on disk before anybody hears of it."""
        made = Draft(document=(self._around.board.identities.link / DOCUMENT).read_bytes(), key=new_key())
        draft.keep(self._folder, made, FILE)
        return made

    def _prove(
        self, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate, seen: Mapping[str, str | None]
    ) -> Trouble | None:
        """Connect with the new certificate and say by it how this gate is."""
        around = self._around
        settings = around.settings
        if settings is None:
            return Trouble(Why.INTERNAL, "there is no way to a broker")
        now = around.now()
        found = self_test.entries(around.config, around.look, seen, now)
        made = self_test.record(around.config, found, around.boot, now)
        asker = Asker(made.gate, made.gate, key, certificate, None)
        noted = enrolling.report(asker, made, self._way(self._laid_out(settings, key, certificate)))
        return noted if isinstance(noted, Trouble) else None

    def _laid_out(
        self, settings: LinkSettings, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate
    ) -> LinkSettings:
        """Put the new certificate where TLS can read it, beside the one in force."""
        folder = self._folder / FOLDER
        folder.mkdir(private.FOLDER_MODE, exist_ok=True)
        private.put(folder / CERTIFICATE, certificate.public_bytes(Encoding.PEM))
        private.put(folder / KEY, key_pem(key))
        return replace(settings, certificate=folder / CERTIFICATE, key=folder / KEY)

    def _adopt(self, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> None:
        """Put the new one in force; the link takes it with its next connection."""
        identities = self._around.board.identities
        files = identities.read() | {CERTIFICATE: certificate.public_bytes(Encoding.PEM), KEY: key_pem(key)}
        reported = identities.link / REPORTED
        if reported.is_file():
            files[REPORTED] = reported.read_bytes()
        identities.adopt(files)
        draft.forget(self._folder, FILE)
        private.wipe(self._folder / FOLDER / KEY)
        log.info("the certificate was renewed; it is good until %s", certificate.not_valid_after_utc.date())

    def _way(self, settings: LinkSettings) -> Way:
        return Way(settings, self.stop, dated=self._around.now().source in judging.VOUCHED)
