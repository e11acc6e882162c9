"""Which driver stands behind each section of the configuration: the composition root's hands.

Each driver is imported when a door needs it, the relays are opened first, and nothing is decided here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from firmware.commands.mistake import UsageError
from firmware.control.config import Lines
from firmware.events import Contact

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from firmware.commands.gate import Hardware
    from firmware.control.config import Config, RelayLine
    from firmware.control.outputs import Fittings
    from firmware.door.settings import Settings
    from firmware.events import Line
    from hw.pins import PinFactory
    from hw.ports import Contact as ContactPort
    from hw.ports import Display, Network, Speech


def hardware(config: Config) -> Hardware:
    """Open the drivers that the configuration names, the relays first."""
    from firmware.commands import users
    from firmware.commands.gate import Hardware
    from firmware.control.clock import boottime_ms
    from hw import board
    from hw.clocks import MachineClocks
    from hw.pins import open_factory
    from hw.scan_socket import ReaderSocket, SocketScanSource

    for problem in users.problems(config):
        raise UsageError(problem)
    factory = open_factory(config.hardware.pins)
    return Hardware(
        fittings=_fittings(config, factory),
        contacts=_contacts(config, factory),
        scans=SocketScanSource(
            tuple(ReaderSocket(name, one.socket, *users.ids(one.user)) for name, one in config.readers.items()),
            boottime_ms,
        ),
        board=board.read,
        clocks=MachineClocks(config.clock.device),
        network=_network(config),
    )


def _network(config: Config) -> Network:
    """Find who looks after the network."""
    from hw.network import KernelRoutes, NetworkManager

    return NetworkManager() if config.setup.wifi == "networkmanager" else KernelRoutes()


def _fittings(config: Config, factory: PinFactory) -> Fittings:
    """Open every output, the relays first."""
    from firmware.control.clock import boottime_ms
    from firmware.control.outputs import Fittings
    from firmware.events import Line
    from hw.flag import GpioFlag
    from hw.light import GpioLight
    from hw.one_shot import GpioOneShot
    from hw.relay import GpioRelay
    from hw.simulated import SimulatedLight, SimulatedSounder
    from hw.sounder import GpioSounder

    board, lamps = config.hardware.test_board, config.light.pins()
    relays = {
        line: GpioRelay(
            one.pin,
            config.door.max_unlock_ms,
            factory,
            active_high=one.active_high,
            test_board=board,
            continuous=config.door.settings.continuous,
        )
        for line, one in ((Line.RELAY, config.relay), (Line.RELAY_OUT, config.relay_out))
        if one is not None
    }
    return Fittings(
        relays=relays,
        light=GpioLight(lamps, factory, active_high=config.light.active_high, test_board=board)
        if lamps
        else SimulatedLight(boottime_ms),
        sounder=SimulatedSounder()
        if config.sounder is None
        else GpioSounder(config.sounder.pin, factory, test_board=board),
        display=_display(config),
        speech=_speech(config),
        one_shot=None if config.one_shot is None else GpioOneShot(config.one_shot.pin, factory, test_board=board),
        permit=None if config.interlock_out is None else GpioFlag(config.interlock_out.pin, factory, test_board=board),
    )


def _display(config: Config) -> Display | None:
    """Open the display, if there is one."""
    if config.display is None:
        return None
    from functools import partial

    from hw import lcd
    from hw.display import LcdDisplay

    return LcdDisplay(partial(lcd.write, address=config.display.address, port=config.display.port))


def _speech(config: Config) -> Speech | None:
    """Find a voice for the words of the door's signals, if there shall be one."""
    if config.speech is None:
        return None
    from firmware.doctor import words as doctor
    from firmware.door.words import LANGUAGES, WORDS
    from firmware.setup import words as setup
    from hw.speech import ProgramSpeech

    language = config.speech.language
    number = LANGUAGES.index(language)
    spoken = {signal.value: words[number].spoken for signal, words in WORDS.items()} | doctor.phrases(number)
    spoken |= setup.phrases(number)
    return ProgramSpeech({phrase: (language, text) for phrase, text in spoken.items()}, config.speech.folder)


def _contacts(config: Config, factory: PinFactory) -> Mapping[Contact, ContactPort]:
    """Open every contact that is wired: on a pin, on a channel of the measuring board, or the board's own detector."""
    from hw.inputs import GpioContact

    found: dict[Contact, ContactPort] = {
        contact: GpioContact(one.pin, factory, normally_open=one.normally_open, bounce_ms=one.bounce_ms)
        for contact, one in config.inputs.items()
        if one.pin is not None
    }
    if config.adc is not None:
        from hw.adc import Mcp3008
        from hw.supervised import SupervisedBoard

        board = SupervisedBoard(Mcp3008(factory))
        found |= {
            contact: board.contact(one.channel, normally_open=one.normally_open, bounce_ms=one.bounce_ms)
            for contact, one in config.inputs.items()
            if one.channel is not None
        }
    if config.supply is not None and config.supply.builtin:
        from hw.supply import SupplyContact

        found[Contact.SUPPLY] = SupplyContact()
    return found


def release(config: RelayLine) -> list[str]:
    """Drive every output to rest and blank the display; try all of it, and return a line for each that failed."""
    from functools import partial

    from hw import lcd
    from hw.errors import HardwareError
    from hw.pins import open_factory
    from hw.release import release_all
    from hw.text import BLANK

    board, failures = config.hardware, list[str]()
    shown = config.display if isinstance(config, Lines) else None
    blank = [] if shown is None else [partial(lcd.write, BLANK, address=shown.address, port=shown.port)]
    for number, (pins, active_high) in enumerate(config.groups(), 1):
        also = blank if number == len(config.groups()) else ()
        try:
            factory = open_factory(board.pins)
            release_all(factory, pins, active_high=active_high, test_board=board.test_board, also=also)
        except HardwareError as error:
            failures.append(str(error))
    return failures


def doubles(settings: Settings, now_ms: Callable[[], int], moved: Callable[[str, object], None]) -> Fittings:
    """Make simulated hardware."""
    from firmware.control.outputs import Fittings
    from firmware.door.locks import lines
    from hw.simulated import SimulatedLight, SimulatedRelay, SimulatedSounder

    def relay(line: Line) -> SimulatedRelay:
        def heard(_: str, value: object) -> None:
            moved(line.value, value)

        return SimulatedRelay(settings.max_unlock_ms, now_ms, heard, continuous=settings.continuous)

    return Fittings(
        relays={line: relay(line) for line in lines(settings)},
        light=SimulatedLight(now_ms, moved),
        sounder=SimulatedSounder(moved),
    )
