"""What `make packages` is made of that needs no root: which locked libraries the tests take along."""

from __future__ import annotations

import pytest

from provisioning.packaging.build import without_numpy
from tests.machine.in_root import only
from tests.unit.house import tree

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
