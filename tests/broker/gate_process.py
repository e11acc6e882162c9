"""The records side of a gate in a process of its own, so that it can be killed.

Run as `python -m tests.broker.gate_process FOLDER PORT CA CERTIFICATE KEY`; says `up` when it is connected.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from firmware.records.settings import LinkSettings
from tests.broker.stand import Gate


def main() -> None:
    """Connect, say so, and stay until somebody ends us."""
    folder, port, ca, certificate, key = sys.argv[1:]
    settings = LinkSettings("127.0.0.1", int(port), Path(ca), Path(certificate), Path(key), will_delay_s=4)
    with Gate(Path(folder), settings) as gate:
        gate.wait_up()
        sys.stdout.write("up\n")
        sys.stdout.flush()
        threading.Event().wait()


if __name__ == "__main__":
    main()
