"""What stands on a printed pass, in Indonesian first and English below: class, areas, time, entries; never a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from provisioning import moments

if TYPE_CHECKING:
    from firmware.passes.gp1 import Claims

_CLASSES: Final = {
    "staff": ("PEGAWAI", "Staff"),
    "visitor": ("TAMU", "Visitor"),
    "contractor": ("KONTRAKTOR", "Contractor"),
    "escort": ("PENDAMPING", "Escort"),
    "child": ("ANAK", "Child"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One statement in both languages."""

    indonesian: str
    english: str


@dataclass(frozen=True, slots=True)
class Words:
    """Everything that a pass or a card says to a person; names need no translation, `label` says what they name."""

    issuer: str
    pass_class: Line
    places: str
    period: tuple[Line, ...]
    notes: tuple[Line, ...]
    advice: Line
    label: str = "Area"


def describe(claims: Claims, issuer: str, offset_s: int) -> Words:
    """Put the claims of a pass into words; times are shown at `offset_s` from UTC."""
    begins = moments.Moment(claims.not_before, offset_s)
    ends = moments.Moment(claims.expires, offset_s)
    from_id, until_id = moments.period_id(begins, ends)
    from_en, until_en = moments.period_en(begins, ends)
    return Words(
        issuer=issuer,
        pass_class=Line(*_CLASSES.get(claims.pass_class, (claims.pass_class.upper(), "Entry pass"))),
        places=", ".join(claims.areas),
        period=(Line(f"Mulai {from_id}", f"From {from_en}"), Line(f"Sampai {until_id}", f"Until {until_en}")),
        notes=tuple(_notes(claims)),
        advice=Line(
            "Tunjukkan kode ke kamera di pintu; jangan dilipat.",
            "Show the code to the camera at the door; do not fold it.",
        ),
    )


def describe_card(technician: str, gates: tuple[str, ...], expires: int, issuer: str) -> Words:
    """Put a service card into words; its end is shown in UTC, as the commands for it are."""
    ends = moments.Moment(expires)
    return Words(
        issuer=issuer,
        pass_class=Line("KARTU SERVIS", "Service card"),
        places=", ".join(gates),
        period=(Line(f"Sampai {moments.period_id(ends, ends)[1]}", f"Until {moments.period_en(ends, ends)[1]}"),),
        notes=(Line(f"Teknisi {technician}", f"Technician {technician}"),),
        advice=Line("Tidak membuka pintu.", "It opens no door."),
        label="Pintu / gate",
    )


def _notes(claims: Claims) -> list[Line]:
    """Say how often, at which gates, and whether the door gives more time."""
    notes = [_entries(claims.entries)]
    if claims.gates:
        gates = ", ".join(claims.gates)
        notes.append(Line(f"Hanya di pintu {gates}", f"Only at gate {gates}"))
    if claims.accessible:
        notes.append(Line("Pintu memberi waktu lebih lama", "The door gives more time"))
    return notes


def _entries(entries: int | None) -> Line:
    """Say for how many entries a pass is good."""
    match entries:
        case None:
            return Line("Berlaku untuk masuk berkali-kali", "Valid for any number of entries")
        case 1:
            return Line("Berlaku untuk satu kali masuk", "Valid for one entry")
        case _:
            return Line(f"Berlaku untuk {entries} kali masuk", f"Valid for {entries} entries")
