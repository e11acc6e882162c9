"""The gate's one TOML file: what a technician decides about this door. Strict, typed, read once at start.

Each part of the gate gets its own section and no other. A name carries its unit. What may be wrong is said at once,
with the line and what to write instead (`firmware/control/mistakes.py`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from firmware.events import Side

Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,64}$")]
FilePath = Annotated[Path, Field(strict=False)]
Pin = Annotated[int, Field(ge=0, le=27)]
SAFE_PINS: Final = frozenset({16, 17, *range(22, 28)})
"""BCM pins that are pulled down from power-on and carry no bus: the only ones that may drive a lock or a lamp."""

BENCH_PINS: Final = frozenset(range(2, 28))
"""What a test board may drive: all but the two that identify its add-on boards."""


class Section(BaseModel):
    """What every section shares: frozen, no unknown key, no guessing of types."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class GateSection(Section):
    """Who this gate is; labels travel in its birth message and never in a topic."""

    id: Id
    area: Id
    state_dir: FilePath = Path("/var/lib/gapura")
    labels: Annotated[dict[Id, Annotated[str, StringConstraints(max_length=128)]], Field(max_length=16)] = {}


class TrustSection(Section):
    """Where the pinned root key and the signed documents lie."""

    root: FilePath = Path("/etc/gapura/root.pub")
    list: FilePath = Path("/etc/gapura/trust.cose")
    policy: FilePath = Path("/etc/gapura/policy.cose")


class DoorSection(Section):
    """What hangs on the relay and for how long it is released (ms)."""

    kind: Literal["strike"] = "strike"
    unlock_ms: Annotated[int, Field(ge=500, le=60_000)] = 5000
    max_unlock_ms: Annotated[int, Field(ge=500, le=120_000)] = 15_000

    @model_validator(mode="after")
    def _maximum_is_no_minimum(self) -> Self:
        """A single grant must fit into the maximum."""
        if self.unlock_ms > self.max_unlock_ms:
            msg = f"unlock_ms {self.unlock_ms} is more than max_unlock_ms {self.max_unlock_ms}"
            raise ValueError(msg)
        return self


class OutputSection(Section):
    """One output line."""

    pin: Pin
    active_high: bool = True


class SounderSection(Section):
    """A piezo, which sounds while its line is high."""

    pin: Pin


class LightSection(Section):
    """One to three lamps by colour, each on its pin."""

    red: Pin | None = None
    yellow: Pin | None = None
    green: Pin | None = None
    active_high: bool = True

    def pins(self) -> dict[str, int]:
        """Colour to pin, of the lamps that are there."""
        lamps = {"red": self.red, "yellow": self.yellow, "green": self.green}
        return {colour: pin for colour, pin in lamps.items() if pin is not None}


class InputSection(Section):
    """One contact between its pin and ground, debounced (ms)."""

    pin: Pin
    normally_open: bool = True
    bounce_ms: Annotated[int, Field(ge=1, le=1000)] = 30


class ReaderSection(Section):
    """One reader: its side of the door, its socket, and the user that alone may speak on it.

    A reader inside opens for anything, so it must hang where nobody outside can show it a code:
    `out_of_sight = true` is the technician's word for that.
    """

    side: Annotated[Side, Field(strict=False)]
    socket: FilePath
    user: Annotated[str, StringConstraints(min_length=1, max_length=32)] = "gapura-reader"
    out_of_sight: bool = False

    @model_validator(mode="after")
    def _inside_is_out_of_sight(self) -> Self:
        """Nobody outside may be able to show a code to the reader that always opens."""
        if self.side is Side.INSIDE and not self.out_of_sight:
            msg = "an inside reader opens for anything: hang it out of the other side's sight"
            raise ValueError(msg)
        return self


class MqttSection(Section):
    """The broker and this gate's certificate; the certificate's name is the user name.

    `health_s` is the time between two messages of health numbers, which expire after three of them. `reconnect_s` is
    the longest pause between two attempts to reach a broker that is gone; a fleet of thousands wants it long.
    """

    host: Annotated[str, StringConstraints(min_length=1, max_length=253)]
    port: Annotated[int, Field(ge=1, le=65535)] = 8883
    ca: FilePath = Path("/etc/gapura/device-ca.crt")
    certificate: FilePath = Path("/etc/gapura/gate.crt")
    key: FilePath = Path("/etc/gapura/gate.key")
    health_s: Annotated[int, Field(ge=1, le=3600)] = 60
    reconnect_s: Annotated[int, Field(ge=1, le=3600)] = 60


