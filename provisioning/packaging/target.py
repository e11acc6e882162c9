"""What a package can be built for: a suite of Debian, which fixes Python, and an architecture.

Pure. Raspberry Pi OS of the same name takes the same package: its Python and its C library are Debian's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from provisioning.mistake import OperatorError


@dataclass(frozen=True, slots=True)
class Suite:
    """A release of Debian: its number, its Python, the C library that wheels may ask for (PEP 600), its zbar."""

    number: int
    python: str
    glibc: str
    zbar: str


SUITES: Final = {
    "bookworm": Suite(12, "3.11", "2_36", "libzbar0"),
    # Its C library is 2.41; the installer knows names up to 2.40, and no library of the lock asks for more.
    "trixie": Suite(13, "3.13", "2_40", "libzbar0t64"),
}
MACHINES: Final = {"amd64": "x86_64", "arm64": "aarch64"}
"""Debian's names of architectures, and those of wheels."""

_OF_A_PI: Final = ("network-manager", "python3-lgpio", "python3-libcamera", "python3-picamera2")


@dataclass(frozen=True, slots=True)
class Target:
    """One package's target; raises OperatorError for what no package is built for."""

    suite: str = "bookworm"
    architecture: str = "amd64"

    def __post_init__(self) -> None:
        """Refuse a suite or an architecture that is not in the tables."""
        if self.suite not in SUITES:
            line = f"SUITE={self.suite} is not built for; there are {' and '.join(SUITES)}"
            raise OperatorError(line)
        if self.architecture not in MACHINES:
            line = f"ARCH={self.architecture} is not built for; there are {' and '.join(MACHINES)}"
            raise OperatorError(line)

    @property
    def details(self) -> Suite:
        """Return what the suite brings."""
        return SUITES[self.suite]

    @property
    def wheels(self) -> str:
        """Name the platform as uv does: what wheels may be made for."""
        return f"{MACHINES[self.architecture]}-manylinux_{self.details.glibc}"

    @property
    def is_pi(self) -> bool:
        """Tell whether numpy is the system's: apt's picamera2 is built against that one and no other."""
        return self.architecture == "arm64"

    @property
    def opened_by_name(self) -> tuple[str, ...]:
        """Name the packages that no library is linked with and one opens or imports while it runs."""
        return (self.details.zbar, *(("python3-numpy",) if self.is_pi else ()))

    @property
    def recommends(self) -> tuple[str, ...]:
        """Name the packages that a door on a Pi has, which Debian itself may lack; a bench does without them."""
        return _OF_A_PI if self.is_pi else ()

    def versioned(self, version: str) -> str:
        """Add the suite to a Debian version, so that an upgrade of the system finds the newer suite's package newer."""
        return f"{version}+deb{self.details.number}"
