"""Who a person is stays unknown: a whole gate, its broker and its disk, searched for somebody planted in the codes."""

from __future__ import annotations

import json
import os
import resource
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from firmware.signed import sealing
from firmware.signed.area_keys import subject
from firmware.signed.contact import Contact, open_contact
from hw.reader.messages import Scan, encode
from provisioning import area_keys, issuing
from provisioning.authority import open_authority
from provisioning.broker.certificates import Holder
from provisioning.broker.configuration import Rights, access_list
from provisioning.broker.runner import LOOPBACK, WATCHER
from provisioning.broker.watcher import Watcher
from provisioning.rig.gate import DESK, Plan, Rig
from tests.broker import planted, stand
from tests.broker.stand import GATE, PATIENCE_S
from tests.command import gapura_ops
from tests.torture.lane import Lane

if TYPE_CHECKING:
    from collections.abc import Iterator

    from firmware.signed.area_keys import DayKey

OFFICE = ec.derive_private_key(11, ec.SECP256R1())
POLICY = {
    "profile": "health",
    "classes": {"visitor": {"contact": "sealed"}, "staff": {"health": "required"}},
    "health_office": sealing.write_public(OFFICE.public_key()),
}
EVERYTHING = ("#", "$SYS/#")


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """Run a whole gate with its broker, on which somebody reads everything, and room for core dumps."""
    stand.require_mosquitto()
    before = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (before[1], before[1]))
    plan = Plan(readers={"outside": None}, unlock_ms=500, max_unlock_ms=1_000, policy=json.dumps(POLICY).encode())
    try:
        with Rig(tmp_path, plan) as running:
            rights = access_list(Rights(observers=(WATCHER,), operators=(DESK,)))
            running.broker.set_access(f"{rights}\nuser operator:all\ntopic readwrite #\ntopic read $SYS/#\n")
            yield running
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, before)


@pytest.fixture
def lane(rig: Rig) -> Iterator[Lane]:
    """Speak as the reader outside."""
    lane = Lane(rig.socket("outside"))
    yield lane
    lane.hang_up()


def everything(rig: Rig) -> Watcher:
    """Prepare somebody who reads every topic there is."""
    return Watcher(rig.broker.port, rig.broker.ca, *rig.broker.issue(Holder.OPERATOR, "all"), topics=EVERYTHING)


def issue(rig: Rig, holder: str = "visitor") -> issuing.Issued:
    """Issue a pass of this class."""
    now = int(time.time())
    return rig.desk.issue(issuing.Order(holder, ("lobby",), now - 60, now + 3600), now=now)


def bodies(watcher: Watcher, branch: str, kind: str) -> list[dict[str, Any]]:
    """Take what events of one kind said, each event once, however often it was sent."""
    topic = f"gapura/1/{GATE}/{branch}/{kind}"
    events = [seen.json() for seen in watcher.seen() if seen.topic == topic]
    found: dict[str, Any] = {str(event["id"]): event["data"] for event in events}
    return list(found.values())


def bring_keys(rig: Rig) -> DayKey:
    """Make the keys of the lobby and bring them to its gates; returns today's."""
    authority = open_authority(rig.folder / "authority", None)
    certificate, _ = rig.broker.issue(Holder.OPERATOR, DESK)
    now = int(time.time())
    keys = area_keys.made(authority, "lobby", area_keys.Span(now, 35, area_keys.zone("Asia/Jakarta"), 30))
    gates = area_keys.gates_of([certificate.with_name(f"{GATE}.crt")], rig.broker.ca)
    path = rig.folder / "keys.cose"
    path.write_bytes(area_keys.seal(authority, "lobby", keys, gates, now=now).data)
    address = ("--broker", f"{LOOPBACK}:{rig.broker.port}", "--ca", rig.broker.ca)
    desk = ("--cert", certificate, "--key", certificate.with_suffix(".key"))
    ended = gapura_ops("doc", "publish", *address, *desk, "_group/lobby", path)
    assert ended.code == 0, ended.err
    return keys[0]


