"""Events: what happened, in the past tense. Each comes from one edge of the gate and is taken in one turn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from firmware.events.area import Leaf
    from firmware.events.door import Contact, Level, Posture


@dataclass(frozen=True, slots=True)
class CodesPresented:
    """A reader saw these codes in one frame: raw bytes, the first verified one counts.

    `arrived_ms` is when they came to the gate (the clock of `Instant.ms`), however late their turn is.
    """

    reader: str
    codes: tuple[bytes, ...]
    arrived_ms: int


@dataclass(frozen=True, slots=True)
class ReaderBeat:
    """A reader's heartbeat: flat numbers about its frames (see `hw/reader/README.md`)."""

    reader: str
    values: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class ReaderLost:
    """A reader hung up or has been silent for too long."""

    reader: str


@dataclass(frozen=True, slots=True)
class MessageRefused:
    """Something on a reader's socket was no message of ours; `cause` is one of a closed list, `detail` for people."""

    reader: str
    cause: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ContactChanged:
    """A contact reads otherwise than before; the first reading after the start counts as a change."""

    contact: Contact
    level: Level


@dataclass(frozen=True, slots=True)
class OutputChecked:
    """An output did what it was told, or did not; told when that changes."""

    output: str
    works: bool


@dataclass(frozen=True, slots=True)
class PostureCommanded:
    """Somebody entitled put the door into a posture until `until_ms` (for good if None), or withdrew it (None)."""

    posture: Posture | None
    until_ms: int | None = None


@dataclass(frozen=True, slots=True)
class PostureScheduled:
    """The policy's timetable puts the door into a posture from now on, or no longer says anything (None)."""

    posture: Posture | None


@dataclass(frozen=True, slots=True)
class RecordCommitted:
    """The journal has the record with this token on disk."""

    token: int


@dataclass(frozen=True, slots=True)
class UsesRead:
    """The journal could be opened only now; these are the uses it remembers (reference, entries, expires).

    Uses of passes issued before `since` (Unix seconds) may have been lost with an earlier journal. `obeyed` holds the
    ids of commands that were obeyed and when each expires.
    """

    uses: tuple[tuple[str, int, int], ...]
    since: int = 0
    obeyed: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class CommandArrived:
    """The broker brought a command: bytes that nobody has looked at yet, and the way they came.

    `op` is the topic's last level and `group` the group it was sent to, None for this gate alone. `nonce` is the one
    that this gate gave out on the connection by which it came. A `retained` one lay at the broker, who knows how long.
    """

    op: str
    group: str | None
    data: bytes
    nonce: str
    retained: bool


@dataclass(frozen=True, slots=True)
class HistorySent:
    """The link says how far it is with the history that a command asked for: `rows` taken by the broker so far.

    `state` is `going_on`, `complete`, `nothing_there`, `refused` or `turned_down`.
    """

    command: str
    rows: int
    state: str


@dataclass(frozen=True, slots=True)
class PostureKept:
    """What shall hold after a restart is on disk, or is not (`works`): told once for each time it was asked for."""

    works: bool


@dataclass(frozen=True, slots=True)
class LeafHeard:
    """Another gate of the area said this, by its own key; None takes back what it had said."""

    gate: str
    leaf: Leaf | None


@dataclass(frozen=True, slots=True)
class ListsChanged:
    """Another trust list, policy or key of the day is in force from now on; the library has it."""


@dataclass(frozen=True, slots=True)
class LinkChanged:
    """The broker came within reach or went out of it."""

    up: bool


@dataclass(frozen=True, slots=True)
class ClockChanged:
    """What is to be written down of the clocks. `source` vouches for the time now, `cause` says what is not believed.

    `what` is one of `source`, `answered`, `disbelieved`, `believed`, `floor_lost`, `floor_reset`. `off_s` is by how
    much a clock is off that is not believed, ahead if positive.
    """

    what: str
    source: str
    cause: str | None = None
    off_s: int | None = None


@dataclass(frozen=True, slots=True)
class Stopped:
    """The process was asked to end: release, record, leave."""


Event = (
    CodesPresented
    | ReaderBeat
    | ReaderLost
    | MessageRefused
    | ContactChanged
    | OutputChecked
    | PostureCommanded
    | PostureScheduled
    | RecordCommitted
    | UsesRead
    | LinkChanged
    | CommandArrived
    | HistorySent
    | LeafHeard
    | PostureKept
    | ListsChanged
    | ClockChanged
    | Stopped
)
