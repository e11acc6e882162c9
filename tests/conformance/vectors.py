"""Where published vectors lie, and how they are read, compared and counted."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest


def folder(name: str) -> Path | None:
    """Return one folder of `GAPURA_VECTORS`, else of `../shared/vectors`; None where it is missing."""
    base = Path(os.environ.get("GAPURA_VECTORS", Path(__file__).parents[3] / "shared" / "vectors"))
    return base / name if (base / name).is_dir() else None


def read(path: Path) -> dict[str, object]:
    """Read a JSON file that holds an object."""
    found = json.loads(path.read_text(encoding="utf-8"))
    assert isinstance(found, dict), path
    return found


def dicts(value: object) -> Iterator[dict[str, object]]:
    """Yield the objects of an array."""
    assert isinstance(value, list)
    for item in value:
        assert isinstance(item, dict)
        yield item


def alike(one: object, other: object) -> bool:
    """Say whether two values are written alike, so that `true` is not 1."""
    return json.dumps(one, sort_keys=True, default=str) == json.dumps(other, sort_keys=True)


def say(capsys: pytest.CaptureFixture[str], line: str) -> None:
    """Print a count past pytest's capture."""
    with capsys.disabled():
        print(f"\n{line}", end="")  # noqa: T201  counts are for whoever runs the suite
