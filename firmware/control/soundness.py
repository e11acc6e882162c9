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

from firmware.events import Contact

if TYPE_CHECKING:
    from collections.abc import Iterator

SAFE_PINS: Final = frozenset({16, 17, *range(22, 28)})
"""BCM pins that are pulled down from power-on and carry no bus: the only ones that may drive a lock or a lamp."""

BENCH_PINS: Final = frozenset(range(2, 28))
"""What a test board may drive: all but the two that identify its add-on boards."""

HOST: Final = r"[A-Za-z0-9._-]+|[0-9A-Fa-f.]*:[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*"
PORTS: Final = range(1, 65_536)
HEADER_PINS: Final = range(28)
LAMPS: Final = ("red", "yellow", "green", "blue", "white")

OUTPUTS: Final = ("sounder", "one_shot", "interlock_out")
INPUTS: Final = tuple(contact.value for contact in Contact)
SLOWEST_MS: Final[Mapping[str, int]] = {"interlock": 100, "door_position": 400}
"""Bounce times (ms) beyond which the door acts before it hears: a pair waits 150 ms, a leaf that opens 500 ms."""

BUSES: Final[Mapping[str, frozenset[int]]] = {"display": frozenset({2, 3}), "adc": frozenset(range(7, 12))}
"""BCM pins of the buses (I2C 1, SPI 0) that these parts hang on."""

Keys = tuple[str, ...]
Table = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: the key to mend, what, and what to do."""

    keys: Keys
    what: str
    remedy: str


def findings(data: Table, door: Table) -> list[Finding]:
    """Find everything that is wrong between keys; `door` has the model's defaults of [door]."""
    bench = _table(data, "hardware").get("test_board") is True
    return [
        *_times(_table(data, "door"), door),
        *_kind(data, str(_table(data, "door").get("kind", door["kind"]))),
        *_inputs(data),
        *_pair(data),
        *_pins(data, BENCH_PINS if bench else SAFE_PINS),
        *([] if bench else _rest_is_off(data)),
        *_readers(_table(data, "readers")),
        *_host(_table(data, "mqtt").get("host")),
        *_fallback(_table(data, "mqtt")),
        *_assistance(_table(data, "assistance")),
    ]


def _times(door: Table, defaults: Table) -> Iterator[Finding]:
    """A grant must fit into the relay's maximum, and the pre-alarm into the time a leaf may be open."""
    for shorter, longer in (
        ("unlock_ms", "max_unlock_ms"),
        ("long_unlock_ms", "max_unlock_ms"),
        ("pulse_ms", "max_unlock_ms"),
        ("prealarm_ms", "held_ms"),
    ):
        one, most = door.get(shorter, defaults[shorter]), door.get(longer, defaults[longer])
        if not (isinstance(one, int) and isinstance(most, int) and one > most):
            continue
        if shorter == "long_unlock_ms" and shorter not in door:
            continue  # a default that the door cuts to its maximum by itself
        key = shorter if shorter in door else longer
        yield Finding(("door", key), f"{shorter} {one} is more than {longer} {most}", f"make {shorter} the smaller one")


def _assistance(assistance: Table) -> Iterator[Finding]:
    """What is told more loudly has to be told before the wait is over."""
    louder, wait = assistance.get("escalate_s"), assistance.get("wait_s", 60)
    if isinstance(louder, int) and isinstance(wait, int) and louder >= wait:
        what = f"escalate_s {louder} is not before the end of the wait, wait_s {wait}"
        yield Finding(("assistance", "escalate_s"), what, "make it less than wait_s, or leave it out for a third of it")


def _kind(data: Table, kind: str) -> Iterator[Finding]:
    """A turnstile has a line for each way, and nothing but a turnstile has two; an impulse cannot hold a door open."""
    if kind == "turnstile" and "relay_out" not in data:
        yield Finding(("door", "kind"), "a turnstile has a relay for each way", "add [relay_out] with its pin")
    for section in ("relay_out", "ready"):
        if kind != "turnstile" and data.get(section) is not None:
            yield Finding((section,), f"only a turnstile has [{section}]", 'leave it out, or write kind = "turnstile"')
    if kind in {"turnstile", "motor"} and _table(data, "door").get("continuous_duty") is True:
        what = f"a {kind} takes impulses and cannot be held open"
        yield Finding(("door", "continuous_duty"), what, "leave continuous_duty out")


