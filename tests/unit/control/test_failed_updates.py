"""An order to run another release that comes to nothing calls somebody; one whose key or root falls is one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from firmware.events import Alarm
from firmware.signed import strict_json
from firmware.signed.envelope import Kind
from firmware.signed.warrant import Role
from firmware.updating.faults import BY_ITSELF, PASSING, Fault
from tests.unit.control.test_ruled import named, word
from tests.unit.control.test_updates import BODY, RUNS, Hall
from tests.unit.signed.office import Office

if TYPE_CHECKING:
    from pathlib import Path


def alarmed(hall: Hall) -> bool:
    """Say whether somebody is called for an order, as alarm and number agree."""
    holds = (Alarm.UPDATE_FAILED, "") in hall.library.wrong()
    assert hall.library.counters()["update_failed"] == holds
    return holds


@pytest.mark.parametrize(("phase", "fault"), [("returned", Fault.DID_NOT_START), ("refused", Fault.BAD_ARTEFACT)])
def test_somebody_is_called_for_an_order_that_failed_until_one_is_applied(
    tmp_path: Path, phase: str, fault: Fault
) -> None:
    """A restart does not end the alarm, nor does the next order's coming; its being applied does, and for good."""
    office = Office()
    with Hall(tmp_path, office) as hall:
        order = hall.order()
        hall.desire(order, Kind.UPDATE)
        hall.asked()
        assert not alarmed(hall)
        hall.says(order, phase, fault)
        hall.wait(Kind.UPDATE, reason=fault.value)
        assert alarmed(hall)
        assert hall.library.counters()["updates_turned_down"] == 1
    with Hall(tmp_path, office) as hall:
        hall.turns()
        assert alarmed(hall)
        following = hall.order(2)
        hall.desire(following, Kind.UPDATE)
        hall.asked()
        hall.says(following, "ready")
        assert alarmed(hall)
        hall.desire(hall.order(3, release=RUNS), Kind.UPDATE)
        hall.wait(Kind.UPDATE, state="applied", version=3)
        assert not alarmed(hall)
    with Hall(tmp_path, office) as hall:
        hall.turns()
        assert not alarmed(hall)


@pytest.mark.parametrize("fault", sorted(PASSING - {Fault.NO_UPDATER, Fault.CLOCK_WRONG}))
def test_what_is_over_by_itself_calls_nobody(tmp_path: Path, fault: Fault) -> None:
    """An order that waits for a person says so, and no more as soon as its release is ready."""
    with Hall(tmp_path) as hall:
        order = hall.order()
        hall.desire(order, Kind.UPDATE)
        hall.asked()
        hall.says(order, "refused", fault)
        assert alarmed(hall) is (fault not in BY_ITSELF)
        hall.says(order, "ready")
        assert not alarmed(hall)


def test_a_failed_order_that_is_taken_back_calls_nobody_any_more(tmp_path: Path) -> None:
    """In this run and in the next: the later word is on the shelf."""
    office = Office()
    with Hall(tmp_path, office) as hall:
        order = hall.order()
        hall.desire(order, Kind.UPDATE)
        hall.asked()
        hall.says(order, "refused", Fault.DOWNGRADED)
        assert alarmed(hall)
        hall.desire(office.seal(Kind.UPDATE, {"withdrawn": True}, version=2), Kind.UPDATE)
        hall.turns()
        assert not alarmed(hall)
    with Hall(tmp_path, office) as hall:
        hall.turns()
        assert not alarmed(hall)


def test_an_order_is_dropped_when_its_root_counts_no_more(tmp_path: Path) -> None:
    """Accepted before the day of the root that follows, it is not acted on after it; the next root's order is."""
    old, new = Office(), Office()
    with Hall(tmp_path, old) as hall:
        order = hall.order()
        hall.desire(order, Kind.UPDATE)
        first = hall.asked()
        begins = hall.clock.now().earliest + 500
        hall.desire(word(old, successor=named(new, begins)), Kind.AUTHORITY)
        hall.wait(Kind.AUTHORITY, version=1)
        hall.says(order, "ready")
        hall.advance(61_000)
        shown = [strict_json.from_base64url(one) for one in hall.asked(go=True, than=first.at_ms).words]
        assert shown == [*hall.library.ruled.words()]
        hall.clock.ms += 500_000
        hall.library.link_changed(up=True)  # the office's policies, by which a turn is told, count no more either
        hall.wait(Kind.UPDATE, state="rejected", reason="unknown_root", refused_version=1)
        hall.desire(new.seal(Kind.UPDATE, BODY, version=1, warranted=new.warrant(Role.UPDATES, serial=2)), Kind.UPDATE)
        hall.wait(Kind.UPDATE, state="pending")


def test_an_order_of_a_key_that_is_taken_back_is_dropped(tmp_path: Path) -> None:
    """What waits for the night falls with its key."""
    with Hall(tmp_path) as hall:
        hall.desire(hall.order(), Kind.UPDATE)
        hall.asked()
        hall.desire(word(hall.office, least_serials={"updates": 2}), Kind.AUTHORITY)
        hall.wait(Kind.UPDATE, state="rejected", reason="warrant_revoked")
        assert alarmed(hall)
