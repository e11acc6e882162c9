"""The board files of the city's doors, as whoever wires a board writes them: pins and readers, and no gate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from provisioning.fleet.example import BOARDS

if TYPE_CHECKING:
    from pathlib import Path

_SIDES: Final = {"pi4-strike": ("outside",)}
_MORE: Final = {
    "pi4-turnstile": "[relay_out]\npin = 27\n[passage_in]\npin = 13\n[passage_out]\npin = 19\n",
}
_KINDS: Final = {board: board.split("-")[1] for board in BOARDS}


def card(board: str, folder: Path) -> str:
    """Write the board file of one of the example's boards; the device lives in `folder`."""
    readers = "".join(
        f'[readers.{side}]\nside = "{side}"\nsocket = "{folder}/{side}.sock"\nuser = "reader-{side}"\n'
        + ("out_of_sight = true\n" if side == "inside" else "")
        for side in _SIDES.get(board, ("outside", "inside"))
    )
    return (
        f'[setup]\nstate_dir = "{folder}/state"\nboot = "{folder}/boot"\n'
        f'[trust]\nroot = "{folder}/root.pub"\nlist = "{folder}/none"\npolicy = "{folder}/none"\n'
        f'[door]\nkind = "{_KINDS[board]}"\n[relay]\npin = 17\n[rex]\npin = 5\n{_MORE.get(board, "")}'
        f'[hardware]\npins = "mock"\n[clock]\nrtc = "none"\n[documents]\nhealthy_s = 1\n{readers}'
    )
