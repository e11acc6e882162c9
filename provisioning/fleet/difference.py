"""The names of all differences, what each means and what to do first: one closed list, which the README prints."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


class Difference(StrEnum):
    """Every name; some carry after a colon what they are about: a label, a kind of document."""

    NOT_APPROVED = "not_approved"
    NOT_ISSUED = "not_issued"
    NOT_INSTALLED = "not_installed"
    NOT_COMMISSIONED = "not_commissioned"
    NOT_ENROLLED = "not_enrolled"
    SUSPENDED = "suspended"
    RETIRED_BUT_ONLINE = "retired_but_online"
    UNKNOWN_GATE = "unknown_gate"
    NOT_IN_INVENTORY = "not_in_inventory"
    NEVER_SEEN = "never_seen"
    OFFLINE = "offline"
    SILENT = "silent"
    DUPLICATE = "duplicate"
    WRONG_AREA = "wrong_area"
    WRONG_LABEL = "wrong_label"
    WRONG_GROUPS = "wrong_groups"
    RELEASE = "release"
    OBSERVING = "observing"
    VERSION = "version"
    PENDING = "pending"
    REJECTED = "rejected"
    ROLLED_BACK = "rolled_back"
    CERTIFICATE_ENDS = "certificate_ends"
    CLOCK = "clock"
    READER_MISSING = "reader_missing"


MEANINGS: Final[Mapping[Difference, tuple[str, str]]] = {
    Difference.NOT_APPROVED: (
        "The inventory lets it be given out and the ledger does not.",
        "gapura-ops fleet approve",
    ),
    Difference.NOT_ISSUED: ("It may have a sheet and none was made.", "gapura-ops provision"),
    Difference.NOT_INSTALLED: (
        "It has a sheet and no device has come with it.",
        "Ask the technician for the sheet; make a new one if it is lost or its claim has ended.",
    ),
    Difference.NOT_COMMISSIONED: (
        "It has its certificate and no passed self-test, or it decides and nobody has confirmed it.",
        "Read gapura-ops enrol log GATE; have the test repeated at the door, or gapura-ops enrol approve.",
    ),
    Difference.NOT_ENROLLED: (
        "It is connected as itself, and the ledger knows no device of it.",
        (
            "Just replaced? Then its old device is connected yet: restart the broker. "
            "Else an older ledger was put back, or a certificate made by hand: retire it or enrol it anew."
        ),
    ),
    Difference.SUSPENDED: (
        "It is suspended and may not speak.",
        "Read gapura-ops enrol log GATE, then release or retire it.",
    ),
    Difference.RETIRED_BUT_ONLINE: ("It was retired and is connected.", "Cut it off: gapura-ops enrol stolen GATE."),
    Difference.UNKNOWN_GATE: (
        "The broker has it; inventory and ledger do not.",
        "Find who gave it a certificate; write it into the inventory or cut it off.",
    ),
    Difference.NOT_IN_INVENTORY: ("The ledger has it and the inventory no more.", "Put it back, or retire it."),
    Difference.NEVER_SEEN: (
        "The ledger has a device of it and the broker nothing.",
        "Look at its network and its brokers.",
    ),
    Difference.OFFLINE: (
        "The broker has lost it.",
        "Ask on site whether it has light; then its cable, switch and supply.",
    ),
    Difference.SILENT: ("It is connected and its health has expired.", "Look whether its neighbours speak."),
    Difference.DUPLICATE: (
        "Two machines are connected under its name in turn.",
        "Find the copy: one card too many. gapura-ops fleet replace GATE shuts both out.",
    ),
    Difference.WRONG_AREA: (
        "It says that it leads into another area.",
        "Provision it anew: an area is not changed from afar.",
    ),
    Difference.WRONG_LABEL: ("A label is not the inventory's.", "Publish a configuration with the inventory's labels."),
    Difference.WRONG_GROUPS: ("It listens to other groups.", "Publish a configuration with the inventory's groups."),
    Difference.RELEASE: ("It runs another release than it should.", "gapura-ops rollout, or look at its last update."),
    Difference.OBSERVING: ("It should be active and only records.", "gapura-ops fleet activate"),
    Difference.VERSION: ("Another document is in force than the one desired.", "gapura-ops doc status GATE"),
    Difference.PENDING: ("The document desired is on its way or on trial.", "Wait; look again in some minutes."),
    Difference.REJECTED: ("It has turned the document desired down.", "Read the reason: gapura-ops doc status GATE."),
    Difference.ROLLED_BACK: (
        "It has tried the configuration and gone back.",
        "Read the reason: gapura-ops doc status GATE.",
    ),
    Difference.CERTIFICATE_ENDS: (
        "Its certificate ends soon or has ended.",
        "Look why it was not renewed: enrol log GATE.",
    ),
    Difference.CLOCK: (
        "It does not know the time well enough to let anybody in.",
        "gapura-ops time; then its battery clock.",
    ),
    Difference.READER_MISSING: ("A reader of it does not speak.", "Look at the reader's cable and light."),
}
"""What each means, and what to do first."""


def table() -> str:
    """Print the table of the README."""
    rows = [f"| `{_spelled(one)}` | {meaning} | {action} |" for one, (meaning, action) in MEANINGS.items()]
    return "\n".join(["| difference | what it means | what to do first |", "|---|---|---|", *rows]) + "\n"


def meaning_of(name: str) -> tuple[str, str]:
    """Say what a name means and what to do first, whatever it carries."""
    word = Difference.VERSION if name.endswith(f"_{Difference.VERSION}") else name.partition(":")[0]
    return MEANINGS[Difference(word)]


def _spelled(one: Difference) -> str:
    """Spell a name as it stands in the answer."""
    match one:
        case Difference.VERSION:
            return "KIND_version"
        case Difference.WRONG_LABEL:
            return f"{one}:LABEL"
        case Difference.PENDING | Difference.REJECTED | Difference.ROLLED_BACK:
            return f"{one}:KIND"
        case _:
            return one.value
