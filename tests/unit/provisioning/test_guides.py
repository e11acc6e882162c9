"""What technicians and operators are told to type, typed as it stands: whole pages, and no command forgotten."""

from __future__ import annotations

import json
import stat
import sys
from typing import TYPE_CHECKING

import pytest

from tests.command import ROOT
from tests.guides import stories
from tests.guides.opened import opened, surroundings
from tests.guides.pages import PageError, blocks, pages
from tests.guides.typist import Typed, follow, unaccounted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from tests.guides.typist import Told

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    """Open a desk for all stories."""
    with opened(tmp_path_factory.mktemp("desk")) as environment:
        yield environment


def _first_hour(folder: Path, told: Told) -> None:
    """The passphrase is its owner's alone, and the gate believes the pass that was made."""
    assert stat.S_IMODE((folder / "secret").stat().st_mode) == 0o600
    assert json.loads((folder / "judged").read_text())["verdict"] == "verified"
    assert told.lines(stories.DESK, "gapura-ops cmd")


def _operator(folder: Path, told: Told) -> None:
    """What is a key is its owner's alone, and every page and card is there."""
    papers = told.lines(stories.GUIDE, "gapura-ops provision")
    assert (
        told.lines(stories.GUIDE, "gapura-ops fleet counts")[-1]["issued"] == sum("claim" in one for one in papers) > 0
    )
    assert stat.S_IMODE((folder / "sheets.pdf").stat().st_mode) == 0o600
    made = {path.name for path in folder.iterdir()}
    assert {"user-data", "light-card.pdf", "privacy.pdf", "fleet.csv", "ledger.db"} <= made
    assert (folder / "authority/root.pub").read_text().strip() in (folder / "user-data").read_text()


def _papers(folder: Path, told: Told) -> None:
    """Papers, newer papers, what they bring, and the code of a network."""
    said = [one["provisioning"] for one in told.lines(stories.HANDING, "gapura inspect") if "provisioning" in one]
    assert [(one["gates"], one["version"], one["refused"]) for one in said] == [(["lobby-1"], 2, None)]
    assert {path.name for path in folder.iterdir()} >= {"lobby-1.pdf", "lobby-1.txt", "wifi.png"}


def _inventory(folder: Path, told: Told) -> None:
    """The template is checked, approved, listed and counted."""
    listed = told.lines(stories.FLEET, "gapura-ops fleet list")
    assert [one["gate"] for one in listed if one.get("state") == "approved"] == ["north-1", "north-2"]
    assert told.lines(stories.FLEET, "gapura-ops fleet counts")[-1]["by"] == "organisation"
    assert (folder / "fleet.csv").is_file()


def _cards(folder: Path, told: Told) -> None:
    """The boards are named, and the card is larger than what it was made of."""
    assert told.lines(stories.IMAGES, "gapura-ops image boards")
    assert (folder / "card.img").stat().st_size > (folder / "raspios.img").stat().st_size


def _contract(folder: Path, told: Told) -> None:
    """The documents that are published are made."""
    assert (folder / "made" / "asyncapi.json").is_file()
    assert told.err == ""


def _board_file(folder: Path, told: Told) -> None:
    """The board file of the page is a blank gate's."""
    assert "blank, waiting for its codes" in (folder / "checked").read_text() + told.err


def _stage(folder: Path, told: Told) -> None:
    """What makes a gate active may be signed for gates afar."""
    assert (folder / "active.cose").is_file(), told.err


def _cases(folder: Path, told: Told) -> None:
    """Both cases of the page come out as they say under a policy with that year's calendar."""
    assert json.loads((folder / "tried").read_text().splitlines()[-1])["failed"] == 0, told.err


def _abroad(folder: Path, told: Told) -> None:
    """Every file gives its keys, and the certificate is left to an officer, who lets its holder in."""
    (built,) = told.lines(stories.POLICIES, "gapura-ops trust build")
    assert [(one["keys"], one["authorities"]) for one in built["issuer_files"]] == [
        ({"hc1": 1}, 0),
        ({"shc": 1}, 0),
        ({}, 1),
        ({"divoc": 1}, 0),
    ]
    (seen,) = told.lines(stories.POLICIES, "gapura inspect")
    assert (seen["format"], seen["decision"], seen["reason"]) == ("hc1", "verify", "identity"), told.err
    replies = [one["value"] for one in told.lines(stories.POLICIES, "printf") if one["kind"] == "reply"]
    assert [one["state"]["last"]["decision"] for one in replies] == ["verify", "allow"]
    assert (folder / "policy.cose").is_file()


INSTALLED = "first-hour"
"""Typed with the installed programs themselves, where the others ask an open desk."""

