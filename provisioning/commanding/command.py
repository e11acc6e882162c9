"""`gapura-ops cmd`: ask a gate or a group for something, by name and with a reason.

It describes the arguments, says in plain English how each gate took it, and ends with the exit code. Answers are JSON
lines on stdout; words for people are on stderr.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from firmware.signed import times
from firmware.signed.command import Op
from firmware.signed.orders import audience_of, body_of
from provisioning import broker_address, cli, files, operators, publishing
from provisioning.commanding import sending, wishes
from provisioning.commanding.answers import FINAL, Answer, Replies, State
from provisioning.commanding.first_actions import first_action
from provisioning.connection import Connection
from provisioning.mistake import FAILED

if TYPE_CHECKING:
    import argparse

    from firmware.signed.orders import Wish
    from provisioning.commanding.sending import Seen
    from provisioning.desk import Groups
    from provisioning.operators import Operator

PATIENCE_S: Final = 30
SHOWN: Final = 10
"""Gates that one line names."""

_SAYING: Final = (
    "unlock [direction=in|out]; hold for_s=1..3600; posture posture=free_access|disabled|resume [for_s=1..86400]; "
    "lockdown [for_s=...]; evacuate [for_s=...]; admit request=ID; refuse request=ID; "
    "replay epoch=HEX first=N last=N; identify [for_s=1..60]; restart; health; "
    "provision [for_s=60..3600]; retire"
)


def register(groups: Groups) -> None:
    """Describe `cmd`."""
    text = "Ask a gate or a group for something; it is signed, sent once, and every answer is printed."
    command = groups.add_parser(
        "cmd", help="command gates, by name and with a reason", description=text, epilog=_SAYING
    )
    broker_address.add_broker(command)
    add = command.add_argument
    add("--reason", required=True, metavar="TEXT", help="why, in your own words; only the restricted branch tells it")
    add("--operator", type=Path, required=True, metavar="D", help="your folder, of gapura-ops authority operator")
    cli.add_passphrase(command)
    add("--second", metavar="ID", help="second the evacuation of a group that another operator has sent")
    add("--dry-run", action="store_true", help="print what would be signed, and send nothing")
    text = (
        "write the signed order to a file for gapura simulate, and send nothing; one for a gate counts at no real one"
    )
    add("--write", type=Path, metavar="F", help=text)
    add("--timeout", type=_seconds, metavar="S", help=f"wait so long for answers (default {PATIENCE_S})")
    add("--expires", type=_seconds, metavar="S", help=f"good for so long (default {wishes.USUAL_S})")
    add("whose", type=publishing.target, metavar="GATE|_group/G", help="who is asked")
    add("op", type=cli.one_of(Op), metavar="OP", help=", ".join(op.value for op in Op))
    add("words", nargs="*", metavar="KEY=VALUE", help="what exactly; see below")
    command.set_defaults(run=_run)


def _seconds(text: str) -> int:
    """Read a number of seconds, an hour at most."""
    number = int(text)
    if not 1 <= number <= 3600:  # noqa: PLR2004  an hour
        raise ValueError(text)
    return number


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is to be sent, by whom, and for how long it is good and waited for."""

    wish: Wish
    operator: Operator
    lifetime_s: int
    timeout_s: int


def _run(arguments: argparse.Namespace) -> int:
    """Check everything that needs no broker, then send."""
    op: Op = arguments.op
    wish = wishes.wish(arguments.whose, op, tuple(arguments.words), arguments.reason, arguments.second)
    lifetime_s = wishes.lifetime_s(op, arguments.expires)
    operator = operators.open_operator(arguments.operator)
    wishes.check_entitled(operator, op, cli.now())
    timeout_s = arguments.timeout or (lifetime_s + PATIENCE_S if _waits_for_second(wish) else PATIENCE_S)
    if arguments.dry_run:
        return _dry_run(wish, operator, lifetime_s)
    if arguments.write is not None:
        return _write(arguments, wish, operator, lifetime_s)
    asked = _Asked(wish, operator, lifetime_s, timeout_s)
    return _send(arguments, asked)


def _waits_for_second(wish: Wish) -> bool:
    return wish.group is not None and wish.op is Op.EVACUATE and wish.second is None


def _dry_run(wish: Wish, operator: Operator, lifetime_s: int) -> int:
    """Print what would be signed; the nonce is that of the gate's connection, which only sending finds out."""
    now = cli.now()
    body = body_of(wish) | ({"nonce": None} if wish.group is None else {})
    span = {"issued": times.render(now - wishes.BACKDATED_S), "expires": times.render(now + lifetime_s)}
    cli.answer(span | {"audience": audience_of(wish), "body": body, "operator": operator.name})
    return 0


