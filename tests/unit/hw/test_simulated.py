"""The simulated door tells of every change and moves only with the time it is given."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hw.errors import HardwareError
from hw.simulated import (
    ScriptedScanSource,
    SimulatedContact,
    SimulatedDisplay,
    SimulatedLight,
    SimulatedOneShot,
    SimulatedRelay,
    SimulatedSounder,
    SimulatedSpeech,
)
from tests.unit.hw.lines import HandClock

if TYPE_CHECKING:
    from hw.ports import Level


class Ledger:
    """An observer, and a scan sink, that write down what they are told."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.lines: list[tuple[object, ...]] = []

    def __call__(self, kind: str, value: object) -> None:
        """Write a change down."""
        self.lines.append((kind, value))

    def scanned(self, reader: str, codes: tuple[bytes, ...]) -> None:
        """Write codes down."""
        self.lines.append(("scanned", reader, codes))

    def beat(self, reader: str, values: dict[str, int]) -> None:
        """Write a heartbeat down."""
        self.lines.append(("beat", reader, values))

    def lost(self, reader: str) -> None:
        """Write a loss down."""
        self.lines.append(("lost", reader))

    def refused(self, reader: str, cause: str, detail: str = "") -> None:
        """Write a refusal down."""
        self.lines.append(("refused", reader, cause + detail))


def test_a_simulated_relay_tells_of_each_rise_and_fall() -> None:
    """Changes are told once each; the deadline says when time alone will make the next."""
    clock, ledger = HandClock(), Ledger()
    relay = SimulatedRelay(8_000, clock, ledger)
    assert relay.deadline() is None
    relay.energise(5_000)
    relay.energise(5_000)
    assert relay.deadline() == clock.ms + 5_000
    clock.ms += 5_000
    relay.poll()
    relay.release()
    relay.energise(1_000)
    relay.close()
    assert ledger.lines == [("relay", level) for level in (True, False, True, False)]
    with pytest.raises(HardwareError, match="closed"):
        relay.energise(1_000)


def test_a_simulated_light_goes_dark_by_time() -> None:
    """A colour is told when shown, and darkness when its time is up."""
    clock, ledger = HandClock(), Ledger()
    light = SimulatedLight(clock, ledger)
    light.show("green", (100, 100), 1_000)
    assert light.deadline() == clock.ms + 1_000
    clock.ms += 1_000
    light.poll()
    light.poll()
    light.close()
    assert (light.colour, light.rhythm, light.deadline()) == ("dark", (), None)
    assert ledger.lines == [("light", "green"), ("light", "dark")]
    with pytest.raises(ValueError, match="none of"):
        light.show("pink", (), 1_000)


def test_a_simulated_sounder_tells_its_tune() -> None:
    """A tune is told as it is."""
    ledger = Ledger()
    sounder = SimulatedSounder(ledger)
    sounder.play(((440, 100),))
    assert sounder.notes == ((440, 100),)
    sounder.close()
    assert ledger.lines == [("sounder", ((440, 100),))]


def test_a_simulated_contact_tells_changes_only() -> None:
    """What it is comes first; setting it to what it is already tells nobody; after close nothing does."""
    contact = SimulatedContact()
    told: list[Level] = []
    contact.watch(told.append)
    levels: tuple[Level, ...] = ("rest", "active", "active", "cut", "rest")
    for level in levels:
        contact.set(level)
    contact.close()
    contact.set("active")
    assert told == ["rest", "active", "cut", "rest"]
    assert contact.level() == "active"


def test_a_simulated_one_shot_feeds_for_its_own_time() -> None:
    """The circuit is closed while edges come, opens when they stop, and takes no edge after close."""
    clock, ledger = HandClock(), Ledger()
    one_shot = SimulatedOneShot(clock, ledger, hold_ms=1_000)
    for _ in range(8):
        one_shot.toggle()
        clock.ms += 250
        assert one_shot.feeds()
    assert one_shot.deadline() == clock.ms + 500
    clock.ms += 500
    assert not one_shot.feeds()
    one_shot.toggle()
    one_shot.close()
    assert one_shot.feeds()
    with pytest.raises(HardwareError, match="closed"):
        one_shot.toggle()
    assert ledger.lines == [("one_shot", state) for state in (True, False, True)]
    assert one_shot.toggles == 9


def test_a_simulated_display_shows_what_fits_and_goes_blank_by_time() -> None:
    """A text is told as it stands on the display, and the blank when its time is up."""
    clock, ledger = HandClock(), Ledger()
    display = SimulatedDisplay(clock, ledger)
    display.show(("TUNJUKKAN QR", "Café für ~ seventeen"), 1_000)
    assert display.deadline() == clock.ms + 1_000
    clock.ms += 1_000
    display.poll()
    display.poll()
    display.close()
    assert ledger.lines == [("display", ("TUNJUKKAN QR", "Cafe fur ? seven")), ("display", ("", ""))]


def test_a_simulated_speech_tells_its_phrase() -> None:
    """A phrase is told as it is."""
    ledger = Ledger()
    speech = SimulatedSpeech(ledger)
    speech.say("granted")
    assert speech.phrase == "granted"
    speech.close()
    assert ledger.lines == [("speech", "granted")]


def test_a_scripted_source_says_what_it_is_told_to_say() -> None:
    """Everything a reader can do reaches the sink, between start and close."""
    ledger, source = Ledger(), ScriptedScanSource()

    def script() -> None:
        source.present("outside", b"a", b"b")
        source.beat("outside", frames=10)
        source.lose("outside")
        source.refuse("outside", "stale")

    script()
    source.start(ledger)
    script()
    source.close()
    script()
    assert ledger.lines == [
        ("scanned", "outside", (b"a", b"b")),
        ("beat", "outside", {"frames": 10}),
        ("lost", "outside"),
        ("refused", "outside", "stale"),
    ]