PROOFS: dict[str, Callable[[Path, Told], None]] = {
    "first-hour": _first_hour,
    "operator": _operator,
    "papers": _papers,
    "inventory": _inventory,
    "cards": _cards,
    "contract": _contract,
    "board-file": _board_file,
    "stage": _stage,
    "cases": _cases,
    "abroad": _abroad,
}


@pytest.mark.parametrize("story", stories.OFFLINE)
def test_a_page_works_as_it_is_written(story: str, desk: Mapping[str, str], tmp_path: Path) -> None:
    """Every command of its story succeeds, in its order, in an empty folder, and what it is for has come about."""
    whose = surroundings() if story == INSTALLED else desk
    told = follow(stories.OFFLINE[story], stories.LEFT_OUT, tmp_path, whose)
    PROOFS[story](tmp_path, told)


def test_every_command_of_every_page_is_typed_or_left_out_for_a_reason() -> None:
    """No page below the folders has a command or a paper that no story has, and no reason is for nothing."""
    everywhere = pages(*stories.FOLDERS)
    assert unaccounted(stories.ALL, stories.LEFT_OUT, everywhere) == []
    assert stories.LEFT_OUT.keys() <= set(everywhere)
    left = [f"  {page}: {command}: {why}" for page, said in stories.LEFT_OUT.items() for command, why in said.items()]
    typed = sum(len(block.commands()) for page in everywhere for block in blocks(page) if block.typed) - len(left)
    sys.stderr.write("\n".join([f"{len(everywhere)} pages, {typed} commands typed, {len(left)} left out:", *left, ""]))


@pytest.mark.parametrize("page", [stories.DESK, stories.GUIDE])
def test_a_command_that_is_added_to_a_page_is_typed(page: str, desk: Mapping[str, str], tmp_path: Path) -> None:
    """In a block that is typed it is typed, last and in its turn: one that fails ends the story, and is named."""
    text = "```\necho one > first\n```\n\n```\ngapura-ops no-such-command \\\n  --at all\n```\n"
    with pytest.raises(AssertionError, match=r"README.md:6: gapura-ops no-such-command .*\n?.*invalid choice"):
        follow((Typed(page, 1), Typed(page, 2)), {}, tmp_path, desk, **{page: text})
    assert (tmp_path / "first").read_text() == "one\n"


def test_a_block_that_is_added_to_a_page_and_has_no_story_is_named() -> None:
    """A command in it, a paper in it, and a reason whose command is gone: the account has each with its place."""
    text = (ROOT / stories.GUIDE).read_text(encoding="utf-8")
    added = text + "\n```\ngapura-ops fleet list F\nsudo reboot\n```\n\n```toml\nx = 1\n```\n"
    left = {stories.GUIDE: {"sudo reboot": "a machine", "sudo poweroff": "a machine"}}
    assert unaccounted(stories.ALL, left, [stories.GUIDE], **{stories.GUIDE: text}) == [
        f"{stories.GUIDE}: left out for nothing: sudo poweroff",
        f"{stories.GUIDE}: left out for nothing: sudo reboot",
    ]
    line = text.count("\n") + 3
    assert unaccounted(stories.ALL, left, [stories.GUIDE], **{stories.GUIDE: added}) == [
        f"{stories.GUIDE}:{line}: gapura-ops fleet list F",
        f"{stories.GUIDE}:{line + 4}: a paper in toml",
        f"{stories.GUIDE}: left out for nothing: sudo poweroff",
    ]


@pytest.mark.parametrize(
    "line", ["    gapura-ops watch", "gapura-ops watch --once", "$ gapura check F", "sudo gapura doctor x"]
)
def test_a_command_outside_of_every_block_is_a_mistake_of_the_page(line: str) -> None:
    """Indented or bare, nobody would type it: the page is refused, with the line."""
    with pytest.raises(PageError, match=r"x/README.md:3: a command outside"):
        blocks("x/README.md", f"# A page\n\n{line}\n")


def test_a_word_that_a_page_no_longer_says_fails_its_story(desk: Mapping[str, str], tmp_path: Path) -> None:
    """What a story puts in the place of a word of the page has to find that word."""
    steps = (Typed(stories.CONTRACT, 1, {"FOLDER": "made"}),)
    with pytest.raises(PageError, match="nothing of block 1 says 'FOLDER' any more"):
        follow(steps, {}, tmp_path, desk)


def test_a_command_may_be_continued_and_have_a_document_in_it() -> None:
    """A block is taken apart as a shell does it: comments and empty lines are none, each has its first line's place."""
    text = "```\n# none\n\none \\\n  two\ncat > f <<'END'\n{\nEND\nthree\n```\n"
    (block,) = blocks("x/README.md", text)
    assert [(one.line, one.text) for one in block.commands()] == [
        (4, "one \\\n  two"),
        (6, "cat > f <<'END'\n{\nEND"),
        (9, "three"),
    ]
