"""The judge: holds what the broker delivered and what the pins did against what a person's part asks for. Pure.

It sees only a subscriber's messages and the pin keeper's changes, never a word of the gate's own output.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from firmware.records.kinds import DATA
from provisioning.demo.checks import check

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from provisioning.broker.watcher import Seen
    from provisioning.demo.checks import Check
    from provisioning.demo.people import Person
    from provisioning.demo.pins import Span

Event = dict[str, object]

SLACK_MS: Final = 500
"""How late the relay may fall on a machine that has other things to do."""

GREEN_SLACK_MS: Final = 250
"""The lock falls first and its lamp after it; between the two lie two writes to the keeper."""

_IDENTITY_NUMBER: Final = re.compile(r"(?<![0-9A-Za-z])[0-9]{16}(?![0-9A-Za-z])")


@dataclass(frozen=True, slots=True)
class Visit:
    """What happened while one person stood at the door; `after_ms` is when the event was there, if it ever was."""

    answers: tuple[Mapping[str, object], ...]
    relay: tuple[Span, ...]
    green: tuple[Span, ...]
    after_ms: int | None


def judge(person: Person, seen: Visit, unlock_ms: int) -> Check:
    """Judge one person's visit by its event, the relay and the green lamp."""
    expected = person.part.answer
    got = seen.answers[0] if seen.answers else {}
    wanted: dict[str, str | None] = {
        "decision": expected.decision.value,
        "direction": expected.direction.value,
        "reason": expected.reason and expected.reason.value,
        "remark": expected.remark and expected.remark.value,
        "class": expected.class_,
        "reader": person.part.where,
    }
    faults = [key for key, value in wanted.items() if got.get(key) != value] if got else ["no_event"]
    if len(seen.answers) > 1:
        faults.append("more_than_one_event")
    if len(seen.relay) != int(expected.opens):
        faults.append("relay")
    longest_ms = longest(seen.relay)
    if longest_ms is None or longest_ms > unlock_ms + SLACK_MS:
        faults.append("not_released")
    if bool(seen.green) != expected.opens:
        faults.append("green")
    return check(
        person.key,
        faults,
        1,
        expected=expected.decision.value,
        got=_word(got.get("decision")),
        direction=_word(got.get("direction")),
        reason=_word(got.get("reason")),
        remark=_word(got.get("remark")),
        relay=f"{longest_ms}ms" if seen.relay and longest_ms is not None else "on" if seen.relay else "off",
        ms=-1 if seen.after_ms is None else seen.after_ms,
    )


def judge_numbers(events: Sequence[Event]) -> list[Check]:
    """Judge the numbering: nothing missing, nothing twice, in order of arrival."""
    numbers = [int(str(event["sequence"])) for event in events]
    ids = Counter(str(event["id"]) for event in events)
    gaps = [f"gap_at_{number}" for place, number in enumerate(numbers, 1) if place != number][:1]
    twice = [identity for identity, count in ids.items() if count > 1]
    epochs = len({identity.split(":")[1] for identity in ids})
    return [
        check("events-gapless", gaps if numbers else ["no_events"], len(numbers), epochs=epochs),
        check("events-once", twice, len(ids)),
    ]


def judge_grants(events: Sequence[Event]) -> Check:
    """Judge that every grant has ended, once, as assumed: no sensor of this door tells more."""
    told = [data for event in events if isinstance(data := event["data"], dict)]
    given = [str(data["grant"]) for data in told if data.get("decision") == "allow"]
    ended = Counter(str(data["grant"]) for data in told if data.get("result") == "assumed")
    other = [str(data["result"]) for data in told if data.get("result") not in {None, "assumed"}]
    faults = [f"grant_{grant}" for grant in given if ended[grant] != 1] + other
    return check("grants-ended", faults, len(given))


def judge_pins(relay: Sequence[Span], green: Sequence[Span], granted: int, unlock_ms: int) -> list[Check]:
    """Judge the relay over the whole play, and that the green lamp never promised what the lock did not do."""
    longest_ms = longest(relay)
    late_ms = max((one.outlives(relay) for one in green), default=0)
    released = longest_ms is not None and longest_ms <= unlock_ms + SLACK_MS
    return [
        check("relay-only-by-grant", [] if len(relay) == granted else [f"granted_{granted}"], len(relay)),
        check("relay-released", [] if released else ["held"], len(relay), longest_ms=longest_ms or 0),
        check(
            "green-only-while-released",
            [] if late_ms <= GREEN_SLACK_MS and all(one.ended_ms is not None for one in green) else ["green"],
            len(green),
            longest_after_ms=late_ms,
        ),
    ]


def judge_privacy(seen: Sequence[Seen], secrets: Sequence[str]) -> Check:
    """Judge that nothing on the broker is a code, a pass's id, an identity number, or a field nobody agreed to."""
    faults: list[str] = []
    for one in seen:
        text = f"{one.topic} {one.payload.decode('utf-8', 'replace')}"
        if any(secret in text for secret in secrets) or "GP1:" in text:
            faults.append("code")
        if _IDENTITY_NUMBER.search(text):
            faults.append("identity_number")
        if "/event/" in one.topic:
            data = json.loads(one.payload).get("data", {})
            faults += [f"field_{key}" for key in data.keys() - _agreed(one.topic.rpartition("/")[2])]
    return check("nothing-personal", faults, len(seen))


def _agreed(kind: str) -> set[str]:
    """Name all that an event of this kind may tell; this gate has no area key, so its events name nobody."""
    model = DATA.get(kind)
    fields = {} if model is None else model.model_fields
    named = {field.alias or name for name, field in fields.items()}
    return named - {"subject"} if kind == "access" else named


def longest(relay: Sequence[Span]) -> int | None:
    """Return how long the longest pulse lasted (ms), 0 if there was none, None while one lasts."""
    lengths = [None if one.ended_ms is None else one.ended_ms - one.began_ms for one in relay]
    return None if None in lengths else max((length for length in lengths if length is not None), default=0)


def _word(value: object) -> str:
    """Write a value that may be missing."""
    return "-" if value is None else str(value)
