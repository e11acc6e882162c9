"""Lists of revoked passes brought by a rollout: the first one whole, the next one as a delta."""

from __future__ import annotations

import pytest

from firmware.signed.envelope import Kind
from tests.broker.test_rollout import Desk, desk
from tests.command import gapura_ops
from tests.revoking import delta_of, listed

__all__ = ["desk"]
pytestmark = pytest.mark.timeout(300)


def test_a_rollout_brings_deltas_beside_the_list(desk: Desk) -> None:
    """Gates that have the list before fetch the delta alone, because the rollout laid that out too."""
    before, after = listed(range(20_000)), listed(range(5, 20_003))
    for name, data in (("a.blob", before), ("b.blob", after), ("b.delta", delta_of(before, after))):
        (desk.folder / name).write_bytes(data)
    for name, more in (("a", ()), ("b", ("--delta", desk.folder / "b.delta"))):
        out = desk.folder / f"{name}.cose"
        ended = gapura_ops(
            "revocations", "sign", "--dir", desk.folder / "own", "--out", out, *more, desk.folder / f"{name}.blob"
        )
        assert ended.code == 0, ended.err
        (said,) = ended.lines()
        path, _ = desk.plan(name, out, "--stages", "all")
        assert desk.rollout("apply", path)[-1]["phase"] == "done"
        assert [gate.version(Kind.REVOCATIONS) for gate in desk.gates] == [said["version"]] * 4
    assert [gate.library.counters().get("documents_deltas_applied") for gate in desk.gates] == [1] * 4
