"""What the link counts, and what it says of it in the log: one line for each new trouble, then one now and then.

It decides nothing about the connection.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from firmware.records.faults import LinkFault
    from firmware.records.settings import LinkSettings

_REPEAT_LOG_S = 600


class Tally:
    """The counters of one link and its voice."""

    def __init__(self) -> None:
        """Begin at nothing."""
        self.counts: Counter[str] = Counter()
        self._log = logging.getLogger("gapura.link")
        self._said: dict[LinkFault, float] = {}

    def say(self, fault: LinkFault, text: str) -> None:
        """One line when the trouble is a new one, then again only now and then."""
        now_s = time.monotonic()
        if now_s - self._said.get(fault, -_REPEAT_LOG_S) >= _REPEAT_LOG_S:
            self._said[fault] = now_s
            self._log.warning("link: %s: %s", fault, " ".join(text.split()))

    def connected(self, settings: LinkSettings) -> None:
        """The broker has taken us in: every trouble is a new one from here on."""
        self.counts["connects"] += 1
        self._said.clear()
        self._log.info("link: connected to %s:%d", settings.host, settings.port)
