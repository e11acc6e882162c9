"""Lists of revoked passes at a whole gate: from the desk's book to the door, and swapped while people pass."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

from provisioning import issuing
from provisioning.rig.gate import RELAY
from tests.broker.stand import GATE, PATIENCE_S
from tests.broker.test_desired_at_the_door import Office, decisions, office
from tests.command import gapura_ops
from tests.revoking import listed
from tests.torture.pins import PinRecord

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["office"]


def sign(office: Office, path: Path, *deltas: Path) -> Path:
    """Sign a list under its own name."""
    out, more = path.with_suffix(".cose"), [word for delta in deltas for word in ("--delta", delta)]
    ended = gapura_ops("revocations", "sign", "--dir", office.rig.folder / "authority", "--out", out, *more, path)
    assert ended.code == 0, ended.err
    return out


def issue(office: Office) -> issuing.Issued:
    """Issue a pass for a visitor."""
    now = int(time.time())
    return office.rig.desk.issue(issuing.Order("visitor", ("lobby",), now - 60, now + 3600), now=now)


def test_a_pass_in_the_book_is_refused_at_the_door_until_it_is_taken_out(office: Office, tmp_path: Path) -> None:
    """Whoever got in is refused by the next list, which everybody reads as one word, and by the one after gets in."""
    rig, shown = office.rig, issue(office)
    book, first, second = tmp_path / "book", tmp_path / "first.blob", tmp_path / "second.blob"
    delta = tmp_path / "second.delta"
    for words in (
        ("add", "--book", book, shown.reference),
        ("build", "--out", first, book),
        ("build", "--out", second),
        ("delta", "--out", delta, first, second),
    ):
        ended = gapura_ops("revocations", *words)
        assert ended.code == 0, ended.err
    with rig.watcher() as watcher, PinRecord(rig.keeper_path) as pins:
        mark = pins.mark()
        office.lane.show(shown.code.encode())
        assert pins.rose(RELAY, mark)
        assert office.publish(sign(office, first))["state"] == "applied"
        assert pins.rests(RELAY)
        mark = pins.mark()
        office.lane.show(shown.code.encode())
        assert watcher.wait(lambda _: decisions(watcher.events(GATE, kind="access")) == ["allow", "deny"], PATIENCE_S)
        assert pins.rises(RELAY, mark) == 0
        assert answers(watcher.events(GATE, kind="access"))[-1] == ("deny", "see_officer")
        assert office.publish(sign(office, second, delta))["state"] == "applied"
        mark = pins.mark()
        office.lane.show(shown.code.encode())
        assert pins.rose(RELAY, mark)


def test_no_scan_is_missed_while_lists_take_each_others_place(office: Office, tmp_path: Path) -> None:
    """People pass without a pause while three lists come after each other: each of them is answered, and let in."""
    signed = []
    for number, entries in enumerate((range(20_000), range(5, 20_000), range(9, 20_000))):
        path = tmp_path / f"{number}.blob"
        path.write_bytes(listed(entries))
        signed.append(sign(office, path))
    ended, shown = threading.Event(), [0]

    def pass_by() -> None:
        while not ended.is_set():
            office.lane.show(office.visitor())
            shown[0] += 1
            ended.wait(0.1)

    people = threading.Thread(target=pass_by)
    with office.rig.watcher() as watcher:
        people.start()
        try:
            states = [office.publish(path)["state"] for path in signed]
        finally:
            ended.set()
            people.join()
        assert states == ["applied"] * 3
        assert watcher.wait(lambda _: len(answers(watcher.events(GATE, kind="access"))) == shown[0], PATIENCE_S)
        assert set(answers(watcher.events(GATE, kind="access"))) == {("allow", None)}
        told = [event["data"] for event in watcher.events(GATE, kind="gate")]
        assert sum(isinstance(data, dict) and data.get("what") == "lists_changed" for data in told) >= len(signed)


def answers(events: list[dict[str, Any]]) -> list[tuple[str, str | None]]:
    """What was decided, and why."""
    return [(event["data"]["decision"], event["data"]["reason"]) for event in events]
