"""`gapura replay`: what a gate decided comes out the same, what was changed does not, and nonsense is told apart."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from firmware.events import Instant, Record
from firmware.records.inline import InlineJournal
from firmware.rules.policy import Policy
from firmware.rules.replay.marks import Marks
from firmware.signed.facts import Facts
from tests.command import Ended, gapura, gapura_ops
from tests.unit.commands.desk import AT

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = """\
show visitor.txt
wait 6000
show visitor.txt
show in staff.txt
wait 8000
show other.txt
show staff.txt
posture lockdown
show staff.txt
rex
quit
"""


@pytest.fixture(scope="module")
def recorded(desk: Path) -> list[str]:
    """Play a gate under the desk's policy, and keep what it prints."""
    door = ("--trust", "trust.cose", "--policy", "policy.cose", "--virtual-time", "--at", AT)
    ended = gapura("simulate", *door, stdin=SCRIPT.encode(), cwd=desk)
    assert ended.code == 0, ended.err
    return ended.out.decode().splitlines()


def replay(desk: Path, lines: list[str], *options: str, policy: str = "policy.cose") -> Ended:
    """Replay lines under the desk's trust list and a policy."""
    named = ("--policy", policy, "--trust", "trust.cose")
    return gapura("replay", *named, *options, "-", stdin="\n".join(lines).encode(), cwd=desk)


def counts(ended: Ended) -> dict[str, int]:
    """Return the last line, but for what is zero."""
    told = ended.lines()[-1]["counts"]
    assert isinstance(told, dict)
    return {name: number for name, number in told.items() if number}


SAME = {"agreed": 6, "decisions": 6, "without_facts": 1}


def test_all_of_a_run_comes_out_the_same(desk: Path, recorded: list[str]) -> None:
    """Entries, refusals, an exit, a lockdown; the exit button asked no rule."""
    ended = replay(desk, recorded)
    assert (ended.code, len(ended.lines())) == (0, 1)
    told = counts(ended)
    assert told | {"events": 0} == SAME | {"events": 0}


def test_the_plain_policy_is_the_signed_one(desk: Path, recorded: list[str]) -> None:
    """A mark goes by what a document says."""
    ended = replay(desk, recorded, policy="policy.json")
    assert (ended.code, "other_policy" in counts(ended)) == (0, False)


def test_with_one_rule_changed_the_right_ones_come_out_otherwise(
    desk: Path, recorded: list[str], tmp_path: Path
) -> None:
    """Whoever the changed rule keeps out, and nobody else, by their ids."""
    changed = {"profile": "test", "classes": {"visitor": {}, "staff": {"areas": ["vault"]}}}
    (tmp_path / "changed.json").write_text(json.dumps(changed))
    events = [value for line in recorded if (value := json.loads(line))["kind"] == "event"]
    accesses = [event["value"] for event in events if event["value"]["type"] == "gapura.access.v1"]
    staff = [one["id"] for one in accesses if one["data"]["class"] == "staff" and one["data"]["reason"] != "lockdown"]
    for named in ("--as", "--policy"):
        policies = ("--policy", "policy.cose", "--as") if named == "--as" else ("--policy",)
        text = "\n".join(recorded).encode()
        ended = gapura("replay", *policies, tmp_path / "changed.json", "-", stdin=text, cwd=desk)
        lines = ended.lines()[:-1]
        assert (ended.code, [line["id"] for line in lines]) == (1, staff)
        assert [(line["why"], dict(line["replayed"]).get("reason")) for line in lines][1] == ("decision", "wrong_area")  # type: ignore[call-overload]
        assert counts(ended)["other_policy"] == SAME["decisions"]


def test_of_several_policies_each_decision_takes_its_own(desk: Path, recorded: list[str]) -> None:
    """One that none of them made is not made again; with several it is not guessed."""
    ended = replay(desk, recorded, "--policy", "door.json")
    assert (ended.code, counts(ended)["agreed"]) == (0, 6)
    ended = replay(desk, recorded, "--policy", "door.json", policy="full.json")
    assert (ended.code, counts(ended)["unknown_policy"]) == (1, 6)


def test_another_trust_list_is_counted(desk: Path, recorded: list[str]) -> None:
    """Whose signature held stands as it was recorded."""
    text = "\n".join(recorded).encode()
    ended = gapura("replay", "--policy", "policy.cose", "--trust", "foreign.cose", "-", stdin=text, cwd=desk)
    assert (ended.code, counts(ended)["other_trust"]) == (0, 6)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"decision": "allow"', '"decision": "deny"'),
        ('"used": true', '"used": false'),
        ('"class": "staff"', '"class": "visitor"'),
    ],
)
def test_an_altered_event_does_not_hold_its_digest(desk: Path, recorded: list[str], old: str, new: str) -> None:
    """Its answer, a fact or what the record says beside it."""
    ended = replay(desk, [line.replace(old, new) for line in recorded])
    assert ended.code == 1
    assert {line["why"] for line in ended.lines()[:-1]} == {"digest"}


