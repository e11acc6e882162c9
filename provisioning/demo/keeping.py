"""Artefacts: what a demonstration leaves in a folder that the caller names. Copies only, and never a key."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Final

from PIL import Image

from hw.reader.sources import scene
from provisioning import files
from provisioning.printing import page

if TYPE_CHECKING:
    from pathlib import Path

    from hw.reader.sources.stage import Stage
    from provisioning.demo.house import House
    from provisioning.issuing import Issued

_WESTERN_INDONESIA_S: Final = 7 * 3600
_LOGS: Final = ("gate.log", "pins.jsonl")


def keep(out: Path, house: House) -> None:
    """Copy the programs' log and the pins', write the messages as lines, and print the first pass that was issued."""
    for name in _LOGS:
        if (house.folder / name).exists():
            shutil.copyfile(house.folder / name, out / name)
    with (out / "events.jsonl").open("w", encoding="utf-8") as file:
        for one in house.hall.watcher.seen():
            line = {"topic": one.topic, "payload": one.payload.decode("utf-8", "replace"), "retained": one.retained}
            file.write(json.dumps(line, sort_keys=True) + "\n")
    for issued in list(house.wallet.passes.values())[:1]:
        print_pass(out, issued)


def print_pass(out: Path, issued: Issued) -> None:
    """Print a pass as a picture and as a page."""
    for suffix in (".png", ".pdf"):
        files.write(out / f"pass{suffix}", page.render(issued, "Gapura demo", _WESTERN_INDONESIA_S, suffix))


def picture(out: Path, name: str, what: Stage) -> None:
    """Draw what the camera saw of one person, without the sensor's noise."""
    Image.fromarray(scene.render(what)).save(out / f"scene-{name}.png")
