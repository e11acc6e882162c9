"""Reading a service unit file: the few directives that say how a program is kept alive.

Pure: text in, values out. A directive that matters and cannot be understood is an error, because a supervisor
that guesses would prove nothing about the unit that is shipped.
"""

from __future__ import annotations

import re
import signal
from dataclasses import dataclass
from typing import Final

_UNITS_MS: Final = {"": 1000, "us": 0.001, "ms": 1, "s": 1000, "sec": 1000, "m": 60_000, "min": 60_000, "h": 3_600_000}
_SPAN: Final = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-z]*)")


class UnitFileError(ValueError):
    """The unit file says something that the supervisor does not understand."""


@dataclass(frozen=True, slots=True)
class ServiceUnit:
    """What a unit file says about keeping its program alive; None means no limit."""

    type: str
    restart: str
    restart_ms: int
    watchdog_ms: int | None
    watchdog_signal: signal.Signals
    start_timeout_ms: int | None
    stop_timeout_ms: int | None
    kill_signal: signal.Signals
    stop_post: bool


def parse_unit(text: str) -> ServiceUnit:
    """Read a unit file's [Service] section; raises UnitFileError naming the directive."""
    values = _directives(text)
    unit_type = values.get("Type", "simple")
    restart = values.get("Restart", "no")
    if unit_type != "notify" or restart not in {"no", "always", "on-failure"}:
        message = f"Type={unit_type} with Restart={restart} is more than this supervisor can do"
        raise UnitFileError(message)
    return ServiceUnit(
        type=unit_type,
        restart=restart,
        restart_ms=span_ms(values.get("RestartSec", "100ms")) or 0,
        watchdog_ms=span_ms(values.get("WatchdogSec", "0")) or None,
        watchdog_signal=_signal(values.get("WatchdogSignal", "SIGABRT")),
        start_timeout_ms=span_ms(values.get("TimeoutStartSec", "90s")),
        stop_timeout_ms=span_ms(values.get("TimeoutStopSec", "90s")),
        kill_signal=_signal(values.get("KillSignal", "SIGTERM")),
        stop_post=bool(values.get("ExecStopPost")),
    )


def span_ms(text: str) -> int | None:
    """Read a time span (`10`, `200ms`, `1min 30s`) as milliseconds; `infinity` is None."""
    if text.strip() == "infinity":
        return None
    total, position = 0.0, 0
    while position < len(text.rstrip()):
        match = _SPAN.match(text, position)
        if match is None or match[2] not in _UNITS_MS:
            message = f"{text!r} is no time span"
            raise UnitFileError(message)
        total += float(match[1]) * _UNITS_MS[match[2]]
        position = match.end()
    return round(total)


def _signal(name: str) -> signal.Signals:
    try:
        return signal.Signals[name if name.startswith("SIG") else f"SIG{name}"]
    except KeyError:
        message = f"{name!r} is no signal"
        raise UnitFileError(message) from None


def _directives(text: str) -> dict[str, str]:
    """Return the last value of every directive of [Service], with continued lines joined."""
    section, values = "", dict[str, str]()
    for raw in re.sub(r"\\\n", " ", text).splitlines():
        line = raw.strip()
        if line.startswith("[") and line.endswith("]"):
            section = line[1:-1]
        elif section == "Service" and "=" in line and not line.startswith(("#", ";")):
            name, _, value = line.partition("=")
            values[name.strip()] = value.strip()
    return values
