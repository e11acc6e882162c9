"""Who came in last, class by class, as a journal's file tells it: for what waits for the first person of a day.

It opens the file once, to read, beside whoever writes it. What cannot be read is not known, and the next who comes is
the first. Whoever was let in though something spoke against them is nobody's first, as `Decision.admitted` has it.
"""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Final

from firmware.records.schema import READ_ERRORS

if TYPE_CHECKING:
    from pathlib import Path

log = logging.getLogger(__name__)

NEWEST: Final = 4_000
"""Records that are looked through, the newest: of a day in which a door has far more, somebody came since."""

_QUERY: Final = """
    SELECT json_extract(access.body, '$.class'), max(passed.earliest)
    FROM records AS passed JOIN records AS access ON access.grant_id = passed.grant_id
    WHERE passed.seq > :after AND access.seq > :after AND passed.kind = 'grant' AND access.kind = 'access'
    AND json_extract(passed.body, '$.result') IN ('confirmed', 'inferred', 'assumed')
    AND json_extract(access.body, '$.direction') = 'in' AND json_extract(access.body, '$.class') IS NOT NULL
    AND coalesce(json_extract(access.body, '$.remark'), 'passback') = 'passback'
    GROUP BY 1
"""


def read(path: Path) -> dict[str, int]:
    """Name when (Unix seconds, the earliest it can have been) a pass of each class last went in."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=1.0)) as connection:
            (last,) = connection.execute("SELECT coalesce(max(seq), 0) FROM records").fetchone()
            found = connection.execute(_QUERY, {"after": last - NEWEST}).fetchall()
    except READ_ERRORS as error:
        log.warning("who came in last cannot be read, so the next is the first: %s", error)
        return {}
    return {name: at for name, at in found if isinstance(name, str) and isinstance(at, int)}
