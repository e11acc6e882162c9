"""The records side of a gate as a process of its own, which writes without a pause and can be killed at any moment.

`Source` is the handle; run as a program it is the gate: shipped journal and link, no door. It tells on stdout which
tokens were committed, so that there is a witness beside the journal.
"""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Final

from firmware.control.clock import SystemClock
from firmware.events import Record
from firmware.records.journal import Journal
from firmware.records.link import Link
from firmware.records.notices import Notices
from firmware.records.settings import LinkSettings
from provisioning.broker.certificates import Holder
from provisioning.broker.runner import LOOPBACK
from tests.torture.delivery.replaying import Replaying

if TYPE_CHECKING:
    from provisioning.broker.runner import Broker

ROOT: Final = Path(__file__).parents[3]
GATE: Final = "gate-1"
KINDS: Final = ("access", "grant", "access", "alarm", "duress")
LOAD_PER_S: Final = 100
RUN: Final = 1_000_000
"""Tokens of one run; the run before it had others."""


class Source:
    """A gate that can be started, killed and told how much to write; `up` counts how often it was connected."""

    def __init__(self, broker: Broker, folder: Path, port: int | None = None) -> None:
        """Prepare its folder and certificate; `port` is that of a line to the broker, if there is one."""
        self.folder = folder
        folder.mkdir(parents=True)
        certificate, key = broker.issue(Holder.GATE, GATE)
        parts = (folder, port or broker.port, broker.ca, certificate, key)
        self._argv = [sys.executable, "-m", "tests.torture.delivery.source", *map(str, parts)]
        self._process: subprocess.Popen[str] | None = None
        self._listener: threading.Thread | None = None
        self._changed = threading.Condition()
        self._runs = self.up = 0
        self.committed: set[int] = set()
        self._written: int | None = None

    @property
    def journal(self) -> Path:
        """Where its journal is."""
        return self.folder / "journal.db"

    def start(self, load_per_s: int = LOAD_PER_S) -> None:
        """Start it, writing from its first moment."""
        self._runs += 1
        argv = [*self._argv, str(self._runs), str(load_per_s)]
        with (self.folder / "log").open("a") as log:
            self._process = subprocess.Popen(
                argv, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, bufsize=1
            )
        self._listener = threading.Thread(target=self._listen, args=(self._process,), daemon=True)
        self._listener.start()

    def kill(self) -> None:
        """End it with SIGKILL, and take in what it had said."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Let it end in order."""
        self._end(signal.SIGTERM)

    def load(self, per_s: int) -> bool:
        """Write so many records a second from now on, 0 rests; says whether what was written before is on disk now."""
        with self._changed:
            self._written = None
        self._say(f"load {per_s}")
        with self._changed:
            return self._changed.wait_for(
                lambda: self._written is not None and (self._written % RUN == 0 or self._written in self.committed), 180
            )

    def write(self, count: int) -> None:
        """Write so many as fast as it can."""
        self._say(f"write {count}")

    def wait_up(self, times: int, timeout_s: float = 180) -> bool:
        """Wait until it was connected so many times since the beginning."""
        with self._changed:
            return self._changed.wait_for(lambda: self.up >= times, timeout_s)

    def wait_committed(self, count: int, timeout_s: float = 180) -> bool:
        """Wait until it has told of so many committed records."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self.committed) >= count, timeout_s)

    def _say(self, words: str) -> None:
        process = self._process
        if process is not None and process.stdin is not None:
            process.stdin.write(words + "\n")
            process.stdin.flush()

    def _end(self, number: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None or self._listener is None:
            return
        process.send_signal(number)
        process.wait()
        self._listener.join()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()

    def _listen(self, process: subprocess.Popen[str]) -> None:
        for line in process.stdout or ():
            if not line.endswith("\n"):
                return  # cut off by its end
            with self._changed:
                word, _, rest = line.strip().partition(" ")
                self.up += word == "up"
                if word == "wrote":
                    self._written = int(rest)
                if word == "c":
                    self.committed.add(int(rest))
                self._changed.notify_all()


class _Program:
    """The gate itself."""

    def __init__(self, settings: LinkSettings, folder: Path, run: int, load_per_s: int) -> None:
        self._token = run * RUN
        self._per_s = load_per_s
        self._chance = Random(run)  # noqa: S311 - a run must be repeatable
        self._clock = SystemClock(2)
        self._orders: queue.SimpleQueue[str] = queue.SimpleQueue()
        notices = Notices()
        replaying = Replaying(GATE, notices)
        self.journal = Journal(folder / "journal.db", GATE, committed=lambda token: _tell(f"c {token}"))
        self.link = Link(
            settings,
            GATE,
            self.journal,
            info=lambda: {"boot": "boot", "run": f"run-{run}", "version": "0", "config_digest": "d"},
            health=self.journal.counters,
            changed=lambda up: _tell("up") if up else None,
            heard=replaying.heard,
            notices=notices,
        )
        replaying.link = self.link

    def run(self) -> None:
        """Write until stdin ends."""
        signal.signal(signal.SIGTERM, lambda *_: self._orders.put("end"))
        self.link.start()
        threading.Thread(target=self._listen, daemon=True).start()
        while (words := self._next().split()) != ["end"]:
            match words:
                case ["load", per_s]:
                    self._per_s = int(per_s)
                    _tell(f"wrote {self._token}")
                case ["write", count]:
                    self._write(int(count))
                case _:
                    self._write(self._chance.randint(1, 3))
        self.link.close()
        self.journal.close()

    def _next(self) -> str:
        pause_s = 2 / self._per_s * self._chance.uniform(0, 2) if self._per_s else None
        try:
            return self._orders.get(timeout=pause_s)
        except queue.Empty:
            return ""

    def _listen(self) -> None:
        for line in sys.stdin:
            self._orders.put(line)
        self._orders.put("end")

    def _write(self, count: int) -> None:
        for _ in range(count):
            self._token += 1
            kind = KINDS[self._token % len(KINDS)]
            self.journal.submit(Record(self._token, kind, self._clock.now(), {"n": self._token}))


def _tell(line: str) -> None:
    os.write(1, f"{line}\n".encode())  # one write: whole lines from several threads, and none lost in a buffer


def main() -> None:
    """Be the gate, until stdin ends or somebody ends us."""
    folder, port, ca, certificate, key, run, load = sys.argv[1:]
    settings = LinkSettings(
        LOOPBACK,
        int(port),
        Path(ca),
        Path(certificate),
        Path(key),
        keepalive_s=2,
        answer_s=3.0,
        connect_timeout_s=2.0,
        health_s=0.5,
        will_delay_s=1,
        refused_first_ms=50,
        backoff_first_ms=50,
        backoff_most_ms=300,
    )
    _Program(settings, Path(folder), int(run), int(load)).run()


if __name__ == "__main__":
    main()
