"""`time answer`: telling gates what time it is, in answer to the nonce each of them gives out.

A gate that has no clock shows its question in its birth; this desk reads its own clock, signs the second for that gate
and that question alone, and waits for the gate's word. A desk whose own clock nobody keeps right answers nobody.
"""

from __future__ import annotations

import re
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from firmware.records.wire import ROOT, info_topic, reported_topic, valid_id
from firmware.signed import strict_json, warrant
from firmware.signed.envelope import Kind, seal
from firmware.signed.time_answer import TimeRefusal
from firmware.signed.warrant import Role, Warrant
from hw import kernel_clock
from provisioning import broker_address, cli, publishing, vault
from provisioning.connection import Connection
from provisioning.documents import DAY_S
from provisioning.mistake import FAILED, OperatorError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Mapping

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from provisioning.authority import Authority
    from provisioning.connection import Message
    from provisioning.desk import Groups

EXPIRES_S: Final = 60
"""A gate judges an answer by its nonce and not by this; the broker may forget it after so long."""

_NONCE: Final = re.compile(r"[0-9a-f]{32}\Z", re.ASCII)
_LOOK_S: Final = 0.5
_WORD: Final = f"doc/{Kind.TIME.value}/reported"
_ADVICE: Final[Mapping[str, str]] = {
    TimeRefusal.TOO_LATE: "its question is too old; it asks anew with each connection: restart it, or use --follow",
    TimeRefusal.WRONG_NONCE: "it has asked anew meanwhile; try again",
    TimeRefusal.REPEATED: "this question has been answered; it asks anew with each connection",
    TimeRefusal.BELOW_FLOOR: "it knows a later time; if this desk is right, set its floor back with --reset-floor",
    TimeRefusal.NO_ROOT: "it pins no root key; run gapura check there",
    TimeRefusal.NOT_ROOT: "only the root may set the floor back; name its key with --root-key",
}


@dataclass(slots=True)
class Teller:
    """Signs seconds with one key; `reset` sets the gate's floor by them, which only the root's own key may."""

    key: Ed25519PrivateKey
    enclosed: bytes
    reset: bool = False

    def answer(self, gate: str, nonce: str) -> bytes:
        """Read this desk's clock and sign it for one question of one gate."""
        unix = int(time.time())
        body: dict[str, object] = {"nonce": nonce, "unix": unix} | ({"reset": True} if self.reset else {})
        return seal(
            Kind.TIME,
            body,
            version=unix,
            audience=(gate,),
            issued=unix,
            expires=unix + EXPIRES_S,
            signer=self.key,
            signer_warrant=self.enclosed,
        )


@dataclass(slots=True)
class Asking:
    """Which questions were answered and what became of each gate that was named."""

    gates: tuple[str, ...]
    only_wanted: bool
    nonces: dict[str, str] = field(default_factory=dict)
    settled: dict[str, bool] = field(default_factory=dict)

    def question(self, message: Message) -> tuple[str, str] | None:
        """Find a question that has not been answered: the gate and its nonce."""
        gate = _whose(message.topic, "info")
        info = strict_json.parse(message.payload)
        if gate is None or info is None or (self.gates and gate not in self.gates):
            return None
        nonce = info.get("nonce")
        wanted = not self.only_wanted or info.get("time_wanted") is True
        if not isinstance(nonce, str) or _NONCE.match(nonce) is None or not wanted or self.nonces.get(gate) == nonce:
            return None
        self.nonces[gate] = nonce
        return gate, nonce

    def word(self, message: Message) -> dict[str, object] | None:
        """Read what a gate says of an answer of ours; what it said before we asked is no word of it."""
        gate = _whose(message.topic, _WORD)
        report = strict_json.parse(message.payload)
        if gate is None or report is None or message.retained or gate not in self.nonces:
            return None
        self.settled[gate] = report.get("state") == "applied"
        return {
            "gate": gate,
            "state": report.get("state"),
            "reason": report.get("reason"),
            "unix": report.get("version"),
        }


def _whose(topic: str, leaf: str) -> str | None:
    """Name the gate that a topic is of; None for another topic, and for what no gate is called."""
    gate, _, rest = topic.removeprefix(f"{ROOT}/").partition("/")
    return gate if rest == leaf and valid_id(gate) else None


