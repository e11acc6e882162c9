"""A service at a working gate: what a card may do, what it may never do, and how a service ends."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NoReturn

from firmware.commands.simulation import SOUND_MACHINE
from firmware.control.service import LONGEST_MS
from firmware.control.simulated_errands import SimulatedErrands
from firmware.doctor import card
from firmware.doctor.steps import Fitted
from firmware.events import Contact
from firmware.signed.envelope import Kind
from firmware.signed.warrant import Role
from hw.simulated import SimulatedDisplay, SimulatedSpeech
from tests.door.house import AlwaysNoon, House
from tests.issuing import NOON
from tests.unit.signed.office import Office

if TYPE_CHECKING:
    import pytest

FITTED = Fitted(("red", "yellow", "green"), (Contact.REX,), ("outside", "inside"), sounder=True)
GOOD = {"frames": 10, "frame_age_ms": 40, "brightness": 120, "sharpness": 3_000}


@dataclass
class Serviced(House):
    """A house with a technician's card; `lamps` is what was lit for it, `records` what was told."""

    office: Office = field(default_factory=Office)
    clock: AlwaysNoon = field(default_factory=lambda: AlwaysNoon(NOON))
    lamps: list[str] = field(default_factory=list)
    lights: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    records: list[dict[str, object]] = field(default_factory=list)
    fitted: Fitted | None = FITTED

    def __post_init__(self) -> None:
        """Pin the office's root."""
        self.root = self.office.root_raw
        super().__post_init__()

    @property
    def card(self) -> bytes:
        """A card that counts at noon."""
        warranted = self.office.warrant(Role.COMMANDS, NOON - 100, NOON + 100_000)
        times = {"issued": NOON - 10, "expires": NOON + 3_600, "warranted": warranted}
        body: dict[str, object] = {"op": "service", "technician": "t-17"}
        return card.encode(self.office.seal(Kind.COMMAND, body, audience=("gate-1",), **times)).encode()  # type: ignore[arg-type]

    def wait(self, ms: int) -> None:
        """Let time pass."""
        self.gate.wait(ms)

    def beat(self, reader: str, frames: int) -> None:
        """Let a reader see a good picture."""
        self.gate.inbox.beat(reader, GOOD | {"frames": frames})
        self.gate.pump()

    def aim(self, reader: str) -> None:
        """Hold any code before a reader until its picture was good long enough."""
        self.show(b"anything", reader)
        for number in range(5):
            self.beat(reader, 10 * number + 5)
            self.wait(1_000)

    def walk(self) -> None:
        """Do all that the guide asks for, up to the last question."""
        for _ in range(4):
            self.show(self.card)
            self.wait(2_500)
        self.aim("outside")
        self.aim("inside")
        self.wait(6_000)
        for _ in range(2):
            self.contact(Contact.REX, "active", "rest")
            self.wait(6_000)
            self.show(self.card)
            self.wait(1_000)

    def _left(self, t_ms: int, kind: str, value: object) -> None:
        super()._left(t_ms, kind, value)
        heard = {"lamp": self.lamps, "light": self.lights, "guide": self.said}
        if kind in heard:
            heard[kind].append(str(value))
        if kind == "event" and isinstance(value, dict):
            self.records.append({"type": value["type"], **value["data"]})


def told(house: Serviced, kind: str) -> list[dict[str, object]]:
    """List the records of one kind."""
    return [one for one in house.records if one["type"] == f"gapura.{kind}.v1"]


def test_a_walk_by_card_ends_with_a_report() -> None:
    """Everything asked for is done by card, hands and the exit button; counts are told, and who it was never is."""
    house = Serviced()
    house.walk()
    report = told(house, "commissioning")
    assert [(one["outcome"], one["ok"], one["fail"], one["failed"]) for one in report] == [("ok", 17, 0, [])]
    assert [one["what"] for one in told(house, "gate")] == ["service_began", "service_ended"]
    assert "t-17" not in str(house.records)
    house.wait(10_000)
    assert house.lights[-1] == "idle"


def test_a_card_outside_never_releases() -> None:
    """However often a card is shown outside, before, in and after a service, no relay rises."""
    house = Serviced()
    for _ in range(200):
        house.show(house.card)
        house.wait(30_000)
    assert house.rises() == 0
    assert told(house, "commissioning")
    assert not told(house, "access")


