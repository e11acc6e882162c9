"""Desired documents: what is accepted, what is refused, which holds, and that all of it is reported and lasts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from firmware.control import mistakes, standing
from firmware.control.config import Config
from firmware.records.heard import Heard
from firmware.signed import strict_json
from firmware.signed.envelope import Kind
from tests.broker.stand import until
from tests.revoking import listed
from tests.unit.control.reading_room import POLICY, ReadingRoom, manifest_of
from tests.unit.signed.office import BEGINS, ENDS, ISSUED, NOW, Office

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_a_desired_policy_is_in_force_at_once_and_after_a_start(tmp_path: Path) -> None:
    """What is accepted counts now, is told to the controller once, and counts again when the gate starts."""
    office = Office()
    with ReadingRoom(tmp_path, office) as room:
        assert room.library.lists().rules.policy is None
        room.desire(room.policy(5))
        said = room.wait(state="applied", version=5)
        assert said["code"] == 0
        assert room.library.lists().rules.version == 5
        assert room.changes == 1
        room.desire(room.policy(6))
        room.wait(version=6)
    with ReadingRoom(tmp_path, office) as again:
        assert again.library.lists().rules.version == 6
        again.wait(state="applied", version=6)
        assert again.library.lists().problems[0].startswith("trust list")


def refusals() -> dict[str, tuple[str, bytes, Kind]]:
    """Documents that are refused over a policy of version 5, by what is wrong with them."""
    mallory = Office()
    return {
        "another root": ("unknown_root", mallory.seal(Kind.POLICY, POLICY, version=9), Kind.POLICY),
        "rubbish": ("malformed", b"\x00\xff rubbish", Kind.POLICY),
        "too long": ("too_long", b"\x84" + bytes(1 << 20), Kind.POLICY),
    }


@pytest.mark.parametrize("name", list(refusals()))
def test_rubbish_is_refused_and_reported_and_the_old_one_stays(tmp_path: Path, name: str) -> None:
    """Whatever lies on the topic, the policy in force stays, and the report names both."""
    why, data, kind = refusals()[name]
    with ReadingRoom(tmp_path) as room:
        room.desire(room.policy(5))
        room.wait(version=5)
        room.desire(data, kind)
        said = room.wait(state="rejected", reason=why)
        assert said["version"] == 5
        assert room.library.lists().rules.version == 5
        assert room.library.counters()[f"documents_refused_{why}"] == 1


CASES: dict[str, tuple[str, dict[str, object]]] = {
    "older than the floor": ("rolled_back", {"version": 4}),
    "another of the same version": ("version_reused", {"version": 5, "expires": ENDS - 5}),
    "over": ("expired", {"version": 9, "issued": BEGINS + 10, "expires": ISSUED}),
    "not begun": ("not_yet_valid", {"version": 9, "issued": ISSUED + 5000}),
    "for another gate": ("wrong_audience", {"version": 9, "audience": ("gate-2", "_group/west")}),
    "no policy": ("bad_body", {"version": 9, "body": {"say": "hello"}}),
    "no manifest": ("bad_manifest", {"version": 9, "body": {"blob": {"bytes": 3}}}),
    "a blob too long": ("too_big", {"version": 9, "body": manifest_of(bytes((1 << 20) + 1), 65_536)}),
}


@pytest.mark.parametrize("name", list(CASES))
def test_a_signed_document_that_does_not_fit_is_refused(tmp_path: Path, name: str) -> None:
    """A signature is not enough: version, time, audience and body are looked at, and nothing changes."""
    why, changes = CASES[name]
    with ReadingRoom(tmp_path) as room:
        room.desire(room.policy(5))
        room.wait(version=5)
        room.desire(room.office.seal(Kind.POLICY, **{"body": POLICY, **changes}))  # type: ignore[arg-type]
        room.wait(state="rejected", reason=why, version=5)
        room.desire(room.policy(5))
        assert "reason" not in room.wait(state="applied", version=5)


@pytest.mark.parametrize("kind", [Kind.PROVISION])
def test_kinds_that_are_not_built_are_answered(tmp_path: Path, kind: Kind) -> None:
    """A kind that this gate cannot take is reported as unsupported, and one that does not exist is counted only."""
    with ReadingRoom(tmp_path) as room:
        room.desire(room.office.seal(kind, version=1), kind)
        room.wait(kind, state="rejected", reason="unsupported", version=0)
        room.library.heard(Heard("doc", "nonsense", None, None, b"x", "", retained=True))
        room.library.heard(Heard("doc", "policy", "west", None, b"x", "", retained=True))
        assert room.library.counters()["documents_unknown"] == 2
        assert len(room.notices.kept()) == 1


def test_a_gate_outranks_its_group_until_its_own_is_withdrawn(tmp_path: Path) -> None:
    """The narrowest document holds though a wider one is newer; each has a floor of its own."""
    with ReadingRoom(tmp_path) as room:
        room.desire(room.policy(5, "gate-1"))
        room.wait(version=5)
        room.desire(room.policy(7, "_group/east"), group="east")
        room.desire(room.policy(8, "*"), group="lobby")
        room.desire(room.policy(6, "gate-1"))
        room.wait(version=6)
        assert room.library.lists().rules.version == 6
        room.desire(room.policy(5, "gate-1"))
        room.wait(reason="rolled_back", version=6)
        room.desire(room.office.seal(Kind.POLICY, {"withdrawn": True}, version=9, audience=("gate-1",)))
        room.wait(state="applied", version=7)


def test_of_trust_the_newest_counts_whoever_it_is_addressed_to(tmp_path: Path) -> None:
    """An older list for one gate does not keep a key alive that a newer one for everybody took away."""
    key = {"kid": "a2lk", "alg": "EdDSA", "classes": ["visitor"], "not_before": "2026-01-01T00:00:00Z"}
    key |= {"not_after": "2026-02-01T00:00:00Z", "key": strict_json.to_base64url(Office().root_raw)}
    with ReadingRoom(tmp_path) as room:
        for version, audience in ((5, "gate-1"), (6, "*")):
            body: dict[str, object] = {"issuers": [{"name": f"issuer {version}", "keys": [key]}]}
            room.desire(room.office.seal(Kind.TRUST, body, version=version, audience=(audience,)), Kind.TRUST)
            room.wait(Kind.TRUST, state="applied", version=version)
        assert room.library.lists().trust.version == 6
        body = {"issuers": [{"name": "issuer", "keys": [key]}]}
        room.desire(room.office.seal(Kind.TRUST, body, version=5, audience=("gate-1",)), Kind.TRUST)
        room.wait(Kind.TRUST, reason="rolled_back", version=6)


def test_the_newer_of_file_and_shelf_counts_at_the_start(tmp_path: Path) -> None:
    """A technician's file counts when it is newer than what was accepted, and is refused when it is older."""
    office = Office()
    for stored, brought, counts in ((5, 7, 7), (8, 7, 8)):
        (tmp_path / "policy.cose").unlink(missing_ok=True)
        with ReadingRoom(tmp_path, office) as room:
            room.desire(room.policy(stored))
            room.wait(version=stored)
            (tmp_path / "policy.cose").write_bytes(room.policy(brought))
        with ReadingRoom(tmp_path, office) as room:
            room.wait(state="applied", version=counts)
            assert room.library.lists().rules.version == counts
    for path in (tmp_path / "state/documents").glob("policy-*"):
        path.unlink()
    with ReadingRoom(tmp_path, office) as room:
        assert room.library.lists().rules.policy is None
        assert any("older than what this gate has accepted" in one for one in room.library.lists().problems)


