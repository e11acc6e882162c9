"""The lines that a black-box judge reads: one CHECK for each check, and a SUMMARY at the end.

They are all that goes to stdout. A check that could not be made says why.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(slots=True)
class Checks:
    """Counts what was checked; the reason of a failure goes to stderr in full."""

    target: str
    seed: int
    ok: int = 0
    fail: int = 0
    skip: int = 0
    _began_s: float = field(default_factory=time.monotonic)

    def check(self, name: str, n: int, faults: Sequence[str], **values: object) -> None:
        """Report one check; it failed if there are faults."""
        self.ok += not faults
        self.fail += bool(faults)
        self._line(name, "fail" if faults else "ok", n, values)
        for fault in faults:
            sys.stderr.write(f"  {name}: {fault}\n")

    def skipped(self, name: str, why: str) -> None:
        """Report a check that could not be made, and why."""
        self.skip += 1
        self._line(name, "skip", 0, {"why": why})

    def summary(self) -> int:
        """Print the last line and return the exit code."""
        seconds = round(time.monotonic() - self._began_s)
        print(f"SUMMARY {self.target} ok={self.ok} fail={self.fail} skip={self.skip} seconds={seconds}", flush=True)  # noqa: T201
        return 1 if self.fail else 0

    def _line(self, name: str, verdict: str, n: int, values: dict[str, object]) -> None:
        words = [f"CHECK {name} {verdict} n={n} seed={self.seed}"]
        words += [f"{key}={str(value).replace(' ', '_')}" for key, value in values.items() if value is not None]
        print(" ".join(words), flush=True)  # noqa: T201
