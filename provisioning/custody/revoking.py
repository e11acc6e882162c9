"""`authority revoke` and `authority succeed`: which keys are meant, and what has to be told to every gate afterwards.

It refuses what would leave the office itself without a key: a role is rotated first, and only what was before is taken
back. The word itself is the root's (`rulings.py`).
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from firmware.signed import cose, strict_json, times, warrant
from firmware.signed.warrant import GRANTED, Role
from provisioning import cli, files, moments, operators
from provisioning.custody import roles, rulings, succession
from provisioning.custody.roles import Term
from provisioning.mistake import OperatorError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from firmware.signed.ruling import Ruling
    from provisioning.authority import Authority
    from provisioning.cli import Parser
    from provisioning.custody.rulings import Word

    Change = Callable[[Ruling], Ruling]

OPERATOR: Final = "operator"
_KEY_ID: Final = re.compile(r"^[0-9a-f]{16}$")
TELL: Final = "publish {out} to every group (gapura-ops doc publish _group/G), and bring it to gates without a broker"


def describe(command: Parser) -> None:
    """Add the arguments of `revoke`."""
    add = command.add_argument
    text = "ROLE: its earlier keys; operator NAME: theirs; a key id in hex, or the file of a warrant: that key"
    add("what", metavar="ROLE|operator|KEYID|FILE", help=text)
    add("name", nargs="?", metavar="NAME", help="the operator's id")


def describe_succession(command: Parser) -> None:
    """Add the arguments of `succeed`."""
    add = command.add_argument
    add("--out", type=Path, required=True, metavar="NEW", help="the folder of the new authority")
    text = "until when gates believe both roots, like 2026-07-01T00:00+07:00; the new one alone from then on"
    add("--from", dest="begins", required=True, metavar="T", help=text)


def run(arguments: argparse.Namespace) -> int:
    """Take keys back."""
    opened = cli.open_authority(arguments)
    root_key: Path = arguments.root_key or opened.folder / "root.key"
    change, struck = _meant(opened, arguments.what, arguments.name)
    word = rulings.speak(opened, root_key, change, now=cli.now())
    out = opened.folder / rulings.FILE
    for key_id in struck:
        roles.strike_issuer(opened, key_id)
    if struck:
        _say("issuers.json names the old passes keys no more: build and publish the trust list too")
    _say(TELL.format(out=out))
    cli.answer(_told(word) | {"out": str(out)})
    return 0


def run_succession(arguments: argparse.Namespace) -> int:
    """Make the root that follows."""
    begins = moments.parse(arguments.begins, "--from").seconds
    now = cli.now()
    if begins <= now:
        line = "--from: is over; give gates the time to hear of it and yourself to sign everything anew, weeks at least"
        raise OperatorError(line)
    opened = cli.open_authority(arguments)
    term = Term(arguments.root_key or opened.folder / "root.key", now, arguments.warrant_days)
    made = succession.succeed(opened, term, arguments.out, begins)
    out = made.folder / rulings.FILE
    _say(TELL.format(out=out))
    _say(f"from now on sign in {made.folder} and publish that; appoint operators anew there")
    _say(f"move {made.folder / 'root.key'} offline; give gates its root.pub as they are visited")
    said = _told(made.word) | {"digest": made.first.document.digest, "version": made.first.document.version}
    cli.answer(said | {"dir": str(made.folder), "out": str(out), "root": strict_json.to_base64url(made.root)})
    return 0


def _meant(opened: Authority, what: str, name: str | None) -> tuple[Change, tuple[bytes, ...]]:
    """Find out what is taken back, and which passes keys go from the list of issuers with it."""
    if what == OPERATOR:
        return _operator(opened, name), ()
    if name is not None:
        line = f"{name!r} is one word too many; use operator NAME, a role, or a key id"
        raise OperatorError(line)
    if _KEY_ID.fullmatch(what) is not None:
        return _key(opened, bytes.fromhex(what)), ()
    if Path(what).is_file():
        granted = warrant.read(files.read(Path(what), warrant.MAX_BYTES))
        if granted is None or granted.root != opened.root:
            line = f"{what} is no warrant of this root; name the key by its id"
            raise OperatorError(line)
        return _key(opened, cose.key_id(granted.key)), ()
    return _role(opened, roles.role_named(what))


def _role(opened: Authority, role: Role) -> tuple[Change, tuple[bytes, ...]]:
    """Take back what a role had before its present key."""
    _, granted = opened.warrant(role)
    before = rulings.newest(opened)
    least = 1 if before is None else before.ruling.least_serials.get(role, 1)
    struck = _own_issuers(opened, granted.key) if role is Role.PASSES else ()
    if granted.serial <= least and not struck:
        line = (
            f"{role.value} has no earlier key that counts; gapura-ops authority rotate {role.value} first, then revoke"
        )
        raise OperatorError(line)
    earlier = rulings.without_earlier(role, granted.serial)

    def change(ruling: Ruling) -> Ruling:
        for key_id in struck:
            ruling = rulings.without_key(key_id)(ruling)
        return earlier(ruling)

    return change, struck


def _own_issuers(opened: Authority, present: bytes) -> tuple[bytes, ...]:
    """Name the passes keys that the list of issuers has in this authority's own name, but the present one."""
    issuers, _ = opened.issuers()
    own = [key.key for issuer in issuers.issuers if issuer.name == opened.name for key in issuer.keys]
    return tuple(cose.key_id(key) for key in own if key != present)


def _operator(opened: Authority, name: str | None) -> Change:
    """Take back every key that an operator was ever given."""
    keys = [cose.key_id(granted.key) for granted in operators.warrants(opened) if granted.holder == name]
    if name is None or not keys:
        who = "name the operator" if name is None else f"no warrant of {name} is kept here"
        line = f"{who}; else give the file of the warrant (operator.warrant), or the key's id from authority status"
        raise OperatorError(line)

    def change(ruling: Ruling) -> Ruling:
        for key_id in keys:
            ruling = rulings.without_key(key_id)(ruling)
        return ruling

    return change


def _key(opened: Authority, key_id: bytes) -> Change:
    """Take one key back; never one that the office signs with today."""
    if key_id == cose.key_id(opened.root):
        line = "that is the root itself; gapura-ops authority succeed makes another"
        raise OperatorError(line)
    for role in GRANTED:
        if (opened.folder / "warrants" / f"{role.value}.warrant").is_file():
            _, granted = opened.warrant(role)
            if cose.key_id(granted.key) == key_id:
                line = f"that is the key of {role.value} today; gapura-ops authority rotate {role.value} first"
                raise OperatorError(line)
    return rulings.without_key(key_id)


def _told(word: Word) -> dict[str, object]:
    """Describe the root's word."""
    ruling, document = word.ruling, word.document
    said: dict[str, object] = {
        "digest": document.digest,
        "kind": document.kind.value,
        "least_serials": {role.value: serial for role, serial in sorted(ruling.least_serials.items())},
        "revoked": sorted(key_id.hex() for key_id in ruling.revoked),
        "version": document.version,
    }
    if ruling.successor is None:
        return said
    return said | {"successor": cose.key_id(ruling.successor).hex(), "from": times.render(ruling.succeeds)}


def _say(line: str) -> None:
    """Tell the operator what comes next."""
    sys.stderr.write(f"gapura-ops: {line}\n")
