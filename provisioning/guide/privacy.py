"""The privacy notice to hang beside a door: what the camera does, what is written down, for how long, whom to ask.

It says what a gate does by its construction (SECURITY.md); what an office does besides is the office's to add.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from provisioning.printing import paper
from provisioning.printing.paper import A4_MM, Page, Text
from provisioning.printing.words import Line

if TYPE_CHECKING:
    from collections.abc import Iterator

WIDTH_MM, HEIGHT_MM = A4_MM
TITLE: Final = Line("PEMBERITAHUAN PRIVASI", "Privacy notice")
_MARGIN: Final = 16.0
_ROOM: Final = WIDTH_MM - 2 * _MARGIN
_GREY: Final = 90
_SMALLER: Final = 0.95


@dataclass(frozen=True, slots=True)
class Office:
    """Who is responsible, whom people ask, and for how many days records are kept (everyday ones, and refusals)."""

    name: str
    contact: str
    keep_days: int
    keep_priority_days: int
    health: bool


def said(office: Office) -> tuple[tuple[Line, tuple[Line, ...]], ...]:
    """Put it into words: headings with their sentences, Indonesian first."""
    days, longer = office.keep_days, office.keep_priority_days
    written = [
        Line(
            "Yang dicatat: gerbang, waktu, arah, jenis izin, dan keputusannya.",
            "What is written down: the gate, the time, the way, the kind of pass, and what was decided.",
        ),
        Line(
            "Bukan nama, NIK, atau gambar. Sebagai gantinya nomor acak yang hanya berlaku satu hari di satu area.",
            "No name, no identity number, no picture: in their place a number that is good for one area and one day.",
        ),
        Line(
            f"Catatan dihapus setelah {days} hari; penolakan, alarm, dan perintah setelah {longer} hari.",
            f"Records are erased after {days} days; refusals, alarms and orders after {longer} days.",
        ),
    ]
    if office.health:
        written.append(
            Line(
                "Status kesehatan pada izin hanya dibaca di pintu. Alasannya tersegel untuk petugas kesehatan.",
                "A pass's health status is read at the door alone; why is sealed for the health office.",
            )
        )
    return (
        (
            Line("Kamera", "The camera"),
            (
                Line(
                    "Kamera di pintu ini hanya mencari kode QR. Gambar tidak disimpan dan tidak keluar dari alat.",
                    "This door's camera only looks for QR codes. Pictures are not kept and do not leave the device.",
                ),
                Line(
                    "Wajah tidak dikenali. Tidak ada suara yang direkam.",
                    "No face is recognised, and no sound is recorded.",
                ),
            ),
        ),
        (Line("Catatan", "Records"), tuple(written)),
        (
            Line("Hak Anda", "Your rights"),
            (
                Line(
                    "Anda berhak bertanya, melihat, memperbaiki, dan meminta penghapusan data Anda "
                    "(UU No. 27 Tahun 2022).",
                    "You may ask for, see, correct and have erased what concerns you (Law 27 of 2022, Indonesia).",
                ),
                Line(f"Penanggung jawab: {office.name}.", f"Responsible: {office.name}."),
                Line(f"Hubungi: {office.contact}.", f"Ask: {office.contact}."),
            ),
        ),
        (
            Line("Keluar", "Leaving"),
            (
                Line(
                    "Siapa pun di dalam selalu dapat keluar: tekan tombol di samping pintu.",
                    "Whoever is inside can always leave: press the button beside the door.",
                ),
            ),
        ),
    )


def page(office: Office) -> Page:
    """Lay the notice out on one page; with long names its type is smaller."""
    scale = 1.0
    while (marks := tuple(_marks(office, scale)))[-1].baseline_mm > HEIGHT_MM - _MARGIN:
        scale *= _SMALLER
    return Page(WIDTH_MM, HEIGHT_MM, marks)


def _marks(office: Office, scale: float) -> Iterator[Text]:
    yield Text(_MARGIN, 26.0, 11.0, TITLE.indonesian, bold=True)
    yield Text(_MARGIN, 33.0, 5.0, TITLE.english, grey=_GREY)
    y = 36.0
    for heading, sentences in said(office):
        y += 11.0 * scale
        yield Text(_MARGIN, y, 6.0, f"{heading.indonesian}  /  {heading.english}", bold=True)
        y += 2.0 * scale
        for sentence in sentences:
            for text, size, grey in ((sentence.indonesian, 4.6 * scale, 0), (sentence.english, 3.5 * scale, _GREY)):
                for line in paper.wrapped(text, size, _ROOM):
                    y += size * 1.32
                    yield Text(_MARGIN, y, size, line, grey=grey)
            y += 3.0 * scale
