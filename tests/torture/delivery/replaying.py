"""How a gate without a door is asked to send something again: `replay` in an unsigned word of the tests' own.

It says on `res/replay` how that went, as a gate does; signatures and who may ask are not its matter.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from firmware.records import wire
from firmware.records.replay import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from firmware.records.heard import Heard
    from firmware.records.link import Link
    from firmware.records.notices import Notices


def order(_gate: str, nonce: str, epoch: str, first: int, last: int) -> tuple[bytes, str]:
    """Ask for a range in the words of this program, unsigned: signed commands are not this test's matter."""
    name = f"{nonce[:8]}-{first}-{last}-{time.monotonic_ns()}"
    return json.dumps({"id": name, "epoch": epoch, "first": first, "last": last}).encode(), name


class Replaying:
    """Hears for one gate; `link` is set as soon as there is one, before it starts."""

    link: Link

    def __init__(self, gate: str, notices: Notices) -> None:
        """Answer for this gate."""
        self._gate = gate
        self._notices = notices

    def heard(self, heard: Heard) -> None:
        """Have the link send a range again, if that is what came."""
        if (heard.channel, heard.name) != ("cmd", "replay"):
            return
        said = json.loads(heard.data)
        told = self._telling(str(said["id"]))
        if not self.link.replay(str(said["epoch"]), int(said["first"]), int(said["last"]), str(said["id"]), told):
            told(0, Outcome.TURNED_DOWN)

    def _telling(self, name: str) -> Callable[[int, Outcome], None]:
        def told(taken: int, outcome: Outcome) -> None:
            state = {Outcome.COMPLETE: "successful", Outcome.GOING_ON: "executing"}.get(outcome, "failed")
            answer = wire.dump({"id": name, "op": "replay", "state": state, "taken": taken})
            self._notices.tell(wire.response_topic(self._gate, "replay"), answer, 60)

        return told
