"""A blank board in a folder, for tests: its board file, and what it takes of provisioning documents."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.serialization import Encoding

from firmware.control import board, draft
from firmware.control.board import Board, Site
from firmware.control.setup_tasks import Around, Tasks
from firmware.control.taking import Taking
from firmware.events import Instant
from firmware.signed.ruling import SILENT, Rulings
from hw import board as hardware
from hw.simulated import SimulatedNetwork
from tests.unit.signed import handed
from tests.unit.signed.office import NOW

if TYPE_CHECKING:
    from pathlib import Path

    from firmware.control.draft import Draft

TRUSTED = Instant(NOW.ms, NOW.earliest, NOW.latest, "rtc")


def write(folder: Path, *more: str) -> Path:
    """Write a board file; what it names lies in the folder."""
    (folder / "state").mkdir(exist_ok=True)
    path = folder / "board.toml"
    lines = [
        f'[setup]\nstate_dir = "{folder / "state"}"\nboot = "{folder / "boot"}"',
        '[door]\nkind = "strike"\nunlock_ms = 3000',
        "[relay]\npin = 17",
        "[rex]\npin = 5",
        f'[readers.outside]\nside = "outside"\nsocket = "{folder / "outside.sock"}"',
        '[hardware]\npins = "mock"',
        *more,
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def site(path: Path) -> Site:
    """Open a board file that is good."""
    found = board.open_site(path)
    assert isinstance(found, Site), [str(one) for one in found]
    return found


def opened(path: Path) -> Board:
    """Open the board of a good board file."""
    found = site(path).board
    assert found is not None
    return found


def taking(
    path: Path, now: Instant = TRUSTED, root: bytes | None = handed.OFFICE.root_raw, rulings: Rulings = SILENT
) -> Taking:
    """Take documents at this board."""
    return Taking(opened(path), root, lambda: now, lambda: rulings)


def tasks(path: Path, network: SimulatedNetwork | None = None) -> tuple[Tasks, Taking]:
    """Do the tasks of this board."""
    found = site(path)
    assert found.board is not None
    taken = taking(path)
    around = Around(
        board=found.board,
        config=found.config,
        look=hardware.read,
        boot="boot-1",
        network=network or SimulatedNetwork(),
        now=lambda: TRUSTED,
        settings=None,
    )
    return Tasks(around, taken), taken


def certified(before: Draft) -> Draft:
    """Put a certificate into a draft, as the service would have answered."""
    keyed = before.model_copy(update={"key": draft.new_key()})
    key = keyed.private_key()
    assert key is not None
    now = datetime.fromtimestamp(NOW.earliest, UTC)
    made = handed.CA.certify("gate-1", key.public_key(), valid=timedelta(days=398), now=now)
    return keyed.model_copy(update={"certificate": made.public_bytes(Encoding.DER)})
