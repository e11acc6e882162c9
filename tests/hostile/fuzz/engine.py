"""One search by libFuzzer in a process of its own: `python -m tests.hostile.fuzz.engine TARGET [libFuzzer's options]`.

It is a process because libFuzzer ends the one it runs in, and because our code must be instrumented as it is imported.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["firmware"]):
    from tests.hostile.fuzz.targets import TARGETS


def main() -> None:
    """Search until libFuzzer ends: by its own clock, or at the first exception, whose bytes it writes down."""
    program, name, *options = sys.argv
    atheris.Setup([program, *options], TARGETS[name].run)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