def test_a_record_that_says_one_thing_and_rests_on_another_does_not_agree(desk: Path, recorded: list[str]) -> None:
    """Whoever makes an entry of a refusal, and leaves the refusal in the facts, is found out: the digest holds."""
    forged = []
    for line in recorded:
        value = json.loads(line)
        data = value["value"].get("data", {}) if value["kind"] == "event" else {}
        if data.get("decision") == "deny":
            data["facts"] |= {"decision": "deny", "reason": data.pop("reason")}
            data["decision"] = "allow"
            forged.append(value["value"]["id"])
        elif "facts" in data:
            data["facts"]["at"] = [data["at"]["earliest"], data["at"]["latest"]]
            data["at"]["earliest"] -= 86_400
            forged.append(value["value"]["id"])
        recorded = [json.dumps(value) if one is line else one for one in recorded]
    ended = replay(desk, recorded)
    lines = ended.lines()[:-1]
    assert (ended.code, [line["id"] for line in lines]) == (1, forged)
    assert len(forged) == SAME["decisions"]
    assert {line["why"] for line in lines} == {"unreadable"}


@pytest.mark.parametrize("at", [[0, 2**53 - 1], [2**53 - 1, 2**53 - 1], [253_402_300_799, 253_402_300_799], [0, None]])
def test_a_time_that_no_calendar_has_is_refused(desk: Path, recorded: list[str], tmp_path: Path, at: list[int]) -> None:
    """Facts that hold together may still be such as no gate can have had: the run goes on."""
    hours = [{"days": ["mon"], "from": "00:00", "until": "24:00"}]
    body = {"profile": "t", "classes": {"visitor": {"hours": hours}}, "passback": {"mode": "hard"}}
    (tmp_path / "hours.json").write_text(json.dumps(body))
    marks = Marks.of(Policy.model_validate_json(json.dumps(body)))
    value: dict[str, object] = {
        "area": "lobby",
        "gate": "gate-1",
        "at": at,
        "decision": "allow",
        "direction": "in",
        "class": "visitor",
    }
    value |= {"format": "gp1", "policy": marks.policy, "trust": "0" * 16, "again": True, "passback": marks.passback}
    facts = Facts.model_validate_json(json.dumps(value))
    data = {"facts": facts.written({}, bounded=False)}
    event = {"id": "x", "source": "/gapura/1/gate-1", "type": "gapura.access.v1", "data": data}
    ended = replay(desk, [json.dumps(event), *recorded], policy=str(tmp_path / "hours.json"))
    assert (ended.code, ended.lines()[0]["id"], ended.lines()[0]["why"]) == (1, "x", "impossible")
    assert counts(ended)["decisions"] == SAME["decisions"] + 1


HOSTILE = [
    "nonsense",
    "{}",
    '{"a": 1, "a": 2}',
    "[" * 100_000,
    "{" + '"a":{' * 9_000,
    '{"id": "x", "source": "/gapura/1/G!", "type": "gapura.access.v1", "data": {}}',
    '{"id": "x", "source": "/gapura/1/g", "type": "gapura.access.v2", "data": {}}',
    '{"id": "x", "source": "/gapura/1/g", "type": "gapura.access.v1", "data": {"facts": {"digest": 5}}}',
    '{"id": "x", "source": "/gapura/1/g", "type": "gapura.access.v1", "data": {"facts": {"digest": "00"}, "at": []}}',
    "x" * 200_000,
    "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
]


def test_nonsense_is_refused_and_counted_and_the_rest_is_replayed(desk: Path, recorded: list[str]) -> None:
    """No line ends the run, and none of them agrees."""
    ended = replay(desk, [*HOSTILE, *recorded])
    told = counts(ended)
    assert (ended.code, told["refused"], told["agreed"]) == (1, len(HOSTILE), 6)


def test_a_simulated_officer_is_replayed(desk: Path) -> None:
    """The request stands between the events; both answers about one person come out the same."""
    door = ("--trust", "trust.cose", "--policy", "door.json", "--virtual-time", "--at", AT)
    ended = gapura("simulate", *door, stdin=b"show late.txt\nofficer admit\nwait 8000\nquit\n", cwd=desk)
    lines = ended.out.decode().splitlines()
    assert any('"kind": "assist"' in line for line in lines)
    again = replay(desk, lines, policy="door.json")
    assert (again.code, counts(again)["agreed"], "refused" in counts(again)) == (0, 2, False)


