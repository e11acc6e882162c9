"""The real gate on simulated hardware: controller, rules, door and journal as on a wall, pins and broker in memory.

One thread plays all edges. With virtual time the clock stands still between `wait`s, and a script gives the same
bytes every time; otherwise the machine's own time passes and deadlines fall due while the script waits.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Final, Protocol

from firmware.control.alerts import Alerts
from firmware.control.assistance import Desk
from firmware.control.clock import VirtualClock
from firmware.control.controller import Controller
from firmware.control.inbox import Inbox
from firmware.control.outputs import Outputs
from firmware.control.reach import Reach
from firmware.control.simulated_errands import SimulatedErrands
from firmware.doctor.findings import Facts
from firmware.door import alarms
from firmware.events import CommandArrived, Level, Line
from firmware.records.inline import InlineJournal
from firmware.records.notices import Notices
from firmware.records.simulated import SimulatedLink
from firmware.rules.presence import Presence

if TYPE_CHECKING:
    from collections.abc import Callable

    from firmware.commands.simulated_door import SimulatedDoor
    from firmware.control.clock import Clock
    from firmware.control.outputs import Fittings
    from firmware.door.settings import Settings
    from firmware.events import Posture
    from firmware.records.notices import Notice

OFFICER: Final = "officer"
"""The name under which a script's officer answers."""

_RENEWED: Final = frozenset({"light", "lamp"})
"""What the door shows and what a guide lights: one takes the other's place."""

NONCE: Final = "0" * 32
"""The nonce of a connection that is none: whoever signs a command for a simulated gate can know it before."""

SOUND_MACHINE: Final = Facts(
    undervoltage=False,
    temperature_mc=45_000,
    disk_free_mib=8_192,
    clock_error_s=0,
    rtc=True,
    rtc_offset_s=0,
    lists_unusable=0,
    certificate_left_s=300 * 86_400,
)
"""What a service finds at a simulated door: nothing wrong, but for a broker that was taken away."""


class Doubles(Protocol):
    """Makes simulated hardware; `moved(kind, value)` hears of every change of a line."""

    def __call__(self, settings: Settings, now_ms: Callable[[], int], moved: Callable[[str, object], None]) -> Fittings:
        """Make the outputs of one door."""


