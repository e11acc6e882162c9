"""The desk that tells the time: whose questions it answers, and what it refuses before it reaches a broker."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from firmware.signed import warrant
from firmware.signed.time_answer import TimeAnswer, TimeRefusal, read_answer
from hw import kernel_clock
from provisioning import cli, timing
from provisioning.connection import Message
from provisioning.timing import Asking, Teller
from tests.unit.provisioning.console import ops
from tests.unit.signed.office import raw

if TYPE_CHECKING:
    from pathlib import Path

NONCE = "0123456789abcdef" * 2
BROKER = ("--broker", "localhost:1", "--ca", "/nowhere/ca", "--cert", "/nowhere/cert", "--key", "/nowhere/key")


def info(gate: str, **says: object) -> Message:
    """A birth."""
    payload = json.dumps({"nonce": NONCE, "time_wanted": True} | says).encode()
    return Message(f"gapura/1/{gate}/info", payload, retained=True)


def reported(gate: str, state: str, *, retained: bool = False) -> Message:
    """A gate's word."""
    payload = json.dumps({"state": state, "version": 7, "reason": None if state == "applied" else "too_late"})
    return Message(f"gapura/1/{gate}/doc/time/reported", payload.encode(), retained=retained)


QUESTIONS = [
    (info("gate-1"), True),
    (info("gate-2"), False),
    (info("gate-1", nonce="short"), False),
    (info("gate-1", nonce=None), False),
    (info("gate-1", nonce=NONCE.upper()), False),
    (info("gate-1", time_wanted=False), False),
    (info("gate-1", time_wanted=1), False),
    (Message("gapura/1/gate-1/info", b"\xff", retained=True), False),
    (reported("gate-1", "applied"), False),
]


@pytest.mark.parametrize(("message", "asks"), QUESTIONS)
def test_what_is_a_question(message: Message, *, asks: bool) -> None:
    """A named gate that wants the time and shows a nonce; whatever else lies there is none."""
    asking = Asking(("gate-1",), only_wanted=True)
    assert asking.question(message) == (("gate-1", NONCE) if asks else None)


@pytest.mark.parametrize("name", ["two words", "_group", "x" * 65, "Gate-1", "gate\x1b[2J", ""])
def test_what_no_gate_is_called_is_not_answered(name: str) -> None:
    """One message left at the broker would end the desk that answers everybody, for nothing can be signed for it."""
    asking = Asking((), only_wanted=True)
    assert asking.question(info(name)) is None
    asking.nonces[name] = NONCE
    assert asking.word(reported(name, "rejected")) is None
    assert asking.question(Message(f"gapura/1/gate-1/{name}/info", info("gate-1").payload, retained=True)) is None


def test_a_question_is_answered_once_and_its_word_is_heard() -> None:
    """The same birth again is no new question; an old word, or one of a gate that was not answered, is none."""
    asking = Asking((), only_wanted=False)
    assert asking.word(reported("gate-1", "applied")) is None
    assert asking.question(info("gate-1", time_wanted=False)) is not None
    assert asking.question(info("gate-1")) is None
    assert asking.word(reported("gate-1", "applied", retained=True)) is None
    assert asking.word(reported("gate-2", "applied")) is None
    assert asking.word(reported("gate-1", "rejected")) == {
        "gate": "gate-1",
        "state": "rejected",
        "reason": "too_late",
        "unix": 7,
    }
    assert asking.settled == {"gate-1": False}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Found an authority once."""
    folder = tmp_path_factory.mktemp("desk") / "a"
    assert ops("authority", "init", "--dir", folder).code == 0
    return folder


@pytest.mark.parametrize("by_root", [False, True])
def test_what_is_signed_is_what_a_gate_takes(authority: Path, *, by_root: bool) -> None:
    """The desk's own second for this gate and nonce; by the root it sets the floor too."""
    parsed = cli.Parser()
    timing.register(parsed.add_subparsers(parser_class=cli.Parser))
    more = ("--reset-floor", "--root-key", str(authority / "root.key")) if by_root else ()
    arguments = parsed.parse_args(["time", "answer", "--dir", str(authority), *more, "gate-1"])
    teller = timing._teller(arguments, cli.open_authority(arguments))
    before = int(time.time())
    data = teller.answer("gate-1", NONCE)
    root = warrant.parse_root((authority / "root.pub").read_bytes())
    found = read_answer(data, root=root, gate="gate-1", nonce=NONCE)
    assert isinstance(found, TimeAnswer)
    assert before <= found.unix <= int(time.time())
    assert found.reset is by_root
    assert read_answer(data, root=root, gate="gate-1", nonce="f" * 32) is TimeRefusal.WRONG_NONCE


MISTAKES = [
    ((), "name the gates"),
    (("_group/east",), "one gate's own"),
    (("Gate 1",), "GATE"),
    (("--reset-floor", "gate-1"), "--root-key"),
    (("--reset-floor", "--root-key", "F", "--follow", "gate-1"), "without --follow"),
    (("--reset-floor", "--root-key", "/nowhere", "gate-1"), "/nowhere"),
]


@pytest.mark.parametrize(("arguments", "says"), MISTAKES)
def test_mistakes_are_told_before_a_broker_is_reached(authority: Path, arguments: tuple[str, ...], says: str) -> None:
    """One line, exit 2, and nothing was signed."""
    ended = ops("time", "answer", "--dir", authority, *BROKER, "--trust-this-clock", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert says in ended.err


def test_another_key_is_not_the_roots(authority: Path) -> None:
    """A floor is set back by the root of this authority and nobody else."""
    key = authority / "keys" / "time.key"
    ended = ops(
        "time",
        "answer",
        "--dir",
        authority,
        *BROKER,
        "--trust-this-clock",
        "--reset-floor",
        "--root-key",
        key,
        "gate-1",
    )
    assert ended.code == 2
    assert "is not the key of this authority's root" in ended.err


def test_a_desk_whose_clock_nobody_keeps_right_answers_nobody(authority: Path) -> None:
    """What the kernel says of its own clock decides whether --trust-this-clock is asked for."""
    ended = ops("time", "answer", "--dir", authority, *BROKER, "gate-1")
    assert ended.code == 2
    assert ("--trust-this-clock" in ended.err) is not kernel_clock.read().synchronised


def test_a_teller_signs_with_what_it_was_given() -> None:
    """A key without the root's warrant convinces nobody."""
    key, root = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    data = Teller(key, b"no warrant").answer("gate-1", NONCE)
    assert not isinstance(read_answer(data, root=raw(root), gate="gate-1", nonce=NONCE), TimeAnswer)
