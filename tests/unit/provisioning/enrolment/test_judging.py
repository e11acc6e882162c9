"""Whether a gate gets a certificate: the whole order of reasons as one table, without a clock, a file or a broker."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from firmware.signed import claim as claims
from firmware.signed import enrolment
from firmware.signed.enrolment import Refusal
from provisioning.broker.certificates import DeviceCa
from provisioning.enrolment.judging import Denial, Grant, Known, judge
from provisioning.enrolment.requests import key_of
from provisioning.fleet.ledger import Certificate, Claim, Standing, key_digest
from provisioning.fleet.lifecycle import State
from tests.broker.requests_made import csr, fresh_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

GATE = "gate-1"
CLAIM = "0123456789abcdef"
NOW = 1_800_000_000
DAY = 86_400
CA, OLD_CA, FOREIGN_CA = DeviceCa.create(), DeviceCa.create(), DeviceCa.create()
CAS = [CA.certificate, OLD_CA.certificate]
KEY, OTHER_KEY = fresh_key(), fresh_key()
DIGEST = key_digest(KEY.public_key())
ISSUED = Standing(GATE, State.ISSUED, suspended=False, since=NOW, document_version=1)
OPEN = Claim(CLAIM, GATE, NOW - DAY, NOW + DAY, None, None)
KNOWN = Known(ISSUED, wanted=True, claim=OPEN, certificates=())


def holder(
    name: str, ca: DeviceCa = CA, *, age_days: int = 0
) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate, Certificate]:
    """Give somebody a certificate of 300 days that was made so many days before now; and its row in the ledger."""
    key = fresh_key()
    made_at = datetime.fromtimestamp(NOW - age_days * DAY, UTC)
    made = ca.certify(name, key.public_key(), valid=timedelta(days=300), now=made_at)
    ends = int(made.not_valid_after_utc.timestamp())
    der = made.public_bytes(Encoding.DER)
    row = Certificate(made.serial_number, name, der, key_digest(key.public_key()), NOW, ends, None)
    return key, made, row


CLAIMANT = holder(claims.user(GATE, CLAIM))
FRESH, DUE, OLD = holder(GATE), holder(GATE, age_days=200), holder(GATE, OLD_CA)
ENDED = holder(GATE, age_days=301)
ACTIVE = Known(replace(ISSUED, state=State.ACTIVE), wanted=True, claim=None, certificates=(FRESH[2], DUE[2], OLD[2]))


def asked(
    who: tuple[ec.EllipticCurvePrivateKey, x509.Certificate, Certificate] = CLAIMANT,
    claim: str | None = CLAIM,
    name: str = GATE,
    key: ec.EllipticCurvePrivateKey = KEY,
) -> enrolment.Request:
    """Word a request."""
    data = enrolment.ask(nonce="0" * 32, claim=claim, csr=csr(key, name), release="1", key=who[0], certificate=who[1])
    request = enrolment.read_request(data)
    assert request is not None
    return request


def standing(state: State, *, suspended: bool = False) -> Known:
    """The same gate in another state."""
    return replace(KNOWN, standing=replace(ISSUED, state=state, suspended=suspended))


GOOD = asked()
RENEWAL = asked(DUE, None)
ALTERED = GOOD.model_copy(update={"release": "2"})
TABLE = [
    pytest.param(GOOD, KNOWN, None, id="a-good-claim"),
    pytest.param(GOOD, standing(State.APPROVED), None, id="before-the-desk-has-said-issued"),
    pytest.param(GOOD, replace(KNOWN, claim=replace(OPEN, used=1, key_digest=DIGEST)), None, id="the-same-key-again"),
    pytest.param(RENEWAL, ACTIVE, None, id="a-due-renewal"),
    pytest.param(asked(OLD, None), ACTIVE, None, id="a-fresh-certificate-of-the-older-ca"),
    pytest.param(asked(name="gate-2"), KNOWN, Refusal.WRONG_NAME, id="another-name"),
    pytest.param(GOOD.model_copy(update={"csr": b"x"}), KNOWN, Refusal.BAD_CSR, id="no-request"),
    pytest.param(ALTERED, KNOWN, Refusal.WRONG_PROOF, id="something-else-was-signed"),
    pytest.param(GOOD.model_copy(update={"proof": b"x"}), KNOWN, Refusal.WRONG_PROOF, id="no-proof"),
    pytest.param(asked(FRESH), KNOWN, Refusal.WRONG_PROOF, id="a-claim-proven-by-the-gate"),
    pytest.param(asked(CLAIMANT, None), ACTIVE, Refusal.WRONG_PROOF, id="a-renewal-proven-by-a-claim"),
    pytest.param(asked(holder("operator:desk")), KNOWN, Refusal.WRONG_PROOF, id="proven-by-an-operator"),
    pytest.param(asked(holder(claims.user("gate-2", CLAIM))), KNOWN, Refusal.WRONG_GATE, id="another-gates-claim"),
    pytest.param(asked(holder("gate-2"), None), ACTIVE, Refusal.WRONG_GATE, id="another-gates-renewal"),
    pytest.param(asked(holder(claims.user(GATE, CLAIM), FOREIGN_CA)), KNOWN, Refusal.CA_MISMATCH, id="a-foreign-ca"),
    pytest.param(GOOD, replace(KNOWN, standing=None), Refusal.NOT_APPROVED, id="in-no-ledger"),
    pytest.param(GOOD, replace(KNOWN, wanted=False), Refusal.NOT_APPROVED, id="in-no-inventory"),
    pytest.param(GOOD, standing(State.REQUESTED), Refusal.NOT_APPROVED, id="not-approved"),
    pytest.param(GOOD, standing(State.RETIRED), Refusal.RETIRED, id="retired"),
    pytest.param(GOOD, standing(State.RETIRED, suspended=True), Refusal.RETIRED, id="retired-while-suspended"),
    pytest.param(GOOD, standing(State.ISSUED, suspended=True), Refusal.SUSPENDED, id="suspended"),
    pytest.param(GOOD, replace(KNOWN, claim=None), Refusal.UNKNOWN_CLAIM, id="unknown-or-withdrawn"),
    pytest.param(GOOD, replace(KNOWN, claim=replace(OPEN, gate="gate-2")), Refusal.WRONG_GATE, id="for-another-gate"),
    pytest.param(GOOD, replace(KNOWN, claim=replace(OPEN, expires=NOW)), Refusal.CLAIM_EXPIRED, id="expired"),
    pytest.param(
        GOOD, replace(KNOWN, claim=replace(OPEN, used=1, key_digest=b"o")), Refusal.CLAIM_USED, id="used-by-another"
    ),
    pytest.param(asked(FRESH, None), ACTIVE, Refusal.NOT_DUE, id="renewed-too-early"),
    pytest.param(RENEWAL, replace(ACTIVE, certificates=()), Refusal.WRONG_PROOF, id="a-certificate-nobody-wrote-down"),
    pytest.param(
        RENEWAL, replace(ACTIVE, certificates=(replace(DUE[2], revoked=1),)), Refusal.WRONG_PROOF, id="revoked"
    ),
    pytest.param(asked(ENDED, None), replace(ACTIVE, certificates=(ENDED[2],)), Refusal.WRONG_PROOF, id="ended"),
    pytest.param(asked(DUE, None, key=DUE[0]), ACTIVE, Refusal.WEAK_KEY, id="renewed-without-a-new-key"),
]


@pytest.mark.parametrize(("request_", "known", "reason"), TABLE)
def test_a_certificate_is_granted_or_refused_for_one_reason(
    request_: enrolment.Request, known: Known, reason: Refusal | None
) -> None:
    """Each request has its one answer, and only a second device on a claim suspends the gate."""
    found = judge(request_, GATE, known, CAS, NOW)
    if reason is None:
        assert isinstance(found, Grant)
        assert found.digest == DIGEST
    else:
        assert found == Denial(reason, suspend=reason is Refusal.CLAIM_USED)


def test_every_reason_can_be_met() -> None:
    """The closed list has no reason that nothing leads to; the pace is kept elsewhere."""
    met = {param.values[2] for param in TABLE}
    assert set(Refusal) - met == {Refusal.TOO_OFTEN}


@pytest.mark.parametrize(
    ("rows", "again"),
    [
        ([], False),
        ([replace(FRESH[2], key_digest=DIGEST)], True),
        ([replace(FRESH[2], key_digest=DIGEST, revoked=1)], False),
        ([replace(FRESH[2], key_digest=DIGEST, ends=NOW)], False),
        ([FRESH[2]], False),
    ],
)
def test_one_key_gets_its_good_certificate_again(rows: Sequence[Certificate], *, again: bool) -> None:
    """A gate that was killed gets what it was given, but nothing that was revoked or has ended."""
    found = judge(GOOD, GATE, replace(KNOWN, certificates=rows), CAS, NOW)
    assert isinstance(found, Grant)
    assert (found.before is not None) is again


@given(st.binary(max_size=300))
def test_any_bytes_are_a_refusal(data: bytes) -> None:
    """Whatever stands where a request for a certificate should, the answer is a reason."""
    assert key_of(data, GATE) is Refusal.BAD_CSR
