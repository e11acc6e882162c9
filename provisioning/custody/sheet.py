"""The layout of the recovery sheet: one A4 page for the worst hour, in Indonesian and English. It draws nothing itself.

The same code stands on it twice, so that a stain costs nothing. No passphrase, and no key that opens without one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from provisioning.custody import recovering
from provisioning.printing import paper
from provisioning.printing.paper import A4_MM, Box, Code, Mark, Page, Text
from provisioning.printing.words import Line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provisioning.custody.recovering import Sheet

WIDTH_MM, HEIGHT_MM = A4_MM
_MARGIN: Final = 15.0
_ROOM: Final = WIDTH_MM - 2 * _MARGIN
_CODE_MM: Final = 84.0
_CODES_TOP: Final = 62.0
_GREY: Final = 90

TITLE: Final = Line("LEMBAR PEMULIHAN", "Recovery sheet")
MEANING: Final = Line(
    "Kunci induk otoritas ini, terenkripsi. Siapa punya lembar ini dan kata sandinya dapat membuka semua pintu. "
    "Simpan keduanya di tempat berbeda.",
    "The root key of this authority, encrypted. Whoever has this sheet and its passphrase can open every door. "
    "Keep the two in different places.",
)
STEPS: Final = (
    Line("Foto salah satu kode di atas; pindahkan ke komputer tanpa jaringan.",
         "Take a picture of one code above; bring it to a computer without a network."),
    Line("gapura-ops authority recover FOTO.png --dir otoritas --passphrase-file sandi",
         "The folder is the authority's, if it is left, or a new one."),
    Line("Bandingkan sidik jari di atas dengan yang dicetak perintah itu.",
         "Compare the fingerprint above with the one that the command prints."),
    Line("gapura-ops authority status; lalu authority rotate untuk setiap peran yang hilang.",
         "Then rotate every role that is missing; its new key outranks the lost one."),
    Line("Tanda tangani lagi semua dokumen dan terbitkan; lalu authority revoke, dan terbitkan authority.cose.",
         "Sign every document again and publish it; then revoke the lost keys, and publish authority.cose."),
    Line("Simpan kembali kunci induk di brankas, dan cetak lembar baru bila kata sandinya diganti.",
         "Put the root key back into its safe, and print a new sheet if the passphrase was changed."),
)  # fmt: skip
PLACES: Final = (
    Line("Kunci induk (root.key)", "The root key"),
    Line("Kata sandi", "The passphrase"),
    Line("Cadangan folder otoritas", "Backup of the folder"),
)
WITNESS: Final = Line("Nama, tanggal, tanda tangan", "Name, date, signature")


def page(sheet: Sheet, founded: str) -> Page:
    """Lay the page out; `founded` is the day of the authority's founding in words."""
    code = recovering.encode(sheet)
    marks: list[Mark] = [*_head(sheet, founded)]
    modules = paper.modules_of(code)
    marks.extend(Code(x, _CODES_TOP, _CODE_MM, modules) for x in (_MARGIN + 2, WIDTH_MM - _MARGIN - 2 - _CODE_MM))
    marks.extend(_steps(_CODES_TOP + _CODE_MM + 6))
    marks.extend(_by_hand(HEIGHT_MM - 72))
    return Page(WIDTH_MM, HEIGHT_MM, tuple(marks))


def _head(sheet: Sheet, founded: str) -> Iterator[Mark]:
    """Say what it is and of whom, with the fingerprint that proves it."""
    yield Text(_MARGIN, 18.0, 7.0, TITLE.indonesian, bold=True)
    yield Text(WIDTH_MM - _MARGIN, 18.0, 4.0, TITLE.english, align="right", grey=_GREY)
    yield Box(_MARGIN, 20.5, _ROOM, 0.5, grey=0)
    name = sheet.about.name
    yield Text(_MARGIN, 28.0, paper.fitted(name, 5.0, _ROOM * 0.7, bold=True), name, bold=True)
    yield Text(WIDTH_MM - _MARGIN, 28.0, 3.4, founded, align="right")
    said = f"Sidik jari / fingerprint:  {recovering.fingerprint(sheet.about.root)}"
    yield Text(_MARGIN, 35.5, paper.fitted(said, 4.2, _ROOM, bold=True), said, bold=True)
    y = 41.5
    for text, size, grey in ((MEANING.indonesian, 3.4, 0), (MEANING.english, 3.0, _GREY)):
        for line in paper.wrapped(text, size, _ROOM):
            yield Text(_MARGIN, y, size, line, grey=grey)
            y += size * 1.35


def _steps(y: float) -> Iterator[Mark]:
    """Say what to do, a number a step."""
    for number, step in enumerate(STEPS, 1):
        yield Text(_MARGIN, y, 3.6, f"{number}.", bold=True)
        yield Text(_MARGIN + 6, y, paper.fitted(step.indonesian, 3.6, _ROOM - 6), step.indonesian)
        yield Text(_MARGIN + 6, y + 4.2, paper.fitted(step.english, 3.0, _ROOM - 6), step.english, grey=_GREY)
        y += 10.2


def _by_hand(y: float) -> Iterator[Mark]:
    """Leave room for where things lie, and for two people to sign."""
    for place in PLACES:
        said = f"{place.indonesian} / {place.english}:"
        yield Text(_MARGIN, y, 3.4, said)
        begins = _MARGIN + 72
        yield Box(begins, y, WIDTH_MM - _MARGIN - begins, 0.2, grey=0)
        y += 10.0
    y += 6.0
    half = (_ROOM - 10) / 2
    for x in (_MARGIN, _MARGIN + half + 10):
        yield Box(x, y + 10, half, 0.2, grey=0)
        yield Text(x, y + 14.5, 3.0, f"{WITNESS.indonesian} / {WITNESS.english}", grey=_GREY)