class Simulation:
    """One gate that can be scripted; `emit(t_ms, kind, value)` hears of everything that leaves it."""

    def __init__(
        self,
        door: SimulatedDoor,
        clock: Clock,
        doubles: Doubles,
        emit: Callable[[int, str, object], None],
    ) -> None:
        """Build the gate and let it begin."""
        self._clock = clock
        self._emit = emit
        self._began_ms = clock.now().ms
        self._shown: dict[str, object] = {}
        self._failed: list[str] = []
        self.inbox = Inbox(lambda: clock.now().ms)
        self.outputs = Outputs(doubles(door.settings, lambda: clock.now().ms, self._moved), self._signalled)
        self.journal = InlineJournal(
            None,
            door.knowledge.place.gate,
            committed=self.inbox.committed,
            epoch_bytes=door.epoch_bytes,
            boot=door.boot,
            now=clock.now,
        )
        self._notices = Notices()
        self.link = SimulatedLink(self.journal, lambda event: self.emit("event", event))
        self.controller = Controller(
            door.knowledge,
            door.settings,
            clock,
            outputs=self.outputs,
            journal=Alerts(self.journal, self._notices.keep, door.knowledge.place.gate, door.boot),
            presence=Presence.rebuilt(self.journal.uses()),
            errands=None if door.fitted is None else SimulatedErrands(door.fitted, SOUND_MACHINE),
            desk=Desk(self._notices.keep, door.knowledge.place.gate, door.boot, id_bytes=door.epoch_bytes),
            conditions=door.conditions,
            lists=door.lists,
            reach=Reach(
                groups=door.groups,
                tell=self._answered,
                replay=self._replay,
                report=lambda: self.emit("health", dict(sorted(self.controller.counts.items()))),
                keep=lambda _: self.inbox.posture_kept(works=True),
            ),
        )
        self.inbox.link_changed(up=True)
        for contact in door.contacts:
            self.inbox.contact_changed(contact, Level.REST)
        self.pump()

    def emit(self, kind: str, value: object) -> None:
        """Tell what left the gate, with the time since its start."""
        self._emit(self._clock.now().ms - self._began_ms, kind, value)

    def pump(self) -> None:
        """Take every event that waits, settle what is due, and publish what was recorded."""
        self.controller.turn(None)
        while (event := self.inbox.take(0)) is not None:
            self.controller.turn(event)
        self.controller.relay_agrees()
        self.link.pump()
        if self.link.up:
            for notice in self._notices.take():
                self._noticed(notice)

    def link_within_reach(self, *, up: bool) -> None:
        """Take the broker away or bring it back."""
        if up:
            self.link.restore()
        else:
            self.link.lose()
        self.inbox.link_changed(up)

    def command_posture(self, posture: Posture | None, for_ms: int | None) -> None:
        """Put the door into a posture as somebody entitled would, or withdraw that."""
        until_ms = None if for_ms is None else self._clock.now().ms + for_ms
        self.inbox.posture_commanded(posture, until_ms)

    def officer(self, *, admit: bool) -> str | None:
        """Answer whoever waits longest as an officer from afar would; says why that counted for nothing."""
        waiting = self.controller.assistance.requests()
        request = waiting[0].id if waiting else ""
        refusal = self.controller.assistance.answer(request, admit, OFFICER, self._clock.now())
        return None if refusal is None else refusal.value

    def command(self, op: str, group: str | None, data: bytes) -> str | None:
        """Let the broker bring a command; answers why it was not obeyed, if that can be said at once."""
        self._failed.clear()
        refused = self.controller.counts["commands_refused_unsigned"]
        self.inbox.commanded(CommandArrived(op, group, data, NONCE, retained=False))
        self.pump()
        if self.controller.counts["commands_refused_unsigned"] > refused:
            return "unsigned"  # which is not answered
        return self._failed[-1] if self._failed else None

    def wait(self, wait_ms: int) -> None:
        """Let time pass and do what falls due on the way, each at its own moment."""
        until_ms = self._clock.now().ms + wait_ms
        while (now_ms := self._clock.now().ms) < until_ms:
            due_ms = self.controller.deadline_ms()
            next_ms = until_ms if due_ms is None else max(now_ms, min(due_ms, until_ms))
            self._pass_time(next_ms - now_ms)
            self.pump()
        self.pump()

    def due_in_s(self) -> float | None:
        """Say in how many seconds of real time something falls due; None if nothing will, or time stands still."""
        due_ms = self.controller.deadline_ms()
        if due_ms is None or isinstance(self._clock, VirtualClock):
            return None
        return max(0.0, (due_ms - self._clock.now().ms) / 1000)

    def stop(self) -> None:
        """End the gate as a service manager would: lock, close the grants, publish."""
        self.inbox.stop()
        self.pump()
        self.outputs.close()
        self.journal.close()

    def state(self) -> dict[str, object]:
        """Describe the door for people and scripts."""
        last = self.controller.last
        return {
            "door": self.controller.phase,
            "relay": bool(self.outputs.energised()),
            "light": self._shown.get("light"),
            "posture": self.controller.door.postures.effective[0].value,
            "alarms": [
                {"alarm": alarm.value, "subject": subject or None}
                for alarm, subject in alarms.raised(self.controller.door.alarms)
            ],
            "link": self.link.up,
            "last": None
            if last is None
            else {
                "decision": last.outcome.value,
                "direction": last.direction.value,
                "reason": last.reason and last.reason.value,
                "remark": last.remark and last.remark.value,
            },
        }

    def _answered(self, topic: str, payload: bytes, _: int) -> None:
        """Tell of an answer, where there is a broker to take it."""
        answer = json.loads(payload)
        if answer["state"] == "failed":
            self._failed.append(answer["reason"])
        if self.link.up:
            self.emit("answer", answer | {"topic": topic})

    def _replay(self, epoch: str, first: int, last: int, command: str) -> bool:
        """Send history again."""
        rows = self.link.replay(epoch, first, last)
        self.inbox.history_sent(command, rows, "complete" if rows else "nothing_there")
        return True

    def _pass_time(self, ms: int) -> None:
        """Move the virtual hand, or wait."""
        if isinstance(self._clock, VirtualClock):
            self._clock.ms += ms
        else:
            time.sleep(ms / 1000)

    def _noticed(self, notice: Notice) -> None:
        """Tell what stands at the broker from now on, by its kind; null where it was taken back."""
        *_, kind, name = notice.topic.split("/")
        self.emit(kind, {"id": name, "says": json.loads(notice.payload) if notice.payload else None})

    def _moved(self, kind: str, value: object) -> None:
        """Tell of the relays' lines; lamps and tones are told as signals."""
        if kind in set(Line):
            self.emit(kind, value)

    def _signalled(self, kind: str, what: str) -> None:
        """Tell of a signal; the lamps' only when it changes, for they are renewed without meaning anything new."""
        if kind in _RENEWED:
            if self._shown.get(kind) == str(what):
                return
            self._shown |= dict.fromkeys(_RENEWED - {kind})
        self._shown[kind] = str(what)
        self.emit(kind, str(what))
