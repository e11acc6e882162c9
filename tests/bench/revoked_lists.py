"""Lists of five million made-up revoked passes, for the parts of the benchmark that need one."""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING, Final

from firmware.trust import revocation_writing
from firmware.trust.revocation_ids import NameKind

if TYPE_CHECKING:
    from firmware.trust.revocation_writing import Entries

DISK: Final = Path("/var/tmp")  # noqa: S108  kept over a restart, so never memory; the folders below it are private
SHARES: Final = {
    NameKind.CTI: 1_000_000,
    NameKind.UCI: 1_500_000,
    NameKind.COUNTRY_UCI: 500_000,
    NameKind.SIGNATURE: 2_000_000,
}
ENTRIES: Final = sum(SHARES.values())
KEPT: Final = 20_000

Sample = dict[NameKind, list[bytes]]
"""Names of each kind that are on the list."""


def hashes(seed: int, kind: NameKind, count: int) -> list[bytes]:
    """Make up hashes, the same for the same seed."""
    data = random.Random(f"{seed} {kind}").randbytes(16 * count)  # noqa: S311  no secrets
    return [data[at : at + 16] for at in range(0, len(data), 16)]


def gathered(seed: int) -> dict[NameKind, Entries]:
    """Gather the entries of a list as the desk does."""
    found: dict[NameKind, Entries] = {}
    for kind, count in SHARES.items():
        entries: Entries = {}
        for name in hashes(seed, kind, count):
            revocation_writing.add(entries, name)
        found[kind] = entries
    return found


def sample(seed: int) -> Sample:
    """Name some that are on the list of a seed."""
    return {kind: hashes(seed, kind, count)[:: count // KEPT] for kind, count in SHARES.items()}


def write(path: Path, seed: int) -> Sample:
    """Write a list, and return some of what is on it."""
    path.write_bytes(revocation_writing.build(gathered(seed)))
    return sample(seed)
