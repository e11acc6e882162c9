"""`make mutants`: break the door's code in every way that mutmut knows, and see that a test notices each.

A line for each file goes to stdout, survivors to stderr. A survivor is a fault unless `tests/unit/door/survivors.toml`
says why no test can tell it from the code; so is a line of that list that nothing bears out any more. Exit 1 then.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import tomllib
from itertools import groupby
from pathlib import Path

from tests.mutants import tool
from tests.mutants.tool import ROOT, Change
from tests.torture.checks import Checks

LISTED = ROOT / "tests" / "unit" / "door" / "survivors.toml"
SEED = 0
"""Nothing here is drawn by chance."""


def main() -> int:
    """Run every mutant, or those whose name fits ONLY, and judge them file by file."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--out", type=Path, default=None, help="a folder that keeps the mutants")
    parser.add_argument("--only", default=None, help="run only these, such as 'firmware.door.alarms*'")
    options = parser.parse_args()
    if options.out is not None:
        options.out.mkdir(parents=True, exist_ok=True)
        return judge(options.out, options.only)
    with tempfile.TemporaryDirectory(prefix="gapura-mutants-") as folder:
        return judge(Path(folder), options.only)


def judge(folder: Path, only: str | None) -> int:
    """Report each file with its mutants, then whether the list of survivors is still true."""
    checks, listed = Checks("mutants", SEED), explained()
    seen: set[Change] = set()
    mutants = [one for one in tool.run(folder, only) if only is None or one.seconds]
    for file, group in groupby(mutants, key=lambda one: one.file):
        of_file = list(group)
        survived = [tool.change_of(folder, one) for one in of_file if not one.killed]
        seen |= set(survived)
        checks.check(
            file,
            len(of_file),
            [f"{one.function}: {one.was}  ->  {one.becomes}" for one in survived if one not in listed],
            killed=len(of_file) - len(survived),
            survived=len(survived),
            seconds=round(sum(one.seconds for one in of_file)),
        )
    if only is None:
        gone = [f"survives no longer: {one.function}: {one.was}" for one in listed if one not in seen]
        checks.check("survivors.toml", len(listed), gone)
    return checks.summary()


def explained() -> dict[Change, str]:
    """Read the list of survivors, each with the reason why no test can notice it."""
    rows = tomllib.loads(LISTED.read_text())["survivor"]
    return {Change(row["function"], row["was"], row["becomes"]): row["why"] for row in rows}


if __name__ == "__main__":
    sys.exit(main())
