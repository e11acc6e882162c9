"""The signed lists of a gate as it finds them at its start."""

from __future__ import annotations

import errno
import os
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from firmware.control import mistakes
from firmware.control.config import Config
from firmware.control.documents import read_lists, unreadable
from firmware.control.standing import list_of
from firmware.events import Direction, Instant, Reason
from firmware.passes.reading import read
from firmware.rules.decide import Place, decide
from firmware.rules.presence import Presence
from firmware.trust.keys import TrustedKey, TrustSet
from provisioning import documents, issuing
from provisioning.authority import open_authority
from provisioning.rig.gate import Plan, Rig

DAY_S = 86_400


@pytest.mark.parametrize(
    ("off_s", "says", "reason"),
    [
        (0, None, None),
        (-DAY_S, "not_yet_valid", Reason.NOT_YET_VALID),
        (30 * DAY_S, "warrant_expired", Reason.EXPIRED),
    ],
)
def test_lists_outlive_a_clock_that_was_wrong_at_the_start(
    tmp_path: Path, off_s: int, says: str | None, reason: Reason | None
) -> None:
    """A gate that started with a wrong clock says so, admits nobody, and needs no restart once the clock is right."""
    rig = Rig(tmp_path, Plan(readers={"outside": None}))
    config = mistakes.read(rig.config)
    assert isinstance(config, Config)
    now = int(time.time())
    code = rig.desk.issue(issuing.Order("visitor", ("lobby",), now - 60, now + 3600), now=now)
    lists = read_lists(config, Instant(0, now + off_s, now + off_s, "system"))
    assert all(says is not None and says in problem for problem in lists.problems)
    assert len(lists.problems) == (0 if says is None else 2)
    for at, expected in ((now + off_s, reason), (now, None)):
        reading = read(code.code.encode(), lists.trust)
        decision = decide(
            reading, Direction.IN, Instant(0, at, at, "system"), Place("gate-1", "lobby"), lists.rules, Presence()
        )
        assert decision.reason is expected


@pytest.mark.parametrize("test_gate", [False, True])
def test_only_a_gate_for_tests_believes_keys_that_sign_test_data(tmp_path: Path, *, test_gate: bool) -> None:
    """The same signed list, with a key that anybody can sign with, is whole for a test gate and short for any other."""
    rig = Rig(tmp_path, Plan(readers={"outside": None}))
    config = mistakes.read(rig.config)
    assert isinstance(config, Config)
    now = int(time.time())
    public = Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key()
    issued = TrustedKey(b"all-zero", "EdDSA", public, "test", frozenset({"visitor"}), 0, now + DAY_S)
    built = documents.build_trust(
        open_authority(tmp_path / "authority", None),
        now=now,
        valid_days=1,
        foreign=TrustSet(keys=(issued,)),
        test_keys=True,
    )
    config.trust.list.write_bytes(built.data)
    given = config.model_copy(update={"trust": config.trust.model_copy(update={"test_gate": test_gate})})
    from_afar = list_of(built.document, test_gate=test_gate)
    assert isinstance(from_afar, TrustSet)
    for trust in (read_lists(given, Instant(0, now, now, "system")).trust, from_afar):
        assert (len(trust.keys), len(trust.refused_ids)) == ((2, 0) if test_gate else (1, 1))


@pytest.mark.parametrize(
    ("error", "says"),
    [(errno.ENOENT, "make it"), (errno.EACCES, "chgrp gapura /etc/gapura/x && chmod 640 /etc/gapura/x")],
)
def test_a_file_that_may_not_be_read_is_not_made_again(error: int, says: str) -> None:
    """What is missing must be made; what is there and closed to the gate's user must only be opened to it."""
    line = unreadable("policy", Path("/etc/gapura/x"), OSError(error, os.strerror(error)), "make it")
    assert line.startswith(f"policy /etc/gapura/x: {os.strerror(error)}; ")
    assert says in line
    assert ("make it" in line) is (error == errno.ENOENT)
