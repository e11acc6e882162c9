"""`gapura replay`: recorded decisions made once more, from what they rested on, and whatever comes out otherwise.

It uses the gate's own decide(). A code is never recorded, so whether its signature held is taken as it was recorded;
the trust list that said so is known by its mark.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from firmware.commands.jsonline import write_line
from firmware.commands.lists import load_policy, load_trust
from firmware.commands.mistake import DONE, FAILED, UsageError
from firmware.commands.recorded import Recorded, Refused, events
from firmware.control.documents import read_bounded
from firmware.rules.replay.again import NotTold, Replayer
from firmware.rules.replay.hidden import open_hidden
from firmware.rules.replay.marks import trust_mark
from firmware.signed import facts as form
from firmware.signed import strict_json
from firmware.signed.office import Office, open_office

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric import ec

    from firmware.events import Decision
    from firmware.signed.facts import Facts

KINDS: Final = frozenset({"access", "duress", "follow-up"})
"""Where the facts of decisions stand."""

COUNTS: Final = (
    *("events", "decisions", "agreed", "diverged", "not_told", "sealed", "without_facts", "refused"),
    *("other_policy", "unknown_policy", "other_trust"),
)
PROGRESS_EVERY_S: Final = 2.0
FIRST_WORDS: Final = 10
"""So many refused lines are named; the rest is counted."""


@dataclass(slots=True)
class Replay:
    """Decides again what was recorded under these policies, by mark; `as_if` takes the place of all of them.

    A decision whose policy is not there is decided under the `only` one, if there is just one, and counted.
    """

    policies: Mapping[str, Replayer]
    trust: frozenset[str]
    as_if: Replayer | None = None
    key: ec.EllipticCurvePrivateKey | None = None
    counts: Counter[str] = field(default_factory=Counter)
    _nothing: Replayer = field(default_factory=lambda: Replayer.of(None))
    _bare: int = 0
    _elsewhere: int = 0

    @property
    def only(self) -> Replayer | None:
        """The one policy that was given, where it is one."""
        return next(iter(self.policies.values())) if len(self.policies) == 1 else None

    def told(self) -> dict[str, int]:
        """All counts; facts that stand beside an access record do not make that one bare."""
        self.counts["without_facts"] = max(0, self._bare - self._elsewhere)
        return {name: self.counts[name] for name in COUNTS}

    def take(self, event: Recorded) -> dict[str, object] | None:
        """Decide again what an event tells of; a line for what came out otherwise, else None."""
        self.counts["events"] += 1
        if event.kind not in KINDS:
            return None
        written = event.data.get("facts")
        if not isinstance(written, dict):
            self._bare += event.kind == "access"
            return None
        self._elsewhere += event.kind != "access"
        self.counts["decisions"] += 1
        read = form.read(written, event.data, event.gate)
        if read is None:
            self.counts["refused"] += 1
            return _line(event, "unreadable", None, None)
        facts, digest = read
        if facts.digest != digest:
            self.counts["diverged"] += 1
            return _line(event, "digest", facts, None)
        return self._again(event, facts)

    def _again(self, event: Recorded, facts: Facts) -> dict[str, object] | None:
        """Decide again, and compare."""
        replayer = self._under(facts)
        if replayer is None:
            self.counts["unknown_policy"] += 1
            return None
        self.counts["other_trust"] += bool(self.trust) and facts.trust not in self.trust
        opened = facts.sealed is not None and self.key is not None
        hidden = open_hidden(facts.sealed or "", self.key, facts.gate) if opened and self.key is not None else None
        try:
            again = replayer.decide(facts, hidden)
        except (ValueError, TypeError, OverflowError, OSError):  # a time or a certificate that no gate ever had
            self.counts["refused"] += 1
            return _line(event, "impossible", facts, None)
        if isinstance(again, NotTold):
            self.counts["sealed" if facts.sealed is not None and hidden is None else "not_told"] += 1
            return None
        if again == facts.answer:
            self.counts["agreed"] += 1
            return None
        self.counts["diverged"] += 1
        return _line(event, "decision", facts, again)

    def _under(self, facts: Facts) -> Replayer | None:
        """Choose the policy to decide under; whoever had none at the time gets none."""
        if facts.policy is None:
            return self._nothing
        named = self.policies.get(facts.policy)
        chosen = self.as_if or named or self.only
        if chosen is not None and (chosen.marks is None or chosen.marks.policy != facts.policy):
            self.counts["other_policy"] += 1
        return chosen


def run(options: Namespace) -> int:
    """Replay what the command line names; 1 if anything diverged, could not be read, or nothing was decided again."""
    replay = _prepared(options)
    named = 0
    last = time.monotonic()
    for event in events(options.events):
        if isinstance(event, Refused):
            replay.counts["refused"] += 1
            named += 1
            if named <= FIRST_WORDS:
                sys.stderr.write(f"gapura replay: {event.where} {event.why}\n")
        elif (line := replay.take(event)) is not None:
            write_line(line)
        if time.monotonic() - last > PROGRESS_EVERY_S:
            last = time.monotonic()
            sys.stderr.write(f"replayed {replay.counts['decisions']} decisions of {replay.counts['events']} events\n")
    counts = replay.told()
    write_line({"counts": counts})
    sys.stderr.writelines(f"gapura replay: {words}\n" for words in _words(counts))
    decided = counts["agreed"] + counts["diverged"]
    return DONE if decided and not counts["diverged"] and not counts["refused"] else FAILED


def _prepared(options: Namespace) -> Replay:
    """Load what the command line names; raises UsageError for what cannot be used."""
    replayers = [Replayer.of(load_policy(path).policy) for path in options.policy]
    as_if = None if options.as_if is None else Replayer.of(load_policy(options.as_if).policy)
    if not replayers and as_if is None:
        msg = "no policy to decide under; name those of then with --policy, or another one with --as"
        raise UsageError(msg)
    policies = {one.marks.policy: one for one in replayers if one.marks is not None}
    trust = frozenset(trust_mark(load_trust(path).trust) for path in options.trust)
    key = None if options.health_key is None else _key(options.health_key, options.passphrase_file)
    return Replay(policies, trust, as_if, key)


def _key(path: Path, passphrase_file: Path | None) -> ec.EllipticCurvePrivateKey:
    """Open the health office's key."""
    try:
        value = strict_json.parse(read_bounded(path))
        passphrase = None if passphrase_file is None else read_bounded(passphrase_file, 1026).rstrip(b"\r\n")
    except OSError as error:
        msg = f"health key {error.filename or path}: {error.strerror}; check the path"
        raise UsageError(msg) from error
    office = () if value is None else strict_json.read_as(value, Office)
    key = "is no key that gapura-ops contact key made" if isinstance(office, tuple) else open_office(office, passphrase)
    if isinstance(key, str):
        msg = f"health key {path}: {key}"
        raise UsageError(msg)
    return key


