"""`policy init | test | diff | sign`: a first policy, trying one on cases, telling two apart in words, signing one.

All but signing take plain policies and signed ones, and need neither keys nor a broker.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from firmware.rules.policy import visitor_management
from firmware.signed import strict_json
from firmware.signed.envelope import EVERYONE
from provisioning import cli, desk, documents, files
from provisioning.mistake import FAILED, OperatorError
from provisioning.policies import calendars, cases, profiles, trial
from provisioning.policies.difference import changes
from provisioning.policy_file import read_policy_file

if TYPE_CHECKING:
    import argparse

    from provisioning.desk import Groups


def register(groups: Groups) -> None:
    """Add the commands."""
    parser = groups.add_parser("policy", help="sign: check and sign the rules gates decide by; init, test, diff")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _init(commands)
    _test(commands)
    _diff(commands)
    _sign(commands)


def _sign(commands: Groups) -> None:
    """Describe `policy sign`."""
    text = "Check a policy and sign it; every mistake is listed."
    command = commands.add_parser("sign", help=text, description=text)
    cli.add_folder(command)
    desk.add_document(command, valid_days=365)
    text = "whose it is (default everyone)"
    command.add_argument("--audience", type=cli.names, default=(EVERYONE,), metavar="G,_group/H", help=text)
    command.add_argument("policy", type=Path, metavar="IN", help="the policy as JSON")
    command.set_defaults(run=_run_sign)


def _run_sign(arguments: argparse.Namespace) -> int:
    """Sign a policy."""
    desk.refuse_folders(arguments)
    text = files.read(arguments.policy)
    documents.parse_policy(text)
    authority = cli.open_authority(arguments)
    now, days = cli.now(), arguments.valid_days
    whose, apart = arguments.audience, arguments.blob is not None
    sealed = documents.sign_policy(authority, text, now=now, valid_days=days, audience=whose, apart=apart)
    return desk.deliver(sealed, arguments, wanted=now + days * documents.DAY_S)


def _init(commands: Groups) -> None:
    """Describe `policy init`."""
    text = "Write a first policy to edit: visitor management, with the calendars that are named."
    command = commands.add_parser("init", help=text, description=text)
    command.add_argument("--out", type=Path, required=True, metavar="F", help="the file to write")
    text = f"a shipped calendar, several times if need be: {', '.join(calendars.names())}"
    command.add_argument("--calendar", action="append", default=[], metavar="NAME", help=text)
    text = f"judge everybody by a shipped health profile: {', '.join(profiles.names())}"
    command.add_argument("--health", metavar="NAME", help=text)
    command.set_defaults(run=_run_init)


def _run_init(arguments: argparse.Namespace) -> int:
    """Write it; a file that is there is not written over."""
    out: Path = arguments.out
    cli.refuse_folder(out)
    if out.exists():
        line = f"--out: {out} is there already; name another file"
        raise OperatorError(line)
    found = {name: calendars.read(name) for name in dict.fromkeys(arguments.calendar)}
    body: dict[str, object] = {"profile": visitor_management().profile, "timezone": visitor_management().timezone}
    classes = {name: {"holidays": "closed"} if found and name != "staff" else {} for name in _classes()}
    body["classes"] = classes
    if found:
        body["calendar"] = [one.model_dump() for calendar in found.values() for one in calendar.days]
    if arguments.health is not None:
        body["health_profile"] = profiles.read(arguments.health)
        body["classes"] = {name: rule | {"health": "colour"} for name, rule in classes.items()}
        cli.warn("passes of our own carry no facts of health: who shows one is denied where 'health' is 'colour'")
    files.write(out, strict_json.render_indented(body))
    for name, calendar in found.items():
        for missing in calendar.missing:
            cli.warn(f"{name} lacks: {missing}; add it to 'calendar' from the decree")
    cli.answer({"days": sum(len(one.days) for one in found.values()), "out": str(out), "sources": _sources(found)})
    return 0


def _classes() -> list[str]:
    """Name the classes of the default policy."""
    return list(visitor_management().classes)


def _sources(found: dict[str, calendars.Calendar]) -> dict[str, str]:
    """Say where each calendar is from."""
    return {name: calendar.source for name, calendar in found.items()}


def _test(commands: Groups) -> None:
    """Describe `policy test`."""
    text = "Try a policy on a table of cases; each that comes out otherwise is told, with what came instead."
    command = commands.add_parser("test", help=text, description=text)
    command.add_argument("--policy", type=Path, required=True, metavar="F", help="the policy, plain or signed")
    command.add_argument("cases", type=Path, metavar="CASES.yaml", help="the table (provisioning/policies/README.md)")
    command.set_defaults(run=_run_test)


def _run_test(arguments: argparse.Namespace) -> int:
    """Put every case to the policy; 1 if one failed."""
    policy, table = read_policy_file(arguments.policy), _table(arguments.cases)
    slips = [
        f"line {placed.line}: {placed.case.name}: {slip}"
        for placed in table
        for slip in trial.slips(policy, placed.case)
    ]
    if slips:
        raise OperatorError(*slips)
    failed = 0
    for placed in table:
        came, wanted = trial.told(trial.decided(policy, placed.case)), trial.expected(placed.case)
        if all(came[name] == value for name, value in wanted.items()):
            continue
        failed += 1
        cli.answer({"came": came, "case": placed.case.name, "expected": wanted, "line": placed.line})
        sys.stderr.write(f"line {placed.line}: {placed.case.name}: expected {_words(wanted)}; came {_words(came)}\n")
    cli.answer({"cases": len(table), "failed": failed})
    return FAILED if failed else 0


def _words(outcome: dict[str, str | None] | dict[str, str]) -> str:
    """Say an outcome in a few words."""
    said = [f"{name} {value}" for name, value in outcome.items() if value is not None and name != "expect"]
    return ", ".join([str(outcome["expect"]), *said])


def _diff(commands: Groups) -> None:
    """Describe `policy diff`."""
    text = "Tell in words what changes for whom from one policy to another."
    command = commands.add_parser("diff", help=text, description=text)
    for name, what in (("old", "the policy as it is"), ("new", "the policy as it shall be")):
        command.add_argument(name, type=Path, metavar=name.upper(), help=f"{what}, plain or signed")
    command.set_defaults(run=_run_diff)


def _run_diff(arguments: argparse.Namespace) -> int:
    """Print a line for each change."""
    for change in changes(read_policy_file(arguments.old), read_policy_file(arguments.new)):
        said = {"after": change.after, "before": change.before, "what": change.what}
        cli.answer(said | {"who": change.who, "words": change.words})
    return 0


def _table(path: Path) -> list[cases.Placed]:
    """Read a table of cases."""
    try:
        text = files.read(path).decode("utf-8")
    except UnicodeDecodeError as error:
        line = f"{path}: is no text in UTF-8; save it as such"
        raise OperatorError(line) from error
    return cases.read(text)
