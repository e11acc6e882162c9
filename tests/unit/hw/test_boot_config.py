"""The boot configuration keeps low what the configuration drives, and touches nothing that is read."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from hw.pins import SAFE_OUTPUT_PINS

ROOT = Path(__file__).parents[3]
BOOT = (ROOT / "hw" / "boot-config.txt").read_text(encoding="utf-8")
README = (ROOT / "hw" / "README.md").read_text(encoding="utf-8")
LINES = [line for line in BOOT.splitlines() if line and not line.startswith("#")]
OUTPUTS = ("relay", "relay_out", "one_shot", "light", "sounder")


def pins_of(section: dict[str, Any]) -> set[int]:
    """Return the numbers of a section of the configuration; a flag is none."""
    return {value for value in section.values() if type(value) is int and value in range(28)}


def driven_low() -> set[int]:
    """Expand the firmware's list of pins."""
    found = re.fullmatch(r"gpio=([\d,-]+)=op,dl", next(line for line in LINES if line.startswith("gpio=")))
    assert found is not None
    pins: set[int] = set()
    for part in found.group(1).split(","):
        first, _, last = part.partition("-")
        pins |= set(range(int(first), int(last or first) + 1))
    return pins


def test_every_output_is_driven_low_before_any_program_runs() -> None:
    """The firmware drives exactly the pins that may be outputs, which are all that the shipped configuration uses."""
    config = tomllib.loads((ROOT / "systemd" / "gapura.toml").read_text(encoding="utf-8"))
    outputs = set().union(*(pins_of(config.get(name, {})) for name in OUTPUTS))
    assert driven_low() == SAFE_OUTPUT_PINS
    assert outputs
    assert outputs <= driven_low()


def test_no_contact_is_driven_against() -> None:
    """No input of the shipped configuration stands on a pin that the firmware drives."""
    config = tomllib.loads((ROOT / "systemd" / "gapura.toml").read_text(encoding="utf-8"))
    contacts = {config[name]["pin"] for name in config if name not in OUTPUTS and "pin" in config[name]}
    assert contacts
    assert not contacts & driven_low()


def test_a_killed_process_and_a_hung_kernel_are_provided_for() -> None:
    """Lines go back with their process, and the hardware watchdog is on."""
    assert {"dtparam=strict_gpiod", "dtparam=watchdog=on"} <= set(LINES)


def test_the_page_names_every_safe_pin_and_every_file_beside_it() -> None:
    """What an installer reads gives each output pin a part, and shows each drawing and the boot configuration."""
    rows = {int(pin) for pin in re.findall(r"^\| \*\*(\d+)\*\* \|", README, re.MULTILINE)}
    assert rows == SAFE_OUTPUT_PINS
    beside = {path.name for path in (ROOT / "hw").iterdir() if path.suffix in {".svg", ".txt", ".py"}}
    missing = {name for name in beside if f"`{name}`" not in README and f"]({name})" not in README}
    assert missing == {"__init__.py"}
