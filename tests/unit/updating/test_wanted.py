"""Which orders the updater believes: it opens each itself, under the pinned root and by what the roots have said."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from firmware.signed import cose, strict_json, times
from firmware.signed.envelope import Kind
from firmware.signed.warrant import Role, render_root
from firmware.updating import asking, guard
from firmware.updating.asking import GO_S, Ask, Before
from firmware.updating.disk import Disk
from firmware.updating.wanted import Wishes
from tests.unit.signed.office import EXPIRES, ISSUED, Office, raw

if TYPE_CHECKING:
    from pathlib import Path

HERE, NEXT, STRANGER = Office(), Office(), Office()
ORDER: dict[str, object] = {"release": "0.2.0", "repository": "https://updates.example/r"}


def word(office: Office, **said: object) -> bytes:
    """What an office's root says of its keys."""
    return office.seal(Kind.AUTHORITY, {"least_serials": {}, "revoked": []} | said)


def follows(office: Office) -> dict[str, object]:
    """Name an office's root as the one that comes after."""
    return {"root": strict_json.to_base64url(office.root_raw), "from": times.render(EXPIRES)}


def wanted(folder: Path, order: bytes, *words: bytes) -> str | None:
    """Ask the updater for what an order says, as the gate does, and answer which release it wants."""
    (folder / "root.pub").write_bytes(render_root(HERE.root_raw))
    said = tuple(strict_json.to_base64url(one) for one in words)
    before = Before(connected=True, readers=frozenset())
    ask = Ask(
        document=strict_json.to_base64url(order),
        at_ms=1,
        earliest=ISSUED,
        latest=ISSUED,
        before=before,
        words=said,
    )
    guard.put(folder / asking.ASK, asking.write(ask))
    found = Wishes(folder, folder / "root.pub", Disk(folder / "base")).wanted()
    return None if found is None else found.order.release


REVOKED = cose.key_id(raw(HERE.keys[Role.UPDATES])).hex()
CASES: dict[str, tuple[Office, tuple[bytes, ...], str | None]] = {
    "nothing was said": (HERE, (), "0.2.0"),
    "its key was taken back": (HERE, (word(HERE, revoked=[REVOKED]),), None),
    "its serial is too low": (HERE, (word(HERE, least_serials={"updates": 2}),), None),
    "a stranger takes it back": (HERE, (word(STRANGER, revoked=[REVOKED]),), "0.2.0"),
    "another root": (NEXT, (), None),
    "a root that nobody named": (NEXT, (word(NEXT),), None),
    "the root that comes after": (NEXT, (word(HERE, successor=follows(NEXT)),), "0.2.0"),
    "the same, after it has spoken": (NEXT, (word(HERE, successor=follows(NEXT)), word(NEXT)), "0.2.0"),
    "one that a stranger names": (NEXT, (word(STRANGER, successor=follows(NEXT)),), None),
    "words that are none": (HERE, (b"\x00" * 40,), "0.2.0"),
}


@pytest.mark.parametrize("name", CASES)
def test_an_order_counts_by_what_the_roots_have_said(tmp_path: Path, name: str) -> None:
    """A key that was taken back orders nothing more, and a root that follows another is obeyed without a visit."""
    office, words, release = CASES[name]
    assert wanted(tmp_path, office.seal(Kind.UPDATE, ORDER), *words) == release


@pytest.mark.parametrize(("late_s", "goes"), [(0, True), (GO_S, True), (GO_S + 1, False)])
def test_the_word_to_switch_is_good_for_a_moment(tmp_path: Path, late_s: int, *, goes: bool) -> None:
    """A gate that lets it says so again and again; one that has ended, or hangs, lets nothing."""
    wanted(tmp_path, HERE.seal(Kind.UPDATE, ORDER))
    ask = asking.read_ask((tmp_path / asking.ASK).read_bytes())
    assert ask is not None
    now_ms = time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000
    said = ask.model_copy(update={"go": True, "at_ms": now_ms - 1000 * late_s})
    guard.put(tmp_path / asking.ASK, asking.write(said))
    found = Wishes(tmp_path, tmp_path / "root.pub", Disk(tmp_path / "base")).wanted()
    assert found is not None
    assert found.go is goes
