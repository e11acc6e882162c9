"""A policy in a file that somebody names, plain or signed, read by the gate's own model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from firmware.control.documents import open_policy, plain_policy
from firmware.rules.rulebook import Rulebook
from firmware.trust.loading import recognise
from provisioning import documents, files
from provisioning.mistake import OperatorError

if TYPE_CHECKING:
    from pathlib import Path

    from firmware.rules.policy import Policy

SIGNED = "envelope"


def read_policy_file(path: Path) -> Policy:
    """Read a policy: a plain one with every mistake listed by line, a signed one as whoever names it vouches for it."""
    data = files.read(path)
    if recognise(data) != SIGNED:
        try:
            documents.parse_policy(data)
        except OperatorError as error:
            raise OperatorError(*(f"{path}: {line}" for line in error.lines)) from error
        found: Rulebook | str = plain_policy(data)
    else:
        found = open_policy(data, root=None, gate=None, now=None)
    if isinstance(found, Rulebook) and found.policy is not None:
        return found.policy
    line = f"{path}: {found if isinstance(found, str) else 'holds no policy'}"
    raise OperatorError(line)
