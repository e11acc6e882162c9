"""A desk for tests: an authority, a device CA, an inventory of a few gates, and the command line in this process."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from firmware.events import Instant
from firmware.signed import codes
from firmware.signed.provision import GateBody, Provision, open_provision
from firmware.signed.warrant import parse_root
from provisioning import founding
from provisioning.__main__ import main
from provisioning.authority import open_authority
from provisioning.broker.certificates import DeviceCa
from provisioning.fleet.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import pytest

NOW: Final = 1_767_225_630
INVENTORY: Final = """\
kind,id,name,area,site,sector,office,door,readers,board,capacity,in_charge,sees,groups,brokers,approved,door.unlock_ms
organisation,city,Kota Contoh,,,,,,,,,,,,mqtt.example:8883 mqtt-2.example,,
sector,health,Pelayanan Kesehatan,,,,,,,,,,,,,,
sector,permits,Perizinan,,,,,,,,,,,,,,
area,hall,Aula Utara,,gedung-a,,,,,,,,,,,,
gate,north-1,,hall,gedung-a,health,klinik,strike,both,pi4-strike,,,,lantai-1,,yes,
gate,north-2,,hall,gedung-a,health,klinik,maglock,outside,pi4-maglock,,,,,,yes,7000
gate,permit-1,,hall,gedung-a,permits,loket,strike,outside,pi4-strike,,,,,,yes,
gate,later-1,,hall,gedung-a,permits,loket,turnstile,both,pi4-lane,,,,,,no,
"""


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    lines: list[dict[str, object]]
    err: str


@dataclass(frozen=True)
class Room:
    """Where everything of one test lies."""

    folder: Path
    capsys: pytest.CaptureFixture[str]

    @property
    def ledger(self) -> Path:
        """The fleet's ledger."""
        return self.folder / "ledger.db"

    @property
    def root(self) -> bytes:
        """The raw root key that gates pin."""
        return parse_root((self.folder / "a" / "root.pub").read_bytes()) or b""

    def provision(self, *words: str | Path, planned: bool = True) -> Ended:
        """Call `gapura-ops provision` with the desk's own options."""
        own: list[str | Path] = ["--dir", self.folder / "a"]
        if "wifi" not in words:
            own += ["--device-ca", self.folder / "ca", "--ledger", self.ledger, "--by", "ayu"]
        if planned and "wifi" not in words:
            own += ["--inventory", self.folder / "inventory.csv"]
        return self.ops("provision", *words, *own)

    def ops(self, *words: str | Path) -> Ended:
        """Call the operators' command line."""
        try:
            code = main([str(word) for word in words])
        except SystemExit as ended:
            code = int(ended.code or 0)
        captured = self.capsys.readouterr()
        return Ended(code, [json.loads(line) for line in captured.out.splitlines()], captured.err)

    def open_ledger(self) -> Ledger:
        """Open the ledger; whoever does closes it."""
        return Ledger.open(self.ledger)


def furnish(folder: Path) -> None:
    """Found an authority and a device CA, and plan four gates, one of them not approved."""
    founding.found(folder / "a", founding.Charter("Kota Contoh", None, NOW - 60, 730))
    (folder / "ca").mkdir()
    DeviceCa.create().write(folder / "ca")
    (folder / "inventory.csv").write_text(INVENTORY)


def opened(texts: Iterable[bytes], root: bytes, at: int | None = None) -> Provision:
    """Read codes as a blank gate."""
    collector = codes.Collector()
    whole = [collector.take(text) for text in texts][-1]
    assert isinstance(whole, codes.Whole), whole
    now = None if at is None else Instant(0, at, at, "test")
    found = open_provision(whole.envelope, root=root, gate=None, now=now)
    assert isinstance(found, Provision), found
    return found


def body_of(found: Provision) -> GateBody:
    """Take the body of a gate's document."""
    assert isinstance(found.body, GateBody)
    return found.body


__all__ = ["INVENTORY", "NOW", "Ended", "Room", "body_of", "furnish", "open_authority", "opened"]
