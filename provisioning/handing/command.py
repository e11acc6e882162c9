"""`provision GATE...` and `provision wifi`: papers for gates that are to be set up, from the inventory or by hand.

It describes arguments, puts together what is wanted, and answers a JSON line a gate, in which no secret stands.
"""

from __future__ import annotations

import sys
import tomllib
from typing import TYPE_CHECKING, Final

from firmware.signed import times
from provisioning import area_keys, cli, files, moments, vault
from provisioning.fleet import inventory, lifecycle
from provisioning.fleet.ledger import Ledger
from provisioning.fleet.planned import STAGES
from provisioning.handing import arguments as arguments_of
from provisioning.handing import planning, wifi
from provisioning.handing.papers import Desk, Terms, refusal
from provisioning.mistake import OperatorError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from pathlib import Path

    from provisioning.desk import Groups
    from provisioning.fleet.planned import Inventory
    from provisioning.handing.papers import Papers
    from provisioning.handing.planning import Plan

WIFI: Final = "wifi"


def register(groups: Groups) -> None:
    """Add the command."""
    text = "Make the papers of gates that are to be set up: codes on a sheet, a phone or a terminal, or a file."
    parser = groups.add_parser(
        "provision", help="papers for new gates, and the Wi-Fi code", description=text, usage=arguments_of.USAGE
    )
    parser.set_defaults(run=_run)
    arguments_of.describe(parser)


def _run(arguments: argparse.Namespace) -> int:
    """Run either of both."""
    if arguments.gates[:1] == [WIFI]:
        return _wifi(arguments)
    return _gates(arguments)


def _gates(arguments: argparse.Namespace) -> int:
    """Make the papers of gates, and bring them where they are wanted."""
    from provisioning.handing import forms  # noqa: PLC0415  drawing is what only this command needs

    arguments_of.need(arguments, "--ledger", "--device-ca")
    zone = area_keys.zone(arguments.timezone)
    planned = None if arguments.inventory is None else inventory.read(arguments.inventory)
    plans = _plans(arguments, planned)
    ledger = Ledger.open(arguments.ledger)
    try:
        plans = _ready(plans, ledger, again=arguments.again) if not arguments.gates else plans
        out: Path | None = arguments.out
        forms.refuse(out, len(plans), many=arguments.phone or arguments.boot)
        authority = cli.open_authority(arguments)
        desk = Desk(authority, *arguments_of.device_cas(arguments), ledger)
        terms = Terms(cli.now(), arguments.valid_s, arguments.by or cli.user(), again=arguments.again)
        made = _made(desk, plans, terms)
    finally:
        ledger.close()
    issuer = authority.name if planned is None else planned.name or authority.name
    offset_s = moments.offset_of(zone, made[0].expires)
    handed = [forms.Handed(one, plan.subject(one, issuer, offset_s)) for one, plan in zip(made, plans, strict=True)]
    if out is None:
        forms.draw_on_terminal(made[0].codes, sys.stderr)
        written: dict[str, list[Path]] = {}
    else:
        written = forms.write(handed, out, phone=arguments.phone, boot=arguments.boot)
    for one in made:
        cli.answer(_about(one, written.get(one.gate, [])))
    _remind(made, terms)
    return 0


def _plans(arguments: argparse.Namespace, planned: Inventory | None) -> list[Plan]:
    """Find what is wanted: by name or place in the inventory, or one gate by hand."""
    selected = arguments.every or arguments.sector is not None or arguments.area is not None
    if planned is None:
        if len(arguments.gates) != 1 or arguments.area is None or arguments.every or arguments.sector is not None:
            line = "name an --inventory, or one GATE with its --area and --broker"
            raise OperatorError(line)
        config = None if arguments.config is None else _toml(arguments.config)
        return [
            planning.by_hand(arguments.gates[0], arguments.area, arguments.broker, config, arguments.stage or STAGES[0])
        ]
    if arguments.config is not None:
        line = "--config is for a gate without an inventory; with one, write SECTION.KEY columns"
        raise OperatorError(line)
    if arguments.stage is not None:
        line = "--stage is for a gate without an inventory; with one, write the column stage"
        raise OperatorError(line)
    if bool(arguments.gates) == selected:
        line = "name gates, or say which of the inventory: --all, --sector S, --area A"
        raise OperatorError(line)
    if arguments.gates:
        return planning.named(planned, arguments.gates, arguments.broker)
    return planning.placed(planned, arguments.sector, arguments.area, arguments.broker)


