"""The board file: what is wired to a board that is no gate yet, and which gate it has become since.

A configuration without `gate.id` is one. Beside it lies, once a provisioning document was taken, the identity that came
of it; then the gate runs by both, the board's file below and the document's keys above, put together at every start.
"""

from __future__ import annotations

import contextlib
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from firmware.control import first_config, mistakes, private
from firmware.control.documents import read_bounded
from firmware.control.identities import CONFIG, OVERLAY, Identities
from firmware.control.mistakes import MAX_BYTES, Mistake
from firmware.control.setup_section import SetupSection
from firmware.signed import strict_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from firmware.control.config import Config
    from firmware.control.first_config import Values

BLANK: Final = "blank"
"""What a gate without a name is called where something needs one; it is told to nobody."""


@dataclass(frozen=True, slots=True)
class Board:
    """A board file that was found good: its bare values, its [setup], and the identities beside it.

    `gate` is who it has become, None while it is blank.
    """

    path: Path
    values: Values
    section: SetupSection
    identities: Identities
    gate: str | None = None


@dataclass(frozen=True, slots=True)
class Site:
    """What `gapura run` goes by: a configuration, the file that it stands in, and the board if it came of one.

    `problem` says why a board is blank though it was set up once.
    """

    config: Config
    path: Path
    board: Board | None = None
    problem: str | None = None

    @property
    def blank(self) -> bool:
        """Whether this is no gate yet."""
        return self.board is not None and self.board.gate is None


def open_site(path: Path) -> Site | list[Mistake]:
    """Read a configuration file or a board file, and who that board has become."""
    values, blank = _values(path), read_text(path)
    if isinstance(blank, list):
        return blank
    if values is None or not is_board(values):
        return Site(blank, path)
    state_dir = blank.setup.state_dir
    board = Board(path, values, blank.setup, Identities(state_dir))
    become = _become(board)
    return become if isinstance(become, Site) else Site(blank, path, board, become)


def read_text(path: Path) -> Config | list[Mistake]:
    """Read the file alone, whoever the board has become: for whoever may not look at that."""
    values = _values(path)
    return mistakes.read(path) if values is None or not is_board(values) else mistakes.read(path, over=_as_blank)


def is_board(values: Mapping[str, object]) -> bool:
    """Say whether a file leaves open which gate it is."""
    gate = values.get("gate")
    return gate is None or (isinstance(gate, dict) and "id" not in gate)


def _as_blank(values: Values) -> Values:
    """Make a configuration of a board file: nobody's gate, which lets out and admits nobody."""
    try:
        state_dir = SetupSection.model_validate(values.get("setup", {})).state_dir
    except ValidationError:
        return values | {"gate": {"id": BLANK, "area": BLANK}}  # the model says what is wrong with [setup]
    given = values.get("gate")
    folder = state_dir / BLANK
    gate = {"area": BLANK} | (given if isinstance(given, dict) else {}) | {"id": BLANK, "state_dir": str(folder)}
    if gate.get("stage") == "installed":
        gate["stage"] = "active"  # what the gate to come shall be; nobody's gate lets nobody in
    door = values.get("door")
    if isinstance(door, dict) and door.get("posture") == "free_access":
        values = values | {"door": door | {"posture": "secure"}}
    trust = values.get("trust")
    own = dict(trust) if isinstance(trust, dict) else {}
    nothing = {"list": str(folder / "none.cose"), "policy": str(folder / "none.cose")}
    return values | {"gate": gate, "trust": own | nothing, "mqtt": None}


def _become(board: Board) -> Site | str | None:
    """Put board file and identity together; None where there is no identity, a line where it cannot be used."""
    if not board.identities.link.is_symlink():
        return None
    try:
        laid = strict_json.parse(read_bounded(board.identities.link / OVERLAY, MAX_BYTES))
    except OSError as error:
        return f"{board.identities.link}: {error.strerror}; the gate has to be set up anew"
    if laid is None or not board.identities.whole():
        return f"{board.identities.link} is damaged; the gate has to be set up anew"
    values = first_config.merged(board.values, laid, board.section.state_dir, board.identities.link)
    config = first_config.judged(values)
    if isinstance(config, str):
        return f"{board.path} does not fit what this gate was set up as ({config}); mend it, or set the gate up anew"
    path = board.identities.link / CONFIG
    _keep(path, first_config.spelled(values).encode())
    return Site(config, path, Board(board.path, board.values, board.section, board.identities, config.gate.id))


def _keep(path: Path, text: bytes) -> None:
    """Have what holds stand in the file that says so; a disk that does not take it changes nothing of what holds."""
    with contextlib.suppress(OSError):
        if read_bounded(path, MAX_BYTES) != text:
            private.put(path, text)


def _values(path: Path) -> Values | None:
    """Read a file's bare values; None where it is no TOML, which is told by whoever reads it as a configuration."""
    try:
        return tomllib.loads(read_bounded(path, MAX_BYTES).decode("utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
