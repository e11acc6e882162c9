"""The set-up at a door: what codes do there, what lamp and sounder say, and that it moves no lock and kills no gate."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import Future
from typing import TYPE_CHECKING

import pytest

from firmware.control.desired_setup import DesiredSetup
from firmware.control.outputs import Fittings, Outputs
from firmware.control.renewals import AGAIN_MS, EVERY_MS, FIRST_MS, Renewals
from firmware.control.setting_up import FAULT, SettingUp
from firmware.control.told_setup import PARTING_MS, Retirement, ToSetup
from firmware.doctor import words as tunes
from firmware.doctor.walking import Tune
from firmware.events import (
    CodesPresented,
    Contact,
    ContactChanged,
    Energise,
    Instant,
    Level,
    Line,
    LinkChanged,
    ReaderBeat,
    ShowLight,
    Side,
    Signal,
    Stopped,
)
from firmware.records.heard import Heard
from firmware.records.notices import Notices
from firmware.setup import words
from firmware.setup.machine import Did, Event, Failed, Refused, Taken
from firmware.setup.reasons import Why
from firmware.setup.stages import Stage
from firmware.setup.window import HELD_MS, Window
from firmware.signed import codes
from hw.simulated import SimulatedDisplay, SimulatedLight, SimulatedRelay, SimulatedSounder

if TYPE_CHECKING:
    from collections.abc import Mapping

ENVELOPE = b"".join(hashlib.sha256(bytes([number])).digest() for number in range(64))
CODES = codes.split(ENVELOPE)
READERS = {"outside": Side.OUTSIDE, "inside": Side.INSIDE}


class Errands:
    """What a set-up asks for, answered when the test says so."""

    def __init__(self, stage: Stage) -> None:
        """Begin at a stage."""
        self._stage = stage
        self.asked: list[Stage | bytes | str] = []
        self.waiting: list[Future[Event]] = []
        self.seen: Mapping[str, str | None] = {}

    def resumes(self) -> Stage:
        """Say where to begin."""
        return self._stage

    def home(self) -> Stage:
        """Say where a bad document leads back to."""
        return Stage.CODES if self._stage.blank else Stage.DONE

    def rooted(self) -> bool:
        """Say that there is a root."""
        return True

    def do(self, stage: Stage, seen: Mapping[str, str | None]) -> Future[Event]:
        """Note what was asked for."""
        self.seen = seen
        return self._ask(stage)

    def take(self, envelope: bytes) -> Future[Event]:
        """Note what was brought."""
        return self._ask(envelope)

    def in_force(self, envelope: bytes) -> bool:
        """Say of one document that it is."""
        return envelope == b"in force"

    def look_at_boot(self) -> Future[Event] | None:
        """Find nothing."""
        return None

    def renew(self, seen: Mapping[str, str | None]) -> Future[bool]:
        """Note it."""
        self.seen = seen
        self.asked.append("renew")
        self.renewed: Future[bool] = Future()
        return self.renewed

    def settle(self) -> None:
        """Note it."""
        self.asked.append("settle")

    def retire(self) -> Future[bool]:
        """Note it."""
        self.asked.append("retire")
        self.retired: Future[bool] = Future()
        return self.retired

    def forget(self) -> None:
        """Note it."""
        self.asked.append("forget")

    def stop(self) -> None:
        """Note it."""
        self.asked.append("stop")

    def answer(self, event: Event) -> None:
        """Answer the oldest errand."""
        self.waiting.pop(0).set_result(event)

    def _ask(self, what: Stage | bytes) -> Future[Event]:
        self.asked.append(what)
        self.waiting.append(Future())
        return self.waiting[-1]


class Door:
    """A set-up with everything around it in memory."""

    def __init__(self, stage: Stage = Stage.CODES, *, always: bool = True) -> None:
        """Begin."""
        self.now_ms = 0
        self.relay = SimulatedRelay(5000, lambda: self.now_ms)
        self.light = SimulatedLight(lambda: self.now_ms)
        self.sounder = SimulatedSounder()
        self.display = SimulatedDisplay(lambda: self.now_ms)
        self.outputs = Outputs(Fittings({Line.RELAY: self.relay}, self.light, self.sounder, self.display))
        self.errands = Errands(stage)
        self.restarts = 0
        self.lists = False
        self.setting = SettingUp(
            self.errands,
            self.outputs,
            Window(always=always, for_ms=60_000),
            readers=READERS,
            lists_ready=lambda: self.lists,
            seen=lambda: {"journal": None},
            restart=self._restart,
        )
        self.outputs.at_rest = self.setting.instead_of
        self.setting.begin(self.now)
        self.rest()

    def is_at(self, stage: Stage) -> bool:
        """Say whether it has come so far."""
        return self.setting.stage is stage

    @property
    def now(self) -> Instant:
        """The time, which nobody vouches for."""
        return Instant(self.now_ms)

    def rest(self) -> None:
        """Let the door say that nothing happens."""
        self.outputs.carry_out(ShowLight(Signal.IDLE, 6000))

    def show(self, *shown: bytes, reader: str = "outside") -> bool:
        """Hold codes before a reader."""
        taken = self.setting.heard(CodesPresented(reader, shown, self.now_ms), self.now)
        self.setting.settle(self.now)
        return taken

    def answer(self, event: Event) -> None:
        """Let an errand end, and the set-up hear of it."""
        self.errands.answer(event)
        self.setting.settle(self.now)

    def _restart(self) -> None:
        self.restarts += 1


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
    assert not door.setting.heard(Stopped(), door.now)
    assert door.errands.asked[-1] == "stop"


def test_the_relay_is_never_its_to_move() -> None:
    """Released or not, it is as the door left it."""
    door = Door(Stage.ENROL)
    door.outputs.carry_out(Energise(1000))
    door.answer(Failed(0, Why.NO_ANSWER))
    assert door.relay.energised()


def test_a_certificate_is_looked_after_once_the_gate_is_set_up() -> None:
    """Soon, every ten minutes, an hour after a failure; the broker's word lets the identity before go."""
    door = Door(Stage.DONE, always=False)
    renewals = Renewals(door.errands, door.setting)
    renewals.settle(door.now)
    door.now_ms = FIRST_MS
    renewals.settle(door.now)
    assert door.errands.asked == ["renew"]
    door.errands.renewed.set_result(False)
    renewals.settle(door.now)
    door.now_ms += EVERY_MS
    renewals.settle(door.now)
    assert door.errands.asked == ["renew", "renew"]
    door.errands.renewed.set_result(True)
    renewals.settle(door.now)
    door.now_ms += AGAIN_MS - 1
    renewals.settle(door.now)
    assert door.errands.asked == ["renew", "renew"]
    door.now_ms += 1
    renewals.settle(door.now)
    assert door.errands.asked == ["renew", "renew", "renew"]
    renewals.heard(LinkChanged(up=True))
    assert door.errands.asked[-1] == "settle"


