"""What the commands of a rollout do with its file: go on, turn round, stop, tell. A JSON line for each change.

It decides only which phase allows which command. The exit code says whether all went well: 0, or 1 for a rollout that
was paused or gates that failed.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from firmware.control.manifest import MAX_BLOB_BYTES
from provisioning import cli, files
from provisioning.mistake import FAILED, OperatorError
from provisioning.rollout import book as books
from provisioning.rollout import progress, returns
from provisioning.rollout.book import UNKNOWN, Phase, State
from provisioning.rollout.running import Runner

if TYPE_CHECKING:
    from collections.abc import Callable

    from provisioning.broker_address import Address
    from provisioning.rollout.book import Book, Entry
    from provisioning.rollout.views import Views

Turn = "Callable[[Book, Views], Book]"


def apply(path: Path, address: Address) -> int:
    """Begin, or go on after a kill."""
    with books.alone(path):
        book = books.load(path)
        if book.phase is Phase.PAUSED:
            line = f"{path} is paused ({book.why}); look at it, then gapura-ops rollout resume {path}, or back"
            raise OperatorError(line)
        if book.turned or book.phase is Phase.DONE:
            line = f"{path} is {book.phase}; plan anew what else shall be done"
            raise OperatorError(line)
        if returns.missing(book):
            say("warning: no way back is signed; gapura-ops rollout returns does it")
        return _run(path, book, address, lambda now, _: now.model_copy(update={"phase": Phase.RUNNING}))


def resume(path: Path, address: Address) -> int:
    """Go on after a pause or a kill; what has failed by now counts no more."""
    with books.alone(path):
        book = books.load(path)
        if book.phase not in {Phase.PAUSED, Phase.RUNNING, Phase.RETURNING}:
            line = f"{path} is {book.phase}; there is nothing to resume"
            raise OperatorError(line)
        return _run(path, book, address, lambda now, _: progress.resumed(now) if now.phase is Phase.PAUSED else now)


def back(path: Path, address: Address, sign: Callable[[Book], Book] | None) -> int:
    """Bring every gate that was sent the document back to what it went by before."""
    with books.alone(path):
        book = books.load(path)
        if book.phase is Phase.PLANNED:
            line = f"{path}: nothing was sent, so there is nothing to bring back"
            raise OperatorError(line)
        if sign is not None:
            book = sign(book)
            books.save(path, book)
        if returns.missing(book):
            line = f"{path}: the way back is not signed; gapura-ops rollout returns {path} --dir AUTHORITY does it"
            raise OperatorError(line)
        return _run(path, book, address, _round)


def _round(book: Book, views: Views) -> Book:
    return progress.resumed(book) if book.turned else progress.returning(book, views)


def pause(path: Path) -> int:
    """Stop before the next gate: at once where nobody works on it, else by leaving word."""
    try:
        with books.alone(path):
            book = books.load(path)
            if book.phase in {Phase.RUNNING, Phase.RETURNING}:
                book = progress.paused(book, "operator")
                books.save(path, book)
    except books.BusyError:
        books.ask_to_pause(path)
        cli.answer({"phase": "asked", "rollout": str(path)})
        return 0
    cli.answer(_summary(path, book))
    return 0


def status(path: Path) -> int:
    """Print how far each gate is."""
    book = books.load(path)
    for entry in book.gates:
        cli.answer(_line(entry))
    cli.answer(_summary(path, book))
    say(_sentence(book))
    return 0 if well(book) else FAILED


def well(book: Book) -> bool:
    """Say whether nothing failed that somebody has to look at."""
    return book.phase is not Phase.PAUSED and not any(entry.state is State.FAILED for entry in book.gates)


def say(line: str) -> None:
    """Tell people."""
    sys.stderr.write(f"gapura-ops: {line}\n")
    sys.stderr.flush()


def _run(path: Path, book: Book, address: Address, turned: Callable[[Book, Views], Book]) -> int:
    """Let it go on until it is done or paused, and tell the end."""
    books.asked_to_pause(path)
    cli.end_as_by_hand()
    content = [] if book.blob is None else _contents(Path(book.blob))
    runner = Runner(path, book, address, told=_told, said=say, content=content)
    try:
        ended = runner.run(turned)
    except KeyboardInterrupt:
        say(f"paused; what was sent stays sent; gapura-ops rollout resume {path} goes on, back brings gates back")
        cli.answer(_summary(path, runner.book))
        raise
    cli.answer(_summary(path, ended))
    say(_sentence(ended))
    return 0 if well(ended) else FAILED


def _contents(path: Path) -> list[bytes]:
    """Read what the document names: its blob, and whatever deltas lie beside that."""
    return [files.read(one, MAX_BLOB_BYTES) for one in (path, *sorted(path.parent.glob("*.delta")))]


def _told(before: Book, after: Book) -> None:
    """Print a line for each gate that changed, and say how far all of it is."""
    known = {entry.gate: entry for entry in before.gates}
    changed = [one for one in after.gates if (one.state, one.reason) != _standing(known.get(one.gate))]
    for entry in changed:
        cli.answer(_line(entry))
    if changed or before.phase is not after.phase:
        say(_sentence(after))


def _standing(entry: Entry | None) -> tuple[State | None, str | None]:
    return (None, None) if entry is None else (entry.state, entry.reason)


def _line(entry: Entry) -> dict[str, object]:
    """Tell one gate to programs."""
    told: dict[str, object] = {"gate": entry.gate, "reason": entry.reason, "stage": entry.stage + 1}
    return told | {"returnable": entry.before != UNKNOWN, "state": entry.state.value}


def _summary(path: Path, book: Book) -> dict[str, object]:
    """Tell the whole to programs."""
    told: dict[str, object] = {"counts": progress.counts(book), "kind": book.kind.value, "phase": book.phase.value}
    return told | {"rollout": str(path), "version": book.version, "why": book.why}


def _sentence(book: Book) -> str:
    """Say how far it is."""
    counts = ", ".join(f"{number} {name}" for name, number in progress.counts(book).items())
    why = f" ({book.why})" if book.why else ""
    stage = f", stage {book.stage + 1} of {book.stages}" if book.phase is Phase.RUNNING else ""
    return f"{book.kind} version {book.version}: {book.phase}{why}{stage}: {counts}"
