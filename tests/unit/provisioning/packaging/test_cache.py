"""What is kept between builds: made once, whole or not at all, and never more than the newest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from provisioning.packaging import cache

if TYPE_CHECKING:
    from pathlib import Path

ONE, TWO = cache.key("one"), cache.key("two")


@pytest.fixture(autouse=True)
def kept_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep everything in a folder of the test's own, the way an operator would choose one."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "gapura"


def write(part: Path) -> None:
    """Make a file."""
    part.write_text("made")


def refuse(part: Path) -> None:
    """Fail after half of the work."""
    part.write_text("half")
    message = "no disk"
    raise OSError(message)


def test_what_is_there_is_not_made_again() -> None:
    """The second call returns the first one's file without making anything."""
    first = cache.kept("thing", ".txt", ONE, write)
    assert first.read_text() == "made"
    assert cache.kept("thing", ".txt", ONE, refuse) == first


def test_half_of_something_is_nothing(kept_in: Path) -> None:
    """A failure leaves no file behind, so that the next call makes it whole."""
    with pytest.raises(OSError, match="no disk"):
        cache.kept("thing", ".txt", ONE, refuse)
    assert [path.name for path in kept_in.iterdir()] == ["thing.lock"]
    assert cache.kept("thing", ".txt", ONE, write).read_text() == "made"


def test_only_the_newest_of_a_name_stays() -> None:
    """A new key takes the place of the old one, folders too, and other names are left alone."""
    other = cache.kept("thing-else", "", TWO, write)
    old = cache.kept("thing", "", ONE, lambda part: part.mkdir())
    new = cache.kept("thing", "", TWO, write)
    assert (old.exists(), new.exists(), other.exists()) == (False, True, True)


def test_a_failure_spares_what_was_there() -> None:
    """The old one is removed only when the new one has been made."""
    old = cache.kept("thing", ".txt", ONE, write)
    with pytest.raises(OSError, match="no disk"):
        cache.kept("thing", ".txt", TWO, refuse)
    assert old.exists()


@pytest.mark.parametrize(
    ("left", "right"), [(("a", "b"), ("b", "a")), (("ab", "c"), ("a", "bc")), (("a",), ("a", "")), ((b"a",), (b"A",))]
)
def test_different_inputs_have_different_keys(left: tuple[str, ...], right: tuple[str, ...]) -> None:
    """Neither order nor the boundary between two inputs is lost in the digest."""
    assert cache.key(*left) != cache.key(*right)
    assert cache.key(*left) == cache.key(*left)
