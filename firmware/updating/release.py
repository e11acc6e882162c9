"""What a release is called: its version, how versions stand in order, and its file in a repository. Pure."""

from __future__ import annotations

import re
from typing import Final

PATTERN: Final = r"^[0-9]{1,4}\.[0-9]{1,4}\.[0-9]{1,4}(?:(?:a|b|rc|\.dev)[0-9]{1,4})?$"
"""A version as it is written in `pyproject.toml`: a part of PEP 440 in which there is one spelling of each."""

_PARTS: Final = re.compile(r"(\d+)\.(\d+)\.(\d+)(?:(a|b|rc|\.dev)(\d+))?\Z", re.ASCII)
_STAGES: Final = {".dev": 0, "a": 1, "b": 2, "rc": 3, None: 4}

Rank = tuple[int, int, int, int, int]


def rank(version: str) -> Rank:
    """Put a version in order: what comes before a release is older than it; another spelling is a bug of the caller."""
    match = _PARTS.fullmatch(version)
    if match is None:
        raise ValueError(version)
    major, minor, patch, stage, number = match.groups()
    return int(major), int(minor), int(patch), _STAGES[stage], int(number or 0)


def target(version: str, machine: str, python: tuple[int, int]) -> str:
    """Name the file of a release for one kind of board, as `uname -m` and its Python's minor version say.

    An environment has its libraries compiled in: one for Debian 12 does not start on Debian 13.
    """
    return f"{version}/{machine}-cp{python[0]}{python[1]}.tar.gz"
