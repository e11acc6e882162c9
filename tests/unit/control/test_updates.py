"""The order to run another release, at the gate: believed, asked for, switched to in a quiet moment, and reported.

The updater's side is written by its own models: real files between a real library and whoever answers.
"""

from __future__ import annotations

import time
from importlib.metadata import version
from typing import TYPE_CHECKING, Self

import pytest

from firmware.control.looking import Look
from firmware.records.lines import boot_id
from firmware.signed import strict_json
from firmware.signed.envelope import Kind, open_envelope
from firmware.signed.warrant import Role
from firmware.updating import asking, guard
from firmware.updating.asking import Ask, Before, Status
from firmware.updating.faults import PASSING, Fault
from tests.unit.control.reading_room import PATIENCE_S, ReadingRoom
from tests.unit.signed.office import Office

if TYPE_CHECKING:
    from pathlib import Path

RUNS = version("gapura")
NEW = "99.0.0"
BODY: dict[str, object] = {"release": NEW, "repository": "https://updates.example/r", "window": "any"}
BEFORE = Before(connected=True, readers=frozenset({"outside"}))
CALM = Look(calm=True, readers=frozenset({"outside"}), relay=True)


class Hall(ReadingRoom):
    """A library beside an updater's folder; `look` is how the door stands."""

    def __init__(self, folder: Path, office: Office | None = None, more: str = "") -> None:
        """Prepare both folders."""
        (folder / "opt" / "update").mkdir(parents=True, exist_ok=True)
        section = f'[update]\nfolder = "{folder}/opt"\nask = "{folder}/ask"\n[documents]\nhealthy_s = 1\n'
        super().__init__(folder, office, more=section + more)
        self.look, self.round, self.library_runs = CALM, int(time.monotonic() * 1000), False

    def __enter__(self) -> Self:
        """Start, connected."""
        self.library.start(self.notices, self.retained, None, lambda: self.look)
        self.library.link_changed(up=True)
        self.library_runs = True
        return self

    def order(self, number: int = 1, **more: object) -> bytes:
        """Sign an order."""
        return self.office.seal(Kind.UPDATE, BODY | more, version=number)

    def asked(self, *, go: bool = False, than: int = -1) -> Ask:
        """Wait for a question, later (CLOCK_BOOTTIME, ms) than another."""
        until_s = time.monotonic() + PATIENCE_S
        path = self.folder / "ask" / asking.ASK
        while time.monotonic() < until_s:
            found = asking.read_ask(path.read_bytes()) if path.exists() else None
            if found is not None and found.go is go and found.at_ms > than:
                return found
            self.turns()
        raise AssertionError(path)

    def advance(self, ms: int) -> None:
        """Let time pass."""
        self.clock.ms += ms
        self.turns()

    def turns(self) -> None:
        """Wait until the library's thread has been all the way round: what it is given next it takes one turn later."""
        for _ in range(2):
            self.round += 1
            self.desire(self.policy(self.round))
            self.wait(version=self.round)

    def says(self, order: bytes, phase: str, reason: Fault | None = None, **more: object) -> None:
        """Answer as the updater does."""
        document = open_envelope(order, Kind.UPDATE, root=None, gate=None, now=None)
        said = {"phase": phase, "document": getattr(document, "digest", None), "release": NEW, "reason": reason} | more
        guard.put(self.folder / "opt" / "update" / asking.STATUS, asking.write(Status.model_validate(said)))
        if self.library_runs:
            self.turns()


def test_an_order_is_put_before_the_updater_as_it_was_signed(tmp_path: Path) -> None:
    """The question holds the order itself, the trusted time, and what the gate has."""
    with Hall(tmp_path) as hall:
        order = hall.order()
        hall.desire(order, Kind.UPDATE)
        asked = hall.asked()
        assert strict_json.from_base64url(asked.document) == order
        assert asked.earliest <= hall.clock.now().earliest
        assert asked.before == Before(connected=True, readers=frozenset({"outside"}))
        assert hall.wait(Kind.UPDATE, state="pending")["version"] == 0


def test_progress_is_reported_and_a_release_that_is_ready_is_let_in_when_it_is_calm(tmp_path: Path) -> None:
    """Nobody is disturbed: the word to switch comes only while the door is at rest."""
    with Hall(tmp_path) as hall:
        hall.look = Look(calm=False, readers=frozenset({"outside"}), relay=True)
        order = hall.order()
        hall.desire(order, Kind.UPDATE)
        first = hall.asked()
        hall.says(order, "fetching", progress=40)
        hall.wait(Kind.UPDATE, state="pending", progress=40)
        hall.says(order, "ready")
        hall.advance(120_000)
        hall.wait(Kind.UPDATE, state="pending")
        assert not (found := asking.read_ask((tmp_path / "ask" / asking.ASK).read_bytes())) or not found.go
        hall.look = CALM
        assert hall.asked(go=True).at_ms > first.at_ms


