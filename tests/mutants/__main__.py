"""`make mutants`: break the code of a room in every way that mutmut knows, and see that a test notices each.

A line for each file goes to stdout, survivors to stderr. A survivor is a fault unless the `survivors.toml` beside the
room's tests says why no test can tell it from the code; so is a line of that list that nothing bears out any more. Exit
1 then. With --out a run that was broken off goes on where it was, as long as no line has changed since.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import tomllib
from pathlib import Path

from tests.mutants import tool
from tests.mutants.rooms import ROOMS, Room
from tests.mutants.tool import Change
from tests.torture.checks import Checks

SEED = 0
"""Nothing here is drawn by chance."""


def main() -> int:
    """Run every mutant, or those whose name fits ONLY, and judge them file by file."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--room", choices=ROOMS, action="append", help="one of the rooms (all of them otherwise)")
    parser.add_argument("--out", type=Path, default=None, help="a folder that keeps the mutants, room by room")
    parser.add_argument("--only", default=None, help="run only these, such as 'firmware.door.alarms*'")
    options = parser.parse_args()
    rooms = [ROOMS[name] for name in options.room or ROOMS]
    checks = Checks("mutants", SEED)
    with tempfile.TemporaryDirectory(prefix="gapura-mutants-") as passing:
        for room in rooms:
            if options.only is None or options.only.startswith(f"firmware.{room.name}"):
                folder = (options.out or Path(passing)) / room.name
                folder.mkdir(parents=True, exist_ok=True)
                judge(checks, room, folder, options.only)
    return checks.summary()


def judge(checks: Checks, room: Room, folder: Path, only: str | None) -> None:
    """Report each file with its mutants, then whether the list of survivors is still true."""
    listed = explained(room)
    seen: set[Change] = set()
    for file, mutants in tool.run(folder, room, only):
        if only is not None and not mutants:
            continue
        survived = [one.survived for one in mutants if one.survived]
        seen |= set(survived)
        checks.check(
            file,
            len(mutants),
            [f"{one.function}: {one.was}  ->  {one.becomes}" for one in survived if one not in listed],
            killed=len(mutants) - len(survived),
            endless=sum(one.endless for one in mutants),
            survived=len(survived),
            seconds=round(sum(one.seconds for one in mutants)),
        )
    if only is None:
        gone = [f"survives no longer: {one.function}: {one.was}" for one in listed if one not in seen]
        checks.check(str(room.survivors.relative_to(room.survivors.parents[3])), len(listed), gone)


def explained(room: Room) -> dict[Change, str]:
    """Read the list of survivors, each with the reason why no test can notice it."""
    rows = tomllib.loads(room.survivors.read_text())["survivor"]
    return {Change(row["function"], row["was"], row["becomes"]): row["why"] for row in rows}


if __name__ == "__main__":
    sys.exit(main())
