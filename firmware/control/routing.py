"""Who gets what the broker brought: commands go to the controller, documents and blobs to whoever keeps them.

It decides by the channel alone and looks at no byte of a message; it runs on the link's thread and never waits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from firmware.events import CommandArrived

if TYPE_CHECKING:
    from collections.abc import Callable

    from firmware.records.heard import Heard


def route(heard: Heard, *, commanded: Callable[[CommandArrived], None], delivered: Callable[[Heard], None]) -> None:
    """Hand a message on."""
    if heard.channel == "cmd":
        commanded(CommandArrived(heard.name, heard.group, heard.data, heard.nonce, heard.retained))
    else:
        delivered(heard)
