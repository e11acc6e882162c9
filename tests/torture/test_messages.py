"""What may arrive on a reader's socket that is no good scan: each is refused, counted and survived.

The gate, its broker and its pins are real; the reader is a program of ours that misbehaves.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pytest

from hw.clock import boottime_ms
from hw.reader.gate_link import GateLink
from hw.reader.messages import MAX_MESSAGE_BYTES, Scan, encode
from provisioning.rig.gate import Plan, Rig
from tests.torture.stand import Stand

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

OUTSIDE, INSIDE, LANE = "outside", "inside", "lane"
NOBODY: Final = 65_534


@dataclass(frozen=True)
class Case:
    """Messages that are refused for a cause."""

    name: str
    cause: str
    messages: Callable[[], list[bytes]]


def scan(ahead_ms: int = 0) -> bytes:
    """Write a scan as if taken that much later than now."""
    return encode(Scan(max(0, boottime_ms() + ahead_ms), (b"GP1:ANY",)))


CASES = [
    Case("longer than a message may be", "too_long", lambda: [b"[" * (MAX_MESSAGE_BYTES + 1)]),
    Case("no JSON", "malformed", lambda: [b"\x00\xff hello"]),
    Case("half a message", "malformed", lambda: [scan()[:-5]]),
    Case("JSON nested without end", "malformed", lambda: [b"[" * MAX_MESSAGE_BYTES]),
    Case("another version", "version", lambda: [scan().replace(b'"v":1', b'"v":2')]),
    Case("taken two seconds ago", "stale", lambda: [scan(-2_000)]),
    Case("taken before the gate began", "stale", lambda: [scan(-(2**40))]),
    Case("taken a minute from now", "future", lambda: [scan(60_000)]),
    Case("more scans than people", "flood", lambda: [scan()] * 21),
]


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """Run one gate with an outside and an inside reader that are both ours."""
    plan = Plan(readers={OUTSIDE: None, INSIDE: None}, unlock_ms=500, max_unlock_ms=1000, health_s=1)
    with Stand(tmp_path_factory.mktemp("rig"), plan) as running:
        yield running


def is_right(stand: Stand) -> None:
    """Hold that the door does what it should: a good pass opens it, so does anything inside, and no bug was logged."""
    assert stand.present(stand.office.good(), OUTSIDE) == []
    assert stand.leave(INSIDE) == []
    assert "Traceback" not in stand.log()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_odd_message_is_counted_and_the_door_stays_right(stand: Stand, case: Case) -> None:
    """A refused message shows in the gate's health under its cause, and the next good pass opens."""
    refused = stand.counted(f"refused_{case.cause}")
    stand.lanes[OUTSIDE].hang_up()
    for message in case.messages():
        stand.lanes[OUTSIDE].send(message)
    assert stand.health(f"refused_{case.cause}", refused + 1)
    # A flooded second must be over before anybody is heard again; health comes once a second.
    assert case.cause != "flood" or stand.next_health()
    is_right(stand)


def test_peer_that_never_stops_is_hung_up_on(stand: Stand) -> None:
    """Whoever sends more than any reader would loses the connection, and is heard again when it has calmed down."""
    for _ in range(101):
        stand.lanes[OUTSIDE].send(b"noise")
    assert stand.lanes[OUTSIDE].hung_up_on()
    stand.lanes[OUTSIDE].hang_up()
    assert stand.next_health()
    assert stand.next_health()
    is_right(stand)


def test_reader_that_leaves_is_missed_and_welcome_back(stand: Stand) -> None:
    """A reader that hangs up shows in the gate's health, and is served again when it comes back."""
    lost = stand.counted("readers_lost")
    stand.lanes[OUTSIDE].beat(1)
    assert stand.health("reader_outside_frames", 1)
    stand.lanes[OUTSIDE].hang_up()
    assert stand.health("readers_lost", lost + 1)
    is_right(stand)


def test_full_socket_costs_the_reader_its_scans_and_nobody_the_door(stand: Stand) -> None:
    """A reader whose gate does not read never waits; when the gate goes on, the door is right."""
    stand.lanes[OUTSIDE].hang_up()
    lost = stand.counted("readers_lost")
    link, pid = GateLink(stand.rig.socket(OUTSIDE)), stand.rig.gate.pid
    assert pid is not None
    assert link.send(scan(), boottime_ms())
    os.kill(pid, signal.SIGSTOP)
    try:
        taken = [link.send(scan(), boottime_ms()) for _ in range(10_000)]
    finally:
        os.kill(pid, signal.SIGCONT)
    link.close()
    assert taken[0]
    assert not taken[-1]
    assert stand.health("readers_lost", lost + 1)
    assert stand.next_health()
    is_right(stand)
    assert stand.rig.gate.pid == pid


def test_only_the_reader_s_own_user_is_heard(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A program of another user is hung up on and counted, and the other reader works on."""
    if os.geteuid() != 0:
        pytest.skip("NOT CHECKED: needs root, to give a socket to another user and to speak as that user")

    def foreign(rig: Rig) -> None:
        head, _, tail = rig.config.read_text().partition("[readers.lane]")
        own, other = f'user = "{os.getuid()}"', f'user = "{NOBODY}"'
        rig.config.write_text(f"{head}[readers.lane]{tail.replace(own, other, 1)}")

    plan = Plan(readers={OUTSIDE: None, LANE: None}, unlock_ms=500, max_unlock_ms=1000, health_s=1)
    with Stand(tmp_path_factory.mktemp("uid"), plan, adapt=foreign) as stand:
        stand.lanes[LANE].send(encode(Scan(boottime_ms(), (stand.office.good().code,))))
        assert stand.lanes[LANE].hung_up_on()
        assert stand.health("refused_peer", 1)
        assert stand.present(stand.office.good(), OUTSIDE) == []
        assert stand.ledger().after(0, LANE) == []
        _speak_as_nobody(stand, stand.office.good().code)
        assert stand.answered(0, LANE) is not None
        assert "Traceback" not in stand.log()


def _speak_as_nobody(stand: Stand, code: bytes) -> None:
    """Show a code on the lane's socket from a process of the other user."""
    path = stand.rig.socket(LANE)
    path.chmod(0o666)
    program = (
        "import os, socket, sys; os.chdir(sys.argv[1]); os.seteuid(int(sys.argv[3])); "
        "s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET); s.connect(sys.argv[2]); "
        "s.send(sys.stdin.buffer.read())"
    )
    argv = [sys.executable, "-c", program, str(path.parent), path.name, str(NOBODY)]
    subprocess.run(argv, input=encode(Scan(boottime_ms(), (code,))), check=True, timeout=30)