def _inputs(data: Table) -> Iterator[Finding]:
    """A contact hangs in one place: on a pin, on a channel of a board that is there, or inside the board."""
    channels: dict[int, str] = {}
    for name in INPUTS:
        section = _table(data, name)
        if not section:
            continue
        places = [key for key in ("pin", "channel") if section.get(key) is not None]
        places += ["builtin"] if section.get("builtin") is True else []
        if len(places) != 1:
            remedy = "write pin, or channel for a supervised contact" + (", or builtin" if name == "supply" else "")
            yield Finding((name,), f"{name} hangs in {len(places) or 'no'} place{'s' * (len(places) > 1)}", remedy)
        channel = section.get("channel")
        if isinstance(channel, int):
            if data.get("adc") is None:
                yield Finding((name, "channel"), f"{name} has a channel and no board has one", "add [adc]")
            if (first := channels.setdefault(channel, name)) != name:
                what = f"channel {channel} has two owners: {first} and {name}"
                yield Finding((name, "channel"), what, "give each its own")


def _pair(data: Table) -> Iterator[Finding]:
    """Two doors of a pair must know of each other in time, and a door must know that it is shut before it says so."""
    if data.get("interlock_out") is not None and data.get("door_position") is None:
        what = "without a door position switch this door cannot tell the other one that it is shut"
        yield Finding(("interlock_out",), what, "add [door_position]")
    for name, most_ms in SLOWEST_MS.items():
        bounce_ms = _table(data, name).get("bounce_ms")
        if isinstance(bounce_ms, int) and bounce_ms > most_ms:
            yield Finding((name, "bounce_ms"), f"{name} is heard too late", f"write {most_ms} or less")


def _pins(data: Table, safe: frozenset[int]) -> Iterator[Finding]:
    """Every line has one owner, and outputs stand on pins that are safe at power-on."""
    light = _table(data, "light")
    keys: list[tuple[str, Keys]] = [("relay", ("relay", "pin")), ("relay_out", ("relay_out", "pin"))]
    keys += [(f"light.{colour}", ("light", colour)) for colour in LAMPS if colour in light]
    keys += [(name, (name, "pin")) for name in (*OUTPUTS, *INPUTS)]
    owners: dict[int, str] = {}
    for name, (section, key) in keys:
        pin = _table(data, section).get(key)
        if isinstance(pin, bool) or not isinstance(pin, int) or pin not in HEADER_PINS:
            continue
        if name not in INPUTS and pin not in safe:
            what = f"{name} on pin {pin}: not safe at power-on"
            yield Finding((section, key), what, f"use one of {'2 to 27' if 2 in safe else '16, 17, 22 to 27'}")  # noqa: PLR2004
        for taken in (owners.get(pin), _bus(data, pin)):
            if taken is not None:
                yield Finding((section, key), f"pin {pin} has two owners: {taken} and {name}", "give each its own")
        owners.setdefault(pin, name)


def _bus(data: Table, pin: int) -> str | None:
    """Name the part of the file that needs a pin for its bus."""
    return next((name for name, pins in BUSES.items() if data.get(name) is not None and pin in pins), None)


def _rest_is_off(data: Table) -> Iterator[Finding]:
    """What is active when its line is low is on from power-on, for the safe pins are pulled down."""
    for name in ("relay", "relay_out", "light"):
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


def _fallback(mqtt: Table) -> Iterator[Finding]:
    """Other brokers stand with or without their port, and none of them twice."""
    entries = mqtt.get("fallback")
    port = mqtt.get("port", 8883)
    if not isinstance(entries, list | tuple) or not isinstance(port, int):
        return
    seen = {(str(mqtt.get("host")), port)}
    for entry in entries:
        if not isinstance(entry, str):
            continue
        host, own_port = address(entry, port)
        if re.fullmatch(HOST, host) is None or own_port not in PORTS:
            what = f"no broker (found {entry!r:.60})"
            yield Finding(("mqtt", "fallback"), what, 'write "name", "name:port" or "[IPv6 address]:port"')
        elif (host, own_port) in seen:
            yield Finding(("mqtt", "fallback"), f"names a broker twice ({entry!r:.60})", "leave one of them out")
        seen.add((host, own_port))


def address(entry: str, port: int) -> tuple[str, int]:
    """Read `host`, `host:port` or `[host]:port`; a port that is none comes out as 0."""
    if (match := re.fullmatch(r"\[(.+)\](?::(.*))?|([^:]+):([^:]*)", entry)) is None:
        return entry, port
    host, number = match[1] or match[3], match[2] if match[1] else match[4]
    if number is None:
        return host, port
    return host, int(number) if re.fullmatch(r"[0-9]{1,5}", number) else 0


def _table(data: Table, name: str) -> Table:
    """Take one section; what is no section is the model's to refuse."""
    value = data.get(name)
    return value if isinstance(value, Mapping) else {}
