"""What no single key of a policy can say: rules that contradict each other, that nothing ever reaches, that never end.

The desk asks before it signs and the gate before it believes, so both refuse the same. Each mistake is one line: where,
what, and what to write. Whoever adds a field to the policy adds its check to `CHECKS`; the checks stand by their theme
in `soundness_*.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from firmware.rules.policy import Policy
from firmware.rules.salvage import salvaged
from firmware.rules.soundness_classes import areas, duress, formats, officers, verify
from firmware.rules.soundness_company import company
from firmware.rules.soundness_presence import health, presence
from firmware.rules.soundness_times import holidays, openings, postures
from firmware.signed import strict_json, times

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


def read_policy(body: Mapping[str, object], issued: int = 0, expires: int | None = None) -> Policy | tuple[str, ...]:
    """Read a policy's body; answer the policy or every mistake in it.

    `issued` and `expires` are the dates of the document that brings it (Unix seconds); without them its own are not
    held against anything.
    """
    policy = strict_json.read_as(body, Policy)
    if isinstance(policy, Policy):
        return (*mistakes(policy), *_dates(policy, issued, expires)) or policy
    left = salvaged(body)
    if left is None:
        return policy
    rest, gone = left
    dates = () if gone & {"effective", "timezone"} else _dates(rest, issued, expires)
    return (*policy, *(line for check in CHECKS if not gone & NEEDS.get(check, gone) for line in check(rest)), *dates)


def mistakes(policy: Policy) -> tuple[str, ...]:
    """Name everything in a policy that contradicts the rest of it."""
    return tuple(line for check in CHECKS for line in check(policy))


def _dates(policy: Policy, issued: int, expires: int | None) -> Iterator[str]:
    """A time of its own lies within its document's: what is past was not in force, what comes later never is."""
    if policy.effective is None:
        return
    begins, ends = policy.span
    for name, second in (("from", begins), ("until", ends)):
        if 0 < second < issued:
            what = f"is before this was signed ({times.render(issued)})"
            yield f"effective.{name}: {what}; write a later time or leave it out"
    if expires is not None and begins >= expires:
        yield f"effective.from: is not before this document ends ({times.render(expires)}); sign it for longer"


CHECKS: Final[tuple[Callable[[Policy], Iterator[str]], ...]] = (
    areas,
    duress,
    openings,
    holidays,
    postures,
    formats,
    verify,
    officers,
    health,
    presence,
    company,
)

NEEDS: Final[Mapping[Callable[[Policy], Iterator[str]], frozenset[str]]] = {
    areas: frozenset({"areas", "classes.*.areas"}),
    duress: frozenset({"classes", "classes.*.duress"}),
    openings: frozenset({"classes.*.hours"}),
    holidays: frozenset({"calendar", "classes", "classes.*.holidays", "classes.*.holiday_hours", "postures"}),
    postures: frozenset({"classes", "postures"}),
    formats: frozenset({"formats", "classes.*.formats", "classes.*.proof", "classes.*.verify"}),
    verify: frozenset(
        {"classes.*.limits", "classes.*.holidays", "classes.*.holiday_hours", "classes.*.hours", "classes.*.health"}
    ),
    officers: frozenset({"officers", "classes", "classes.*.duress", "classes.*.verify", "classes.*.health"}),
    health: frozenset({"areas", "health_profile", "national_rules", "classes", "classes.*.health"}),
    presence: frozenset({"areas", "classes", "capacity", "passback"}),
    company: frozenset(
        {"areas", "classes", "classes.*.areas", "classes.*.duress", "classes.*.escort", "capacity", "two_person"}
        | {f"capacity.*.{name}" for name in ("places", "percent", "venue", "level")}
        | {f"two_person.*.{name}" for name in ("first", "second")}
    ),
}
"""The fields without which a check says nothing, or names wrong places; one that is not here needs all of them."""
