"""What somebody wants of a rollout, and what was found at the gates it is for. Data only."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from provisioning.publishing import Finished
    from provisioning.rollout.book import Course, Entry
    from provisioning.rollout.selecting import Place
    from provisioning.rollout.stages import Share


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants: a document, for these gates, in these shares, by this course.

    `before` are further documents that gates may go by now, as those of their own files.
    """

    finished: Finished
    gates: list[str]
    places: Mapping[str, Place]
    shares: tuple[Share, ...]
    course: Course
    percent: int = 100
    before: tuple[bytes, ...] = ()
    blob: str | None = None


@dataclass(slots=True)
class Looked:
    """What was found: entries to be, gates by the lines of their differences, and what stands against some."""

    entries: dict[str, Entry] = field(default_factory=dict)
    changes: dict[tuple[str, ...], list[str]] = field(default_factory=lambda: defaultdict(list))
    already: list[str] = field(default_factory=list)
    against: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
