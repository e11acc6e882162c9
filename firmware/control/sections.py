"""The sections of `gapura.toml`, one for each part of the gate: their keys, defaults and ranges, no more."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from firmware.control import soundness
from firmware.door.settings import Kind, Relock, Settings
from firmware.events import Posture, Side
from firmware.records.limits import Limits

Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,64}$")]
FilePath = Annotated[Path, Field(strict=False)]
Pin = Annotated[int, Field(ge=0, le=27)]


class Section(BaseModel):
    """What every section shares: frozen, no unknown key, no guessing of types."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class GateSection(Section):
    """Who this gate is; labels travel in its birth message and never in a topic.

    A document or command for one of its `groups`, or for the group that is called like its area, is for it too.
    """

    id: Id
    area: Id
    groups: Annotated[frozenset[Id], Field(max_length=16, strict=False)] = frozenset()
    state_dir: FilePath = Path("/var/lib/gapura")
    labels: Annotated[dict[Id, Annotated[str, StringConstraints(max_length=128)]], Field(max_length=16)] = {}
    stage: Literal["installed", "active"] = "active"

    @property
    def every_group(self) -> frozenset[str]:
        """The groups whose documents and commands count here."""
        return self.groups | {self.area}


class DoorSection(Section):
    """What hangs on the relay, for how long it is released, and when an open leaf is an alarm (ms).

    `continuous_duty` says that the lock may be held released for hours; left out, a maglock may and a strike may not.
    """

    kind: Literal["strike", "maglock", "turnstile", "motor"] = "strike"
    unlock_ms: Annotated[int, Field(ge=500, le=60_000)] = 5000
    max_unlock_ms: Annotated[int, Field(ge=500, le=120_000)] = 15_000
    long_unlock_ms: Annotated[int, Field(ge=500, le=120_000)] = 15_000
    pulse_ms: Annotated[int, Field(ge=100, le=5_000)] = 500
    held_ms: Annotated[int, Field(ge=5_000, le=3_600_000)] = 30_000
    prealarm_ms: Annotated[int, Field(ge=1_000, le=600_000)] = 10_000
    relock: Literal["open", "close"] = "close"
    continuous_duty: bool | None = None
    free_handle: bool = False
    posture: Literal["secure", "free_access", "lockdown", "disabled"] = "secure"

    @property
    def settings(self) -> Settings:
        """The same as the door's own value."""
        return Settings(
            unlock_ms=self.unlock_ms,
            max_unlock_ms=self.max_unlock_ms,
            kind=Kind(self.kind),
            long_unlock_ms=self.long_unlock_ms,
            pulse_ms=self.pulse_ms,
            held_ms=self.held_ms,
            prealarm_ms=self.prealarm_ms,
            relock=Relock(self.relock),
            continuous=self.kind == "maglock" if self.continuous_duty is None else self.continuous_duty,
            free_handle=self.free_handle,
            standing=Posture(self.posture),
        )


class AssistanceSection(Section):
    """How long somebody waits for an officer to answer, and after how long that is told more loudly."""

    wait_s: Annotated[int, Field(ge=10, le=600)] = 60
    escalate_s: Annotated[int, Field(ge=3, le=590)] | None = None

    @property
    def escalate_ms(self) -> int | None:
        """The same in ms."""
        return None if self.escalate_s is None else 1000 * self.escalate_s


class OutputSection(Section):
    """One output line."""

    pin: Pin
    active_high: bool = True


class PinSection(Section):
    """A line that is active while it is high."""

    pin: Pin


class LightSection(Section):
    """Lamps by colour, each on its pin."""

    red: Pin | None = None
    yellow: Pin | None = None
    green: Pin | None = None
    blue: Pin | None = None
    white: Pin | None = None
    active_high: bool = True

    def pins(self) -> dict[str, int]:
        """Colour to pin, of the lamps that are there."""
        lamps = {colour: getattr(self, colour) for colour in soundness.LAMPS}
        return {colour: pin for colour, pin in lamps.items() if pin is not None}


class InputSection(Section):
    """One contact, debounced (ms): between its pin and ground, or supervised on a channel of the board in [adc]."""

    pin: Pin | None = None
    channel: Annotated[int, Field(ge=0, le=7)] | None = None
    normally_open: bool = True
    bounce_ms: Annotated[int, Field(ge=1, le=1000)] = 30


