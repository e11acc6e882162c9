"""Provisioning documents: the ones that set a gate up, and every way in which one does not."""

from __future__ import annotations

import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.events import Instant
from firmware.signed import claim, provision, strict_json
from firmware.signed.envelope import EnvelopeRefusal, Kind
from firmware.signed.fields import MAX_VERSION
from firmware.signed.provision import GateBody, Provision, ProvisionRefusal, WifiBody
from firmware.signed.ruling import Ruling, Rulings
from firmware.signed.warrant import Role
from provisioning.broker.certificates import DeviceCa
from tests.unit.signed import handed
from tests.unit.signed.handed import CLAIM_ID, OFFICE, SEED, WIFI, a_claim, body, certificate, document
from tests.unit.signed.office import EXPIRES, GATE, ISSUED, NOW, Office

VAGUE = Instant(1)
LATE = Instant(1, EXPIRES, EXPIRES + 5, "test")


def opened(
    data: bytes,
    *,
    gate: str | None = None,
    now: Instant | None = NOW,
    floor: int = 0,
    root: bytes | None = OFFICE.root_raw,
) -> Provision | provision.Refusal:
    """Open a document as a blank gate, unless told otherwise."""
    return provision.open_provision(data, root=root, gate=gate, now=now, floor=floor)


def with_claim(**changes: object) -> bytes:
    """Seal a document whose claim is changed."""
    return document(body(claim=a_claim(**changes)))


def with_wifi(**changes: object) -> bytes:
    """Seal a document that brings a changed network."""
    network = {"ssid": "Kantor", "psk": "rahasia sekali"} | changes
    return document({"wifi": {name: value for name, value in network.items() if value is not ...}})


def ca_of(device_ca: DeviceCa) -> str:
    """Write a CA's certificate as it stands in a body."""
    return strict_json.to_base64url(device_ca.certificate.public_bytes(Encoding.DER))


STRANGER = DeviceCa.create()
OTHER_KEY = ec.derive_private_key(7, ec.SECP256R1())
P384 = ec.derive_private_key(7, ec.SECP384R1())
BAD = ProvisionRefusal.BAD_BODY
ABUSES = {
    "a foreign root": (document(office=Office()), EnvelopeRefusal.UNKNOWN_ROOT),
    "another kind": (OFFICE.seal(Kind.CONFIG, audience=(GATE,)), EnvelopeRefusal.WRONG_KIND),
    "another role": (OFFICE.forge(b"{}", Kind.PROVISION), EnvelopeRefusal.WRONG_ROLE),
    "over": (document(expires=ISSUED + 5), EnvelopeRefusal.EXPIRED),
    "for everyone": (document(audience=("*",)), ProvisionRefusal.WRONG_GATE),
    "for two gates": (document(audience=(GATE, "gate-2")), ProvisionRefusal.WRONG_GATE),
    "of another gate": (document(body(gate="gate-2")), ProvisionRefusal.WRONG_GATE),
    "nothing": (document({}), BAD),
    "more": (document(body(more=1)), BAD),
    "gate and network": (document(body() | WIFI), BAD),
    "no gate": (document(body(gate=...)), BAD),
    "capital letters": (document(body(gate="Gate-1")), BAD),
    "no broker": (document(body(brokers=[])), BAD),
    "six brokers": (document(body(brokers=["a"] * 6)), BAD),
    "a broker with a path": (document(body(brokers=["mqtt.example/x"])), BAD),
    "a broker with a user": (document(body(brokers=["me@mqtt.example"])), BAD),
    "a port beyond": (document(body(brokers=["mqtt.example:65536"])), BAD),
    "a port of nothing": (document(body(brokers=["mqtt.example:"])), BAD),
    "a broker of lines": (document(body(brokers=["mqtt.example\nx"])), BAD),
    "a CA of text": (document(body(ca="not a CA!")), BAD),
    "no claim": (document(body(claim=...)), BAD),
    "config is a list": (document(body(config=[])), BAD),
    "no configuration": (document(body(config=...)), BAD),
    "short id": (with_claim(id="00ff"), BAD),
    "short seed": (with_claim(seed=strict_json.to_base64url(SEED[:-1])), BAD),
    "padded seed": (with_claim(seed=strict_json.to_base64url(SEED) + "="), BAD),
    "no certificate": (with_claim(certificate=...), BAD),
    "endless certificate": (with_claim(certificate="A" * 2_800), BAD),
    "garbage for a certificate": (with_claim(certificate="AAAA"), ProvisionRefusal.WRONG_CLAIM),
    "garbage for an older CA": (document(body(older_ca="AAAA")), ProvisionRefusal.WRONG_CLAIM),
    "text for an older CA": (document(body(older_ca="not a CA!")), BAD),
    "of the older CA": (
        document(body(ca=ca_of(STRANGER), older_ca=ca_of(handed.CA))),
        ProvisionRefusal.WRONG_CLAIM,
    ),
    "garbage for a CA": (document(body(ca="AAAA")), ProvisionRefusal.WRONG_CLAIM),
    "a foreign CA": (with_claim(certificate=certificate(ca=STRANGER)), ProvisionRefusal.WRONG_CLAIM),
    "another key": (with_claim(certificate=certificate(key=OTHER_KEY)), ProvisionRefusal.WRONG_CLAIM),
    "another curve": (with_claim(certificate=certificate(key=P384)), ProvisionRefusal.WRONG_CLAIM),
    "another seed": (with_claim(seed=strict_json.to_base64url(bytes(32))), ProvisionRefusal.WRONG_CLAIM),
    "another claim": (with_claim(id="1" * 16), ProvisionRefusal.WRONG_CLAIM),
    "a claim of another gate": (
        with_claim(certificate=certificate(claim.user("gate-2", CLAIM_ID))),
        ProvisionRefusal.WRONG_CLAIM,
    ),
    "a gate's own certificate": (with_claim(certificate=certificate(GATE)), ProvisionRefusal.WRONG_CLAIM),
    "a network for a month": (
        document(WIFI, expires=ISSUED + provision.LONGEST_WIFI_S + 1),
        ProvisionRefusal.TOO_LONG_GOOD,
    ),
    "no name of a network": (with_wifi(ssid=""), BAD),
    "a name of 33 bytes": (with_wifi(ssid="x" * 33), BAD),
    "a name with a line's end": (with_wifi(ssid="a\nb"), BAD),
    "no password": (with_wifi(psk=...), BAD),
    "a short password": (with_wifi(psk="1234567"), BAD),
    "a long password": (with_wifi(psk="1" * 65), BAD),
    "a password of other letters": (with_wifi(psk="rahasia sekali \N{SNOWMAN}"), BAD),
    "hidden as a word": (with_wifi(hidden="no"), BAD),
}


