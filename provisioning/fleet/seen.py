"""What the broker has of each gate, as far as a fleet is held against its inventory: folded message by message.

Pure, bounded, and never an exception, whatever anybody published: what cannot be read counts as not said.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from firmware.control.desired import KINDS, Held, Whose, in_force
from firmware.records.wire import ONLINE, ROOT, valid_id
from firmware.signed import strict_json
from firmware.signed.envelope import Document, Kind, addressed, open_envelope
from provisioning import reported

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from provisioning.reported import Report

FILTERS: Final = tuple(
    f"{ROOT}/{leaf}"
    for leaf in (
        "+/info",
        "+/availability",
        "+/health",
        "+/alert/+",
        "+/doc/+/reported",
        "+/doc/+/desired",
        "_group/+/doc/+/desired",
    )
)
"""What is listened to."""

MOST_GATES: Final = 200_000
MOST_SAID: Final = 64
"""Of one gate: alerts, births and kinds of documents that are kept."""

MAX_BYTES: Final = 64 * 1024
_LONGEST: Final = 64


@dataclass(frozen=True, slots=True)
class Birth:
    """As much of `info` as is compared; `connection` counts a process's connections from 1 on."""

    boot: str
    run: str
    connection: int
    release: str
    stage: str
    labels: Mapping[str, str]
    groups: frozenset[str]


@dataclass(slots=True)
class Seen:
    """One gate as the broker has it; `online` is None where nothing says it was ever there."""

    gate: str
    online: bool | None = None
    births: list[Birth] = field(default_factory=list)
    health: Mapping[str, int] = field(default_factory=dict)
    alerts: set[str] = field(default_factory=set)
    reports: dict[str, Report] = field(default_factory=dict)

    @property
    def birth(self) -> Birth | None:
        """The last birth."""
        return self.births[-1] if self.births else None

    @property
    def present(self) -> bool:
        """Whether anything there is of a gate that lives."""
        return self.online is not None or bool(self.births)


class Sight:
    """Everything that was heard: gates by name, and what is desired by whose topic it lies on."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.gates: dict[str, Seen] = {}
        self.unread = 0
        self._desired: dict[str, dict[str, bytes]] = {}
        self._documents: dict[bytes, Document | None] = {}

    def take(self, topic: str, payload: bytes) -> None:
        """Take one message."""
        levels = topic.removeprefix(f"{ROOT}/").split("/")
        match levels:
            case ["_group", group, "doc", kind, "desired"]:
                self._wish(f"_group/{group}", kind, payload)
            case [gate, "doc", kind, "desired"] if valid_id(gate):
                self._wish(gate, kind, payload)
            case [gate, *leaf] if valid_id(gate) and all(valid_id(level) for level in leaf):
                self._of_gate(gate, leaf, payload)

    def desired(self, gate: str, groups: Iterable[str]) -> dict[str, Held]:
        """Say by kind which document should be in force at a gate, chosen as the gate itself chooses.

        No signature's root is asked about: what a gate does not believe it reports as rejected.
        """
        whose = Whose(None, gate, frozenset(groups))
        lying: dict[str, list[Held]] = {}
        for source in (gate, *(f"_group/{group}" for group in sorted(whose.groups))):
            for kind, data in self._desired.get(source, {}).items():
                document = self._document(Kind(kind), data)
                if document is not None and addressed(document.audience, gate, whose.groups):
                    held = Held(document, data, whose.scope(document.kind, document.audience))
                    lying.setdefault(kind, []).append(held)
        chosen = {kind: in_force(held, whose) for kind, held in lying.items()}
        return {kind: held for kind, held in chosen.items() if held is not None}

    def lying(self, whose: str, kind: Kind) -> bytes:
        """What lies desired on the topic of a gate or of `_group/NAME`; empty where nothing does."""
        return self._desired.get(whose, {}).get(kind.value, b"")

    def _wish(self, whose: str, kind: str, payload: bytes) -> None:
        if kind not in KINDS or (whose not in self._desired and len(self._desired) >= MOST_GATES):
            return
        if payload:
            self._desired.setdefault(whose, {})[kind] = payload
        else:
            self._desired.get(whose, {}).pop(kind, None)

    def _document(self, kind: Kind, data: bytes) -> Document | None:
        """Open a document once, however many gates it is for."""
        if data not in self._documents:
            opened = open_envelope(data, kind, root=None, gate=None, now=None)
            self._documents[data] = opened if isinstance(opened, Document) else None
        return self._documents[data]

    def _of_gate(self, gate: str, leaf: list[str], payload: bytes) -> None:
        if gate not in self.gates and len(self.gates) >= MOST_GATES:
            self.unread += 1
            return
        if not payload and gate not in self.gates:
            return
        value = strict_json.parse(payload) if payload[:1] == b"{" and len(payload) <= MAX_BYTES else None
        if not _note(self.gates.setdefault(gate, Seen(gate)), leaf, payload, value):
            self.unread += 1


def _note(seen: Seen, leaf: list[str], payload: bytes, value: dict[str, object] | None) -> bool:
    """Note what a gate says on a topic of its own; False if that cannot be read. An empty payload takes it back."""
    match leaf:
        case ["availability"]:
            seen.online = payload == ONLINE if payload else None
        case ["alert", name]:
            _keep(seen.alerts, name, held=bool(payload))
        case ["info"] if value is not None or not payload:
            seen.births = [] if value is None else [*seen.births, _birth(value)][-MOST_SAID:]
        case ["health"] if value is not None or not payload:
            seen.health = {name: number for name, number in (value or {}).items() if type(number) is int}
        case ["doc", Kind.TIME.value, "reported"]:
            return True  # an answer to one gate's question
        case ["doc", kind, "reported"] if not payload:
            seen.reports.pop(kind, None)
        case ["doc", kind, "reported"] if value is not None and len(seen.reports) < MOST_SAID:
            seen.reports[kind] = reported.read(value)
        case ["info"] | ["health"] | ["doc", _, "reported"]:
            return False
    return True


def _keep(names: set[str], name: str, *, held: bool) -> None:
    if held and len(names) < MOST_SAID:
        names.add(name)
    elif not held:
        names.discard(name)


def _birth(value: Mapping[str, object]) -> Birth:
    labels, groups = value.get("labels"), value.get("groups")
    return Birth(
        boot=_text(value.get("boot")),
        run=_text(value.get("run")),
        connection=_whole(value.get("connection")),
        release=_text(value.get("version")),
        stage=_text(value.get("stage")),
        labels={key: _text(one) for key, one in labels.items()} if isinstance(labels, dict) else {},
        groups=frozenset(_text(one) for one in groups) if isinstance(groups, list) else frozenset(),
    )


def _text(value: object) -> str:
    return value[: 2 * _LONGEST] if isinstance(value, str) else ""


def _whole(value: object) -> int:
    return value if type(value) is int else 0
