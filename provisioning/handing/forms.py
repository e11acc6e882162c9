"""In which form papers leave the desk: a PDF of sheets, pictures for a phone, texts, files, or blocks on a terminal.

Every form but the last is a file that only its owner may read, because it holds a key until that is used.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import segno

from provisioning import files
from provisioning.handing import sheet, words
from provisioning.mistake import OperatorError
from provisioning.printing import paper
from provisioning.printing.card import QUIET_MODULES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from typing import TextIO

    from provisioning.handing.papers import Papers
    from provisioning.printing.words import Line

BOOT_FILE: Final = "gapura-provision.cose"
"""The name under which set-up looks for a document on the boot partition."""

SUFFIXES: Final = (".pdf", ".png", ".txt", ".cose")
_PROGRESS_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class Handed:
    """Papers with what their sheet says beside them."""

    papers: Papers
    subject: sheet.Subject


class Progress:
    """Says on stderr every two seconds how far a long run is."""

    def __init__(self, what: str, total: int) -> None:
        """Begin to count."""
        self._what, self._total = what, total
        self._last = time.monotonic()

    def __call__(self, done: int) -> None:
        """Hear how many there are."""
        if time.monotonic() - self._last > _PROGRESS_S:
            self._last = time.monotonic()
            sys.stderr.write(f"gapura-ops: {self._what} {done} of {self._total}\n")


def refuse(out: Path | None, gates: int, *, many: bool) -> None:
    """Refuse a place that papers of so many gates cannot be written to, before a claim is given out."""
    if out is None:
        if gates > 1:
            line = "--out: a terminal shows one gate's codes; name F.pdf or a folder for more"
            raise OperatorError(line)
        return
    if out.is_dir():
        return
    if many:
        line = f"--out: {out} is no folder; make one first, because --phone and --file write a file for each gate"
        raise OperatorError(line)
    if not out.parent.is_dir() or out.suffix.lower() not in SUFFIXES:
        line = f"--out: {out} must be a folder that exists, or a file in one, ending in {', '.join(SUFFIXES)}"
        raise OperatorError(line)
    if gates > 1 and out.suffix.lower() != ".pdf":
        line = f"--out: {out.suffix} holds one gate; name F.pdf or a folder for {gates}"
        raise OperatorError(line)


def write(handed: Sequence[Handed], out: Path, *, phone: bool, boot: bool) -> dict[str, list[Path]]:
    """Write all papers; returns the files of each gate."""
    if not out.is_dir():
        data = _sheets(handed) if out.suffix.lower() == ".pdf" else _single(handed[0], out.suffix.lower())
        files.write(out, data, files.PRIVATE)
        return {one.papers.gate: [out] for one in handed}
    progress = Progress("written", len(handed))
    written: dict[str, list[Path]] = {}
    for number, one in enumerate(handed, 1):
        written[one.papers.gate] = list(_into(one, out, phone=phone or not boot, boot=boot))
        progress(number)
    return written


def _into(one: Handed, folder: Path, *, phone: bool, boot: bool) -> Iterator[Path]:
    """Write one gate's picture and file into a folder."""
    if phone:
        path = folder / f"{one.papers.gate}.png"
        files.write(path, _single(one, ".png"), files.PRIVATE)
        yield path
    if boot:
        below = folder / one.papers.gate
        below.mkdir(mode=0o700, exist_ok=True)
        files.write(below / BOOT_FILE, one.papers.envelope, files.PRIVATE)
        yield below / BOOT_FILE


def _single(one: Handed, suffix: str) -> bytes:
    """Write one gate's papers in the form that a suffix names."""
    match suffix:
        case ".png":
            return picture(
                one.papers.gate, [sheet.expiry(one.papers.expires, one.subject.offset_s), words.PHONE], one.papers.codes
            )
        case ".txt":
            return "".join(f"{code}\n" for code in one.papers.codes).encode("ascii")
        case _:
            return one.papers.envelope


def picture(title: str, remarks: Sequence[Line], codes: Sequence[str]) -> bytes:
    """Draw codes below each other, for the screen of a phone."""
    return paper.png(sheet.phone(title, remarks, codes))


def _sheets(handed: Sequence[Handed]) -> bytes:
    """Draw the sheets of all gates as one PDF."""
    pages = [page for one in handed for page in sheet.pages(one.subject, one.papers.codes)]
    return paper.pdf(pages, handed[0].papers.issued, words.TITLE.indonesian, Progress("drawn", len(pages)))


def draw_on_terminal(codes: Sequence[str], terminal: TextIO) -> None:
    """Draw codes with half blocks, two modules to a letter, quiet zone included, each below its number."""
    for number, code in enumerate(codes, 1):
        terminal.write(f"{number} / {len(codes)}\n")
        symbol = segno.make_qr(code, error="m", boost_error=False)
        symbol.terminal(out=terminal, border=QUIET_MODULES, compact=True)
