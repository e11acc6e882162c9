"""What is wrong, one trouble for each gate and cause, with what it means and what to do first.

Pure. It looks only at gates with which something is wrong. The words of an alert are the gate's own; those of a gate
that is away, silent or unsteady stand here, because such a gate cannot say them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from provisioning.watch import gates

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from provisioning.watch.fleet import Fleet
    from provisioning.watch.gates import Gate
    from provisioning.watch.said import Severity

Kind = Literal["broker", "offline", "silent", "unsteady", "alert", "assist", "document", "backlog", "rubbish"]


class Words(NamedTuple):
    """How serious a trouble is, what it means and what to do first."""

    severity: Severity
    meaning: str
    action: str


WORDS: Final[Mapping[Kind, Words]] = {
    "offline": Words(
        "warning",
        "The broker has lost the gate. Its door goes on deciding by itself and keeps its events until it is back.",
        "Ask on site whether the gate has light; then look at its cable, its switch port and its power.",
    ),
    "silent": Words(
        "warning",
        "The gate is connected and has said nothing for too long, not even its health.",
        "Look whether its neighbours speak; if they do, have its power and its network looked at.",
    ),
    "unsteady": Words(
        "warning",
        "The gate comes and goes: three times or more within ten minutes.",
        "Look at its cable, plug and supply; a second gate with the same certificate does this too.",
    ),
    "document": Words(
        "warning",
        "The gate has turned down the document that was desired last and goes on with the one before.",
        "Read the reason, mend the document and publish it under a higher version.",
    ),
    "backlog": Words(
        "warning",
        "The gate is connected and its events wait instead of being taken by the broker.",
        "Look at the broker's log for refusals of this gate, then at its queue limits and its disk.",
    ),
    "rubbish": Words(
        "info",
        "Messages came that are not what their topic promises: an unknown version, a fault, or somebody trying.",
        "Find whose they are in the broker's log; no gate obeys such a message and no door opens by one.",
    ),
}
"""The words of every trouble that no gate words itself."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is wrong at one gate.

    `key` is the same whenever this comes again, `token` differs each time where the gate tells it; `since` is in Unix
    seconds and, unless `exact`, the latest it can have been.
    """

    key: str
    kind: Kind
    gate: str
    what: str
    words: Words
    since: int | None
    exact: bool = True
    token: str = ""


def everything(fleet: Fleet, inside: Callable[[Gate], bool]) -> list[Trouble]:
    """List all that is wrong at the gates that are `inside` what is watched."""
    return [trouble for trouble in _every(fleet) if inside(fleet.gates[trouble.gate])]


def _every(fleet: Fleet) -> Iterator[Trouble]:
    """Go through the gates with which something is wrong."""
    known = fleet.gates
    for name in fleet.offline - fleet.unsteady:
        yield _of("offline", known[name], "offline", known[name].since, exact=known[name].exact)
    for name in fleet.unsteady:
        falls = known[name].falls
        yield _of("unsteady", known[name], f"comes and goes, {len(falls)} times", falls[0])
    for name in fleet.silent:
        yield _of("silent", known[name], "says nothing", known[name].speaks_by)
    for name in fleet.figures.burdened - fleet.offline:
        yield _of("backlog", known[name], f"{known[name].backlog} events wait", None)
    for name in fleet.turned_down:
        yield from _documents(known[name])
    for name in fleet.alerting:
        yield from _alerts(known[name])


def _of(kind: Kind, gate: Gate, what: str, since: int | None, *, exact: bool = True) -> Trouble:
    return Trouble(f"{kind}/{gate.name}", kind, gate.name, what, WORDS[kind], since, exact)


def _documents(gate: Gate) -> Iterator[Trouble]:
    for name, one in gate.documents.items():
        if one.state in gates.TURNED_DOWN:
            what = f"{name} {one.state}" + (f": {one.reason}" if one.reason else "")
            token = f"{one.state}:{one.version}:{one.reason}"
            key = f"document/{gate.name}/{name}"
            yield Trouble(key, "document", gate.name, what, WORDS["document"], None, exact=False, token=token)


def _alerts(gate: Gate) -> Iterator[Trouble]:
    for name, one in gate.alerts.items():
        words = Words(one.severity, one.meaning, one.action)
        kind: Kind = "assist" if one.waits else "alert"
        yield Trouble(f"{kind}/{gate.name}/{name}", kind, gate.name, one.what, words, one.since, token=one.token)
