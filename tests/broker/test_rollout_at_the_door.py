"""A configuration that cuts a whole gate off its broker, rolled out: it returns, and nobody else is sent to."""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pytest

from firmware.signed.envelope import Kind
from provisioning.broker.certificates import Holder
from provisioning.broker.runner import LOOPBACK, free_port
from provisioning.rig.gate import DESK, Plan, Rig
from tests.broker import stand
from tests.broker.light_gates import LightGate
from tests.broker.stand import GATE
from tests.command import gapura, gapura_ops
from tests.torture.lane import Lane

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from provisioning.broker.watcher import Watcher

TRIAL = "[documents]\ntrial_s = 10\nhealthy_s = 1\n"
PLANNED = ("--settle", "1", "--grace", "5", "--patience", "120", "--any-time", "--stages", "1,all")


class Office:
    """The operations room of a whole gate and of a lighter one beside it."""

    def __init__(self, rig: Rig) -> None:
        """Take an operator's certificate."""
        self._rig = rig
        certificate, key = rig.broker.issue(Holder.OPERATOR, DESK)
        where = f"{LOOPBACK}:{rig.broker.port}"
        self._options = ("--broker", where, "--ca", rig.broker.ca, "--cert", certificate, "--key", key)

    def plan(self, name: str, text: str, to: str) -> tuple[Path, str]:
        """Sign a configuration and plan it, its way back signed."""
        source, document, out = (self._rig.folder / f"{name}.{suffix}" for suffix in ("toml", "cose", "rollout"))
        source.write_text(text)
        authority = ("--dir", self._rig.folder / "authority")
        assert gapura_ops("config", "sign", *authority, source, "--out", document).code == 0
        ended = gapura_ops("rollout", "plan", *self._options, *authority, *PLANNED, "--to", to, "--out", out, document)
        assert ended.code == 0, ended.err
        return out, ended.err

    def rollout(self, command: str, path: Path, code: int) -> dict[str, object]:
        """Run a command on it, and return its last line."""
        ended = gapura_ops("rollout", command, *self._options, path)
        assert ended.code == code, ended.lines()
        return ended.lines()[-1]


@contextmanager
def attended(rig: Rig) -> Iterator[Callable[[bytes], None]]:
    """Keep a reader before the gate, which comes back whenever the gate does; what is yielded shows a code there."""
    lane, over, turn = Lane(rig.socket("outside")), threading.Event(), threading.Lock()

    def beat() -> None:
        frames = 0
        while not over.wait(0.5):
            frames += 1
            with suppress(OSError), turn:
                lane.beat(frames)

    def show(code: bytes) -> None:
        with turn:
            lane.show(code)

    reader = threading.Thread(target=beat)
    reader.start()
    try:
        yield show
    finally:
        over.set()
        reader.join()
        lane.hang_up()


def decided(watcher: Watcher) -> list[tuple[object, object]]:
    """What was decided of each code, and what would have been."""
    events = [event["data"] for event in watcher.events(GATE, kind="access")]
    return [(data["decision"], data.get("observed")) for data in events if isinstance(data, dict)]


def standing(watcher: Watcher) -> tuple[object, bool]:
    """The gate's stage, and whether an alert says that it only observes."""
    last = {each.topic.removeprefix(f"gapura/1/{GATE}/"): each for each in watcher.seen()}
    return last["info"].json()["stage"], bool(last["alert/observing"].payload)


@pytest.mark.timeout(300)
def test_a_configuration_that_cuts_off_is_stopped_and_one_that_makes_active_goes_back(tmp_path: Path) -> None:
    """The gate returns by itself and the rollout pauses; a good one makes it active, which back leaves it."""
    stand.require_mosquitto()
    made = Rig(tmp_path, Plan(readers={"outside": None}))
    text = made.config.read_text().replace("[gate]\n", '[gate]\nstage = "installed"\n')
    made.config.write_text(f"{text}{TRIAL}")
    with made as rig, attended(rig) as show, rig.watcher() as watcher:
        root, labels = tmp_path / "gate" / "root.pub", {"area": "annex", "sector": "s-1"}
        with LightGate(tmp_path / "light", rig.broker, root, "gate-2", labels) as light:
            assert watcher.wait(lambda seen: any(each.topic.endswith("gate-2/info") for each in seen), stand.PATIENCE_S)
        office = Office(rig)
        wrong, said = office.plan("wrong", f"[mqtt]\nport = {free_port()}\n", f"{GATE},gate-2")
        assert "each gate restarts once for it" in said
        assert "gate-2: offline or never seen" in said
        ended = office.rollout("apply", wrong, 1)
        assert (ended["phase"], ended["why"]) == ("paused", f"{GATE} rolled_back: no_connection")
        assert (ended["counts"], light.version(Kind.CONFIG)) == ({"failed": 1, "waiting": 1}, 0)
        assert office.rollout("back", wrong, 0)["counts"] == {"settled": 1, "untouched": 1}
        assert "gate.stage is installed" in gapura("check", rig.config).err
        show(b"no pass at all")
        assert watcher.wait(lambda _: decided(watcher) == [("allow", "deny")], stand.PATIENCE_S)
        active, said = office.plan("active", '[gate]\nstage = "active"\n', GATE)
        assert f'{GATE}: gate.stage what its file says -> "active"' in said
        assert "a gate that is made active stays active" in said
        assert office.rollout("apply", active, 0)["phase"] == "done"
        assert watcher.wait(lambda _: standing(watcher) == ("active", False), stand.PATIENCE_S)
        show(b"no pass at all")
        assert watcher.wait(lambda _: decided(watcher) == [("allow", "deny"), ("deny", None)], stand.PATIENCE_S)
        assert "is in force over" in gapura("check", rig.config).err
        assert office.rollout("back", active, 0)["counts"] == {"settled": 1}
        assert "is in force over" not in gapura("check", rig.config).err
        show(b"no pass at all")
        assert watcher.wait(lambda _: decided(watcher)[2:] == [("deny", None)], stand.PATIENCE_S)
        assert standing(watcher) == ("active", False)
