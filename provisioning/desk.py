"""The commands of the authority's desk: `trust build` and `pass issue`.

Each describes its arguments and calls the part that does the work. Keys, documents and passes are decided there.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from firmware.signed import times
from provisioning import certified, cli, documents, files, foreign_issuers, holder_keys, issuing, moments, presenting
from provisioning.mistake import OperatorError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping

    from provisioning.cli import Parser
    from provisioning.documents import Sealed

    Groups = argparse._SubParsersAction[Parser]  # noqa: SLF001  argparse gives this type no public name

_SUFFIXES: Final = (".png", ".svg", ".pdf", ".txt")
LONG_S: Final = 366 * documents.DAY_S
"""For how far ahead a pass is issued without a warning."""


def register(groups: Groups) -> None:
    """Add the desk's commands."""
    _trust(groups)
    _pass(groups)


def _command(groups: Groups, group: str, name: str, run: Callable[[argparse.Namespace], int], text: str) -> Parser:
    """Add one command in a group of its own."""
    parser = groups.add_parser(group, help=f"{name}: {text[0].lower()}{text[1:].rstrip('.')}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    return _described(commands, name, run, text)


def _described(commands: Groups, name: str, run: Callable[[argparse.Namespace], int], text: str) -> Parser:
    """Add one command that opens the authority."""
    command = commands.add_parser(name, help=text, description=text)
    command.set_defaults(run=run)
    cli.add_folder(command)
    return command


def _trust(groups: Groups) -> None:
    """Describe `trust build`."""
    command = _command(groups, "trust", "build", _build, "Sign the trust list that gates load, from issuers.json.")
    add_document(command, valid_days=180)
    text = (
        "also trust the issuers in this file of others: a JWKS (ISSUER=F where it does not say whose), the directory of"
        " card issuers, a DID document such as WHO's, certificates (PEM, DER); repeatable"
    )
    command.add_argument("--issuer-file", action="append", default=[], metavar="F", help=text)
    text = "keep keys that sign published test data, for gates with trust.test_gate; any other gate leaves them out"
    command.add_argument("--test-keys", action="store_true", help=text)
    text = "the key (a JWK) that has to have signed a DID document, by its verification method; repeatable"
    command.add_argument("--pin", action="append", default=[], metavar="METHOD=F", help=text)


def _build(arguments: argparse.Namespace) -> int:
    """Build the trust list."""
    refuse_folders(arguments)
    pinned = dict(foreign_issuers.pin(text) for text in arguments.pin)
    authority = cli.open_authority(arguments)
    now, own = cli.now(), authority.issuers()[0]
    foreign = foreign_issuers.read(arguments.issuer_file, pinned, own, now=now, test_keys=arguments.test_keys)
    sys.stderr.writelines(f"{note}\n" for note in foreign.notes)
    sealed = documents.build_trust(
        authority,
        now=now,
        valid_days=arguments.valid_days,
        apart=arguments.blob is not None,
        foreign=foreign.trust if arguments.issuer_file else None,
        test_keys=arguments.test_keys,
    )
    told = {"issuer_files": foreign.taken} if foreign.taken else {}
    return deliver(sealed, arguments, wanted=now + arguments.valid_days * documents.DAY_S, told=told)


def add_document(command: Parser, valid_days: int) -> None:
    """Add what every signed document takes."""
    command.add_argument("--out", type=Path, required=True, metavar="F", help="the file to write")
    text = "how long it holds (default %(default)s)"
    command.add_argument("--valid-days", type=cli.days, default=valid_days, metavar="N", help=text)
    text = "sign a manifest, and write the document itself to F: for doc publish, where it is too long for one message"
    command.add_argument("--blob", type=Path, metavar="F", help=text)


def refuse_folders(arguments: argparse.Namespace) -> None:
    """Refuse what cannot be written, before a version is taken for it."""
    cli.refuse_folder(arguments.out)
    if arguments.blob is not None:
        cli.refuse_folder(arguments.blob)


def deliver(
    sealed: Sealed, arguments: argparse.Namespace, *, wanted: int, told: Mapping[str, object] | None = None
) -> int:
    """Write a document and say what it is, and when it ends before the wanted time; `told` is said besides."""
    out: Path = arguments.out
    if sealed.content:
        files.write(arguments.blob, sealed.content)
    files.write(out, sealed.data)
    document = sealed.document
    if document.expires < wanted:
        end = times.render(document.expires)
        cli.warn(f"--valid-days was cut: the warrant of the key that signs ends on {end}, and the document with it")
    cli.answer(
        {
            "digest": document.digest,
            "expires": times.render(document.expires),
            "kind": document.kind.value,
            "out": str(out),
            "version": document.version,
            **(told or {}),
        }
    )
    return 0


def _pass(groups: Groups) -> None:
    """Describe `pass issue`, and have `pass present` described."""
    text = "Issue a pass: printable (.png, .svg, .pdf), its code alone (.txt), or drawn on the terminal."
    told = f"issue: {text[0].lower()}{text[1:].rstrip('.')}; present: show one as its holder's wallet does"
    parser = groups.add_parser("pass", help=told)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    presenting.register(commands)
    command = _described(commands, "issue", _issue, text)
    add = command.add_argument
    add("--class", dest="pass_class", required=True, metavar="C", help="staff, visitor, contractor, escort, ...")
    add("--areas", type=cli.names, required=True, metavar="A,B", help="the areas it opens")
    add(
        "--from", dest="begins", required=True, metavar="T", help="from when on it is good, like 2026-01-05T08:00+07:00"
    )
    add("--until", dest="ends", required=True, metavar="T", help="the first moment at which it is over")
    add("--entries", type=int, metavar="N", help="how many entries it is good for (default any number)")
    add("--gates", type=cli.names, default=(), metavar="G,H", help="only these gates (default all of its areas)")
    add("--accessible", action="store_true", help="the door gives more time")
    add("--health-ok-until", metavar="T", help="until when the holder's health status was found good")
    text = (
        "the public key of its holder's wallet (P-256, PEM or JWK): it counts only as that wallet shows it; needs F.txt"
    )
    add("--holder-key", type=Path, metavar="F", help=text)
    certified.add_arguments(command)
    add("--out", type=Path, metavar="F", help="F.png, F.svg, F.pdf or F.txt (default: draw on the terminal)")


def _issue(arguments: argparse.Namespace) -> int:
    """Issue one pass."""
    out: Path | None = arguments.out
    if out is not None:
        cli.refuse_folder(out)
        cli.refuse_suffix(out, _SUFFIXES)
        if arguments.holder_key is not None and out.suffix.lower() != ".txt":
            line = f"--out: {out} must end in .txt, because a pass with --holder-key on paper opens nothing"
            raise OperatorError(line)
    begins = moments.parse(arguments.begins, "--from")
    ends = moments.parse(arguments.ends, "--until")
    health: str | None = arguments.health_ok_until
    good = certified.health_ok_until(arguments, certified.Stay(arguments.areas, begins.seconds, ends.seconds))
    order = issuing.Order(
        pass_class=arguments.pass_class,
        areas=arguments.areas,
        not_before=begins.seconds,
        expires=ends.seconds,
        gates=arguments.gates,
        entries=arguments.entries,
        health_ok_until=good if health is None else moments.parse(health, "--health-ok-until").seconds,
        accessible=arguments.accessible,
        holder_key=None if arguments.holder_key is None else holder_keys.read_point(arguments.holder_key),
    )
    issuing.check(order)
    authority = cli.open_authority(arguments)
    issued = issuing.open_desk(authority).issue(order, now=cli.now())
    if order.expires <= cli.now():
        cli.warn("this pass is over already")
    if order.expires > cli.now() + LONG_S:
        cli.warn("this pass is good for more than a year; only its reference in a policy's `blocked` ends it sooner")
    _print_pass(issued, authority.name, begins.offset_s, out)
    cli.answer(_about(issued, out))
    return 0


def _print_pass(issued: issuing.Issued, issuer: str, offset_s: int, out: Path | None) -> None:
    """Bring a pass to paper, to a file or to the terminal."""
    from provisioning.printing import page  # noqa: PLC0415  drawing is what only this command needs

    if out is None:
        page.draw_on_terminal(issued, sys.stderr)
    else:
        files.write(out, page.render(issued, issuer, offset_s, out.suffix.lower()), files.PRIVATE)


def _about(issued: issuing.Issued, out: Path | None) -> dict[str, object]:
    """Say what was issued, without anything that would open a door."""
    claims = issued.claims
    return {
        "areas": list(claims.areas),
        "class": claims.pass_class,
        "cti_sha256": issued.pass_id_sha256,
        "entries": claims.entries,
        "expires": times.render(claims.expires),
        "not_before": times.render(claims.not_before),
        "out": None if out is None else str(out),
        "reference": issued.reference,
        "sha256": issued.sha256,
    }
