"""Passes for people who bring a health certificate: what it is worth, before a pass of our own is issued for it.

The certificate is read and its health judged by what a gate itself goes by. Whether it is the person's own is for
somebody at the desk to see: whose it is goes to stderr, and nowhere else.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from firmware.control.manifest import MAX_BLOB_BYTES
from firmware.door.reasons import REASONS
from firmware.events import Instant, Reason
from firmware.passes.outcome import Pass, validity
from firmware.passes.reading import MAX_CODE_BYTES, read_first
from firmware.rules.accepted import accepted
from firmware.rules.health_action import health_action
from firmware.rules.identity import unmatched
from firmware.signed.wording import legible
from firmware.trust import unsigned
from firmware.trust.keys import merge
from firmware.trust.loading import Unusable, load
from firmware.trust.revocation import open_list
from provisioning import cli, files
from provisioning.mistake import FAILED, OperatorError
from provisioning.policy_file import read_policy_file

if TYPE_CHECKING:
    from argparse import Namespace

    from firmware.passes.outcome import Reading
    from firmware.rules.policy import Policy
    from firmware.trust.keys import TrustSet
    from provisioning.cli import Parser

MOST_DAYS: Final = 31
"""How far ahead of a pass's beginning its holder's health is looked at."""


@dataclass(frozen=True, slots=True)
class Stay:
    """Where and when the pass shall open: areas, and Unix seconds from `begins` to before `ends`."""

    areas: tuple[str, ...]
    begins: int
    ends: int


def add_arguments(command: Parser) -> None:
    """Add what `pass issue` takes of a certificate."""
    add = command.add_argument
    text = "a health certificate that somebody brought, its code as text; repeatable where it is spread over several"
    add("--certificate", type=Path, action="append", default=[], metavar="F", help=text)
    text = "with --certificate: whose certificates count, in any form gapura inspect takes; repeatable"
    add("--trust", type=Path, action="append", default=[], metavar="F", help=text)
    text = "with --certificate: the policy that says what health comes to, signed or plain"
    add("--policy", type=Path, metavar="F", help=text)
    text = "with --certificate: somebody has held the certificate's name and birth date against an identity document"
    add("--identity-checked", action="store_true", help=text)
    text = "with --certificate: the list of revoked passes that gates have; what is on it is worth nothing"
    add("--revocations", type=Path, metavar="LIST", help=text)


def health_ok_until(arguments: Namespace, stay: Stay) -> int | None:
    """Say until when (Unix seconds) the certificate vouches for its holder's health; None where none was brought.

    Raises OperatorError where it is worth nothing, or nobody has looked whose it is.
    """
    if not arguments.certificate:
        named = (arguments.policy, arguments.revocations)
        if arguments.trust or arguments.identity_checked or any(one is not None for one in named):
            line = "--trust, --policy, --revocations, --identity-checked: belong to --certificate, which is not here"
            raise OperatorError(line)
        return None
    if not arguments.trust or arguments.policy is None or arguments.health_ok_until is not None:
        line = "--certificate: needs --trust and --policy, which then say what --health-ok-until would; leave that out"
        raise OperatorError(line)
    codes = [files.read(path, MAX_CODE_BYTES + 1).removesuffix(b"\n") for path in arguments.certificate]
    _, reading = read_first(codes, _trust(arguments.trust))
    policy = read_policy_file(arguments.policy)
    until = _worth(reading, policy, stay)
    _not_taken_back(reading, policy, arguments.revocations)
    _matched(reading, checked=arguments.identity_checked)
    return until


def _worth(reading: Reading, policy: Policy, stay: Stay) -> int:
    """Judge the certificate for every area from the beginning on, a day after the other."""
    at = Instant(0, stay.begins, stay.begins, "given")
    if not isinstance(reading, Pass):
        raise _refused(REASONS[reading.reason][0])
    if (invalid := validity(reading, at)) is not None:
        raise _refused(REASONS[invalid][0])
    rule = policy.classes.get(reading.pass_class)
    if rule is None or not accepted(reading, rule, policy):
        why = f"the policy does not take a certificate of this format and issuer for {reading.pass_class}"
        raise _refused(why)
    if rule.health not in {"colour", "rules"} or not unmatched(reading):
        line = f"the policy asks a {reading.pass_class} for no health certificate; issue the pass without --certificate"
        raise OperatorError(line)
    midnights = _midnights(policy, stay.begins)
    ends = min(stay.ends, reading.expires, midnights[-1])
    moments = [stay.begins, *(second for second in midnights if second < ends)]
    good = next((one for one in moments if not _good(reading, policy, stay.areas, one)), ends)
    if good == stay.begins:
        why = "what it says of its holder's health is not enough there and then, or is left to an officer"
        raise _refused(why)
    return good


def _good(credential: Pass, policy: Policy, areas: tuple[str, ...], second: int) -> bool:
    """Say whether the health of somebody comes to `allow` in every one of these areas."""
    at = Instant(0, second, second, "given")
    return all(health_action(credential, policy, area, at) == "allow" for area in areas)


def _not_taken_back(reading: Reading, policy: Policy, listed: Path | None) -> None:
    """Refuse a certificate that no gate would take any more: the pass made of it would be on no list."""
    if not isinstance(reading, Pass):
        return
    if reading.reference in policy.blocked:
        raise _refused(REASONS[Reason.BLOCKED][0])
    if listed is None:
        cli.warn("no --revocations: whether the certificate was revoked is not known, and its pass will be on no list")
        return
    found = open_list(files.read(listed, MAX_BLOB_BYTES))
    if found is None or not found.undamaged():
        line = f"--revocations: {listed} is no list of revoked passes, or damaged; name what revocations build wrote"
        raise OperatorError(line)
    if found.revoked(reading.revocation_ids, reading.issued) is not None:
        raise _refused(REASONS[Reason.REVOKED][0])


def _midnights(policy: Policy, begins: int) -> list[int]:
    """List the beginnings of the local days to come, at which what counts by days changes."""
    first = datetime.fromtimestamp(begins, UTC).astimezone(policy.zone).date()
    days = (first + timedelta(days=number) for number in range(1, MOST_DAYS + 1))
    return [int(datetime(day.year, day.month, day.day, tzinfo=policy.zone).timestamp()) for day in days]


def _matched(reading: Reading, *, checked: bool) -> None:
    """Have somebody look whose certificate it is; say who that would be, to their eyes alone."""
    if checked:
        return
    holder = reading.holder if isinstance(reading, Pass) else None
    if holder is None:
        line = "the certificate names nobody, so it is nobody's; issue no pass for it"
        raise OperatorError(line, exit_code=FAILED)
    born = "an unknown day" if holder.born is None else holder.born.isoformat()
    sys.stderr.write(f"The certificate is of {legible(holder.name)}, born on {born}.\n")
    line = "hold that against their identity document; if it is theirs, say the same again with --identity-checked"
    raise OperatorError(line, exit_code=FAILED)


def _refused(why: str) -> OperatorError:
    return OperatorError(f"no pass for this certificate: {why}", exit_code=FAILED)


def _trust(paths: list[Path]) -> TrustSet:
    loaded = []
    for path in paths:
        found = load(files.read(path, unsigned.MAX_BYTES))
        if isinstance(found, Unusable):
            line = f"--trust: {path}: {found.line}"
            raise OperatorError(line)
        loaded.append(found.trust)
    return merge(loaded)