@pytest.mark.parametrize(("data", "refusal"), ABUSES.values(), ids=ABUSES)
def test_a_document_that_is_not_right_sets_nothing_up(data: bytes, refusal: provision.Refusal) -> None:
    """Each abuse is refused by its own reason."""
    assert opened(data) is refusal


def test_a_good_document_says_who_the_gate_is() -> None:
    """A blank gate reads its body, and so does the gate it names."""
    for gate in (None, GATE):
        found = opened(document(), gate=gate)
        assert isinstance(found, Provision)
        assert isinstance(found.body, GateBody)
        assert (found.version, found.issued, found.expires) == (3, ISSUED, EXPIRES)
        assert (found.body.gate, found.body.claim.id, found.body.claim.seed) == (GATE, CLAIM_ID, SEED)
        assert found.body.brokers == ["mqtt.example.go.id", "192.0.2.7:8883"]
        assert found.body.config == {"gate": {"area": "lobby"}}
    assert opened(document(), gate="gate-2") is EnvelopeRefusal.WRONG_AUDIENCE


def test_while_a_ca_is_rotated_two_are_believed() -> None:
    """The one that certifies the gate first; alone, it is the only one."""
    for told, cas in (
        (body(), (handed.CA,)),
        (body(older_ca=ca_of(STRANGER)), (handed.CA, STRANGER)),
    ):
        found = opened(document(told))
        assert isinstance(found, Provision)
        assert isinstance(found.body, GateBody)
        assert found.body.cas == tuple(one.certificate.public_bytes(Encoding.DER) for one in cas)


def test_the_newest_document_counts_and_a_network_has_no_versions() -> None:
    """The floor is of a gate's own document."""
    assert isinstance(opened(document(version=3), floor=3), Provision)
    assert opened(document(version=3), floor=4) is EnvelopeRefusal.ROLLED_BACK
    network = opened(document(WIFI, expires=ISSUED + 3_600, audience=("*",), version=1), floor=4)
    assert isinstance(network, Provision)
    assert isinstance(network.body, WifiBody)
    assert (network.body.wifi.ssid, network.body.wifi.psk) == ("Kantor", "rahasia sekali")


