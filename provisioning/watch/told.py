"""The picture for scripts: JSON values with stable keys. `provisioning/README.md` says what each means.

Pure. A line is told when it begins, when it changes and when it ends; a whole picture says everything at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from firmware.signed import times

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from provisioning.watch.lines import Line
    from provisioning.watch.picture import Picture
    from provisioning.watch.said import Decided

MOST_GATES: Final = 1000
"""Gates that one line names; `count` has them all."""


def whole(picture: Picture, by: str) -> dict[str, object]:
    """Tell the whole picture."""
    return {
        "kind": "picture",
        "at": times.render(picture.now),
        "broker": {"connected": picture.connected, "complete": picture.complete, "took_ms": picture.took_ms},
        "gates": {"known": picture.known, "offline": picture.offline, "online": picture.known - picture.offline},
        "lines": [line(one) for one in picture.lines],
        "muted": picture.muted,
        "by": by,
        "groups": [
            {"name": row.name, "known": row.known, "offline": row.offline, "troubled": row.troubled}
            for row in picture.rows
        ],
        "areas": [{"area": one.area, "inside": one.inside, "capacity": one.capacity} for one in picture.areas],
        "documents": {kind: {str(number): n for number, n in one.items()} for kind, one in picture.documents.items()},
        "oldest": {kind: times.render(issued) for kind, issued in picture.oldest.items()},
        "clocks": {str(source): number for source, number in picture.clocks.items()},
        "backlog": picture.backlog,
        "rubbish": dict(picture.rubbish),
        "decisions": [_decision(one) for one in picture.decisions],
    }


def line(one: Line) -> dict[str, object]:
    """Tell one line."""
    return {
        "key": one.key,
        "kind": one.troubles[0].kind,
        "severity": one.severity,
        "what": one.what,
        "where": one.where,
        "gates": list(one.gates[:MOST_GATES]),
        "count": len(one.gates),
        "since": None if one.since is None else times.render(one.since),
        "since_exact": one.exact,
        "meaning": one.meaning,
        "action": one.action,
        "standing": one.standing,
        "by": one.by,
    }


def changes(before: Mapping[str, Line], picture: Picture) -> Iterator[dict[str, object]]:
    """Tell what became of the lines since an earlier picture."""
    at = times.render(picture.now)
    after = {one.key: one for one in picture.lines}
    for key in before.keys() - after.keys():
        yield {"kind": "line", "state": "ended", "at": at, "line": line(before[key])}
    for key, one in after.items():
        if key not in before:
            yield {"kind": "line", "state": "began", "at": at, "line": line(one)}
        elif one != before[key]:
            yield {"kind": "line", "state": "changed", "at": at, "line": line(one)}


def _decision(one: Decided) -> dict[str, object]:
    return {
        "id": one.id,
        "gate": one.gate,
        "decision": one.decision,
        "direction": one.direction,
        "reason": one.reason,
        "class": one.class_,
        "time": None if one.time is None else times.render(one.time),
    }
