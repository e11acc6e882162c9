"""A gate that runs out of memory: its limit is lowered to what it has, and people go on coming.

The kernel refuses every further page of it (address space and data), so an allocation fails wherever the next one
happens to be: in Python, in SQLite, in TLS, in a new thread. The gate may die of it, in order or not, or live; it may
not open by itself, hold the relay, or live on without answering. That the kernel's own killer ends a process by SIGKILL
is the blow `gate-killed`.
"""

from __future__ import annotations

import contextlib
import resource
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hw.clock import boottime_ms
from provisioning.rig.gate import GREEN, RELAY
from tests.torture import verdict
from tests.torture.blows import WHILE_ON, came_back, meet
from tests.torture.wounds import LANE, Kind, Wound

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.torture.blows import Moment
    from tests.torture.stand import Stand

CROWD: Final = 8
"""How many codes are held up while memory is short."""

HEADROOM_PAGES: Final = 24
"""At most this much is left to the gate, drawn anew each time: it decides how far the gate gets before it fails."""

FRUGAL: Final[Mapping[str, str]] = {
    "PYTHONMALLOC": "malloc",
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": "4096",
    "MALLOC_TRIM_THRESHOLD_": "0",
    "MALLOC_TOP_PAD_": "0",
}
"""For the gate that is to starve: its allocator hoards nothing. A warm gate otherwise lives on what it once freed, and
no shortage ever reaches it."""

SETTLE_S: Final = 15.0
"""Longer than a watchdog: by then a gate that hangs has been killed."""

_PAGE_BYTES: Final = resource.getpagesize()


def starve(stand: Stand) -> Wound:
    """Take the gate's memory away at a random moment, let people come, and give it back."""
    pid = stand.rig.gate.pid
    if pid is None:
        return Wound(Kind.GATE_OUT_OF_MEMORY, boottime_ms(), ["the gate was not running"])
    moment = meet(stand, while_on=stand.chance.random() < WHILE_ON)
    wound = Wound(Kind.GATE_OUT_OF_MEMORY, boottime_ms(), [] if moment.opened else ["the door stayed shut"])
    with short_of_memory(pid, stand.chance.randrange(HEADROOM_PAGES) * _PAGE_BYTES):
        crowd(stand, pid)
    wound.survived = _answers(stand, pid)
    if wound.survived:
        wound.ready_ms = boottime_ms() - wound.struck_ms
        verdict.at_rest(stand, wound)
        verdict.grants(stand, wound, moment.mark, moment.seq, None)
    else:
        came_back(stand, wound, moment)
    _judge_pulses(stand, wound, moment)
    return wound


@contextmanager
def short_of_memory(pid: int, headroom_bytes: int) -> Iterator[None]:
    """Refuse a process every page beyond what it has and this much more; it gets its old limits back if it lives."""
    fields = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()
    used = {resource.RLIMIT_AS: int(fields[0]), resource.RLIMIT_DATA: int(fields[5])}
    before = {limit: resource.prlimit(pid, limit) for limit in used}
    for limit, pages in used.items():
        resource.prlimit(pid, limit, (pages * _PAGE_BYTES + headroom_bytes, before[limit][1]))
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            for limit, limits in before.items():
                resource.prlimit(pid, limit, limits)


def crowd(stand: Stand, pid: int) -> None:
    """Hold codes up as fast as a gate takes them, the largest among them, until it dies of it or all were shown.

    A code that finds no gate any more waits for the next one, which drops it: it is older than that gate's start.
    """
    office = stand.office
    papers = [office.good(), office.longest(), *office.papers(CROWD - 3), office.longest()]
    for paper in papers:
        if stand.rig.gate.pid != pid:
            return
        with contextlib.suppress(OSError):
            stand.lanes[LANE].show(paper.code)


def _answers(stand: Stand, pid: int) -> bool:
    """Say whether the same process opens for the next person; False as soon as it has ended."""
    until_s = time.monotonic() + SETTLE_S
    while stand.rig.gate.pid == pid and time.monotonic() < until_s:
        if not stand.pins.rests(RELAY, GREEN, timeout_s=1):
            continue
        mark = stand.pins.mark()
        with contextlib.suppress(OSError):
            stand.lanes[LANE].show(stand.office.good().code)
        if stand.pins.rose(RELAY, mark, timeout_s=1) and stand.pins.rests(RELAY, GREEN):
            return stand.rig.gate.pid == pid
    return False


def _judge_pulses(stand: Stand, wound: Wound, moment: Moment) -> None:
    """Hold every stretch of the relay, of those who came while memory was short too, against its bound."""
    unit, plan = stand.rig.gate.unit, stand.rig.plan
    bound = (unit.watchdog_ms or 0) + verdict.STOPPED_SLACK_MS if wound.hung else plan.max_unlock_ms
    bound += verdict.FAULT_SLACK_MS + (wound.release_ms or 0)
    longest = verdict.longest_on_ms(stand.pins.since(moment.mark), RELAY)
    if longest > bound:
        wound.late.append(f"the relay was on for {longest} ms, not at most {bound}")