def test_a_day_links_its_passages_and_the_health_office_alone_finds_the_pass(rig: Rig, lane: Lane) -> None:
    """Keys come by the broker and outlive a kill; the same pass is the same subject and leaves a sealed contact."""
    first, other = issue(rig), issue(rig)
    with everything(rig) as watcher:
        today = bring_keys(rig)
        reported = f"gapura/1/{GATE}/doc/keys/reported"
        assert watcher.wait(lambda seen: any(one.topic == reported for one in seen), PATIENCE_S)
        for number, issued in enumerate((first, other, first, issue(rig, "staff"))):
            lane.show(issued.code.encode())
            assert watcher.wait(lambda _, n=number: len(bodies(watcher, "event", "access")) > n, PATIENCE_S)  # type: ignore[misc]
        assert watcher.wait(lambda _: bodies(watcher, "restricted", "follow-up") != [], PATIENCE_S)
        assert watcher.wait(lambda _: len(bodies(watcher, "restricted", "contact")) == 3, PATIENCE_S)
        contacts = bodies(watcher, "restricted", "contact")
        kill(rig)
        lane.show(first.code.encode())
        assert watcher.wait(lambda _: len(bodies(watcher, "event", "access")) == 5, PATIENCE_S)
        told = [body.get("subject") for body in bodies(watcher, "event", "access")]
        (follow_up,) = bodies(watcher, "restricted", "follow-up")
    named = [subject(today.key, issued.reference) for issued in (first, other, first)]
    assert told == [*named, None, named[0]]
    assert follow_up["subject"] not in told
    opened = [open_contact(one["contact"], OFFICE, GATE) for one in contacts]
    issuer = rig.desk.entry.key_id
    assert opened == [Contact(issuer, issued.reference) for issued in (first, other, first)]
    assert len({one["contact"] for one in contacts}) == 3
    state = b"".join(path.read_bytes() for path in (rig.folder / "state").rglob("*") if path.is_file())
    assert named[0].encode() in state
    assert [each for each in (first.reference, other.reference) if each.encode() in state] == []


def kill(rig: Rig) -> None:
    """End the gate the hard way and wait until it is back."""
    assert rig.gate.pid is not None
    os.kill(rig.gate.pid, signal.SIGKILL)
    rig.gate.wait_for("ready", count=2)


def test_nobody_planted_in_a_code_is_found_anywhere(rig: Rig, lane: Lane, capsys: pytest.CaptureFixture[str]) -> None:
    """Topics, logs, journal, state, the broker's own files, a gate made to dump core: no trace of person or claim."""
    good = issue(rig)
    codes = planted.planted(good.claims, rig.desk.key)
    papers, secrets = planted.papers()
    wanted = planted.needles([good.code.encode(), *codes, *papers]) | secrets
    assert planted.found_in(b"..." + codes[-2] + b"...", wanted)
    with everything(rig) as watcher:
        for code in (good.code.encode(), *codes, *papers):
            lane.show(code)
        lane.send(encode(Scan(0, tuple(codes[:2]))) + planted.NIK.encode())
        lane.send(planted.NAME.encode() * 9)
        lane.hang_up()
        lane.show(good.code.encode())
        assert watcher.wait(lambda _: len(allowed(watcher)) == 4, PATIENCE_S)
        in_memory = found_in_memory(rig, wanted)
        rig.broker.save()
        assert gate_dies(rig)
        lane.show(good.code.encode())
        assert watcher.wait(lambda _: len(allowed(watcher)) == 5, PATIENCE_S)
        heard = b"\n".join(one.topic.encode() + b" " + one.payload for one in watcher.seen())
        assert planted.found_below(rig.folder, wanted) == {}
    rig.stop()
    assert planted.found_in(heard, wanted) == []
    assert planted.found_below(rig.folder, wanted) == {}
    assert [path.name for path in rig.folder.rglob("core*")] == []
    files = sum(path.is_file() for path in rig.folder.rglob("*"))
    with capsys.disabled():
        told = f"{len(wanted)} needles, {len(heard)} bytes of topics, {files} files: found 0"
        print(f"\n{told}; in the memory of the running gate: {in_memory}")  # noqa: T201


def allowed(watcher: Watcher) -> list[dict[str, Any]]:
    """Take the passages that were allowed."""
    return [body for body in bodies(watcher, "event", "access") if body["decision"] == "allow"]


def found_in_memory(rig: Rig, wanted: frozenset[bytes]) -> str:
    """Say how much of it the running gate still held, as far as this user may look: a figure and no promise."""
    try:
        maps = Path(f"/proc/{rig.gate.pid}/maps").read_text().splitlines()
        with Path(f"/proc/{rig.gate.pid}/mem").open("rb") as memory:
            return str(len({each for line in maps if " rw-p " in line for each in in_range(memory, line, wanted)}))
    except PermissionError:
        return "may not be read"


def in_range(memory: BinaryIO, line: str, wanted: frozenset[bytes]) -> list[bytes]:
    """Search one mapping; one that is gone by now holds nothing."""
    first, _, last = line.split(maxsplit=1)[0].partition("-")
    memory.seek(int(first, 16))
    try:
        return planted.found_in(memory.read(int(last, 16) - int(first, 16)), wanted)
    except OSError:
        return []


def gate_dies(rig: Rig) -> bool:
    """Make the gate end as by a fault, which would dump core, and say whether it was not allowed to and is back."""
    assert rig.gate.pid is not None
    limits = Path(f"/proc/{rig.gate.pid}/limits").read_text()
    (line,) = [one for one in limits.splitlines() if one.startswith("Max core file size")]
    os.kill(rig.gate.pid, signal.SIGABRT)
    ended = rig.gate.wait_for("death")
    rig.gate.wait_for("ready", count=2)
    return line.split()[4:6] == ["0", "0"] and ended.code == -signal.SIGABRT
