"""Who gets what the broker brought: commands the controller, the time its keeper, documents and blobs the library.

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


def route(
    heard: Heard,
    *,
    commanded: Callable[[CommandArrived], None],
    timed: Callable[[Heard], None],
    delivered: Callable[[Heard], None],
) -> None:
    """Hand a message on."""
    if heard.channel == "cmd":
        commanded(CommandArrived(heard.name, heard.group, heard.data, heard.nonce, heard.retained))
    elif heard.channel == "doc" and heard.name == TIME:
        timed(heard)
    else:
        delivered(heard)
