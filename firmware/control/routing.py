"""Who gets what the broker brought: the controller commands, its keeper the time, the library documents and blobs.

It decides by the channel alone and looks at no byte of a message; it runs on the link's thread and never waits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from firmware.events import CommandArrived
from firmware.signed.envelope import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from firmware.records.heard import Heard

TIME: Final = Kind.TIME.value
PROVISION: Final = Kind.PROVISION.value


def route(
    heard: Heard,
    *,
    commanded: Callable[[CommandArrived], None],
    timed: Callable[[Heard], None],
    delivered: Callable[[Heard], None],
    provisioned: Callable[[Heard], bool] = lambda _heard: False,
    counted: Callable[[Heard], bool] = lambda _heard: False,
) -> None:
    """Hand a message on."""
    if heard.channel == "cmd":
        commanded(CommandArrived(heard.name, heard.group, heard.data, heard.nonce, heard.retained))
    elif heard.channel == "doc" and heard.name == TIME:
        timed(heard)
    elif counted(heard):
        return
    elif heard.channel != "doc" or heard.name != PROVISION or not provisioned(heard):
        delivered(heard)
