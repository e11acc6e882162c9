"""A disk that is full: a small one of memory under the gate's state, filled while somebody passes and freed again.

Who cannot be written down does not enter, whoever is inside gets out, and in the end everything that happened stands in
the journal. Mounting needs root.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from hw.clock import boottime_ms
from provisioning.rig.gate import GREEN, RED, RELAY
from tests.torture import verdict
from tests.torture.blows import WHILE_ON, meet
from tests.torture.pins import WITHIN_S
from tests.torture.wounds import INSIDE, LANE, Kind, Wound

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.torture.blows import Moment
    from tests.torture.stand import Stand

ROOM_LEFT: Final = 500
"""More records than could still be written into what the journal's files hold already."""

FULL: Final = "records wait in memory"
"""The gate's own word, once each time the disk takes nothing more; a record that is late says nothing of the disk."""

_LOOK_S: Final = 0.2


@contextmanager
def small_disk(folder: Path, size_kib: int = 1024) -> Iterator[None]:
    """Mount this much memory at a folder."""
    options = ("-o", f"size={size_kib}k,mode=700")
    subprocess.run(["mount", "-t", "tmpfs", *options, "tmpfs", str(folder)], check=True, capture_output=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True, capture_output=True)


def can_mount(folder: Path) -> bool:
    """Say whether this process may mount at all."""
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() != 0 or shutil.which("mount") is None:
        return False
    try:
        with small_disk(folder):
            return True
    except subprocess.CalledProcessError:
        return False


def fill(path: Path) -> Path:
    """Write until the disk is full."""
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return path


def fill_up(stand: Stand) -> Wound:
    """Fill the disk at a random moment, let people come who must be refused, let one out, and free the disk."""
    moment = meet(stand, while_on=stand.chance.random() < WHILE_ON)
    wound = Wound(Kind.DISK_FULL, boottime_ms(), [] if moment.opened else ["the door stayed shut"])
    slow = stand.slow
    ballast = fill(stand.rig.folder / "state" / "ballast")
    try:
        shown = 1 + _use_up(stand, wound)
        for _ in range(stand.chance.randint(1, 3)):
            shown += 1
            if _enters(stand):
                wound.faults.append("somebody entered while nothing could be written down")
        wound.faults += stand.leave(INSIDE)
    finally:
        ballast.unlink()
    if not stand.answered(moment.seq, LANE, count=shown):
        wound.faults.append("not everybody who came was written down when there was room again")
    wound.faults += stand.insist(stand.office.good(), LANE)
    wound.ready_ms = boottime_ms() - wound.struck_ms
    verdict.at_rest(stand, wound)
    _judge_entries(stand, wound, moment, shown + 1 + stand.slow - slow)
    return wound


def _use_up(stand: Stand, wound: Wound) -> int:
    """Have records written until the gate says that there is no room left; return how many were shown."""
    said = stand.log().count(FULL)
    for shown in range(1, ROOM_LEFT):
        seq = stand.ledger().last
        stand.lanes[LANE].show(stand.office.poster().code)
        for _ in range(round(WITHIN_S / _LOOK_S)):
            if stand.answered(seq, LANE, _LOOK_S) is not None:
                break
            if stand.log().count(FULL) > said:
                return shown
    wound.faults.append(f"{ROOM_LEFT} records went on a disk that is full")
    return ROOM_LEFT - 1


def _enters(stand: Stand) -> bool:
    """Show a good pass at a door at rest and say by the pins whether it opened; a refusal shows red."""
    stand.pins.rests(RELAY, GREEN, RED)
    mark = stand.pins.mark()
    stand.lanes[LANE].show(stand.office.good().code)
    return stand.pins.first((RELAY, RED), mark) == RELAY


def _judge_entries(stand: Stand, wound: Wound, moment: Moment, shown: int) -> None:
    """Hold what was written against who came: each once, and the relay rose for those that were let in only."""
    ledger = stand.settled()
    wound.faults += ledger.faults()
    came = [*ledger.after(moment.seq, LANE), *ledger.after(moment.seq, INSIDE)]
    if len(came) != shown + 1:
        wound.faults.append(f"{shown} came and one left, and the journal has {len(came)}")
    refused = [entry for entry in came if ledger.unwritten(entry)]
    wound.refused = len(refused)
    if not refused:
        wound.faults.append("nobody was refused for the full disk")
    let_in = sum(entry.grant is not None for entry in came if entry not in refused)
    rises = stand.pins.rises(RELAY, moment.mark)
    if rises > let_in:
        wound.faults.append(f"the relay rose {rises} times for {let_in} grants")