def test_topics_before_events_are_passed_over_and_other_topics_with_them(desk: Path, recorded: list[str]) -> None:
    """What a subscriber writes down can be replayed as it is."""
    events = [json.loads(line)["value"] for line in recorded if '"kind": "event"' in line]
    lines = [f"gapura/1/gate-1/event/access {json.dumps(one)}" for one in events]
    lines += ['gapura/1/gate-1/health {"up": 1}', "gapura/1/gate-1/availability online", ""]
    ended = replay(desk, lines)
    assert (ended.code, counts(ended)["agreed"], "refused" in counts(ended)) == (0, 6, False)


def test_a_journal_is_replayed_as_its_events_are(desk: Path, recorded: list[str], tmp_path: Path) -> None:
    """From a copy of its own: nothing is written beside it."""
    path = tmp_path / "journal.db"
    journal = InlineJournal(path, "gate-1", committed=lambda _: None, boot="5c1b5e9f-6f6e-4f0e-9a55-0d9a4c3f8e21")
    events = [json.loads(line)["value"] for line in recorded if '"kind": "event"' in line]
    for token, event in enumerate(events, 1):
        data = dict(event["data"])
        at = data.pop("at")
        instant = Instant(at["boottime_ms"], at["earliest"], at["latest"], at["clock"])
        journal.submit(Record(token, event["type"].split(".")[1], instant, data, None))
    journal.close()
    before = sorted(tmp_path.iterdir())
    ended = gapura("replay", "--policy", "policy.cose", "--trust", "trust.cose", path, cwd=desk)
    assert (ended.code, counts(ended)["agreed"], sorted(tmp_path.iterdir())) == (0, 6, before)
    path.write_bytes(path.read_bytes()[:4096])
    ended = gapura("replay", "--policy", "policy.cose", path, cwd=desk)
    assert (ended.code, "gapura-ops journal verify" in ended.err) == (2, True)
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute("CREATE TABLE records (seq)")
    assert gapura("replay", "--policy", "policy.cose", tmp_path / "other.db", cwd=desk).code == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("-",), "no policy to decide under"),
        (("--policy", "nowhere.json", "-"), "check the path"),
        (("--policy", "trust.cose", "-"), "policy"),
        (("--policy", "policy.cose", "nowhere.jsonl"), "name events as JSON lines"),
        (("--policy", "policy.cose", "--health-key", "policy.json", "-"), "no key that gapura-ops contact key made"),
        (("--policy", "policy.cose", "--trust", "policy.cose", "-"), "trust list"),
    ],
)
def test_what_cannot_be_used_is_one_line(desk: Path, arguments: tuple[str, ...], words: str) -> None:
    """Bad usage ends with 2 and says what to do."""
    ended = gapura("replay", *arguments, cwd=desk)
    assert (ended.code, ended.out, words in ended.err, ended.err.count("\n")) == (2, b"", True, 1)


def test_nothing_decided_again_is_no_success(desk: Path) -> None:
    """An empty file agrees with nothing."""
    ended = replay(desk, [])
    assert (ended.code, "nothing was decided again" in ended.err) == (1, True)


def test_what_is_sealed_opens_with_the_offices_key(desk: Path, tmp_path: Path) -> None:
    """Under a changed rule of health the answer needs the facts; without the key they are counted as sealed."""
    (tmp_path / "word").write_text("correct horse\n")
    word = ("--passphrase-file", tmp_path / "word")
    key = gapura_ops("contact", "key", "--out", tmp_path / "office.json", *word).lines()[0]["health_office"]
    visitor = {"health": "required", "hours": [{"days": ["sun"], "from": "00:00", "until": "24:00"}]}
    body = {"profile": "sealed", "health_office": key, "classes": {"visitor": visitor}}
    (tmp_path / "then.json").write_text(json.dumps(body))
    (tmp_path / "now.json").write_text(json.dumps(body | {"classes": {"visitor": {"health": "required"}}}))
    door = ("--trust", desk / "trust.cose", "--policy", tmp_path / "then.json", "--virtual-time", "--at", AT)
    played = gapura("simulate", *door, stdin=b"show visitor.txt\nquit\n", cwd=desk)
    assert (b'"reason": "hours"' in played.out, b'"health"' in played.out) == (True, False)
    named = ("replay", "--policy", tmp_path / "now.json")
    shut = gapura(*named, "-", stdin=played.out)
    assert (shut.code, counts(shut)["sealed"]) == (1, 1)
    opened = gapura(*named, "--health-key", tmp_path / "office.json", *word, "-", stdin=played.out)
    assert [dict(line["replayed"])["reason"] for line in opened.lines()[:-1]] == ["health"]  # type: ignore[call-overload]
