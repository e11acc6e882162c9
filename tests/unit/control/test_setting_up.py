"""The set-up at a door: what codes do there, what lamp and sounder say, and that it moves no lock and kills no gate."""

from __future__ import annotations

import pytest

from firmware.control.setting_up import FAULT
from firmware.doctor import words as tunes
from firmware.doctor.walking import Tune
from firmware.events import (
    Contact,
    ContactChanged,
    Energise,
    Level,
    LinkChanged,
    ReaderBeat,
    ShowLight,
    Signal,
    Stopped,
)
from firmware.setup import words
from firmware.setup.machine import Did, Failed, Taken
from firmware.setup.reasons import Why
from firmware.setup.stages import Stage
from firmware.setup.window import HELD_MS
from tests.unit.control.scripted_setup import CODES, ENVELOPE, READERS, Door


def test_a_sheet_is_taken_code_by_code() -> None:
    """Each part beeps; the whole goes to be judged, and the next stage is shown, sounded and written."""
    door = Door()
    assert (door.light.colour, door.light.rhythm) == (words.AT_WORK, words.flashes(1))
    assert door.show(*CODES[1:])
    assert door.sounder.notes == tunes.TUNES[Tune.BEEP]
    assert door.errands.asked == []
    door.show(CODES[0])
    assert door.errands.asked == [ENVELOPE]
    door.answer(Taken())
    assert door.setting.stage is Stage.NETWORK
    assert door.errands.asked == [ENVELOPE, Stage.NETWORK]
    assert door.sounder.notes == tunes.TUNES[Tune.GOOD]
    assert (door.light.colour, door.light.rhythm) == (words.AT_WORK, words.flashes(2))
    assert door.display.lines[0].strip() == words.lines(Stage.NETWORK)[0]
    assert not door.relay.energised()


def test_a_failure_is_seen_heard_and_tried_again() -> None:
    """Yellow or red by who moves next, a falling tone, the reason's words, and the same task after the pause."""
    door = Door(Stage.ENROL)
    door.answer(Failed(0, Why.NO_ANSWER, 1.0))
    assert (door.light.colour, door.light.rhythm) == ("yellow", words.flashes(3))
    assert door.sounder.notes == tunes.TUNES[Tune.BAD]
    assert door.display.lines[0].strip() == words.lines(Why.NO_ANSWER)[0]
    due_ms = door.setting.deadline_ms()
    assert due_ms is not None
    door.now_ms = due_ms
    door.setting.settle(door.now)
    assert door.errands.asked == [Stage.ENROL, Stage.ENROL]
    door.answer(Failed(0, Why.CLAIM_USED))
    assert (door.light.colour, door.setting.stage) == ("red", Stage.CODES)
    assert door.errands.asked[-1] == "forget"


def test_the_last_task_ends_the_process() -> None:
    """Whoever runs the gate is asked to start it anew, once."""
    door = Door(Stage.KEEP)
    door.answer(Did(0))
    assert (door.restarts, door.setting.restarting) == (1, True)
    door.setting.settle(door.now)
    assert door.restarts == 1


def test_it_waits_for_whoever_is_on_the_way_out() -> None:
    """While the door frees somebody the process goes on, and looks again by itself."""
    door = Door(Stage.KEEP)
    door.freed = True
    door.answer(Did(0))
    assert (door.restarts, door.setting.restarting) == (0, False)
    assert door.setting.deadline_ms() is not None
    door.freed = False
    door.setting.settle(door.now)
    assert (door.restarts, door.setting.restarting) == (1, True)


