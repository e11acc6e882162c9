"""`gapura doctor` as a technician meets it: a real process, a real terminal, real lines at a pin keeper."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from firmware.control import archive
from firmware.doctor import report
from hw.pinkeeper import PinKeeper
from provisioning.rig.gate import GREEN, RED, RELAY, REX, YELLOW, Plan, Rig
from tests.command import gapura, gapura_ops
from tests.torture.lane import Lane
from tests.torture.pins import PinRecord
from tests.unit.commands.terminal import Asked, Camera, Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

LAMPS = {"lamp-red": RED, "lamp-yellow": YELLOW, "lamp-green": GREEN}
SEEN = ("lamp-red", "lamp-yellow", "aim-outside", "input-rex", "relay", "lamp-green")
LONG_MS = 60_000


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """Wire a door whose pulse is short; nothing runs but the keeper of its pins."""
    yield from kept(Rig(tmp_path, Plan(readers={"outside": None}, unlock_ms=500, max_unlock_ms=1_000)))


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[Rig]:
    """Wire a door whose pulse is longer than any test."""
    yield from kept(Rig(tmp_path, Plan(readers={"outside": None}, unlock_ms=LONG_MS, max_unlock_ms=LONG_MS)))


def kept(rig: Rig) -> Iterator[Rig]:
    """Keep the pins of a rig."""
    keeper = PinKeeper(Path(rig.keeper_path))
    serving = threading.Thread(target=keeper.run)
    serving.start()
    try:
        yield rig
    finally:
        keeper.stop()
        serving.join()


def answer(asked: Asked, terminal: Terminal, pins: PinRecord) -> None:
    """Do what is asked at every step but the aim; what is asked of an eye is looked up at the pins."""
    match asked.step:
        case "input-rex":
            pins.press(REX, level="back" in asked.text)
        case "lamp-red" | "lamp-yellow":
            assert pins.level(LAMPS[asked.step])
            assert not pins.level(GREEN)
            terminal.type("y")
        case _:
            assert not pins.level(RELAY)
            terminal.type("y")


def test_a_technician_walks_through_the_door(rig: Rig) -> None:
    """Lamps, camera, button and lock are tried one by one; green comes only with the lock; the record is the gate's."""
    camera = Camera(Lane(rig.socket("outside")))
    with PinRecord(rig.keeper_path) as pins, Terminal(rig.config, ("--technician", "t-17")) as terminal:
        while (asked := terminal.asked()) is not None:
            if asked.step != "aim-outside":
                answer(asked, terminal, pins)
                continue
            camera.lane.show(b"any code")
            following = terminal.asked(camera.beat)
            assert following is not None
            answer(following, terminal, pins)
        code = terminal.ended()
        told = terminal.told()
        assert pins.rests(RELAY, RED, YELLOW, GREEN)
        changes = [(change.pin, change.level) for change in pins.since(0) if change.pin in {RELAY, GREEN}]
    steps = {str(one["id"]): one["outcome"] for one in told[:-1]}
    assert {steps[name] for name in SEEN} == {"ok"}, terminal.text
    assert changes[:4] == [(RELAY, True), (RELAY, False), (RELAY, True), (GREEN, True)]
    assert sorted(changes[4:]) == sorted([(RELAY, False), (GREEN, False)])  # each ends by its own limit, the same one
    assert "WARNING: the door will open now" in terminal.text
    failed = set(map(str, told[-1]["failed"]))  # type: ignore[call-overload]
    assert code == (1 if failed else 0)
    assert failed.isdisjoint(SEEN)
    proven = gapura_ops("commissioning", "verify", str(told[-1]["record"]), "--ca", rig.broker.ca)
    (record,) = proven.lines()
    assert (proven.code, record["gate"], record["technician"], record["way"]) == (0, "gate-1", "t-17", "terminal")
    assert record["failed"] == told[-1]["failed"]
    camera.lane.hang_up()


