"""The shape of the house: its folders, the law at the head of every file, documents that name what exists.

These tests read the checkout and run nothing of it.
"""

from __future__ import annotations

import ast
import re
import tomllib

import pytest

from tests.unit.house import tree

TOP = {".ci", "firmware", "hw", "provisioning", "systemd", "tests"}
LAW_MIN_WORDS = 3
LONGEST = 250
LONGEST_TABLE = 350
LONGER: dict[str, str] = {}
DOCUMENTS = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "LICENSE")
DRIVERS = re.compile(
    r"^(hw\.(adc|display|inputs|lcd|light|one_shot|pins|relay|simulated|sounder|speech|supervised|supply|reader\.sources)"
    r"|gpiozero|picamera2|linuxpy|RPLCD)\b"
)


def test_the_checkout_has_the_rooms_of_the_design_and_no_others() -> None:
    """Only the folders that the architecture names stand at the top."""
    assert {path.parts[0] for path in tree.tracked() if len(path.parts) > 1} == TOP


def test_every_file_opens_with_its_law() -> None:
    """A module's docstring is at least one whole sentence that ends in a period."""
    laws = {str(path): ast.get_docstring(ast.parse(tree.read(path))) or "" for path in tree.modules()}
    assert laws
    assert {path for path, law in laws.items() if len(law.split()) < LAW_MIN_WORDS or not law.endswith(".")} == set()


def test_files_stay_short_enough_to_be_read_in_one_sitting() -> None:
    """No file is longer than 250 lines, but for those listed with their reason; a test's tables may take 350."""
    lengths = {str(path): len(tree.read(path).splitlines()) for path in tree.modules()}
    longer = {
        path: length
        for path, length in lengths.items()
        if length > (LONGEST_TABLE if path.startswith("tests/") else LONGEST)
    }
    assert {path: length for path, length in longer.items() if path not in LONGER} == {}
    assert LONGER.keys() <= longer.keys()


def test_every_target_of_make_is_explained_by_help() -> None:
    """Each phony target of the Makefile carries the line that `make help` prints."""
    makefile = tree.read("Makefile")
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert phony is not None
    assert set(re.findall(r"^([a-z]+):.*## ", makefile, re.MULTILINE)) == set(phony.group(1).split())


@pytest.mark.parametrize("document", DOCUMENTS)
def test_documents_name_only_what_exists(document: str) -> None:
    """Every path, make target and program that a root document puts in backticks is there."""
    text = tree.read(document)
    targets = re.findall(r"`make ([a-z]+)", text)
    programs = re.findall(r"`(?:\.venv/bin/)?(gapura[a-z-]*)\b", text)
    paths = re.findall(r"`((?:\.ci|firmware|hw|provisioning|systemd|tests)/[\w./-]*)`", text)
    scripts = tomllib.loads(tree.read("pyproject.toml"))["project"]["scripts"]
    assert set(targets) <= set(re.findall(r"^([a-z]+):", tree.read("Makefile"), re.MULTILINE)) | {"enrol", "fleet"}
    assert {name for name in programs if name.split(".")[0] not in scripts} == set()
    assert {path for path in paths if not (tree.ROOT / path).exists()} == set()


@pytest.mark.parametrize(
    "path", ["firmware/__main__.py", "firmware/drivers.py", "hw/reader/__main__.py", "provisioning/__main__.py"]
)
def test_a_program_starts_without_its_drivers(path: str) -> None:
    """Concrete drivers are imported inside functions only, so that every command runs on a laptop."""
    named: list[str] = []
    for node in ast.parse(tree.read(path)).body:
        match node:
            case ast.Import(names=names):
                named += [alias.name for alias in names]
            case ast.ImportFrom(module=str(module), names=names):
                named += [f"{module}.{alias.name}" for alias in names]
            case _:
                continue
    assert [name for name in named if DRIVERS.match(name)] == []


@pytest.mark.parametrize("room", ["firmware/passes", "firmware/trust", "firmware/signed"])
def test_a_rooms_page_names_each_of_its_files(room: str) -> None:
    """Where what believes signatures stands, a reader finds every file with what it decides."""
    page = tree.read(f"{room}/README.md")
    files = {path.name for path in tree.modules() if path.parent.as_posix() == room} - {"__init__.py"}
    assert {name for name in files if f"`{name}`" not in page} == set()
