"""WHO's certificates under `HC1:`, nested, flat, and as the first prototypes: what each proves and whose it is."""

from __future__ import annotations

from datetime import date

import pytest

from firmware.events import Reason
from firmware.passes.health import Dose, HealthFacts, Holder
from firmware.passes.outcome import Untrusted
from firmware.passes.reading import read
from tests.certificates import DATA_SET, FLAT, TEST_SET, claims
from tests.unit.passes.test_hcert import BORN, NEGATIVE, SIGNER, shown

FIRST = HealthFacts(doses=(Dose(date(2025, 11, 1), 1, 2),), born=BORN)


@pytest.mark.parametrize(
    ("value", "facts"),
    [
        (claims(DATA_SET, 3), FIRST),
        (claims([DATA_SET], 2), FIRST),
        (claims(TEST_SET, 4), NEGATIVE),
        (claims(FLAT, 3), FIRST),
        (FLAT, FIRST),
    ],
    ids=["vaccination", "a list of one", "test", "flat", "prototype"],
)
def test_the_certificates_of_who_yield_theirs(value: object, facts: HealthFacts) -> None:
    """Nested, as a list, flat within the sub-claim, or flat as the whole payload."""
    found = shown(value)
    assert (found.health, found.holder) == (facts, Holder("Sari Contoh", BORN, "P1234567"))
    assert found.certificate is None


def test_a_prototype_is_good_on_the_days_it_names() -> None:
    """From the first second of the first day to the last of the last one, in UTC."""
    found = shown(FLAT)
    assert (found.issued, found.expires) == (1_761_955_200, 1_793_577_600)
    for missing in ("valid_until", "name"):
        code = SIGNER.code({name: value for name, value in FLAT.items() if name != missing})
        assert read(code, SIGNER.trust()) == Untrusted(Reason.BAD_CLAIMS, "hc1")


@pytest.mark.parametrize(
    ("event", "doses"),
    [
        ({"dose": ...}, ()),
        ({"date": "2025"}, ()),
        ({"vaccine": {"code": "XM0CX0"}}, ()),
        ({"disease": {"code": "1D47"}}, ()),
        ({"total_doses": ...}, ((1, 2),)),
        ({"vaccine": {"code": "XM6QV1"}}, ((1, 1),)),
        ({"dose": 3, "total_doses": 3}, ((3, 2),)),
    ],
    ids=str,
)
def test_a_dose_is_told_from_what_is_none(event: dict[str, object], doses: tuple[tuple[int, int], ...]) -> None:
    """It has a day and a number and is against this disease; its course is its vaccine's, or less if that is said."""
    health = shown(claims({name: value for name, value in (FLAT | event).items() if value is not ...}, 3)).health
    assert health is not None
    assert tuple((dose.number, dose.course) for dose in health.doses) == doses
