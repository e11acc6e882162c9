"""`gapura update`: one run of the updater, which ends when there is nothing to do; the service manager starts it.

It opens no line and holds no key of the gate. Exit 0 when all went well, 1 when an order came to nothing, which the
gate reports; 2 where there is no release to begin with.
"""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING

from firmware.commands.mistake import DONE, FAILED, UsageError
from firmware.updating.disk import Disk
from firmware.updating.fetching import Source
from firmware.updating.getting import Board
from firmware.updating.updater import NoReleaseError, Updater
from firmware.updating.wanted import Wishes

if TYPE_CHECKING:
    from argparse import Namespace


def run(options: Namespace, disk: Disk | None = None) -> int:
    """Put the updater together and let it go on as far as it comes; `disk` is where it keeps releases."""
    os.umask(0o022)
    logging.getLogger("tuf").setLevel(logging.WARNING)
    board = Board(os.uname().machine, (sys.version_info.major, sys.version_info.minor), options.config)
    disk = Disk(options.base) if disk is None else disk
    updater = Updater(
        disk,
        Wishes(options.ask, options.root, disk),
        Source(options.ca),
        board,
        root=options.releases_root,
        wait_s=options.wait_s,
    )
    try:
        return DONE if updater.run() else FAILED
    except NoReleaseError as error:
        raise UsageError(str(error)) from error
    except OSError as error:
        msg = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        raise UsageError(msg) from error
