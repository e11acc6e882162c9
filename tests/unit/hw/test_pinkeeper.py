"""The pin keeper: levels outlive their clients, watchers miss nothing, and no input harms it."""

from __future__ import annotations

import itertools
import json
import queue
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from hw.inputs import GpioContact
from hw.keeper_client import KeeperClient
from hw.pinkeeper import MAX_LINE
from hw.pins import open_factory
from hw.release import release_all

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RELAY, LAMP, BUTTON = 17, 22, 5

# A gate in miniature: energise, say so, then end in the way it is told to.
CLIENT = """
import os, signal, sys
from hw.light import GpioLight
from hw.pins import open_factory
from hw.relay import GpioRelay
factory = open_factory("keeper:" + sys.argv[1])
relay, light = GpioRelay(17, 60_000, factory), GpioLight({"green": 22}, factory)
relay.energise(60_000)
light.show("green", (), 60_000)
print("on", flush=True)
sys.stdin.readline()
match sys.argv[2]:
    case "return":
        pass
    case "exit":
        sys.exit(3)
    case "error":
        raise RuntimeError("meant to end like this")
    case "abort":
        os.abort()
    case "kill":
        os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[str]:
    """Run a real keeper and return its socket's path."""
    path, log = str(tmp_path / "pins"), str(tmp_path / "log.jsonl")
    argv = [sys.executable, "-m", "hw.pinkeeper", "--socket", path, "--log", log]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline()) == {"serving": path}
        yield path
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0


@pytest.mark.parametrize(
    ("ending", "left_on"),
    [("return", False), ("exit", False), ("error", False), ("abort", True), ("kill", True)],
)
def test_only_a_process_that_can_still_act_lets_go(keeper: str, ending: str, left_on: bool) -> None:  # noqa: FBT001 - a table column
    """Every orderly end releases; after the others the lines stay as they were until they are released for it."""
    argv = [sys.executable, "-c", CLIENT, keeper, ending]
    with (
        KeeperClient(keeper) as client,
        subprocess.Popen(
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as process,
    ):
        assert process.stdout is not None
        assert process.stdout.readline() == "on\n"
        assert client.levels() == {RELAY: True, LAMP: True}
        process.communicate("go\n", timeout=30)
        assert client.levels() == {RELAY: left_on, LAMP: left_on}
        factory = open_factory(f"keeper:{keeper}")
        release_all(factory, (RELAY, LAMP))
        factory.close()
        assert client.levels() == {RELAY: False, LAMP: False}


def test_a_watcher_sees_every_change_in_order(keeper: str, tmp_path: Path) -> None:
    """A watch begins with the levels and then has each change once, as the log has."""
    with KeeperClient(keeper) as client:
        client.set(RELAY, level=True)
        watch = client.watch()
        assert watch.levels == {RELAY: True}
        wanted = [(RELAY, False), (LAMP, True), (RELAY, True), (LAMP, False)]
        for pin, level in wanted:
            client.set(pin, level=level)
            client.set(pin, level=level)
        changes = list(itertools.islice(watch, len(wanted)))
        watch.close()
    assert [(change.pin, change.level) for change in changes] == wanted
    assert [change.boottime_ms for change in changes] == sorted(change.boottime_ms for change in changes)
    logged = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(line["pin"], line["level"]) for line in logged] == [(RELAY, True), *wanted]


def test_an_input_follows_the_keeper(keeper: str) -> None:
    """A button pressed at the keeper is a press at the contact, and a pull decides only what nobody drives."""
    factory = open_factory(f"keeper:{keeper}")
    with KeeperClient(keeper) as client:
        contact = GpioContact(BUTTON, factory, normally_open=True, bounce_ms=1)
        assert client.levels() == {BUTTON: True}
        told: queue.Queue[str] = queue.Queue()
        contact.watch(told.put)
        client.set(BUTTON, level=False)
        assert told.get(timeout=10) == "active"
        assert contact.level() == "active"
        contact.close()
        factory.close()
        again = open_factory(f"keeper:{keeper}")
        pressed = GpioContact(BUTTON, again, normally_open=True)
        assert pressed.level() == "active"
        pressed.close()
        again.close()


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"[]",
        b"{",
        b"\xff\xfe",
        b"[" * 200,
        b'{"do":"set","pin":17}',
        b'{"do":"set","pin":28,"level":true}',
        b'{"do":"set","pin":true,"level":true}',
        b'{"do":"set","pin":17,"level":1}',
        b'{"do":"forget"}',
    ],
)
def test_a_request_that_is_none_is_answered_and_changes_nothing(keeper: str, line: bytes) -> None:
    """Nonsense gets one error line, moves no pin, and the connection goes on."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link, link.makefile("rb") as answers:
        link.settimeout(10)
        link.connect(keeper)
        link.sendall(line + b'\n{"do":"levels"}\n')
        assert "error" in json.loads(answers.readline())
        assert json.loads(answers.readline()) == {"levels": {}}


def test_an_endless_line_ends_its_connection_only(keeper: str) -> None:
    """Who sends more than a line may have is hung up on; others are served."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
        link.settimeout(10)
        link.connect(keeper)
        link.sendall(b"x" * (MAX_LINE + 1))
        assert link.recv(1) == b""
    with KeeperClient(keeper) as client:
        assert client.levels() == {}


def test_a_watcher_that_does_not_read_holds_nobody_up(keeper: str) -> None:
    """A watcher that never reads is dropped once it is too far behind, and every change is still made."""
    with KeeperClient(keeper) as client, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sleeper:
        sleeper.connect(keeper)
        sleeper.sendall(b'{"do":"watch"}\n')
        for count in range(8_000):
            client.set(RELAY, level=count % 2 == 0)
        assert client.levels() == {RELAY: False}
        sleeper.settimeout(10)
        while sleeper.recv(1 << 16):
            pass


def test_a_keeper_that_cannot_serve_says_why(tmp_path: Path) -> None:
    """A path that cannot be bound is one line and exit 2."""
    argv = [sys.executable, "-m", "hw.pinkeeper", "--socket", str(tmp_path / "no" / "pins")]
    ended = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=30)
    assert ended.returncode == 2
    assert ended.stderr.startswith("the pin keeper cannot serve: ")
    assert ended.stderr.count("\n") == 1


def test_a_keeper_ends_with_whoever_started_it(tmp_path: Path) -> None:
    """A keeper that was told so ends when the pipe to its starter does, and takes its socket away."""
    path = tmp_path / "pins"
    argv = [sys.executable, "-m", "hw.pinkeeper", "--socket", str(path), "--with-stdin"]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        process.stdin.write("a word is not the end\n")
        process.stdin.flush()
        with KeeperClient(str(path)) as client:
            assert client.levels() == {}
        process.stdin.close()
        assert process.wait(timeout=10) == 0
    assert not path.exists()
