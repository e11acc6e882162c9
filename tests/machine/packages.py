"""`make packages`: a package in a bare root of its suite, for another architecture under user emulation, offline.

CHECK and SUMMARY lines go to stdout, what is being done to stderr. Exit 1 if a check failed, 2 if something is
missing. Roots, libraries and packages are kept and made again only when what they are made from changes.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from provisioning.mistake import OperatorError
from provisioning.packaging import emulation, roots
from provisioning.packaging.build import build
from provisioning.packaging.target import MACHINES, SUITES, Target
from tests.machine import card_schema, in_root
from tests.torture.checks import Checks

if TYPE_CHECKING:
    from provisioning.packaging.roots import Root

CHECKOUT: Final = Path(__file__).parents[2]
_INTERRUPTED: Final = 130
_BASE: Final = ("python3", "systemd")


def main() -> int:
    """Build, install, try, upgrade, purge."""
    parser = argparse.ArgumentParser(prog="python -m tests.machine.packages", description=__doc__)
    parser.add_argument("--arch", default="arm64", choices=MACHINES, help="the architecture (default arm64)")
    parser.add_argument("--suite", default="trixie", choices=SUITES, help="Debian's release (default trixie)")
    parser.add_argument("--seed", type=int, default=None, help="printed with every check; nothing here is drawn")
    options = parser.parse_args()
    target = Target(options.suite, options.arch)
    checks = Checks("packages", secrets.randbits(32) if options.seed is None else options.seed)
    try:
        _try(target, checks)
    except OperatorError as error:
        sys.stderr.writelines(f"packages: {line}\n" for line in error.lines)
        return error.exit_code
    except KeyboardInterrupt:
        return _INTERRUPTED
    return checks.summary()


def _try(target: Target, checks: Checks) -> None:
    """Take one target through everything; what one check needs and did not get fails that check."""
    roots.check_machine()
    emulation.prepare(target.architecture)
    with tempfile.TemporaryDirectory(prefix="gapura-packages-") as folder:
        place = Path(folder)
        began_s = time.monotonic()
        package = build(CHECKOUT, place, target)
        said = {"suite": target.suite, "arch": target.architecture}
        checks.check("package", 1, [], bytes=package.stat().st_size, **said, seconds=_since(began_s))
        began_s = time.monotonic()
        faults = card_schema.faults(card_schema.schema(target))
        checks.check("user-data", len(card_schema.cards()), faults, seconds=_since(began_s))
        began_s = time.monotonic()
        name = f"bare-{target.suite}-{target.architecture}"
        bare = roots.base(name, target.suite, (*_BASE, *target.opened_by_name), target.architecture)
        checks.check("root", 1, [], seconds=_since(began_s))
        began_s = time.monotonic()
        library = in_root.libraries(CHECKOUT, target)
        checks.check("test-libraries", 1, [], seconds=_since(began_s))
        with roots.unpacked(bare) as root:
            in_root.furnish(root, CHECKOUT, package, library)
            _judge(root, checks, in_root.repacked(package, place))


def _judge(root: Root, checks: Checks, newer: Path) -> None:
    """Ask the root one thing after the other; the order matters, as the last takes the package away."""
    steps = {
        "offline": in_root.offline,
        "installed": in_root.installed,
        "version": in_root.version,
        "checked": in_root.checked,
        "doctor": in_root.doctor,
        "pure-rooms": in_root.pure_rooms,
        "upgraded": lambda place: in_root.upgraded(place, newer),
        "update-stays": in_root.update_stays,
        "purged": in_root.purged,
    }
    for name, step in steps.items():
        began_s = time.monotonic()
        try:
            found = step(root)
        except OperatorError as error:
            checks.check(name, 1, error.lines, seconds=_since(began_s))
        else:
            checks.check(name, found.n, found.faults, **found.values, seconds=_since(began_s))


def _since(began_s: float) -> float:
    return round(time.monotonic() - began_s, 1)


if __name__ == "__main__":
    sys.exit(main())
