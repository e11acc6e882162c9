"""What the machine says of itself, judged: each bound from both sides, and what nobody can know."""

from __future__ import annotations

from dataclasses import replace

import pytest

from firmware.doctor.findings import (
    HOTTEST_MC,
    JUDGES,
    LEAST_CERTIFICATE_S,
    LEAST_FREE_MIB,
    MOST_CLOCK_ERROR_S,
    MOST_RTC_OFFSET_S,
    Facts,
    Outcome,
    Why,
)

SOUND = Facts(
    undervoltage=False,
    temperature_mc=40_000,
    disk_free_mib=4_096,
    clock_error_s=2,
    rtc=True,
    rtc_offset_s=1,
    lists_unusable=0,
    certificate_left_s=LEAST_CERTIFICATE_S,
    broker_fault="",
    released_at_rest=False,
)
CASES = [
    ("supply", {"undervoltage": True}, Outcome.FAIL, Why.UNDERVOLTAGE),
    ("supply", {"undervoltage": None}, Outcome.SKIPPED, Why.NOT_FITTED),
    ("temperature", {"temperature_mc": HOTTEST_MC - 1}, Outcome.OK, None),
    ("temperature", {"temperature_mc": HOTTEST_MC}, Outcome.FAIL, Why.TOO_HOT),
    ("temperature", {"temperature_mc": None}, Outcome.SKIPPED, Why.NOT_FITTED),
    ("disk", {"disk_free_mib": LEAST_FREE_MIB}, Outcome.OK, None),
    ("disk", {"disk_free_mib": LEAST_FREE_MIB - 1}, Outcome.FAIL, Why.DISK_FULL),
    ("disk", {"disk_free_mib": None}, Outcome.FAIL, Why.UNKNOWN),
    ("clock", {"clock_error_s": MOST_CLOCK_ERROR_S}, Outcome.OK, None),
    ("clock", {"clock_error_s": MOST_CLOCK_ERROR_S + 1}, Outcome.FAIL, Why.CLOCK_VAGUE),
    ("clock", {"clock_error_s": None}, Outcome.FAIL, Why.CLOCK_UNTRUSTED),
    ("rtc", {"rtc": False}, Outcome.FAIL, Why.NO_RTC),
    ("rtc", {"rtc": None}, Outcome.FAIL, Why.NO_RTC),
    ("rtc", {"rtc_offset_s": None}, Outcome.FAIL, Why.UNKNOWN),
    ("rtc", {"rtc_offset_s": -MOST_RTC_OFFSET_S}, Outcome.OK, None),
    ("rtc", {"rtc_offset_s": -MOST_RTC_OFFSET_S - 1}, Outcome.FAIL, Why.RTC_OFF),
    ("rtc", {"rtc_offset_s": MOST_RTC_OFFSET_S + 1}, Outcome.FAIL, Why.RTC_OFF),
    ("lists", {"lists_unusable": 1}, Outcome.FAIL, Why.LISTS_UNUSABLE),
    ("lists", {"lists_unusable": None}, Outcome.FAIL, Why.UNKNOWN),
    ("certificate", {"certificate_left_s": LEAST_CERTIFICATE_S - 1}, Outcome.FAIL, Why.CERTIFICATE_ENDS),
    ("certificate", {"certificate_left_s": -1}, Outcome.FAIL, Why.CERTIFICATE_ENDS),
    ("certificate", {"certificate_left_s": None}, Outcome.FAIL, Why.CERTIFICATE_UNUSABLE),
    ("certificate", {"broker": False, "certificate_left_s": None}, Outcome.SKIPPED, Why.NOT_CONFIGURED),
    ("broker", {"broker_fault": "not_authorised"}, Outcome.FAIL, "not_authorised"),
    ("broker", {"broker_fault": None}, Outcome.FAIL, Why.UNKNOWN),
    ("broker", {"broker": False, "broker_fault": None}, Outcome.SKIPPED, Why.NOT_CONFIGURED),
    ("relay-rest", {"released_at_rest": True}, Outcome.FAIL, Why.RELEASED_AT_REST),
    ("relay-rest", {"released_at_rest": None}, Outcome.FAIL, Why.UNKNOWN),
]


@pytest.mark.parametrize("check", JUDGES)
def test_a_sound_machine_passes(check: str) -> None:
    """Nothing is held against a machine on which all is well."""
    assert JUDGES[check](SOUND).outcome is Outcome.OK


@pytest.mark.parametrize(("check", "changes", "outcome", "reason"), CASES)
def test_each_bound_is_where_it_is_said(
    check: str, changes: dict[str, object], outcome: Outcome, reason: str | None
) -> None:
    """One fact that changes decides its own check, and the reason names it."""
    facts = replace(SOUND, **changes)  # type: ignore[arg-type]
    finding = JUDGES[check](facts)
    assert (finding.outcome, finding.reason) == (outcome, reason)


@pytest.mark.parametrize(("check", "changes"), [case[:2] for case in CASES])
def test_a_fact_touches_no_other_check(check: str, changes: dict[str, object]) -> None:
    """What is wrong with one part is not told as the fault of another; without a broker two are not asked."""
    facts = replace(SOUND, **changes)  # type: ignore[arg-type]
    others = [name for name in JUDGES if name not in {check, "certificate", "broker"}]
    assert {JUDGES[name](facts).outcome for name in others} == {Outcome.OK}
