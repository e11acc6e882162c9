"""`gapura simulate`: the contract of its lines, and the same bytes for the same script."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.command import Ended, gapura
from tests.unit.commands.desk import desk

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["desk"]


def play(desk: Path, script: str, *options: str) -> Ended:
    """Play a script in virtual time with the desk's trust list."""
    arguments = ("simulate", "--virtual-time", "--trust", "trust.cose", *options)
    return gapura(*arguments, stdin=script.encode("utf-8", "surrogateescape"), cwd=desk)


def moved(ended: Ended, *kinds: str) -> list[tuple[object, object, object]]:
    """Keep (t, kind, value) of the given kinds."""
    return [(line["t"], line["kind"], line["value"]) for line in ended.lines() if line["kind"] in kinds]


def replies(ended: Ended) -> list[tuple[object, object, object]]:
    """Keep (cmd, ok, reason) of every reply."""
    values = [line["value"] for line in ended.lines() if line["kind"] == "reply"]
    return [(value["cmd"], value["ok"], value["reason"]) for value in values if isinstance(value, dict)]


def data(ended: Ended, kind: str) -> list[dict[str, object]]:
    """Keep the data of the events of one type."""
    events = [line["value"] for line in ended.lines() if line["kind"] == "event"]
    return [event["data"] for event in events if isinstance(event, dict) and event["type"] == f"gapura.{kind}.v1"]


def test_a_visit(desk: Path) -> None:
    """One entry, a second try, and the way out: relay, lamps and tones at their times, effects before the reply."""
    ended = play(desk, "show visitor.txt\nwait 6000\nshow in visitor.txt\nwait 3000\nshow out bye\nwait 5000\nquit\n")
    assert ended.code == 0
    relay = [(t, value) for t, _, value in moved(ended, "relay")]
    assert relay == [(0, True), (5000, False), (9000, True), (14000, False)]
    assert [value for _, _, value in moved(ended, "light")] == [
        *("idle", "granted_in", "idle", "used", "idle", "granted_out", "idle", "dark"),
    ]
    assert [value for _, _, value in moved(ended, "sounder")] == ["granted_in", "used", "granted_out"]
    decided = [(one["decision"], one["direction"], one["reason"], one["remark"]) for one in data(ended, "access")]
    assert decided == [
        ("allow", "in", None, None),
        ("deny", "in", "used", None),
        ("allow", "out", None, "unknown_format"),
    ]
    kinds = [line["kind"] for line in ended.lines()]
    assert kinds[kinds.index("relay") :].index("reply") > kinds[kinds.index("relay") :].index("event")


def test_the_same_script_gives_the_same_bytes(desk: Path) -> None:
    """Virtual time and the seed leave nothing to chance; another seed names the gate's life differently."""
    script = "show visitor.txt\nrex\nshow x\nwait 100000\nlose link\nshow staff.txt\nrestore link\n"
    first = play(desk, script)
    assert play(desk, script).out == first.out
    assert play(desk, script, "--seed", "0").out == first.out
    assert play(desk, script, "--seed", "1").out != first.out


def test_without_a_link_the_door_works_and_events_wait(desk: Path) -> None:
    """While the broker is away the door answers; when it is back every event comes, in order and without a gap."""
    ended = play(desk, "lose link\nshow staff.txt\nwait 9000\nshow x\nshow out x\nwait 9000\nrestore link\nquit\n")
    lines = ended.lines()
    at = [number for number, line in enumerate(lines) if line["kind"] == "event"]
    back = next(number for number, line in enumerate(lines) if "restore link" in str(line["value"]))
    assert moved(ended, "relay")[0] == (0, "relay", True)
    assert min(at) > next(number for number, line in enumerate(lines) if "wait 9000" in str(line["value"]))
    assert max(at) < back
    events = [line["value"] for line in lines if line["kind"] == "event"]
    assert [event["sequence"] for event in events if isinstance(event, dict)] == [f"{n:012}" for n in range(1, 6)]


def test_every_line_of_a_script_has_one_reply(desk: Path) -> None:
    """What cannot be done says why, nonsense is named, and the end of input stops the gate."""
    officers = ["officer admit", "officer refuse"]
    wired = ["open", "close", "passage in", "passage out", "fire on", "fire off", "tamper on", "tamper off", "rex"]
    wired += [
        "posture lockdown",
        "posture free-access 500",
        "posture resume",
        "contact mains on",
        "contact rex chatter",
    ]
    odd = ["show", "show in", "wait", "wait -1", "wait 1e3", "wait 99999999999999"]
    odd += ["posture fire", "posture lockdown soon", "contact bell on", "contact mains maybe"]
    odd += ["officer", "officer maybe"]
    odd += ["rex now", "passage", "fire", "open wide", "\udcff\udc80", "x" * 5000]
    ended = play(desk, "\n".join([*officers, "command f", *wired, *odd, "state", "\n"]))
    assert replies(ended) == [
        *((line, False, "no_request") for line in officers),
        ("command f", False, "io_error"),
        *((line, True, None) for line in wired),
        ("show", False, "no_code"),
        ("show in", True, None),
        *((line, False, "bad_argument") for line in odd[2:12]),
        *((line, False, "unknown_command") for line in odd[12:]),
        ("state", True, None),
    ]
    assert moved(ended, "light")[-1] == (0, "light", "dark")


def test_pictures_and_paths_are_shown_like_codes(desk: Path) -> None:
    """A path that exists is opened, picture or text; one that cannot be read is an error of the script."""
    (desk / "half.png").write_bytes((desk / "visitor.png").read_bytes()[:100])
    ended = play(desk, "show visitor.png\nwait 6000\nshow staff.txt\nshow half.png\nshow .\n")
    assert [reason for _, _, reason in replies(ended)] == [None, None, None, "io_error", None]
    assert [one["decision"] for one in data(ended, "access")] == ["allow", "allow", "deny"]


def test_a_policy_that_takes_over_is_read_at_the_start(desk: Path) -> None:
    """One that is missing, or no policy, ends the command before the door begins, and names its file."""
    for name in ("missing.json", "visitor.txt"):
        ended = play(desk, "quit\n", "--policy", "observed.json", "--then", name)
        assert (ended.code, ended.out) == (2, b"")
        assert name in ended.err


def test_time_passes_by_itself_without_virtual_time(desk: Path) -> None:
    """In real time the relay falls while the script waits, and the clock may start at a given date."""
    (desk / "quick.toml").write_text(
        '[gate]\nid = "side-door"\narea = "lobby"\n[relay]\npin = 17\n[door]\nunlock_ms = 500\n'
        '[readers.front]\nside = "outside"\nsocket = "/run/gapura/front.sock"\n'
    )
    arguments = ("simulate", "--config", "quick.toml", "--trust", "trust.cose", "--at", "2026-01-05T02:00:00Z")
    ended = gapura(*arguments, stdin=b"show staff.txt\nwait 600\nshow out x\nrex\nquit\n", cwd=desk)
    relay = moved(ended, "relay")
    assert [value for _, _, value in relay] == [True, False, True, False]
    fell_ms, rose_ms = (int(str(relay[at][0])) for at in (1, 0))
    assert fell_ms - rose_ms >= 500 - 10  # a pulse counts from the turn that decides it, a line is told when it moves
    assert replies(ended)[2] == ("show out x", False, "no_such_reader")
    assert {str(event["at"]["clock"]) for event in data(ended, "access") if isinstance(event["at"], dict)} == {"given"}
