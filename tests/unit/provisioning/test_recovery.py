"""The recovery sheet: from the root's key to paper and back, under its passphrase and never without."""

from __future__ import annotations

import io
import json
import stat
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from firmware.signed.warrant import GRANTED, Role
from provisioning import authority, documents, founding
from provisioning.custody import recovering, roles
from provisioning.custody.roles import Term
from provisioning.mistake import OperatorError
from tests.unit.provisioning.console import typed

if TYPE_CHECKING:
    from pathlib import Path

NOW = 1_767_582_000
PASSPHRASE = b"correct horse battery"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An authority under a passphrase, and the file of that beside it."""
    (tmp_path / "secret").write_bytes(PASSPHRASE + b"\n")
    (tmp_path / "secret").chmod(0o600)
    return founding.found(tmp_path / "a", founding.Charter("Balai Kota", PASSPHRASE, NOW, 30)).folder


@pytest.mark.parametrize("suffix", [".png", ".txt"])
def test_a_sheet_brings_a_lost_root_back(folder: Path, suffix: str, capsys: pytest.CaptureFixture[str]) -> None:
    """From its picture or its text, to the folder from which it was lost; it signs there as before."""
    secret = folder.parent / "secret"
    out = folder.parent / f"sheet{suffix}"
    printed = typed(capsys, "authority", "recovery", "--dir", folder, "--passphrase-file", secret, "--out", out)
    assert printed.code == 0, printed.err
    assert out.stat().st_mode & 0o077 == 0
    opened = authority.open_authority(folder, PASSPHRASE)
    (folder / "root.key").unlink()
    back = typed(capsys, "authority", "recover", out, "--dir", folder, "--passphrase-file", secret)
    assert back.code == 0, back.err
    assert back.answer["fingerprint"] == printed.answer["fingerprint"]
    assert founding.open_root(opened, folder / "root.key").public_key().public_bytes_raw() == opened.root
    assert stat.S_IMODE((folder / "root.key").stat().st_mode) == 0o600
    again = typed(capsys, "authority", "recover", out, "--dir", folder, "--passphrase-file", secret)
    assert (again.code, "stays as it is" in again.err) == (2, True)
    assert typed(capsys, "authority", "renew", "trust", "--dir", folder, "--passphrase-file", secret).code == 0


def test_with_nothing_but_the_sheet_the_office_signs_again_and_outranks_what_was_lost(folder: Path) -> None:
    """A photograph on its side is enough for a new folder; every role gets a key whose serial is above all before."""
    opened = authority.open_authority(folder, PASSPHRASE)
    lost, _ = roles.rotate(opened, Role.TRUST, Term(folder / "root.key", NOW, 30))
    assert lost is not None
    sheet = recovering.sheet_of(opened, folder / "root.key")
    new = folder.parent / "new"
    recovering.restore(recovering.decode(recovering.encode(sheet).encode()), PASSPHRASE, new)
    recovered = authority.open_authority(new, PASSPHRASE)
    assert recovered.root == opened.root
    for role in GRANTED:
        roles.rotate(recovered, role, Term(new / "root.key", NOW, 30))
    sealed = documents.build_trust(recovered, now=NOW, valid_days=1)
    assert sealed.document.rank > documents.build_trust(opened, now=NOW, valid_days=1).document.rank


def test_a_photograph_that_lies_on_its_side_is_read(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The page as a phone sees it: turned, grey, on a table, and saved as JPEG."""
    out = folder.parent / "sheet.png"
    secret = folder.parent / "secret"
    assert typed(capsys, "authority", "recovery", "--dir", folder, "--passphrase-file", secret, "--out", out).code == 0
    with Image.open(out) as page:
        table = Image.new("L", (page.height + 400, page.width + 400), 120)
        table.paste(page.rotate(90, expand=True), (200, 200))
    turned = io.BytesIO()
    table.save(turned, "JPEG", quality=70)
    (folder.parent / "photo.jpg").write_bytes(turned.getvalue())
    new = folder.parent / "new"
    back = typed(capsys, "authority", "recover", folder.parent / "photo.jpg", "--dir", new, "--passphrase-file", secret)
    assert back.code == 0, back.err
    status = typed(capsys, "authority", "status", "--dir", new)
    assert {json.loads(line)["state"] for line in status.out.splitlines()[1:]} == {"missing"}


def test_the_page_is_one_and_holds_the_key_only_encrypted(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As PDF it is a page that says whose it is; the passphrase stands nowhere, and the raw key neither."""
    opened = authority.open_authority(folder, PASSPHRASE)
    sheet = recovering.sheet_of(opened, folder / "root.key")
    raw = founding.open_root(opened, folder / "root.key").private_bytes_raw()
    assert raw not in sheet.key
    assert PASSPHRASE not in recovering.encode(sheet).encode()
    out = folder.parent / "sheet.pdf"
    secret = folder.parent / "secret"
    assert typed(capsys, "authority", "recovery", "--dir", folder, "--passphrase-file", secret, "--out", out).code == 0
    data = out.read_bytes()
    assert data.startswith(b"%PDF-")
    assert data.count(b"/Type /Page\n") == 1


def test_an_open_key_goes_on_no_paper(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a passphrase there is no sheet, and no file is left."""
    founding.found(tmp_path / "a", founding.Charter("Balai Kota", None, NOW, 30))
    done = typed(capsys, "authority", "recovery", "--dir", tmp_path / "a", "--out", tmp_path / "sheet.pdf")
    assert (done.code, "an open key goes on no paper" in done.err) == (2, True)
    assert not (tmp_path / "sheet.pdf").exists()


def test_what_is_no_sheet_or_no_passphrase_of_it_changes_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wrong letter, another code, a PDF, a picture without a code, a wrong passphrase: one line each."""
    opened = authority.open_authority(folder, PASSPHRASE)
    code = recovering.encode(recovering.sheet_of(opened, folder / "root.key"))
    blank = io.BytesIO()
    Image.new("L", (400, 400), 255).save(blank, "PNG")
    wrong = "A" if code[40] != "A" else "B"
    cases = {
        "letter.txt": ((code[:40] + wrong + code[41:]).encode(), None),
        "other.txt": (b"GP1:ABC", "no code of a recovery sheet"),
        "half.txt": (code[: len(code) // 2].encode(), "no code of a recovery sheet"),
        "sheet.pdf": (b"%PDF-1.3", "a PDF, which is not read"),
        "blank.png": (blank.getvalue(), "shows no code"),
        "broken.png": (blank.getvalue()[:40], "cannot be opened"),
    }
    (folder.parent / "wrong").write_text("battery staple\n")
    for name, (data, remedy) in cases.items():
        path = folder.parent / name
        path.write_bytes(data)
        secret = folder.parent / "secret"
        done = typed(capsys, "authority", "recover", path, "--dir", folder.parent / "new", "--passphrase-file", secret)
        assert done.code == 2, name
        assert remedy is None or remedy in done.err, done.err
    with pytest.raises(OperatorError, match="does not open this sheet"):
        recovering.restore(recovering.decode(code.encode()), b"battery staple", folder.parent / "new")
    assert not (folder.parent / "new").exists()
