"""The keys of the day reach the gates of their area and nobody else; what they make of a pass links within a day."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from firmware.signed import area_keys, strict_json
from firmware.signed.area_keys import AreaKeys, DayKey, open_keys, seal_keys, subject
from firmware.signed.contact import Contact, mark, open_contact, seal_contact
from provisioning.publishing import LONGEST_MESSAGE
from tests.unit.signed.office import BEGINS

DAY_S = 86_400
GATES = {name: ec.derive_private_key(number, ec.SECP256R1()) for number, name in enumerate(("gate-1", "gate-2"), 7)}
KEYS = tuple(
    DayKey(BEGINS + day * DAY_S, BEGINS + (day + 1) * DAY_S, bytes([day + 1]) * 32) for day in range(area_keys.MAX_DAYS)
)
BODY = seal_keys("lobby", KEYS, {name: key.public_key() for name, key in GATES.items()})
REFERENCE = "0123456789abcdef" * 2


def read(**changes: object) -> AreaKeys | tuple[str, ...]:
    """Read the body with some members changed."""
    return strict_json.read_as(BODY | changes, AreaKeys)


def body(**changes: object) -> AreaKeys:
    """The same where it must be one."""
    found = read(**changes)
    assert isinstance(found, AreaKeys), found
    return found


@pytest.mark.parametrize("gate", GATES)
def test_each_gate_opens_its_own(gate: str) -> None:
    """Thirty-five days arrive as they were sealed."""
    assert open_keys(body(), gate, GATES[gate]) == KEYS


def test_as_many_as_there_may_be_fit_into_one_message() -> None:
    """The longest document is shorter than what the broker lets through."""
    public = GATES["gate-1"].public_key()
    gates = {f"{number:064d}": public for number in range(area_keys.MAX_GATES)}
    assert len(strict_json.render(seal_keys("l" * 64, KEYS, gates))) < LONGEST_MESSAGE - 2_000


@pytest.mark.parametrize(
    ("gate", "holder", "changes"),
    [
        pytest.param("gate-1", "gate-2", {}, id="sealed-to-another-gate"),
        pytest.param("gate-3", "gate-1", {}, id="not-among-them"),
        pytest.param("gate-1", "gate-1", {"area": "vault"}, id="of-another-area"),
        pytest.param("gate-1", "gate-1", {"days": BODY["days"][:1]}, id="of-other-days"),  # type: ignore[index]
    ],
)
def test_nobody_opens_what_is_not_theirs(gate: str, holder: str, changes: dict[str, object]) -> None:
    """Gate, area and days are bound to what was sealed."""
    assert open_keys(body(**changes), gate, GATES[holder]) is None


def day(begins: int, ends: int) -> dict[str, str]:
    """Word a day."""
    return {"from": f"2026-01-{begins:02d}T00:00:00Z", "until": f"2026-01-{ends:02d}T00:00:00Z"}


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"days": []}, id="no-days"),
        pytest.param({"days": [day(1, 2)] * 2}, id="one-day-twice"),
        pytest.param({"days": [day(2, 3), day(1, 2)]}, id="days-out-of-order"),
        pytest.param({"days": [day(1, 3)]}, id="a-day-too-long"),
        pytest.param({"days": [day(2, 1)]}, id="a-day-backwards"),
        pytest.param({"days": [day(one, one + 1) for one in range(1, 29)] * 2}, id="too-many-days"),
        pytest.param({"gates": {}}, id="no-gates"),
        pytest.param({"gates": {"gate-1": "not base64!"}}, id="no-sealed-text"),
        pytest.param({"gates": {f"gate-{one}": "AAAA" for one in range(65)}}, id="too-many-gates"),
        pytest.param({"key": "AAAA"}, id="something-unknown"),
    ],
)
def test_a_body_that_breaks_its_rules_is_refused(changes: dict[str, object]) -> None:
    """The model takes nothing that leaves a guess."""
    assert not isinstance(read(**changes), AreaKeys)


def test_a_key_is_not_shown() -> None:
    """Whoever prints or logs a key of the day sees its day and not the key."""
    assert repr(KEYS[0].key) not in repr(KEYS[0])


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32))
def test_a_subject_links_within_one_day_only(today: bytes, tomorrow: bytes) -> None:
    """The same pass under the same key is the same subject, and another under any other key or for any other pass."""
    assert subject(today, REFERENCE) == subject(today, REFERENCE)
    assert (subject(tomorrow, REFERENCE) == subject(today, REFERENCE)) is (today == tomorrow)
    assert subject(today, REFERENCE[::-1]) != subject(today, REFERENCE)


def test_a_subject_is_a_truncated_hmac() -> None:
    """Whoever has the key computes it from these words alone."""
    whole = hmac.new(bytes(32), b"gapura:subject:1:" + REFERENCE.encode(), hashlib.sha256).hexdigest()
    assert subject(bytes(32), REFERENCE) == whole[:32]


def test_the_health_office_alone_opens_a_contact() -> None:
    """It opens with the office's key for the gate that sealed it, and tells issuer and pass."""
    office, other = ec.derive_private_key(11, ec.SECP256R1()), GATES["gate-1"]
    said = Contact(b"issuer-1", REFERENCE)
    sealed = seal_contact(said, office.public_key(), "gate-1")
    assert open_contact(sealed, office, "gate-1") == said
    assert open_contact(sealed, other, "gate-1") is None
    assert open_contact(sealed, office, "gate-2") is None
    assert open_contact("no such thing", office, "gate-1") is None


@pytest.mark.parametrize("issuer", [b"", b"kid", b"a key id of an issuer that is much longer than ours"])
def test_every_contact_has_one_length(issuer: bytes) -> None:
    """How long it is says nothing about whose it is."""
    office = ec.derive_private_key(11, ec.SECP256R1())
    sealed = seal_contact(Contact(issuer, REFERENCE), office.public_key(), "gate-1")
    found = open_contact(sealed, office, "gate-1")
    assert len(sealed) == 140
    assert found is not None
    assert found.issuer == mark(issuer)
    assert found.issuer.startswith(issuer[:8]) is (len(issuer) <= 8)


def test_issuers_whose_keys_are_called_alike_are_told_apart() -> None:
    """Whoever is asked whose a pass was has to be its issuer: addresses of keys begin alike."""
    office = ec.derive_private_key(11, ec.SECP256R1())
    keys = (b"https://india.example/keys/1", b"https://indonesia.example/keys/1")
    found = [
        open_contact(seal_contact(Contact(one, REFERENCE), office.public_key(), "gate-1"), office, "gate-1")
        for one in keys
    ]
    assert len({one.issuer for one in found if one is not None}) == len(keys)
