"""What the guide says: a line of at most 16 characters a language, and what is spoken. Indonesian first. Data only.

Every instruction has a key, which also names its recording (`doctor-<key>.wav`). The tunes stand here too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from firmware.doctor.stages import Stage
from firmware.doctor.steps import GREEN, Kind
from firmware.doctor.walking import Tune
from firmware.door.signals import HIGH, LOW, MIDDLE
from firmware.door.words import Words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from firmware.doctor.steps import Step

PASSED, FAILED = "passed", "failed"
PHRASE_PREFIX: Final = "doctor-"

TUNES: Final[Mapping[Tune, tuple[tuple[int, int], ...]]] = {
    Tune.BEEP: ((HIGH, 40),),
    Tune.GOOD: ((MIDDLE, 80), (HIGH, 120)),
    Tune.BAD: ((MIDDLE, 80), (LOW, 250)),
    Tune.TEST: ((MIDDLE, 300), (0, 100), (HIGH, 300)),
}
"""What is played: (Hz, ms). Up is good news, as everywhere at this door."""


def _pair(line_id: str, spoken_id: str, line_en: str, spoken_en: str) -> tuple[Words, Words]:
    """Put one instruction in both languages."""
    return Words(line_id, spoken_id), Words(line_en, spoken_en)


INSTRUCTIONS: Final[Mapping[str, tuple[Words, Words]]] = {
    "red": _pair("LAMPU MERAH?", "Apakah lampu merah menyala?", "RED LAMP?", "Is the red lamp lit?"),
    "yellow": _pair("LAMPU KUNING?", "Apakah lampu kuning menyala?", "YELLOW LAMP?", "Is the yellow lamp lit?"),
    "blue": _pair("LAMPU BIRU?", "Apakah lampu biru menyala?", "BLUE LAMP?", "Is the blue lamp lit?"),
    "white": _pair("LAMPU PUTIH?", "Apakah lampu putih menyala?", "WHITE LAMP?", "Is the white lamp lit?"),
    "green": _pair(
        "LAMPU HIJAU TADI", "Apakah lampu hijau tadi menyala?", "GREEN LAMP SEEN?", "Was the green lamp lit?"
    ),
    "sounder": _pair("ADA NADA?", "Apakah nada terdengar?", "TONE HEARD?", "Was the tone heard?"),
    "display": _pair("TEKS TERBACA?", "Apakah teks di layar terbaca?", "TEXT READABLE?", "Can the text be read?"),
    "speech": _pair("SUARA TERDENGAR?", "Apakah suara ini terdengar?", "VOICE HEARD?", "Can this voice be heard?"),
    "aim": _pair(
        "ARAHKAN KAMERA",
        "Arahkan kamera ke kode. Bunyi makin cepat, gambar makin baik.",
        "AIM THE CAMERA",
        "Aim the camera at a code. The faster the beep, the better the picture.",
    ),
    "rex": _pair("TEKAN TBL KELUAR", "Tekan tombol keluar.", "PRESS EXIT", "Press the exit button now."),
    "door_position": _pair("BUKA PINTU", "Buka pintu.", "OPEN THE DOOR", "Open the door."),
    "passage_in": _pair("LEWAT KE DALAM", "Lewatlah ke dalam.", "WALK IN", "Walk through, going in."),
    "passage_out": _pair("LEWAT KE LUAR", "Lewatlah ke luar.", "WALK OUT", "Walk through, going out."),
    "ready": _pair("UJI READY", "Buat palang siap.", "TRY READY", "Make the turnstile ready."),
    "tamper": _pair("BUKA KOTAK", "Buka kotak alat.", "OPEN THE CASE", "Open the case."),
    "fire": _pair("UJI KEBAKARAN", "Uji alarm kebakaran.", "TEST FIRE INPUT", "Have the fire alarm tested."),
    "supply": _pair("UJI CATU DAYA", "Uji kontak catu daya.", "TEST SUPPLY", "Test the supply's contact."),
    "mains": _pair("CABUT LISTRIK", "Putuskan listrik utama.", "CUT THE MAINS", "Cut the mains."),
    "officer": _pair("TBL PETUGAS", "Tekan tombol petugas.", "OFFICER BUTTON", "Press the officer's button."),
    "intercom": _pair("UJI INTERKOM", "Buka lewat interkom.", "TRY INTERCOM", "Open by the intercom."),
    "service": _pair("TOMBOL KOTAK", "Tekan tombol di dalam kotak.", "CASE BUTTON", "Press the button in the case."),
    "interlock": _pair("PINTU SEBELAH", "Buka pintu sebelah.", "OPEN OTHER DOOR", "Open the other door."),
    "back": _pair("KEMBALIKAN", "Kembalikan seperti semula.", "PUT IT BACK", "Put it back as it was."),
    "consent": _pair("PINTU AKAN BUKA", "Pintu akan terbuka.", "DOOR WILL OPEN", "The door will open."),
    "release": _pair(
        "TEKAN TBL KELUAR",
        "Tekan tombol keluar. Kunci akan terbuka.",
        "PRESS EXIT",
        "Press the exit button. The lock will open.",
    ),
    "wait": _pair("TUNGGU", "Tunggu sampai terkunci.", "WAIT", "Wait until it locks."),
    "lock": _pair("KUNCI TADI BUKA?", "Apakah kunci tadi terbuka?", "LOCK OPENED?", "Did the lock open?"),
    PASSED: _pair("PINTU BAIK", "Semua langkah baik.", "ALL IS WELL", "All steps went well."),
    FAILED: _pair("ADA KEGAGALAN", "Ada langkah yang gagal.", "SOMETHING FAILED", "At least one step failed."),
}
"""Every instruction of the guide."""


def instruction(step: Step, stage: str) -> str:
    """Name the instruction of a stage: a key of `INSTRUCTIONS`."""
    if step.kind is Kind.AIM:
        return "aim"
    if step.kind is Kind.RELEASE:
        after = GREEN if step.lamp == GREEN else "lock"
        return {Stage.CONSENT: "consent", Stage.RISING: "release", Stage.FALLING: "wait"}.get(Stage(stage), after)
    return "back" if stage == Stage.REST else step.subject


def lines(key: str) -> tuple[str, str]:
    """Return the two lines of a display: Indonesian above English."""
    first, second = INSTRUCTIONS[key]
    return first.line, second.line


def phrases(language: int) -> dict[str, str]:
    """List what a voice may be asked to say in one language, by the name of its recording."""
    return {PHRASE_PREFIX + key: words[language].spoken for key, words in INSTRUCTIONS.items()}
