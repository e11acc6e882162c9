"""How a command ends early: one line on stderr that says what to do, and the exit code of the contract."""

from __future__ import annotations

from typing import Final

DONE: Final = 0
FAILED: Final = 1
USAGE: Final = 2
RESTART: Final = 3
"""The gate ended because somebody entitled ordered a restart; its service manager starts it again."""
INTERRUPTED: Final = 130


class UsageError(Exception):
    """Bad usage, configuration, trust or policy: exit 2 with this one line."""
