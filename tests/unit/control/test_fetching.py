"""Which pieces of a blob are asked for, and when."""

from __future__ import annotations

from firmware.control import manifest
from firmware.control.fetching import BAD_TRIES, FIRST_PATIENCE_MS, MOST_PATIENCE_MS, PAUSE_MS, WINDOW, Fetching
from firmware.control.manifest import Blob
from tests.unit.control.reading_room import manifest_of, pieces_of

BLOB = b"".join(number.to_bytes(4, "big") for number in range(8300))
PIECES = pieces_of(BLOB)


def fetching() -> Fetching:
    """Begin to fetch a blob of 33 pieces."""
    blob = manifest.read(manifest_of(BLOB))
    assert isinstance(blob, Blob)
    return Fetching(blob, set(range(len(blob.pieces))))


def test_a_window_is_kept_full_until_all_is_there() -> None:
    """So many pieces are on their way and no more, each once, and the last one ends it."""
    one, asked = fetching(), []
    while one.missing:
        asked += one.next(0)
        assert len(one.asked) == min(WINDOW, len(one.missing))
        piece = one.asked[0]
        assert one.arrived(piece, PIECES[piece], 0)
    assert sorted(asked) == list(range(len(PIECES)))
    assert one.percent == 100
    assert one.deadline_ms() is None


def test_what_does_not_come_is_asked_for_ever_more_patiently() -> None:
    """A piece that is not there yet is asked for without end, at last every five minutes."""
    one, now_ms, pauses = fetching(), 0, []
    for _ in range(10):
        one.next(now_ms)
        due_ms = one.deadline_ms()
        assert due_ms is not None
        assert one.overdue(due_ms - 1) == []
        pauses.append(due_ms - now_ms)
        assert sorted(one.overdue(due_ms)) == list(range(WINDOW))
        now_ms = due_ms + PAUSE_MS
        one.missing.intersection_update(range(WINDOW))
    assert pauses[:3] == [FIRST_PATIENCE_MS, 2 * FIRST_PATIENCE_MS, 4 * FIRST_PATIENCE_MS]
    assert pauses[-1] == MOST_PATIENCE_MS
    assert not one.hopeless


def test_a_wrong_piece_waits_a_moment_and_is_hopeless_in_the_end() -> None:
    """A piece that does not hash is asked for again a few times; what nobody asked for changes nothing."""
    one, now_ms = fetching(), 0
    one.missing.intersection_update(range(WINDOW))
    assert not one.arrived(3, PIECES[3], 0)
    for times in range(1, BAD_TRIES + 1):
        assert not one.hopeless
        assert 3 in one.next(now_ms) or 3 in one.asked
        assert not one.arrived(3, PIECES[4], now_ms)
        assert 3 not in one.next(now_ms + PAUSE_MS * times - 1)
        now_ms += PAUSE_MS * times
    assert one.hopeless
    assert 3 in one.missing


def test_a_manifest_that_does_not_add_up_is_refused() -> None:
    """Lengths, hashes and the number of pieces must fit each other, within the bounds of a gate."""
    good = manifest_of(BLOB)["blob"]
    assert isinstance(good, dict)
    changes: tuple[dict[str, object], ...] = (
        {"bytes": len(BLOB) + 1024},
        {"bytes": (64 << 20) + 1},
        {"piece_bytes": (64 << 10) + 1},
        {"piece_bytes": 1},
        {"sha256": "0"},
        {"pieces": []},
        {"pieces": good["pieces"][:-1]},
        {"more": 1},
    )
    for change in changes:
        assert isinstance(manifest.read({"blob": {**good, **change}}), tuple), change
