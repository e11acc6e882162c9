"""`gapura-ops revocations`: the book, lists of every form, deltas, and what is signed for the gates."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING

import pytest

from firmware.control import manifest
from firmware.control.manifest import Blob
from firmware.passes import gp1
from firmware.passes.outcome import Pass
from firmware.signed.envelope import Document, Kind, open_envelope
from firmware.trust import revocation_ids
from provisioning import publishing
from provisioning.mistake import OperatorError
from tests.command import Ended, gapura_ops
from tests.issuing import Issuer
from tests.revoking import listed, name, read

if TYPE_CHECKING:
    from pathlib import Path

AT = "2026-01-05T00:00:00Z"
UCI = "URN:UVCI:01:NL:187/37512422923"
BATCH = {
    "country": "NL",
    "expires": "2026-02-01T00:00:00Z",
    "kid": "UNKNOWN_KID",
    "hashType": "UCI",
    "entries": [{"hash": base64.b64encode(revocation_ids.uci(UCI)[1]).decode()}],
}
CARDS = {"kid": "key", "method": "rid", "ctr": 2, "rids": ["AQPCj4wwk6Mt", "lHKzqFUMjhs.1636977600"]}


def ops(*words: str | Path, code: int = 0) -> Ended:
    """Run a command of the group."""
    ended = gapura_ops("revocations", *words)
    assert ended.code == code, ended.err
    return ended


def test_a_list_is_built_of_every_form_and_of_an_earlier_list(tmp_path: Path) -> None:
    """References, a batch of the EU, a list of a SMART issuer and a list of before: each is found, by its own name."""
    shown = gp1.read((issuer := Issuer()).code(), issuer.trust())
    assert isinstance(shown, Pass)
    ops("add", "--book", tmp_path / "book", shown.reference, shown.reference)
    (tmp_path / "issued").write_text(json.dumps({"reference": name(7).hex(), "expires": "2026-01-06T00:00:00Z"}) + "\n")
    (tmp_path / "batch").write_text(json.dumps(BATCH))
    (tmp_path / "cards").write_text(json.dumps(CARDS))
    (tmp_path / "before").write_bytes(listed([1, 2]))
    inputs = [tmp_path / one for one in ("book", "issued", "batch", "cards", "before")]
    (said,) = ops("build", "--at", AT, "--out", tmp_path / "list", *inputs).lines()
    data = (tmp_path / "list").read_bytes()
    assert said["entries"] == {"cti": 4, "shc_rid": 2, "uci": 1}
    assert (said["sha256"], said["bytes"]) == (hashlib.sha256(data).hexdigest(), len(data))
    found = read(data)
    rid = [revocation_ids.shc_rid("key", one) for one in ("AQPCj4wwk6Mt", "lHKzqFUMjhs")]
    assert found.revoked(shown.revocation_ids, shown.issued) == "cti"
    assert [found.revoked([("cti", name(number))], 0) for number in (7, 1, 2, 3)] == ["cti", "cti", "cti", None]
    assert found.revoked([revocation_ids.uci(UCI)], 0) == "uci"
    assert [found.revoked([one], 1636977599) for one in rid] == ["shc_rid", "shc_rid"]
    assert [found.revoked([one], 1636977600) for one in rid] == ["shc_rid", None]


def test_what_has_ended_is_left_out(tmp_path: Path) -> None:
    """A pass that is over needs no entry a week later, a batch none once it has expired; both are counted."""
    ops("add", "--book", tmp_path / "book", "--expires", "2025-12-28T23:59Z", name(1).hex())
    ops("add", "--book", tmp_path / "book", "--expires", "2025-12-30T00:00Z", name(2).hex())
    (tmp_path / "batch").write_text(json.dumps(BATCH | {"expires": "2026-01-05T00:00:00Z"}))
    (said,) = ops("build", "--at", AT, "--out", tmp_path / "list", tmp_path / "book", tmp_path / "batch").lines()
    assert (said["entries"], said["ended"]) == ({"cti": 1}, 2)


def test_the_book_has_each_pass_once_and_is_for_its_owner_alone(tmp_path: Path) -> None:
    """Adding again changes nothing, and what is no reference nothing at all."""
    book = tmp_path / "book"
    (said,) = ops("add", "--book", book, name(1).hex(), name(2).hex()).lines()
    assert (said["added"], said["entries"]) == (2, 2)
    (said,) = ops("add", "--book", book, name(2).hex(), name(3).hex()).lines()
    assert (said["added"], said["entries"]) == (1, 3)
    kept = book.read_bytes()
    assert "no reference" in ops("add", "--book", book, name(4).hex(), "GP1:...", code=2).err
    assert book.read_bytes() == kept
    assert book.stat().st_mode & 0o777 == 0o600


BAD: dict[str, tuple[object, str]] = {
    "no JSON": ("rubbish", "line 1"),
    "no reference": ({"reference": "x"}, "line 1"),
    "a hash too short": (BATCH | {"entries": [{"hash": "AAAA"}]}, "entry 1"),
    "a hash that is none": (BATCH | {"entries": [{"hash": "..."}]}, "entry 1"),
    "another type of hash": (BATCH | {"hashType": "MD5"}, "hashType"),
    "no end": (BATCH | {"expires": None}, "expires"),
    "another method": (CARDS | {"method": "hash-fhir"}, "method rid"),
    "an identifier with a blank": (CARDS | {"rids": ["a", "b c"]}, "place 2"),
}


@pytest.mark.parametrize(("value", "said"), BAD.values(), ids=BAD.keys())
def test_an_input_that_breaks_its_form_is_named_and_nothing_is_written(
    tmp_path: Path, value: object, said: str
) -> None:
    """Half of a foreign list would let the other half in."""
    (tmp_path / "in").write_text(value if isinstance(value, str) else json.dumps(value))
    ended = ops("build", "--at", AT, "--out", tmp_path / "list", tmp_path / "in", code=2)
    assert (said in ended.err, ended.err.count("\n"), (tmp_path / "list").exists()) == (True, 1, False)


def test_a_delta_is_told_signed_and_published_with_its_list(tmp_path: Path) -> None:
    """The document names whole list and delta; a delta of another list is refused before it is signed."""
    assert gapura_ops("authority", "init", "--dir", tmp_path / "own").code == 0
    old, new, other = listed(range(300)), listed(range(5, 303)), listed([1])
    for number, data in enumerate((old, new, other)):
        (tmp_path / f"{number}.list").write_bytes(data)
    (said,) = ops("delta", "--out", tmp_path / "a.delta", tmp_path / "0.list", tmp_path / "1.list").lines()
    assert (said["gone"], said["come"]) == (5, 3)
    assert [said["base"], said["result"]] == [hashlib.sha256(one).hexdigest() for one in (old, new)]
    (again,) = ops("show", tmp_path / "a.delta").lines()
    assert again.items() <= said.items()
    signing = ("sign", "--dir", tmp_path / "own", "--out", tmp_path / "new.cose", "--delta", tmp_path / "a.delta")
    assert "another list" in ops(*signing, tmp_path / "2.list", code=2).err
    ops(*signing, tmp_path / "1.list")
    document = open_envelope((tmp_path / "new.cose").read_bytes(), Kind.REVOCATIONS, root=None, gate=None, now=None)
    assert isinstance(document, Document)
    finished = publishing.read_document(tmp_path / "new.cose", tmp_path / "1.list")
    assert [content for _, content in finished.blobs] == [new, (tmp_path / "a.delta").read_bytes()]
    assert isinstance(manifest.wanted(document.body, Kind.REVOCATIONS), Blob)
    (tmp_path / "a.delta").unlink()
    with pytest.raises(OperatorError, match="--delta"):
        publishing.read_document(tmp_path / "new.cose", tmp_path / "1.list")


def test_show_says_whether_a_pass_is_revoked_and_how_likely_that_is_wrong(tmp_path: Path) -> None:
    """The exit code answers, and the line states the rate of false hits."""
    (tmp_path / "list").write_bytes(listed(range(1024)))
    (said,) = ops("show", "--reference", name(3).hex(), tmp_path / "list", code=1).lines()
    assert (said["revoked"], said["false_hit_rate"]) == (True, 1024 / 2**64)
    (said,) = ops("show", "--reference", name(-3).hex(), tmp_path / "list").lines()
    assert said["revoked"] is False


@pytest.mark.parametrize("command", ["show", "sign"])
def test_what_is_no_list_is_neither_shown_nor_signed(tmp_path: Path, command: str) -> None:
    """One changed byte is enough."""
    data = bytearray(listed(range(100)))
    data[-40] ^= 1
    (tmp_path / "list").write_bytes(data)
    assert gapura_ops("authority", "init", "--dir", tmp_path / "own").code == 0
    signing = ("--dir", tmp_path / "own", "--out", tmp_path / "list.cose") if command == "sign" else ()
    assert "damaged" in ops(command, *signing, tmp_path / "list", code=2).err
    assert not (tmp_path / "list.cose").exists()
