"""`gapura inspect` on codes of a provisioning document: what they bring and until when, and no secret."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

from firmware.commands.inspect_provision import about
from firmware.events import Instant
from firmware.signed import codes, strict_json
from firmware.signed.envelope import Kind
from firmware.signed.ruling import SILENT, Ruling, Rulings
from firmware.signed.warrant import Role
from provisioning.handing import forms
from tests.command import gapura
from tests.unit.signed.handed import CLAIM_ID, OFFICE, SEED, WIFI, document
from tests.unit.signed.office import EXPIRES, GATE, ISSUED, NOW

if TYPE_CHECKING:
    from pathlib import Path

SET = codes.split(document())


def test_a_whole_set_says_what_it_brings() -> None:
    """Gate, brokers, claim, times and the root that vouches for it."""
    told = about(SET)
    assert told is not None
    assert told == {
        "brings": "gate",
        "brokers": ["mqtt.example.go.id", "192.0.2.7:8883"],
        "claim": CLAIM_ID,
        "digest": told["digest"],
        "expires": "2026-01-02T03:46:40Z",
        "gates": [GATE],
        "issued": "2026-01-01T00:16:40Z",
        "of": len(SET),
        "refused": None,
        "root": strict_json.to_base64url(OFFICE.root_raw),
        "set": told["set"],
        "version": 3,
    }


def test_a_part_says_which_it_is_and_what_is_missing() -> None:
    """Of one code more is not known."""
    told = about(SET[1:2])
    assert told is not None
    assert (told["part"], told["of"], told["missing"]) == (2, 3, [1, 3])
    assert about([b"GP1:ABC", b"poster"]) is None


def test_what_no_gate_takes_has_its_reason() -> None:
    """A code that is none, a document of another kind, and one whose body is wrong."""
    assert about([codes.PREFIX]) == {"refused": "malformed"}
    assert about(codes.split(OFFICE.seal(Kind.CONFIG))) is not None
    assert (about(codes.split(OFFICE.seal(Kind.CONFIG))) or {})["refused"] == "wrong_kind"
    assert (about(codes.split(document({}))) or {})["refused"] == "bad_body"


def test_what_is_named_beside_it_is_what_it_is_judged_by() -> None:
    """Another root than the trust list's, a time when it is over, and a key that the root has taken back."""
    taken_back = Rulings((Ruling(OFFICE.root_raw, {Role.PROVISIONING: 2}, frozenset()),))
    over = Instant(0, EXPIRES, EXPIRES, "given")
    for root, now, rulings, refused in (
        (OFFICE.root_raw, NOW, SILENT, None),
        (bytes(32), NOW, SILENT, "unknown_root"),
        (None, over, SILENT, "expired"),
        (None, NOW, taken_back, "warrant_revoked"),
    ):
        assert (about(SET, root, now, rulings) or {})["refused"] == refused


def test_a_network_is_named_by_neither_name_nor_password() -> None:
    """It brings Wi-Fi, for these gates, until then."""
    told = about(codes.split(document(WIFI, expires=ISSUED + 3_600, audience=("*",))))
    assert told is not None
    assert (told["brings"], told["gates"], told["expires"]) == ("wifi", ["*"], "2026-01-01T01:16:40Z")
    assert "Kantor" not in json.dumps(told)
    assert "rahasia" not in json.dumps(told)


def test_the_command_prints_no_byte_of_a_key(tmp_path: Path) -> None:
    """From texts as a set, from one text, and from a picture of all: the codes are told by digest and length alone."""
    (tmp_path / "one.txt").write_bytes(SET[0])
    (tmp_path / "all.png").write_bytes(forms.picture(GATE, [], [code.decode() for code in SET]))
    lines = b"\n".join(SET) + b"\n"
    ended = [gapura("inspect", "--set", "-", stdin=lines), gapura("inspect", "one.txt", "all.png", cwd=tmp_path)]
    whole, part, picture = (line for one in ended for line in one.lines())
    for line in (whole, picture):
        told = line["provisioning"]
        assert isinstance(told, dict)
        assert (told["gates"], told["refused"]) == ([GATE], "expired")
        assert (line["format"], line["verdict"], line["reason"]) == ("unknown", "unreadable", "unknown_format")
    assert part["codes"] == [{"bytes_b64": "", "text": None, "polygon": None, "withheld": len(SET[0])}]
    told = "".join(one.out.decode() + one.err for one in ended)
    spelled = [SEED.hex(), base64.b64encode(SEED).decode()[:40], strict_json.to_base64url(SEED)]
    pieces = [code.decode()[at : at + 24] for code in SET for at in range(5, len(code) - 24, 24)]
    assert [one for one in (*spelled, *pieces) if one in told] == []
