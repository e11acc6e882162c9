"""A gate's journal as a file on somebody's desk: it is opened as a copy, for opening one may write beside it."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES: Final = 8 << 30
"""No journal is larger; what is, is something else."""


class NoJournalError(Exception):
    """What was named is no journal that can be copied; the message says what to do."""


@contextmanager
def copied(path: Path) -> Iterator[Path]:
    """Copy a journal and the log beside it for as long as they are read; what is no plain file is not even opened.

    Raises NoJournalError for what is no plain file of at most MAX_BYTES, cannot be read, or finds no room for its copy.
    """
    with tempfile.TemporaryDirectory(prefix="gapura-journal-") as folder:
        copy = Path(folder) / "journal.db"
        try:
            _copy(path, copy)
        except OSError as error:
            msg = f"cannot read {path}: {error.strerror}; check the path, its permissions and the room for a copy"
            raise NoJournalError(msg) from error
        yield copy


def _copy(path: Path, copy: Path) -> None:
    for suffix in ("", "-wal"):
        source = path.with_name(path.name + suffix)
        if suffix and not source.exists():
            continue
        if not source.is_file() or source.stat().st_size > MAX_BYTES:
            msg = f"{source} is no copy of a journal; name a plain file of at most {MAX_BYTES >> 30} GiB"
            raise NoJournalError(msg)
        shutil.copyfile(source, copy.with_name(copy.name + suffix))
