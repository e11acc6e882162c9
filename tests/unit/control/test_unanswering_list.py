"""A list of revoked passes that cannot answer: nobody goes in by it, and everybody goes out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from firmware.rules.decide import Rulebook
from firmware.rules.policy import visitor_management
from tests.unit.control.bench import Bench

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pytest


class Unanswering:
    """A list that fails whenever it is asked."""

    false_hit_rate = 0.0

    def revoked(self, names: Iterable[tuple[str, bytes]], issued: int) -> str | None:
        """Fail."""
        raise ValueError(names, issued)


def test_a_look_up_that_fails_denies_and_is_counted(caplog: pytest.LogCaptureFixture) -> None:
    """It is a fault of the firmware, told as one; an exit opens all the same."""
    bench = Bench(rules=Rulebook.unlimited(visitor_management()).knowing(0, Unanswering()))
    code = bench.issuer.code()
    into, out = bench.show(code).body, bench.show(code, reader="inside").body
    assert (into["decision"], into["reason"]) == ("deny", "internal")
    assert (out["decision"], out["remark"]) == ("allow", "internal")
    assert bench.controller.counts["internal"] == 2
    assert "please report it" in caplog.text
