"""One throw-away authority with its lists and a few passes, made by the shipped commands once for a test run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from firmware.commands.simulated_door import DEFAULT_PLACE
from firmware.commands.simulation import NONCE
from firmware.signed import times
from firmware.signed.command import Op
from firmware.signed.orders import Wish, write_order
from provisioning import operators
from provisioning.authority import open_authority
from provisioning.operators import Appointment
from tests.command import gapura_ops

if TYPE_CHECKING:
    from pathlib import Path

AT = "2026-01-05T02:00:00Z"
FROM, UNTIL = "2026-01-05T00:00:00Z", "2026-01-05T12:00:00Z"
POLICY = {"profile": "test", "classes": {"visitor": {}, "staff": {}}}
LATE = {"hours": [{"days": ["sun"], "from": "00:00", "until": "24:00"}], "verify": ["hours"]}
DOOR_POLICY = {
    "profile": "door",
    "timezone": "UTC",
    "classes": {"visitor": {}, "staff": {}, "escort": {"duress": "staff"}, "contractor": LATE},
    "postures": [{"days": ["mon"], "from": "02:30", "until": "03:00", "posture": "free_access"}],
}

FULL_POLICY = {
    "profile": "full",
    "classes": {"visitor": {}, "staff": {}},
    "capacity": {"lobby": {"places": 1, "gates": [DEFAULT_PLACE.gate]}},
    "passback": {"mode": "hard"},
}
DATES_POLICY = {
    "profile": "dates",
    "timezone": "Pacific/Honolulu",
    "calendar": [{"date": "2026-01-05", "kind": "public_holiday", "name": "A Monday"}],
    "classes": {
        "visitor": {"holidays": "closed"},
        "staff": {"hours": [{"days": ["mon"], "from": "00:00", "until": "24:00"}]},
    },
}
"""Where the Monday of the passes begins at ten o'clock by UTC."""
COMPANY_POLICY = {
    "profile": "company",
    "classes": {
        "staff": {},
        "visitor": {"escort": {"by": ["staff"], "per_escort": 1}},
        "child": {"escort": {"by": ["visitor", "staff"]}},
    },
}
PAIR_POLICY = {"profile": "pair", "classes": {"visitor": {}, "staff": {}}, "two_person": {"lobby": {}}}
OBSERVED_POLICY = {"profile": "observed", "mode": "observe", "classes": {"visitor": {"health": "required"}}}


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the folder once for a run."""
    return make(tmp_path_factory.mktemp("desk"))


def make(folder: Path) -> Path:
    """Make the folder: lists, policies, and passes for the lobby.

    trust.cose, policy.cose, policy.json, visitor.txt/.png (one entry), staff.txt, other.txt; for the scripts of doors
    door.json, full.json, dates.json, observed.json, company.json, pair.json, duress.txt, slow.txt, late.txt and
    child.txt, and commands (`*.cmd`).
    """
    (folder / "policy.json").write_text(json.dumps(POLICY))
    named = {"door": DOOR_POLICY, "full": FULL_POLICY, "dates": DATES_POLICY, "observed": OBSERVED_POLICY}
    named |= {"company": COMPANY_POLICY, "pair": PAIR_POLICY}
    for name, body in named.items():
        (folder / f"{name}.json").write_text(json.dumps(body))
    for authority in ("own", "foreign"):
        assert gapura_ops("authority", "init", "--dir", folder / authority).code == 0
    made = [
        ("trust", "build", "--dir", folder / "own", "--out", folder / "trust.cose"),
        ("trust", "build", "--dir", folder / "foreign", "--out", folder / "foreign.cose"),
        ("policy", "sign", "--dir", folder / "own", folder / "policy.json", "--out", folder / "policy.cose"),
        _issue(folder, "own", "visitor", "visitor.txt", "--entries", "1"),
        _issue(folder, "own", "visitor", "visitor.png"),
        _issue(folder, "own", "staff", "staff.txt"),
        _issue(folder, "own", "escort", "duress.txt"),
        _issue(folder, "own", "visitor", "slow.txt", "--accessible"),
        _issue(folder, "own", "contractor", "late.txt"),
        _issue(folder, "own", "child", "child.txt"),
        _issue(folder, "foreign", "staff", "other.txt"),
    ]
    for arguments in made:
        ended = gapura_ops(*arguments)
        assert ended.code == 0, ended.err
    _order(folder)
    return folder


def _order(folder: Path) -> None:
    """Sign the commands that scripts bring, by two operators; each is good for a minute from `AT` on, or a second."""
    own = open_authority(folder / "own", None)
    at = times.parse(AT) or 0
    for name in ("ayu", "budi"):
        appointed = Appointment(name, operators.rights(("all",)), None, at, 7)
        operators.appoint(own, own.folder / "root.key", appointed)
    unlock: dict[str, str | int] = {"direction": "in"}
    wishes = [
        ("unlock_in", "ayu", _wish(1, Op.UNLOCK, unlock)),
        ("unlock_out", "ayu", _wish(2, Op.UNLOCK, {"direction": "out"})),
        ("lockdown", "ayu", _wish(3, Op.LOCKDOWN, {})),
        ("resume", "ayu", _wish(4, Op.POSTURE, {"posture": "resume"})),
        ("unlock_again", "ayu", _wish(5, Op.UNLOCK, unlock)),
        ("identify", "budi", _wish(6, Op.IDENTIFY, {"for_s": 4})),
        ("evacuate", "ayu", _wish(7, Op.EVACUATE, {"for_s": 20}, group="lobby")),
        ("evacuate_too", "budi", _wish(8, Op.EVACUATE, {"for_s": 20}, group="lobby", second=f"{7:032x}")),
    ]
    for name, by, wish in wishes:
        operator = operators.open_operator(own.folder / "operators" / by)
        key = operator.unlock(None)
        data = write_order(wish, issued=at, expires=at + 60, signer=key, signer_warrant=operator.warrant)
        (folder / f"{name}.cmd").write_bytes(data)


def _wish(
    number: int, op: Op, args: dict[str, str | int], *, group: str | None = None, second: str | None = None
) -> Wish:
    """Say what is wanted of the simulated gate or its group; numbers stand for ids, so that scripts stay the same."""
    gate, nonce = (None, None) if group is not None else (DEFAULT_PLACE.gate, NONCE)
    return Wish(f"{number:032x}", op, args, "a script", gate=gate, group=group, nonce=nonce, second=second)


def _issue(folder: Path, authority: str, pass_class: str, name: str, *more: str) -> tuple[str | Path, ...]:
    """Write the command line that issues one pass for the lobby."""
    said = ("--class", pass_class, "--areas", "lobby", "--from", FROM, "--until", UNTIL, "--out", folder / name)
    return ("pass", "issue", "--dir", folder / authority, *said, *more)
