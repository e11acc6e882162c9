"""`fleet replace`: a dead or lost device goes and its gate stays. One step shuts the old one out and makes new papers.

The ledger first and as one change, so that at no moment two devices count; a running enrolment service brings the
broker's list of revoked certificates after it.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

from firmware.signed import times
from provisioning import area_keys, cli, moments
from provisioning.fleet import inventory
from provisioning.fleet.ledger import Ledger
from provisioning.fleet.lifecycle import State, has_claims
from provisioning.handing.arguments import device_cas
from provisioning.mistake import OperatorError

if TYPE_CHECKING:
    import argparse

    from provisioning.desk import Groups
    from provisioning.handing.papers import Desk, Papers, Terms, Wanted

VALID_DAYS: Final = 14
_DAY_S: Final = 86_400


def register(commands: Groups) -> None:
    """Describe `fleet replace`."""
    text = "Swap a gate's device: revoke what the old one has, and make the papers of a new one."
    command = commands.add_parser("replace", help=text, description=text)
    add = command.add_argument
    add("inventory", type=Path, metavar="F", help="the inventory, CSV or YAML (.yaml, .yml)")
    add("gate", metavar="GATE", help="the gate, whose name stays")
    add("--ledger", type=Path, required=True, metavar="L", help="what has happened to each gate")
    cli.add_folder(command)
    add("--device-ca", type=Path, required=True, metavar="D", help="the folder of device-ca.crt and device-ca.key")
    add("--device-ca-passphrase-file", type=Path, metavar="P", help="a file that holds the passphrase of that key")
    add("--out", type=Path, required=True, metavar="O", help="the papers: a .pdf, .png, .txt or .cose")
    add("--reason", required=True, metavar="TEXT", help="why; it stands in the ledger")
    add("--by", default=None, metavar="WHO", help="who replaces it (default: this machine's user)")
    add("--expires-days", type=cli.days, default=VALID_DAYS, metavar="N", help="how long the papers are good (14)")
    add("--timezone", default="Asia/Jakarta", metavar="Z", help="for the dates on the sheet (default %(default)s)")
    command.set_defaults(run=_run)


def replace(ledger: Ledger, desk: Desk, wanted: Wanted, terms: Terms, why: str) -> tuple[Papers, int]:
    """Revoke a gate's certificates and hand out new papers, all or nothing; returns also how many were revoked.

    Raises OperatorError for a gate that no device was ever meant for, and for one that is suspended or retired.
    """
    with ledger.together():
        standing = ledger.standing(wanted.gate)
        if standing is None or not has_claims(standing.state):
            line = f"{wanted.gate} has had no device; approve it (fleet approve), then make its papers (provision)"
            raise OperatorError(line)
        revoked = ledger.revoke(wanted.gate, terms.now, by=terms.by, why=why)
        if standing.state is not State.APPROVED:
            ledger.move(wanted.gate, State.APPROVED, by=terms.by, why=why, at=terms.now)
        return desk.hand_out(wanted, terms), revoked


def _run(arguments: argparse.Namespace) -> int:
    """Replace, and write the sheet."""
    from provisioning.handing import forms, planning  # noqa: PLC0415  drawing is what only this command needs
    from provisioning.handing.papers import Desk, Terms  # noqa: PLC0415  the same

    forms.refuse(arguments.out, 1, many=False)
    zone = area_keys.zone(arguments.timezone)
    planned = inventory.read(arguments.inventory)
    (plan,) = planning.named(planned, [arguments.gate], ())
    with closing(Ledger.open_existing(arguments.ledger)) as ledger:
        authority, cas = cli.open_authority(arguments), device_cas(arguments)
        terms = Terms(cli.now(), arguments.expires_days * _DAY_S, arguments.by or cli.user())
        papers, revoked = replace(ledger, Desk(authority, *cas, ledger), plan.wanted, terms, arguments.reason)
    subject = plan.subject(papers, planned.name or authority.name, moments.offset_of(zone, papers.expires))
    written = forms.write([forms.Handed(papers, subject)], arguments.out, phone=False, boot=False)
    said = {"claim": papers.claim_id, "expires": times.render(papers.expires), "gate": papers.gate}
    cli.answer({**said, "files": [str(path) for path in written[papers.gate]], "revoked": revoked})
    return 0
