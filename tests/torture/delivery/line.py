"""A line between a gate and its broker that can be made bad: bytes pass through it until it is told otherwise.

It sees TLS records and cannot read them. It decides nothing about MQTT; a fault falls on the connections there are, and
the next one passes.
"""

from __future__ import annotations

import select
import socket
import struct
import threading
import time
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Self

from provisioning.broker.runner import LOOPBACK

if TYPE_CHECKING:
    from random import Random

_TURN_MS: Final = 20
_CHUNK: Final = 65_536
_RESET: Final = struct.pack("ii", 1, 0)


class Fault(StrEnum):
    """What can become of a connection."""

    STALL = "stall"
    """Nothing passes for a while, then all of it."""

    RESET = "reset"
    """Both ends get a TCP reset."""

    CUT = "cut"
    """Half of a TLS record passes, then the line ends."""

    DELAY = "delay"
    """Everything comes late for a while."""

    HALF_OPEN = "half-open"
    """The broker's end is gone, and the gate's end looks as if nothing had happened."""

    DEAF = "no-acknowledgements"
    """The broker hears the gate, and the gate hears nothing."""


@dataclass(frozen=True, slots=True)
class _Order:
    fault: Fault
    until_s: float
    delay_s: float


class _Pair:
    """One connection: both ends, and the thread that carries bytes between them."""

    def __init__(self, gate: socket.socket, broker: socket.socket) -> None:
        self.order: _Order | None = None
        self._gate, self._broker = gate, broker
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="line", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def end(self) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        poll = select.poll()
        poll.register(self._gate, select.POLLIN)
        poll.register(self._broker, select.POLLIN)
        try:
            while not self._over.is_set() and self._turn(poll):
                pass
        except OSError:
            pass
        finally:
            self._gate.close()
            self._broker.close()

    def _turn(self, poll: select.poll) -> bool:
        """Carry what there is; False when the connection is at its end."""
        order = self.order
        fault = order.fault if order is not None and time.monotonic() < order.until_s else None
        if fault is Fault.STALL:
            return not self._over.wait(_TURN_MS / 1000)
        if fault is Fault.RESET:
            for end in (self._gate, self._broker):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            return False
        if fault is Fault.HALF_OPEN:
            self._swallow()
            return False
        for number, _ in poll.poll(_TURN_MS):
            from_gate = number == self._gate.fileno()
            here, there = (self._gate, self._broker) if from_gate else (self._broker, self._gate)
            if not (data := here.recv(_CHUNK)):
                return False
            if fault is Fault.CUT:
                there.sendall(data[: max(1, len(data) // 2)])
                return False
            if fault is Fault.DELAY and order is not None:
                self._over.wait(order.delay_s)
            if fault is not Fault.DEAF or from_gate:
                there.sendall(data)
        return True

    def _swallow(self) -> None:
        """Hang up on the broker, and go on listening to the gate without a word until it gives up."""
        self._broker.close()
        self._gate.settimeout(_TURN_MS / 1000)
        while not self._over.is_set():
            try:
                if not self._gate.recv(_CHUNK):
                    return
            except TimeoutError:
                continue


class Line:
    """Listens where the gate connects and carries to the broker's `port`; `with` begins."""

    def __init__(self, port: int) -> None:
        """Bind; nothing is accepted yet."""
        self._to = port
        self._listener = socket.create_server((LOOPBACK, 0))
        self.port = int(self._listener.getsockname()[1])
        self._pairs: list[_Pair] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._accept, name="line-accepts", daemon=True)

    def __enter__(self) -> Self:
        """Begin to accept."""
        self._listener.settimeout(_TURN_MS / 1000)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End every connection."""
        self._over.set()
        self._thread.join()
        self._listener.close()
        for pair in self._pairs:
            pair.end()

    def strike(self, fault: Fault, chance: Random) -> float:
        """Make every connection that there is bad, and say for how many seconds at most."""
        lasting = fault in {Fault.STALL, Fault.DELAY}
        for_s = chance.uniform(0.3, 6.0) if lasting else 3600.0
        order = _Order(fault, time.monotonic() + for_s, chance.uniform(0.01, 0.2))
        for pair in self._pairs:
            pair.order = order
        return for_s if lasting else 0.0

    def _accept(self) -> None:
        while not self._over.is_set():
            try:
                gate, _ = self._listener.accept()
            except TimeoutError:
                continue
            try:
                broker = socket.create_connection((LOOPBACK, self._to), timeout=1)
            except OSError:
                gate.close()
                continue
            for end in (gate, broker):
                end.settimeout(None)
            self._pairs = [*(pair for pair in self._pairs if pair.alive), _Pair(gate, broker)]
