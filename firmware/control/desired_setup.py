"""A provisioning document that operations desire of a gate over the broker: other brokers, another CA, another claim.

It goes the way of every other one and needs no window, for it came on the gate's own topic, signed by the provisioning
role. What became of it stands at `doc/provision/reported`. The link's thread puts in, the controller's takes out.
"""

from __future__ import annotations

import queue
from typing import TYPE_CHECKING, Final

from firmware.records.contract import Reported
from firmware.records.wire import dump, reported_topic
from firmware.setup.machine import Refused, Taken
from firmware.signed.codes import MAX_WHOLE_BYTES
from firmware.signed.envelope import Kind

if TYPE_CHECKING:
    from concurrent.futures import Future

    from firmware.control.setting_up import SettingUp
    from firmware.control.setup_errands import SetupErrands
    from firmware.records.heard import Heard
    from firmware.records.notices import Notices
    from firmware.setup.machine import Event
    from firmware.signed.provision import Provision

_MOST_WAITING: Final = 4


class DesiredSetup:
    """What is desired of one gate; `held` is the document that it is what it is by."""

    def __init__(self, gate: str, held: Provision | None, notices: Notices) -> None:
        """Say what is in force."""
        self._topic, self._notices, self._held = reported_topic(gate, Kind.PROVISION.value), notices, held
        self._heard: queue.Queue[bytes] = queue.Queue(_MOST_WAITING)
        self._judged: Future[Event] | None = None
        self._last = b""
        self._report("applied")

    def heard(self, heard: Heard) -> None:
        """Take a message in; what is too much comes again with the next connection."""
        if heard.group is None and 0 < len(heard.data) <= MAX_WHOLE_BYTES and not self._heard.full():
            self._heard.put_nowait(heard.data)

    def settle(self, errands: SetupErrands, setting_up: SettingUp) -> None:
        """Have the next one judged, and say what came of the last."""
        if self._judged is not None and self._judged.done():
            judged, self._judged = self._judged, None
            event = judged.result()
            if isinstance(event, Taken):
                self._report("pending")
            elif isinstance(event, Refused):
                self._report("rejected", event.why.value)
        if self._judged is None and not self._heard.empty():
            data = self._heard.get_nowait()
            if data != self._last and not errands.in_force(data):
                self._last, self._judged = data, errands.take(data, afar=True)
                setting_up.ask(self._judged)

    def _report(self, state: str, reason: str | None = None) -> None:
        held = self._held
        told = Reported.model_validate(
            {
                "state": state,
                "version": 0 if held is None else held.version,
                "digest": None if held is None else held.digest,
                "code": 0 if reason is None else 1,
                "reason": reason,
            }
        )
        self._notices.keep(self._topic, dump(told.model_dump(exclude_none=True)))
