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


FACTS: dict[str, tuple[Json, tuple[Dose, ...], tuple[Test, ...]]] = {
    "by the product's code": (_one(des="XM6QV1"), (Dose(date(2025, 6, 1), 1, 1),), ()),
    "by the product's name": (_one(des="XM9QW8", nam="Janssen"), (Dose(date(2025, 6, 1), 1, 1),), ()),
    "against another disease": (_one(dis="1D47"), (), ()),
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


def _without(message: Json, name: str) -> Json:
    return {key: value for key, value in message.items() if key != name}


MESSAGES: dict[str, Json] = {
    "no number": _without(VACCINATION, "uvci"),
    "an empty number": VACCINATION | {"uvci": ""},
    "a number too long": VACCINATION | {"uvci": "1" * 65},
    "nobody": _without(VACCINATION, "pid"),
    "somebody without a name": VACCINATION | {"pid": {"dob": "1990-05-17"}},
    "no events": _without(VACCINATION, "ve"),
    "far too many doses": _one(vd=[{"dvc": "2025-06-01", "seq": number} for number in range(1, 34)]),
    "a test of no day": TESTED | {"dat": {"sc": "yesterday"}},
    "a test that says nothing": _without(TESTED, "tr"),
}


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_without_what_it_needs_is_refused(name: str) -> None:
    """A state may sign nonsense; it opens nothing."""
    assert reason(read(STATE.seal(MESSAGES[name]), TRUST)) is Reason.BAD_CLAIMS


HEADERS: dict[str, Json] = {
    "another type": {"is": "IDN", "t": "icao.visa", "v": 1},
    "another version": {"is": "IDN", "t": "icao.vacc", "v": 2},
    "a version that is true": {"is": "IDN", "t": "icao.vacc", "v": True},
    "a version with a fraction": {"is": "IDN", "t": "icao.vacc", "v": 1.0},
    "no state": {"t": "icao.vacc", "v": 1},
    "a state that is none": {"is": "idn", "t": "icao.vacc", "v": 1},
    "more than it may say": {"is": "IDN", "t": "icao.vacc", "v": 1, "x": 1},
}


@pytest.mark.parametrize("name", HEADERS)
def test_a_header_says_exactly_what_it_must(name: str) -> None:
    """Type, version and state are the three that are known, and no other."""
    assert reason(read(STATE.seal(header=HEADERS[name]), TRUST)) is Reason.BAD_HEADER


CHAINS: dict[str, tuple[State, Reason]] = {
    "a signer of an authority that had ended": (
        replace(STATE, authority_ends=STATE.begins - DAY_S),
        Reason.ISSUER_EXPIRED,
    ),
    "a signer older than its authority": (replace(STATE, authority_begins=STATE.begins + 1), Reason.ISSUER_EXPIRED),
    "an authority that signs no certificates": (replace(STATE, authority_uses=("crl_sign",)), Reason.WRONG_USAGE),
    "an authority that is none": (replace(STATE, is_authority=False), Reason.WRONG_USAGE),
    "a signer that may not sign": (replace(STATE, uses=("key_agreement",)), Reason.WRONG_USAGE),
    "a signer of passports": (replace(STATE, purpose="2.23.136.1.1.3"), Reason.WRONG_USAGE),
    "a signer for no purpose": (replace(STATE, purpose=None), Reason.WRONG_USAGE),
    "a signer of tests only": (replace(STATE, documents=("NT",)), Reason.WRONG_USAGE),
    "a signer of another state": (replace(STATE, signer_country="SG"), Reason.WRONG_USAGE),
    "a seal of another state": (replace(STATE, country="SG"), Reason.ISSUER_UNKNOWN),
    "an authority of another name": (replace(STATE, names_authority="CSCA 2"), Reason.ISSUER_UNKNOWN),
}


@pytest.mark.parametrize("name", CHAINS)
def test_a_wrong_chain_is_refused_for_what_it_is(name: str) -> None:
    """Each certificate has to be in time, of the right state and made for what it does."""
    state, expected = CHAINS[name]
    assert reason(read(state.seal(), state.trust())) is expected


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


def _changed(**changes: object) -> bytes:
    return STATE.seal(VACCINATION, None, **changes)


def _edited(old: bytes, new: bytes) -> bytes:
    code = STATE.seal()
    assert old in code
    return code.replace(old, new)


CODES: dict[str, tuple[bytes, Reason]] = {
    "a dose a year earlier": (_edited(b"2025-06-01", b"2024-06-01"), Reason.BAD_SIGNATURE),
    "another holder": (_edited(b"SITI", b"BUDI"), Reason.BAD_SIGNATURE),
    "another algorithm of the same length": (_changed(alg="ES384"), Reason.BAD_SIGNATURE),
    "an algorithm that is not taken": (_changed(alg="RS256"), Reason.BAD_HEADER),
    "no algorithm": (_changed(alg=None), Reason.BAD_HEADER),
    "a certificate that is none": (_changed(cer="AAAA"), Reason.BAD_HEADER),
    "no certificate": (_changed(cer=None), Reason.BAD_ENCODING),
    "a signature that is no base64url": (_changed(sigvl="a+b/"), Reason.BAD_ENCODING),
    "a signature with too much padding": (_changed(sigvl="AAAA===="), Reason.BAD_ENCODING),
    "a signature too short": (_changed(sigvl="AAAA"), Reason.BAD_SIGNATURE),
    "more beside the signature": (_changed(x=1), Reason.BAD_ENCODING),
    "a fraction": (_edited(b'"seq":1', b'"seq":1.5'), Reason.BAD_HEADER),
    "a number beyond all": (_edited(b'"seq":1', b'"seq":9007199254740992'), Reason.BAD_HEADER),
    "nothing where something was": (_edited(b'"seq":1', b'"seq":null'), Reason.BAD_HEADER),
    "a key twice": (_edited(b'"hdr":', b'"msg":{},"hdr":'), Reason.BAD_ENCODING),
    "half a seal": (STATE.seal()[:-20], Reason.BAD_ENCODING),
    "something after it": (STATE.seal() + b"{}", Reason.BAD_ENCODING),
    "a third part": (STATE.seal()[:-1] + b',"more":{}}', Reason.BAD_ENCODING),
    "longer than any seal": (STATE.seal() + b" " * 4096, Reason.TOO_LONG),
    "other JSON": (b'{"ver":1}', Reason.UNKNOWN_FORMAT),
    "spaces before it": (b" " + STATE.seal(), Reason.UNKNOWN_FORMAT),
}


@pytest.mark.parametrize("name", CODES)
def test_whatever_is_wrong_has_a_name(name: str) -> None:
    """Each fault of a code is refused for what it is."""
    code, expected = CODES[name]
    assert reason(read(code, TRUST)) is expected


def test_a_gate_without_a_list_says_so() -> None:
    """No list is the gate's fault; a list of other things is not."""
    assert reason(read(STATE.seal(), TrustSet())) is Reason.NO_TRUST


def test_the_order_of_the_text_does_not_matter() -> None:
    """What is signed is the one spelling of the data, however the code writes it; base64url has padding or not."""
    shuffled = json.loads(STATE.seal())
    shuffled["data"] = {"msg": dict(reversed(shuffled["data"]["msg"].items())), "hdr": shuffled["data"]["hdr"]}
    shuffled["sig"]["sigvl"] += "=="
    read_pass(json.dumps(shuffled, separators=(",", ":")).encode())
