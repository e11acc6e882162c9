"""The rooms that are broken on purpose: which files, which tests have to notice, and where survivors are explained."""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Room:
    """A room of the firmware with its tests; `without` are those that start processes or draw much."""

    name: str
    files: tuple[str, ...]
    without: tuple[str, ...] = ()

    @property
    def tests(self) -> str:
        """Where its tests are."""
        return f"tests/unit/{self.name}"

    @property
    def survivors(self) -> Path:
        """Where the mutants stand that no test can tell from the code."""
        return ROOT / self.tests / "survivors.toml"

    def breaks(self, path: Path) -> bool:
        """Whether mutants are made of a file."""
        return any(fnmatch.fnmatch(str(path), one) for one in self.files)

    def section(self) -> str:
        """Word what mutmut reads in `pyproject.toml`."""
        left_out = [f"--deselect={self.tests}/{one}" for one in self.without]
        words = ["-q", "-p", "no:cacheprovider", "--hypothesis-profile=brief", *left_out]
        return f"""
[tool.mutmut]
source_paths = ["firmware"]
also_copy = ["firmware"]
only_mutate = {list(self.files)}
pytest_add_cli_args_test_selection = ["{self.tests}"]
pytest_add_cli_args = {words}
"""


ROOMS: Final = {
    room.name: room
    for room in (
        Room("door", ("firmware/door/*.py",), ("test_any_story.py",)),
        Room(
            "rules",
            ("firmware/rules/*.py",),
            (
                "test_five_gates.py",
                "test_properties.py::test_the_same_is_decided_in_every_process",
                "test_certlogic.py::test_nothing_but_its_own_error_comes_out",
            ),
        ),
    )
}
"""A star spans folders: `firmware/rules/*.py` is everything below as well."""
