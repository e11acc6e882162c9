"""`gapura check FILE`: every mistake of a configuration at once, and of the files it names, with what to do.

It opens no pin, and no connection but to a pin keeper; what it finds wrong would also be found at the door, but by
fewer people. What the service manager makes when it starts the gate is no mistake while it is not there yet.
"""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import NameOID

from firmware.commands import check_time, users
from firmware.commands.mistake import DONE, USAGE
from firmware.control import board, mistakes, standing, trial
from firmware.control.board import Site
from firmware.control.config import Config
from firmware.control.documents import read_bounded, unreadable
from firmware.control.ruled import Ruled
from firmware.signed.warrant import parse_root

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from firmware.commands.check_time import Look
    from firmware.events import Instant

OF_THE_UNIT: Final = (Path("/var/lib/gapura"), Path("/run/gapura"))
"""Folders that the gate's unit makes when it starts."""

_ANSWER_S: Final = 2.0


def run(path: Path, now: Instant, look: Callable[[str | None], Look], *, text_only: bool = False) -> int:
    """Print every mistake on stderr, one a line; exit 2 if there is one. `look` looks at the clocks of this machine.

    `text_only` leaves out what the file names: a user who may not see that still learns whether the text is good.
    """
    site = board.read_text(path) if text_only else board.open_site(path)
    if isinstance(site, Config):
        return DONE
    if isinstance(site, Site):
        text = path.read_text(encoding="utf-8")
        looked = _blank(site.config) if site.blank else _beyond_the_text(site.config, now)
        found = [_placed(text, where, says) for where, says in looked]
        remarks, rest = list(_remarks(site, look)), ""
    else:
        found, remarks = [str(one) for one in site], []
        rest = "; the files it names are looked at once its text is good"
    for line in (*found, *remarks):
        sys.stderr.write(f"{path}: {line}\n")
    if not found:
        blank = isinstance(site, Site) and site.blank
        sys.stderr.write(f"{path}: good{': blank, waiting for its codes' if blank else ''}\n")
        return DONE
    sys.stderr.write(f"{path}: {len(found)} mistake{'s' if len(found) > 1 else ''}{rest}\n")
    return USAGE


def _placed(text: str, where: str, says: str) -> str:
    """Put the line that is meant before what is wrong with what it names; a default stands in no line."""
    line = mistakes.line_of(text, where.split("."))
    return f"line {line}: {where}: {says}" if line else f"{where}: {says}"


def _remarks(site: Site, look: Callable[[str | None], Look]) -> Iterator[str]:
    """Say what is no mistake and must be known all the same."""
    config = site.config
    if site.problem is not None:
        yield f"warning: {site.problem}"
    if site.board is not None and site.board.gate is not None:
        yield f"note: this board was set up as {site.board.gate}; what holds stands in {site.path}"
    effective = trial.look(config, site.path)
    if (lies_over := effective.note(site.path)) is not None:
        yield f"note: {lies_over}"
    if (said := Ruled.here(config).note()) is not None:
        yield f"note: {said}"
    yield from _guards_nothing(effective.config)
    if (remark := config.hardware.remark()) is not None:
        yield f"warning: {remark}"
    elif os.geteuid() == 0:
        yield "note: checked as root, who may read everything; sudo -u gapura shows what the gate may"
    named = {config.gate.state_dir, *(reader.socket.parent for reader in config.readers.values())}
    for folder in OF_THE_UNIT:
        if folder in named and not folder.exists():
            yield f"note: {folder} is not there yet; the unit makes it when it starts"
    yield from check_time.remarks(config, look(config.clock.device))


def _guards_nothing(config: Config) -> Iterator[str]:
    """Say what makes a gate let in whom it should not."""
    if config.observing:
        yield "warning: gate.stage is installed: this gate refuses nobody but by posture until it is made active"
    if config.trust.test_gate:
        yield "warning: trust.test_gate is on: this gate believes keys that anybody can sign with, if its list has them"


