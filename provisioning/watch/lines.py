"""Troubles as lines: what belongs together is one line, the worst first, what somebody took on last.

Pure. Only what stands alike is put together, so that a gate that joins an acknowledged outage is a new line. An alert
that is critical keeps its own line however many there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from provisioning.watch import outage
from provisioning.watch.gates import pairs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from provisioning.watch.fleet import Fleet
    from provisioning.watch.marks import Marks, Standing
    from provisioning.watch.said import Severity
    from provisioning.watch.troubles import Kind, Trouble

LEAST: Final = 3
"""Fewer gates with the same trouble are a line each."""

WORTH_WAKING: Final = 10
"""Per cent of a label's gates that must have gone away together to be critical; fewer share it by chance."""

_FIRST: Final[Mapping[Kind, int]] = {"broker": 0, "assist": 1}
"""Without a broker all else is old; and a person who waits is worth no more than minutes."""

_ORDER: Final[Mapping[Severity, int]] = {"critical": 0, "warning": 1, "info": 2}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the list: `where` is a gate or what the gates share, `since` the earliest of its troubles."""

    key: str
    severity: Severity
    what: str
    where: str
    troubles: tuple[Trouble, ...]
    since: int | None
    exact: bool
    standing: Standing
    by: str | None

    @property
    def gates(self) -> tuple[str, ...]:
        """The gates it is about."""
        return tuple(sorted({one.gate for one in self.troubles if one.gate}))

    @property
    def meaning(self) -> str:
        """What it means."""
        return self.troubles[0].words.meaning

    @property
    def action(self) -> str:
        """What to do first."""
        return self.troubles[0].words.action


def arrange(troubles: Iterable[Trouble], marks: Marks, fleet: Fleet, now: int) -> list[Line]:
    """Make the list of lines, muted ones included."""
    standing: dict[tuple[Standing, str | None], list[Trouble]] = {}
    for one in troubles:
        standing.setdefault(marks.standing(one, now), []).append(one)
    lines = [line for alike, group in standing.items() for line in _alike(group, *alike, fleet)]
    return sorted(lines, key=_place)


def _place(line: Line) -> tuple[bool, int, int, int, int, str]:
    """Order the lines: new ones first, then whoever waits, the worst, the widest and the newest."""
    first = _FIRST.get(line.troubles[0].kind, len(_FIRST))
    return line.standing != "new", first, _ORDER[line.severity], -len(line.gates), -(line.since or 0), line.key


def _alike(troubles: list[Trouble], standing: Standing, by: str | None, fleet: Fleet) -> Iterator[Line]:
    """Put together what stands alike."""
    away = [one for one in troubles if one.kind == "offline"]
    for one in outage.group(away, fleet):
        yield _outage(one, standing, by, fleet)
    same: dict[tuple[str, str], list[Trouble]] = {}
    for trouble in troubles:
        if trouble.kind == "offline":
            continue
        alone = trouble.words.severity == "critical"
        about = trouble.what if trouble.kind in {"alert", "document"} else ""
        same.setdefault((trouble.kind, trouble.key if alone else about), []).append(trouble)
    for group in same.values():
        if len(group) >= LEAST:
            yield _many(group, standing, by)
        else:
            yield from (_single(one, standing, by, fleet) for one in group)


def _outage(found: outage.Outage, standing: Standing, by: str | None, fleet: Fleet) -> Line:
    if found.pair is None:
        return _single(found.troubles[0], standing, by, fleet)
    key, value = found.pair
    where = "the whole fleet" if found.pair == outage.WHOLE else f"{key} {value}"
    what = f"{len(found.troubles)} of {found.of} gates offline"
    since, exact = _since(found.troubles)
    name = f"offline/{key}={value}/{since}/{standing}"
    severity: Severity = "critical" if len(found.troubles) * 100 >= found.of * WORTH_WAKING else "warning"
    return Line(name, severity, what, where, found.troubles, since, exact, standing, by)


def _many(group: list[Trouble], standing: Standing, by: str | None) -> Line:
    first = group[0]
    what = {"silent": "says nothing", "unsteady": "comes and goes", "backlog": "events wait"}.get(
        first.kind, first.what
    )
    troubles = tuple(sorted(group, key=lambda one: one.gate))
    since, exact = _since(troubles)
    name, where = f"{first.kind}/{what}/{standing}", f"{len(group)} gates"
    return Line(name, first.words.severity, what, where, troubles, since, exact, standing, by)


def _single(one: Trouble, standing: Standing, by: str | None, fleet: Fleet) -> Line:
    gate = fleet.gates.get(one.gate)
    places = [value for _, value in pairs(gate.labels)] if gate is not None else []
    where = f"{one.gate} ({', '.join(dict.fromkeys(places))})" if places else one.gate
    return Line(one.key, one.words.severity, one.what, where, (one,), one.since, one.exact, standing, by)


def _since(troubles: Iterable[Trouble]) -> tuple[int | None, bool]:
    """Say since when the first of them holds, and whether that is exact."""
    dated = [(one.since, one.exact) for one in troubles if one.since is not None]
    return min(dated, default=(None, False))
