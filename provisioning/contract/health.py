"""Every number of `health`: what it counts, its unit, and whether it only grows.

A table and nothing else; the README of this folder prints it, and a running gate is held to it. A name in braces stands
for one of several: a reader, a fault, a cause. Counters begin at 0 with each run and appear with their first event.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from firmware.setup.meanings import MEANINGS
from firmware.setup.reasons import Why

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Number:
    """One number. A `counter` only grows within a run; a `gauge` says what is now."""

    name: str
    sort: Literal["counter", "gauge"]
    unit: str
    meaning: str

    @property
    def pattern(self) -> str:
        """The name as a regular expression, whole."""
        return "^" + re.sub(r"\\\{\w+\\\}", "[a-z0-9_-]+", re.escape(self.name)) + "$"


NUMBERS: Final = (
    Number("in_allow", "counter", "decisions", "ways in that were opened"),
    Number("in_deny", "counter", "decisions", "ways in that were refused"),
    Number("in_verify", "counter", "decisions", "ways in that wait for an officer"),
    Number("out_allow", "counter", "decisions", "ways out; every one is opened"),
    Number(
        "observing", "gauge", "0 or 1", "the gate is installed and not active yet: it refuses nobody but by posture"
    ),
    Number(
        "observed_{outcome}",
        "counter",
        "decisions",
        "what an active gate would have decided by an enforced policy",
    ),
    Number("assistance_waiting", "gauge", "people", "wait for an officer's answer now"),
    Number("assistance_asked", "counter", "requests", "an officer was asked"),
    Number("assistance_admitted", "counter", "requests", "an officer said yes, and the pass was judged again"),
    Number("assistance_escalated", "counter", "requests", "unanswered for so long that it was told more loudly"),
    Number("assistance_refused", "counter", "requests", "an officer said no"),
    Number("assistance_overruled", "counter", "requests", "an officer said yes to what something else refused by then"),
    Number("assistance_expired", "counter", "requests", "nobody answered in time"),
    Number(
        "assistance_withdrawn", "counter", "requests", "ended by another code, an order to open, other lists or the end"
    ),
    Number("assistance_unreachable", "counter", "people", "refused at once, for no officer could be reached"),
    Number("alarms", "gauge", "alarms", "alarms of the door that hold now"),
    Number("relay_stuck", "counter", "turns", "the relay read back otherwise than commanded; then no watchdog is fed"),
    Number("output_failures", "counter", "failures", "relay, lamp or sounder could not be driven"),
    Number("readers_lost", "counter", "times", "a reader hung up or fell silent"),
    Number("refused_{cause}", "counter", "messages", "what a reader sent and the gate did not take, by cause"),
    Number("scans_incomplete", "counter", "scans", "one of several codes of a pass; the door asked for the next"),
    Number("scans_late", "counter", "scans", "waited for their turn longer than a second and let nobody in"),
    Number("scans_unwritten", "counter", "scans", "let nobody in because an earlier record is not on disk yet"),
    Number("presses_repeated", "counter", "presses", "of a button while the lock it asked for was released already"),
    Number("commands_obeyed", "counter", "commands", "were obeyed"),
    Number("commands_failed", "counter", "commands", "counted and came to nothing"),
    Number("commands_refused", "counter", "commands", "did not count"),
    Number("commands_dropped", "counter", "commands", "came faster than people give them and were not looked at"),
    Number("commands_refused_{reason}", "counter", "commands", "the same by reason (`firmware/control/README.md`)"),
    *(Number(f"setup_{why.value}", "counter", "times", f"told by a set-up; {MEANINGS[why].action}") for why in Why),
    Number("setup_untold", "counter", "codes", "shown to a set-up faster than one a second, and not told by the lamps"),
    Number("internal", "counter", "codes", "a fault of the firmware; report it"),
    Number("inbox_waiting", "gauge", "events", "wait for the controller now"),
    Number("inbox_dropped", "counter", "events", "came faster than they could be taken"),
    Number("journal_committed", "counter", "records", "written to disk"),
    Number("journal_waiting", "gauge", "records", "wait in memory for the disk"),
    Number("journal_backlog", "gauge", "records", "on disk that the broker has not taken yet"),
    Number(
        "journal_epoch", "gauge", "number", "the journal's epoch, as a number: its 8 hex digits; 0 while the disk fails"
    ),
    Number("journal_first", "gauge", "number", "the oldest record of this epoch that can be sent again"),
    Number("journal_last", "gauge", "number", "the newest record of this epoch"),
    Number("journal_unsent", "gauge", "number", "the oldest record that the broker has not taken; 0 if there is none"),
    Number("journal_dropped", "counter", "records", "lost before they reached the disk; a `gap` event counts them"),
    Number("journal_failures", "counter", "times", "the disk could not be written"),
    Number("journal_altered", "counter", "records", "altered by the disk after they were written"),
    Number("journal_replaced", "counter", "times", "the journal was damaged and put aside"),
    Number("journal_pruned", "counter", "records", "deleted by age or size"),
    Number("link_up", "gauge", "0 or 1", "the broker has answered the birth of this connection"),
    Number("link_connects", "counter", "times", "the link came up"),
    Number("link_published", "counter", "events", "taken by the broker with a success code"),
    Number("link_refused", "counter", "messages", "turned down by the broker"),
    Number("link_refused_{code}", "counter", "messages", "the same by MQTT 5 reason code; 135 is the access list"),
    Number("link_fault_{fault}", "counter", "times", "a connection failed or ended, by fault"),
    Number(
        "link_broker",
        "gauge",
        "place",
        "the broker that the gate is connected to, as it stands in the configuration; 0 is the first",
    ),
    Number("link_noticed", "counter", "messages", "alerts, reports and answers that the broker took"),
    Number("link_heard", "counter", "messages", "brought by the broker on topics that the gate reads"),
    Number("link_heard_failed", "counter", "messages", "the same, where taking them failed; report it"),
    Number("link_unasked_topic", "counter", "messages", "brought on topics that the gate does not read"),
    Number("link_taken_back", "counter", "topics", "left at the broker by an earlier run and taken back"),
    Number("link_unsubscribed", "counter", "topics", "that the broker did not let the gate read"),
    Number("link_replayed", "counter", "events", "sent again because somebody asked for them"),
    Number("link_rested", "counter", "times", "reading rested because the broker sent too much"),
    Number("clock_source", "gauge", "rank", "who vouches for the time: 0 nobody, 1 the kernel, 2 NTP, 3 RTC, 4 signed"),
    Number("clock_error_s", "gauge", "s", "how far the time may be off; 0 where nobody vouches for it"),
    Number("clock_floor_age_s", "gauge", "s", "how far the floor lies behind the time"),
    Number("clock_synchronised", "gauge", "0 or 1", "a program on the gate keeps the kernel's clock right"),
    Number("clock_rtc", "gauge", "0 or 1", "a battery clock can be read"),
    Number("clock_disbelieved", "gauge", "clocks", "are not believed now"),
    Number("clock_floor_lost", "gauge", "0 or 1", "the file of the floor could not be read; it began anew"),
    Number("clock_disagreements", "counter", "times", "a clock was not believed any more"),
    Number("clock_answered", "counter", "answers", "signed seconds that were taken"),
    Number("clock_answers_refused", "counter", "answers", "signed seconds that were refused"),
    Number("clock_answers_refused_{reason}", "counter", "answers", "the same by reason (`firmware/control/README.md`)"),
    Number("clock_untold", "counter", "records", "of clocks that were too many to be written down"),
    Number("clock_storage", "counter", "times", "the floor could not be kept"),
    Number("clock_internal", "counter", "answers", "met a fault of the firmware; report it"),
    Number("documents_{kind}_version", "gauge", "version", "of the document in force"),
    Number("documents_{kind}_issued", "gauge", "Unix seconds", "when the document in force was signed"),
    Number(
        "documents_{what}",
        "counter",
        "documents or pieces",
        "accepted, fetched, refused by reason (`firmware/control/README.md`)",
    ),
    Number("update_failed", "gauge", "0 or 1", "an order to run another release came to nothing; a person must look"),
    Number("updates_turned_down", "counter", "orders", "to run another release, given up for good"),
    Number("area_keys_days", "gauge", "days", "from today on for which there is a key of the day; 0: no subjects now"),
    Number("subjects_missing", "counter", "passes", "had no subject for want of a key of the day or of a clock"),
    Number("area_inside", "gauge", "people", "in the area as far as this gate has heard of the others"),
    Number("area_limit", "gauge", "people", "that may be in the area; missing where no policy limits it"),
    Number("area_held", "gauge", "places", "this gate may still fill without hearing of anybody; missing likewise"),
    Number("area_missing", "gauge", "gates", "of the area that have not said anything"),
    Number("area_oldest_s", "gauge", "seconds", "since the gate that was heard longest ago"),
    Number("area_estimated", "gauge", "people", "who count as gone though nobody saw them leave"),
    Number("area_full", "counter", "people", "turned away because nobody more may be in the area"),
    Number("area_passback", "counter", "people", "let in though they had not been seen to leave"),
    Number("area_heard", "counter", "leaves", "of other gates of the area that were counted"),
    Number("area_refused", "counter", "leaves", "of other gates that were older than what is known, or impossible"),
    Number(
        "leaves_refused_{why}", "counter", "leaves", "that were no leaves (`malformed`), or not that gate's (`forged`)"
    ),
    Number("reader_{name}_{number}", "gauge", "see `hw/reader/README.md`", "a reader's heartbeat, as it sent it"),
)


def known(name: str) -> Number | None:
    """Find what a number means."""
    return next((number for number in NUMBERS if re.fullmatch(number.pattern, name)), None)


def schema() -> dict[str, object]:
    """Make the schema of the whole payload; a number that is not listed is still an integer."""
    listed = {
        number.pattern: {"type": "integer", "minimum": 0, "description": f"{number.meaning} ({number.unit})"}
        for number in NUMBERS
    }
    text = "Flat numbers; counters begin at 0 with each run, which `info` names."
    return {
        "title": "Health",
        "description": text,
        "type": "object",
        "patternProperties": listed,
        "additionalProperties": {"type": "integer"},
    }


def table(numbers: Iterable[Number] = NUMBERS) -> str:
    """Print the table of a README."""
    rows = [f"| `{number.name}` | {number.sort} | {number.unit} | {number.meaning} |" for number in numbers]
    return "\n".join(["| number | sort | unit | meaning |", "|---|---|---|---|", *rows]) + "\n"
