"""An example of a city with hundreds of doors: sectors, areas, duties and gates, all of them invented.

The same number of gates is the same text each time. No place is a real one and no person has a name.
"""

from __future__ import annotations

import csv
import io
from typing import Final

from provisioning.fleet.rows import COLUMNS, LABEL

GATES: Final = 339
SECTORS: Final = {
    "health": "Kesehatan",
    "education": "Pendidikan",
    "registry": "Kependudukan dan catatan sipil",
    "licensing": "Perizinan",
    "works": "Pekerjaan umum",
    "transport": "Perhubungan",
    "social": "Sosial",
    "trade": "Perdagangan dan pasar",
    "revenue": "Pendapatan daerah",
    "library": "Perpustakaan dan arsip",
    "sport": "Pemuda dan olahraga",
    "council": "Sekretariat daerah",
}
AREAS: Final = {
    "pusat": "Pusat kota",
    "utara": "Kecamatan Utara",
    "selatan": "Kecamatan Selatan",
    "timur": "Kecamatan Timur",
    "barat": "Kecamatan Barat",
    "tengah": "Kecamatan Tengah",
    "hulu": "Kecamatan Hulu",
    "hilir": "Kecamatan Hilir",
    "tepi-sungai": "Tepi Sungai",
    "bukit": "Bukit",
    "taman": "Taman Kota",
    "pasar": "Pasar Induk",
    "terminal": "Terminal",
    "stasiun": "Stasiun",
    "stadion": "Stadion",
    "kampus": "Kampus Kota",
    "layanan": "Pusat Layanan",
    "balai": "Balai Kota",
}
_LANES: Final = (("turnstile", "both", "pi4-turnstile"), ("motor", "both", "pi4-motor"))
_LOCKS: Final = (
    ("strike", "outside", "pi4-strike"),
    ("strike", "both", "pi4-strike-both"),
    ("maglock", "both", "pi4-maglock"),
)
BOARDS: Final = tuple(board for *_, board in (*_LOCKS, *_LANES))
"""The board files that the example's gates name."""

_TENTH: Final = 10
_EXTRA: Final = (f"{LABEL}floor", "door.unlock_ms")


def city(gates: int = GATES, brokers: str = "mqtt.example") -> str:
    """Write the city as CSV, with so many gates and these brokers (separated by blanks)."""
    out = io.StringIO()
    writer = csv.DictWriter(out, [*COLUMNS, *_EXTRA], lineterminator="\n")
    writer.writeheader()
    writer.writerow({"kind": "organisation", "id": "kota-contoh", "name": "Kota Contoh", "brokers": brokers})
    writer.writerows({"kind": "sector", "id": name, "name": words} for name, words in SECTORS.items())
    for at, (name, words) in enumerate(AREAS.items()):
        buildings = " ".join(f"{name}-{letter}" for letter in "abc"[: 1 + at % 3])
        writer.writerow({"kind": "area", "id": name, "name": words, "site": buildings, "capacity": 80 + 20 * at})
    for name, words in SECTORS.items():
        sees = "restricted assist" if name == "health" else "assist"
        writer.writerow(
            {"kind": "person", "id": f"duty-{name}", "name": f"Penanggung jawab {words}"[:64], "sees": sees}
        )
    writer.writerows(_gate(number) for number in range(gates))
    return out.getvalue()


def _gate(number: int) -> dict[str, str]:
    """Describe one gate: its sector and area take turns, and its lock follows from its number."""
    sector, area_at = list(SECTORS)[number % len(SECTORS)], (number // 2) % len(AREAS)
    area = list(AREAS)[area_at]
    door, readers, board = _LANES[number // _TENTH % 2] if number % _TENTH == _TENTH - 1 else _LOCKS[number % 3]
    return {
        "kind": "gate",
        "id": f"{area}-{sector}-{number + 1:03d}",
        "area": area,
        "site": f"{area}-{'abc'[number % (1 + area_at % 3)]}",
        "sector": sector,
        "office": f"{sector}-{area}",
        "door": door,
        "readers": readers,
        "board": board,
        "in_charge": f"duty-{sector}",
        "approved": "yes",
        f"{LABEL}floor": str(1 + number % 4),
        "door.unlock_ms": "8000" if door == "motor" else "",
    }
