"""One throw-away authority with its lists and a few passes, made by the shipped commands once for a test run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from firmware.commands.simulated_door import DEFAULT_PLACE
from firmware.commands.simulation import NONCE
from firmware.passes import presented, shc_codes
from firmware.passes.outcome import Presented
from firmware.signed import strict_json, times
from firmware.signed.command import Op
from firmware.signed.orders import Wish, write_order
from firmware.signed.strict_json import to_base64url
from provisioning import operators
from provisioning.authority import open_authority
from provisioning.operators import Appointment
from provisioning.policies import profiles
from tests.cards import CardIssuer, State, payload
from tests.certificates import VACCINATION, Signer, claims, dcc
from tests.command import gapura_ops
from tests.issuing import HOLDER

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
SICK: dict[str, object] = {"health": "required"}
OBSERVED_POLICY = {"profile": "observed", "mode": "observe", "classes": {"visitor": SICK}}
ENFORCED_POLICY = {
    "profile": "enforced",
    "effective": {"from": "2026-01-05T09:10"},
    "classes": {"visitor": SICK},
}
"""Ten minutes after a script begins."""
WEEK_POLICY = {
    "profile": "week",
    "timezone": "Pacific/Honolulu",
    "classes": {
        "visitor": {"hours": [{"days": ["mon", "tue", "wed", "thu", "fri"], "from": "00:00", "until": "16:00"}]},
        "staff": {},
    },
}
"""Where a script begins on a Sunday afternoon."""
ATTENDED_POLICY = {
    "profile": "attended",
    "classes": {"visitor": SICK | {"verify": ["health"]}, "staff": {}},
    "officers": ["staff"],
}


COLOUR_POLICY = {
    "profile": "colour",
    "formats": ["gp1", "hc1"],
    "classes": {
        "visitor": {"formats": ["hc1"], "health": "colour", "verify": ["identity"]},
        "staff": {"formats": ["gp1"]},
    },
    "health_profile": profiles.read("pedulilindungi"),
}
"""Visitors come by a health certificate, and an officer holds it against them."""
CARDS_POLICY = {
    "profile": "cards",
    "formats": ["gp1", "shc", "vdsnc"],
    "classes": {"visitor": {"verify": ["identity"]}},
}
COMPANY_POLICY = {
    "profile": "company",
    "classes": {
        "staff": {},
        "visitor": {"escort": {"by": ["staff"], "per_escort": 1}},
        "child": {"escort": {"by": ["visitor", "staff"]}},
    },
}
PAIR_POLICY = {"profile": "pair", "classes": {"visitor": {}, "staff": {}}, "two_person": {"lobby": {}}}
POLICIES = {
    "cards": CARDS_POLICY,
    "company": COMPANY_POLICY,
    "pair": PAIR_POLICY,
    "colour": COLOUR_POLICY,
    "door": DOOR_POLICY,
    "full": FULL_POLICY,
    "dates": DATES_POLICY,
    "observed": OBSERVED_POLICY,
    "enforced": ENFORCED_POLICY,
    "week": WEEK_POLICY,
    "attended": ATTENDED_POLICY,
}


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the folder once for a run, however many files import this fixture: each import is a fixture to pytest."""
    folder = tmp_path_factory.getbasetemp() / "desk-of-all"
    if not folder.exists():
        folder.mkdir()
        make(folder)
    return folder


def make(folder: Path) -> Path:
    """Make the folder: lists, policies, and passes for the lobby.

    trust.cose, policy.cose, policy.json, visitor.txt/.png (one entry), staff.txt, other.txt; for the scripts of doors
    the policies of `POLICIES` (door.json, ...), duress.txt, slow.txt, late.txt and child.txt, bound.txt as its wallet
    shows it so many seconds after the start (shown-N.txt, roof-N.txt), and commands (`*.cmd`); issuer.json and
    state.der with the health card card-1.txt to card-3.txt, another, and seal.txt.
    """
    (folder / "policy.json").write_text(json.dumps(POLICY))
    for name, body in POLICIES.items():
        (folder / f"{name}.json").write_text(json.dumps(body))
    for authority in ("own", "foreign"):
        assert gapura_ops("authority", "init", "--dir", folder / authority).code == 0
    public = HOLDER.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (folder / "holder.pub").write_bytes(public)
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
        _issue(folder, "own", "staff", "bound.txt", "--holder-key", str(folder / "holder.pub")),
    ]
    for arguments in made:
        ended = gapura_ops(*arguments)
        assert ended.code == 0, ended.err
    _present(folder, DEFAULT_PLACE.area, 0, 10, 45, 60, 150)
    _present(folder, "roof", 60)
    _order(folder)
    _certify(folder)
    _cards(folder)
    return folder


def _certify(folder: Path) -> None:
    """Let the authority trust a ministry of our own making too (health.cose), and write certificates of it.

    green.txt has a single dose and a booster, yellow.txt both doses of two, red.txt one of them; of an adult each.
    """
    ministry, path = Signer(), folder / "own" / "issuers.json"
    public = ministry.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    issuers = json.loads(path.read_text())
    key: dict[str, object] = {
        "kid": to_base64url(ministry.key_id),
        "alg": ministry.algorithm,
        "key": to_base64url(public),
    }
    key |= {"classes": ["visitor"], "formats": ["hc1"]}
    key |= {"not_before": "2025-01-01T00:00:00Z", "not_after": "2030-01-01T00:00:00Z"}
    issuers["issuers"].append({"name": "A ministry", "keys": [key]})
    path.write_text(json.dumps(issuers))
    assert gapura_ops("trust", "build", "--dir", folder / "own", "--out", folder / "health.cose").code == 0
    for name, doses in {"green": (2, 1), "yellow": (2, 2), "red": (1, 2)}.items():
        dose = VACCINATION | {"dn": doses[0], "sd": doses[1], "ci": f"URN:UVCI:01:XX:{name.upper()}"}
        (folder / f"{name}.txt").write_bytes(ministry.code(claims(dcc(v=[dose]))))


def _present(folder: Path, group: str, *seconds: int) -> None:
    """Present the bound pass as its wallet does, so many seconds after `AT`."""
    code = (folder / "bound.txt").read_text().strip()
    for after in seconds:
        shown = Presented((times.parse(AT) or 0) + after, group)
        name = "shown" if group == DEFAULT_PLACE.area else group
        (folder / f"{name}-{after}.txt").write_text(presented.present(code, HOLDER, shown))


def _cards(folder: Path) -> None:
    """Issue a health card over three codes and a travel seal, and write the lists by which they count."""
    issuer, state = CardIssuer(), State()
    numbers = issuer.key.public_key().public_numbers()
    x, y = (strict_json.to_base64url(one.to_bytes(32, "big")) for one in (numbers.x, numbers.y))
    (folder / "issuer.json").write_text(json.dumps({"keys": [{"kty": "EC", "crv": "P-256", "x": x, "y": y}]}))
    (folder / "state.der").write_bytes(state.authority().certificate)
    for name, said in (("card", payload()), ("other", payload(nbf=7))):
        for number, code in enumerate(shc_codes.codes_of(issuer.token(said), 3), 1):
            (folder / f"{name}-{number}.txt").write_bytes(code + b"\n")
    (folder / "seal.txt").write_bytes(state.seal() + b"\n")


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
