"""The operators of CertLogic and how many operands each takes, and the bounds of what is looked at. Data only."""

from __future__ import annotations

from typing import Final

INTEGERS: Final = (">", "<", ">=", "<=")
TIMES: Final = ("after", "before", "not-after", "not-before")
MANY: Final = 64
"""As many operands as `and` may have; the specification names no limit."""

OPERANDS: Final[dict[str, tuple[int, int]]] = {
    "if": (3, 3),
    "and": (2, MANY),
    "!": (1, 1),
    "===": (2, 2),
    "in": (2, 2),
    "+": (2, 2),
    **dict.fromkeys((*INTEGERS, *TIMES), (2, 3)),
    "plusTime": (3, 3),
    "reduce": (3, 3),
    "extractFromUVCI": (2, 2),
    "dccDateOfBirth": (1, 1),
}
"""From each operator but `var` to how many operands it takes, at least and at most."""

MAX_DEPTH: Final = 64
MAX_NODES: Final = 4_096
MAX_ARRAY: Final = 1_024
MAX_TEXT: Final = 256
MAX_STEPS: Final = 8_000
"""Parts of an expression looked at for one decision, items of arrays included."""
