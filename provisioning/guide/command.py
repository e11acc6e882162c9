"""`gapura-ops print`: what hangs beside a door or is carried to one, as PDF pages of A4."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from provisioning import cli, files
from provisioning.guide import light_card, privacy
from provisioning.mistake import OperatorError
from provisioning.printing import paper

if TYPE_CHECKING:
    import argparse

    from provisioning.desk import Groups

MOST: Final = 80
"""Letters of a name or an address: what fits on a line or two."""


def register(groups: Groups) -> None:
    """Add the commands."""
    group = groups.add_parser("print", help="print cards and notices", description="Print cards and notices.")
    commands = group.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=cli.Parser)
    text = "Print what the lamps of a gate mean, at the door and while it is set up. Two pages."
    card = commands.add_parser("light-card", help="what the lamps mean", description=text)
    card.add_argument("--out", type=Path, required=True, metavar="F.pdf", help="the file to write")
    card.set_defaults(run=_light_card)
    text = "Print the privacy notice of a door: what the camera does, what is kept and how long, whom to ask."
    notice = commands.add_parser("privacy-notice", help="the notice beside a door", description=text)
    add = notice.add_argument
    add("--office", type=_line, required=True, metavar="NAME", help="who is responsible")
    add("--contact", type=_line, required=True, metavar="TEXT", help="whom people ask: an address or a number")
    add("--keep-days", type=cli.days, default=30, metavar="N", help="journal.keep_days of the gates (default 30)")
    add("--keep-priority-days", type=cli.days, default=90, metavar="N", help="and journal.keep_priority_days (90)")
    add("--health", action="store_true", help="the policy asks for a health status")
    add("--out", type=Path, required=True, metavar="F.pdf", help="the file to write")
    notice.set_defaults(run=_privacy_notice)


def _line(text: str) -> str:
    """Read a line of words."""
    if not 1 <= len(text) <= MOST or not text.isprintable():
        raise ValueError(text)
    return text


def _light_card(arguments: argparse.Namespace) -> int:
    """Print the light card."""
    return _written(arguments.out, light_card.pages(), "Gapura: light card")


def _privacy_notice(arguments: argparse.Namespace) -> int:
    """Print the privacy notice."""
    priority = max(arguments.keep_days, arguments.keep_priority_days)
    office = privacy.Office(arguments.office, arguments.contact, arguments.keep_days, priority, arguments.health)
    return _written(arguments.out, [privacy.page(office)], "Gapura: privacy notice")


def _written(out: Path, pages: list[paper.Page], title: str) -> int:
    """Write pages as PDF."""
    cli.refuse_folder(out)
    if out.suffix.lower() != ".pdf":
        line = f"--out: {out} must end in .pdf"
        raise OperatorError(line)
    files.write(out, paper.pdf(pages, cli.now(), title))
    cli.answer({"out": str(out), "pages": len(pages)})
    return 0
