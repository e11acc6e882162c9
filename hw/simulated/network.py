"""A network in memory: there or not, and with one wireless network that has one password."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hw.ports import JoinRefusal


class SimulatedNetwork:
    """A `Network` that is connected when it was told so, or when the one network in the air was joined."""

    def __init__(self, *, connected: bool = True, air: tuple[str, str] | None = None) -> None:
        """Begin; `air` is the name and the password of what can be received here."""
        self.there = connected
        self.air = air
        self.joined: list[str] = []

    def connected(self) -> bool:
        """Say what was told."""
        return self.there

    def join(self, ssid: str, psk: str, *, hidden: bool) -> JoinRefusal | None:  # noqa: ARG002  the port's signature
        """Join the one network there is, with its own password."""
        self.joined.append(ssid)
        if self.air is None or ssid != self.air[0]:
            return "not_found"
        if psk != self.air[1]:
            return "password"
        self.there = True
        return None
