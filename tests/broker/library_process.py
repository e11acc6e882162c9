"""A gate's library with a real link in a process of its own, so that it can be killed in the middle of a blob.

Run as `python -m tests.broker.library_process CONFIG STATE PORT CA CERTIFICATE KEY`; prints its numbers as a line of
JSON whenever it has something to say.
"""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path

from firmware.control import mistakes
from firmware.control.clock import SystemClock
from firmware.control.config import Config
from firmware.control.library import Library
from firmware.records.journal import Journal
from firmware.records.link import Link
from firmware.records.notices import Notices
from firmware.records.settings import LinkSettings
from tests.broker.stand import FACTS, GATE


def main() -> None:
    """Connect, fetch, and stay until somebody ends us."""
    config_path, state, port, ca, certificate, key = sys.argv[1:]
    config = mistakes.read(Path(config_path))
    assert isinstance(config, Config), config
    settings = LinkSettings(
        "127.0.0.1", int(port), Path(ca), Path(certificate), Path(key), backoff_first_ms=50, backoff_most_ms=200
    )
    notices = Notices()
    library = Library(config, SystemClock(2), changed=lambda: None)
    link = Link(
        settings,
        GATE,
        Journal(Path(state) / "journal.db", GATE, committed=lambda _: None),
        info=lambda: FACTS,
        health=library.counters,
        changed=library.link_changed,
        heard=library.heard,
        notices=notices,
        groups=config.gate.every_group,
    )
    news = threading.Event()
    notices.watch(news.set)
    link.start()
    library.start(notices, link)
    while True:
        news.wait()
        news.clear()
        sys.stdout.write(json.dumps(library.counters()) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