def _write(arguments: argparse.Namespace, wish: Wish, operator: Operator, lifetime_s: int) -> int:
    """Sign the order for a simulated gate, whose nonce no real connection has."""
    from firmware.commands.simulation import NONCE  # noqa: PLC0415  a whole door that only this needs

    cli.refuse_folder(arguments.write)
    aimed = wish if wish.gate is None else replace(wish, nonce=NONCE)
    signer = operators.unlock(operator, arguments.passphrase_file)
    now = cli.now()
    data = sending.sign(aimed, signer, operator.warrant, now=now, lifetime_s=lifetime_s)
    files.write(arguments.write, data, files.PRIVATE)
    cli.answer({"expires": times.render(now + lifetime_s), "id": wish.id, "out": str(arguments.write)})
    return 0


def _send(arguments: argparse.Namespace, asked: _Asked) -> int:
    """Send the order and print what is answered."""
    wish, operator = asked.wish, asked.operator
    address = broker_address.address_from(arguments)
    signer = operators.unlock(operator, arguments.passphrase_file)
    with Connection(address) as connection:
        seen = sending.look(connection, wish)
        aimed = sending.aim(wish, seen)
        away = _away(aimed, seen)
        replies = Replies(wish.id, seen.keys() - set(away))
        since_s = sending.send(connection, aimed, signer, operator.warrant, now=cli.now(), lifetime_s=asked.lifetime_s)
        _tell_second(asked)
        for answer, ms in sending.hear(connection, wish.op.value, replies, since_s=since_s, timeout_s=asked.timeout_s):
            _print(answer, wish.op, ms)
    _tell_silent(replies, asked)
    return 0 if replies.obeyed and not away else FAILED


def _away(wish: Wish, seen: dict[str, Seen]) -> list[str]:
    """Name the gates of a group that are offline, and say so; nothing is sent to a single one that is."""
    if wish.gate is not None:
        return []
    away = sorted(gate for gate, each in seen.items() if each.offline)
    if away:
        _say(f"offline and not reached: {_names(away)}")
    if len(away) == len(seen):
        _say(f"no gate of {audience_of(wish)} is known to be online; whoever answers in time is printed")
    return away


def _print(answer: Answer, op: Op, ms: int) -> None:
    """Print one answer for programs, and say it to people."""
    said: dict[str, object] = {"at": answer.at, "gate": answer.gate, "id": answer.id, "ms": ms, "op": op.value}
    cli.answer(said | {"reason": answer.reason, "result": answer.result or None, "state": answer.state.value})
    if answer.state not in FINAL:
        _say(f"{answer.gate}: {answer.state.value}{f', {answer.reason}' if answer.reason else ''}")
    elif answer.state is State.SUCCESSFUL:
        _say(f"{answer.gate}: done after {ms} ms")
    else:
        _say(f"{answer.gate}: not done, {answer.reason or 'failed'}: {first_action(answer.reason)}")


def _tell_second(asked: _Asked) -> None:
    """Say how another operator seconds an evacuation."""
    wish = asked.wish
    if _waits_for_second(wish):
        words = "".join(f" {name}={value}" for name, value in wish.args.items())
        line = f"gapura-ops cmd {audience_of(wish)} evacuate{words} --second {wish.id} --reason ... --operator ..."
        _say(f"another operator seconds it within {asked.lifetime_s} s: {line}")


def _tell_silent(replies: Replies, asked: _Asked) -> None:
    """Say who gave no last word, and what to do."""
    begun = [gate for gate in replies.silent if replies.has_begun(gate)]
    mute = [gate for gate in replies.silent if not replies.has_begun(gate)]
    if begun:
        _say(f"took it up and not said within {asked.timeout_s} s how it ended: {_names(begun)}; see their events")
    if mute:
        hint = "see in gapura-ops watch whether they are online; is their root.pub that of whoever appointed you?"
        _say(f"not answered within {asked.timeout_s} s: {_names(mute)}; {hint}")
    if not replies.silent and not replies.anybody:
        _say(f"nobody has answered within {asked.timeout_s} s; check the group's name and who is in it")


def _names(gates: list[str]) -> str:
    """Name gates, so many that the line can still be read."""
    more = len(gates) - SHOWN
    return ", ".join(gates[:SHOWN]) + (f" and {more} more" if more > 0 else "")


def _say(line: str) -> None:
    sys.stderr.write(f"gapura-ops: {line}\n")
    sys.stderr.flush()
