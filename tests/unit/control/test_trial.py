"""A configuration from afar: only what may be changed from afar, tried once, then kept or taken back by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from firmware.control import mistakes, trial, turned_down
from firmware.control.config import Config
from firmware.control.library import Library
from firmware.control.remote import not_remote
from firmware.control.trial import Effective, Trial
from firmware.signed.envelope import Kind
from tests.broker.stand import until
from tests.unit.control.reading_room import ReadingRoom, write_config
from tests.unit.signed.office import Office

if TYPE_CHECKING:
    from pathlib import Path

BROKER = '[mqtt]\nhost = "broker.example"\n[documents]\ntrial_s = 300\nhealthy_s = 60\n'
LONGER: dict[str, object] = {"door": {"unlock_ms": 7000}}
ELSEWHERE: dict[str, object] = {"mqtt": {"host": "other.example"}}


class Run(ReadingRoom):
    """One run of a gate's process, as far as its configuration goes: what it goes by, and whether it wants to end."""

    def __init__(self, folder: Path, office: Office) -> None:
        """Begin as a start of the process does."""
        super().__init__(folder, office)
        self.restarts = 0
        self.resting = True
        self.effective = start(folder, office)
        self.library = Library(self.effective.config, self.clock, changed=self._note, own_groups=self.effective.groups)
        self.trial = Trial(self.effective, self.clock.ms, restart=self._restart, at_rest=lambda: self.resting)

    def config(self, body: dict[str, object], version: int, group: str | None = None, whose: str = "*") -> None:
        """Desire a configuration."""
        self.desire(self.office.seal(Kind.CONFIG, body, version=version, audience=(whose,)), Kind.CONFIG, group)

    def later(self, seconds: int, *, up: bool = True) -> None:
        """Let time pass, with or without a connection."""
        self.clock.ms += seconds * 1000
        self.library.link_changed(up=up)

    def _restart(self) -> None:
        self.restarts += 1


def start(folder: Path, office: Office) -> Effective:
    """Do what a start does with the configuration."""
    path = write_config(folder, office, BROKER)
    file = mistakes.read(path)
    assert isinstance(file, Config)
    return trial.begin(file, path)


def test_a_configuration_is_kept_after_a_healthy_run(tmp_path: Path) -> None:
    """It is pending until a run on it has gone well for a minute, then it is applied and outlives every start."""
    office = Office()
    with Run(tmp_path, office) as first:
        first.config(LONGER, 2)
        first.wait(Kind.CONFIG, state="pending", version=0)
        assert until(lambda: first.restarts > 0)
        assert first.effective.config.door.unlock_ms == 5000
    with Run(tmp_path, office) as second:
        assert second.effective.config.door.unlock_ms == 7000
        second.wait(Kind.CONFIG, state="pending")
        second.later(59)
        second.config(LONGER, 2)
        second.later(1)
        second.wait(Kind.CONFIG, state="applied", version=2)
    path = tmp_path / "gapura.toml"
    note = f"config document version 2 is in force over {path}: door.unlock_ms"
    for _ in range(2):
        third = start(tmp_path, office)
        assert (third.config.door.unlock_ms, third.version, third.trial) == (7000, 2, None)
        assert third.note(path) == note


def test_a_wrong_way_to_the_broker_is_taken_back(tmp_path: Path) -> None:
    """Without a connection in time the gate goes back by itself, says so, and does not try the same again."""
    office = Office()
    with Run(tmp_path, office) as first:
        first.config(ELSEWHERE, 2)
        assert until(lambda: first.restarts > 0)
    with Run(tmp_path, office) as second:
        assert second.effective.config.mqtt is not None
        assert second.effective.config.mqtt.host == "other.example"
        second.later(299, up=False)
        assert not second.restarts
        second.later(1, up=False)
        assert until(lambda: second.restarts > 0)
    with Run(tmp_path, office) as third:
        assert third.effective.config.mqtt is not None
        assert third.effective.config.mqtt.host == "broker.example"
        third.wait(Kind.CONFIG, state="rolled_back", reason="no_connection", refused_version=2, version=0)
        third.config(ELSEWHERE, 2)
        third.config({"mqtt": {"health_s": 30}}, 3)
        third.wait(Kind.CONFIG, state="pending")
        assert until(lambda: third.restarts > 0)
    with Run(tmp_path, office) as fourth:
        fourth.later(60)
        fourth.wait(Kind.CONFIG, state="applied", version=3)


