"""One process runs a gate: who starts it a second time is told so before it touches a line.

The claim is a lock on the state folder itself. It leaves no file, goes with the process however it dies, and is no
reason not to start: a folder that is not there or cannot be locked is the journal's to report.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
from typing import TYPE_CHECKING, Final

from firmware.commands.mistake import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RESTART: Final = "to start it anew: systemctl restart gapura"

log = logging.getLogger(__name__)


@contextlib.contextmanager
def alone(folder: Path, advice: str = RESTART) -> Iterator[None]:
    """Claim the gate while entered; raises UsageError with this advice if another process has it."""
    with contextlib.ExitStack() as stack:
        try:
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            stack.callback(os.close, descriptor)
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            msg = f"the gate of {folder} runs already and goes on; {advice}"
            raise UsageError(msg) from None
        except OSError as error:
            log.debug("%s cannot be claimed: %s", folder, error)
        yield
