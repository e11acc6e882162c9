"""Who is told what the simulated hardware does; it decides nothing."""

from __future__ import annotations

from collections.abc import Callable

Observer = Callable[[str, object], None]


def unobserved(kind: str, value: object) -> None:
    """Watch nothing."""
