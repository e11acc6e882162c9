"""What the desk makes of what gates report: whoever owns the broker may have written it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from firmware.signed.envelope import Kind
from provisioning import cli, publishing
from provisioning.connection import Message
from tests.unit.control.reading_room import POLICY
from tests.unit.signed.office import Office

if TYPE_CHECKING:
    from collections.abc import Iterable

DESIRED = Office().seal(Kind.POLICY, POLICY, version=3)


class Lying:
    """What lies at a broker, for a desk that listens."""

    def __init__(self, report: bytes) -> None:
        """Lay out a policy and a report."""
        self._lies = [
            Message("gapura/1/gate-1/doc/policy/desired", DESIRED, retained=True),
            Message("gapura/1/gate-1/doc/policy/reported", report, retained=True),
        ]

    def subscribe(self, *filters: str) -> None:
        """Take note of nothing."""

    def receive_retained(self) -> Iterable[Message]:
        """Hand out all of it."""
        return self._lies


@pytest.mark.parametrize(
    "report",
    [
        b'{"state": "applied", "digest": []}',
        b'{"state": "applied", "digest": {"a": 1}}',
        b'{"state": {}, "digest": null}',
        b'{"state": ["rejected"]}',
        b"[]",
        b"\xff",
        b"{" * 70_000,
    ],
)
def test_a_report_that_is_none_agrees_with_nothing(report: bytes) -> None:
    """Whatever stands there is no agreement, and no end of the command either."""
    found = publishing.status(Lying(report), "gate-1", ())
    assert found["policy"]["agrees"] is False


def test_what_a_broker_says_moves_no_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    """Letters that a terminal obeys are spelled out, the answer is one line, and reads as the same."""
    said = {"reported": {"reason": "\x1b[2J\u009b31m\u202egpj.exe\u2066\u2028\x00 \U000e0001 é ok"}}
    cli.answer(said)
    line = capsys.readouterr().out
    assert line.endswith("\n")
    assert line[:-1].isprintable()
    assert "é ok" in line
    assert json.loads(line) == said
