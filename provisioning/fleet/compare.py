"""What should be, held against what is: every way in which a gate may differ has a name out of a closed list.

Pure. A gate that is away is only that: what it said before it went says nothing about now. What follows from another
difference is not named beside it, so that each cause is one word.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from firmware.records.contest import NAME as CONTESTED
from provisioning.fleet.difference import Difference
from provisioning.fleet.lifecycle import State, is_installed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from firmware.control.desired import Held
    from provisioning.fleet.ledger_rows import Standing
    from provisioning.fleet.planned import Planned
    from provisioning.fleet.seen import Birth, Seen

CERTIFICATE_S: Final = 30 * 86_400
"""So long before its end a certificate should have been renewed: renewal begins at two thirds of its life."""

UNKNOWN: Final = "unknown"
ABSENT: Final = "absent"
_ENDING: Final = ("certificate-expiring", "certificate-expired")


@dataclass(frozen=True, slots=True)
class Expected:
    """What a gate is held against: its row, its place in the ledger, the documents desired of it, the release.

    `certificate_ends` is the end of its newest certificate (Unix seconds), None where none is known; `proven` says
    whether it has passed its self-test.
    """

    planned: Planned | None
    standing: Standing | None
    desired: Mapping[str, Held]
    release: str | None
    certificate_ends: int | None
    proven: bool = True


def state_of(expected: Expected) -> str:
    """Where the gate is: its state in the ledger, `requested` if only the inventory has it, else `unknown`."""
    if expected.standing is not None:
        return expected.standing.state.value
    return State.REQUESTED.value if expected.planned is not None else UNKNOWN


def wanted(expected: Expected) -> str:
    """Where it should be: retired where it is planned no more, absent if it never was, else as far as it was let go on.

    That is installed until somebody makes it active, and active for one that is planned to begin so.
    """
    planned, standing = expected.planned, expected.standing
    if planned is None:
        return ABSENT if standing is None else State.RETIRED.value
    if standing is not None and standing.state is State.RETIRED:
        return State.RETIRED.value
    approved = planned.approved or (standing is not None and standing.state is not State.REQUESTED)
    if not approved:
        return State.REQUESTED.value
    active = standing is not None and standing.state is State.ACTIVE
    return State.ACTIVE.value if active else planned.stage


def differences(expected: Expected, seen: Seen | None, now: int) -> tuple[str, ...]:
    """Name every difference of one gate, in the order of the list."""
    return tuple(_named(expected, seen, now))


def _named(expected: Expected, seen: Seen | None, now: int) -> Iterator[str]:
    planned, standing = expected.planned, expected.standing
    online = seen is not None and seen.online is True
    if standing is not None and standing.state is State.RETIRED:
        yield from [Difference.RETIRED_BUT_ONLINE] if online else []
    elif standing is not None and standing.suspended:
        yield Difference.SUSPENDED
    elif planned is None:
        yield Difference.UNKNOWN_GATE if standing is None else Difference.NOT_IN_INVENTORY
    elif standing is None or not is_installed(standing.state):
        yield from _waiting(State.REQUESTED if standing is None else standing.state, planned, online=online)
    else:
        yield from _living(expected, planned, standing, seen, now)


def _waiting(state: State, planned: Planned, *, online: bool) -> Iterator[str]:
    """Name what keeps a gate from being installed."""
    if online:
        yield Difference.NOT_ENROLLED
    elif state is State.REQUESTED:
        yield from [Difference.NOT_APPROVED] if planned.approved else []
    else:
        yield Difference.NOT_ISSUED if state is State.APPROVED else Difference.NOT_INSTALLED


def _living(expected: Expected, planned: Planned, standing: Standing, seen: Seen | None, now: int) -> Iterator[str]:
    """Name the differences of a gate that has a device."""
    birth = None if seen is None else seen.birth
    decides = birth is not None and birth.stage == State.ACTIVE
    if standing.state is State.INSTALLED and (decides or not expected.proven):
        yield Difference.NOT_COMMISSIONED
    if seen is None or not seen.present:
        yield Difference.NEVER_SEEN
    elif seen.online is not True:
        yield Difference.OFFLINE
    else:
        yield from [] if seen.health else [Difference.SILENT]
        yield from [Difference.DUPLICATE] if is_duplicate(seen) else []
        if birth is not None:
            yield from _told(expected, planned, birth)
        yield from _documents(expected, seen)
        yield from _conditions(seen)
    ends = expected.certificate_ends
    ending = seen is not None and seen.online is True and any(name in seen.alerts for name in _ENDING)
    if ending or (ends is not None and ends - now <= CERTIFICATE_S):
        yield Difference.CERTIFICATE_ENDS


def is_duplicate(seen: Seen) -> bool:
    """Say whether two machines use one name: its connections end as soon as they began, or boots come in turn.

    A gate that was only restarted begins to count its connections anew, and no boot comes back. Some brokers tell the
    machine that another took its place; others only let it see that it is never left in peace.
    """
    if CONTESTED in seen.alerts or seen.health.get("link_fault_taken_over", 0) > 0:
        return True
    boots = [birth.boot for birth in seen.births]
    returned = any(boot in boots[:at] and boots[at - 1] != boot for at, boot in enumerate(boots))
    older = any(one.boot != two.boot and two.connection > 1 for one, two in pairwise(seen.births))
    return returned or older


def _told(expected: Expected, planned: Planned, birth: Birth) -> Iterator[str]:
    """Compare what a gate says of itself."""
    if birth.labels.get("area") != planned.area:
        yield Difference.WRONG_AREA
    for key, value in planned.labels.items():
        if birth.labels.get(key) != value:
            yield f"{Difference.WRONG_LABEL}:{key}"
    if not {*planned.groups, planned.area} <= birth.groups and birth.labels.get("area") == planned.area:
        yield Difference.WRONG_GROUPS
    if expected.release is not None and birth.release != expected.release:
        yield Difference.RELEASE
    if wanted(expected) == State.ACTIVE and birth.stage == State.INSTALLED:
        yield Difference.OBSERVING


def _documents(expected: Expected, seen: Seen) -> Iterator[str]:
    """Compare what is in force with what is desired; a document that was turned down is the cause, not the version."""
    for kind in sorted({*expected.desired, *seen.reports}):
        report, held = seen.reports.get(kind), expected.desired.get(kind)
        state = "" if report is None else report.state
        if state in {Difference.REJECTED, Difference.ROLLED_BACK, Difference.PENDING}:
            yield f"{state}:{kind}"
        elif held is not None and (report is None or report.digest != held.document.digest):
            yield f"{kind}_{Difference.VERSION}"


def _conditions(seen: Seen) -> Iterator[str]:
    """Name what the gate itself says is wrong, as far as it concerns whether it is what was planned."""
    if "clock-untrusted" in seen.alerts or seen.health.get("clock_source") == 0:
        yield Difference.CLOCK
    if any(name.startswith("reader-missing") for name in seen.alerts):
        yield Difference.READER_MISSING
