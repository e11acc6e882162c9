"""`gapura check FILE`: every mistake of a configuration at once, and of the files it names, with what to do.

It opens no pin and no connection; what it finds wrong would also be found at the door, but by fewer people.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from firmware.commands import users
from firmware.commands.mistake import DONE, USAGE
from firmware.control import mistakes
from firmware.control.config import Config
from firmware.control.documents import read_bounded, read_lists

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from firmware.control.config import MqttSection
    from firmware.events import Instant


def run(path: Path, now: Instant) -> int:
    """Print every mistake on stderr, one a line; exit 2 if there is one."""
    config = mistakes.read(path)
    found = [str(one) for one in config] if isinstance(config, list) else list(_beyond_the_text(config, now))
    for line in found:
        sys.stderr.write(f"{path}: {line}\n")
    if found:
        sys.stderr.write(f"{path}: {len(found)} mistake{'s' if len(found) > 1 else ''}\n")
        return USAGE
    if isinstance(config, Config) and (remark := config.hardware.remark()) is not None:
        sys.stderr.write(f"{path}: warning: {remark}\n")
    sys.stderr.write(f"{path}: good\n")
    return DONE


def _beyond_the_text(config: Config, now: Instant) -> Iterator[str]:
    """Look at what the file names: folders, users, signed lists, certificates."""
    if not config.gate.state_dir.is_dir():
        yield f"gate.state_dir: {config.gate.state_dir} is no folder; create it, owned by the gate's user"
    for name, reader in config.readers.items():
        if not reader.socket.parent.is_dir():
            yield f"readers.{name}.socket: {reader.socket.parent} is no folder; create it, as the gate's unit does"
    yield from users.problems(config)
    yield from read_lists(config, now).problems
    if config.mqtt is not None:
        yield from _broker_files(config.mqtt)


def _broker_files(mqtt: MqttSection) -> Iterator[str]:
    """Open the certificates and the key, and see that they belong together and are nobody else's to read."""
    data: dict[str, bytes] = {}
    for name in ("ca", "certificate", "key"):
        path = getattr(mqtt, name)
        try:
            data[name] = read_bounded(path)
        except OSError as error:
            yield f"mqtt.{name}: {path}: {error.strerror}; the enrolment of the gate makes it"
    if len(data) < 3:  # noqa: PLR2004  the three files above
        return
    try:
        x509.load_pem_x509_certificates(data["ca"])
        certificate = x509.load_pem_x509_certificate(data["certificate"])
        key = load_pem_private_key(data["key"], None)
    except (ValueError, TypeError) as error:
        yield f"mqtt: a certificate or the key cannot be read ({error}); enrol the gate again"
        return
    if certificate.public_key() != key.public_key():
        yield f"mqtt.key: {mqtt.key} does not belong to {mqtt.certificate}; enrol the gate again"
    if mqtt.key.stat().st_mode & 0o007:
        yield f"mqtt.key: {mqtt.key} can be read by everybody; chmod 640 {mqtt.key}"
