"""`gapura check`: what a technician reads before going home."""

from __future__ import annotations

import os
import pwd
import threading
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hw.pinkeeper import PinKeeper
from provisioning.images.command import BOARDS
from provisioning.rig.gate import GREEN, RELAY, Plan, Rig
from tests.command import gapura

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Rig:
    """Make a whole gate's files; nothing of it runs."""
    return Rig(tmp_path_factory.mktemp("rig"), Plan(readers={"outside": "scene:.", "inside": "scene:."}))


@contextmanager
def kept(rig: Rig) -> Iterator[None]:
    """Have a pin keeper answer where the rig's configuration names one."""
    keeper = PinKeeper(Path(rig.keeper_path))
    serving = threading.Thread(target=keeper.run)
    serving.start()
    try:
        yield
    finally:
        keeper.stop()
        serving.join()


def test_a_whole_gate_is_good(rig: Rig) -> None:
    """Configuration, lists, certificates and users that fit together exit with 0 and say so."""
    with kept(rig):
        ended = gapura("check", rig.config)
    assert (ended.code, ended.out) == (0, b"")
    assert ended.err.endswith("good\n")


def test_a_pin_keeper_that_is_not_there_is_a_mistake(rig: Rig) -> None:
    """A bench whose keeper does not answer would not start, so it is not good."""
    ended = gapura("check", rig.config)
    assert ended.code == 2
    assert "hardware.pins: no pin keeper answers there; start it" in ended.err


def on_mock_pins(rig: Rig, path: Path, *swaps: tuple[str, str]) -> Path:
    """Write the rig's configuration for pins in memory, with some texts swapped."""
    text = rig.config.read_text()
    keeper = next(line for line in text.splitlines() if line.startswith("pins = "))
    for old, new in ((keeper, 'pins = "mock"'), *swaps):
        assert old in text
        text = text.replace(old, new)
    path.write_text(text)
    return path


def test_a_certificate_made_out_to_another_gate_is_a_mistake(rig: Rig, tmp_path: Path) -> None:
    """The broker takes a gate for whom its certificate names: it must be made out to gate.id."""
    path = on_mock_pins(rig, tmp_path / "gapura.toml", ('id = "gate-1"', 'id = "gate-7"'))
    ended = gapura("check", path)
    assert ended.code == 2
    assert (
        "is made out to gate-1, not to gate.id; make one: python -m provisioning.broker issue gate gate-7" in ended.err
    )


def test_what_the_unit_makes_is_no_mistake_before_it_ran(rig: Rig, tmp_path: Path) -> None:
    """The unit's own folders may be missing before the first start, and the check says who makes them."""
    state = next(line for line in rig.config.read_text().splitlines() if line.startswith("state_dir = "))
    swaps = ((state, 'state_dir = "/var/lib/gapura"'), (f'socket = "{rig.folder}/run/', 'socket = "/run/gapura/'))
    ended = gapura("check", on_mock_pins(rig, tmp_path / "gapura.toml", *swaps))
    assert ended.code == 0, ended.err
    for folder in ("/var/lib/gapura", "/run/gapura"):
        if not Path(folder).exists():
            assert f"note: {folder} is not there yet; the unit makes it" in ended.err


def test_a_missing_root_key_hides_no_other_missing_list(rig: Rig, tmp_path: Path) -> None:
    """Root key, trust list and policy that are all missing are three mistakes, each with where to get it."""
    swaps = [(f'{key} = "{rig.folder}', f'{key} = "/nowhere') for key in ("root", "list", "policy")]
    path = on_mock_pins(rig, tmp_path / "gapura.toml", *swaps)
    ended = gapura("check", path)
    assert ended.code == 2
    for says in ("root key /nowhere", "trust list /nowhere", "policy /nowhere", "3 mistakes"):
        assert says in ended.err


