"""Service cards: the one that counts, and every way in which one does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.doctor import card
from firmware.doctor.card import Card, CardRefusal
from firmware.events import Instant
from firmware.signed.command import Op
from firmware.signed.envelope import EnvelopeRefusal, Kind
from firmware.signed.warrant import Role
from tests.issuing import AT_NOON, Issuer
from tests.unit.signed.office import GATE, ISSUED, NOW, Office

OFFICE = Office()
ORDER: dict[str, object] = {"op": "service", "technician": "t-17"}
DAY_S = 86_400


def made(office: Office = OFFICE, **changes: object) -> bytes:
    """Make a card that counts for an hour, unless told otherwise."""
    told: dict[str, object] = {"body": ORDER, "audience": (GATE,), "expires": ISSUED + 3_600}
    return card.encode(office.seal(Kind.COMMAND, **(told | changes))).encode()  # type: ignore[arg-type]


def read(code: bytes, *, gate: str = GATE, now: Instant = NOW, root: bytes | None = OFFICE.root_raw) -> object:
    """Read a card as a gate."""
    return card.read(code, root=root, gate=gate, now=now)


GOOD = made()
ABUSES = [
    ("a-foreign-root", made(Office()), EnvelopeRefusal.UNKNOWN_ROOT),
    ("another-gate", made(audience=("gate-2",)), EnvelopeRefusal.WRONG_AUDIENCE),
    ("over", made(expires=ISSUED + 5), EnvelopeRefusal.EXPIRED),
    ("not-yet", made(issued=ISSUED + 1_000, expires=ISSUED + 2_000), EnvelopeRefusal.NOT_YET_VALID),
    ("longer-than-a-day", made(expires=ISSUED + DAY_S + 1), CardRefusal.TOO_LONG_GOOD),
    ("another-command", made(body={"op": "unlock", "technician": "t-17"}), CardRefusal.NOT_SERVICE),
    ("a-name", made(body={"op": "service", "technician": "Budi Santoso"}), CardRefusal.NOT_SERVICE),
    ("nobody", made(body={"op": "service"}), CardRefusal.NOT_SERVICE),
    ("and-more", made(body=ORDER | {"unlock": True}), CardRefusal.NOT_SERVICE),
    ("a-policy", card.encode(OFFICE.seal(Kind.POLICY, audience=(GATE,))).encode(), EnvelopeRefusal.WRONG_KIND),
    ("a-pass", b"GS1:" + Issuer().code().removeprefix(b"GP1:"), EnvelopeRefusal.MALFORMED),
    ("a-pass-as-it-is", Issuer().code(), CardRefusal.BAD_ENCODING),
    ("cut", GOOD[:-3], EnvelopeRefusal.MALFORMED),
    ("half", GOOD[: len(GOOD) // 2], None),
    ("small-letters", GOOD.lower(), CardRefusal.BAD_ENCODING),
    ("nothing", b"GS1:", EnvelopeRefusal.MALFORMED),
    ("endless", b"GS1:" + b"A" * 5_000, CardRefusal.BAD_ENCODING),
]


def test_a_card_counts_while_it_is_good() -> None:
    """The technician's id comes back, as often as the card is shown, at its own gate or at every."""
    assert read(GOOD) == read(GOOD) == Card("t-17")
    assert read(made(audience=("*",)), gate="gate-9") == Card("t-17")
    assert read(made(expires=ISSUED + DAY_S)) == Card("t-17")


@pytest.mark.parametrize(("code", "refusal"), [case[1:] for case in ABUSES], ids=[case[0] for case in ABUSES])
def test_a_card_that_is_not_right_counts_for_nothing(code: bytes, refusal: object) -> None:
    """Each abuse is refused by its own reason; where the cut falls decides which of two it is."""
    found = read(code)
    assert not isinstance(found, Card)
    assert refusal is None or found is refusal


def test_a_role_of_another_kind_cannot_make_one() -> None:
    """The key of policies signs no card, even as a command."""
    office = Office()
    office.keys = {role: office.keys[role] for role in office.keys}
    forged = card.encode(office.forge(b"{}", Kind.COMMAND)).encode()
    assert read(forged, root=office.root_raw) is EnvelopeRefusal.WRONG_ROLE


def test_an_operator_makes_cards_only_by_right() -> None:
    """An operator's warrant must name cards; one for every command there is, and one for none, make no card."""

    def by(*ops: str) -> object:
        return read(made(warranted=OFFICE.warrant(Role.COMMANDS, holder="ayu", ops=ops)))

    assert by("unlock", card.RIGHT) == Card("t-17")
    assert by(*(op.value for op in Op)) is by() is CardRefusal.NOT_ENTITLED


def test_without_a_root_or_a_clock_no_card_counts() -> None:
    """A gate that pins no root believes none, and one that does not know the time cannot tell a card's end."""
    assert read(GOOD, root=None) is CardRefusal.NO_ROOT
    assert read(GOOD, now=Instant(1)) is EnvelopeRefusal.CLOCK_UNTRUSTED


@given(st.binary(max_size=400), st.booleans())
def test_any_code_has_an_answer(code: bytes, marked: bool) -> None:  # noqa: FBT001  hypothesis draws it
    """No bytes raise and none count."""
    assert not isinstance(read(b"GS1:" + code if marked else code, now=AT_NOON), Card)