def _beyond_the_text(config: Config, now: Instant) -> Iterator[tuple[str, str]]:
    """Look at what the file names: folders, users, a pin keeper, signed lists, certificates."""
    yield from _folders(config)
    for problem in users.problems(config):
        where, _, says = problem.partition(": ")
        yield where, says
    kind, _, keeper = config.hardware.pins.partition(":")
    if kind == "keeper" and not _answers(keeper):
        yield "hardware.pins", f"no pin keeper answers there; start it: python -m hw.pinkeeper --socket {keeper}"
    for problem in standing.look(config, now).problems:
        yield "trust", problem
    if config.mqtt is not None:
        yield from _broker_files(config)


def _blank(config: Config) -> Iterator[tuple[str, str]]:
    """Look at what a board file names: it has no lists, no broker and no state yet, and needs the office's root."""
    for problem in users.problems(config):
        where, _, says = problem.partition(": ")
        yield where, says
    try:
        root = parse_root(read_bounded(config.trust.root))
    except OSError as error:
        yield "trust.root", unreadable("root key", config.trust.root, error, "without it no sheet is believed")
        return
    if root is None:
        yield "trust.root", f"{config.trust.root} is no root key; put the authority's root.pub there"


def _folders(config: Config) -> Iterator[tuple[str, str]]:
    """See that the folders are there, but for those that the unit makes, and that state can be kept."""
    state = config.gate.state_dir
    named = {"gate.state_dir": state} | {
        f"readers.{name}.socket": one.socket.parent for name, one in config.readers.items()
    }
    for where, folder in named.items():
        if folder not in OF_THE_UNIT and not os.path.isdir(folder):  # noqa: PTH112  Path.is_dir raises where it may not look
            yield where, f"{folder} is no folder; make it: install -d -o gapura -g gapura -m 711 {folder}"
    if os.path.isdir(state) and not os.access(state, os.R_OK | os.W_OK | os.X_OK):  # noqa: PTH112  as above
        yield "gate.state_dir", f"{state} cannot be written by this user; check as the gate's user: sudo -u gapura"


def _answers(path: str) -> bool:
    """Try whether a pin keeper listens."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
        link.settimeout(_ANSWER_S)
        try:
            link.connect(path)
        except (OSError, ValueError):
            return False
    return True


def _broker_files(config: Config) -> Iterator[tuple[str, str]]:
    """Open the certificates and the key, and see that they are this gate's, belong together and are kept."""
    mqtt = config.mqtt
    if mqtt is None:
        return
    issue = f"python -m provisioning.broker issue gate {config.gate.id} --dir broker"
    data: dict[str, bytes] = {}
    for name, path in (("ca", mqtt.ca), ("certificate", mqtt.certificate), ("key", mqtt.key)):
        try:
            data[name] = read_bounded(path)
        except OSError as error:
            remedy = f"make it at the desk: {issue}, then put it there with install -m 640 -g gapura"
            yield f"mqtt.{name}", unreadable("file", path, error, remedy)
    if len(data) < 3:  # noqa: PLR2004  the three files above
        return
    try:
        x509.load_pem_x509_certificates(data["ca"])
        certificate = x509.load_pem_x509_certificate(data["certificate"])
        key = load_pem_private_key(data["key"], None)
    except (ValueError, TypeError):
        yield "mqtt", f"ca, certificate or key is no PEM file of its kind; make them again: {issue} --replace"
        return
    names = [str(one.value) for one in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    if names != [config.gate.id]:
        made_out = ", ".join(names) or "nobody"
        yield "mqtt.certificate", f"{mqtt.certificate} is made out to {made_out}, not to gate.id; make one: {issue}"
    if certificate.public_key() != key.public_key():
        yield "mqtt.key", f"{mqtt.key} does not belong to {mqtt.certificate}; make both again: {issue} --replace"
    if mqtt.key.stat().st_mode & 0o007:
        yield "mqtt.key", f"{mqtt.key} can be read by everybody; chmod 640 {mqtt.key}"
