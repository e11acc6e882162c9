"""The locks: every version exact, every file by hash, nothing of one machine, nothing that belongs to a Pi's apt."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.unit.house import tree

ENTRY = re.compile(r"[a-z0-9-]+==[^ ]+( ; [^\\\n]+)? \\(\n    --hash=sha256:[0-9a-f]{64}( \\)?)+")
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-uv.lock", "requirements-peers.lock")


def pinned(lock: str) -> set[tuple[str, str]]:
    """Read what a lock pins, name and version; a library may stand twice, for different versions of Python."""
    return set(re.findall(r"^([a-z0-9-]+)==(\S+)", tree.read(lock), re.MULTILINE))


def names(requirements: list[str]) -> set[str]:
    """Take the names out of requirement lines."""
    return {re.split(r"[<>=!~ ;\[]", line)[0].lower() for line in requirements}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_exact_and_hashed(lock: str) -> None:
    """Each entry of a lock is one version with at least one SHA-256, and no line is anything else."""
    text = tree.read(lock)
    entries = re.findall(r"^(?![ #])(.+(?:\n    --hash=.*)*)$", text, re.MULTILINE)
    assert len(entries) == len(pinned(lock)) > 0
    for entry in entries:
        assert re.fullmatch(r"[a-z0-9-]+==[^ ]+( ; [^\\\n]+)? \\(\n    --hash=sha256:[0-9a-f]{64}( \\)?)+", entry), (
            entry
        )


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_knows_no_address(lock: str) -> None:
    """A lock names no host and no folder: whoever installs chooses the index, the hashes choose the files."""
    assert re.findall(r"://|^-|file:|\s/\w", tree.read(lock), re.MULTILINE) == []


def test_the_locks_hold_what_the_project_asks_for_and_agree() -> None:
    """Run-time and desk libraries are in both locks at one version; a Pi's own packages are in none."""
    project = tomllib.loads(tree.read("pyproject.toml"))["project"]
    extras = project["optional-dependencies"]
    run, dev, installer, peers = (pinned(lock) for lock in LOCKS)
    assert names(project["dependencies"]) | names(extras["ops"]) <= dict(run).keys()
    assert names(extras["dev"]) | names(extras["webcam"]) <= dict(dev).keys()
    assert run <= dev
    assert {pin for pin in installer - dev if pin[0] in dict(dev)} == set()
    assert names(extras["pi"]).isdisjoint(dict(run | dev | installer | peers))


def test_the_peers_stand_on_what_we_stand_on() -> None:
    """What a peer of the benchmark shares with us has one version; only cbor2 differs, hence an environment apart."""
    asked = tomllib.loads(tree.read("pyproject.toml"))["dependency-groups"]["peers"]
    dev, peers = pinned(LOCKS[1]), pinned(LOCKS[3])
    assert names(asked) | {"cryptography"} <= dict(peers).keys()
    assert {name for name, version in peers - dev if name in dict(dev)} == {"cbor2"}
