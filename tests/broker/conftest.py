"""A broker for each test, on a port of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from provisioning.broker.runner import Broker
from tests.broker import stand

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """Start mosquitto on loopback and end it afterwards."""
    stand.require_mosquitto()
    folder = tmp_path / "broker"
    folder.mkdir()
    with Broker(folder) as running:
        yield running
