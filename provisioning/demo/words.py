"""What the demonstration says to people, in Indonesian and in English; every reason has its words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from firmware.events import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

Both = tuple[str, str]

WELCOME: Final[Both] = ("Silakan masuk", "Please come in")
GOODBYE: Final[Both] = ("Silakan keluar", "Please go out")
NOBODY: Final[Both] = ("tidak ada orang", "nobody here")

REASONS: Final[Mapping[Reason, Both]] = {
    Reason.NO_CODE: ("Kode tidak terlihat", "No code to be seen"),
    Reason.IO_ERROR: ("Gambar tidak dapat dibaca", "The picture cannot be read"),
    Reason.TOO_LONG: ("Kode terlalu panjang", "The code is too long"),
    Reason.UNKNOWN_FORMAT: ("Ini bukan kode izin masuk", "This is no pass"),
    Reason.BAD_ENCODING: ("Kode rusak atau tidak lengkap", "The code is damaged or not whole"),
    Reason.BAD_COMPRESSION: ("Isi kode rusak", "What the code holds is damaged"),
    Reason.INCOMPLETE: ("Tunjukkan kode berikutnya", "Show the next code, please"),
    Reason.BAD_CBOR: ("Isi kode rusak", "What the code holds is damaged"),
    Reason.BAD_COSE: ("Isi kode rusak", "What the code holds is damaged"),
    Reason.BAD_HEADER: ("Isi kode tidak semestinya", "The code is not made as it should be"),
    Reason.BAD_CLAIMS: ("Isi izin tidak semestinya", "The pass says what no pass says"),
    Reason.NO_TRUST: ("Pintu tidak punya daftar penerbit", "The gate has no list of issuers"),
    Reason.TRUST_EXPIRED: ("Daftar penerbit kedaluwarsa", "The gate's list of issuers is out of date"),
    Reason.UNKNOWN_KEY: ("Penerbit tidak dikenal", "Nobody here knows this issuer"),
    Reason.ISSUER_UNKNOWN: ("Penerbit tidak dikenal", "Nobody here knows this issuer"),
    Reason.TEST_KEY: ("Izin ini hanya contoh", "This pass is only a sample"),
    Reason.WRONG_USAGE: ("Penerbit tidak berwenang", "The issuer may not give such a pass"),
    Reason.ISSUER_EXPIRED: ("Masa penerbit sudah habis", "The issuer's time is over"),
    Reason.BAD_SIGNATURE: ("Tanda tangan palsu", "The signature is false"),
    Reason.BAD_PROOF: ("Kode bukan milik pemegangnya", "The code is not its holder's"),
    Reason.NO_PROOF: ("Tunjukkan kode dari dompet ponsel", "Show the code in the phone's wallet"),
    Reason.STALE: ("Kode sudah lama, tunjukkan yang baru", "The code is old, show the new one"),
    Reason.REPLAYED: ("Kode sudah dipakai, tunggu yang baru", "The code was used, wait for the next"),
    Reason.CLOCK_UNTRUSTED: ("Jam pintu belum pasti", "The gate is not sure of the time"),
    Reason.NOT_YET_VALID: ("Izin belum berlaku", "The pass is not valid yet"),
    Reason.EXPIRED: ("Masa izin sudah habis", "The pass has expired"),
    Reason.NO_POLICY: ("Pintu tidak punya aturan", "The gate has no policy"),
    Reason.POLICY_EXPIRED: ("Aturan pintu kedaluwarsa", "The gate's policy is out of date"),
    Reason.CLASS_NOT_ADMITTED: ("Silakan ke petugas", "Please see an officer"),
    Reason.WRONG_AREA: ("Izin untuk tempat lain", "The pass is for another area"),
    Reason.WRONG_GATE: ("Izin untuk pintu lain", "The pass is for another gate"),
    Reason.LISTS_TOO_OLD: ("Silakan ke petugas", "Please see an officer"),
    Reason.HOLIDAY: ("Hari libur", "A holiday"),
    Reason.HOURS: ("Di luar jam masuk", "Outside opening hours"),
    Reason.PASSBACK: ("Anda tercatat sudah di dalam", "You are counted as inside already"),
    Reason.SECOND_PERSON: ("Tidak boleh masuk sendirian", "A second person, please"),
    Reason.NO_ESCORT: ("Perlu pendamping", "An escort, please"),
    Reason.FULL: ("Penuh, mohon menunggu", "Full, please wait"),
    Reason.HEALTH: ("Silakan ke petugas", "Please see an officer"),
    Reason.IDENTITY: ("Tunjukkan KTP kepada petugas", "Show your identity card to an officer"),
    Reason.BLOCKED: ("Silakan ke petugas", "Please see an officer"),
    Reason.REVOKED: ("Silakan ke petugas", "Please see an officer"),
    Reason.SEE_OFFICER: ("Silakan ke petugas", "Please see an officer"),
    Reason.USED: ("Izin sudah dipakai", "The pass has been used"),
    Reason.EMERGENCY: ("Keadaan darurat", "An emergency"),
    Reason.LOCKDOWN: ("Hubungi petugas", "See an officer"),
    Reason.DISABLED: ("Hubungi petugas", "See an officer"),
    Reason.INTERLOCK: ("Satu per satu", "One by one"),
    Reason.NOT_READY: ("Pintu putar belum siap", "The turnstile is not ready"),
    Reason.UNDERVOLTAGE: ("Tegangan pintu terlalu rendah", "The gate's voltage is too low"),
    Reason.STORAGE: ("Pintu tidak dapat mencatat", "The gate cannot write it down"),
    Reason.INTERNAL: ("Gangguan pada pintu", "The gate has a fault"),
}


def answer(decision: str, direction: str, reason: str | None) -> Both:
    """Put a decision as it stands on the broker into words; a reason of a later gate stands for itself."""
    if decision == "allow":
        return WELCOME if direction == "in" else GOODBYE
    return explain(reason)


def explain(reason: str | None) -> Both:
    """Put a reason into words."""
    known = next((both for known, both in REASONS.items() if known.value == reason), None)
    return known or (reason or "-", reason or "-")
