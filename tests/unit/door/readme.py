"""Renews the printed part of the door's README: `python -m tests.unit.door.readme --write`.

Without `--write` it only prints that part.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import firmware.door
from firmware.door.table import markdown

README: Final = Path(str(firmware.door.__file__)).parent / "README.md"
BEGIN: Final = "<!-- printed from the code -->\n"
END: Final = "<!-- end of what is printed -->\n"


def printed() -> str:
    """Read the part of the README that the code prints."""
    return README.read_text().partition(BEGIN)[2].partition(END)[0].strip("\n") + "\n"


def renew() -> None:
    """Write that part anew and leave the rest as it is."""
    before, begin, rest = README.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        message = f"{README} has lost the marks around its printed part"
        raise ValueError(message)
    README.write_text(f"{before}{BEGIN}\n{markdown()}\n{END}{after}")


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        renew()
    else:
        sys.stdout.write(markdown())
