"""The one spelling of JSON that travel seals are signed in: RFC 8785, for the values that seals have.

Fractions are left out, because a seal has none and their spelling is half of that RFC; whoever brings one is refused.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST: Final = (1 << 53) - 1
"""The largest whole number that every reader of JSON takes for the same (RFC 8785, appendix D)."""


def render(value: Mapping[str, object]) -> bytes | None:
    """Write an object with its keys in the order of UTF-16 (RFC 8785, section 3.2.3); None if it holds a fraction."""
    sorted_value = _sorted(value)
    if sorted_value is None:
        return None
    return json.dumps(sorted_value, separators=(",", ":"), ensure_ascii=False).encode("utf-8")


def _sorted(value: object) -> object | None:
    """Sort the keys at every depth; None for what has no spelling here, which `null` inside of an object is too."""
    match value:
        case bool() | str():
            return value
        case int():
            return value if -MOST <= value <= MOST else None
        case list():
            items = [_sorted(item) for item in value]
            return None if any(item is None for item in items) else items
        case dict():
            keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
            pairs = {key: _sorted(value[key]) for key in keys}
            return None if any(item is None for item in pairs.values()) else pairs
        case _:
            return None
