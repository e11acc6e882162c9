"""The gate's one TOML file: what a technician decides about this door. Strict, typed, read once at start.

Each part of the gate gets its own section and no other (`sections.py`). A name carries its unit. What may be wrong is
said at once, with the line and what to write instead (`firmware/control/mistakes.py`).
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003  a model's own annotations are read when it is made
from dataclasses import replace
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from firmware.control import soundness
from firmware.control.sections import (
    AdcSection,
    AssistanceSection,
    ClockSection,
    ClosedSection,
    DisplaySection,
    DocumentsSection,
    DoorSection,
    GateSection,
    HardwareSection,
    Id,
    InputSection,
    JournalSection,
    LightSection,
    MqttSection,
    OutputSection,
    PinSection,
    ReaderSection,
    Section,
    SpeechSection,
    SupplySection,
)
from firmware.control.setup_section import SetupSection
from firmware.control.trust_section import TrustSection
from firmware.control.update_section import UpdateSection
from firmware.door.settings import Settings  # noqa: TC001  the same
from firmware.events import Contact

UNSOUND: Final = "unsound"


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

    relay_out: OutputSection | None = None
    light: LightSection = LightSection()
    sounder: PinSection | None = None
    one_shot: PinSection | None = None
    interlock_out: PinSection | None = None
    display: DisplaySection | None = None

    def groups(self) -> list[tuple[list[int], bool]]:
        """Every output's pin, the relays' first."""
        relays = super().groups()
        if self.relay_out is not None:
            relays.append(([self.relay_out.pin], self.relay_out.active_high))
        lamps = (list(self.light.pins().values()), self.light.active_high)
        rest = [one.pin for one in (self.sounder, self.one_shot, self.interlock_out) if one is not None]
        return [*relays, lamps, (rest, True)]


class Config(Section):
    """The whole file."""

    gate: GateSection
    trust: TrustSection = TrustSection()
    door: DoorSection = DoorSection()
    relay: OutputSection
    relay_out: OutputSection | None = None
    one_shot: PinSection | None = None
    interlock_out: PinSection | None = None
    light: LightSection = LightSection()
    sounder: PinSection | None = None
    display: DisplaySection | None = None
    speech: SpeechSection | None = None
    adc: AdcSection | None = None
    rex: InputSection | None = None
    door_position: ClosedSection | None = None
    passage_in: InputSection | None = None
    passage_out: InputSection | None = None
    ready: InputSection | None = None
    tamper: ClosedSection | None = None
    fire: ClosedSection | None = None
    supply: SupplySection | None = None
    mains: ClosedSection | None = None
    officer: InputSection | None = None
    intercom: InputSection | None = None
    service: InputSection | None = None
    interlock: ClosedSection | None = None
    readers: Annotated[dict[Id, ReaderSection], Field(min_length=1, max_length=2)]
    mqtt: MqttSection | None = None
    hardware: HardwareSection = HardwareSection()
    clock: ClockSection = ClockSection()
    documents: DocumentsSection = DocumentsSection()
    update: UpdateSection = UpdateSection()
    journal: JournalSection = JournalSection()
    assistance: AssistanceSection = AssistanceSection()
    setup: SetupSection = SetupSection()

    @property
    def observing(self) -> bool:
        """Whether the gate is not in service yet and refuses nobody but by posture."""
        return self.gate.stage == "installed"

    @property
    def settings(self) -> Settings:
        """What kind of door this is, and whether it is in service."""
        return replace(self.door.settings, observing=self.observing)

    @property
    def inputs(self) -> dict[Contact, InputSection]:
        """The contacts that are wired, by name."""
        found: dict[Contact, InputSection | None] = {contact: getattr(self, contact.value) for contact in Contact}
        return {contact: section for contact, section in found.items() if section is not None}

    @model_validator(mode="after")
    def _sound(self) -> Self:
        """Refuse what no single key can say; whoever reads a file tells these findings one by one."""
        if found := findings(self.model_dump(exclude_unset=True)):
            raise PydanticCustomError(UNSOUND, "{what}", {"what": "; ".join(one.what for one in found)})
        return self


def findings(data: Mapping[str, object]) -> list[soundness.Finding]:
    """Find what is wrong between the keys of a file, whatever is wrong with one of them."""
    return soundness.findings(data, DoorSection().model_dump())