def test_the_word_to_switch_is_taken_back_at_once(tmp_path: Path) -> None:
    """Somebody came to the door, or nobody desires the release any more, before the updater had acted on it."""
    with Hall(tmp_path) as hall:
        order = hall.order()
        hall.desire(order, Kind.UPDATE)
        hall.asked()
        hall.says(order, "ready")
        hall.advance(61_000)
        let = hall.asked(go=True)
        hall.look = Look(calm=False, readers=frozenset({"outside"}), relay=True)
        hall.advance(1_000)
        assert hall.asked().document == let.document
        hall.look = CALM
        hall.advance(61_000)
        hall.asked(go=True)
        hall.desire(hall.office.seal(Kind.UPDATE, {"withdrawn": True}, version=2), Kind.UPDATE)
        hall.wait(Kind.UPDATE, withdrawn_version=2)
        assert not (tmp_path / "ask" / asking.ASK).exists()


def test_by_day_a_release_waits_for_the_night(tmp_path: Path) -> None:
    """Without a word in the order the gate's own hours count, in the policy's time zone."""
    with Hall(tmp_path) as hall:
        order = hall.office.seal(Kind.UPDATE, {key: BODY[key] for key in ("release", "repository")}, version=1)
        hall.desire(order, Kind.UPDATE)
        asked = hall.asked()
        hall.says(order, "ready")
        local_s = (hall.clock.now().earliest + 7 * 3600) % 86_400
        assert not 2 * 3600 <= local_s < 4 * 3600
        hall.advance(61_000)
        hall.wait(Kind.UPDATE, state="pending")
        hall.advance(((3 * 3600 - local_s) % 86_400) * 1000)
        assert hall.asked(go=True).at_ms > asked.at_ms


@pytest.mark.parametrize("fault", [Fault.BAD_ARTEFACT, Fault.DOWNGRADED, Fault.CHECK_FAILED])
def test_an_order_that_comes_to_nothing_is_rejected_for_good(tmp_path: Path, fault: Fault) -> None:
    """The report says why, the order is not asked for again, and a later one is."""
    with Hall(tmp_path) as hall:
        order = hall.order()
        hall.desire(order, Kind.UPDATE)
        asked = hall.asked()
        hall.says(order, "refused", fault)
        said = hall.wait(Kind.UPDATE, state="rejected", reason=fault.value, refused_version=1)
        assert said["version"] == 0
        hall.advance(3_600_000)
        hall.desire(order, Kind.UPDATE)
        hall.desire(hall.order(2), Kind.UPDATE)
        later = hall.asked(than=asked.at_ms)
        assert strict_json.from_base64url(later.document) == hall.order(2)


def test_a_release_that_was_taken_back_is_reported_so_after_a_restart_too(tmp_path: Path) -> None:
    """What was tried and left is `rolled_back` with its reason, as an unfit configuration is."""
    office = Office()
    with Hall(tmp_path, office) as hall:
        order = hall.order()
        hall.desire(order, Kind.UPDATE)
        hall.asked()
        hall.says(order, "returned", Fault.DID_NOT_START)
        hall.wait(Kind.UPDATE, state="rolled_back", reason="did_not_start", refused_version=1)
    with Hall(tmp_path, office) as hall:
        hall.wait(Kind.UPDATE, state="rolled_back", reason="did_not_start", refused_version=1)
        hall.desire(order, Kind.UPDATE)
        hall.wait(Kind.UPDATE, state="rolled_back", reason="did_not_start", refused_version=1)


@pytest.mark.parametrize("fault", sorted(PASSING - {Fault.NO_UPDATER, Fault.CLOCK_WRONG}))
def test_what_may_pass_is_asked_again(tmp_path: Path, fault: Fault) -> None:
    """The reason is reported, the order stands, and ten minutes later the updater is asked once more."""
    with Hall(tmp_path) as hall:
        order = hall.order()
        hall.desire(order, Kind.UPDATE)
        asked = hall.asked()
        hall.says(order, "refused", fault)
        hall.wait(Kind.UPDATE, state="rejected", reason=fault.value)
        hall.advance(601_000)
        assert hall.asked(than=asked.at_ms).document == asked.document


def test_an_order_for_what_runs_is_applied_at_once(tmp_path: Path) -> None:
    """There is nothing to do, and the report says that it is so."""
    with Hall(tmp_path) as hall:
        hall.desire(hall.order(release=RUNS), Kind.UPDATE)
        hall.wait(Kind.UPDATE, state="applied", version=1)


