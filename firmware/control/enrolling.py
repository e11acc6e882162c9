"""A gate asks for its certificate: the request, the brokers in their order, and what of an answer is believed.

With the claim's credentials once, with its own at each renewal; the key is new each time and was made here. An answer
is believed if it brings our key and our name under a CA that this gate pins: whoever owns the broker can withhold one,
and forge none. It runs on the set-up's thread and waits for the network.
"""

from __future__ import annotations

import secrets
import warnings
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Final, Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from firmware.control import self_test
from firmware.doctor import report as records
from firmware.records import exchange, probe
from firmware.records.exchange import Question
from firmware.records.faults import LinkFault, LinkFaultError
from firmware.setup.reasons import Why
from firmware.signed import device, enrolment
from firmware.signed.enrolment import Granted, Noted, Refusal, Refused

if TYPE_CHECKING:
    import threading
    from collections.abc import Mapping, Sequence

    from cryptography.hazmat.primitives.asymmetric import ec

    from firmware.doctor.report import Record
    from firmware.records.settings import LinkSettings
    from firmware.signed.enrolment import Answer

FAULTS: Final[Mapping[LinkFault, Why]] = {
    LinkFault.BROKER_CERTIFICATE: Why.CA_MISMATCH,
    LinkFault.CERTIFICATE_REFUSED: Why.CLAIM_REFUSED,
    LinkFault.OWN_CERTIFICATE: Why.INTERNAL,
    LinkFault.INTERNAL: Why.INTERNAL,
    LinkFault.NOT_AUTHORISED: Why.BROKER_REFUSED,
    LinkFault.REFUSED: Why.BROKER_REFUSED,
    LinkFault.PROTOCOL: Why.BROKER_REFUSED,
    LinkFault.PUBLISH_REFUSED: Why.BROKER_REFUSED,
    LinkFault.SUBSCRIPTION_REFUSED: Why.BROKER_REFUSED,
}
"""What the technician is told of the link's fault; of every other one that the broker cannot be reached."""

REFUSALS: Final[Mapping[Refusal, Why]] = {
    Refusal.UNKNOWN_CLAIM: Why.UNKNOWN_CLAIM,
    Refusal.CLAIM_USED: Why.CLAIM_USED,
    Refusal.CLAIM_EXPIRED: Why.CLAIM_EXPIRED,
    Refusal.WRONG_GATE: Why.WRONG_GATE,
    Refusal.NOT_APPROVED: Why.NOT_APPROVED,
    Refusal.SUSPENDED: Why.SUSPENDED,
    Refusal.RETIRED: Why.RETIRED,
    Refusal.CA_MISMATCH: Why.CA_MISMATCH,
    Refusal.TOO_OFTEN: Why.TOO_OFTEN,
    Refusal.NOT_DUE: Why.TOO_OFTEN,
}
"""What the technician is told of the service's refusal; every other one is about how the request was made."""

_UNFIT: Final = (*device.UNFIT, Warning)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why something did not come about, and a line for the log that holds no secret."""

    why: Why
    detail: str


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: the gate, the name, key and certificate in use, and the claim (None for a renewal)."""

    gate: str
    user: str
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    claim: str | None


@dataclass(frozen=True, slots=True)
class Way:
    """The way to the brokers; `dated` whether dates of certificates are judged, `stop` ends all waiting."""

    settings: LinkSettings
    stop: threading.Event
    dated: bool


def request(
    asker: Asker, key: ec.EllipticCurvePrivateKey, cas: Sequence[x509.Certificate], way: Way
) -> x509.Certificate | Trouble:
    """Ask for a certificate for this key; believed only under one of these CAs."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, asker.gate)])
    csr = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    nonce = secrets.token_hex(16)
    asked = enrolment.ask(
        nonce=nonce,
        claim=asker.claim,
        csr=csr.public_bytes(Encoding.DER),
        release=version("gapura"),
        key=asker.key,
        certificate=asker.certificate,
    )
    answer = _exchange(asker, _question(asker.gate, "request", asked), nonce, way)
    match answer:
        case Granted():
            return believed(answer.certificate, asker.gate, key, cas)
        case Refused():
            return refusal(answer)
        case Noted():
            return Trouble(Why.BAD_ANSWER, "the answer is not about a certificate")
        case _:
            return answer


def report(asker: Asker, made: Record, way: Way) -> str | Trouble:
    """Tell how the self-test ended, until it was noted; answers the gate's state in the ledger."""
    nonce = secrets.token_hex(16)
    said = {
        "nonce": nonce,
        "outcome": "failed" if self_test.failed(made.steps) else "passed",
        "steps": self_test.steps(made.steps),
        "record": device.sign(records.render(made), asker.key, asker.certificate, records.AAD),
    }
    done = enrolment.render(enrolment.Done.model_validate(said))
    answer = _exchange(asker, _question(asker.gate, "done", done), nonce, way)
    match answer:
        case Noted():
            return answer.state
        case Refused():
            return refusal(answer)
        case Granted():
            return Trouble(Why.BAD_ANSWER, "the answer is not about a report")
        case _:
            return answer


def refusal(answer: Refused) -> Trouble:
    """Say why there is nothing, in words of ours: nobody signs an answer, and this goes into the log."""
    why = REFUSALS.get(answer.refused, Why.REQUEST_REFUSED)
    return Trouble(why, f"{answer.refused}: {enrolment.MEANINGS[answer.refused]}")


def believed(
    der: bytes, gate: str, key: ec.EllipticCurvePrivateKey, cas: Sequence[x509.Certificate]
) -> x509.Certificate | Trouble:
    """Say whether a certificate is this gate's, for its own key, under one of its CAs; never raises for any bytes."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            found = x509.load_der_x509_certificate(der)
            names = [str(one.value) for one in found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
            own = found.public_key() == key.public_key()
            usage = list(found.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
            basic = found.extensions.get_extension_for_class(x509.BasicConstraints).value
        except _UNFIT:
            return Trouble(Why.BAD_ANSWER, "what came is no certificate")
    if names != [gate] or not own or basic.ca or usage != [ExtendedKeyUsageOID.CLIENT_AUTH]:
        return Trouble(Why.BAD_ANSWER, "the certificate is not this gate's, or not for its key")
    ours = any(device.issued(found, ca) for ca in cas)
    return found if ours else Trouble(Why.CA_MISMATCH, "no CA of ours issued it")


def _question(gate: str, leaf: Literal["request", "done"], payload: bytes) -> Question:
    """Put a message to its topic."""
    return Question(enrolment.topic(gate, leaf), payload, enrolment.topic(gate, "answer"))


def _exchange(asker: Asker, question: Question, nonce: str, way: Way) -> Answer | Trouble:
    """Ask one broker after the other; the trouble of the one that was best reached is the answer."""

    def ours(data: bytes) -> bool:
        said = enrolment.read_answer(data)
        return said is not None and said.nonce == nonce

    troubles: list[Trouble] = []
    for settings in probe.each(way.settings):
        where = f"{settings.host}:{settings.port}"
        try:
            said = exchange.ask(settings, asker.user, question, ours, way.stop, dated=way.dated)
        except LinkFaultError as fault:
            troubles.append(Trouble(FAULTS.get(fault.fault, Why.BROKER_UNREACHABLE), f"{where}: {fault}"))
            continue
        answer = None if said is None else enrolment.read_answer(said)
        if answer is not None:
            return answer
        troubles.append(Trouble(Why.NO_ANSWER, f"{where} took the question, and nobody answered"))
    reached = [one for one in troubles if one.why is not Why.BROKER_UNREACHABLE]
    return (reached or troubles)[0]
