"""`rollout plan | returns | apply | status | pause | resume | back`: a document for many gates, a few first.

Each describes its arguments and calls the part that does the work. Nothing here decides about a gate, and a key is
opened only by `returns`, or where `plan` and `back` are given `--dir`.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from provisioning import broker_address, cli, publishing
from provisioning.connection import Connection
from provisioning.mistake import OperatorError
from provisioning.rollout import book as books
from provisioning.rollout import doing, known, planning, returns, running, selecting, stages, window
from provisioning.rollout.asked import Asked
from provisioning.rollout.book import Course
from provisioning.rollout.sentences import RESTARTS
from provisioning.rollout.views import Views

if TYPE_CHECKING:
    import argparse

    from provisioning.cli import Parser
    from provisioning.desk import Groups
    from provisioning.rollout.book import Book

_DAYS: Final = 365
_FILE: Final = "the rollout's file, as plan wrote it"


def register(groups: Groups) -> None:
    """Add the commands."""
    text = "Bring a signed document to many gates in stages, pause on failures, and bring them back."
    short = "plan, returns, apply, status, pause, resume, back: documents in stages"
    parser = groups.add_parser("rollout", help=short, description=text)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _plan(commands)
    for name, run, online, help_text in (
        ("returns", _run_returns, False, "Sign, ahead of time, what brings gates back to what they went by before."),
        ("apply", _run_apply, True, "Do what was planned, stage by stage; Ctrl-C pauses it."),
        ("resume", _run_resume, True, "Go on after a pause or a kill; what has failed by now counts no more."),
        ("back", _run_back, True, "Bring every gate that was sent the document back to what it went by before."),
        ("status", _run_status, False, "Print how far each gate is, as the file has it."),
        ("pause", _run_pause, False, "Stop before the next gate; what was sent stays sent."),
    ):
        command = commands.add_parser(name, help=help_text, description=help_text)
        if online:
            broker_address.add_broker(command)
        if name in {"returns", "back"}:
            _add_authority(command, required=name == "returns")
        command.add_argument("rollout", type=Path, metavar="ROLLOUT", help=_FILE)
        command.set_defaults(run=run)


def _add_authority(command: Parser, *, required: bool) -> None:
    text = "the authority's folder, to sign what brings gates back"
    command.add_argument("--dir", type=Path, required=required, metavar="D", help=text)
    cli.add_passphrase(command)


def _plan(commands: Groups) -> None:
    """Describe `rollout plan`."""
    text = "Say what a document would change for whom, and write the plan; nothing is sent."
    command = commands.add_parser("plan", help=text, description=text)
    broker_address.add_broker(command)
    _add_authority(command, required=False)
    add = command.add_argument
    add("--out", type=Path, required=True, metavar="ROLLOUT", help="the file to write")
    add("--to", required=True, metavar="WHO", help="gate-1, _area/A, _sector/S or _all, with commas between")
    add("--inventory", type=Path, metavar="F", help="take areas, sectors and gates from it, and only approved gates")
    add("--except", dest="left_out", type=cli.names, default=(), metavar="G,H", help="gates to leave out")
    add("--percent", type=_percent, default=100, metavar="P", help="only so many of a hundred of them")
    text = "how many have come by the end of each (default %(default)s)"
    add("--stages", default=stages.USUAL, metavar="S", help=text)
    add("--settle", type=_seconds, default=600, metavar="S", help="how long a gate must be well (default %(default)s)")
    add("--patience", type=_seconds, default=900, metavar="S", help="how long it may take it (default %(default)s)")
    text = "how long it may be away, or a new alert hold (default %(default)s)"
    add("--grace", type=_seconds, default=60, metavar="S", help=text)
    text = "so many may fail before it pauses; or a share, as 5%% (default %(default)s)"
    add("--tolerate", default="0", metavar="N", help=text)
    add("--at-once", type=_seconds, default=50, metavar="N", help="gates under way at a time (default %(default)s)")
    add("--window", metavar="HH:MM-HH:MM", help="when gates may be touched; needed for what they restart for")
    add("--timezone", default=window.TIMEZONE, metavar="ZONE", help="where that is meant (default %(default)s)")
    add("--any-time", action="store_true", help="in opening hours too")
    add("--before", type=Path, action="append", default=[], metavar="F", help="a document that gates may go by now")
    add("--blob", type=Path, metavar="F", help="what a manifest names (default: FILE with the suffix .blob)")
    add("file", type=Path, metavar="FILE", help="the signed document")
    command.set_defaults(run=_run_plan)


def _percent(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 100:  # noqa: PLR2004  a whole
        raise ValueError(text)
    return number


def _seconds(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 604_800:  # noqa: PLR2004  a week
        raise ValueError(text)
    return number


def _run_plan(arguments: argparse.Namespace) -> int:
    """Look, judge, say, write."""
    cli.refuse_folder(arguments.out)
    if arguments.out.exists():
        line = f"{arguments.out} is there already; another name, or remove it if that rollout is over"
        raise OperatorError(line)
    words, shares = selecting.read(arguments.to), stages.read_stages(arguments.stages)
    course = _course(arguments)
    finished = publishing.read_document(arguments.file, arguments.blob)
    kind = finished.document.kind
    if kind in RESTARTS and course.window is None and not arguments.any_time:
        line = f"gates restart for a {kind} document: say when they may (--window 22:00-05:00), or --any-time"
        raise OperatorError(line)
    before = tuple(publishing.read_document(path, None).data for path in arguments.before)
    views = Views(kind)
    with Connection(broker_address.address_from(arguments), waiting=running.MOST_WAITING) as connection:
        running.look(connection, views)
    places = known.places(views, arguments.inventory, doing.say)
    gates = [gate for gate in selecting.choose(words, places) if gate not in arguments.left_out]
    blob = None if not finished.blobs else str((arguments.blob or arguments.file.with_suffix(".blob")).absolute())
    asked = Asked(finished, gates, places, shares, course, arguments.percent, before, blob)
    plan = planning.plan(asked, views)
    book = plan.book if arguments.dir is None else _signed(plan.book, arguments)
    for line in plan.lines:
        doing.say(line)
    if returns.missing(book):
        doing.say(f"no way back is signed yet: gapura-ops rollout returns {arguments.out} --dir AUTHORITY")
    books.save(arguments.out, book)
    cli.answer(plan.numbers | {"out": str(arguments.out), "returns": len(book.returns)})
    return 0


def _course(arguments: argparse.Namespace) -> Course:
    """Put the rules together; raises OperatorError."""
    tolerance = stages.read_tolerance(arguments.tolerate)
    hours = None if arguments.any_time else arguments.window
    if hours is not None:
        window.read(hours, arguments.timezone)
    return Course(
        settle_s=arguments.settle,
        patience_s=arguments.patience,
        grace_s=arguments.grace,
        tolerate=tolerance.number,
        tolerate_percent=tolerance.percent,
        at_once=arguments.at_once,
        window=hours,
        timezone=arguments.timezone,
    )


def _signed(book: Book, arguments: argparse.Namespace) -> Book:
    """Sign the way back."""
    authority = cli.open_authority(arguments)
    return returns.sign(book, authority, now=cli.now(), valid_days=_DAYS)


def _run_returns(arguments: argparse.Namespace) -> int:
    """Sign what is missing, and write it into the file."""
    with books.alone(arguments.rollout):
        book = _signed(books.load(arguments.rollout), arguments)
        books.save(arguments.rollout, book)
    cli.answer({"returns": len(book.returns), "rollout": str(arguments.rollout)})
    return 0


def _run_apply(arguments: argparse.Namespace) -> int:
    """Begin, or go on after a kill."""
    return doing.apply(arguments.rollout, broker_address.address_from(arguments))


def _run_resume(arguments: argparse.Namespace) -> int:
    """Go on."""
    return doing.resume(arguments.rollout, broker_address.address_from(arguments))


def _run_back(arguments: argparse.Namespace) -> int:
    """Turn round, and sign first what is not signed yet."""
    sign = None if arguments.dir is None else partial(_signed, arguments=arguments)
    return doing.back(arguments.rollout, broker_address.address_from(arguments), sign)


def _run_status(arguments: argparse.Namespace) -> int:
    """Say how it stands."""
    return doing.status(arguments.rollout)


def _run_pause(arguments: argparse.Namespace) -> int:
    """Stop before the next gate."""
    return doing.pause(arguments.rollout)
