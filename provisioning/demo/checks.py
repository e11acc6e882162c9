"""A check and how it is printed; what was checked is decided in `judging.py`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["ok", "fail", "skip"]


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the answer; a value holds no blanks, so that the line can be taken apart again."""

    id: str
    verdict: Verdict
    n: int
    values: tuple[tuple[str, str | int], ...] = ()

    def line(self, seed: int) -> str:
        """Write `CHECK <id> ok|fail|skip n= seed= key=value...`."""
        parts = [f"CHECK {self.id} {self.verdict}", f"n={self.n}", f"seed={seed}"]
        return " ".join([*parts, *(f"{key}={value}" for key, value in self.values)])


def check(name: str, faults: list[str], n: int, **values: str | int) -> Check:
    """Make a check that failed if there are faults, last and joined by commas; one that saw nothing is no praise."""
    told = tuple(values.items())
    if not faults and n == 0:
        return Check(name, "skip", 0, (*told, ("why", "nothing_to_judge")))
    if not faults:
        return Check(name, "ok", n, told)
    return Check(name, "fail", n, (*told, ("faults", ",".join(dict.fromkeys(faults)))))


def summary(target: str, checks: list[Check], seconds: float) -> str:
    """Write the last line."""
    counted = {verdict: sum(one.verdict == verdict for one in checks) for verdict in ("ok", "fail", "skip")}
    return f"SUMMARY {target} " + " ".join(f"{key}={n}" for key, n in counted.items()) + f" seconds={seconds:.0f}"
