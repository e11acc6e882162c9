"""The trust lists and the policy that `inspect` and `simulate` were given on their command line.

The operator who names a file vouches for it, so no root is pinned here; but all signed files must stand under one
root, and a file that cannot be used ends the command with one line.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from firmware.commands import revoked
from firmware.commands.mistake import UsageError
from firmware.control.documents import MAX_FILE_BYTES, open_policy, plain_policy, read_bounded
from firmware.rules.decide import Rulebook
from firmware.signed import times
from firmware.signed.envelope import Document, Kind, open_envelope
from firmware.signed.ruling import SILENT, Ruling, Rulings, read_ruling
from firmware.trust import unsigned
from firmware.trust.keys import TrustSet, merge
from firmware.trust.loading import Loaded, load, recognise

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Given:
    """What the command line gave; `rules` without a policy means that none was named.

    `root` stands behind the trust lists, if they are signed; `rulings` are what it says of the keys under it.
    """

    trust: TrustSet
    rules: Rulebook
    root: bytes | None = None
    rulings: Rulings = SILENT


def given(
    trust_files: list[Path],
    policy_file: Path | None,
    *,
    then: Sequence[Path] = (),
    authority: Path | None = None,
    revocations: Path | None = None,
    test_keys: bool = False,
) -> Given:
    """Load all of it; raises UsageError with the file's name and what is wrong.

    The policies in `then` take over one after the other, each at its own time (`effective`).
    """
    rulings = SILENT if authority is None else Rulings((_load_authority(authority),))
    loaded = [load_trust(path, rulings, test_keys=test_keys) for path in trust_files]
    roots = {one.root for one in loaded if one.root is not None}
    if len(roots) > 1:
        msg = "the trust lists stand under different roots; name only those of one authority"
        raise UsageError(msg)
    root = next(iter(roots), None)
    rules = Rulebook() if policy_file is None else load_policy(policy_file, root, rulings)
    for path in then:
        rules = replace(load_policy(path, root, rulings), earlier=(rules, *rules.earlier))
    if revocations is not None:
        rules = rules.knowing(0, revoked.given(revocations))
    elif any(map(_wants_revocations, (rules, *rules.earlier))):
        sys.stderr.write("no --revocations: judged as if the list that the policy asks for were here, and empty\n")
    return Given(merge([one.trust for one in loaded]), rules, root, rulings)


def _wants_revocations(rules: Rulebook) -> bool:
    """Say whether a policy lets a class in by no list of revoked passes that is too old or not there."""
    classes = () if rules.policy is None else rules.policy.classes.values()
    return any(rule.limits is not None and rule.limits.revocations_s is not None for rule in classes)


def moment(text: str) -> int:
    """Read `--at` as Unix seconds, in any spelling that the desk takes too."""
    found = times.parse_written(text)
    if found is None:
        msg = f"--at: {text!r} is no time with an offset; write it like 2026-01-05T08:00+07:00"
        raise UsageError(msg)
    return found[0]


def _read(path: Path, what: str, limit: int = MAX_FILE_BYTES) -> bytes:
    """Read a named file or end the command."""
    try:
        return read_bounded(path, limit)
    except OSError as error:
        msg = f"{what} {path}: {error.strerror}; check the path"
        raise UsageError(msg) from error


def _load_authority(path: Path) -> Ruling:
    """Load what a root says of the keys under it."""
    document = open_envelope(_read(path, "authority document"), Kind.AUTHORITY, root=None, gate=None, now=None)
    if not isinstance(document, Document):
        msg = f"authority document {path}: refused: {document.value}; name one that gapura-ops authority wrote"
        raise UsageError(msg)
    found = read_ruling(document.body, document.root)
    if not isinstance(found, Ruling):
        msg = f"authority document {path}: breaks its rules: {'; '.join(found)}"
        raise UsageError(msg)
    return found


def load_trust(path: Path, rulings: Rulings = SILENT, *, test_keys: bool = False) -> Loaded:
    """Load one trust file of any form known here."""
    loaded = load(_read(path, "trust list", unsigned.MAX_BYTES), admit_test_keys=test_keys, rulings=rulings)
    if isinstance(loaded, Loaded):
        sys.stderr.writelines(f"trust list {path}: {note}\n" for note in loaded.notes)
        return loaded
    msg = f"trust list {path}: {loaded.line}"
    raise UsageError(msg)


def load_policy(path: Path, root: bytes | None = None, rulings: Rulings = SILENT) -> Rulebook:
    """Load a policy, signed or as plain JSON; its beginning is not held against a time given on the command line."""
    data = _read(path, "policy")
    signed = recognise(data) == "envelope"
    rules = open_policy(data, root=root, gate=None, now=None, rulings=rulings) if signed else plain_policy(data)
    if isinstance(rules, Rulebook):
        return replace(rules, issued=0, revocations_issued=0)
    msg = f"policy {path}: {rules}"
    raise UsageError(msg)
