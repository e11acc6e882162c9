"""The list of revoked passes that `inspect` and `simulate` were given, and what it says of a pass.

The operator who names the file vouches for it; it is the list itself, not the document that names it at the broker.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from firmware.commands.mistake import UsageError
from firmware.control.revocation_files import mapped
from firmware.events import Reason
from firmware.passes.outcome import Pass

if TYPE_CHECKING:
    from pathlib import Path

    from firmware.passes.outcome import Reading
    from firmware.rules.rulebook import Revocations
    from firmware.trust.revocation import RevocationList


def given(path: Path) -> RevocationList:
    """Map a list; raises UsageError for what is none, or damaged."""
    found = mapped(path)
    if found is None or not found.undamaged():
        msg = f"revocations {path}: no list of revoked passes, or damaged; name what gapura-ops revocations build wrote"
        raise UsageError(msg)
    return found


def verdict(
    line: dict[str, object], reading: Reading, listed: Revocations | None, said: tuple[str, Reason | None]
) -> tuple[str, Reason | None]:
    """Refuse what is on the list, and say by which name and how likely that is a false hit."""
    if listed is None or not isinstance(reading, Pass):
        return said
    kind = listed.revoked(reading.revocation_ids, reading.issued)
    line["revoked"] = None if kind is None else {"by": kind, "false_hit_rate": listed.false_hit_rate}
    return said if kind is None or said[1] is not None else ("refused", Reason.REVOKED)