def to_the_lock(terminal: Terminal, pins: PinRecord) -> None:
    """Skip all that comes before the lock, and let it be released."""
    while (asked := terminal.asked()) is not None:
        terminal.type("y" if asked.step.startswith(("lamp", "relay")) else "s")
        if asked.step == "relay":
            break
    assert pins.rose(RELAY, 0)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_whatever_ends_it_the_lock_falls_and_the_walk_goes_on(slow: Rig, number: signal.Signals) -> None:
    """Ended while the lock is released, by any signal, the line falls; the next walk begins at that very step."""
    with PinRecord(slow.keeper_path) as pins:
        with Terminal(slow.config) as terminal:
            to_the_lock(terminal, pins)
            terminal.process.send_signal(number)
            assert pins.rests(RELAY)
            assert terminal.ended() == (-number if number is signal.SIGKILL else 130)
            before = terminal.text
        with Terminal(slow.config) as again:
            asked = again.asked()
            assert asked is not None
            assert asked.step == "relay", again.text
            assert "going on behind" in again.text
            again.type("n")
            following = again.asked()
            assert following is not None
            again.type("s")
            again.ended()
            told = again.told()
        assert pins.rises(RELAY, 0) == 1
    assert ("the door is let go" in before) is (number is not signal.SIGKILL)
    outcomes = {str(one.get("id")): (one.get("outcome"), one.get("reason")) for one in told}
    assert outcomes["lamp-red"] == ("ok", None)
    assert outcomes["relay"] == ("skipped", "declined")
    assert outcomes["lamp-green"] == ("skipped", "passed_over")
    assert not (slow.folder / "state" / archive.PROGRESS).exists()


def test_again_begins_anew(rig: Rig) -> None:
    """`q` keeps what was settled, and `--again` does not go on with it."""
    with Terminal(rig.config) as terminal:
        assert terminal.asked() == Asked("lamp-red", "Is the red lamp lit?")
        terminal.type("y")
        assert terminal.asked() == Asked("lamp-yellow", "Is the yellow lamp lit?")
        terminal.type("what?")
        assert terminal.asked() == Asked("lamp-yellow", "Is the yellow lamp lit?")
        terminal.type("q")
        assert terminal.ended() == 130
    with Terminal(rig.config, ("--again",)) as terminal:
        assert terminal.asked() == Asked("lamp-red", "Is the red lamp lit?")
        assert "going on" not in terminal.text


def test_without_a_terminal_nothing_is_asked_or_moved(rig: Rig) -> None:
    """What needs no person is done, the rest is skipped for that reason; no line moves, and progress is not touched."""
    kept_before = b'{"left":"as it was"}'
    progress = rig.folder / "state" / archive.PROGRESS
    progress.write_bytes(kept_before)
    with PinRecord(rig.keeper_path) as pins:
        ended = gapura("doctor", "--config", rig.config)
        moved = [change for change in pins.since(0) if change.level and change.pin != REX]
    told = ended.lines()
    reasons = {str(one["id"]): one["reason"] for one in told[:-1]}
    assert {name for name, reason in reasons.items() if reason == "no_terminal"} == set(SEEN)
    assert moved == []
    assert progress.read_bytes() == kept_before
    summary = told[-1]
    assert summary["signed"] is True
    failed = [one["id"] for one in told[:-1] if one["outcome"] == "fail"]
    assert summary["failed"] == failed
    assert "broker" in failed  # none runs here
    assert ended.code == 1


def test_a_door_that_works_is_left_alone(rig: Rig) -> None:
    """While the gate runs the command says what to do in one line, touches nothing, and the gate goes on."""
    rig.gate.start()
    try:
        rig.gate.wait_for("ready")
        ended = gapura("doctor", "--config", rig.config)
        assert (ended.code, ended.out, ended.err.count("\n")) == (2, b"", 1), ended.err
        assert "sudo systemctl stop gapura" in ended.err
        assert [mark.kind for mark in rig.gate.marks()] == ["start", "ready"]
    finally:
        rig.gate.stop()


@pytest.mark.parametrize("name", ["Budi Santoso", "", "x" * 65, "t_17"])
def test_a_person_is_not_named(rig: Rig, name: str) -> None:
    """A technician is an id; anything else is a mistake of usage."""
    ended = gapura("doctor", "--config", rig.config, "--technician", name)
    assert (ended.code, ended.err.count("\n")) == (2, 1)


def test_a_bench_without_a_key_signs_nothing(rig: Rig) -> None:
    """Without a broker's section the record is kept unsigned, said so, and the command fails."""
    text = rig.config.read_text()
    start, end = text.index("[mqtt]"), text.index("[hardware]")
    rig.config.write_text(text[:start] + text[end:])
    ended = gapura("doctor", "--config", rig.config)
    summary = ended.lines()[-1]
    assert (ended.code, summary["signed"]) == (1, False)
    assert "not signed" in ended.err
    assert report.read_record(Path(str(summary["record"])).read_bytes()) is not None
    outcomes = {one.get("id"): one.get("reason") for one in ended.lines()}
    assert outcomes["broker"] == outcomes["certificate"] == "not_configured"