def test_a_gate_that_is_retired_says_so_first_and_ends() -> None:
    """Two seconds after the order it is wiped; only a wiped one starts anew, and a blank one is never retired."""
    door = Door(Stage.DONE, always=False)
    retirement, told = Retirement(door.errands, door._restart), ToSetup(lambda: door.now_ms)
    assert not told.retire()
    told.made(door.setting, retirement)
    assert told.retire()
    retirement.settle(door.now)
    assert door.errands.asked == []
    door.now_ms = PARTING_MS
    retirement.settle(door.now)
    assert door.errands.asked == ["retire"]
    door.errands.retired.set_result(False)
    retirement.settle(door.now)
    assert (door.restarts, retirement.done) == (0, False)
    told.retire()
    door.now_ms *= 2
    retirement.settle(door.now)
    door.errands.retired.set_result(True)
    retirement.settle(door.now)
    assert (door.restarts, retirement.done) == (1, True)
    blank = Door()
    told.made(blank.setting, retirement)
    assert not told.retire()


def test_an_order_opens_the_window() -> None:
    """For as long as it says; without a set-up there is none to open."""
    door, told = Door(Stage.DONE, always=False), ToSetup(lambda: 0)
    assert not told.provision(60)
    told.made(door.setting, Retirement(door.errands, door._restart))
    assert told.provision(60)
    door.show(*CODES)
    assert door.errands.asked == [ENVELOPE]


def desired(data: bytes, group: str | None = None) -> Heard:
    """Bring a document by the broker."""
    return Heard("doc", "provision", group, None, data, "", retained=True)


def test_what_operations_desire_is_judged_and_reported() -> None:
    """On the gate's own topic only, once for each document, and never the one that is in force."""
    door, notices = Door(Stage.DONE, always=False), Notices()
    wanted = DesiredSetup("gate-1", None, notices)

    def states() -> list[tuple[str, str | None]]:
        told = [json.loads(one.payload) for one in notices.take()]
        return [(one["state"], one.get("reason")) for one in told]

    assert states() == [("applied", None)]
    for heard in (desired(b"in force"), desired(b""), desired(b"x", "lobby"), desired(b"x" * 99_999)):
        wanted.heard(heard)
        wanted.settle(door.errands, door.setting)
    assert door.errands.asked == []
    wanted.heard(desired(b"bad"))
    wanted.settle(door.errands, door.setting)
    door.answer(Refused(Why.FOREIGN))
    for data in (b"bad", b"good"):
        wanted.heard(desired(data))
        wanted.settle(door.errands, door.setting)
        wanted.settle(door.errands, door.setting)
    assert states() == [("rejected", "foreign_authority")]
    assert door.errands.asked == [b"bad", b"good"]
    door.answer(Taken())
    wanted.settle(door.errands, door.setting)
    assert states() == [("pending", None)]
    assert door.is_at(Stage.NETWORK)


def test_a_gate_that_is_being_set_up_renews_nothing() -> None:
    """It has nothing to renew, or is about to get another."""
    door = Door(Stage.CODES)
    renewals = Renewals(door.errands, door.setting)
    for _ in range(3):
        renewals.settle(door.now)
        renewals.heard(LinkChanged(up=True))
        door.now_ms += EVERY_MS
    assert door.errands.asked == []
