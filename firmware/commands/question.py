"""How `gapura inspect` is to judge: by which lists, when, where and which way; and the gate's own rules do it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from firmware.commands.lists import given, moment
from firmware.events import Direction, Instant
from firmware.rules.decide import Place, Rulebook, decide
from firmware.rules.presence import Presence, in_reach
from firmware.signed.ruling import SILENT, Rulings

if TYPE_CHECKING:
    from argparse import Namespace

    from firmware.events import Decision
    from firmware.passes.outcome import Reading
    from firmware.trust.keys import TrustSet


@dataclass(frozen=True, slots=True)
class Question:
    """How to judge: whom to trust, by which rules, when, where and which way.

    `root` stands behind the trust list, if one was named that is signed; `rulings` are what it has said of its keys.
    """

    trust: TrustSet
    rules: Rulebook
    now: Instant
    place: Place
    direction: Direction
    decode_only: bool
    root: bytes | None = None
    rulings: Rulings = SILENT
    personal: bool = False

    def decision(self, reading: Reading) -> Decision:
        """Decide as a gate would that remembers nothing: nobody is inside, and nothing was used."""
        policy = self.rules.at(self.now).policy
        rule = None if policy is None else policy.capacity.get(self.place.area)
        empty = Presence(area=in_reach(self.place.gate, rule))
        return decide(reading, self.direction, self.now, self.place, self.rules, empty)


def asked(options: Namespace) -> Question:
    """Read from the command line how to judge; raises UsageError for a list that is none."""
    more = {"authority": options.authority, "revocations": options.revocations, "test_keys": options.test_keys}
    lists = given(options.trust, options.policy, **more)
    now = int(time.time()) if options.at is None else moment(options.at)
    return Question(
        trust=lists.trust,
        rules=lists.rules,
        now=Instant(0, now, now, "given"),
        place=Place(options.gate, options.area),
        direction=Direction(options.direction),
        decode_only=options.decode_only,
        root=lists.root,
        rulings=lists.rulings,
        personal=options.personal,
    )
