"""What is asked of a booted bench gate: units, pins, the journal. Questions only; the judging is in `steps.py`.

It asks the service manager, the pin keeper's log and the kernel's clock, never the gate about itself.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tests.machine import disk
from tests.machine.vm import MachineError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.machine.vm import Machine

_PROPERTIES: Final = (
    "Type", "ActiveState", "MainPID", "NRestarts", "ActiveEnterTimestampMonotonic", "ExecMainStartTimestampMonotonic",
)  # fmt: skip
_READY_S: Final = 180.0
_POLL_S: Final = 0.5
_READY_POLL_S: Final = 3.0
"""Each look is a program that is started on the machine, whose cores the unit that is waited for needs as well."""
_TOLD_LINES: Final = 30
_BESIDE: Final = ("gapura.service", "bench-shell.service", "bench-pins.service")
_GRACE_S: Final = 60.0
_ATTEMPT_S: Final = 60.0
_STAGE: Final = f"{disk.SCENE}/stage.json"


@dataclass(frozen=True, slots=True)
class Unit:
    """One reading of a unit by the service manager; times in milliseconds since the machine started."""

    type: str
    active: bool
    pid: int
    restarts: int
    started_ms: int
    ready_ms: int


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one pin, as the pin keeper wrote it down."""

    at_ms: int
    pin: int
    level: bool


class Guest:
    """A machine that has booted."""

    def __init__(self, machine: Machine, pace: float = 1.0) -> None:
        """Speak through this machine's shell, and wait `pace` times as long as on a free one (see `pace.py`)."""
        self._machine = machine
        self._pace = pace

    def ask(self, command: str, within_s: float = 120.0) -> str:
        """Return what a command printed; MachineError if it failed."""
        answer = self._machine.run(command, within_s * self._pace)
        if answer.code:
            message = f"{command!r} ended with {answer.code}: {answer.out[-800:]}"
            raise MachineError(message)
        return answer.out

    def attempt(self, command: str) -> tuple[int, str]:
        """Return how a command ended and what it printed."""
        answer = self._machine.run(command, _ATTEMPT_S * self._pace)
        return answer.code, answer.out

    def wait_for(self, condition: str, within_s: float = 120.0, poll_s: float = _POLL_S) -> None:
        """Wait until a command ends with 0; MachineError if it does not in time."""
        within_s *= self._pace
        bounded = f"until {condition}; do [ $SECONDS -lt $((began + {within_s:.0f})) ] || exit 1; sleep {poll_s}; done"
        if self._machine.run(f"(began=$SECONDS; {bounded})", within_s + _GRACE_S * self._pace).code:
            message = f"never in {within_s:.0f} s: {condition}"
            raise MachineError(message)

    def now_ms(self) -> int:
        """Read the machine's own clock since its start, in steps of 10 ms."""
        return round(float(self.ask("cut -d ' ' -f 1 /proc/uptime")) * 1000)

    def unit(self, name: str) -> Unit:
        """Ask the service manager about a unit."""
        said = self.ask(f"systemctl show {name} {' '.join(f'-p {one}' for one in _PROPERTIES)}")
        values = dict(line.partition("=")[::2] for line in said.splitlines())
        return Unit(
            type=values["Type"],
            active=values["ActiveState"] == "active",
            pid=int(values["MainPID"]),
            restarts=int(values["NRestarts"]),
            started_ms=int(values["ExecMainStartTimestampMonotonic"]) // 1000,
            ready_ms=int(values["ActiveEnterTimestampMonotonic"]) // 1000,
        )

    def ready(self, name: str, restarts: int = 0, within_s: float = _READY_S) -> Unit:
        """Wait until a unit is READY after so many restarts, and return its reading; its own journal says why not."""
        said = f'eval "$(systemctl show -p NRestarts -p ActiveState {name})"'
        condition = f'( {said}; [ "$NRestarts" -ge {restarts} ] && [ "$ActiveState" = active ] )'
        try:
            self.wait_for(condition, within_s, _READY_POLL_S)
        except MachineError as error:
            raise MachineError("\n".join([str(error), *(self.attempt(one)[1] for one in _told(name))])) from None
        return self.unit(name)

    def changes(self, pin: int, since_ms: int = 0) -> Iterator[Change]:
        """Yield the changes of a pin, in their order."""
        for line in self.ask(f"cat {disk.PINS_LOG}").splitlines():
            said = json.loads(line)
            change = Change(said["boottime_ms"], said["pin"], said["level"])
            if change.pin == pin and change.at_ms >= since_ms:
                yield change

    def show_pass(self) -> int:
        """Hold the pass before the camera of a door at rest, wait until the relay rises and return when it did."""
        self.wait_for(f"! grep '\"pin\": {disk.RELAY}' {disk.PINS_LOG} | tail -n 1 | grep -q '\"level\": true'")
        since_ms = self.now_ms()
        self.ask(f"cp {disk.PASS} {_STAGE}.new && mv {_STAGE}.new {_STAGE}")
        return self.relay(level=True, since_ms=since_ms)

    def take_pass_away(self) -> None:
        """Leave the room empty."""
        self.ask(f"echo '{{}}' > {_STAGE}.new && mv {_STAGE}.new {_STAGE}")

    def relay(self, *, level: bool, since_ms: int) -> int:
        """Wait for the relay's next change to this level and return when it came."""
        said = f'"level": {str(level).lower()}, "pin": {disk.RELAY}'
        numbers = f"""sed -nE 's/.*boottime_ms": ([0-9]+), {said}.*/\\1/p' {disk.PINS_LOG}"""
        self.wait_for(f'[ "$({numbers} | tail -n 1)" -ge {since_ms} ] 2>/dev/null')
        return next(one.at_ms for one in self.changes(disk.RELAY, since_ms) if one.level == level)

    def journal_ms(self, unit: str, text: str, since_ms: int) -> int | None:
        """Return when the service manager said something of a unit, by the machine's clock."""
        said = self.ask(f"journalctl -b -o json -u {unit}")
        for line in said.splitlines():
            entry = json.loads(line)
            at_ms = int(entry["__MONOTONIC_TIMESTAMP"]) // 1000
            if at_ms >= since_ms and text in str(entry.get("MESSAGE", "")):
                return at_ms
        return None


def _told(name: str) -> tuple[str, ...]:
    """Ask what a unit said last, and who had the machine's cores meanwhile (CPU time of units, in ns)."""
    return (
        f"journalctl -b -o short-monotonic --no-hostname -n {_TOLD_LINES} -u {name}",
        f"systemctl show -p Id -p CPUUsageNSec {name} {' '.join(_BESIDE)}; cat /proc/uptime /proc/loadavg",
    )
