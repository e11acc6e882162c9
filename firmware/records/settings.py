"""Where the broker is and how patient the link with it is: values only.

It decides nothing; `firmware/control` fills it from the configuration file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class LinkSettings:
    """Where the broker is, who we are, and how patient the link is.

    `fallback` names other brokers (host, port) in order; `return_s` is how long the link stays with one of them at
    least before it looks for the first again.
    """

    host: str
    port: int
    ca: Path
    certificate: Path
    key: Path
    fallback: tuple[tuple[str, int], ...] = ()
    keepalive_s: int = 20
    answer_s: float = 30.0
    connect_timeout_s: float = 5.0
    goodbye_s: float = 2.0
    health_s: float = 60.0
    will_delay_s: int = 15
    window: int = 20
    refused_first_ms: int = 1_000
    backoff_first_ms: int = 1_000
    backoff_most_ms: int = 60_000
    return_s: float = 900.0