def test_a_newer_warrant_outranks_any_version_and_a_revoked_one_counts_for_nothing() -> None:
    """A thief's highest version is old beside the office's first, and falls with the key, in every document."""
    stolen = document(version=MAX_VERSION)
    renewed = document(version=1, warranted=OFFICE.warrant(Role.PROVISIONING, serial=2))
    for data, floor, serial, counts in (
        (stolen, MAX_VERSION, 1, True),
        (renewed, MAX_VERSION, 1, True),
        (renewed, 1, 2, True),
        (stolen, 1, 2, False),
    ):
        found = provision.open_provision(
            data, root=OFFICE.root_raw, gate=GATE, now=NOW, floor=floor, least_serial=serial
        )
        assert isinstance(found, Provision) is counts
        assert counts or found is EnvelopeRefusal.ROLLED_BACK
    ranks = [found.rank for found in map(opened, (stolen, renewed)) if isinstance(found, Provision)]
    assert ranks == [(1, MAX_VERSION), (2, 1)]
    rulings = Rulings((Ruling(OFFICE.root_raw, {Role.PROVISIONING: 2}, frozenset()),))
    for told in (None, WIFI):
        data = document(told, expires=ISSUED + 60)
        found = provision.open_provision(data, root=OFFICE.root_raw, gate=GATE, now=NOW, rulings=rulings)
        assert found is EnvelopeRefusal.WARRANT_REVOKED


def test_time_counts_only_where_there_is_one() -> None:
    """A gate without a clock takes what is over, because the broker does not; one with a clock refuses it."""
    assert isinstance(opened(document(), now=None), Provision)
    assert isinstance(opened(document(), now=VAGUE), Provision)
    assert opened(document(), now=LATE) is EnvelopeRefusal.EXPIRED


def test_without_a_root_nothing_counts() -> None:
    """A gate whose image pins no root takes no document, not even a good one."""
    assert opened(document(), root=None) is ProvisionRefusal.NO_ROOT


@pytest.mark.parametrize("broker", ["mqtt", "mqtt.kota.go.id:1883", "192.0.2.7", "[2001:db8::7]", "[2001:db8::7]:8883"])
def test_a_broker_is_a_name_or_an_address(broker: str) -> None:
    """With a port or without."""
    assert isinstance(opened(document(body(brokers=[broker]))), Provision)


@pytest.mark.parametrize("psk", ["12345678", "x" * 63, "a b~c!d e", "0aF9" * 16])
def test_a_password_is_plain_letters_or_hex_digits(psk: str) -> None:
    """As the standard has them."""
    assert isinstance(opened(document({"wifi": {"ssid": "K", "psk": psk}}, expires=ISSUED + 60)), Provision)


def test_no_secret_is_in_what_is_printed_of_a_document() -> None:
    """Neither seed nor password stands in what a log would print."""
    made = [opened(document()), opened(document(WIFI, expires=ISSUED + 3_600))]
    told = repr(made)
    assert GATE in told
    assert "Kantor" in told
    assert all(secret not in told for secret in (repr(SEED)[2:-1], strict_json.to_base64url(SEED), "rahasia"))


def test_a_seed_makes_one_key_and_another_for_each_gate() -> None:
    """The key is a function of seed and gate, and no scalar is out of range; the value is pinned for other programs."""
    keys = [claim.claim_key(SEED, gate).private_numbers().private_value for gate in (GATE, GATE, "gate-2")]
    assert keys[0] == keys[1] != keys[2]
    assert f"{keys[0]:064x}" == "d9bfc88234fcfab648b5d851191bf1f55a1cae1ba963d39879ff2f55c09bef80"
    for seed in (bytes(32), b"\xff" * 32):
        assert isinstance(claim.claim_key(seed, GATE).curve, ec.SECP256R1)


@given(st.binary(max_size=300))
def test_any_bytes_have_an_answer(data: bytes) -> None:
    """No bytes raise and none count."""
    assert not isinstance(opened(data), Provision)


@settings(max_examples=20)
@given(st.recursive(st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=9), st.lists, max_leaves=4))
def test_any_member_has_an_answer(value: object) -> None:
    """Whatever is signed in the place of a member, the document is refused or its body reads."""
    for name in json.loads(strict_json.render(body())):
        found = opened(handed.document(body(**{name: value})))
        assert isinstance(found, EnvelopeRefusal | ProvisionRefusal)