def test_a_gate_that_works_tests_itself_and_is_done() -> None:
    """It waits for broker, lists and cameras, tests what it sees, and then the lamps are the door's."""
    door = Door(Stage.BROKER, always=False)
    door.setting.heard(LinkChanged(up=True), door.now)
    door.lists = True
    door.setting.settle(door.now)
    assert door.is_at(Stage.LISTS)
    for reader in READERS:
        door.setting.heard(ReaderBeat(reader, (("frames", 3),)), door.now)
    door.setting.settle(door.now)
    assert door.errands.seen == {"journal": None, "frames-outside": None, "frames-inside": None}
    door.answer(Did(0))
    door.answer(Did(0))
    assert door.is_at(Stage.DONE)
    door.rest()
    assert door.light.colour == "white"


def test_a_camera_without_frames_is_waited_for_and_then_missed() -> None:
    """The test says which reader it was."""
    door = Door(Stage.BROKER, always=False)
    door.lists = True
    door.setting.heard(LinkChanged(up=True), door.now)
    door.setting.heard(ReaderBeat("inside", (("frames", 3),)), door.now)
    door.now_ms = 21_000
    door.setting.settle(door.now)
    assert door.errands.seen["frames-outside"] == "no_frames"


def test_the_lamp_is_the_doors_while_it_has_something_to_say() -> None:
    """A stage that begins while somebody goes through does not put out their green."""
    door = Door(Stage.ENROL)
    door.outputs.carry_out(ShowLight(Signal.GRANTED_OUT, 3000))
    door.answer(Failed(0, Why.NO_ANSWER))
    assert door.light.colour == "green"
    door.rest()
    assert door.light.colour == "yellow"


@pytest.mark.parametrize("always", [True, False])
def test_whoever_is_inside_gets_out_by_any_code(*, always: bool) -> None:
    """A code of a sheet, shown inside, is left to the door as well; one of no sheet is left to it anywhere."""
    door = Door(Stage.CODES if always else Stage.DONE, always=always)
    assert not door.show(CODES[0], reader="inside")
    assert not door.show(b"GP1:pass")
    assert door.show(CODES[0])
    assert not door.show(CODES[0], b"GP1:pass", CODES[1])
    assert door.left == (b"GP1:pass",)


def test_a_gate_that_is_set_up_refuses_sheets_outside_its_window() -> None:
    """It is told and counted; the button in the open case, held, opens the window."""
    door = Door(Stage.DONE, always=False)
    door.show(*CODES)
    assert door.setting.counts[Why.WINDOW_CLOSED] == 1
    assert door.errands.asked == []
    for contact, level in (
        (Contact.SERVICE, Level.REST),
        (Contact.TAMPER, Level.ACTIVE),
        (Contact.SERVICE, Level.ACTIVE),
    ):
        door.setting.heard(ContactChanged(contact, level), door.now)
    door.setting.settle(door.now)
    assert door.setting.deadline_ms() == HELD_MS
    door.now_ms = HELD_MS
    door.setting.settle(door.now)
    door.show(*CODES)
    assert door.errands.asked == [ENVELOPE]


def test_a_fault_of_ours_ends_the_set_up_and_not_the_gate(caplog: pytest.LogCaptureFixture) -> None:
    """It is said once, whatever waits is stopped, and the door has its lamps back."""
    door = Door(Stage.ENROL)
    door.errands.waiting[0].set_exception(RuntimeError("a bug"))
    door.setting.settle(door.now)
    assert FAULT in caplog.text
    assert door.errands.asked[-1] == "stop"
    assert not door.show(*CODES)
    assert door.setting.deadline_ms() is None
    door.rest()
    assert door.light.colour == "white"


def test_a_gate_that_stops_stops_what_waits() -> None:
    """An end that was ordered does not wait for the network."""
    door = Door(Stage.ENROL)
    assert door.setting.heard(Stopped(), door.now) == Stopped()
    assert door.errands.asked[-1] == "stop"


def test_the_relay_is_never_its_to_move() -> None:
    """Released or not, it is as the door left it."""
    door = Door(Stage.ENROL)
    door.outputs.carry_out(Energise(1000))
    door.answer(Failed(0, Why.NO_ANSWER))
    assert door.relay.energised()
