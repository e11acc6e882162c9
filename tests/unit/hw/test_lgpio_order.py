"""The order in which a real line would be claimed, driven and given up, on gpiozero's driver for a Pi as we use it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

DOUBLE = Path(__file__).parent / "lgpio_double"
ROOT = Path(__file__).parents[3]

# The board's revision comes from a device tree that this machine may not have; everything else is the driver's own.
SETUP = """
import json, lgpio
from hw.lgpio_pins import GateFactory
class Board(GateFactory):
    def _get_revision(self):
        return 0xA02082
factory = Board(chip=0)
"""


def calls(body: str) -> list[list[object]]:
    """Run a few lines on the double in a process of their own and return what reached its lines."""
    program = f"{SETUP}\n{body}\nprint(json.dumps(lgpio.CALLS))"
    env = {**os.environ, "PYTHONPATH": f"{DOUBLE}:{ROOT}"}
    ended = subprocess.run(
        [sys.executable, "-c", program], env=env, capture_output=True, text=True, check=False, timeout=60
    )
    assert ended.returncode == 0, ended.stderr
    answer: list[list[object]] = json.loads(ended.stdout)
    return answer


def test_a_relay_line_is_never_high_before_it_is_told_and_never_floats_after() -> None:
    """The line becomes an output at low and nothing before; after a pulse and the end it is low and still an output."""
    assert calls(
        """
from hw.relay import GpioRelay
relay = GpioRelay(17, 5_000, factory)
relay.energise(1_000)
assert relay.energised()
relay.close()
del relay
import gc; gc.collect()
"""
    ) == [["output", 17, 0], ["write", 17, 1], *[["write", 17, 0]] * 2]


def test_a_line_that_rests_high_is_claimed_high_in_one_call() -> None:
    """An active-low lamp is an output at its resting level from the first moment, and never low in between."""
    assert calls(
        """
from hw.pins import OutputLine
line = OutputLine(17, factory, active_high=False)
assert not line.read()
"""
    ) == [["output", 17, 1]]


def test_an_edge_that_comes_too_late_harms_no_thread() -> None:
    """An edge that was under way when a line stopped being listened to is nothing, and others are told of theirs."""
    calls(
        """
heard = []
def tell(ticks, level):
    heard.append((ticks, level))
pins = [factory.pin(number) for number in (5, 6)]
for pin in pins:
    pin.when_changed = tell
late = pins[0]._call_when_changed
pins[0].when_changed = None
late(0, 5, 1, 0)
pins[1]._call_when_changed(0, 6, 1, 2_000_000_000)
assert heard == [(2.0, 1)], heard
"""
    )


def test_releasing_touches_nothing_but_low() -> None:
    """What runs after an end drives the lines low and leaves them so."""
    assert calls("from hw.release import release_all\nrelease_all(factory, (17, 22))") == [
        [name, pin, *rest] for pin in (17, 22) for name, *rest in (["output", 0], ["write", 0])
    ]


def test_a_tone_is_pulsed_at_half_and_ends_at_nothing() -> None:
    """The sounder pulses its line at the note's frequency and stops at the end."""
    made = calls(
        """
import threading
from hw.sounder import GpioSounder
rung = []
class Bell:
    def __init__(self, ring): rung.append(ring)
    def set(self, at_ms): pass
    def close(self): pass
now = [0]
sounder = GpioSounder(22, factory, clock_ms=lambda: now[0], make_alarm=Bell)
sounder.play(((440, 10),))
now[0] = 10
rung[0]()
assert sounder.faults == 0
"""
    )
    pulses = [call[2:] for call in made if call[0] == "pwm"]
    assert [440, 50] in pulses
    assert pulses[pulses.index([440, 50]) + 1 :][0] == [440, 0]


def test_a_contact_watches_both_edges_with_its_pull() -> None:
    """A contact keeps the pull it was given and is told of both edges."""
    made = calls(
        """
from hw.inputs import GpioContact
contact = GpioContact(5, factory, normally_open=True)
contact.watch(print)
assert contact.level() == "rest"
"""
    )
    assert ["input", 5, 32] in made
    assert ["alert", 5, 3] in made


def test_the_named_converter_is_asked_for_one_channel_at_a_time() -> None:
    """The library's own driver reads each channel of an MCP3008 over one bus, as its part of the supply."""
    made = calls(
        """
from hw.adc import Mcp3008
from hw.errors import HardwareError
adc = Mcp3008(factory)
assert [round(adc.ratio(channel) * 1023) for channel in range(8)] == [n * 128 for n in range(8)]
try:
    adc.ratio(8)
except ValueError as error:
    assert "channels 0 to 7" in str(error), error
adc.close()
"""
    )
    assert [call for call in made if call[0] == "spi"] == [["spi", 0, 0]]


def test_the_driver_s_own_exception_is_a_hardware_error() -> None:
    """The driver's exception, which has no base but Exception, is told as a HardwareError naming the line."""
    made = calls(
        """
from hw.errors import HardwareError
from hw.relay import GpioRelay
try:
    GpioRelay(27, 5_000, factory)
except HardwareError as error:
    assert "relay on GPIO 27" in str(error), error
else:
    raise AssertionError("no error")
"""
    )
    assert ["write", 27, 1] not in made


def test_a_machine_that_is_no_pi_is_one_clear_error() -> None:
    """Where lgpio is installed and there is no board, opening the driver says that the chip cannot be opened."""
    calls(
        """
from pathlib import Path
from hw.errors import HardwareError
from hw.pins import open_factory
try:
    open_factory("lgpio")
except HardwareError as error:
    assert "GPIO chip cannot be opened" in str(error), error
else:
    assert Path("/proc/device-tree/system/linux,revision").exists()
"""
    )