def test_the_guide_never_lights_green() -> None:
    """Green is the door's own and comes only with a release."""
    house = Serviced()
    house.walk()
    assert "green" not in house.lamps
    assert house.rises() == 2 + 1  # the exit button twice, and what was shown inside
    assert house.lights.count("granted_out") == house.rises()


def test_people_go_in_and_out_as_always() -> None:
    """While a service runs a good pass enters, a bad one is refused and told so, and the button lets out."""
    house = Serviced()
    house.show(house.card)
    house.show(house.issuer.code())
    assert house.rises() == 1
    house.wait(10_000)
    house.show(b"a poster")
    assert house.lights[-1] == "unknown"
    house.wait(10_000)
    house.contact(Contact.REX, "active", "rest")
    assert house.rises() == 2


def test_a_card_inside_lets_out_like_anything() -> None:
    """Whoever is inside gets out, a technician too; the service begins all the same."""
    house = Serviced()
    house.show(house.card, "inside")
    assert house.rises() == 1
    assert [one["what"] for one in told(house, "gate")] == ["service_began"]


def test_a_card_that_does_not_count_is_an_unknown_code() -> None:
    """A card of a foreign root starts nothing and is refused like any other code, no faster and no louder."""
    house = Serviced()
    other = Serviced(office=Office())
    house.show(other.card)
    assert house.lights[-1] == "unknown"
    assert not told(house, "gate")
    assert [one["reason"] for one in told(house, "access")] == ["unknown_format"]


def test_silence_is_a_no() -> None:
    """Nobody answers: every question and every ask fails in its time, and the report names them."""
    house = Serviced()
    house.show(house.card)
    house.wait(1_500_000)
    (report,) = told(house, "commissioning")
    assert report["outcome"] == "fail"
    assert report["failed"] == [
        *("lamp-red", "lamp-yellow", "sounder", "aim-outside", "aim-inside", "input-rex", "relay", "lamp-green"),
    ]
    assert house.rises() == 0


def test_it_ends_after_half_an_hour_and_goes_on_later() -> None:
    """A service that takes too long ends, says so, and the next card goes on where it stood, asking nothing twice."""
    house = Serviced(fitted=Fitted(("red", "yellow"), tuple(Contact) * 3, ("outside",)))
    house.show(house.card)
    house.wait(LONGEST_MS - 1)
    assert [one["what"] for one in told(house, "gate")] == ["service_began"]
    house.wait(1)
    assert [one["what"] for one in told(house, "gate")] == ["service_began", "service_interrupted"]
    asked = len(house.said)
    house.wait(60_000)
    assert len(house.said) == asked
    assert not told(house, "commissioning")
    house.show(house.card)
    house.wait(LONGEST_MS)
    assert house.said.count("say red") == 1
    (report,) = told(house, "commissioning")
    assert report["fail"] == 2 + 1 + 3 * len(Contact) + 1


def test_without_errands_a_card_is_any_code() -> None:
    """A gate that cannot serve treats a card as a code it does not know."""
    house = Serviced(fitted=None)
    house.show(house.card)
    assert house.lights[-1] == "unknown"
    assert not told(house, "gate")


class Broken(SimulatedErrands):
    """Errands with a bug."""

    def look(self, *_: object, **__: object) -> NoReturn:
        """Raise what nobody foresaw."""
        raise ZeroDivisionError


def test_a_fault_ends_the_service_and_not_the_gate(caplog: pytest.LogCaptureFixture) -> None:
    """A bug in the service is logged and told; the door works on."""
    house = Serviced()
    house.gate.controller._service._errands = Broken(FITTED, SOUND_MACHINE)
    house.show(house.card)
    assert [one["what"] for one in told(house, "gate")] == ["service_began", "service_failed"]
    assert "please report it" in caplog.text
    house.show(house.issuer.code())
    assert house.rises() == 1


def test_display_and_voice_say_what_is_asked() -> None:
    """A display shows and a voice says the instruction; after a person was answered the display shows it again."""
    house = Serviced()
    display, speech = SimulatedDisplay(lambda: house.clock.ms), SimulatedSpeech()
    outputs = house.gate.outputs
    outputs._fitted = replace(outputs._fitted, display=display, speech=speech)
    house.show(house.card)
    assert (display.lines, speech.phrase) == (("LAMPU MERAH?", "RED LAMP?"), "doctor-red")
    house.show(b"a poster")
    assert display.lines[1] == "UNKNOWN CODE"
    house.wait(6_000)
    assert display.lines == ("LAMPU MERAH?", "RED LAMP?")
