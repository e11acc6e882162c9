"""What each reason of a set-up means: where it resumes, who moves next, what is shown and said, the first action.

Words are Indonesian first, as everywhere at a door, each as the display's line and what is spoken. Data only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from firmware.door.words import Words
from firmware.setup.reasons import Need, Why
from firmware.setup.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Meaning:
    """One reason: where the set-up resumes, who moves next, the words in both languages, and the first action."""

    resumes: Stage
    need: Need
    words: tuple[Words, Words]
    action: str


_Told = tuple[str, str, str]
"""Indonesian and English, each as `LINE|Spoken.`, and the first action."""

_TABLE: Final[Mapping[tuple[Stage, Need], Mapping[Why, _Told]]] = {
    (Stage.CODES, Need.HAND): {
        Why.NO_ROOT: (
            "TIDAK ADA ROOT|Kartu memori ini belum memuat kunci kantor Anda.",
            "NO ROOT KEY|This memory card does not hold your office's key.",
            "write the card anew with the office's root.pub at trust.root",
        ),
    },
    (Stage.DONE, Need.HAND): {
        Why.WINDOW_CLOSED: (
            "TEKAN TBL KOTAK|Buka kotak dan tahan tombol di dalamnya lima detik.",
            "PRESS CASE BUTTN|Open the case and hold the button inside for five seconds.",
            "open the case and hold the button in it for 5 s, or have the desk open the window",
        ),
    },
    (Stage.CODES, Need.CODE): {
        Why.BAD_CODE: (
            "KODE RUSAK|Kode ini rusak. Tunjukkan lagi.",
            "BAD CODE|This code is damaged. Show it again.",
            "hold the sheet flat and show it again; else print it anew",
        ),
        Why.HALF_SET: (
            "KODE KURANG|Masih ada kode yang belum ditunjukkan.",
            "CODES MISSING|Some codes of this sheet were not shown yet.",
            "show every code of the sheet, in any order",
        ),
        Why.FOREIGN: (
            "BUKAN KANTOR INI|Lembar ini dari kantor lain.",
            "OTHER AUTHORITY|This sheet is of another authority.",
            "take a sheet of the office whose key is on this card",
        ),
        Why.NOT_AUTHENTIC: (
            "LEMBAR DITOLAK|Lembar ini tidak sah.",
            "SHEET REFUSED|This sheet is not genuine.",
            "ask the desk for a new sheet, and tell it of this one",
        ),
        Why.OTHER_GATE: (
            "GERBANG LAIN|Lembar ini untuk gerbang lain.",
            "ANOTHER GATE|This sheet is for another gate.",
            "take the sheet with this gate's name; to move a gate, retire it first",
        ),
        Why.OLD_DOCUMENT: (
            "LEMBAR LAMA|Lembar ini sudah diganti yang lebih baru.",
            "OLD SHEET|A newer sheet took the place of this one.",
            "take the newest sheet of this gate, or print one",
        ),
        Why.EXPIRED: (
            "LEMBAR HABIS|Masa berlaku lembar ini sudah habis.",
            "SHEET EXPIRED|This sheet is over.",
            "print a new sheet; if it is new, look at the gate's battery clock",
        ),
        Why.NOT_YET_VALID: (
            "BELUM BERLAKU|Lembar ini belum berlaku. Periksa jam alat.",
            "NOT YET VALID|This sheet is not valid yet. Check the clock.",
            "look at the gate's battery clock and at the desk's clock",
        ),
        Why.BAD_CONFIG: (
            "KONFIG DITOLAK|Isi lembar tidak cocok dengan alat ini.",
            "BAD CONFIG|What the sheet says does not fit this board.",
            "compare the gate's door kind and readers in the inventory with its board file",
        ),
        Why.UNKNOWN_CLAIM: (
            "TIDAK DIKENAL|Lembar ini tidak dikenal. Minta yang baru.",
            "UNKNOWN CLAIM|This sheet is not known. Ask for a new one.",
            "print a new sheet with the ledger that the service uses",
        ),
        Why.CLAIM_USED: (
            "SUDAH DIPAKAI|Lembar ini sudah dipakai. Lapor ke kantor.",
            "CLAIM USED|This sheet was used already. Report it.",
            "tell the desk at once: somebody else has used this sheet, or the gate was replaced",
        ),
        Why.CLAIM_EXPIRED: (
            "LEMBAR HABIS|Masa berlaku lembar ini sudah habis.",
            "CLAIM EXPIRED|The claim of this sheet is over.",
            "print a new sheet",
        ),
        Why.WRONG_GATE: (
            "GERBANG LAIN|Lembar ini untuk gerbang lain.",
            "WRONG GATE|This claim is for another gate.",
            "take the sheet with this gate's name",
        ),
        Why.RETIRED: (
            "SUDAH PENSIUN|Gerbang ini sudah dihapus dari daftar.",
            "RETIRED|This gate was retired.",
            "plan the gate anew in the inventory and print a new sheet",
        ),
    },
    (Stage.NETWORK, Need.HAND): {
        Why.NO_NETWORK: (
            "TIDAK ADA JARING|Tidak ada jaringan. Periksa kabel atau tunjukkan kode Wi-Fi.",
            "NO NETWORK|There is no network. Check the cable or show the Wi-Fi code.",
            "plug the cable in, or show the Wi-Fi code",
        ),
        Why.WIFI_NOT_FOUND: (
            "WIFI TIDAK ADA|Wi-Fi itu tidak ditemukan di sini.",
            "WIFI NOT FOUND|That Wi-Fi is not found here.",
            "look whether it can be received at the door, or make the code for another one",
        ),
    },
    (Stage.NETWORK, Need.CODE): {
        Why.WIFI_PASSWORD: (
            "SANDI WIFI SALAH|Kata sandi Wi-Fi salah. Tunjukkan kode Wi-Fi yang benar.",
            "WIFI PASSWORD|The Wi-Fi password is wrong. Show the right Wi-Fi code.",
            "make the Wi-Fi code anew with the right password",
        ),
    },
    (Stage.NETWORK, Need.ITSELF): {
        Why.WIFI_FAILED: (
            "WIFI GAGAL|Wi-Fi gagal tersambung. Dicoba lagi.",
            "WIFI FAILED|The Wi-Fi did not connect. Trying again.",
            "wait; if it goes on, look at the access point and at nmcli on the gate",
        ),
    },
    (Stage.ENROL, Need.ITSELF): {
        Why.BROKER_UNREACHABLE: (
            "SERVER TAK ADA|Server tidak terjangkau. Dicoba lagi.",
            "NO BROKER|The broker cannot be reached. Trying again.",
            "look at the cable, the network and the broker's address on the sheet",
        ),
        Why.NO_ANSWER: (
            "TAK ADA JAWABAN|Layanan pendaftaran tidak menjawab. Dicoba lagi.",
            "NO ANSWER|The enrolment service does not answer. Trying again.",
            "see that gapura-ops enrol serve runs",
        ),
        Why.NOT_APPROVED: (
            "TUNGGU KANTOR|Kantor belum menyetujui gerbang ini. Tunggu.",
            "NOT APPROVED|The desk has not approved this gate yet. Wait.",
            "ask the desk to approve the gate",
        ),
        Why.TOO_OFTEN: (
            "TUNGGU|Terlalu sering mencoba. Tunggu.",
            "WAIT|Asked too often. Wait.",
            "wait some minutes",
        ),
    },
    (Stage.ENROL, Need.HAND): {
        Why.CA_MISMATCH: (
            "SERVER ASING|Server yang menjawab bukan server kantor ini.",
            "FOREIGN BROKER|Whoever answers is not this office's broker.",
            "compare the broker's certificate with the device CA of the sheet; print a new one if the CA changed",
        ),
        Why.CLAIM_REFUSED: (
            "KLAIM DITOLAK|Server menolak lembar ini.",
            "CLAIM REFUSED|The broker refuses this sheet.",
            "print a new sheet: this claim is over, revoked or of another CA",
        ),
        Why.BROKER_REFUSED: (
            "SERVER MENOLAK|Server menolak gerbang ini.",
            "BROKER REFUSES|The broker does not let this gate in.",
            "look at the broker's log and whether the enrolment service runs",
        ),
        Why.BAD_ANSWER: (
            "JAWABAN SALAH|Jawaban pendaftaran tidak benar.",
            "BAD ANSWER|The answer of the enrolment service is wrong.",
            "tell the desk: what answered gave another key, name or CA",
        ),
        Why.SUSPENDED: (
            "DITANGGUHKAN|Gerbang ini ditangguhkan. Hubungi kantor.",
            "SUSPENDED|This gate is suspended. Call the desk.",
            "ask the desk why, and to release the gate",
        ),
        Why.REQUEST_REFUSED: (
            "PERMINTAAN SALAH|Permintaan gerbang ini ditolak.",
            "REQUEST REFUSED|The request of this gate was refused.",
            "compare the versions of gate and enrolment service; the service's log has the reason",
        ),
        Why.INTERNAL: (
            "GALAT PERANGKAT|Galat pada perangkat lunak. Lapor ke kantor.",
            "FIRMWARE FAULT|A fault of the firmware. Report it.",
            "send the log; switch the gate off and on",
        ),
    },
    (Stage.KEEP, Need.HAND): {
        Why.STORAGE: (
            "DISK GAGAL|Kartu memori gagal atau penuh.",
            "DISK FAILED|The memory card fails or is full.",
            "look at the memory card; take another one",
        ),
    },
    (Stage.LISTS, Need.ITSELF): {
        Why.LISTS_MISSING: (
            "DAFTAR BELUM ADA|Daftar kepercayaan atau aturan belum datang.",
            "LISTS MISSING|Trust list or policy has not come yet.",
            "publish trust list and policy: gapura-ops doc publish",
        ),
    },
    (Stage.TEST, Need.HAND): {
        Why.TEST_FAILED: (
            "UJI DIRI GAGAL|Uji diri gagal. Periksa kamera dan kabel.",
            "SELF-TEST FAILED|The self-test failed. Check camera and wires.",
            "the log and gapura doctor name the step",
        ),
    },
}


def _words(told: str) -> Words:
    """Take the display's line and what is spoken apart."""
    line, _, spoken = told.partition("|")
    return Words(line, spoken)


MEANINGS: Final[Mapping[Why, Meaning]] = {
    why: Meaning(resumes, need, (_words(indonesian), _words(english)), action)
    for (resumes, need), rows in _TABLE.items()
    for why, (indonesian, english, action) in rows.items()
}