class HardwareSection(Section):
    """Which pins are driven: the board's own (`lgpio`), none (`mock`), or those of a pin keeper (`keeper:SOCKET`)."""

    pins: Annotated[str, StringConstraints(pattern=r"^(lgpio|mock|keeper:/.+)$")] = "lgpio"
    test_board: bool = False

    def remark(self) -> str | None:
        """Say what makes this a bench and no door, for whoever took it for one; None on a door."""
        parts = [
            *([f"hardware.pins = {self.pins!r} moves no pin of this board"] if self.pins != "lgpio" else []),
            *(["hardware.test_board = true lets pins drive a lock that are on at power-on"] if self.test_board else []),
        ]
        return f"this is a bench and no door: {' and '.join(parts)}" if parts else None


class ClockSection(Section):
    """How far this machine's Unix time may be off (s)."""

    error_s: Annotated[int, Field(ge=0, le=3600)] = 2


class RelayLine(BaseModel):
    """As much of the file as is needed to let go of the relay; a mistake elsewhere in it must not hold a lock open."""

    model_config = ConfigDict(frozen=True, strict=True)

    relay: OutputSection
    hardware: HardwareSection = HardwareSection()

    def groups(self) -> list[tuple[list[int], bool]]:
        """Pins to let go of, the relay's first, each group with whether it is active when high."""
        return [([self.relay.pin], self.relay.active_high)]


class Lines(RelayLine):
    """As much of the file as is needed to let go of every output."""

    light: LightSection = LightSection()
    sounder: SounderSection | None = None

    def groups(self) -> list[tuple[list[int], bool]]:
        """Every output's pin, the relay's first."""
        lamps = (list(self.light.pins().values()), self.light.active_high)
        piezo = ([] if self.sounder is None else [self.sounder.pin], True)
        return [*super().groups(), lamps, piezo]


class Config(Section):
    """The whole file."""

    gate: GateSection
    trust: TrustSection = TrustSection()
    door: DoorSection = DoorSection()
    relay: OutputSection
    light: LightSection = LightSection()
    sounder: SounderSection | None = None
    rex: InputSection | None = None
    readers: Annotated[dict[Id, ReaderSection], Field(min_length=1, max_length=2)]
    mqtt: MqttSection | None = None
    hardware: HardwareSection = HardwareSection()
    clock: ClockSection = ClockSection()

    @model_validator(mode="after")
    def _pins(self) -> Self:
        """Every line has one owner, and outputs stand on pins that are safe at power-on."""
        outputs = {"relay": self.relay.pin} | {f"light.{colour}": pin for colour, pin in self.light.pins().items()}
        if self.sounder is not None:
            outputs["sounder"] = self.sounder.pin
        lines = outputs if self.rex is None else outputs | {"rex": self.rex.pin}
        twice = sorted({pin for pin in lines.values() if list(lines.values()).count(pin) > 1})
        safe = BENCH_PINS if self.hardware.test_board else SAFE_PINS
        unsafe = {k: v for k, v in outputs.items() if v not in safe}
        if twice:
            msg = f"pin {twice[0]} has two owners: " + " and ".join(k for k, v in lines.items() if v == twice[0])
            raise ValueError(msg)
        if unsafe:
            listed = ", ".join(f"{name} on pin {pin}" for name, pin in unsafe.items())
            msg = f"{listed}: not safe at power-on; use one of 16, 17, 22 to 27"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _rest_is_off(self) -> Self:
        """What is active when its line is low is on from power-on, for the safe pins are pulled down."""
        low = [name for name, part in (("relay", self.relay), ("light", self.light)) if not part.active_high]
        if low and not self.hardware.test_board:
            msg = f"{' and '.join(low)}: active-low is on from power-on until the gate runs; use an active-high board"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _sockets(self) -> Self:
        """Two readers never share a socket: the socket is what tells their side."""
        sockets = [reader.socket for reader in self.readers.values()]
        if len(set(sockets)) < len(sockets):
            msg = "two readers share a socket; give each its own, for the socket tells the side"
            raise ValueError(msg)
        return self