def register(groups: Groups) -> None:
    """Add the command."""
    parser = groups.add_parser("time", help="answer: tell gates what time it is")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    text = "Tell gates what time it is: sign this desk's second for the question each of them asks."
    command = commands.add_parser("answer", help=text, description=text)
    cli.add_folder(command)
    broker_address.add_broker(command)
    add = command.add_argument
    add("--wait", type=float, default=15.0, metavar="S", help="how long to wait for gates (default %(default)s)")
    add("--follow", action="store_true", help="go on answering whoever wants the time, until Ctrl-C")
    add("--trust-this-clock", action="store_true", help="though no program keeps this machine's clock right")
    add("--reset-floor", action="store_true", help="set the floor of the gate's time too, back if need be")
    add("--root-key", type=Path, metavar="F", help="the root's key, for --reset-floor")
    add("gates", type=publishing.target, nargs="*", metavar="GATE", help="which gates; with --follow none means all")
    command.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    """Answer, and say what became of it."""
    gates = tuple(arguments.gates)
    _check(arguments, gates)
    address = broker_address.address_from(arguments)
    teller = _teller(arguments, cli.open_authority(arguments))
    asking = Asking(gates, only_wanted=arguments.follow and not arguments.reset_floor)
    with Connection(address) as connection:
        connection.subscribe(*_topics(gates))
        until_s = None if arguments.follow else time.monotonic() + arguments.wait
        _serve(connection, teller, asking, until_s)
    silent = [gate for gate in gates if gate not in asking.settled]
    for gate in silent:
        asked = "did not say what became of the answer" if gate in asking.nonces else "shows no question"
        cli.warn(f"{gate} {asked}; is it connected? gapura-ops watch tells")
    return FAILED if silent or not all(asking.settled.values()) else 0


def _check(arguments: argparse.Namespace, gates: tuple[str, ...]) -> None:
    """Refuse what cannot be meant, and a clock that nobody vouches for."""
    if not gates and not arguments.follow:
        line = "name the gates, or let --follow answer whoever asks"
        raise OperatorError(line)
    if any(gate.startswith(publishing.GROUP) for gate in gates):
        line = "a question is one gate's own; name gates and no groups"
        raise OperatorError(line)
    if arguments.reset_floor and (arguments.root_key is None or not gates or arguments.follow):
        line = "--reset-floor: name the gates and the root's key (--root-key), without --follow"
        raise OperatorError(line)
    if not arguments.trust_this_clock and not kernel_clock.read().synchronised:
        line = "no program keeps this machine's clock right (timedatectl set-ntp true); or --trust-this-clock"
        raise OperatorError(line)


def _teller(arguments: argparse.Namespace, authority: Authority) -> Teller:
    """Open the key that signs: the time's, or the root's own for a floor."""
    if not arguments.reset_floor:
        enclosed, _ = authority.warrant(Role.TIME)
        return Teller(authority.signer(Role.TIME), enclosed)
    key = vault.unlock(arguments.root_key, authority.secret)
    raw, now = key.public_key().public_bytes_raw(), cli.now()
    if raw != authority.root:
        line = f"{arguments.root_key} is not the key of this authority's root"
        raise OperatorError(line)
    granted = Warrant(Role.TIME, raw, now - DAY_S, now + DAY_S, 1, raw)
    return Teller(key, warrant.issue(granted, key), reset=True)


def _topics(gates: tuple[str, ...]) -> Iterable[str]:
    """Name what is listened to."""
    if not gates:
        return (f"{ROOT}/+/info", f"{ROOT}/+/{_WORD}")
    return (*(reported_topic(gate, Kind.TIME.value) for gate in gates), *(info_topic(gate) for gate in gates))


def _serve(connection: Connection, teller: Teller, asking: Asking, until_s: float | None) -> None:
    """Answer questions until every gate has spoken, the time is over or the connection is gone."""
    while until_s is None or (time.monotonic() < until_s and set(asking.gates) - asking.settled.keys()):
        connection.check_alive()
        message = connection.receive(_LOOK_S)
        if message is None:
            continue
        if (said := asking.word(message)) is not None:
            cli.answer(said)
            if (advice := _ADVICE.get(str(said["reason"]))) is not None:
                sys.stderr.write(f"gapura-ops: {said['gate']}: {advice}\n")
        elif (question := asking.question(message)) is not None:
            gate, nonce = question
            topic = publishing.desired_topic(gate, Kind.TIME)
            connection.send(topic, teller.answer(gate, nonce), expiry_s=EXPIRES_S)
            connection.settle()
