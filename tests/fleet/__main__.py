"""`make fleet`: a city of gates from one inventory, made active; then fifteen faults, each named and no other.

stdout has CHECK lines and one SUMMARY, progress is on stderr. Everything is made new and thrown away.
"""

from __future__ import annotations

import json
import secrets
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Final

from firmware.signed.codes import Collector, Whole
from firmware.signed.provision import GateBody, Provision, open_provision
from firmware.signed.warrant import parse_root
from provisioning.cli import Parser, end_as_by_hand
from provisioning.demo import checks
from provisioning.demo.checks import check
from provisioning.demo.house import check_machine
from provisioning.fleet.example import GATES
from provisioning.fleet.lifecycle import State
from provisioning.mistake import FAILED, USAGE, OperatorError
from provisioning.trial.beginning import decided
from tests.bench.fleet import enough_files
from tests.fleet.city import City, read
from tests.fleet.faults import Faults
from tests.fleet.hosts import HostError
from tests.fleet.town import Town

if TYPE_CHECKING:
    from provisioning.broker.watcher import Watcher
    from provisioning.demo.checks import Check

INTERRUPTED: Final = 130
WHOLE: Final = 3
LEAST: Final = 24
_SETTLE_S: Final = 120.0


def main() -> int:
    """Run it; 0 all as it should be, 1 a check failed, 2 it could not run, 130 Ctrl-C."""
    parser = Parser(prog="python -m tests.fleet", description="A city of gates from one inventory, then with faults.")
    parser.add_argument("--n", type=int, default=GATES, help=f"how many gates, {LEAST} at least (default {GATES})")
    parser.add_argument("--seed", type=int, help="which gates get which fault (default random, printed)")
    parser.add_argument("--out", type=Path, help="keep inventory, sheets, answers and logs there")
    options = parser.parse_args()
    end_as_by_hand()
    if options.n < LEAST:
        parser.error(f"--n: {LEAST} gates at least, for each fault needs one")
    seed: int = secrets.randbits(31) if options.seed is None else options.seed
    began_s = time.monotonic()
    try:
        check_machine("auto")
        enough_files(options.n)
        with tempfile.TemporaryDirectory(prefix="gapura-") as folder:
            found = _run(Path(folder), options.n, seed, options.out)
    except KeyboardInterrupt:
        return INTERRUPTED
    except (OperatorError, HostError, OSError) as error:
        _say(str(error))
        return USAGE
    print(checks.summary("fleet", found, time.monotonic() - began_s), flush=True)
    return FAILED if any(one.verdict == "fail" for one in found) else 0


def _run(folder: Path, gates: int, seed: int, out: Path | None) -> list[Check]:
    """Build the city, hold it against its inventory, and spoil it."""
    _say(f"seed {seed}; {gates} gates are planned (Ctrl-C ends)")
    found: list[Check] = []

    def note(*several: Check) -> None:
        for one in several:
            found.append(one)
            print(one.line(seed), flush=True)

    with Town(folder / "office", gates) as town, City(town, folder, WHOLE) as city:
        try:
            faults = Faults(town, city, Random(seed))  # noqa: S311  which gate has which fault is no secret
            note(_inventory(town, gates))
            note(_sheets(town, city))
            began_s = time.monotonic()
            city.set_up_many(faults.alone)
            note(check("many", [], len(city.many), seconds=round(time.monotonic() - began_s), **_spread(city)))
            city.set_up_whole()
            note(check("whole", [], len(city.whole), slowest_s=round(max(city.seconds[one] for one in city.whole))))
            note(_keys(town, city))
            note(_all_are(State.INSTALLED, town, gates, out))
            with town.watcher() as watcher:
                note(_shown(town, city, watcher, State.INSTALLED))
                note(_activated(town, gates))
                note(_all_are(State.ACTIVE, town, gates, out))
                note(_shown(town, city, watcher, State.ACTIVE))
            note(*faults.run(_say, out))
        finally:
            if out is not None:
                _keep(out, folder, town)
    return found


def _inventory(town: Town, gates: int) -> Check:
    """See that the city is as big as it should be."""
    sectors, areas = ({getattr(one, what) for one in town.plan.gates.values()} for what in ("sector", "area"))
    faults = [] if len(town.plan.gates) == gates else ["gates"]
    return check("inventory", faults, gates, sectors=len(sectors), areas=len(areas))


