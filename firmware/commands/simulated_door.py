"""Which door `simulate` plays: the one of a configuration, or the default one of the contract.

Whatever is random about a gate's life (the journal's epoch, the names of this boot and this run) is drawn here from
the seed, so that one seed tells one story.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import UUID

from firmware.control import commissioning
from firmware.control.accounts import Knowledge
from firmware.control.documents import read_lists
from firmware.control.ruled import Ruled
from firmware.doctor.steps import Fitted
from firmware.door.settings import Settings
from firmware.events import Contact, Side
from firmware.rules.decide import Place, Rulebook
from firmware.rules.policy import visitor_management

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from firmware.commands.lists import Given
    from firmware.control.conditions import Conditions
    from firmware.control.config import Config
    from firmware.control.documents import Lists
    from firmware.events import Instant

VIRTUAL_START: Final = "2026-01-05T02:00:00Z"
DEFAULT_PLACE: Final = Place("gate-1", "lobby")
DEFAULT_SETTINGS: Final = Settings(unlock_ms=5000, max_unlock_ms=15_000, continuous=True)
DEFAULT_SIDES: Final = {"outside": Side.OUTSIDE, "inside": Side.INSIDE}
DEFAULT_FITTED: Final = Fitted(("red", "yellow", "green"), (Contact.REX,), tuple(DEFAULT_SIDES), sounder=True)
"""What a technician finds at the default door."""


@dataclass(frozen=True, slots=True)
class SimulatedDoor:
    """Everything that tells one simulated door from another.

    `contacts` are wired from the start; without `fitted` a service card starts nothing, without `conditions` nobody
    looks after clock, lists and certificate, and without `lists` other ones never come. `groups` are those whose
    commands are this gate's too.
    """

    knowledge: Knowledge
    settings: Settings
    boot: str
    epoch_bytes: Callable[[int], bytes]
    contacts: tuple[Contact, ...] = ()
    fitted: Fitted | None = None
    groups: frozenset[str] = frozenset()
    conditions: Conditions | None = None
    lists: Callable[[], Lists] | None = None


def build(config: Config | None, given: Given, random: Random, now: Instant) -> tuple[SimulatedDoor, tuple[str, ...]]:
    """Put the door together; the second value says what the configuration's own lists lack.

    Lists named on the command line count; without a trust list there, those of the configuration do. Without any
    policy the door applies the `visitor-management` profile.
    """
    problems: tuple[str, ...] = ()
    trust, rules, root, rulings = given.trust, given.rules, given.root, given.rulings
    if config is not None and not trust.keys:
        rulings = Ruled.here(config)()
        lists = read_lists(config, now, rulings)
        trust, problems, root = lists.trust, lists.problems, lists.root
        rules = lists.rules if rules.policy is None else rules
    if rules.policy is None:
        rules = Rulebook.unlimited(visitor_management())
    knowledge = Knowledge(
        run=random.randbytes(4).hex(),
        place=DEFAULT_PLACE
        if config is None
        else Place(config.gate.id, config.gate.area, config.observing, config.gate.groups),
        sides=DEFAULT_SIDES if config is None else {name: one.side for name, one in config.readers.items()},
        trust=trust,
        rules=rules if given.rules.revocations is None else rules.knowing(0, given.rules.revocations),
        root=root,
        rulings=lambda: rulings,
    )
    settings = DEFAULT_SETTINGS if config is None else config.settings
    boot = str(UUID(bytes=random.randbytes(16), version=4))
    contacts = () if config is None else tuple(config.inputs)
    fitted = DEFAULT_FITTED if config is None else commissioning.fitted(config)
    groups = frozenset({knowledge.place.area}) if config is None else config.gate.every_group
    return SimulatedDoor(knowledge, settings, boot, random.randbytes, contacts, fitted, groups), problems
