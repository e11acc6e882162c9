"""The tasks of a set-up, each done on the set-up's own thread: network, certificate, identity, test, report, renewal.

Each may be done again after a kill at any point and comes to the same. It waits for disk and network, never for the
door; what a running gate sees of itself is handed to it.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
)

from firmware.control import archive, enrolling, first_config, private, self_test, soundness
from firmware.control.draft import CLAIM_FOLDER, key_pem, new_key
from firmware.control.enrolling import Asker, Trouble, Way
from firmware.control.identities import CA, CERTIFICATE, CONFIG, DOCUMENT, KEY, OVERLAY, REPORTED
from firmware.control.identity import read_identity
from firmware.records.settings import LinkSettings
from firmware.setup import judging
from firmware.setup.reasons import Why
from firmware.setup.stages import Stage
from firmware.signed import claim, strict_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from firmware.control.board import Board
    from firmware.control.commissioning import Board as Look
    from firmware.control.config import Config
    from firmware.control.taking import Taking
    from firmware.doctor.report import Record
    from firmware.events import Instant
    from firmware.signed.provision import GateBody
    from hw.ports import JoinRefusal, Network

log = logging.getLogger(__name__)

JOINS: Final[Mapping[JoinRefusal, Why]] = {
    "password": Why.WIFI_PASSWORD,
    "not_found": Why.WIFI_NOT_FOUND,
    "failed": Why.WIFI_FAILED,
}
_PORT: Final = 8883


@dataclass(frozen=True, slots=True)
class Around:
    """What the tasks need of the gate around them; `settings` is its own way to the broker, None while it is blank."""

    board: Board
    config: Config
    look: Look
    boot: str
    network: Network
    now: Callable[[], Instant]
    settings: LinkSettings | None


class Tasks:
    """The tasks of one process; only the set-up's thread calls `do`."""

    def __init__(self, around: Around, taking: Taking) -> None:
        """Take what they are done with."""
        self._around, self._taking = around, taking
        self._tested: Record | None = None
        self._told: Record | None = None
        self._stop = threading.Event()
        self._ended = False
        self.now = around.now

    def overtake(self) -> None:
        """Let whatever waits for a network wait no more: something newer is to be done. Any thread may ask."""
        self._stop.set()
        self._stop = threading.Event()
        if self._ended:
            self._stop.set()

    def end(self) -> None:
        """Wait for nothing any more. Any thread may ask."""
        self._ended = True
        self._stop.set()

    def resumes(self) -> Stage:
        """Say where an earlier process was."""
        draft = self._taking.draft
        if draft is not None:
            return Stage.NETWORK if draft.certificate is None else Stage.KEEP
        return self.home()

    def home(self) -> Stage:
        """Say where this gate is without the document that is not finished."""
        if self._around.board.gate is None:
            return Stage.CODES
        reported = self._around.board.identities.link / REPORTED
        return Stage.DONE if reported.is_file() else Stage.BROKER

    def do(self, stage: Stage, seen: Mapping[str, str | None]) -> Trouble | None:
        """Do the task of a stage; None when it is done."""
        tasks: Mapping[Stage, Callable[[], Trouble | None]] = {
            Stage.NETWORK: self._network,
            Stage.ENROL: self._enrol,
            Stage.KEEP: self._keep,
            Stage.TEST: lambda: self._test(seen),
            Stage.REPORT: self._report,
        }
        try:
            return tasks[stage]()
        except OSError as error:
            return Trouble(Why.STORAGE, f"{error.filename or 'disk'}: {error.strerror}")

    def _network(self) -> Trouble | None:
        """See that there is a network; a password that was brought is tried though another one works."""
        network, wifi = self._around.network, self._taking.wifi
        if wifi is not None:
            refused = network.join(wifi.ssid, wifi.psk, hidden=wifi.hidden)
            if refused is None:
                self._taking.wifi = None
            elif refused == "password" or not network.connected():
                return Trouble(JOINS[refused], "the network was not joined")
        return None if network.connected() else Trouble(Why.NO_NETWORK, "no route leads out of this machine")

    def _enrol(self) -> Trouble | None:
        """Ask for the certificate of the draft's key; the key is on disk before anybody hears of it."""
        draft = self._taking.draft
        body = None if draft is None else self._taking.body(draft)
        if draft is None or body is None:
            return Trouble(Why.NOT_AUTHENTIC, "the document is gone, or no good under this root")
        if draft.certificate is not None:
            return None
        if draft.private_key() is None:
            keyed = draft.model_copy(update={"key": new_key()})
            if not self._taking.advance(draft, keyed):
                return Trouble(Why.NO_ANSWER, "another document was taken meanwhile")
            draft = keyed
        key = draft.private_key()
        if key is None:
            return Trouble(Why.INTERNAL, "a key that was just made cannot be read")
        asker = Asker(
            body.gate,
            claim.user(body.gate, body.claim.id),
            claim.claim_key(body.claim.seed, body.gate),
            x509.load_der_x509_certificate(body.claim.certificate),
            body.claim.id,
        )
        cas = [x509.load_der_x509_certificate(ca) for ca in body.cas]
        got = enrolling.request(asker, key, cas, self._way(self._claim(body)))
        if isinstance(got, Trouble):
            return got
        self._taking.advance(draft, draft.model_copy(update={"certificate": got.public_bytes(Encoding.DER)}))
        return None

    def _claim(self, body: GateBody) -> LinkSettings:
        """Put the claim where TLS can read it, and name the brokers."""
        folder = self._around.board.section.state_dir / CLAIM_FOLDER
        folder.mkdir(private.FOLDER_MODE, exist_ok=True)
        key = claim.claim_key(body.claim.seed, body.gate)
        for name, data in (
            (CA, _pem(*body.cas)),
            (CERTIFICATE, _pem(body.claim.certificate)),
            (KEY, key_pem(key)),
        ):
            private.put(folder / name, data)
        (host, port), *fallback = (soundness.address(each, _PORT) for each in body.brokers)
        return LinkSettings(host, port, folder / CA, folder / CERTIFICATE, folder / KEY, tuple(fallback))

    def _way(self, settings: LinkSettings) -> Way:
        """Dates of certificates are judged only by a clock that somebody vouches for."""
        return Way(settings, self._stop, dated=self._around.now().source in judging.VOUCHED)

    def _keep(self) -> Trouble | None:
        """Put the identity on disk and in force, and wipe what it came of."""
        draft = self._taking.draft
        body = None if draft is None else self._taking.body(draft)
        key = None if draft is None else draft.private_key()
        if draft is None or draft.certificate is None or body is None or key is None:
            return Trouble(Why.NOT_AUTHENTIC, "the document is gone, or no good under this root")
        board, laid = self._around.board, first_config.overlay(body)
        if draft.afar and not self._around.config.observing:
            laid = first_config.in_service(laid)
        whole = first_config.merged(board.values, laid, board.section.state_dir, board.identities.link)
        board.identities.adopt(
            {
                CONFIG: first_config.spelled(whole).encode(),
                CA: _pem(*body.cas),
                CERTIFICATE: _pem(draft.certificate),
                KEY: key_pem(key),
                DOCUMENT: draft.document,
                OVERLAY: strict_json.render(laid),
            }
        )
        folder = board.section.state_dir / CLAIM_FOLDER
        private.wipe(folder / KEY)
        self._taking.finish(draft)
        log.info("this gate is %s from its next start on", body.gate)
        return None

    def _test(self, seen: Mapping[str, str | None]) -> Trouble | None:
        """Test what nobody's hand is needed for; its record is signed and kept, and made anew only if it says more."""
        around = self._around
        now = around.now()
        found = self_test.entries(around.config, around.look, seen, now)
        made = self_test.record(around.config, found, around.boot, now)
        if not self_test.same(made, self._tested):
            archive.file(around.config.gate.state_dir, made, read_identity(around.config))
            self._tested = made
        return None

    def _report(self) -> Trouble | None:
        """Tell the enrolment service, which has to note it; a test that failed is told and done again."""
        identity, made, settings = read_identity(self._around.config), self._tested, self._around.settings
        if identity is None or made is None or settings is None:
            return Trouble(Why.INTERNAL, "there is no test to report, or no certificate to report it with")
        failed = self_test.failed(made.steps)
        if failed and made is self._told:
            return Trouble(Why.TEST_FAILED, f"these steps fail still: {', '.join(failed)}")
        asker = Asker(made.gate, made.gate, identity.key, identity.certificate, None)
        noted = enrolling.report(asker, made, self._way(settings))
        if isinstance(noted, Trouble):
            return noted
        self._told = made
        if failed:
            return Trouble(Why.TEST_FAILED, f"these steps failed: {', '.join(failed)}")
        said = {"state": noted, "number": made.number, "steps": self_test.steps(made.steps)}
        self._around.board.identities.note(REPORTED, strict_json.render(said))
        log.info("set up as %s; the desk has it as %s", made.gate, noted)
        return None


def _pem(*ders: bytes) -> bytes:
    return b"".join(x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM) for der in ders)
