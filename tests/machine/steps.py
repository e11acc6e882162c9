"""What a gate under a real service manager must do: each step does one thing to the machine and names its faults.

Faults are sentences; an empty list is a pass. Times are by the machine's own clock, under emulation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from tests.machine import disk

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.machine.debian import Guest, Unit

GATE: Final = "gapura.service"
READER: Final = "gapura-reader.service"
INSIDE: Final = "gapura-reader-inside.service"
UNITS: Final = (GATE, READER, INSIDE)
"""What runs by itself, once enabled."""
UPDATE: Final = "gapura-update.service"
SWITCHED: Final = "gapura-switched.service"
SHIPPED: Final = (*UNITS, UPDATE, SWITCHED, "gapura-update.path", "gapura-update.timer", "gapura-switched.path")
WATCHDOG_MS: Final = 10_000
_WATCHDOG_SLACK_MS: Final = 2_000
_CLOCK_STEP_MS: Final = 10
_MOST_EXPOSED: Final = 2.0
_INSTALLED: Final = "/usr/lib/systemd/system"


@dataclass(frozen=True, slots=True)
class Found:
    """What a step found: faults, how many things it looked at, and numbers worth printing."""

    faults: list[str]
    n: int = 1
    values: Mapping[str, object] = field(default_factory=dict)


def installed(guest: Guest) -> Found:
    """Every file is as the package has it, the configuration is good to the gate's user, and nobody enabled more."""
    touched = guest.ask("dpkg --verify gapura || true").splitlines()
    faults = [f"dpkg: {line}" for line in touched if line.split()[1:2] != ["c"]]
    code, said = guest.attempt("runuser -u gapura -- gapura check")
    faults += [f"gapura check ended with {code}: {said}"] if code else []
    _, state = guest.attempt(f"systemctl is-enabled {INSIDE}")
    faults += [f"{INSIDE} is {state} after installing"] if state != "disabled" else []
    failed = guest.ask("systemctl --failed --plain --no-legend")
    faults += [f"failed: {line}" for line in failed.splitlines()]
    version = guest.ask("dpkg-query --show --showformat '${Version}' gapura")
    return Found(faults, n=int(guest.ask("dpkg --listfiles gapura | wc -l")), values={"version": version})


def verified(guest: Guest) -> Found:
    """`systemd-analyze verify` prints nothing: it ends with 0 even where it does not understand a value."""
    code, said = guest.attempt(f"systemd-analyze verify {' '.join(f'{_INSTALLED}/{name}' for name in SHIPPED)}")
    return Found([*said.splitlines(), *([f"exit {code}"] if code else [])], n=len(SHIPPED))


def exposure(guest: Guest, unit: str) -> Found:
    """The service manager's own count of what a unit is exposed to, on the unit as it is loaded."""
    code, said = guest.attempt(f"systemd-analyze security --threshold={_MOST_EXPOSED * 10:.0f} {unit}")
    total = re.search(rf"exposure level for {unit}: (\d+\.\d+)", said)
    if total is None:
        return Found([f"no number in {said[-200:]!r}"])
    high = code != 0 or float(total[1]) > _MOST_EXPOSED
    return Found([f"{total[1]} is more than {_MOST_EXPOSED}"] if high else [], values={"exposure": total[1]})


def ready(guest: Guest, name: str) -> Found:
    """A unit said READY itself, at its first start."""
    unit = guest.ready(name)
    faults = [] if unit.type == "notify" else [f"Type={unit.type}: nobody waited for READY"]
    faults += [f"restarted {unit.restarts} times before"] if unit.restarts else []
    return Found(faults, values={"ready_ms": unit.ready_ms - unit.started_ms})


def decoding(guest: Guest) -> Found:
    """The reader has both decoders under its sandbox: zbar is a process of its own."""
    _, said = guest.attempt(f"systemctl status --no-pager --full --lines=5 {READER}")
    programs = [line for line in said.splitlines() if "/python" in line]
    second = any("zbar" in line for line in programs)
    return Found([] if second else ["zbar does not run:", *said.splitlines()], n=len(programs))


def opened(guest: Guest) -> Found:
    """A pass before the camera opens; the witness is the pin."""
    began_ms = guest.now_ms()
    rose_ms = guest.show_pass()
    guest.take_pass_away()
    fell_ms = guest.relay(level=False, since_ms=rose_ms)
    return Found([], values={"relay_on_ms": rose_ms - began_ms, "pulse_ms": fell_ms - rose_ms})