def _line(event: Recorded, why: str, facts: Facts | None, again: Decision | None) -> dict[str, object]:
    """Word what came out otherwise."""
    recorded = None if facts is None else _said(facts.answer)
    under = None if facts is None else facts.policy
    replayed = None if again is None else _said(again)
    return {"id": event.id, "policy": under, "recorded": recorded, "replayed": replayed, "why": why}


def _said(decision: Decision) -> dict[str, object]:
    """Word a decision as records do."""
    said = {"reason": decision.reason, "remark": decision.remark, "observed": decision.observed}
    told: dict[str, object] = {name: value.value for name, value in said.items() if value is not None}
    if decision.duress:
        told["duress"] = True
    return {"decision": decision.outcome.value, "direction": decision.direction.value} | told


def _words(counts: Mapping[str, int]) -> Iterable[str]:
    """Say for people what the counts mean."""
    decided = counts["agreed"] + counts["diverged"]
    yield f"{decided} decisions made again, {counts['diverged']} came out otherwise"
    if not decided:
        yield "nothing was decided again: are these the events of a gate that records facts, and its policies?"
    if counts["sealed"]:
        yield f"{counts['sealed']} rest on health that is sealed; open it with --health-key"
    if counts["not_told"]:
        yield f"{counts['not_told']} cannot be made again: this policy asks what was not asked then, or it is private"
    if counts["unknown_policy"]:
        yield f"{counts['unknown_policy']} were decided under a policy that is not here; name it with --policy too"
    if counts["other_policy"]:
        yield f"{counts['other_policy']} were recorded under another policy than the one they were decided under here"
    if counts["other_trust"]:
        yield f"{counts['other_trust']} were recorded under another trust list; whose signature held stands as recorded"
