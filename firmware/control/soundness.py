"""What no single key of a configuration can say: pins that clash, sockets that are shared, outputs that rest on.

It looks at the bare values, so that it finds its part of the mistakes whatever else is wrong; what has no believable
value is left to the model. It names the key to mend and what to write, and reads no file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

SAFE_PINS: Final = frozenset({16, 17, *range(22, 28)})
"""BCM pins that are pulled down from power-on and carry no bus: the only ones that may drive a lock or a lamp."""

BENCH_PINS: Final = frozenset(range(2, 28))
"""What a test board may drive: all but the two that identify its add-on boards."""

HOST: Final = r"[A-Za-z0-9._-]+|[0-9A-Fa-f.]*:[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*"
HEADER_PINS: Final = range(28)
LAMPS: Final = ("red", "yellow", "green", "blue", "white")

Keys = tuple[str, ...]
Table = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: the key to mend, what, and what to do."""

    keys: Keys
    what: str
    remedy: str


def findings(data: Table, unlock_ms: int, max_unlock_ms: int) -> list[Finding]:
    """Find everything that is wrong between keys; the numbers are the model's defaults of [door]."""
    bench = _table(data, "hardware").get("test_board") is True
    return [
        *_times(_table(data, "door"), unlock_ms, max_unlock_ms),
        *_pins(data, BENCH_PINS if bench else SAFE_PINS),
        *([] if bench else _rest_is_off(data)),
        *_readers(_table(data, "readers")),
        *_host(_table(data, "mqtt").get("host")),
    ]


def _times(door: Table, unlock_ms: int, max_unlock_ms: int) -> Iterator[Finding]:
    """A single grant must fit into the maximum."""
    one, most = door.get("unlock_ms", unlock_ms), door.get("max_unlock_ms", max_unlock_ms)
    if isinstance(one, int) and isinstance(most, int) and one > most:
        key = "unlock_ms" if "unlock_ms" in door else "max_unlock_ms"
        what = f"unlock_ms {one} is more than max_unlock_ms {most}"
        yield Finding(("door", key), what, "make unlock_ms the smaller one")


def _pins(data: Table, safe: frozenset[int]) -> Iterator[Finding]:
    """Every line has one owner, and outputs stand on pins that are safe at power-on."""
    light = _table(data, "light")
    keys: list[tuple[str, Keys]] = [("relay", ("relay", "pin"))]
    keys += [(f"light.{colour}", ("light", colour)) for colour in LAMPS if colour in light]
    keys += [("sounder", ("sounder", "pin")), ("rex", ("rex", "pin"))]
    owners: dict[int, str] = {}
    for name, (section, key) in keys:
        pin = _table(data, section).get(key)
        if isinstance(pin, bool) or not isinstance(pin, int) or pin not in HEADER_PINS:
            continue
        if name != "rex" and pin not in safe:
            what = f"{name} on pin {pin}: not safe at power-on"
            yield Finding((section, key), what, f"use one of {'2 to 27' if 2 in safe else '16, 17, 22 to 27'}")  # noqa: PLR2004
        if pin in owners:
            yield Finding((section, key), f"pin {pin} has two owners: {owners[pin]} and {name}", "give each its own")
        owners.setdefault(pin, name)


def _rest_is_off(data: Table) -> Iterator[Finding]:
    """What is active when its line is low is on from power-on, for the safe pins are pulled down."""
    for name in ("relay", "light"):
        if _table(data, name).get("active_high") is False:
            what = f"{name}: active-low is on from power-on until the gate runs"
            yield Finding((name, "active_high"), what, "use an active-high board and leave this key out")


def _readers(readers: Table) -> Iterator[Finding]:
    """Two readers never share a socket, which tells their side; one inside hangs where nobody outside can reach it."""
    sockets: dict[str, str] = {}
    for name in readers:
        reader = _table(readers, name)
        if reader.get("side") == "inside" and reader.get("out_of_sight", False) is False:
            what = "an inside reader opens for anything"
            remedy = "hang it out of the other side's sight, then write out_of_sight = true"
            yield Finding(("readers", name, "out_of_sight"), what, remedy)
        socket = reader.get("socket")
        if not isinstance(socket, str | PurePath):
            continue
        if (first := sockets.setdefault(str(socket), name)) != name:
            what = f"two readers share a socket: {first} and {name}"
            yield Finding(("readers", name, "socket"), what, "give each its own, for the socket tells the side")


def _host(host: object) -> Iterator[Finding]:
    """The broker's name or address stands alone: with a port or a scheme around it nothing is found by it."""
    if isinstance(host, str) and host and re.fullmatch(HOST, host) is None:
        what = f"no name or address of a machine (found {host!r:.60})"
        yield Finding(("mqtt", "host"), what, "write the name or address alone; the port has its own key, mqtt.port")


def _table(data: Table, name: str) -> Table:
    """Take one section; what is no section is the model's to refuse."""
    value = data.get(name)
    return value if isinstance(value, Mapping) else {}