def hung(guest: Guest, delay_s: float) -> Found:
    """A gate that is stopped with its relay on is ended by the watchdog, lets go, and is back."""
    before, rose_ms = _with_relay_on(guest)
    guest.ask(f"sleep {delay_s:.2f}")
    struck_ms = guest.now_ms()
    guest.ask(f"kill -STOP {before.pid}")
    after = guest.ready(GATE, before.restarts + 1)
    faults, values = _came_back(guest, before, after, rose_ms, struck_ms)
    ended_ms = guest.journal_ms(GATE, "Watchdog timeout", struck_ms)
    if ended_ms is None:
        faults.append("the journal knows of no watchdog")
    elif ended_ms - struck_ms > WATCHDOG_MS + _WATCHDOG_SLACK_MS:
        faults.append(f"the watchdog took {ended_ms - struck_ms} ms")
    return Found(faults, values={"watchdog_ms": ended_ms and ended_ms - struck_ms, **values})


def killed(guest: Guest, delay_s: float) -> Found:
    """A gate that is killed with its relay on lets go all the same, and is back."""
    before, rose_ms = _with_relay_on(guest)
    guest.ask(f"sleep {delay_s:.2f}")
    struck_ms = guest.now_ms()
    guest.ask(f"kill -KILL {before.pid}")
    after = guest.ready(GATE, before.restarts + 1)
    faults, values = _came_back(guest, before, after, rose_ms, struck_ms)
    return Found(faults, values=values)


def blinded(guest: Guest) -> Found:
    """A reader that is killed is back, the gate does not notice, and the next pass opens."""
    gate, before = guest.ready(GATE), guest.ready(READER)
    struck_ms = guest.now_ms()
    guest.ask(f"kill -KILL {before.pid}")
    after = guest.ready(READER, before.restarts + 1)
    rose_ms = guest.show_pass()
    guest.take_pass_away()
    same = guest.unit(GATE)
    faults = [] if (same.pid, same.restarts) == (gate.pid, gate.restarts) else ["the gate was restarted with it"]
    return Found(faults, values={"ready_ms": after.ready_ms - struck_ms, "relay_on_ms": rose_ms - struck_ms})


def told(guest: Guest) -> Found:
    """No program of the package left a traceback in the journal."""
    lines = guest.ask(f"journalctl -b -o cat {' '.join(f'-u {name}' for name in SHIPPED)}").splitlines()
    return Found([line for line in lines if "Traceback" in line], n=len(lines))


def purged(guest: Guest) -> Found:
    """Removing the package with the relay on lets go first, leaves no program and no unit, and keeps the records."""
    _, rose_ms = _with_relay_on(guest)
    guest.ask("dpkg --purge gapura", within_s=300.0)
    fell_ms = guest.relay(level=False, since_ms=rose_ms)
    left = guest.ask("ls -d /opt/gapura /usr/lib/systemd/system/gapura* /usr/lib/gapura 2>/dev/null || true")
    faults = [f"left behind: {line}" for line in left.splitlines()]
    faults += ["it was let go by its own clock only"] if fell_ms - rose_ms >= disk.UNLOCK_MS else []
    faults += [f"{name} still runs" for name in UNITS if guest.unit(name).active]
    kept, _ = guest.attempt(
        '[ -n "$(ls /var/lib/gapura)" ] && [ -f /etc/gapura/root.pub ] && [ -f /etc/gapura/gapura.toml ]'
    )
    return Found(faults + (["records or documents are gone"] if kept else []))


def _with_relay_on(guest: Guest) -> tuple[Unit, int]:
    """Open the door once more and return the gate as it is then, and when the relay rose."""
    guest.ready(READER)
    unit = guest.ready(GATE)
    rose_ms = guest.show_pass()
    guest.take_pass_away()
    return unit, rose_ms


def _came_back(
    guest: Guest, before: Unit, after: Unit, rose_ms: int, struck_ms: int
) -> tuple[list[str], dict[str, object]]:
    """Judge what every end of a gate with its relay on must come to."""
    fell_ms = guest.relay(level=False, since_ms=rose_ms)
    faults = []
    if after.restarts != before.restarts + 1:
        faults.append(f"restarted {after.restarts - before.restarts} times")
    # Between the end of one gate and the start of the next there is only ExecStopPost that could have let go.
    if not struck_ms - _CLOCK_STEP_MS <= fell_ms <= after.started_ms:
        next_ms = after.started_ms - struck_ms
        faults.append(f"the relay fell {fell_ms - struck_ms} ms after, the next gate began {next_ms} ms after")
    if guest.journal_ms(GATE, "Control process exited", struck_ms) is not None:
        faults.append("ExecStopPost failed")
    return faults, {"relay_off_ms": fell_ms - struck_ms, "ready_ms": after.ready_ms - struck_ms}
