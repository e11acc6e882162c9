"""The users that readers run as: their uids and groups, and that nobody speaks for both sides of a door.

A reader inside opens for anything, and all that keeps its socket is the uid of who connects. So on a door the reader
outside, which strangers can reach, must never run as the user of the one inside.
"""

from __future__ import annotations

import pwd
from typing import TYPE_CHECKING, Final

from firmware.commands.mistake import UsageError
from firmware.events import Side

if TYPE_CHECKING:
    from firmware.control.config import Config

NO_UID: Final = (1 << 32) - 1
"""The uid that the kernel gives to nobody."""


def uid(user: str) -> int:
    """Turn a user's name or number into its uid."""
    try:
        number = int(user) if user.isascii() and user.isdigit() else pwd.getpwnam(user).pw_uid
    except KeyError:
        number = NO_UID
    if number >= NO_UID:
        msg = f"there is no user {user!r}; install the sysusers file or name another in [readers]"
        raise UsageError(msg)
    return number


def ids(user: str) -> tuple[int, int | None]:
    """Turn a user's name or number into its uid and its own group; a number that no user has is in no group."""
    number = uid(user)
    try:
        return number, pwd.getpwuid(number).pw_gid
    except KeyError:
        return number, None


def problems(config: Config) -> list[str]:
    """Say which reader's user is not there, and whether one user has readers on both sides of a door.

    A bench, which drives no pins of a board, may run all its readers as one user.
    """
    found: list[str] = []
    uids: dict[Side, set[int]] = {side: set() for side in Side}
    for name, reader in config.readers.items():
        try:
            uids[reader.side].add(uid(reader.user))
        except UsageError as mistake:
            found.append(f"readers.{name}.user: {mistake}")
    if config.hardware.pins == "lgpio" and not uids[Side.INSIDE].isdisjoint(uids[Side.OUTSIDE]):
        found.append("readers: one user on both sides could open from outside as the reader inside; give each its own")
    return found
