"""A gate is retired: whatever is secret of it is wiped, keys first, and the next start is a blank board's.

What happened stays: the journal goes on where it lies until another gate's takes its place, and floors below which no
document is taken again outlive the name. Done again after a kill it comes to the same.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from firmware.control import draft, private, renewing
from firmware.control.draft import CLAIM_FOLDER
from firmware.control.identities import KEY
from firmware.control.keyring import FILE as KEYRING
from firmware.control.shelf import FOLDER

if TYPE_CHECKING:
    from firmware.control.board import Board


def wipe(board: Board) -> None:
    """Wipe every key, the identity last, so that a kill in between leaves a gate that can be told again.

    Raises OSError.
    """
    folder = board.section.state_dir
    private.wipe(folder / FOLDER / KEYRING)
    for name in (draft.FILE, renewing.FILE):
        draft.forget(folder, name)
    for name in (CLAIM_FOLDER, renewing.FOLDER):
        private.wipe(folder / name / KEY)
        shutil.rmtree(folder / name, ignore_errors=True)
    board.identities.wipe()
