"""The broker's page, typed: what it says to type makes a broker that serves. `test_guides` has the whole of it."""

from __future__ import annotations

from provisioning.broker.runner import free_port
from tests.broker import stand
from tests.guides import stories
from tests.guides.opened import enterable, surroundings
from tests.guides.typist import follow


def test_the_commands_of_the_page_make_a_broker_that_serves() -> None:
    """Its init, its start and its certificates work as they stand, and it keeps its messages where it was told."""
    stand.require_mosquitto()
    with enterable() as folder:
        follow(stories.BROKER_ALONE, stories.LEFT_OUT, folder, surroundings() | {"PORT": str(free_port())})
        assert (folder / "broker" / "gates" / "gate-1" / "gate.crt").is_file()
        assert (folder / "broker" / "operator-room2.crt").is_file()
