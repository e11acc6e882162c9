"""Reading the signed lists a gate goes by: what cannot be believed is left out, said in one line, and denies.

A gate without a usable trust list or policy still runs: it admits nobody and lets everybody out. Floors against
rollback come in from outside; nothing here writes.
"""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from firmware.rules.decide import Rulebook
from firmware.rules.policy import Policy
from firmware.rules.soundness import read_policy
from firmware.signed import strict_json
from firmware.signed.envelope import MAX_BYTES, Document, EnvelopeRefusal, Kind, open_envelope
from firmware.signed.ruling import SILENT, Rulings
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
    """What could be believed and under which root, and a line for everything that could not."""

    trust: TrustSet
    rules: Rulebook
    problems: tuple[str, ...]
    root: bytes | None = None


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


def read_lists(config: Config, now: Instant, rulings: Rulings = SILENT) -> Lists:
    """Read what the configuration names, under the pinned root and what roots have said of keys.

    What is out of time by this clock is said and kept all the same: the clock may be set right while the gate runs, and
    each decision looks at the time again.
    """
    root, said = read_root(config.trust.root)
    trust, rules = _trust(config, root, now, rulings), _policy(config, root, now, rulings)
    problems = tuple(one for one in (said, trust[1], rules[1]) if one is not None)
    return Lists(trust[0], rules[0], problems, root)


def unreadable(what: str, path: Path, error: OSError, remedy: str) -> str:
    """Say in one line that a file cannot be read, and whether it must be made or only be given to the gate's user."""
    if error.errno == errno.EACCES:
        remedy = (
            f"let the gate's user read it: chgrp gapura {path} && chmod 640 {path}, and its folder likewise with 750"
        )
    return f"{what} {path}: {error.strerror}; {remedy}"


def read_root(path: Path) -> tuple[bytes | None, str | None]:
    """Read the pinned root key, and say why there is none."""
    remedy = f"copy the authority's root.pub to {path}"
    try:
        root = parse_root(read_bounded(path))
    except OSError as error:
        return None, unreadable("root key", path, error, remedy)
    return root, None if root is not None else f"root key {path}: is no root key; {remedy}"


def _trust(config: Config, root: bytes | None, now: Instant, rulings: Rulings) -> tuple[TrustSet, str | None]:
    """Read the trust list, and say why it cannot be used, or not now; without a root there is nothing to believe."""
    path = config.trust.list
    try:
        data = read_bounded(path)
    except OSError as error:
        return TrustSet(), unreadable("trust list", path, error, "make it at the desk: gapura-ops trust build")
    if root is None:
        return TrustSet(), None
    at_any_time, loaded = (
        load_envelope(
            data, root=root, gate=config.gate.id, now=at, rulings=rulings, admit_test_keys=config.trust.test_gate
        )
        for at in (None, now)
    )
    trust = at_any_time.trust if isinstance(at_any_time, Loaded) else TrustSet()
    return trust, None if isinstance(loaded, Loaded) else f"trust list {path}: {loaded.line}"


def _policy(config: Config, root: bytes | None, now: Instant, rulings: Rulings) -> tuple[Rulebook, str | None]:
    """Read the policy, and say why it cannot be used, or not now."""
    path = config.trust.policy
    try:
        data = read_bounded(path)
    except OSError as error:
        return Rulebook(), unreadable("policy", path, error, "make it at the desk: gapura-ops policy sign")
    if root is None:
        return Rulebook(), None
    at_any_time, rules = (
        open_policy(data, root=root, gate=config.gate.id, now=at, rulings=rulings) for at in (None, now)
    )
    rulebook = at_any_time if isinstance(at_any_time, Rulebook) else Rulebook()
    return rulebook, None if isinstance(rules, Rulebook) else f"policy {path}: {rules}"


def open_policy(
    data: bytes, *, root: bytes | None, gate: str | None, now: Instant | None, rulings: Rulings = SILENT
) -> Rulebook | str:
    """Open a signed policy; answer the rulebook or one line that says what is wrong."""
    document = open_envelope(data, Kind.POLICY, root=root, gate=gate, now=now, rulings=rulings)
    if isinstance(document, EnvelopeRefusal):
        return f"refused: {document.value}; ask operations for a new one"
    return policy_of(document)


def policy_of(document: Document) -> Rulebook | str:
    """Read the body of a verified policy; answer the rulebook or one line that says what is wrong."""
    policy = read_policy(document.body, document.issued, document.expires)
    if not isinstance(policy, Policy):
        return f"breaks its rules: {'; '.join(policy)}"
    return _rulebook(policy, document)


def plain_policy(data: bytes) -> Rulebook | str:
    """Read a policy's plain JSON, for tools whose operator vouches for the file."""
    value = strict_json.parse(data)
    if value is None:
        return "is neither a signed policy nor JSON without duplicate keys"
    policy = read_policy(value)
    if not isinstance(policy, Policy):
        return f"breaks its rules: {'; '.join(policy)}"
    return Rulebook.unlimited(policy)


def _rulebook(policy: Policy, document: Document) -> Rulebook:
    """Put the policy and its limits together."""
    return Rulebook(policy, document.version, document.issued, document.expires)
