"""The rooms that are broken on purpose: which files, which tests have to notice, and where survivors are explained."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Room:
    """A room of the firmware with its tests; `besides` are words for pytest, such as a slow file that is left out."""

    name: str
    files: tuple[str, ...]
    besides: tuple[str, ...] = ()

    @property
    def tests(self) -> str:
        """Where its tests are."""
        return f"tests/unit/{self.name}"

    @property
    def survivors(self) -> Path:
        """Where the mutants stand that no test can tell from the code."""
        return ROOT / self.tests / "survivors.toml"

    def section(self) -> str:
        """Word what mutmut reads in `pyproject.toml`."""
        words = ["-q", "-p", "no:cacheprovider", *self.besides]
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
        Room("door", ("firmware/door/*.py",), ("--ignore=tests/unit/door/test_any_story.py",)),
        Room("rules", ("firmware/rules/*.py",)),
    )
}
"""A star spans folders: `firmware/rules/*.py` is everything below as well."""
