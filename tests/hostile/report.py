"""What must hold of the table of attacks and of a campaign, said as CHECK lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from firmware.passes.outcome import Pass
from firmware.passes.reading import read_first
from tests.hostile.campaign import DEEP, LEAST_REENCODED, LEAST_RESIGNED
from tests.hostile.formats import FORMATS

if TYPE_CHECKING:
    from tests.hostile.attack import Attack
    from tests.hostile.campaign import Result
    from tests.torture.checks import Checks

MOST_MS: Final = 50
"""Of its thread's CPU time, for one code."""

MOST_BYTES: Final = 64 << 20

ENOUGH: Final = 2_000
"""Of fewer codes chance may leave a stage or a family out."""


def attacks(checks: Checks, name: str) -> None:
    """Try every named attack of a format: none opens, and each is refused for what it is."""
    table = list(FORMATS[name].attacks())
    checks.check(f"attacks-{name}", len(table), [fault for attack in table if (fault := wrong(attack))])


def wrong(attack: Attack) -> str | None:
    """Say what is wrong with how an attack ended; None if nothing is."""
    _, found = read_first(attack.codes, attack.trust)
    if isinstance(found, Pass):
        return f"{attack.name}: read as a pass"
    return None if found.reason is attack.reason else f"{attack.name}: {found.reason}, not {attack.reason}"


def campaign(checks: Checks, name: str, result: Result) -> None:
    """Say what came of the codes of one format."""
    count = result.families.total()
    faults = [f"admitted {code}" for code in result.admitted] + [f"raised {code}" for code in result.raised]
    counted = {"admitted": len(result.admitted), "raised": len(result.raised)} | dict(sorted(result.stages.items()))
    checks.check(f"refused-{name}", count, faults, **counted)
    if count < ENOUGH:
        checks.skipped(f"hostile-{name}", f"fewer than {ENOUGH} codes")
    else:
        reencoded, resigned = result.reencoded(), result.resigned()
        faults = [f"none was refused at {stage}" for stage in DEEP if stage.value not in result.stages]
        faults += ["too few are re-encoded"] if reencoded < LEAST_REENCODED else []
        faults += ["too few are re-signed"] if resigned < LEAST_RESIGNED else []
        checks.check(f"hostile-{name}", count, faults, reencoded=round(reencoded, 3), resigned=round(resigned, 3))
    faults = [f"{result.worst_ms:.1f} ms for {result.worst_code}"] if result.worst_ms >= MOST_MS else []
    faults += [f"the process grew by {result.worst_bytes} bytes"] if result.worst_bytes >= MOST_BYTES else []
    worst_mb = round(result.worst_bytes / (1 << 20), 1)
    checks.check(
        f"bounded-{name}", count, faults, worst_ms=round(result.worst_ms, 2), worst_mb=worst_mb, again=result.again
    )
