"""Which system libraries the compiled ones in an environment ask for, read out of their own headers.

Pure: the text of `readelf --dynamic --wide` in, sonames out. No library is loaded, so it works for every architecture.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_NEEDED = re.compile(r"\(NEEDED\)\s+Shared library: \[(.+)\]")
_SONAME = re.compile(r"\(SONAME\)\s+Library soname: \[(.+)\]")


def asked_of_the_system(headers: str, files: Iterable[str]) -> list[str]:
    """List the sonames that are needed and neither a file of the environment nor the soname of one."""
    own = {*files, *_SONAME.findall(headers)}
    return sorted(set(_NEEDED.findall(headers)) - own)


def unresolved(sonames: Iterable[str], found: str) -> list[str]:
    """List the sonames that `dpkg --search` (its words are `found`) gives to no package."""
    known = {line.rpartition("/")[2] for line in found.splitlines()}
    return [name for name in sonames if name not in known and not name.startswith("ld-linux")]


def owners(found: str) -> set[str]:
    """Name the packages in the answer of `dpkg --search`; one line can name several."""
    return {name.partition(":")[0] for line in found.splitlines() for name in line.rpartition(": ")[0].split(", ")}
