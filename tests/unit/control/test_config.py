"""The configuration: every mistake is found, with its line and a remedy; the example that ships is good."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from firmware.control import soundness
from firmware.control.config import Config, findings
from firmware.control.mistakes import line_of, parse, read
from firmware.control.telling import broker
from hw.colours import LAMPS

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """\
[gate]
id = "gate-1"
area = "lobby"

[relay]
pin = 17

[light]
red = 22
green = 24

[readers.outside]
side = "outside"
socket = "/run/gapura/outside.sock"

[readers.inside]
side = "inside"
socket = "/run/gapura/inside.sock"
user = "gapura-reader-inside"
out_of_sight = true
"""


def test_a_good_file_is_read() -> None:
    """What is not written has its default, with the unit in its name."""
    config = parse(GOOD)
    assert isinstance(config, Config)
    assert (config.door.unlock_ms, config.door.max_unlock_ms) == (5000, 15_000)
    assert config.light.pins() == {"red": 22, "green": 24}
    assert config.mqtt is None


WRONG = [
    ('id = "gate-1"', 'id = "Gate 1"', 2, "use 1 to 64 of a-z, 0-9 and -"),
    ('id = "gate-1"', "id = 1", 2, 'in "quotes"'),
    ('id = "gate-1"\n', "", 1, "gate.id: is missing; add it"),
    ("pin = 17", "pin = 5", 6, "relay on pin 5: not safe at power-on"),
    ("pin = 17", "pin = 99", 6, "relay.pin"),
    ("pin = 17", 'pin = "17"', 6, "without quotes"),
    ("pin = 17", "pin = 22", 9, "pin 22 has two owners: relay and light.red"),
    ("pin = 17", "pin = 17\nactive_high = false", 7, "relay: active-low is on from power-on"),
    ("red = 22", "red = 22\nactive_high = false", 10, "light: active-low is on from power-on"),
    ("[relay]\npin = 17", "[hardware]\ntest_board = true\n[relay]\npin = 1", 8, "relay on pin 1: not safe"),
    ("[light]", "[sounder]\npin = 25\nactive_high = false\n[light]", 10, "sounder.active_high: is not known here"),
    ("pin = 17", "pin = 17\nunlock = 3", 7, "relay.unlock: is not known here"),
    ('side = "outside"', 'side = "in"', 13, "readers.outside.side"),
    ("out_of_sight = true", "out_of_sight = false", 20, "then write out_of_sight = true"),
    ("out_of_sight = true\n", "", 16, "out of the other side's sight"),
    ("inside.sock", "outside.sock", 18, "two readers share a socket"),
    ("[relay]", "[door]\nunlock_ms = 20000\n\n[relay]", 6, "more than max_unlock_ms"),
    ("[relay]", "[door]\nunlock_ms = 5000.0\n\n[relay]", 6, "door.unlock_ms"),
    ("[relay]", '[door]\nkind = "barrier"\n[relay]', 6, "write 'strike', 'maglock', 'turnstile' or 'motor'"),
    ("[relay]", '[door]\nkind = "turnstile"\n[relay]', 6, "add [relay_out] with its pin"),
    ("[relay]", "[relay_out]\npin = 27\n[relay]", 5, 'write kind = "turnstile"'),
    ("[relay]", '[door]\nkind = "motor"\ncontinuous_duty = true\n[relay]', 7, "leave continuous_duty out"),
    ("[relay]", "[door]\nlong_unlock_ms = 20000\n[relay]", 6, "make long_unlock_ms the smaller one"),
    ("[relay]", "[door]\nheld_ms = 5000\n[relay]", 6, "make prealarm_ms the smaller one"),
    ("[relay]", "[fire]\nbounce_ms = 5\n[relay]", 5, "write pin, or channel for a supervised contact"),
    ("[relay]", "[adc]\n[fire]\npin = 19\nchannel = 1\n[relay]", 6, "write pin, or channel for a supervised contact"),
    ("[relay]", "[fire]\nchannel = 1\n[relay]", 6, "add [adc]"),
    ("[relay]", "[adc]\n[fire]\nchannel = 1\n[tamper]\nchannel = 1\n[relay]", 7, "give each its own"),
    ("[relay]", "[display]\n[fire]\npin = 2\n[relay]", 7, "give each its own"),
    ("[relay]", "[fire]\npin = 17\n[relay]", 6, "give each its own"),
    ("[light]", '[mqtt]\nhost = "broker.example:8883"\n[light]', 9, "the port has its own key, mqtt.port"),
    ("[light]", '[mqtt]\nhost = "mqtts://broker.example"\n[light]', 9, "write the name or address alone"),
    ("[light]", '[mqtt]\nhost = "one"\nfallback = ["two:0"]\n[light]', 10, '"[IPv6 address]:port"'),
    ("[light]", '[mqtt]\nhost = "one"\nfallback = ["mqtts://two"]\n[light]', 10, '"[IPv6 address]:port"'),
    ("[light]", '[mqtt]\nhost = "one"\nfallback = ["two", "one:8883"]\n[light]', 10, "leave one of them out"),
    ("[light]", "[rex]\npin = 24\n[light]", 9, "pin 24 has two owners: light.green and rex"),
    ("[relay]", "[assistance]\nwait_s = 20\nescalate_s = 20\n[relay]", 7, "make it less than wait_s"),
    ("[relay]", "[assistance]\nescalate_s = 60\n[relay]", 6, "make it less than wait_s"),
    ("[relay]", "[relay", 5, "mend the TOML"),
    ("[relay]", '[hardware]\npins = "gpio"\n\n[relay]', 6, "hardware.pins"),
]


@pytest.mark.parametrize(
    ("old", "new", "line", "says"), WRONG, ids=[f"{n}-{row[3][:24]}" for n, row in enumerate(WRONG)]
)
def test_every_mistake_has_its_line_and_a_remedy(old: str, new: str, line: int, says: str) -> None:
    """One planted mistake gives one finding at its line, and says what to do."""
    found = parse(GOOD.replace(old, new, 1))
    assert isinstance(found, list)
    assert [one.line for one in found] == [line]
    assert says in str(found[0])


def test_a_test_board_may_drive_what_a_door_may_not() -> None:
    """Only who says that nothing but lamps of a bench hangs there may use other pins and active-low boards."""
    text = GOOD.replace("pin = 17", "pin = 5\nactive_high = false") + "[hardware]\ntest_board = true\n"
    config = parse(text)
    assert isinstance(config, Config)
    assert (config.relay.pin, config.relay.active_high) == (5, False)


def test_all_mistakes_are_told_at_once() -> None:
    """Four mistakes in one file give four findings, in the order of the file."""
    text = (
        GOOD.replace('"gate-1"', '"G"')
        .replace("17", '"x"')
        .replace('"outside"\n', '"up"\n')
        .replace("= 24", "= 24\nx = 1")
    )
    found = parse(text)
    assert isinstance(found, list)
    assert [one.line for one in found] == sorted(one.line for one in found)
    assert [one.where for one in found] == ["gate.id", "relay.pin", "light.x", "readers.outside.side"]


def test_mistakes_between_keys_are_told_beside_each_other_and_beside_the_others() -> None:
    """Clashing pins, unsafe ones, sockets and an inside reader in sight do not hide each other, nor a wrong type."""
    text = (
        GOOD.replace("pin = 17", "pin = 5\nactive_high = false")
        .replace("green = 24", "green = 22\nblue = true")
        .replace("inside.sock", "outside.sock")
        .replace("out_of_sight = true", "")
    )
    found = parse(text)
    assert isinstance(found, list)
    assert [(one.line, one.where) for one in found] == [
        (6, "relay.pin"),
        (7, "relay.active_high"),
        (11, "light.green"),
        (12, "light.blue"),
        (18, "readers.inside.out_of_sight"),
        (20, "readers.inside.socket"),
    ]


def test_what_is_wrong_between_keys_is_no_configuration_however_it_is_made() -> None:
    """The model itself refuses what no single key can say, not only the reader of the file."""
    data = tomllib.loads(GOOD.replace("pin = 17", "pin = 22"))
    with pytest.raises(ValidationError, match="two owners"):
        Config.model_validate(data)


def test_a_value_of_no_kind_at_all_is_a_mistake_and_no_traceback() -> None:
    """Whatever stands where one value belongs, in whichever section, it is told in a line like any other mistake."""
    keys = ("pin", "channel", "builtin", "kind", "continuous_duty", "unlock_ms", "bounce_ms", "host", "port")
    values: tuple[object, ...] = ([], {}, [[1]], "x", float("inf"), None)
    whole = {"mqtt": {"host": "h", "fallback": ["a"]}, "adc": {}} | tomllib.loads(GOOD)
    for section in Config.model_fields:
        for key in (*keys, "fallback", "test_board", "active_high", "red", "outside"):
            for value in values:
                told = {**whole.get(section, {}), key: value}
                assert isinstance(findings(whole | {section: told}), list)
        assert isinstance(findings(whole | {section: ["x"]}), list)
    mistakes = parse(GOOD + "\n[door]\nkind = []\n")
    assert isinstance(mistakes, list)
    assert [one.where for one in mistakes] == ["door.kind"]


@pytest.mark.parametrize("host", ["broker.example", "192.0.2.7", "2001:db8::7", "broker_1"])
def test_names_and_addresses_of_either_kind_are_hosts(host: str) -> None:
    """A broker is found by its name or by an address of IPv4 or IPv6."""
    assert isinstance(parse(f'{GOOD}\n[mqtt]\nhost = "{host}"\n'), Config)


FALLBACKS = [
    ("two", ("two", 1884)),
    ("two:8884", ("two", 8884)),
    ("192.0.2.7:8884", ("192.0.2.7", 8884)),
    ("2001:db8::7", ("2001:db8::7", 1884)),
    ("[2001:db8::7]", ("2001:db8::7", 1884)),
    ("[2001:db8::7]:8884", ("2001:db8::7", 8884)),
]


@pytest.mark.parametrize(("entry", "address"), FALLBACKS)
def test_another_broker_is_named_with_or_without_its_port(entry: str, address: tuple[str, int]) -> None:
    """Without one it has the port of the first."""
    config = parse(f'{GOOD}\n[mqtt]\nhost = "one"\nport = 1884\nfallback = ["{entry}"]\n')
    assert isinstance(config, Config)
    assert config.mqtt is not None
    assert broker(config.mqtt).fallback == (address,)


def test_every_lamp_the_light_knows_may_hang_on_a_pin() -> None:
    """Blue and white lamps are lamps of a door too."""
    config = parse(GOOD.replace("green = 24", "green = 24\nblue = 25\nwhite = 26"))
    assert isinstance(config, Config)
    assert config.light.pins() == {"red": 22, "green": 24, "blue": 25, "white": 26}
    assert set(soundness.LAMPS) == LAMPS


FILES = [
    (b"\xff\xfe[gate]", "not UTF-8"),
    (b"x = 1\n" * 60_000, "longer than"),
    (b"a = " + b"[" * 3000, "nested too deeply"),
    (b"", "is missing"),
    (b"\x00", "TOML"),
]


@pytest.mark.parametrize(("data", "says"), FILES, ids=[row[1] for row in FILES])
def test_a_file_that_is_no_configuration_is_one_clear_line(tmp_path: Path, data: bytes, says: str) -> None:
    """Wrong bytes, too many bytes, depth and emptiness end in a finding, never in a traceback."""
    path = tmp_path / "gapura.toml"
    path.write_bytes(data)
    found = read(path)
    assert isinstance(found, list)
    assert says in str(found[0])


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    """The path and the system's word for it stand in the line."""
    found = read(tmp_path / "nothing.toml")
    assert isinstance(found, list)
    assert "No such file" in str(found[0])


@given(st.text(max_size=200))
def test_any_text_is_a_configuration_or_a_list_of_mistakes(text: str) -> None:
    """No text raises."""
    found = parse(text)
    assert isinstance(found, Config) or found


def test_a_line_is_found_however_it_is_written() -> None:
    """Headers, dotted keys and quoted keys are all seen; a key that is not there gives the nearest above it."""
    text = '[a]\nb.c = 1\n"d" = 2\n# e = 3\n[f.g]\nh = 4\n'
    cases = {("a", "b", "c"): 2, ("a", "d"): 3, ("a", "e"): 1, ("f", "g", "h"): 6, ("f", "g", "i"): 5, ("z",): 0}
    assert {keys: line_of(text, keys) for keys in cases} == cases
