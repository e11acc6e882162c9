"""What an operator did wrong, as the lines they will read; the command line turns it into stderr and an exit code."""

from __future__ import annotations

from typing import Final

USAGE: Final = 2
FAILED: Final = 1


class OperatorError(Exception):
    """A mistake the operator can mend: each line says what is wrong and what to do."""

    def __init__(self, *lines: str, exit_code: int = USAGE) -> None:
        """Keep the lines and the exit code that belongs to them."""
        super().__init__("\n".join(lines))
        self.lines = lines
        self.exit_code = exit_code
