"""The two phases of a configuration that operations desire: tried once, then kept or taken back by itself.

What is tried is written down before, and that it is tried too: whatever ends the process in the middle, the next start
goes back to what was good. Where the way to the broker changes, only a connection proves the new one good.
"""

from __future__ import annotations

import contextlib
import logging
import tomllib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from firmware.control import turned_down
from firmware.control.activation import base_in_service, in_service, remember
from firmware.control.desired import Held, Refusal, Turned, Whose, in_force, read
from firmware.control.documents import MAX_FILE_BYTES, read_bounded
from firmware.control.mistakes import MAX_BYTES
from firmware.control.remote import keys, lay_over
from firmware.control.ruled import Ruled
from firmware.control.shelf import FOLDER, Shelf, put, sync
from firmware.signed.envelope import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from firmware.control.config import Config
    from firmware.signed.ruling import Rulings

log = logging.getLogger(__name__)

DOCUMENT: Final = "trial.cose"
TRIED: Final = "trial.tried"

OFFER_MS: Final = 10_000
"""How long after a disk did not take a good configuration it is given another chance to."""


@dataclass(frozen=True, slots=True)
class Effective:
    """The configuration this run goes by; `trial` is the document on trial in it, `before` what holds without it.

    `base` are the bare values of the file, over which every document lies, and `groups` the file's own. `installed` is
    the file and where it stands, if what is on trial makes its gate active.
    """

    config: Config
    before: Config
    base: Mapping[str, object]
    standing: Held | None = None
    trial: Held | None = None
    problem: str | None = None
    groups: frozenset[str] | None = None
    installed: tuple[Config, Path] | None = None

    @property
    def version(self) -> int:
        """The version of the document that lies over the file; 0 for the file alone."""
        held = self.standing if self.trial is None or self.trial.withdrawn else self.trial
        return 0 if held is None else held.document.version

    def note(self, path: Path) -> str | None:
        """Say what lies over the file, for whoever reads or changes it."""
        if self.problem is not None:
            return self.problem
        held = self.trial or self.standing
        if held is None:
            return None
        what = f"config document version {held.document.version}"
        said = "is on trial" if self.trial is not None else "is in force"
        if held.withdrawn:
            return f"{what} {said}: it takes back what lay over {path} for {held.scope}"
        return f"{what} {said} over {path}: {', '.join(keys(held.document.body))}"


def look(file: Config, path: Path, withdrawn: Held | None = None) -> Effective:
    """Say what this gate goes by, and change nothing: the file, and over it the document that was kept.

    With `withdrawn` it is what the gate would go by if that document took back what its scope says.
    """
    file = in_service(file, path)
    base = base_in_service(_base(path), file)
    shelf, whose = _shelf(file)
    kept = shelf.held(Kind.CONFIG)
    standing = in_force((one for one in kept if withdrawn is None or one.scope != withdrawn.scope), whose)
    if standing is None:
        return Effective(file, file, base, groups=file.gate.every_group)
    config = lay_over(base, standing.document.body)
    if isinstance(config, Turned):
        what = f"config document version {standing.document.version}"
        problem = f"{what} does not fit {path} ({config}); the file alone holds"
        return Effective(file, file, base, problem=problem, groups=file.gate.every_group)
    return Effective(config, config, base, standing, groups=file.gate.every_group)


def begin(file: Config, path: Path) -> Effective:
    """Begin a run: take what waits to be tried, once, or go back from what was tried when the last run ended."""
    kept = look(file, path)
    if file.observing and not kept.config.observing:
        remember(file, path)
    shelf, whose = _shelf(file)
    try:
        held = read(read_bounded(shelf.folder / DOCUMENT, MAX_FILE_BYTES), Kind.CONFIG, whose)
    except OSError:
        return kept
    if not isinstance(held, Held) or not shelf.admits(held) or shelf.floor(Kind.CONFIG, held.scope) == held.floor:
        _clear(shelf.folder)
        return kept
    if (shelf.folder / TRIED).exists():
        turn_down(shelf.folder, held, Turned.INTERRUPTED)
        return kept
    without = look(file, path, held) if held.withdrawn else kept
    config = without.config if held.withdrawn else lay_over(kept.base, held.document.body)
    if isinstance(config, Turned):
        turn_down(shelf.folder, held, config)
        return kept
    try:
        put(shelf.folder / TRIED, b"")
    except OSError as error:
        log.warning("config document version %d cannot be tried: %s", held.document.version, error)
        return kept
    installed = (file, path) if file.observing and not config.observing else None
    return replace(without, config=config, before=kept.config, trial=held, installed=installed)


