"""The published card revocation list of the SMART Health Cards examples, built into a list of ours.

Example 03 is published as a revoked card and the others as good ones; the list itself has rows with and without a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from firmware.trust import revocation_ids, revocation_writing
from provisioning.revocations import sources
from tests.conformance import vectors
from tests.revoking import read

if TYPE_CHECKING:
    from pathlib import Path

FOLDER: Final = vectors.folder("shc")
CARDS: Final = [] if FOLDER is None else sorted(FOLDER.glob("example-*-c-jws-payload-minified.json"))
REVOKED: Final = "example-03"


def lists() -> list[Path]:
    """Name the published lists: they are called by the key they are for."""
    return [] if FOLDER is None else [path for path in FOLDER.glob("*.json") if "rids" in vectors.read(path)]


@pytest.mark.skipif(not CARDS, reason="no vectors of SMART Health Cards; set GAPURA_VECTORS")
def test_the_published_list_revokes_the_card_that_is_published_as_revoked(capsys: pytest.CaptureFixture[str]) -> None:
    """It does, and no other card of the examples."""
    gathered = sources.Gathered()
    (path,) = lists()
    sources.gather(path, path.read_bytes(), 0, gathered)
    found, key_id = read(revocation_writing.build(gathered.entries)), vectors.read(path)["kid"]
    assert isinstance(key_id, str)
    told = {}
    for card in CARDS:
        claims = vectors.read(card)
        credential, issued = claims["vc"], claims["nbf"]
        assert isinstance(credential, dict)
        assert isinstance(issued, float | int)
        name = revocation_ids.shc_rid(key_id, str(credential.get("rid")))
        told[card.name[: len(REVOKED)]] = found.revoked([name], int(issued)) is not None
    vectors.say(capsys, f"shc revocation: {len(told)} cards, revoked {[card for card, so in told.items() if so]}")
    assert {card for card, so in told.items() if so} == {REVOKED}
