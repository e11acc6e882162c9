"""Where the broker is and what proves who we are: options of every command that speaks to it, or one profile.

It reads files and opens no connection.
"""

from __future__ import annotations

import os
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from firmware.signed import strict_json
from firmware.signed.fields import Strict
from provisioning import files
from provisioning.mistake import OperatorError

if TYPE_CHECKING:
    import argparse

DEFAULT_PORT: Final = 8883
_HIGHEST_PORT: Final = 65_535


class Profile(Strict):
    """`broker.json`: the same as the options; files are looked for beside it."""

    broker: str
    ca: str
    cert: str
    key: str


@dataclass(frozen=True, slots=True)
class Address:
    """Where the broker is and what proves who we are."""

    host: str
    port: int
    ca: Path
    certificate: Path
    key: Path


def add_broker(parser: argparse.ArgumentParser) -> None:
    """Add the options by which every command finds the broker."""
    add = parser.add_argument
    add("--broker", metavar="HOST[:PORT]", help=f"the broker (port {DEFAULT_PORT} if none is named)")
    add("--ca", type=Path, metavar="F", help="the certificate of the device CA, which vouches for the broker")
    add("--cert", type=Path, metavar="F", help="this operator's certificate")
    add("--key", type=Path, metavar="F", help="the key that belongs to it")
    text = 'a file {"broker", "ca", "cert", "key"} that says all four (default ~/.config/gapura/broker.json)'
    add("--profile", type=Path, metavar="F", help=text)


def address_from(arguments: argparse.Namespace) -> Address:
    """Put options and profile together; an option outranks the profile. Raises OperatorError for what is missing."""
    said = _profile(arguments.profile)
    given = {name: getattr(arguments, name) or said.get(name) for name in ("broker", "ca", "cert", "key")}
    missing = [f"--{name}" for name, value in given.items() if value is None]
    if missing:
        line = f"{', '.join(missing)}: say which broker and who you are, or name a file with --profile (see --help)"
        raise OperatorError(line)
    host, port = _host_and_port(str(given["broker"]))
    return Address(host, port, *(Path(str(given[name])) for name in ("ca", "cert", "key")))


def _profile(path: Path | None) -> dict[str, str]:
    """Read the profile that is named, or the one that lies where profiles lie."""
    if path is None:
        path = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "gapura" / "broker.json"
        if not path.is_file():
            return {}
    value = strict_json.parse(files.read(path))
    found = strict_json.read_as(value, Profile) if value is not None else ("not one JSON object",)
    if isinstance(found, tuple):
        raise OperatorError(*(f"{path}: {mistake}" for mistake in found))
    beside = {name: str(path.parent / getattr(found, name)) for name in ("ca", "cert", "key")}
    return {"broker": found.broker, **beside}


def _host_and_port(text: str) -> tuple[str, int]:
    """Read `host`, `host:port` or `[v6]:port`."""
    host, colon, digits = text.rpartition(":")
    if not colon or text.endswith("]") or (":" in host and not host.endswith("]")):
        host, digits = text, str(DEFAULT_PORT)
    if not host or not digits.isdecimal() or not 0 < int(digits) <= _HIGHEST_PORT:
        line = f"--broker: {text!r} is no HOST or HOST:PORT"
        raise OperatorError(line)
    return host.strip("[]"), int(digits)


class _TidySocket(ssl.SSLSocket):
    """A socket that is closed when its handshake fails: the MQTT library leaves it open."""

    def do_handshake(self, block: bool = False) -> None:  # noqa: FBT001, FBT002  the library's own
        try:
            super().do_handshake(block)
        except BaseException:
            self.close()
            raise


def context(address: Address) -> ssl.SSLContext:
    """Read our three files; raises OperatorError where they are of no use."""
    for path in (address.ca, address.certificate, address.key):
        files.read(path)
    try:
        made = ssl.create_default_context(cafile=str(address.ca))
        made.minimum_version = ssl.TLSVersion.TLSv1_2
        made.sslsocket_class = _TidySocket
        made.load_cert_chain(address.certificate, address.key, password=lambda: "")
    except (OSError, ValueError) as error:
        line = f"{address.ca}, {address.certificate} and {address.key} cannot be used together: {error}"
        raise OperatorError(line) from error
    return made
