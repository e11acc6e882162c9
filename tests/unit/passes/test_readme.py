"""The page of the formats says what the code does: its limits, and which reasons each format gives."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from firmware.events import Reason
from firmware.passes import (
    chunks,
    divoc,
    divoc_terms,
    gp1,
    hcert_dcc,
    presented,
    reading,
    shc_bundle,
    shc_codes,
    vdsnc,
    vdsnc_message,
)
from firmware.signed import cbor, cbor_walk, cose_foreign, inflate, strict_json
from firmware.trust import graph_signers
from tests.hostile.formats import FORMATS

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE: Final = (Path(gp1.__file__).parent / "README.md").read_text(encoding="utf-8")
COLUMNS: Final = ("`GP1:`", "`GR1:`", "`HC1:`", "`shc:/`", "VDS-NC", "DIVOC")
OF_FORMAT: Final = {"gp1": (0, 1), "hc1": (2,), "shc": (3,), "vdsnc": (4,), "divoc": (5,)}
SHOWN: Final = reading.MAX_CODE_BYTES

LIMITS: Final[dict[str, tuple[tuple[int, ...], ...]]] = {
    "letters or bytes of a code, at most": (
        (gp1.MAX_CODE_BYTES,),
        (presented.MAX_CODE_BYTES,),
        (SHOWN,),
        (SHOWN, shc_codes.MAX_LETTERS, shc_codes.MAX_CHUNK_LETTERS),
        (vdsnc.MAX_CODE_BYTES,),
        (SHOWN,),
    ),
    "codes to a pass": ((1,), (1,), (1,), (shc_codes.MAX_CHUNKS, chunks.WITHIN_MS // 1000), (1,), (1,)),
    "bytes when unfolded": ((), (), (inflate.MOST,), (inflate.MOST,), (), (divoc.MAX_BYTES,)),
    "nested so deep": (
        *((cbor.MAX_DEPTH,),) * 2,
        (cbor_walk.MAX_DEPTH,),
        *((strict_json.MAX_DEPTH,),) * 3,
    ),
    "bytes of a key id": (
        *((8,),) * 2,
        (cose_foreign.MAX_KEY_ID_BYTES,),
        (32,),
        (),
        (graph_signers.MAX_NAME_BYTES,),
    ),
    "entries": (
        (gp1.MAX_NAMES, gp1.MAX_NAMES, gp1.MAX_ENTRIES),
        (),
        (hcert_dcc.MAX_ENTRIES,),
        (shc_bundle.MAX_ENTRIES,),
        (vdsnc_message.MAX_DOSES,),
        (divoc_terms.MAX_STATEMENTS,),
    ),
}


ITS_OWN: Final = {"incomplete", "bad_compression", "bad_cbor", "bad_cose", "bad_proof", "issuer_unknown"}
"""Reasons that some formats have and others never give."""


def rows(title: str) -> Iterator[list[str]]:
    """Give the cells of a section's table, its head first."""
    section = PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]
    for line in section.splitlines():
        if line.startswith("| "):
            yield [cell.strip() for cell in line.strip("|").split("|")]


def numbers(cell: str) -> tuple[int, ...]:
    """Read the numbers of a cell; a format's own name (`GP1:`) has none."""
    return tuple(int(one.replace(",", "")) for one in re.findall(r"[0-9][0-9,]*", cell))


def test_every_limit_is_the_codes_own() -> None:
    """Row by row and format by format, the numbers of the page are those that the rooms go by."""
    head, *table = rows("Limits")
    assert tuple(head[1:]) == COLUMNS
    assert {name: tuple(map(numbers, cells)) for name, *cells in table} == LIMITS


@pytest.mark.parametrize("name", FORMATS)
def test_every_reason_that_an_attack_is_given_is_told(name: str) -> None:
    """The page marks for a format what the attack table gets from it, and none that only other formats give."""
    head, *table = rows("Reasons")
    assert tuple(head[2:]) == COLUMNS
    marks = {one: cells for said, _, *cells in table for one in re.findall(r"`([a-z_]+)`", said)}
    marked = {one for one, cells in marks.items() if any(cells[at] == "x" for at in OF_FORMAT[name])}
    given = {attack.reason.value for attack in FORMATS[name].attacks()} - {"unknown_format"}
    assert given <= marked
    assert given & ITS_OWN == marked & ITS_OWN
    assert set(marks) <= {reason.value for reason in Reason}
