"""What a signal says in words: a line of at most 16 characters a language, and what is spoken. Indonesian comes first.

Health and blocking have no words of their own: whoever stands behind somebody must learn nothing. Data only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from firmware.events import Signal

if TYPE_CHECKING:
    from collections.abc import Mapping

WIDTH: Final = 16
"""Characters of a line: what the usual two-line display has."""

LANGUAGES: Final = ("id", "en")


class Words(NamedTuple):
    """One signal in one language: `line` to read, `spoken` to hear (nothing where silence is better)."""

    line: str
    spoken: str


WORDS: Final[Mapping[Signal, tuple[Words, Words]]] = {
    Signal.DARK: (Words("", ""), Words("", "")),
    Signal.IDLE: (Words("TUNJUKKAN QR", ""), Words("SHOW YOUR QR", "")),
    Signal.GRANTED_IN: (Words("SILAKAN MASUK", "Silakan masuk."), Words("PLEASE ENTER", "Please enter.")),
    Signal.GRANTED_OUT: (Words("SILAKAN KELUAR", "Silakan keluar."), Words("GOODBYE", "Goodbye.")),
    Signal.UNREADABLE: (
        Words("TIDAK TERBACA", "Tidak terbaca. Coba lagi."),
        Words("NOT READABLE", "Not readable. Please try again."),
    ),
    Signal.UNKNOWN: (Words("TIDAK DIKENAL", "Kode tidak dikenal."), Words("UNKNOWN CODE", "This code is not known.")),
    Signal.EXPIRED: (Words("KEDALUWARSA", "Kode sudah kedaluwarsa."), Words("EXPIRED", "This code has expired.")),
    Signal.NOT_YET_VALID: (
        Words("BELUM BERLAKU", "Kode belum berlaku."),
        Words("NOT YET VALID", "This code is not valid yet."),
    ),
    Signal.USED: (Words("SUDAH DIPAKAI", "Kode sudah dipakai."), Words("ALREADY USED", "This code was used already.")),
    Signal.SEE_OFFICER: (
        Words("HUBUNGI PETUGAS", "Silakan hubungi petugas."),
        Words("SEE AN OFFICER", "Please see an officer."),
    ),
    Signal.VERIFY: (
        Words("PERLU VERIFIKASI", "Perlu verifikasi. Mohon tunggu."),
        Words("PLEASE WAIT", "Please wait for an officer."),
    ),
    Signal.COMPANY: (
        Words("PERLU PENDAMPING", "Perlu pendamping. Mohon tunjukkan kodenya."),
        Words("COMPANION NEEDED", "Your companion, please show your code too."),
    ),
    Signal.FULL: (Words("KAPASITAS PENUH", "Kapasitas penuh."), Words("FULL", "There is no room inside.")),
    Signal.NEXT_CODE: (
        Words("KODE BERIKUTNYA", "Tunjukkan kode berikutnya."),
        Words("NEXT CODE", "Please show the next code."),
    ),
    Signal.WRONG_GATE: (Words("SALAH PINTU", "Bukan pintu ini."), Words("WRONG DOOR", "This is not your door.")),
    Signal.HOURS: (Words("DI LUAR JAM", "Di luar jam kunjungan."), Words("OUT OF HOURS", "Not at this hour.")),
    Signal.ONE_BY_ONE: (Words("SATU PER SATU", "Satu per satu."), Words("ONE BY ONE", "One by one, please.")),
    Signal.CLOSE_DOOR: (
        Words("TUTUP PINTU", "Mohon tutup pintu."),
        Words("CLOSE THE DOOR", "Please close the door."),
    ),
    Signal.OFFLINE: (Words("MODE LURING", ""), Words("OFFLINE MODE", "")),
    Signal.OBSERVING: (Words("BELUM MEMERIKSA", ""), Words("NOT CHECKING YET", "")),
    Signal.FAULT: (
        Words("PINTU GANGGUAN", "Pintu mengalami gangguan."),
        Words("OUT OF ORDER", "This door is out of order."),
    ),
    Signal.EMERGENCY: (
        Words("KEADAAN DARURAT", "Keadaan darurat. Tinggalkan gedung."),
        Words("EMERGENCY", "Emergency. Leave the building."),
    ),
}
"""Indonesian and English of every signal."""


def lines(signal: Signal) -> tuple[str, str]:
    """Return the two lines of a display: Indonesian above English."""
    first, second = WORDS[signal]
    return first.line, second.line
