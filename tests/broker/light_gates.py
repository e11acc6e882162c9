"""Gates that are all there but for a door: a real link and a real library each, many of them in one process."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Self

from firmware.control import mistakes
from firmware.control.clock import SystemClock
from firmware.control.config import Config
from firmware.control.library import Library
from firmware.records.journal import Journal
from firmware.records.link import Link
from firmware.records.notices import Notices
from firmware.signed.envelope import Kind
from tests.broker import stand

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from provisioning.broker.runner import Broker

TOML = """
[gate]
id = "{gate}"
area = "{area}"
state_dir = "{folder}"
[trust]
root = "{root}"
list = "{folder}/trust.cose"
policy = "{folder}/policy.cose"
[relay]
pin = 17
[hardware]
pins = "mock"
[readers.outside]
side = "outside"
socket = "{folder}/outside.sock"
"""


class LightGate:
    """One of them; it is connected while it is entered."""

    def __init__(
        self, folder: Path, broker: Broker, root: Path, gate: str, labels: dict[str, str], *, stage: str = "active"
    ) -> None:
        """Make its file and its parts; nothing runs yet."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "gapura.toml"
        path.write_text(TOML.format(gate=gate, area=labels["area"], folder=folder, root=root))
        config = mistakes.read(path)
        assert isinstance(config, Config), config
        self.gate = gate
        self._stack = ExitStack()
        self._notices = Notices()
        self.library = Library(config, SystemClock(2), changed=lambda: None)
        self._journal = Journal(folder / "journal.db", gate, committed=lambda _: None)
        facts = stand.FACTS | {"labels": labels, "groups": sorted(config.gate.every_group), "stage": stage}
        self._link = Link(
            stand.settings(broker, gate),
            gate,
            self._journal,
            info=lambda: facts,
            health=self.library.counters,
            changed=self.library.link_changed,
            heard=self.library.heard,
            notices=self._notices,
            groups=config.gate.every_group,
        )

    def __enter__(self) -> Self:
        """Connect."""
        self._stack.callback(self._journal.close)
        self._stack.callback(self.library.close)
        self._stack.callback(self._link.close)
        self._link.start()
        self.library.start(self._notices, self._link)
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self._stack.close()

    def version(self, kind: Kind = Kind.POLICY) -> int:
        """The version of the document in force; 0 without one."""
        held = self.library.in_force(kind)
        return 0 if held is None else held.document.version

    def profile(self) -> str | None:
        """The name of the policy in force."""
        policy = self.library.lists().rules.policy
        return None if policy is None else policy.profile


def profiles(gates: Iterable[LightGate]) -> list[str | None]:
    """By which policies some gates go."""
    return [gate.profile() for gate in gates]