def _ready(plans: list[Plan], ledger: Ledger, *, again: bool) -> list[Plan]:
    """Leave out of many gates those that may have no papers now, and say how many and why.

    One that has a device is given new papers by its name only.
    """
    there = ledger.gates()
    told: dict[Plan, str | None] = {}
    for plan in plans:
        standing = there.get(plan.wanted.gate)
        installed = standing is not None and lifecycle.is_installed(standing.state)
        told[plan] = refusal(standing, plan.wanted, again=again and not installed)
    left = [line for line in told.values() if line is not None]
    if left:
        cli.warn(f"{len(left)} of {len(plans)} gates are left out; the first: {left[0]}")
    ready = [plan for plan, line in told.items() if line is None]
    if not ready:
        line = "no gate is left that may have papers now; see gapura-ops fleet list"
        raise OperatorError(line)
    return ready


def _made(desk: Desk, plans: Sequence[Plan], terms: Terms) -> list[Papers]:
    """Make all papers; the ledger knows each before the next is begun."""
    from provisioning.handing.forms import Progress  # noqa: PLC0415  as above

    progress = Progress("signed", len(plans))
    made: list[Papers] = []
    for plan in plans:
        made.append(desk.hand_out(plan.wanted, terms))
        progress(len(made))
    return made


def _toml(path: Path) -> dict[str, object]:
    """Read keys of a configuration."""
    try:
        return tomllib.loads(files.read(path).decode())
    except ValueError as error:
        line = f"--config: {path}: {error}; mend the TOML there"
        raise OperatorError(line) from error


def _remind(made: Sequence[Papers], terms: Terms) -> None:
    """Say what papers are worth, and when they end earlier than was asked."""
    if made[0].expires < terms.now + terms.valid_s - 60:
        line = "they end earlier than was asked, with a key that vouches for them; see gapura-ops authority status"
        cli.warn(line)
    sys.stderr.write("gapura-ops: whoever has these codes can set the gate up until they are used; keep them as keys\n")


def _about(papers: Papers, written: list[Path]) -> dict[str, object]:
    """Say what was made, without its secret."""
    return {
        "claim": papers.claim_id,
        "codes": len(papers.codes),
        "digest": papers.digest,
        "expires": times.render(papers.expires),
        "files": [str(path) for path in written],
        "gate": papers.gate,
        "version": papers.version,
    }


def _wifi(arguments: argparse.Namespace) -> int:
    """Make the code of a network."""
    from provisioning.handing import forms, sheet, words  # noqa: PLC0415  as above

    arguments_of.need(arguments, "--ssid", "--psk-file")
    out: Path | None = arguments.out
    if len(arguments.gates) > 1 or arguments.boot:
        line = "provision wifi takes no gate and no --file; name gates with --gates G,H"
        raise OperatorError(line)
    if (out is not None and out.suffix.lower() != ".png") or arguments.phone != (out is not None):
        line = "a Wi-Fi code is shown and never printed: --phone --out F.png, or neither for the terminal"
        raise OperatorError(line)
    zone = area_keys.zone(arguments.timezone)
    if out is not None:
        cli.refuse_folder(out)
    password = vault.read_passphrase(arguments.psk_file).decode("utf-8", "replace")
    if vault.readable_by_others(arguments.psk_file):
        cli.warn(f"{arguments.psk_file} can be read by other users; make it yours alone with chmod 600")
    network: dict[str, object] = {"ssid": arguments.ssid, "psk": password, "hidden": arguments.hidden}
    codes, document = wifi.make(cli.open_authority(arguments), network, tuple(arguments.audience), now=cli.now())
    if out is None:
        forms.draw_on_terminal(codes, sys.stderr)
    else:
        ends = sheet.expiry(document.expires, moments.offset_of(zone, document.expires))
        files.write(out, forms.picture(words.WIFI.indonesian, [words.WIFI_WARNING, ends], codes), files.PRIVATE)
    cli.warn("this code holds the Wi-Fi password for everybody who sees it: show it once and delete it")
    said = {"codes": len(codes), "digest": document.digest, "expires": times.render(document.expires)}
    cli.answer(said | {"files": [] if out is None else [str(out)], "gates": list(document.audience)})
    return 0
