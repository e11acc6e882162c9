"""JSON that means one thing: an object in UTF-8 with no key twice, no NaN, no half characters, and a bounded length.

It decides only whether bytes are such an object and writes the one spelling that documents of ours are signed in.
What the keys mean is the business of the models that read the object.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import TYPE_CHECKING, Final, NoReturn, TypeVar

from pydantic import BaseModel, ValidationError

from firmware.signed import wording

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic_core import ErrorDetails

Model = TypeVar("Model", bound=BaseModel)

MAX_BYTES: Final = 1 << 20
"""As much as one signed document may hold."""

MAX_DEPTH: Final = 32
"""Nested containers that no document of ours reaches; the parser's own recursion never gets this far."""


def parse(data: bytes, *, most: int = MAX_BYTES) -> dict[str, object] | None:
    """Read one object of at most so many bytes, or answer None for anything else; never raises for any bytes."""
    if len(data) > most:
        return None
    try:
        value = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_distinct,
            parse_constant=_refuse_constant,
            parse_float=_finite,
        )
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and _depth(value) <= MAX_DEPTH else None


def render(value: Mapping[str, object]) -> bytes:
    """Write an object in the one spelling: sorted keys, no spaces, UTF-8."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8")


def render_indented(value: Mapping[str, object]) -> bytes:
    """Write an object for people who will edit it."""
    return (json.dumps(value, sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode("utf-8")


def read_as(value: Mapping[str, object], model: type[Model]) -> Model | tuple[str, ...]:
    """Validate an object by a strict model; answer the model or every mistake as `where: what; what to write`."""
    try:
        return model.model_validate_json(render(value))
    except ValidationError as error:
        found = error.errors(include_url=False)
    return tuple(wording.in_words(one) for one in found if not _mere_consequence(one, found))


def _mere_consequence(one: ErrorDetails, found: Sequence[ErrorDetails]) -> bool:
    """Say whether a list is only too short because what stands in it is wrong, which is listed too."""
    depth = len(one["loc"])
    return one["type"] == "too_short" and any(
        len(other["loc"]) > depth and other["loc"][:depth] == one["loc"] for other in found
    )


def _distinct(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Build an object, or refuse a key that is there twice."""
    built = dict(pairs)
    if len(built) != len(pairs):
        msg = "a key is there twice"
        raise ValueError(msg)
    return built


def _refuse_constant(name: str) -> NoReturn:
    """Refuse NaN and the infinities, which are not JSON."""
    raise ValueError(name)


def _finite(digits: str) -> float:
    """Read a number with a fraction or exponent that a double can hold."""
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise ValueError(digits)
    return number


def _depth(value: dict[str, object]) -> int:
    """Count nested containers, level by level."""
    level: list[dict[str, object] | list[object]] = [value]
    depth = 0
    while level:
        depth += 1
        level = [child for parent in level for child in _children(parent)]
    return depth


def _children(value: dict[str, object] | list[object]) -> list[dict[str, object] | list[object]]:
    """List the containers directly inside a container."""
    inside = value.values() if isinstance(value, dict) else value
    return [child for child in inside if isinstance(child, (dict, list))]


def to_base64url(data: bytes) -> str:
    """Write bytes as base64url without padding (RFC 7515, section 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def from_base64url(text: str) -> bytes | None:
    """Read base64url without padding, or None; a spelling that an encoder would not have written is refused."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if to_base64url(data) == text else None