def test_a_power_cut_during_a_trial_goes_back(tmp_path: Path) -> None:
    """A trial is tried once: whatever ended the process in the middle, the next start goes by what was good."""
    office = Office()
    with Run(tmp_path, office) as first:
        first.config(LONGER, 2)
        assert until(lambda: first.restarts > 0)
    assert start(tmp_path, office).trial is not None
    with Run(tmp_path, office) as after:
        assert after.effective.trial is None
        assert after.effective.config.door.unlock_ms == 5000
        after.wait(Kind.CONFIG, state="rolled_back", reason="interrupted", refused_version=2)


def kept(folder: Path, office: Office, body: dict[str, object], version: int, whose: str) -> None:
    """Have a configuration tried and kept."""
    with Run(folder, office) as first:
        first.config(body, version, whose=whose)
        assert until(lambda: first.restarts > 0)
    with Run(folder, office) as second:
        second.later(60)
        second.wait(Kind.CONFIG, state="applied", version=version)


def test_a_configuration_that_changes_the_groups_is_no_reason_to_start_again_and_again(tmp_path: Path) -> None:
    """Whose a configuration is goes by the file's groups: else each start would forget what the one before took."""
    office = Office()
    kept(tmp_path, office, {"gate": {"groups": ["north"]}}, 2, "_group/east")
    with Run(tmp_path, office) as run:
        assert run.effective.config.gate.every_group == {"lobby", "north"}
        run.config({"gate": {"groups": ["north"]}}, 2, "east", "_group/east")
        run.desire(run.policy(1, "_group/north"), group="north")
        run.wait(state="applied", version=1)
        run.config(LONGER, 3, "north", "_group/north")
        run.desire(run.policy(2, "_group/north"), group="north")
        run.wait(state="applied", version=2)
        assert run.reported(Kind.CONFIG)["version"] == 2
        assert not run.restarts
    assert start(tmp_path, office).trial is None


def test_a_wider_configuration_is_not_tried_over_a_narrower_one(tmp_path: Path) -> None:
    """What its own document says holds for a gate, whatever is desired of its group later; that is kept beside it."""
    office = Office()
    kept(tmp_path, office, LONGER, 5, "gate-1")
    with Run(tmp_path, office) as run:
        run.config({"relay": {"pin": 22}}, 8, "east", "_group/east")
        run.wait(Kind.CONFIG, state="rejected", reason="not_remote", refused_version=8, version=5)
        run.config({"door": {"unlock_ms": 9000}}, 9, "east", "_group/east")
        run.wait(Kind.CONFIG, state="applied", version=5)
        run.config({"door": {"unlock_ms": 9000}}, 8, "east", "_group/east")
        run.wait(Kind.CONFIG, reason="rolled_back", version=5)
        assert not run.restarts
    assert start(tmp_path, office).config.door.unlock_ms == 7000


def test_a_disk_that_is_full_when_a_trial_ends_well_is_tried_again(tmp_path: Path) -> None:
    """A good configuration is kept as soon as it can be, and not taken back by the next start."""
    office, folder = Office(), tmp_path / "state/documents"
    with Run(tmp_path, office) as first:
        first.config(LONGER, 2)
        assert until(lambda: first.restarts > 0)
    with Run(tmp_path, office) as second:
        folder.rename(tmp_path / "aside")
        folder.write_text("a file where the folder belongs")
        second.later(60)
        assert until(lambda: second.library.counters().get("documents_storage", 0) > 0)
        folder.unlink()
        (tmp_path / "aside").rename(folder)
        second.later(60)
        second.wait(Kind.CONFIG, state="applied", version=2)
    assert start(tmp_path, office).version == 2


def settle(folder: Path, office: Office, gates: dict[str, object], groups: dict[str, object], *, up: bool) -> Effective:
    """Start again and again, with configurations for the gate and for its group desired, until nothing wants to."""
    for number in range(1, 6):
        with Run(folder, office) as run:
            for again in (0, 1):
                run.config(groups, 6, "east", "_group/east")
                run.config(gates, 5, whose="gate-1")
                run.desire(run.policy(2 * number + again))
                run.wait(version=2 * number + again)
                if run.effective.trial is not None and not again:
                    run.later(300, up=up)
                    run.wait(Kind.CONFIG, state="applied" if up else "rolled_back")
        if not run.restarts:
            return run.effective
    message = "the gate never comes to rest"
    raise AssertionError(message)


def test_two_configurations_get_their_trials_one_after_another(tmp_path: Path) -> None:
    """A new gate finds one for itself and one for its group: it comes to rest, and goes by its own."""
    found = settle(tmp_path, Office(), LONGER, {"door": {"unlock_ms": 9000}}, up=True)
    assert (found.config.door.unlock_ms, found.version) == (7000, 5)


