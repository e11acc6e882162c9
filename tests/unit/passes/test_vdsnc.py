"""Travel seals: a chain of our own making verifies, and each of its wrong variants is refused for what it is."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from firmware.events import Instant, Reason
from firmware.passes.health import Dose, Test, TestKind
from firmware.passes.outcome import Pass, Reading, validity
from firmware.passes.reading import format_of, read
from firmware.signed.strict_json import to_base64url
from firmware.trust import certificates
from firmware.trust.keys import TrustSet
from tests.cards import DAY_S, TESTED, VACCINATION, Json, State
from tests.issuing import NOON

STATE = State()
TRUST = STATE.trust()
LATER = NOON + 3 * DAY_S


def reason(reading: Reading) -> Reason | None:
    """Return why a seal is refused; None for one that is not."""
    return None if isinstance(reading, Pass) else reading.reason


def read_pass(code: bytes, trust: TrustSet = TRUST) -> Pass:
    """Read a seal that is in order."""
    found = read(code, trust)
    assert isinstance(found, Pass), found
    return found


@pytest.mark.parametrize("algorithm", ["ES256", "ES384", "ES512"])
def test_a_seal_says_who_what_and_until_when(algorithm: str) -> None:
    """Doses, who to match, class, times of the chain and a stable reference come out, by each of the algorithms."""
    state = replace(STATE, algorithm=algorithm)
    found = read_pass(state.seal(), state.trust())
    assert found.health is not None
    assert found.health.doses == (Dose(date(2025, 6, 1), 1, 2), Dose(date(2025, 7, 1), 2, 2))
    assert found.holder is not None
    assert (found.holder.name, found.holder.born, found.holder.document) == (
        "CONTOH SITI",
        date(1990, 5, 17),
        "X0000000",
    )
    assert (found.not_before, found.expires) == (state.begins, state.ends + 1)
    assert (found.pass_class, found.areas, found.format) == ("visitor", None, format_of(state.seal()))
    assert found.reference == read_pass(state.seal(), state.trust()).reference
    assert "CONTOH" not in repr(found)


def test_a_test_is_read_too() -> None:
    """A seal of a test says when the sample was taken, how, and what came out."""
    found = read_pass(STATE.seal(TESTED))
    assert found.health is not None
    assert found.health.tests == (Test(date(2026, 1, 4), TestKind.PCR, positive=False),)


def _one(**changes: object) -> Json:
    event: Json = {"des": "XM8NQ0", "dis": "RA01.0", "nam": "Comirnaty", "vd": [{"dvc": "2025-06-01", "seq": 1}]}
    return VACCINATION | {"ve": [event | changes]}


def _without(message: Json, name: str) -> Json:
    events = message["ve"]
    assert isinstance(events, list)
    return message | {"ve": [{key: value for key, value in events[0].items() if key != name}]}


FACTS: dict[str, tuple[Json, tuple[Dose, ...], tuple[Test, ...]]] = {
    "by the product's code": (_one(des="XM6QV1"), (Dose(date(2025, 6, 1), 1, 1),), ()),
    "by the product's name": (_one(des="XM9QW8", nam="Janssen"), (Dose(date(2025, 6, 1), 1, 1),), ()),
    "against another disease": (_one(dis="1D47"), (), ()),
    "against a disease that is no text": (_one(dis=7), (), ()),
    "against what is not said, by a vaccine that is known": (
        _without(_one(), "dis"),
        (Dose(date(2025, 6, 1), 1, 2),),
        (),
    ),
    "against what is not said, by another vaccine": (_without(_one(des="XM3418"), "dis"), (), ()),
    "a dose without a number": (_one(vd=[{"dvc": "2025-06-01"}]), (), ()),
    "a dose with a number that is true": (_one(vd=[{"dvc": "2025-06-01", "seq": True}]), (), ()),
    "a dose of no day": (_one(vd=[{"dvc": "2025-06", "seq": 1}]), (), ()),
    "antigen, positive": (
        TESTED | {"tr": {"tc": "antigen", "r": "Positive"}},
        (),
        (Test(date(2026, 1, 4), TestKind.ANTIGEN, positive=True),),
    ),
    "antibodies": (TESTED | {"tr": {"tc": "antibody", "r": "positive"}}, (), ()),
    "a result that is neither": (TESTED | {"tr": {"tc": "antigen", "r": "unclear"}}, (), ()),
}


@pytest.mark.parametrize("name", FACTS)
def test_only_what_is_understood_counts(name: str) -> None:
    """Doses and tests come out as they are; what proves nothing is passed over."""
    message, doses, tests = FACTS[name]
    found = read_pass(STATE.seal(message))
    assert found.health is not None
    assert (found.health.doses, found.health.tests) == (doses, tests)


@pytest.mark.parametrize("state", [replace(STATE, uses=None), replace(STATE, documents=None)])
def test_what_a_signer_leaves_out_restricts_nothing(state: State) -> None:
    """States leave extensions out that restrict; the purpose is the one that each must have."""
    read_pass(state.seal(), state.trust())


def test_a_seal_is_good_as_long_as_its_whole_chain() -> None:
    """When signer or authority has run out, the seal has expired, and not a second before."""
    for state in (replace(STATE, ends=LATER), replace(STATE, authority_ends=LATER + 1)):
        found = read_pass(state.seal(), state.trust())
        assert validity(found, Instant(0, LATER, LATER, "test")) is None
        assert validity(found, Instant(0, LATER + 1, LATER + 1, "test")) is Reason.EXPIRED


def test_a_renewed_authority_vouches_for_its_old_signers() -> None:
    """Of several certificates of one authority the one counts under which a signer holds, in any order."""
    old = replace(STATE, authority_ends=STATE.begins - DAY_S).authority()
    for authorities in ((old, STATE.authority()), (STATE.authority(), old)):
        read_pass(STATE.seal(), replace(TRUST, authorities=authorities))


def test_nobody_signs_in_a_states_name() -> None:
    """A stranger with an authority of the same name is unknown by its key, and a signer forged under it is a forger."""
    stranger = State()
    assert reason(read(stranger.seal(), TRUST)) is Reason.ISSUER_UNKNOWN
    genuine = json.loads(STATE.seal())
    forged = json.loads(stranger.seal())
    forged["sig"]["cer"] = genuine["sig"]["cer"]
    assert reason(read(json.dumps(forged, separators=(",", ":")).encode(), TRUST)) is Reason.BAD_SIGNATURE


def test_a_certificate_that_its_authority_did_not_sign_is_a_forgery() -> None:
    """Name and key id are there for all to copy; the signature over the certificate is not."""
    other = State(root=State().root, signer=STATE.key)
    der = bytearray(STATE.certificate())
    der[-1] ^= 1
    assert reason(read(STATE.seal(cer=_text(bytes(der))), TRUST)) is Reason.BAD_SIGNATURE
    assert reason(read(other.seal(), TRUST)) is Reason.ISSUER_UNKNOWN
    assert reason(read(STATE.seal(), TRUST)) is None


def _text(data: bytes) -> str:
    return to_base64url(data)


def test_a_certificate_whose_time_has_no_zone_is_none() -> None:
    """RFC 5280 wants a Z; without it a gate in Jakarta would read another end than its desk."""
    der = STATE.certificate()
    end = der.rindex(b"\x17\x0d")
    written = der[:end] + b"\x18\x0d2031062803.50" + der[end + 15 :]
    assert certificates.parse(der) is not None
    assert certificates.parse(written) is None
    assert reason(read(STATE.seal(cer=to_base64url(written)), TRUST)) is Reason.BAD_HEADER


def test_a_gate_without_a_list_says_so() -> None:
    """No list is the gate's fault; a list of other things is not."""
    assert reason(read(STATE.seal(), TrustSet())) is Reason.NO_TRUST


def test_the_order_of_the_text_does_not_matter() -> None:
    """What is signed is the one spelling of the data, however the code writes it; base64url has padding or not."""
    shuffled = json.loads(STATE.seal())
    shuffled["data"] = {"msg": dict(reversed(shuffled["data"]["msg"].items())), "hdr": shuffled["data"]["hdr"]}
    shuffled["sig"]["sigvl"] += "=="
    read_pass(json.dumps(shuffled, separators=(",", ":")).encode())
