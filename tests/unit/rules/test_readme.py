"""The reference of the policy in its README says what the model says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import firmware.rules.policy as room
from firmware.rules.capacity import AreaCapacity
from firmware.rules.company import Escort, TwoPersons
from firmware.rules.effective import Effective
from firmware.rules.freshness import Limits
from firmware.rules.health.profile import Action, Actions, ColourRule, Conditions, HealthProfile, Version
from firmware.rules.hours import DayOff, HolidayHours, Hours, Timed
from firmware.rules.passback import AntiPassback
from firmware.rules.policy import ClassRule, Policy

if TYPE_CHECKING:
    from firmware.signed.fields import Strict

README = (Path(room.__file__).parent / "README.md").read_text()
HEALTH = (Path(room.__file__).parent / "health" / "README.md").read_text()
TOLD = dict(re.findall(r"^\| `([a-z_.*\[\]]+)` \| (.+?) \|", README, re.MULTILINE))
WORDS: dict[object, str] = {"Asia/Jakarta": "`Asia/Jakarta`", ("gp1",): '`["gp1"]`', "enforce": "`enforce`"}
MEANT = {
    "classes.*.formats": "all of `formats`",
    "classes.*.issuers": "all that are trusted",
    "classes.*.areas": "anywhere",
    "classes.*.hours": "always",
    "classes.*.holidays": "a day like any other",
    "classes.*.holiday_hours": "a day like any other",
    "classes.*.holiday_hours[].kinds": "both",
    "classes.*.limits": "none",
    "classes.*.limits.trust_s": "any age",
    "classes.*.limits.policy_s": "any age",
    "classes.*.limits.revocations_s": "any age",
    "classes.*.limits.clock_s": "any",
    "effective": "at once, for good",
    "effective.from": "at once",
    "effective.until": "for good",
    "areas": "any",
    "calendar": "none",
    "postures[].holidays": "a day like any other",
    "postures[].first_in": "nobody",
    "classes.*.duress": "no",
    "classes.*.health": "not asked for",
    "classes.*.contact": "none left",
    "classes.*.proof": "not asked for",
    "health_office": "none",
    "health_profile": "none",
    "national_rules": "none",
    "classes.*.verify": "none",
    "officers": "none",
    "blocked": "none",
    "postures": "none",
    "capacity": "none",
    "capacity.*.percent": "all of them",
    "capacity.*.venue": "none",
    "capacity.*.level": "none",
    "capacity.*.generation": "0",
    "capacity.*.usual_stay_minutes": "not asked for",
    "capacity.*.closes": "never",
    "classes.*.escort": "nobody",
    "classes.*.escort.per_escort": "1",
    "classes.*.escort.within_s": "15",
    "two_person": "none",
    "two_person.*.first": "any class",
    "two_person.*.second": "any class",
    "two_person.*.within_s": "15",
    "passback": "off",
    "passback.mode": "`soft`",
    "passback.minutes": "none",
    "passback.exempt": "none",
    "passback.reset": "`00:00`",
}
HEALTH_MEANT = {
    "green_by_test": "`false`",
    "actions": "see below",
    "areas": "none",
    "versions[].source": "none",
    "versions[].rules[].when": "always",
}


def fields(model: type[Strict], before: str) -> dict[str, str]:
    """Name the fields of a model as the README names them, with their defaults."""
    told = {}
    for name, field in model.model_fields.items():
        path = before + (field.alias or name)
        told[path] = "required" if field.is_required() else MEANT.get(path) or WORDS[field.default]
    return told


def test_the_table_names_every_field_with_its_default() -> None:
    """No field is missing, none is made up, and each default is the model's."""
    every = fields(Policy, "") | fields(ClassRule, "classes.*.") | fields(Hours, "classes.*.hours[].")
    every |= fields(Timed, "postures[].") | fields(DayOff, "calendar[].") | fields(Effective, "effective.")
    every |= fields(HolidayHours, "classes.*.holiday_hours[].") | fields(Limits, "classes.*.limits.")
    every |= fields(AreaCapacity, "capacity.*.") | fields(AntiPassback, "passback.")
    every |= fields(TwoPersons, "two_person.*.") | fields(Escort, "classes.*.escort.")
    assert every == TOLD


def test_the_profile_s_tables_name_every_field_and_condition() -> None:
    """Fields with their defaults, and conditions, are those of the model."""
    every: dict[str, str] = {}
    for model, before in ((HealthProfile, ""), (Version, "versions[]."), (ColourRule, "versions[].rules[].")):
        for name, field in model.model_fields.items():
            path = before + (field.alias or name)
            every[path] = "required" if field.is_required() else HEALTH_MEANT[path]
    fields_told, conditions_told = HEALTH.split("Conditions are these")
    assert every == dict(re.findall(r"^\| `([a-z_.\[\]]+)` \| (.+?) \|", fields_told, re.MULTILINE))
    assert list(Conditions.model_fields) == re.findall(r"^\| `([a-z_]+)` \|", conditions_told, re.MULTILINE)
    meant: dict[str, Action] = {"green": "allow", "yellow": "verify", "red": "deny", "black": "deny"}
    assert Actions().model_dump() == meant


@pytest.mark.parametrize("text", re.findall(r"```json\n(.+?)```", README + HEALTH, re.DOTALL))
def test_the_example_is_a_policy(text: str) -> None:
    """What the README shows is accepted as it stands."""
    assert Policy.model_validate(json.loads(text)).classes