def test_two_configurations_that_fail_do_not_take_turns_for_ever(tmp_path: Path) -> None:
    """Each of them is tried once and remembered, however many there are."""
    found = settle(tmp_path, Office(), ELSEWHERE, {"mqtt": {"host": "nowhere.example"}}, up=False)
    assert (found.version, found.trial) == (0, None)
    refused = turned_down.read(tmp_path / "state/documents")
    assert sorted(one.version for one in refused) == [5, 6]


def test_a_kill_between_document_and_floor_is_no_interrupted_trial(tmp_path: Path) -> None:
    """A configuration is kept as soon as it lies on the shelf; the floor that was not written yet is made again."""
    office, folder = Office(), tmp_path / "state/documents"
    kept(tmp_path, office, LONGER, 2, "gate-1")
    (folder / trial.DOCUMENT).write_bytes(office.seal(Kind.CONFIG, LONGER, version=2, audience=("gate-1",)))
    (folder / trial.TRIED).touch()
    (folder / "floors.json").unlink()
    assert (start(tmp_path, office).version, turned_down.read(folder)) == (2, [])
    with Run(tmp_path, office) as run:
        run.wait(Kind.CONFIG, state="applied", version=2)
        run.config(LONGER, 1, whose="gate-1")
        run.wait(Kind.CONFIG, reason="rolled_back", version=2)
    assert (folder / "floors.json").exists()


def test_nobody_is_held_up_by_a_restart(tmp_path: Path) -> None:
    """A gate restarts for a new configuration when nobody is passing, and not before."""
    with Run(tmp_path, Office()) as run:
        run.resting = False
        run.config(LONGER, 2)
        run.wait(Kind.CONFIG, state="pending")
        run.later(600)
        run.desire(run.policy(1))
        run.wait(state="applied")
        assert not run.restarts
        run.resting = True
        assert until(lambda: run.restarts > 0)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"relay": {"pin": 22}}, "not_remote"),
        ({"readers": {"outside": {"side": "inside"}}}, "not_remote"),
        ({"door": {"kind": "maglock"}}, "not_remote"),
        ({"door": {"max_unlock_ms": 60_000}}, "not_remote"),
        ({"door": {"posture": "free_access"}}, "not_remote"),
        ({"hardware": {"pins": "mock"}}, "not_remote"),
        ({"trust": {"root": "/root.pub"}}, "not_remote"),
        ({"gate": {"id": "gate-2"}}, "not_remote"),
        ({"gate": {"state_dir": "/"}}, "not_remote"),
        ({"door": 5}, "not_remote"),
        ({}, "not_remote"),
        ({"door": {"unlock_ms": 20_000}}, "unsound"),
        ({"mqtt": {"host": "mqtt://broker"}}, "unsound"),
        ({"mqtt": {"hots": "broker"}}, "unsound"),
        ({"journal": {"max_mib": 1}}, "unsound"),
    ],
)
def test_what_hangs_at_the_door_is_not_changed_from_afar(tmp_path: Path, body: dict[str, object], why: str) -> None:
    """Pins, sides, kinds, roots and bounds stay the technician's; the rest is held against the model of the file."""
    with Run(tmp_path, Office()) as run:
        run.config(body, 2)
        run.wait(Kind.CONFIG, state="rejected", reason=why, refused_version=2, version=0)
        assert not run.restarts
        assert start(tmp_path, run.office).trial is None


def test_a_file_that_no_longer_fits_holds_alone(tmp_path: Path) -> None:
    """When a technician changes the file so that the document does not fit it, the file holds and that is said."""
    office = Office()
    with Run(tmp_path, office) as first:
        first.config({"door": {"unlock_ms": 14_000}}, 2)
        assert until(lambda: first.restarts > 0)
    with Run(tmp_path, office) as second:
        second.later(60)
        second.wait(Kind.CONFIG, state="applied")
    path = write_config(tmp_path, office, BROKER + "[door]\nmax_unlock_ms = 10_000\nlong_unlock_ms = 9000\n")
    file = mistakes.read(path)
    assert isinstance(file, Config)
    effective = trial.look(file, path)
    assert effective.config.door.unlock_ms == 5000
    assert "does not fit" in (effective.note(path) or "")


def test_the_keys_that_may_be_changed_are_a_closed_list() -> None:
    """Every key of the model that is not on the list is refused, one by one."""
    allowed = {
        "gate.labels",
        "gate.groups",
        "gate.stage",
        "door.unlock_ms",
        "door.long_unlock_ms",
        "door.held_ms",
        "door.prealarm_ms",
        "clock.error_s",
        "update.window",
    }
    for section, field in Config.model_fields.items():
        model = getattr(field.annotation, "model_fields", {})
        for key in model:
            name = f"{section}.{key}"
            whole = section in {"mqtt", "journal", "documents"}
            assert (not_remote({section: {key: 1}}) == ()) is (whole or name in allowed), name
