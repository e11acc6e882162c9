"""`make deb`: builds the package of this checkout. The last line on stdout is its path and size."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Final

from provisioning.mistake import OperatorError
from provisioning.packaging.build import build
from provisioning.packaging.target import MACHINES, SUITES, Target

CHECKOUT: Final = Path(__file__).parents[2]
_INTERRUPTED: Final = 130


def main() -> int:
    """Build, and say where the package lies."""
    parser = argparse.ArgumentParser(prog="python -m provisioning.packaging", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("dist"), help="the folder for the package (default dist)")
    parser.add_argument("--arch", default="amd64", help=f"{' or '.join(MACHINES)} (default amd64)")
    parser.add_argument("--suite", default="bookworm", help=f"{' or '.join(SUITES)} (default bookworm)")
    options = parser.parse_args()
    began_s = time.monotonic()
    try:
        file = build(CHECKOUT, options.out, Target(options.suite, options.arch))
    except OperatorError as error:
        sys.stderr.writelines(f"package: {line}\n" for line in error.lines)
        return error.exit_code
    except KeyboardInterrupt:
        return _INTERRUPTED
    print(f"{file} {file.stat().st_size} bytes, {time.monotonic() - began_s:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