def _sheets(town: Town, city: City) -> Check:
    """Print all sheets, render them, and see that each gate's own document is on its page."""
    began_s = time.monotonic()
    pdf, said = town.sheets()
    _say(f"{len(said)} sheets are drawn in {time.monotonic() - began_s:.0f} s")
    names = [str(one["gate"]) for one in said]
    pages = city.render(pdf, names)
    root = parse_root(town.root.read_bytes())
    faults = [name for name in names if _on_page(city.pages[name], root) != name]
    faults += [] if set(names) == set(town.plan.gates) else ["gates"]
    took_s = round(time.monotonic() - began_s)
    return check(
        "sheets", faults, len(names), pages=pages, codes=sum(int(str(one["codes"])) for one in said), seconds=took_s
    )


def _on_page(pages: list[Path], root: bytes | None) -> str | None:
    """Read a sheet's codes from its pictures and say which gate they make."""
    collector = Collector()
    for code in (code for page in pages for code in read(page)):
        if isinstance(whole := collector.take(code), Whole):
            opened = open_provision(whole.envelope, root=root, gate=None, now=None)
            return opened.body.gate if isinstance(opened, Provision) and isinstance(opened.body, GateBody) else None
    return None


def _keys(town: Town, city: City) -> Check:
    """See that every device has a key and a certificate of its own, and that the ledger has them."""
    keys = Counter(city.key(name) for name in town.plan.gates)
    with town.ledger() as ledger:
        digests = {one.key_digest for name in town.plan.gates for one in ledger.certificates(name)}
    faults = ["a_key_twice"] if max(keys.values()) > 1 else []
    faults += ["certificates"] if len(digests) != len(town.plan.gates) else []
    return check("keys", faults, len(keys))


def _shown(town: Town, city: City, watcher: Watcher, state: State) -> Check:
    """Show the whole gates a pass for elsewhere: one that only observes lets it in and records it."""
    lets_in = state is State.INSTALLED
    expected = ("allow", "deny") if lets_in else ("deny", None)
    faults = []
    for name in city.whole:
        opened = city.shows(name, town.day_pass(), 15.0 if lets_in else 3.0)
        told = watcher.wait(lambda _, name=name: expected in decided(watcher, name), 10)  # type: ignore[misc]
        faults += [f"{name}:{'opened' if opened else 'shut'}"] if opened is not lets_in else []
        faults += [] if told else [f"{name}:untold"]
    return check("bad-pass-let-in" if lets_in else "bad-pass-refused", faults, len(city.whole))


def _activated(town: Town, gates: int) -> Check:
    """Make all of them active by one command."""
    began_s = time.monotonic()
    said = town.activate_all()
    faults = [f"{one['gate']}:{one['state']}" for one in said if one["state"] != State.ACTIVE]
    faults += [] if len(said) == gates else ["gates"]
    return check("activated", faults, len(said), seconds=round(time.monotonic() - began_s))


def _all_are(state: State, town: Town, gates: int, out: Path | None) -> Check:
    """Wait until nothing differs, and ask once more with the clock in hand."""
    until_s = time.monotonic() + _SETTLE_S
    rows, took_s = town.status()
    while any(row["differs"] for row in rows) and time.monotonic() < until_s:
        rows, took_s = town.status()
    _answer(out, f"status-{state}.json", rows)
    there = sum(row["state"] == row["expected"] == state for row in rows)
    faults = [f"{row['gate']}:{'+'.join(map(str, row['differs']))}" for row in rows if row["differs"]]  # type: ignore[call-overload]
    faults += [] if there == len(rows) == gates else [f"{state}_{there}"]
    return check(f"all-{state}", faults, there, status_s=f"{took_s:.1f}")


def _spread(city: City) -> dict[str, str]:
    """Say how long a device took."""
    seconds = sorted(city.seconds[name] for name in city.many)
    return {"median_s": f"{seconds[len(seconds) // 2]:.1f}", "slowest_s": f"{seconds[-1]:.1f}"}


def _answer(out: Path | None, name: str, rows: list[dict[str, object]]) -> None:
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        (out / name).write_text(json.dumps(rows, indent=1) + "\n", "utf-8")


def _keep(out: Path, folder: Path, town: Town) -> None:
    """Keep what was made, and the logs; the claims on the sheets are used, and no key is among it."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "counts.json").write_text(
        json.dumps(town.ops("fleet", "counts", str(town.inventory), "--ledger", str(town.ledger_path))) + "\n", "utf-8"
    )
    (out / "broker.log").write_text(town.broker.log(), "utf-8")
    for path in (town.inventory, town.folder / "sheets-all.pdf", town.folder / "service.log", folder / "devices.log"):
        if path.exists():
            shutil.copyfile(path, out / path.name)


def _say(line: str) -> None:
    sys.stderr.write(f"fleet: {line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
