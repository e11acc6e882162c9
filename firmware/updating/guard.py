"""Which release is started: the last thing between a bad update and a dead door.

Root runs this file by itself before every start of the gate, from outside of all releases, with the system's Python and
its standard library alone. It counts the starts of a release that is on trial and goes back to the confirmed one when
they are too many. It ends with 0 whatever it meets: in doubt it leaves what can be started, and never keeps a gate from
starting. The updater writes state and link by these same functions, so there is one way to write either.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import signal
import sys
from pathlib import Path
from typing import Final

MOST_STARTS: Final = 3
"""So often a release on trial may be started: once by the switch, and again after a power cut or two."""

BASE: Final = Path("/opt/gapura")
PROGRAM: Final = Path(".venv/bin/gapura")
RELEASE: Final = re.compile(r"[0-9]{1,4}\.[0-9]{1,4}\.[0-9]{1,4}(?:(?:a|b|rc|\.dev)[0-9]{1,4})?\Z", re.ASCII)
_STATE_BYTES: Final = 16 * 1024
_LONGEST_S: Final = 10

State = dict[str, object]


def read_state(base: Path) -> State | None:
    """Read what the updater remembers: a line of JSON and its SHA-256 in the next; None if a byte is not as it was."""
    try:
        with (base / "update" / "state.json").open("rb") as file:
            spelled, _, digest = file.read(_STATE_BYTES).partition(b"\n")
        if digest.strip() != hashlib.sha256(spelled).hexdigest().encode("ascii"):
            return None
        found = json.loads(spelled)
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def write_state(base: Path, state: State) -> None:
    """Keep the state whole or not at all; raises OSError."""
    spelled = json.dumps(state, sort_keys=True, separators=(",", ":")).encode("utf-8")
    put(base / "update" / "state.json", spelled + b"\n" + hashlib.sha256(spelled).hexdigest().encode("ascii") + b"\n")


def put(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Put a file in its place at once, also over a power cut; raises OSError. No link at its place is followed."""
    temporary = path.with_name(f".{path.name}.new")
    _forget(temporary)
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fchmod(file.fileno(), mode)
        _give_to_owner_of(path.parent, file.fileno())
        os.fsync(file.fileno())
    temporary.replace(path)
    sync(path.parent)


def _give_to_owner_of(folder: Path, handle: int) -> None:
    """What root writes here belongs to the updater, as all that lies beside it does."""
    owner = folder.stat()
    if os.geteuid() == 0 and owner.st_uid != 0:
        os.fchown(handle, owner.st_uid, owner.st_gid)


def point(base: Path, release: str) -> None:
    """Let `current` name a release, at once; raises OSError."""
    temporary = base / ".current.new"
    _forget(temporary)
    temporary.symlink_to(f"releases/{release}")
    temporary.replace(base / "current")
    sync(base)


def current(base: Path) -> str | None:
    """Name the release to which `current` leads; None if it leads to none of them."""
    try:
        folder, _, name = str((base / "current").readlink()).rstrip("/").rpartition("/")
    except OSError:
        return None
    return name if folder in ("releases", str(base / "releases")) and RELEASE.match(name) else None


def startable(base: Path, release: object) -> bool:
    """Say whether a release has a program that can be started."""
    if not isinstance(release, str) or RELEASE.match(release) is None:
        return False
    return os.access(base / "releases" / release / PROGRAM, os.X_OK)


def sync(folder: Path) -> None:
    """Make what was renamed in a folder last; raises OSError."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def decide(state: State | None, now: str | None, can_start: set[str]) -> tuple[str | None, State | None]:
    """Say which release shall be started and what is to be remembered of it; None in either place changes nothing.

    `now` is the one to which the link leads, `can_start` those that have a program.
    """
    confirmed = state.get("confirmed") if state else None
    good = confirmed if isinstance(confirmed, str) and confirmed in can_start else None
    if state is None or good is None or state.get("phase") not in ("trying", "returning"):
        return (None if now in can_start else good or max(can_start, key=_rank, default=None)), None
    if state.get("phase") == "returning":
        return (None if now == good else good), None
    if now != state.get("release"):
        return (None if now in can_start else good), None
    starts = state.get("starts")
    starts = starts + 1 if isinstance(starts, int) else MOST_STARTS + 1
    if starts <= MOST_STARTS and now in can_start:
        return None, {**state, "starts": starts}
    return good, {**state, "phase": "returning", "reason": "did_not_start"}


def _rank(release: str) -> tuple[int, ...]:
    """Order releases by their first three numbers, which is enough to find one that starts."""
    return tuple(int(part) for part in re.findall(r"[0-9]+", release)[:3])


def guard(base: Path) -> str:
    """Do what is decided, and say it in one line; the state is written before the link, and the link whatever comes."""
    with contextlib.suppress(OSError):
        found = {name for name in os.listdir(base / "releases") if startable(base, name)}  # noqa: PTH208  names are all
        now = current(base)
        to, state = decide(read_state(base), now, found)
        if state is not None:
            try:
                write_state(base, state)
            except OSError:  # a trial that cannot be counted ends here
                to, state = (str(state["confirmed"]), None) if startable(base, state.get("confirmed")) else (to, None)
        if to is not None:
            point(base, to)
        starts = "" if state is None else f", start {state.get('starts')} of a trial" if to is None else ", gone back"
        return f"release {to or now}{starts}"
    return f"release {current(base)}, as it was found"


def _forget(path: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        path.unlink()


def main(arguments: list[str]) -> int:
    """Guard the releases below a folder; nothing that goes wrong keeps the gate from being started."""
    signal.alarm(_LONGEST_S)  # a card that hangs must not hold the gate up: ended by the signal, it counts as failed
    try:
        line = guard(Path(arguments[0]) if arguments else BASE)
    except Exception as error:  # noqa: BLE001  whatever it is, the gate starts
        line = f"left as it is: {type(error).__name__}"
    with contextlib.suppress(OSError):
        sys.stderr.write(f"gapura-guard: {line}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
