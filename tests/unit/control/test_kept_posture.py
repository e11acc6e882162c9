"""The posture that outlives a restart: what keeps people out comes back, what lets them in never does."""

from __future__ import annotations

import json
import queue
from typing import TYPE_CHECKING

import pytest

from firmware.control.digested import vouch
from firmware.control.kept_posture import FILE, NOTHING, Found, Keeper, Kept, read
from firmware.events import Instant, Posture, PostureCommanded, PostureKept
from firmware.signed.command import Op
from tests.issuing import NOON
from tests.unit.control.ordering import Ordered

if TYPE_CHECKING:
    from pathlib import Path

NOW = Instant(1_000, NOON - 1, NOON + 1, "test")
UNTRUSTED = Instant(1_000)


def kept(folder: Path, what: Kept | None) -> bool:
    """Keep something and wait for the disk."""
    told: queue.SimpleQueue[bool] = queue.SimpleQueue()
    keeper = Keeper(folder, told.put)
    keeper.keep(what)
    keeper.close()
    return told.get(timeout=30)


@pytest.mark.parametrize("posture", [Posture.LOCKDOWN, Posture.DISABLED], ids=str)
def test_what_was_kept_is_found(tmp_path: Path, posture: Posture) -> None:
    """For good, by either clock; and taken back it is gone."""
    assert kept(tmp_path, Kept(posture))
    assert read(tmp_path, NOW) == read(tmp_path, UNTRUSTED) == Found(PostureCommanded(posture))
    assert kept(tmp_path, None)
    assert kept(tmp_path, None)
    assert read(tmp_path, NOW) == NOTHING


@pytest.mark.parametrize(
    ("now", "left_s"),
    [
        pytest.param(NOW, 601, id="its rest, rather too long"),
        pytest.param(Instant(1_000, NOON + 599, NOON + 603, "test"), 1, id="its last second"),
        pytest.param(Instant(1_000, NOON + 600, NOON + 604, "test"), None, id="over"),
        pytest.param(Instant(1_000, NOON - 5_000, NOON - 4_000, "test"), 900, id="never longer than was ordered"),
        pytest.param(UNTRUSTED, 900, id="anew by a clock that nobody vouches for"),
    ],
)
def test_one_that_ends_by_itself_goes_on_for_its_rest(tmp_path: Path, now: Instant, left_s: int | None) -> None:
    """Counted by the clock of the start."""
    kept(tmp_path, Kept(Posture.LOCKDOWN, NOON + 600, 900))
    until = None if left_s is None else PostureCommanded(Posture.LOCKDOWN, now.ms + left_s * 1000)
    assert read(tmp_path, now).commanded == until


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"{}",
        b'{"posture":"free_access"}',
        b'{"posture":"evacuation"}',
        b'{"posture":"lockdown","until":5}',
        b'{"posture":"lockdown","until":"5","for_s":5}',
        b'{"posture":"lockdown","more":1}',
        b'{"posture":"lockdown"}' + b" " * 2_000,
    ],
)
def test_a_file_that_cannot_be_read_means_lockdown(tmp_path: Path, data: bytes) -> None:
    """Whatever is wrong with it, and nothing in it ever lets anybody in."""
    for written in (data, vouch(data)):
        (tmp_path / FILE).write_bytes(written)
        assert read(tmp_path, NOW) == Found(PostureCommanded(Posture.LOCKDOWN), readable=False)


def test_a_folder_in_its_place_means_lockdown(tmp_path: Path) -> None:
    """The disk's own refusal counts as unreadable."""
    (tmp_path / FILE).mkdir()
    assert not read(tmp_path, NOW).readable
    assert not kept(tmp_path, Kept(Posture.LOCKDOWN))


def test_every_byte_of_it_counts(tmp_path: Path) -> None:
    """Whatever byte a card turns over, or wherever it is cut: lockdown, and never one that is over already."""
    kept(tmp_path, Kept(Posture.DISABLED, NOON + 600, 900))
    whole = (tmp_path / FILE).read_bytes()
    assert json.loads(whole.split(b"\n")[0])["posture"] == "disabled"
    damaged = [
        whole[:at] + bytes([whole[at] ^ 1 << bit]) + whole[at + 1 :] for at in range(len(whole)) for bit in (0, 2)
    ]
    for data in (*damaged, *(whole[:length] for length in range(len(whole)))):
        (tmp_path / FILE).write_bytes(data)
        assert read(tmp_path, NOW) == Found(PostureCommanded(Posture.LOCKDOWN), readable=False)


def test_a_gate_begins_in_what_was_kept_and_nothing_moves_before() -> None:
    """Locked down from the first turn, and `resume` takes it back from the disk too."""
    bench = Ordered(found=Found(PostureCommanded(Posture.LOCKDOWN)))
    assert bench.posture is Posture.LOCKDOWN
    assert bench.show(bench.issuer.code()).body["reason"] == "lockdown"
    assert not any(kind == "relay" for _, kind, _ in bench.heard)
    bench.order(Op.POSTURE, posture="resume")
    bench.commit_all()
    assert (bench.posture, bench.kept) == (Posture.SECURE, [None])


def test_a_gate_that_found_an_unreadable_file_alarms_until_somebody_says_what_holds() -> None:
    """The alarm ends when a posture is kept again, or that there is none."""
    bench = Ordered(found=Found(PostureCommanded(Posture.LOCKDOWN), readable=False))
    assert bench.posture is Posture.LOCKDOWN
    bench.order(Op.POSTURE, posture="resume")
    bench.commit_all()
    bench.controller.turn(PostureKept(works=True))
    told = [(one.body["alarm"], one.body["state"]) for one in bench.written("alarm")]
    assert told == [("posture_not_kept", "raised"), ("posture_not_kept", "cleared")]
