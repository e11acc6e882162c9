"""What stands on a set-up sheet beside its codes, in Indonesian first and English below: steps, lamps, the warning."""

from __future__ import annotations

from typing import Final

from provisioning.printing.words import Line

TITLE: Final = Line("LEMBAR PEMASANGAN", "Set-up sheet")
VALID: Final = Line("Berlaku sampai", "Valid until")
MADE: Final = Line("Dibuat", "Made")
NUMBER: Final = Line("Dokumen", "Document")
AREA: Final = Line("Area", "Area")
SECTOR: Final = Line("Sektor", "Sector")
SITE: Final = Line("Gedung", "Site")
OFFICE: Final = Line("Kantor", "Office")
DOOR: Final = Line("Pintu", "Door")
CODES: Final = Line(
    "Tunjukkan semua kode ke kamera, satu per satu, urutan bebas",
    "Show every code to the camera, one by one, in any order",
)
SINGLE_CODE: Final = Line("Tunjukkan kode ini ke kamera", "Show this code to the camera")

DOORS: Final = {
    "strike": Line("kunci elektrik (strike)", "electric strike"),
    "maglock": Line("kunci magnet", "maglock"),
    "turnstile": Line("pintu putar", "turnstile"),
    "motor": Line("pintu bermotor", "motor gate"),
}
READERS: Final = {
    "outside": Line("pembaca di luar", "reader outside"),
    "both": Line("pembaca di luar dan di dalam", "readers outside and inside"),
}

STEPS: Final = (
    Line(
        "Cocokkan nama gerbang di atas dengan pintu di depan Anda.",
        "Compare the gate's name above with the door before you.",
    ),
    Line(
        "Pasang perangkat di sisi aman, kamera di sisi luar, kunci menurut gambar pengawatan.",
        "Mount the device on the secure side, the camera outside, the lock as the wiring plan shows.",
    ),
    Line("Sambungkan kabel jaringan, lalu nyalakan listrik.", "Plug in the network cable, then switch the power on."),
    Line("Tunggu lampu biru, 1 kedip: gerbang menunggu kode.", "Wait for the blue lamp, 1 flash: it waits for codes."),
    Line(
        "Pegang kode datar, 15-30 cm dari kamera. Bunyi bip: kode terbaca.",
        "Hold a code flat, 15 to 30 cm from the camera. A beep: it was read.",
    ),
    Line(
        "Memakai Wi-Fi? Minta kode Wi-Fi dari kantor di layar ponsel, lalu tunjukkan.",
        "On Wi-Fi? Ask the desk for the Wi-Fi code on a phone, and show it.",
    ),
    Line(
        "Tunggu: gerbang mendaftar dan menguji diri, kira-kira satu menit.",
        "Wait a minute: it enrols and tests itself.",
    ),
    Line(
        "Lampu merah? Baca layar atau kartu lampu, perbaiki; gerbang melanjutkan sendiri.",
        "Red lamp? Read the display or the light card and mend it; the gate goes on by itself.",
    ),
    Line(
        "Lampu berhenti berkedip? Uji pintu dengan kartu servis.",
        "The flashes have ended? Prove the door with a service card.",
    ),
    Line("Hancurkan lembar ini dan lapor ke kantor.", "Destroy this sheet and report to the desk."),
)

LAMPS: Final = (
    Line("BIRU bekerja", "blue: at work"),
    Line("KUNING dicoba lagi sendiri", "yellow: tries again by itself"),
    Line("MERAH perlu tindakan", "red: act"),
    Line("1 kode", "codes"),
    Line("2 jaringan", "network"),
    Line("3 pendaftaran", "enrolment"),
    Line("4 server", "broker"),
    Line("5 uji diri", "self-test"),
)
"""Colours, then what each number of flashes stands for."""

WARNING: Final = Line(
    "LEMBAR INI ADALAH KUNCI sampai dipakai. Jangan difoto, jangan ditinggal di pintu. Hilang? Lapor segera ke kantor.",
    "This sheet is a key until it is used. Do not photograph it or leave it at the door. Lost? Tell the desk at once.",
)
NO_WIFI: Final = Line("Sandi Wi-Fi tidak ada di lembar ini.", "No Wi-Fi password is on this sheet.")
WIFI_WARNING: Final = Line(
    "KODE INI BERISI SANDI WI-FI. Tunjukkan sekali, lalu hapus gambarnya.",
    "This code holds the Wi-Fi password. Show it once, then delete the picture.",
)
WIFI: Final = Line("KODE WI-FI", "Wi-Fi code")
PHONE: Final = Line("Hapus gambar ini setelah dipakai.", "Delete this picture once it was used.")
