"""The one way a command writes to standard output: a JSON object a line, keys sorted, at once."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def write_line(value: Mapping[str, object]) -> None:
    """Write one line (ASCII, so that no locale and no odd file name can break it) and hand it over now."""
    sys.stdout.write(json.dumps(value, sort_keys=True) + "\n")
    sys.stdout.flush()