class ClosedSection(InputSection):
    """A contact that is closed at rest, so that a cut wire reads as active."""

    normally_open: bool = False


class SupplySection(InputSection):
    """The supply's own fault contact, or with `builtin` the board's undervoltage detector."""

    builtin: bool = False


class DisplaySection(Section):
    """A display of two lines of 16 characters behind an I2C backpack."""

    address: Annotated[int, Field(ge=0x03, le=0x77)] = 0x27
    port: Annotated[int, Field(ge=0, le=22)] = 1


class SpeechSection(Section):
    """A voice: recordings `<signal>.wav` in `folder`, and a synthesiser for what is not there."""

    language: Literal["id", "en"] = "id"
    folder: FilePath = Path("/etc/gapura/speech")


class AdcSection(Section):
    """The board that measures supervised contacts by their end-of-line resistors."""

    board: Literal["mcp3008"] = "mcp3008"


class ReaderSection(Section):
    """One reader: its side of the door, its socket, and the user that alone may speak on it.

    A reader inside opens for anything, so it must hang where nobody outside can show it a code:
    `out_of_sight = true` is the technician's word for that.
    """

    side: Annotated[Side, Field(strict=False)]
    socket: FilePath
    user: Annotated[str, StringConstraints(min_length=1, max_length=32)] = "gapura-reader"
    out_of_sight: bool = False


class MqttSection(Section):
    """The broker and this gate's certificate; the certificate's name is the user name.

    `health_s` is the time between two messages of health numbers, which expire after three of them. `reconnect_s` is
    the longest pause between two attempts to reach a broker that is gone. `fallback` names other brokers, tried in
    order while the first is away, as `host` or `host:port`. `home_assistant` lets Home Assistant find the gate.
    """

    host: Annotated[str, StringConstraints(min_length=1, max_length=253)]
    port: Annotated[int, Field(ge=1, le=65535)] = 8883
    fallback: Annotated[
        tuple[Annotated[str, StringConstraints(max_length=260)], ...], Field(max_length=4, strict=False)
    ] = ()
    ca: FilePath = Path("/etc/gapura/device-ca.crt")
    certificate: FilePath = Path("/etc/gapura/gate.crt")
    key: FilePath = Path("/etc/gapura/gate.key")
    health_s: Annotated[int, Field(ge=1, le=3600)] = 60
    reconnect_s: Annotated[int, Field(ge=1, le=3600)] = 60
    home_assistant: bool = False


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


class JournalSection(Section):
    """How long the journal keeps what happened, and how much room it may take.

    `keep_days` is for everyday records: allowed accesses and how they ended. `keep_priority_days` is for what was
    refused, alarmed or commanded. Over `max_mib` the oldest go earlier, as a `gap` record says: never for entries used.
    """

    keep_days: Annotated[int, Field(ge=1, le=3650)] = 30
    keep_priority_days: Annotated[int, Field(ge=1, le=3650)] = 90
    max_mib: Annotated[int, Field(ge=16, le=4096)] = 64

    def limits(self) -> Limits:
        """Put it as the journal takes it."""
        days, priority_days = self.keep_days, max(self.keep_days, self.keep_priority_days)
        return Limits(keep_days=days, keep_priority_days=priority_days, max_bytes=self.max_mib << 20)


class ClockSection(Section):
    """How far this machine's Unix time may be off (s), and which battery clock it has."""

    error_s: Annotated[int, Field(ge=0, le=3600)] = 2
    rtc: Annotated[str, StringConstraints(pattern=r"^(auto|none|(/dev/)?rtc[0-9]{1,2})$")] = "auto"

    @property
    def device(self) -> str | None:
        """The kernel's name of the battery clock, empty for whichever there is, None for none."""
        return {"auto": "", "none": None}.get(self.rtc, self.rtc.removeprefix("/dev/"))


class DocumentsSection(Section):
    """How a configuration that came over the broker is tried: for `healthy_s`, then it is kept.

    Where it changes the way to the broker a connection must be there by `trial_s`, or the gate goes back by itself.
    """

    trial_s: Annotated[int, Field(ge=10, le=3600)] = 300
    healthy_s: Annotated[int, Field(ge=1, le=600)] = 60
