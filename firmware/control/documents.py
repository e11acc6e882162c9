"""Reading the signed lists a gate goes by: what cannot be believed is left out, said in one line, and denies.

A gate without a usable trust list or policy still runs: it admits nobody and lets everybody out. Floors against
rollback come in from outside; nothing here writes.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from firmware.rules.decide import Rulebook
from firmware.rules.policy import Policy
from firmware.signed import strict_json
from firmware.signed.envelope import MAX_BYTES, Document, EnvelopeRefusal, Kind, open_envelope, read_body
from firmware.signed.warrant import parse_root
from firmware.trust.keys import TrustSet
from firmware.trust.loading import Loaded, load_envelope

if TYPE_CHECKING:
    from pathlib import Path

    from firmware.control.config import Config
    from firmware.events import Instant

MAX_FILE_BYTES: Final = MAX_BYTES


@dataclass(frozen=True, slots=True)
class Lists:
    """What could be believed, and a line for everything that could not."""

    trust: TrustSet
    rules: Rulebook
    problems: tuple[str, ...]


def read_bounded(path: Path, limit: int = MAX_FILE_BYTES) -> bytes:
    """Read a file that must not be longer than `limit` bytes; raises OSError, also for one that is.

    What is no file is refused without waiting for it: a pipe or a terminal would hold the reader up for ever.
    """
    with open(path, "rb", opener=_at_once) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(0, "is no file")
        data = file.read(limit + 1)
    if len(data) > limit:
        raise OSError(0, f"longer than {limit} bytes")
    return data


def _at_once(path: str, flags: int) -> int:
    """Open without waiting for whoever writes to the other end."""
    return os.open(path, flags | os.O_NONBLOCK)


def read_lists(config: Config, now: Instant) -> Lists:
    """Read what the configuration names, under the pinned root."""
    problems: list[str] = []
    try:
        root = parse_root(read_bounded(config.trust.root))
    except OSError as error:
        problems.append(f"root key {config.trust.root}: {error.strerror}; copy root.pub from the authority")
        return Lists(TrustSet(), Rulebook(), tuple(problems))
    if root is None:
        problems.append(f"root key {config.trust.root}: is no root key; copy root.pub from the authority")
        return Lists(TrustSet(), Rulebook(), tuple(problems))
    trust = _trust(config, root, now)
    rules = _policy(config, root, now)
    problems += [one for one in (trust, rules) if isinstance(one, str)]
    return Lists(
        trust if isinstance(trust, TrustSet) else TrustSet(),
        rules if isinstance(rules, Rulebook) else Rulebook(),
        tuple(problems),
    )


def _trust(config: Config, root: bytes, now: Instant) -> TrustSet | str:
    """Read the trust list, or say why it cannot be used."""
    path = config.trust.list
    try:
        loaded = load_envelope(read_bounded(path), root=root, gate=config.gate.id, now=now)
    except OSError as error:
        return f"trust list {path}: {error.strerror}; make one with gapura-ops trust build"
    return loaded.trust if isinstance(loaded, Loaded) else f"trust list {path}: {loaded.line}"


def _policy(config: Config, root: bytes, now: Instant) -> Rulebook | str:
    """Read the policy, or say why it cannot be used."""
    path = config.trust.policy
    try:
        rules = open_policy(read_bounded(path), root=root, gate=config.gate.id, now=now)
    except OSError as error:
        return f"policy {path}: {error.strerror}; make one with gapura-ops policy sign"
    return rules if isinstance(rules, Rulebook) else f"policy {path}: {rules}"


def open_policy(data: bytes, *, root: bytes | None, gate: str | None, now: Instant | None) -> Rulebook | str:
    """Open a signed policy; answer the rulebook or one line that says what is wrong."""
    document = open_envelope(data, Kind.POLICY, root=root, gate=gate, now=now)
    if isinstance(document, EnvelopeRefusal):
        return f"refused: {document.value}; ask operations for a new one"
    policy = read_body(document, Policy)
    if not isinstance(policy, Policy):
        return f"breaks its rules: {'; '.join(policy)}"
    return _rulebook(policy, document)


def plain_policy(data: bytes) -> Rulebook | str:
    """Read a policy's plain JSON, for tools whose operator vouches for the file."""
    value = strict_json.parse(data)
    if value is None:
        return "is neither a signed policy nor JSON without duplicate keys"
    policy = strict_json.read_as(value, Policy)
    if not isinstance(policy, Policy):
        return f"breaks its rules: {'; '.join(policy)}"
    return Rulebook.unlimited(policy)


def _rulebook(policy: Policy, document: Document) -> Rulebook:
    """Put the policy and its limits together."""
    return Rulebook(policy, document.version, document.issued, document.expires)
