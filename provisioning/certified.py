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

from firmware.control.revocation_files import mapped
from firmware.door.reasons import REASONS
from firmware.events import Instant, Reason
from firmware.passes.outcome import Pass, validity
from firmware.passes.reading import read_first
from firmware.rules.accepted import accepted
from firmware.rules.health_action import health_action
from firmware.rules.identity import unmatched
from firmware.signed.wording import legible
from firmware.trust import unsigned
from firmware.trust.keys import merge
from firmware.trust.loading import Unusable, load
from provisioning import files
from provisioning.mistake import FAILED, OperatorError
from provisioning.policy_file import read_policy_file

if TYPE_CHECKING:
    from argparse import Namespace

    from firmware.passes.outcome import Reading
    from firmware.rules.policy import Policy
    from firmware.trust.keys import TrustSet
    from firmware.trust.revocation import RevocationList
    from provisioning.cli import Parser

MAX_PICTURE_BYTES: Final = 64 << 20
_PICTURES: Final = (b"\x89PNG", b"\xff\xd8", b"RIFF", b"%PDF")
"""How pictures begin that somebody could give in the place of a code."""

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
    text = "with --certificate: the list of revoked passes that gates have, as revocations build wrote it"
    add("--revocations", type=Path, metavar="F", help=text)
    text = "with --certificate: somebody has held the certificate's name and birth date against an identity document"
    add("--identity-checked", action="store_true", help=text)


def health_ok_until(arguments: Namespace, stay: Stay) -> int | None:
    """Say until when (Unix seconds) the certificate vouches for its holder's health; None where none was brought.

    Raises OperatorError where it is worth nothing, or nobody has looked whose it is.
    """
    if not arguments.certificate:
        given = (arguments.trust, arguments.policy, arguments.revocations, arguments.identity_checked)
        if any(given):
            line = "--trust, --policy, --revocations, --identity-checked: belong to --certificate; give it, or none"
            raise OperatorError(line)
        return None
    if not arguments.trust or arguments.policy is None or arguments.health_ok_until is not None:
        line = "--certificate: needs --trust and --policy, which then say what --health-ok-until would; leave that out"
        raise OperatorError(line)
    _, reading = read_first([_code(path) for path in arguments.certificate], _trust(arguments.trust))
    until = _worth(reading, read_policy_file(arguments.policy), _revoked(arguments.revocations), stay)
    _matched(reading, checked=arguments.identity_checked)
    return until


def _code(path: Path) -> bytes:
    """Read a code as text; raises OperatorError for a picture of one."""
    data = files.read(path, MAX_PICTURE_BYTES)
    if data.startswith(_PICTURES):
        line = f"--certificate: {path} is a picture; give the code as text, as gapura inspect prints it (`text`)"
        raise OperatorError(line)
    return data.removesuffix(b"\n")


def _revoked(path: Path | None) -> RevocationList | None:
    """Read the list of revoked passes, if one was named."""
    found = None if path is None else mapped(path)
    if path is not None and (found is None or not found.undamaged()):
        line = f"--revocations: {path} is no list of revoked passes, or damaged; name what revocations build wrote"
        raise OperatorError(line)
    return found


def _taken_back(credential: Pass, policy: Policy, listed: RevocationList | None) -> Reason | None:
    """Say whether the certificate was taken back; raises OperatorError where the policy asks and nobody can tell."""
    rule = policy.classes.get(credential.pass_class)
    limits = None if rule is None else rule.limits
    if listed is None and limits is not None and limits.revocations_s is not None:
        whose = credential.pass_class
        line = f"the policy asks a {whose} for a list of revoked passes; name the gates' with --revocations"
        raise OperatorError(line)
    if listed is not None and listed.revoked(credential.revocation_ids, credential.issued) is not None:
        return Reason.REVOKED
    return Reason.BLOCKED if credential.reference in policy.blocked else None


def _worth(reading: Reading, policy: Policy, listed: RevocationList | None, stay: Stay) -> int:
    """Judge the certificate for every area from the beginning on, a day after the other."""
    at = Instant(0, stay.begins, stay.begins, "given")
    if not isinstance(reading, Pass):
        raise _refused(REASONS[reading.reason][0])
    if (invalid := validity(reading, at) or _taken_back(reading, policy, listed)) is not None:
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
        sys.stderr.writelines(f"--trust: {path}: {note}\n" for note in found.notes)
        loaded.append(found.trust)
    return merge(loaded)
