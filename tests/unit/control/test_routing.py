"""Who gets what the broker brought, judged from what each of them was handed."""

from __future__ import annotations

import pytest

from firmware.control.routing import route
from firmware.events import CommandArrived
from firmware.records.heard import Heard


@pytest.mark.parametrize("group", [None, "lobby"])
@pytest.mark.parametrize("retained", [False, True])
def test_a_command_goes_to_the_controller_as_it_came(group: str | None, *, retained: bool) -> None:
    """With its bytes unread, the way it came and the nonce of its connection."""
    commands: list[CommandArrived] = []
    others: list[Heard] = []
    heard = Heard("cmd", "unlock", group, None, b"\xff", "n", retained)
    route(heard, commanded=commands.append, timed=others.append, delivered=others.append)
    assert commands == [CommandArrived("unlock", group, b"\xff", "n", retained)]
    assert others == []


@pytest.mark.parametrize("channel", ["doc", "blob", "area"])
def test_everything_else_goes_to_whoever_keeps_it(channel: str) -> None:
    """No document can be taken for a command, whatever it says."""
    commands: list[CommandArrived] = []
    others: list[Heard] = []
    heard = Heard(channel, "unlock", None, None, b"", "n", retained=True)  # type: ignore[arg-type]
    timed: list[Heard] = []
    route(heard, commanded=commands.append, timed=timed.append, delivered=others.append)
    assert (commands, timed) == ([], [])
    assert others == [heard]


@pytest.mark.parametrize("group", [None, "lobby"])
def test_the_time_goes_to_its_keeper(group: str | None) -> None:
    """It is no document that anybody keeps, whoever it is sent to."""
    timed: list[Heard] = []
    others: list[object] = []
    heard = Heard("doc", "time", group, None, b"", "n", retained=False)
    route(heard, commanded=others.append, timed=timed.append, delivered=others.append)
    assert (timed, others) == ([heard], [])


def test_a_provisioning_document_goes_to_a_set_up_that_wants_it() -> None:
    """At a gate that was configured by hand the library says that there is no such thing here."""
    taken: list[Heard] = []
    others: list[Heard] = []
    heard = Heard("doc", "provision", None, None, b"", "n", retained=True)
    for wanted in (True, False):
        route(
            heard,
            commanded=lambda _command: None,
            timed=others.append,
            delivered=others.append,
            provisioned=lambda one, wanted=wanted: wanted and not taken.append(one),  # type: ignore[misc, func-returns-value]
        )
    assert (taken, others) == ([heard], [heard])
