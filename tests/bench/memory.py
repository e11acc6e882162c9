"""How much memory a process holds, by the kernel's own account.

Resident counts shared pages in full, proportional by how many processes share them. It only reads.
"""

from __future__ import annotations

import math
import resource
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

BESIDE: Final = {
    "a bare interpreter": "",
    "the gate's libraries": "import cbor2, gpiozero, paho.mqtt.client, pydantic, sqlite3\n"
    "from cryptography.hazmat.primitives.asymmetric import ed25519",
    "the reader's libraries": "import numpy, zxingcpp\nfrom PIL import Image",
}
_SELF = """
import sys
{imports}
sys.stdout.write(open("/proc/self/smaps_rollup").read())
"""


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident and proportional size in MB (10^6 bytes)."""

    resident_mb: float
    proportional_mb: float


def of(pid: int) -> Memory:
    """Read the memory of a process of ours; a gate lets only root look closer than at what is resident."""
    try:
        return _parsed(Path(f"/proc/{pid}/smaps_rollup").read_text("ascii"))
    except PermissionError:
        pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
        return Memory(pages * resource.getpagesize() / 1e6, math.nan)


def after_importing(imports: str) -> Memory:
    """Start an interpreter that only imports and read its memory."""
    argv = [sys.executable, "-c", _SELF.format(imports=imports)]
    return _parsed(subprocess.run(argv, check=True, capture_output=True, text=True).stdout)


def _parsed(rollup: str) -> Memory:
    sizes = {line.split(":")[0]: int(line.split()[1]) * 1024 / 1e6 for line in rollup.splitlines()[1:]}
    return Memory(sizes["Rss"], sizes["Pss"])
