"""That a gate was put into service from afar stays so: no document, and none that is taken back, undoes it.

A file whose gate is installed is remembered, by its digest, once a kept configuration has made that gate active; of a
gate that was set up by a sheet it is the sheet's document, for the file is put together anew at each start. Only
another one begins anew, and that is a technician's work or a new provisioning. What cannot be read means active: a
damaged card opens no door.
"""

from __future__ import annotations

import hashlib
import logging
from typing import TYPE_CHECKING, Final

from firmware.control.digested import vouch, vouched
from firmware.control.documents import read_bounded
from firmware.control.identities import DOCUMENT
from firmware.control.mistakes import MAX_BYTES
from firmware.control.shelf import FOLDER, put

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from firmware.control.config import Config

log = logging.getLogger(__name__)

FILE: Final = "active"
_FILE_BYTES: Final = 256


def in_service(file: Config, path: Path) -> Config:
    """Give a file's configuration as it holds: active where this very file's gate was made active before."""
    if not file.observing or not _remembered(file, path):
        return file
    return file.model_copy(update={"gate": file.gate.model_copy(update={"stage": "active"})})


def base_in_service(base: Mapping[str, object], file: Config) -> Mapping[str, object]:
    """Give the file's bare values the stage that holds, so that no document lies over another."""
    gate = base.get("gate")
    return base if file.observing or not isinstance(gate, dict) else {**base, "gate": gate | {"stage": "active"}}


def remember(file: Config, path: Path) -> None:
    """Write down that this file's gate is active; a disk that fails is tried again at the next start."""
    try:
        if not _remembered(file, path):
            (file.gate.state_dir / FOLDER).mkdir(mode=0o700, exist_ok=True)
            put(_place(file), vouch(_digest(path)))
    except OSError as error:
        log.warning("that this gate is active could not be written down: %s", error)


def _remembered(file: Config, path: Path) -> bool:
    """Say whether it is written down of this file, or of one that cannot be read any more."""
    try:
        written = vouched(read_bounded(_place(file), _FILE_BYTES))
        return written is None or written == _digest(path)
    except FileNotFoundError:
        return False
    except OSError as error:
        log.warning("whether this gate was made active cannot be read, so it is active: %s", error)
        return True


def _place(file: Config) -> Path:
    return file.gate.state_dir / FOLDER / FILE


def _digest(path: Path) -> bytes:
    """Name the file, or the document that it came of."""
    document = path.with_name(DOCUMENT)
    return hashlib.sha256(read_bounded(document if document.is_file() else path, MAX_BYTES)).hexdigest().encode("ascii")
