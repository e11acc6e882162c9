"""The reference of the policy in its README says what the model says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import firmware.rules.policy as room
from firmware.rules.capacity import AreaCapacity
from firmware.rules.passback import AntiPassback
from firmware.rules.policy import ClassRule, Hours, Policy, Timed

if TYPE_CHECKING:
    from firmware.signed.fields import Strict

README = (Path(room.__file__).parent / "README.md").read_text()
TOLD = dict(re.findall(r"^\| `([a-z_.*\[\]]+)` \| (.+?) \|", README, re.MULTILINE))
WORDS: dict[object, str] = {"Asia/Jakarta": "`Asia/Jakarta`", ("gp1",): '`["gp1"]`'}
MEANT = {
    "classes.*.areas": "anywhere",
    "classes.*.hours": "always",
    "classes.*.duress": "no",
    "classes.*.health": "not asked for",
    "classes.*.contact": "none left",
    "health_office": "none",
    "classes.*.verify": "none",
    "blocked": "none",
    "postures": "none",
    "capacity": "none",
    "capacity.*.percent": "all of them",
    "capacity.*.venue": "none",
    "capacity.*.level": "none",
    "capacity.*.generation": "0",
    "capacity.*.usual_stay_minutes": "not asked for",
    "capacity.*.closes": "never",
    "passback": "off",
    "passback.mode": "`soft`",
    "passback.minutes": "none",
    "passback.exempt": "none",
    "passback.reset": "`00:00`",
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
    every |= fields(Timed, "postures[].") | fields(AreaCapacity, "capacity.*.") | fields(AntiPassback, "passback.")
    assert every == TOLD


@pytest.mark.parametrize("text", re.findall(r"```json\n(.+?)```", README, re.DOTALL))
def test_the_example_is_a_policy(text: str) -> None:
    """What the README shows is accepted as it stands."""
    assert Policy.model_validate(json.loads(text)).classes