def test_run_names_the_path_that_is_missing(rig: Rig, tmp_path: Path) -> None:
    """A folder that is not there ends `run` with one line: the path and what is wrong with it."""
    path = on_mock_pins(rig, tmp_path / "gapura.toml", (f'socket = "{rig.folder}', 'socket = "/nowhere'))
    ended = gapura("run", "--config", path)
    assert ended.code == 2
    assert ended.err.splitlines()[-1].startswith("gapura run: /nowhere/run: ")


@pytest.mark.parametrize("command", ["run", "release", "check"])
def test_help_says_what_file_is_meant_and_which_by_default(command: str) -> None:
    """Whoever asks for help learns what FILE is and where it lies if none is named."""
    ended = gapura(command, "--help")
    assert "the gate's configuration (default /etc/gapura/gapura.toml)" in " ".join(ended.out.decode().split())


def test_everything_beyond_the_text_is_looked_at(rig: Rig, tmp_path: Path) -> None:
    """Missing folders, users, lists and keys are all told at once, each with what to do."""
    text = rig.config.read_text()
    certificate = rig.config.parent / "root.pub"
    for old, new in (
        (f'state_dir = "{rig.folder}', 'state_dir = "/nowhere'),
        (f'policy = "{rig.folder}', 'policy = "/nowhere'),
        ("trust.cose", "policy.cose"),
        (f'user = "{os.getuid()}"', 'user = "nobody-of-this-name"'),
        (f'socket = "{rig.folder}', 'socket = "/nowhere'),
        ("gate-1.crt", f"../../{certificate.relative_to(rig.folder.parent)}"),
    ):
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "gapura.toml"
    path.write_text(text)
    ended = gapura("check", path)
    assert (ended.code, ended.out) == (2, b"")
    for says in ("gate.state_dir", "readers.outside.socket", "readers.inside.user", "trust list", "policy", "mqtt"):
        assert says in ended.err
    assert ended.err.endswith("mistakes\n")


def test_a_key_that_everybody_can_read_or_that_is_anothers_is_a_mistake(rig: Rig, tmp_path: Path) -> None:
    """The gate's key must be its own and nobody else's to read."""
    other = Rig(tmp_path / "other", replace(rig.plan, gate="gate-2"))
    key = rig.folder / "broker" / "gate-1.key"
    own = key.read_bytes()
    try:
        key.write_bytes((other.folder / "broker" / "gate-2.key").read_bytes())
        key.chmod(0o644)
        ended = gapura("check", rig.config)
    finally:
        key.write_bytes(own)
        key.chmod(0o600)
    assert ended.code == 2
    assert "does not belong to" in ended.err
    assert "can be read by everybody" in ended.err


def test_one_user_on_both_sides_of_a_door_is_a_mistake(rig: Rig, tmp_path: Path) -> None:
    """Whoever takes the reader outside over must not be able to speak as the one inside, by whatever name."""
    keeper = next(line for line in rig.config.read_text().splitlines() if line.startswith("pins = "))
    door = rig.config.read_text().replace(keeper, 'pins = "lgpio"')
    inside = f'inside.sock"\nuser = "{os.getuid()}"'
    assert inside in door
    path = tmp_path / "gapura.toml"
    for user, code, says in (
        (pwd.getpwuid(os.getuid()).pw_name, 2, "could open from outside"),
        (str(os.getuid() + 1), 0, "good\n"),
        ("\u00b2", 2, "there is no user"),
        ("4294967295", 2, "there is no user"),
    ):
        path.write_text(door.replace(inside, inside.replace(str(os.getuid()), user)))
        ended = gapura("check", path)
        assert (ended.code, says in ended.err) == (code, True), ended.err
        if code:
            run = gapura("run", "--config", path)
            assert (run.code, says in run.err, run.err.count("\n")) == (2, True, 1), run.err


BENCHES = [
    ('pins = "lgpio"', ""),
    ('pins = "mock"', "hardware.pins = 'mock' moves no pin of this board\n"),
    (
        'pins = "lgpio"\ntest_board = true',
        "hardware.test_board = true lets pins drive a lock that are on at power-on\n",
    ),
    ('pins = "mock"\ntest_board = true', "of this board and hardware.test_board"),
]


