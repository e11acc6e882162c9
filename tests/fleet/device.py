"""One device without a door: the shipped code that reads its sheet, enrols, keeps its records and takes documents.

What a gate does with pins and cameras is left out, so that many fit into a process. Nothing here decides.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Final

from firmware.control import trial
from firmware.control.alerts import Alerts
from firmware.control.board import open_site
from firmware.control.clock import SystemClock, boottime_ms
from firmware.control.identities import LINK, OVERLAY
from firmware.control.library import Library
from firmware.control.setup_tasks import Around, Tasks
from firmware.control.taking import Taking
from firmware.control.telling import birth_facts, broker
from firmware.control.trial import Trial
from firmware.events import Record
from firmware.records.journal import Journal
from firmware.records.lines import boot_id
from firmware.records.link import Link
from firmware.records.notices import Notices
from firmware.setup.stages import Stage
from firmware.signed.codes import Collector, Whole
from firmware.signed.warrant import parse_root
from hw import board as boards
from hw.reader import decoders, images
from hw.simulated import SimulatedNetwork

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from firmware.control.board import Site

ERROR_S: Final = 2
PATIENCE_S: Final = 90.0
_PAUSE_S: Final = 0.3
CARD: Final = "board.toml"


class DeviceError(Exception):
    """A device could not be set up; the text says where it stood."""


class Device:
    """One device in a folder with its card; `told` hears when its broker took it in."""

    def __init__(self, name: str, folder: Path, told: Callable[[str], None]) -> None:
        """Take what it is called by whoever leads it."""
        self.name, self._folder, self._told = name, folder, told
        self._clock = SystemClock(ERROR_S)
        self._stack = ExitStack()
        self._notices = Notices()
        self._journal: Journal | None = None
        self.library: Library | None = None
        self._token = 0
        self.release: str | None = None

    def set_up(self, pages: list[Path], root: Path) -> None:
        """Read the sheet as a camera's picture, enrol, and become a gate; raises DeviceError."""
        site = self._site()
        if site.board is None:
            message = "no board file"
            raise DeviceError(message)
        taking = Taking(site.board, parse_root(root.read_bytes()), self._clock.now)
        taking.take(_envelope(pages))
        tasks = self._tasks(site, taking)
        for stage in (Stage.NETWORK, Stage.ENROL, Stage.KEEP):
            self._until_done(tasks, stage)

    def start(self) -> None:
        """Run as the gate that it has become: journal, link and library."""
        site = self._site()
        effective = trial.begin(site.config, site.path)
        config = effective.config
        if config.mqtt is None:
            message = f"{self.name} has no broker"
            raise DeviceError(message)
        notices = self._notices = Notices()
        library = self.library = Library(config, self._clock, changed=lambda: None, own_groups=effective.groups)
        journal = self._journal = Journal(
            config.gate.state_dir / "journal.db", config.gate.id, committed=lambda _: None
        )
        self._stack.callback(journal.close)
        run = secrets.token_hex(4)
        told = {} if self.release is None else {"version": self.release}
        link = Link(
            broker(config.mqtt),
            config.gate.id,
            journal,
            info=lambda: birth_facts(config, boot_id(), run) | {"config_version": effective.version} | told,
            health=lambda: journal.counters() | library.counters(),
            changed=partial(self._link_changed, library),
            heard=library.heard,
            notices=notices,
            groups=config.gate.every_group | (effective.groups or frozenset()),
        )
        self._stack.callback(link.close)
        self._stack.callback(library.close)
        link.start()
        trying = Trial(effective, boottime_ms(), restart=self._again, at_rest=lambda: True)
        library.start(notices, link, trying)

    def prove(self) -> None:
        """Test itself and report, as its set-up does; raises DeviceError."""
        site = self._site()
        if site.board is None or site.config.mqtt is None:
            message = "not set up"
            raise DeviceError(message)
        tasks = self._tasks(site, Taking(site.board, None, self._clock.now))
        until_s = time.monotonic() + PATIENCE_S
        while (library := self.library) is None or library.lists().problems:
            if time.monotonic() > until_s:
                message = "lists did not come"
                raise DeviceError(message)
            time.sleep(_PAUSE_S)
        for stage in (Stage.TEST, Stage.REPORT):
            self._until_done(tasks, stage)

    def alarm(self, alarm: str, subject: str | None) -> None:
        """Have an alarm of this name, as the controller tells it."""
        if self._journal is None:
            return
        self._token += 1
        body: dict[str, object] = {"alarm": alarm, "subject": subject, "state": "raised"}
        alerts = Alerts(self._journal, self._notices.keep, self._site().config.gate.id, boot_id())
        alerts.submit(Record(self._token, "alarm", self._clock.now(), body))

    def lay_over(self, keys: dict[str, object]) -> None:
        """Change what the gate was set up as, as somebody with its card in hand could, and start it again."""
        path = self._folder / "state" / LINK / OVERLAY
        laid = json.loads(path.read_bytes())
        for section, values in keys.items():
            laid[section] = {**laid.get(section, {}), **values} if isinstance(values, dict) else values
        path.write_bytes(json.dumps(laid).encode())
        self.again()

    def again(self) -> None:
        """Start again."""
        self.close()
        self.start()

    def close(self) -> None:
        """End what runs."""
        self._stack.close()
        self._stack = ExitStack()

    def _again(self) -> None:
        """Start again at the library's own word, from another thread than its."""
        threading.Thread(target=self.again, daemon=True).start()

    def _site(self) -> Site:
        found = open_site(self._folder / CARD)
        if isinstance(found, list):
            message = str(found[0])
            raise DeviceError(message)
        return found

    def _tasks(self, site: Site, taking: Taking) -> Tasks:
        settings = None if site.config.mqtt is None else broker(site.config.mqtt)
        if site.board is None:
            message = "no board file"
            raise DeviceError(message)
        around = Around(site.board, site.config, boards.read, boot_id(), SimulatedNetwork(), self._clock.now, settings)
        return Tasks(around, taking)

    def _until_done(self, tasks: Tasks, stage: Stage) -> None:
        """Try a task again and again, as the set-up's machine does."""
        until_s = time.monotonic() + PATIENCE_S
        while (trouble := tasks.do(stage, self._seen())) is not None:
            if time.monotonic() > until_s:
                message = f"{stage}: {trouble.why}: {trouble.detail}"
                raise DeviceError(message)
            time.sleep(_PAUSE_S)

    def _seen(self) -> dict[str, str | None]:
        """What a running gate sees of itself."""
        unusable = self.library is None or bool(self.library.lists().problems)
        return {"lists": "lists_unusable" if unusable else None, "journal": None}

    def _link_changed(self, library: Library, up: bool) -> None:  # noqa: FBT001  the link's callback
        library.link_changed(up)
        if up:
            self._told("up")


def _envelope(pages: list[Path]) -> bytes:
    """Read every code on the pages with the reader's own decoders, and put the document together."""
    decoder, collector = decoders.build("zxing"), Collector()
    for page in pages:
        for found in decoder.decode(images.load(page.read_bytes())):
            if isinstance(whole := collector.take(found.data), Whole):
                return whole.envelope
    message = "the codes of the page make no whole document"
    raise DeviceError(message)
