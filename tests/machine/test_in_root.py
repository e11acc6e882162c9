"""What `make packages` is made of that needs no root: which locked libraries the tests take along."""

from __future__ import annotations

import ast
import re
import sys
from importlib.metadata import packages_distributions, requires
from typing import TYPE_CHECKING

import pytest
from packaging.requirements import Requirement

from provisioning.packaging.build import without_numpy
from tests.machine.in_root import ROOMS, TESTS_NEED, only
from tests.unit.house import tree

if TYPE_CHECKING:
    from pathlib import Path

OURS = {"firmware", "hw", "provisioning", "tests"}
PROGRAMS = {"pytest", "pytest-timeout"}
"""What the run itself is made of, whether a test names it or not."""

LOCK = """\
# made by somebody
numpy==2.4.6 ; python_full_version < '3.12' \\
    --hash=sha256:11
    # via gapura
numpy==2.5.5 ; python_full_version >= '3.12' \\
    --hash=sha256:22
pluggy==1.7.0 \\
    --hash=sha256:33
    # via pytest
pytest==9.2.0 \\
    --hash=sha256:44
"""


def test_only_what_is_named_is_taken() -> None:
    """An entry comes with its hashes, and what is not named stays out."""
    assert only(LOCK, ("pytest",)) == "pytest==9.2.0 \\\n    --hash=sha256:44\n"


def test_what_is_not_locked_is_not_taken_from_elsewhere() -> None:
    """A name that the lock does not have is a mistake here, never a library without a hash."""
    with pytest.raises(ValueError, match="hypothesis"):
        only(LOCK, ("pytest", "hypothesis"))


def test_numpy_leaves_a_lock_in_all_its_versions() -> None:
    """On a Pi the system's numpy counts; everything else stays as it is locked."""
    kept = without_numpy(LOCK.encode()).decode()
    assert "numpy" not in kept
    assert kept.count("--hash") == 2
    real = tree.read("requirements.lock")
    assert len(without_numpy(real.encode()).splitlines()) < len(real.splitlines())


def test_whatever_the_rooms_tests_import_is_taken_along() -> None:
    """Each library that these tests import, also by what they share, is the package's own or goes with them."""
    brought = set(re.findall(r"^([a-z0-9-]+)==", tree.read("requirements.lock"), re.MULTILINE)) | set(TESTS_NEED)
    of_module = packages_distributions()
    wanted = PROGRAMS | {_normal(name) for module in _imported() for name in of_module[module]}
    while more := {name for one in wanted for name in _asked_by(one)} - wanted:
        wanted |= more
    assert wanted - brought == set()
    assert set(TESTS_NEED) - wanted == set()


def _imported() -> set[str]:
    """Follow imports from the rooms' tests through other tests, to the names of all that is not ours or Python's."""
    waiting = [path for room in ROOMS for path in (tree.ROOT / "tests/unit" / room).glob("*.py")]
    waiting += [path for path in (tree.ROOT / "tests").rglob("conftest.py") if path.parent.name in {"tests", "unit"}]
    seen: set[Path] = set()
    names: set[str] = set()
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        for module in _modules(ast.parse(path.read_text(encoding="utf-8"))):
            top = module.partition(".")[0]
            if top == "tests":
                place = tree.ROOT / module.replace(".", "/")
                waiting += [one for one in (place.with_suffix(".py"), place / "__init__.py") if one.is_file()]
            elif top not in OURS | sys.stdlib_module_names:
                names.add(top)
    return names


def _modules(code: ast.Module) -> set[str]:
    """Name the modules of a file's imports, those that only a type checker reads among them."""
    found: set[str] = set()
    for node in ast.walk(code):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def _asked_by(library: str) -> set[str]:
    """Name what an installed library asks for on a gate, without its extras; nothing of one that is not here."""
    found = set()
    for line in requires(library) or ():
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate({"extra": "", "python_version": "3.13"}):
            found.add(_normal(requirement.name))
    return found


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