@pytest.mark.parametrize(("hardware", "says"), BENCHES, ids=["door", "mock", "board", "both"])
def test_a_bench_says_that_it_is_no_door(rig: Rig, tmp_path: Path, hardware: str, says: str) -> None:
    """What moves no lock, or may drive one from an unsafe pin, is good but never without one line of warning."""
    text = rig.config.read_text()
    own = next(line for line in text.splitlines() if line.startswith("pins = "))
    path = tmp_path / "gapura.toml"
    path.write_text(text.replace(own, hardware).replace('side = "inside"', 'side = "outside"'))
    ended = gapura("check", path)
    assert ended.code == 0
    assert ended.err.count("warning: this is a bench and no door") == (1 if says else 0)
    assert ended.err.count("\n") == ended.err.count("warning: ") + ended.err.count("note: ") + 1
    assert says in ended.err


def test_a_gate_for_tests_says_that_it_guards_nothing(rig: Rig, tmp_path: Path) -> None:
    """A gate that believes published keys is good, and warns of it."""
    swaps = (('side = "inside"', 'side = "outside"'), ("[trust]\n", "[trust]\ntest_gate = true\n"))
    ended = gapura("check", on_mock_pins(rig, tmp_path / "gapura.toml", *swaps))
    assert (ended.code, "warning: trust.test_gate is on" in ended.err) == (0, True), ended.err


SOUNDER = 25

RELEASED = [
    (("health_s = 60", 'health_s = "often"\nhorst = 1'), "", {RELAY, GREEN, SOUNDER}),
    ((f"green = {GREEN}", f"green = {GREEN}\nblink = true"), "light.blink: is not known here", {RELAY}),
    ((f"pin = {SOUNDER}", 'pin = "loud"'), "sounder.pin", {RELAY}),
]


@pytest.mark.parametrize(("swap", "says", "low"), RELEASED, ids=["elsewhere", "light", "sounder"])
def test_a_mistake_elsewhere_does_not_hold_a_lock_open(
    rig: Rig, tmp_path: Path, swap: tuple[str, str], says: str, low: set[int]
) -> None:
    """`release` lets every output go by a file that the gate itself would refuse, and the relay in any case."""
    path = tmp_path / "gapura.toml"
    text = f"{rig.config.read_text()}\n[sounder]\npin = {SOUNDER}\n"
    assert swap[0] in text
    path.write_text(text.replace(*swap))
    assert gapura("check", path).code == 2
    with kept(rig), rig.keeper() as pins:
        for pin in (RELAY, GREEN, SOUNDER):
            pins.set(pin, level=True)
        ended = gapura("release", "--config", path)
        assert (ended.code, ended.err.count("\n")) == ((1, 1) if says else (0, 0))
        assert says in ended.err
        levels = pins.levels()
        assert {pin for pin in (RELAY, GREEN, SOUNDER) if not levels[pin]} == low


def test_a_missing_file_is_one_line() -> None:
    """No configuration is exit 2 and one line, for `check`, `run` and `release` alike."""
    for command in (("check",), ("run", "--config"), ("release", "--config")):
        ended = gapura(*command, "/nowhere.toml")
        assert ended.code == 2
        assert "/nowhere.toml: cannot read" in ended.err


def test_the_text_alone_is_judged_without_a_look_at_what_it_names(rig: Rig, tmp_path: Path) -> None:
    """Who may not see keys, lists and state learns whether the text is good, a gate's or a board's."""
    assert gapura("check", "--text", rig.config).code == 0
    bad = tmp_path / "bad.toml"
    bad.write_text(rig.config.read_text() + "\n[nonsense]\n")
    ended = gapura("check", "--text", bad)
    assert ended.code == 2
    assert "nonsense" in ended.err
    board = tmp_path / "board.toml"
    text = (BOARDS / "pi4-strike.toml").read_text()
    nowhere = "/" + "x" * 300  # to look there at all would fail
    board.write_text(text.replace("[setup]\n", f'[setup]\nstate_dir = "{nowhere}"\n', 1))
    assert gapura("check", "--text", board).code == 0
