"""What git keeps of this checkout, as the tests of the house look at it: paths, texts, modules.

Files that nobody has added yet do not count, and neither does anything that a run leaves behind.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[3]


def tracked() -> tuple[Path, ...]:
    """List every file that git tracks and that still exists, relative to the root."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return tuple(path for name in listed.split("\0") if name and (ROOT / (path := Path(name))).is_file())


def modules() -> tuple[Path, ...]:
    """List every Python file of ours."""
    return tuple(path for path in tracked() if path.suffix == ".py")


def read(path: Path | str) -> str:
    """Read one file as text; bytes that are none are replaced, because pictures are looked through as well."""
    return (ROOT / path).read_text(encoding="utf-8", errors="replace")
