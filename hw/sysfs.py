"""One value of the kernel's sysfs: a file that holds a line or a number, and may be missing or unreadable."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def text(path: Path) -> str | None:
    """Read one line of ASCII without what surrounds it; None if there is none."""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        return path.read_text(encoding="ascii").strip()
    return None


def number(path: Path) -> int | None:
    """Read one whole number; None if there is none."""
    found = text(path)
    with contextlib.suppress(ValueError):
        return None if found is None else int(found)
    return None