def test_an_order_goes_on_after_a_restart_and_is_applied_by_the_release_that_it_names(tmp_path: Path) -> None:
    """The order outlives the process that took it; the updater's trial is over before it counts."""
    hall = Hall(tmp_path)
    order = hall.order(3, release=RUNS)
    (tmp_path / "state" / "documents" / "update").mkdir(parents=True)
    (tmp_path / "state" / "documents" / "update" / "wish.cose").write_bytes(order)
    hall.says(order, "trying", release=RUNS, before=BEFORE)
    with hall:
        hall.desire(order, Kind.UPDATE)  # the broker brings it again to the gate that is on trial
        hall.turns()
        assert hall.reported(Kind.UPDATE)["state"] == "pending"
        hall.advance(1_000)
        proved = tmp_path / "ask" / asking.HEALTHY
        hall.says(order, "confirmed", release=RUNS)
        hall.wait(Kind.UPDATE, state="applied", version=3)
        assert not proved.exists() or asking.read_healthy(proved.read_bytes()) is not None


def test_what_an_earlier_process_proved_is_not_this_one_s(tmp_path: Path) -> None:
    """A release that was well once in this boot has to be well again when it is tried again."""
    stale = tmp_path / "ask" / asking.HEALTHY
    stale.parent.mkdir()
    stale.write_bytes(asking.write(asking.Healthy(release=RUNS, boot=boot_id())))
    with Hall(tmp_path) as hall:
        hall.turns()
        assert not stale.exists()


@pytest.mark.parametrize(
    ("before", "look", "up", "proves"),
    [
        (BEFORE, CALM, True, True),
        (BEFORE, CALM, False, False),
        (BEFORE, Look(calm=True, readers=frozenset(), relay=True), True, False),
        (BEFORE, Look(calm=True, readers=frozenset({"outside"}), relay=False), True, False),
        (Before(connected=False, readers=frozenset()), Look(calm=False, readers=frozenset(), relay=True), False, True),
    ],
)
def test_a_release_on_trial_proves_itself_by_what_the_one_before_had(
    tmp_path: Path,
    before: Before,
    look: Look,
    *,
    up: bool,
    proves: bool,
) -> None:
    """Broker, readers and outputs: what was there must be there again, what was not is not asked of it."""
    hall = Hall(tmp_path)
    hall.look = look
    hall.says(hall.order(), "trying", release=RUNS, before=before)
    with hall:
        hall.library.link_changed(up=up)
        hall.turns()
        hall.advance(1_500)
        proved = tmp_path / "ask" / asking.HEALTHY
        assert proved.exists() is proves
        if proves:
            found = asking.read_healthy(proved.read_bytes())
            assert found is not None
            assert (found.release, found.boot) == (RUNS, boot_id())


def test_an_order_under_a_newer_warrant_takes_the_place_of_any_version(tmp_path: Path) -> None:
    """Whoever stole the key before it was rotated has signed the highest version, and it waits; the office's counts."""
    with Hall(tmp_path) as hall:
        hall.desire(hall.order(9), Kind.UPDATE)
        first = hall.asked()
        fresh = hall.office.rotate(Role.UPDATES)
        order = fresh.seal(Kind.UPDATE, BODY, version=1, warranted=fresh.warrant(Role.UPDATES, serial=2))
        hall.advance(1)
        hall.desire(order, Kind.UPDATE)
        assert strict_json.from_base64url(hall.asked(than=first.at_ms).document) == order


def test_a_board_without_an_updater_says_so(tmp_path: Path) -> None:
    """Whoever is asked twice and does not answer is not there."""
    with Hall(tmp_path) as hall:
        hall.desire(hall.order(), Kind.UPDATE)
        hall.asked()
        hall.advance(61_000)
        hall.wait(Kind.UPDATE, state="rejected", reason="no_updater")


def test_a_bad_body_is_rejected(tmp_path: Path) -> None:
    """What does not say what an order must is never put before the updater."""
    with Hall(tmp_path) as hall:
        hall.desire(hall.order(release="../1.0"), Kind.UPDATE)
        hall.wait(Kind.UPDATE, state="rejected", reason="bad_body")
        assert not (tmp_path / "ask").exists()


def test_an_order_that_is_withdrawn_is_forgotten(tmp_path: Path) -> None:
    """A later document takes the order back, and nothing is switched to any more."""
    with Hall(tmp_path) as hall:
        order = hall.order()
        hall.desire(order, Kind.UPDATE)
        hall.asked()
        hall.desire(hall.office.seal(Kind.UPDATE, {"withdrawn": True}, version=2), Kind.UPDATE)
        hall.turns()
        assert not (tmp_path / "state" / "documents" / "update" / "wish.cose").exists()