def turn_down(folder: Path, held: Held, why: Refusal) -> None:
    """Write down that a configuration is not tried again, and forget it; a disk that fails leaves it tried."""
    log.error("config document version %d is taken back: %s", held.document.version, why)
    with contextlib.suppress(OSError):
        turned_down.note(folder, held, why)
        _clear(folder)


class Trial:
    """The trial of one run, and the wish for the next; it belongs to the library's thread."""

    def __init__(
        self, effective: Effective, begun_ms: int, *, restart: Callable[[], object], at_rest: Callable[[], bool]
    ) -> None:
        """Take what this run goes by; `restart` ends the process in order, `at_rest` says that nobody is passing."""
        documents = effective.config.documents
        self._effective, self._begun_ms = effective, begun_ms
        self._folder = effective.config.gate.state_dir / FOLDER
        self._restart, self._at_rest = restart, at_rest
        self._trial_ms, self._healthy_ms = documents.trial_s * 1000, documents.healthy_s * 1000
        self.held = effective.trial
        self.wanted: Held | None = None
        self._ends = False
        self._offered_ms: int | None = None

    @property
    def running(self) -> bool:
        """Whether something is due by time."""
        return self.held is not None or self.wanted is not None or self._ends

    def busy(self, held: Held) -> bool:
        """Say whether another configuration is on trial or waits for its own: each gets its time, one after another."""
        other = self.wanted or self.held
        return self._ends or (other is not None and other.floor != held.floor)

    def fits(self, held: Held) -> Refusal | None:
        """Say why a configuration cannot lie over this gate's file; one that is taken back always can."""
        if held.withdrawn:
            return None
        found = lay_over(self._effective.base, held.document.body)
        return found if isinstance(found, Turned) else None

    def propose(self, held: Held) -> Refusal | None:
        """Take a configuration for the next run, or say why it cannot be; raises OSError."""
        if self.held is not None and self.held.floor == held.floor:
            return None
        if turned_down.find(self._folder, held) is not None:
            return Turned.TRIAL_FAILED
        if (why := self.fits(held)) is not None:
            return why
        with contextlib.suppress(FileNotFoundError):
            (self._folder / TRIED).unlink()
        self._folder.mkdir(mode=0o700, exist_ok=True)
        put(self._folder / DOCUMENT, held.data)
        self.wanted = held
        return None

    def turn(self, now_ms: int, *, connected: bool) -> Held | Turned | None:
        """Do what is due: a document that proved good, why one is taken back, or nothing to tell."""
        if self.wanted is not None or self._ends:
            if self._at_rest():
                why = "try a configuration that came over the broker" if self.wanted else "go back to the one before"
                log.warning("the gate ends now, to start anew and %s", why)
                self._ends, self.wanted = True, None
                self._restart()
            return None
        if self.held is None:
            return None
        waited_ms = now_ms - self._begun_ms
        if waited_ms >= self._healthy_ms and (connected or not self._new_way):
            if self._offered_ms is not None and now_ms - self._offered_ms < OFFER_MS:
                return None
            self._offered_ms = now_ms
            return self.held
        if waited_ms >= self._trial_ms and self._new_way:
            turn_down(self._folder, self.held, Turned.NO_CONNECTION)
            self.held, self._ends = None, True
            return Turned.NO_CONNECTION
        return None

    def judge(self, rulings: Rulings) -> None:
        """Go back by a restart if whoever signed what this run goes by has been taken back since."""
        goes_by = (self._effective.standing, self._effective.trial)
        self._ends = self._ends or any(held and rulings.revoked(held.document.granted) for held in goes_by)

    @property
    def _new_way(self) -> bool:
        """Whether the way to the broker is another one than before."""
        return self._effective.before.mqtt != self._effective.config.mqtt

    def kept(self) -> None:
        """Forget the trial: what was tried is on the shelf."""
        self.held = None
        if self._effective.installed is not None:
            remember(*self._effective.installed)
        with contextlib.suppress(OSError):
            _clear(self._folder)


def _base(path: Path) -> Mapping[str, object]:
    """Read the file's bare values; it was found good a moment ago."""
    try:
        return tomllib.loads(read_bounded(path, MAX_BYTES).decode("utf-8"))
    except (OSError, ValueError):
        return {}


def _shelf(file: Config) -> tuple[Shelf, Whose]:
    """Open the shelf of a gate."""
    ruled = Ruled.here(file)
    whose = Whose(ruled.root, file.gate.id, file.gate.every_group, rulings=ruled)
    return Shelf(file.gate.state_dir / FOLDER, whose), whose


def _clear(folder: Path) -> None:
    """Remove the trial's files, the document first: a mark without a document means nothing."""
    (folder / DOCUMENT).unlink(missing_ok=True)
    sync(folder)
    (folder / TRIED).unlink(missing_ok=True)
