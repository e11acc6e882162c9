"""From the words on the command line to an order that a gate would read.

It decides whether something can be asked at all, before a key is opened or a broker is spoken to. Pure.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

from firmware.records.wire import valid_id
from firmware.signed import strict_json
from firmware.signed.arguments import names_of, numbers_of, read_args
from firmware.signed.command import Op
from firmware.signed.orders import Body, Wish, body_of, for_groups, longest_s
from firmware.signed.payload import GROUP_PREFIX
from provisioning.mistake import OperatorError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from provisioning.operators import Operator

DEFAULTS: Final[Mapping[Op, Mapping[str, str | int]]] = {
    Op.UNLOCK: {"direction": "in"},
    Op.IDENTIFY: {"for_s": 10},
    Op.PROVISION: {"for_s": 600},
}
"""What is meant where nothing is said."""

BACKDATED_S: Final = 5
"""Orders begin a little early, so that a gate whose clock is behind the desk's does not refuse what is new."""

USUAL_S: Final = 30

_MOST_DIGITS: Final = 20
"""More than any number has that an order can name."""


def wish(target: str, op: Op, words: tuple[str, ...], reason: str, second: str | None = None) -> Wish:
    """Put an order together, without a nonce yet; raises OperatorError with every mistake.

    `target` is a gate or `_group/NAME`; `words` are KEY=VALUE.
    """
    for said in (f"--reason: {reason}", f"--second: {second}", *words):
        _check_spelled(said)
    name = target.removeprefix(GROUP_PREFIX)
    group = name if target != name else None
    args = _args(op, words)
    found = Wish(secrets.token_hex(16), op, args, reason.strip(), None if group else name, group, None, second)
    _check(found, target)
    return found


def _check_spelled(said: str) -> None:
    """Refuse bytes that are no text, which the command line hands over as half characters."""
    try:
        said.encode()
    except UnicodeEncodeError as error:
        line = f"{said!r}: these bytes are no UTF-8; write it anew"
        raise OperatorError(line) from error


def _args(op: Op, words: tuple[str, ...]) -> dict[str, str | int]:
    """Read KEY=VALUE, numbers as numbers, over what is meant where nothing is said."""
    said: dict[str, str | int] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or key in said or key not in names_of(op):
            known = ", ".join(f"{name}=..." for name in names_of(op)) or "nothing more"
            line = f"{word!r}: {op.value} takes {known}, each once"
            raise OperatorError(line)
        number = key in numbers_of(op) and value.isascii() and value.isdigit() and len(value) <= _MOST_DIGITS
        said[key] = int(value) if number else value
    args = dict(DEFAULTS.get(op, {})) | said
    found = read_args(op, args)
    if isinstance(found, tuple):
        raise OperatorError(*(f"{op.value}: {mistake}" for mistake in found))
    return found


def _check(asked: Wish, target: str) -> None:
    """Refuse what no gate would take, whoever signed it."""
    if not valid_id(asked.group or asked.gate or ""):
        line = f"{target!r} is no gate and no _group/NAME"
        raise OperatorError(line)
    if asked.group is not None and not for_groups(asked.op, asked.args):
        line = f"{target}: that is never asked of a group: it opens or concerns single doors; name each gate"
        raise OperatorError(line)
    if asked.second is not None and (asked.group is None or asked.op is not Op.EVACUATE):
        line = "--second: only the evacuation of a group is signed by two; leave it out"
        raise OperatorError(line)
    found = strict_json.read_as(body_of(asked), Body)
    if isinstance(found, tuple):
        raise OperatorError(*(f"--{mistake}" for mistake in found))


def lifetime_s(op: Op, wanted_s: int | None) -> int:
    """For how many seconds from now the order is good; raises OperatorError for more than a gate takes."""
    most_s = longest_s(op) - BACKDATED_S
    if wanted_s is None:
        return most_s if op is Op.EVACUATE else USUAL_S
    if not 1 <= wanted_s <= most_s:
        line = f"--expires: {op.value} is good for 1 to {most_s} s; choose one of them"
        raise OperatorError(line)
    return wanted_s


def check_entitled(operator: Operator, op: Op, now: int) -> None:
    """Refuse what the gate would, before anything is sent."""
    granted = operator.granted
    if op.value not in granted.ops:
        line = f"{operator.name} may not {op.value}; the warrant names {', '.join(granted.ops) or 'nothing'}"
        raise OperatorError(line)
    if not granted.not_before <= now < granted.not_after:
        line = f"the warrant of {operator.name} is not in force now; have the operator appointed anew"
        raise OperatorError(line)