def test_whoever_only_looks_sees_what_lies_on_the_shelf(tmp_path: Path) -> None:
    """A technician's check of a gate that has its lists from the broker finds nothing missing that is there."""
    with ReadingRoom(tmp_path) as room:
        config = mistakes.read(tmp_path / "gapura.toml")
        assert isinstance(config, Config)
        assert any("policy" in line for line in standing.look(config, NOW).problems)
        room.desire(room.policy(5))
        room.wait(version=5)
        lists = standing.look(config, NOW)
    assert lists.rules.version == 5
    assert not any(line.startswith("policy") for line in lists.problems)


def test_another_root_begins_with_an_empty_shelf(tmp_path: Path) -> None:
    """Floors and documents of one authority mean nothing under another one."""
    with ReadingRoom(tmp_path) as room:
        room.desire(room.policy(50))
        room.wait(version=50)
    with ReadingRoom(tmp_path) as room:
        assert room.library.lists().rules.policy is None
        room.desire(room.policy(2))
        room.wait(state="applied", version=2)


def test_a_disk_that_fails_costs_a_report_and_nothing_else(tmp_path: Path) -> None:
    """What cannot be kept is not in force: it would be gone after the next start."""
    with ReadingRoom(tmp_path) as room:
        (tmp_path / "state/documents").write_text("a file where the folder belongs")
        room.desire(room.policy(5))
        room.wait(state="rejected", reason="storage", version=0)
        assert room.library.lists().rules.policy is None


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: b"",
        lambda _: b"{}",
        lambda _: b"\xff",
        lambda whole: whole.replace(b'"version":7', b'"version":17', 1),
    ],
)
def test_floors_that_are_lost_are_told_and_made_again(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    """Every document that is kept stands for its floor, one that was withdrawn too, and somebody hears of it."""
    office, floors = Office(), tmp_path / "state/documents/floors.json"
    withdrawn = office.seal(Kind.POLICY, {"withdrawn": True}, version=9, audience=("gate-1",))
    with ReadingRoom(tmp_path, office) as room:
        room.desire(room.policy(7, "*"))
        room.wait(version=7)
        room.desire(withdrawn)
        room.retained.lay(listed(range(3)))
        room.desire(office.seal(Kind.REVOCATIONS, manifest_of(listed(range(3))), version=1), Kind.REVOCATIONS)
        room.wait(Kind.REVOCATIONS, version=1)
        assert "documents_floors_lost" not in room.library.counters()
    floors.write_bytes(damage(floors.read_bytes()))
    with ReadingRoom(tmp_path, office) as room:
        assert room.library.counters()["documents_floors_lost"] == 1
        room.desire(room.policy(8, "gate-1"))
        room.wait(state="rejected", reason="rolled_back", version=7)
    with ReadingRoom(tmp_path, office) as room:
        assert "documents_floors_lost" not in room.library.counters()


def test_what_is_refused_for_the_moment_is_asked_for_again(tmp_path: Path) -> None:
    """A clock that is put right later is no reason to go by an old list until the connection ends."""
    with ReadingRoom(tmp_path) as room:
        late = room.office.seal(Kind.POLICY, POLICY, version=6, issued=ISSUED + 5000)
        topic = "gapura/1/_group/east/doc/policy/desired"
        room.retained.pieces[topic] = Heard("doc", "policy", "east", None, late, "", retained=True)
        room.desire(late, group="east")
        room.wait(state="rejected", reason="not_yet_valid")
        room.clock.ms += 5_000_000
        room.library.link_changed(up=True)
        room.library.link_changed(up=True)
        assert until(lambda: topic in room.retained.followed)
        room.wait(state="applied", version=6)
        assert until(lambda: topic not in room.retained.following)


def test_a_flood_of_rubbish_is_one_line_for_each_reason(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Whoever owns the broker fills neither the log nor the card, and every one of them is counted."""
    with ReadingRoom(tmp_path) as room:
        for number in range(20):
            room.desire(b"rubbish" if number % 2 else bytes(1 << 20))
            assert until(lambda number=number: room.library.counters().get("documents_refused") == number + 1)  # type: ignore[misc]
    said = [line for line in caplog.messages if line.startswith("desired policy is refused")]
    assert said == ["desired policy is refused: too_long", "desired policy is refused: malformed"]
