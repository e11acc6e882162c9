"""A process that makes a list of revoked passes of its base and a delta, over and over, until it is killed.

Run as `python -m tests.unit.control.bridging FOLDER`, where base and delta lie under their names.
"""

from __future__ import annotations

import sys
from pathlib import Path

from firmware.control import manifest
from firmware.control.manifest import Blob
from firmware.control.partial import blob_path
from firmware.control.revocation_files import bridged
from tests.revoking import delta_of, listed
from tests.unit.control.reading_room import manifest_of


def main() -> None:
    """Make it, throw it away, make it again."""
    folder = Path(sys.argv[1])
    before, after = listed(range(20_000)), listed(range(40, 20_040))
    blob, delta = (manifest.read(manifest_of(data)) for data in (after, delta_of(before, after)))
    assert isinstance(blob, Blob)
    assert isinstance(delta, Blob)
    sys.stdout.write("begun\n")
    sys.stdout.flush()
    while bridged(folder, blob, delta):
        blob_path(folder, blob.sha256).unlink()


if __name__ == "__main__":
    main()
