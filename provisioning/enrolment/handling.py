"""One message of a gate: judged, written into the ledger, and only then answered.

It decides nothing that `judging` decides and knows no broker. A kill at any point leaves a ledger from which the same
message, which the broker brings again, gets the same answer.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.serialization import Encoding

from firmware.doctor import report
from firmware.records.wire import ROOT, valid_id
from firmware.signed import device, enrolment
from firmware.signed.enrolment import Granted, Noted, Refusal, Refused
from provisioning.enrolment.judging import Denial, Grant, Known, judge
from provisioning.enrolment.pace import ROW_S, Pace, Rows
from provisioning.fleet import ledger_rows, lifecycle
from provisioning.fleet.ledger import SERVICE, Row
from provisioning.fleet.lifecycle import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from firmware.signed.enrolment import Answer, Done, Request
    from provisioning.broker.certificates import DeviceCa
    from provisioning.fleet.inventory import Inventory
    from provisioning.fleet.ledger import Certificate, Ledger

REUSED: Final = "claim_reused"
"""Why a gate is suspended whose claim a second device has shown."""

CLAIMS: Final = f"{ROOT}/_claim/"


@dataclass(frozen=True, slots=True)
class Rules:
    """How the desk wants it: how long certificates hold, and whether a gate becomes active by itself."""

    valid: timedelta = timedelta(days=398)
    activate: bool = True


class Handler:
    """Handles what comes on the topics of enrolment, one message after the other."""

    def __init__(self, ledger: Ledger, cas: Sequence[DeviceCa], rules: Rules) -> None:
        """Take the ledger, and every CA whose certificates still count: the first one signs."""
        self._ledger = ledger
        self._ca = cas[0]
        self._cas = [ca.certificate for ca in cas]
        self._rules = rules
        self._pace, self._rows = Pace(), Rows()
        self._stages: dict[str, str] = {}
        self._log = logging.getLogger("gapura.enrolment")
        self.counts: Counter[str] = Counter()
        self.refused: tuple[str, str] | None = None
        self.shut = False
        """Whether somebody was shut out since this was set to False last: the broker's lists come before the answer."""

    def handle(self, topic: str, payload: bytes, inventory: Inventory, now: int) -> tuple[str, Answer] | None:
        """Return what is to be answered and where; None where nothing is. Raises sqlite3.Error when the disk fails."""
        gate, _, leaf = topic.removeprefix(CLAIMS).partition("/")
        if not topic.startswith(CLAIMS) or not valid_id(gate) or leaf not in {"request", "done"}:
            self.counts["strange"] += 1
            return None
        message = enrolment.read_request(payload) if leaf == "request" else enrolment.read_done(payload)
        if message is None:
            self.counts["malformed"] += 1
            return None
        answer: Answer | None
        if not self._pace.allows(gate, now):
            self.counts["too_often"] += 1
            answer = Refused.because(message.nonce, Refusal.TOO_OFTEN) if self._pace.tells(gate, now) else None
        elif isinstance(message, enrolment.Request):
            answer = self._requested(gate, message, inventory, now)
        else:
            answer = self._done(gate, message, now)
        return None if answer is None else (enrolment.topic(gate, "answer"), answer)

    def _requested(self, gate: str, request: Request, inventory: Inventory, now: int) -> Answer:
        """Judge a request and write down what comes of it, as one change."""
        planned = inventory.gates.get(gate)
        with self._ledger.together():
            known = Known(
                self._ledger.standing(gate),
                planned is not None and planned.approved,
                self._ledger.claim(request.claim) if request.claim else None,
                self._ledger.certificates(gate),
            )
            found = judge(request, gate, known, self._cas, now)
            if isinstance(found, Denial):
                return self._deny(gate, request, found, known, now)
            certificate = self._grant(gate, request, found, known, now)
        ca = [each.public_bytes(Encoding.DER) for each in self._cas[:2]]
        return Granted(nonce=request.nonce, certificate=certificate, ca=ca)

    def _deny(self, gate: str, request: Request, denial: Denial, known: Known, now: int) -> Refused:
        """Write a refusal down, and suspend a gate that two devices claim to be."""
        self.counts["refused"] += 1
        self.refused = (gate, denial.reason.value)
        if known.standing is not None:
            if self._rows.due(f"{gate} {denial.reason}", now):
                self._ledger.note(gate, f"refused: {denial.reason}", by=SERVICE, why=f"claim {request.claim}", at=now)
            if denial.suspend:
                self._ledger.suspend(gate, by=SERVICE, why=REUSED, at=now)
                self.shut = True
        self._log.warning("%s: no certificate: %s", gate, denial.reason)
        return Refused.because(request.nonce, denial.reason)

    def _grant(self, gate: str, request: Request, grant: Grant, known: Known, now: int) -> bytes:
        """Use the claim, sign what has no certificate yet, and move the gate on; return the certificate (DER)."""
        if request.claim is not None:
            self._ledger.use_claim(request.claim, gate, grant.digest, now)
        if grant.before is not None:
            self.counts["given_again"] += 1
            return grant.before.der
        made = self._ca.certify(gate, grant.key, valid=self._rules.valid).public_bytes(Encoding.DER)
        self._ledger.add_certificate(gate, made, now)
        standing = known.standing
        if request.claim is not None and standing is not None:
            self._stages.pop(gate, None)  # what the device before it said
            way = {State.APPROVED: (State.ISSUED, State.INSTALLED), State.ISSUED: (State.INSTALLED,)}
            for state in way.get(standing.state, ()):
                self._ledger.move(gate, state, by=SERVICE, why=f"release {request.release}", at=now)
        self.counts["granted"] += 1
        self._log.info("%s: a certificate %s", gate, "by its claim" if request.claim else "renewed")
        return made

    def _done(self, gate: str, done: Done, now: int) -> Answer:
        """Take a gate's word about itself: its new certificate works, and how the self-test ended."""
        with self._ledger.together():
            standing, certificates = self._ledger.standing(gate), self._ledger.certificates(gate)
            own = self._believed(gate, done, certificates, now)
            if own is None or standing is None:
                self.counts["refused"] += 1
                self.refused = (gate, Refusal.WRONG_PROOF.value)
                return Refused.because(done.nonce, Refusal.WRONG_PROOF)
            if standing.suspended or standing.state is State.RETIRED:
                refused = Refusal.RETIRED if standing.state is State.RETIRED else Refusal.SUSPENDED
                return Refused.because(done.nonce, refused)
            for older in certificates[: certificates.index(own)]:
                self._ledger.revoke(older.serial, now, why="a newer one works")
            failed = sorted(name for name, ending in done.steps.items() if ending != "ok")
            said = Row(now, gate, f"{ledger_rows.SELF_TEST}{done.outcome}", gate, ", ".join(failed)[:200])
            if not ledger_rows.repeats(self._ledger.history(gate), said, max(standing.since, now - ROW_S)):
                self._ledger.note(gate, said.what, by=said.by, why=said.why, at=said.at)
            state = State.ACTIVE if self._made_active(gate, now) else standing.state
        self.counts["done"] += 1
        return Noted(nonce=done.nonce, noted=done.outcome, state=state.value)

    def born(self, gate: str, stage: str, now: int) -> None:
        """Take the stage that a gate says it is in; one that has proven itself and decides is active in the ledger."""
        self._stages[gate] = stage
        if self._made_active(gate, now):
            self._log.info("%s: active", gate)

    def _made_active(self, gate: str, now: int) -> bool:
        """Move an installed gate to active if it has proven itself and says that it decides; say whether that was."""
        if not self._rules.activate or self._stages.get(gate) != State.ACTIVE:
            return False
        with self._ledger.together():
            standing = self._ledger.standing(gate)
            if standing is None or standing.suspended or standing.state is not State.INSTALLED:
                return False
            if not proven(self._ledger, gate):
                return False
            self._ledger.move(gate, State.ACTIVE, by=SERVICE, why="self-test passed, and it decides", at=now)
        return True

    def _believed(self, gate: str, done: Done, certificates: Sequence[Certificate], now: int) -> Certificate | None:
        """Find the certificate in force that has signed the record, if the record says what the message says."""
        said = device.open_vouched(done.record, self._cas, report.AAD)
        if not isinstance(said, device.Vouched) or said.name != gate:
            return None
        record = report.read_record(said.payload)
        if record is None or record.gate != gate:
            return None
        if (done.outcome == "passed") and not report.summary(record.steps).passed:
            return None
        serial = said.certificate.serial_number
        own = (one for one in certificates if one.serial == serial and one.revoked is None and one.ends > now)
        return next(own, None)


def proven(ledger: Ledger, gate: str) -> bool:
    """Say whether the gate's last self-test since it came to its state was passed: without it, no gate is active."""
    standing = ledger.standing(gate)
    if standing is None or not lifecycle.is_installed(standing.state):
        return False
    return ledger_rows.proven(ledger.history(gate), standing.since)
