"""Custody of keys: renewed, rotated, taken back, followed by another root, and no power cut loses any of it."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Final

import pytest

from firmware.signed import cose, envelope, warrant
from firmware.signed.envelope import Document, EnvelopeRefusal, Kind
from firmware.signed.ruling import SILENT
from firmware.signed.warrant import Role
from provisioning import authority, documents, founding, issuing, operators, publishing
from provisioning.broker.certificates import DeviceCa
from provisioning.custody import resigning, roles, rulings, status, succession
from provisioning.custody.roles import Term
from provisioning.mistake import OperatorError
from provisioning.operators import Appointment
from tests.unit.provisioning.console import typed

if TYPE_CHECKING:
    from pathlib import Path

    from provisioning.authority import Authority

NOW: Final = 1_767_582_000
LATER: Final = NOW + 86_400
DAYS: Final = 30


def found(folder: Path, passphrase: bytes | None = None) -> Authority:
    """Make an authority."""
    return founding.found(folder, founding.Charter("City Hall", passphrase, NOW, DAYS))


def term(opened: Authority, now: int = LATER) -> Term:
    """New warrants for a month, by the root that still lies in the folder."""
    return Term(opened.folder / "root.key", now, DAYS)


def opens(data: bytes, kind: Kind, opened: Authority) -> Document | EnvelopeRefusal:
    """Open as a gate that has heard what the root says."""
    word = rulings.newest(opened)
    heard = SILENT if word is None else SILENT.heard(word.ruling)
    return envelope.open_envelope(data, kind, root=opened.root, gate="gate-1", now=None, rulings=heard)


def test_a_renewed_warrant_is_the_same_keys_for_longer(tmp_path: Path) -> None:
    """Key and serial stay, so that floors do; only the time moves on."""
    opened = found(tmp_path / "a")
    before = opened.warrant(Role.POLICY)[1]
    (after,) = roles.renew(opened, [Role.POLICY], term(opened))
    assert opened.warrant(Role.POLICY)[1] == after
    assert (after.key, after.serial) == (before.key, before.serial)
    assert after.not_after == before.not_after + 86_400


def test_a_rotated_role_signs_under_a_newer_warrant_and_has_one_key(tmp_path: Path) -> None:
    """Twice over: the serial rises, the key before is gone from the folder, and what is signed opens."""
    opened = found(tmp_path / "a", b"correct horse")
    keys = set()
    for serial in (2, 3):
        before, granted = roles.rotate(opened, Role.POLICY, term(opened))
        assert before is not None
        assert (before.serial, granted.serial) == (serial - 1, serial)
        keys |= {before.key, granted.key}
        assert len(list((tmp_path / "a" / "keys").glob("policy*"))) == 1
    assert len(keys) == 3
    reopened = authority.open_authority(tmp_path / "a", b"correct horse")
    sealed = documents.seal(reopened, Kind.CONFIG, {"gate": {}}, now=LATER, valid_s=60)
    assert sealed.document.granted.serial == 1
    assert documents.seal(reopened, Kind.POLICY, {}, now=LATER, valid_s=60).document.granted.serial == 3


def test_documents_are_signed_again_and_the_thiefs_fall(tmp_path: Path) -> None:
    """Those of the role in the folder, under the same root; the old ones are refused once the root has said so."""
    opened, other = found(tmp_path / "a"), found(tmp_path / "b")
    folder = tmp_path / "signed"
    folder.mkdir()
    stolen = documents.build_trust(opened, now=NOW, valid_days=9).data
    (folder / "trust.cose").write_bytes(stolen)
    (folder / "foreign.cose").write_bytes(documents.build_trust(other, now=NOW, valid_days=9).data)
    (folder / "config.cose").write_bytes(documents.seal(opened, Kind.CONFIG, {"a": 1}, now=NOW, valid_s=99_999).data)
    (folder / "rubbish.cose").write_bytes(b"rubbish")
    roles.rotate(opened, Role.TRUST, term(opened))
    said = resigning.resign(opened, Role.TRUST, folder, now=LATER)
    assert [(one["kind"], one["version"], one["what"]) for one in said] == [("trust", 2, "signed again")]
    assert resigning.resign(opened, Role.TRUST, folder, now=LATER)[0]["what"] == "signed by this key already"
    new = publishing.recognise((folder / "trust.cose").read_bytes())
    old = publishing.recognise(stolen)
    assert new is not None
    assert old is not None
    assert (new.body, new.expires, new.granted.serial) == (old.body, old.expires, 2)
    assert isinstance(opens(stolen, Kind.TRUST, opened), Document)
    rulings.speak(opened, tmp_path / "a" / "root.key", rulings.without_earlier(Role.TRUST, 2), now=LATER)
    assert opens(stolen, Kind.TRUST, opened) is EnvelopeRefusal.WARRANT_REVOKED
    assert isinstance(opens((folder / "trust.cose").read_bytes(), Kind.TRUST, opened), Document)


def test_each_word_of_the_root_outranks_the_one_before(tmp_path: Path) -> None:
    """It adds to what was said, is newer by its rank, and the same again is no new word."""
    opened = found(tmp_path / "a")
    root = tmp_path / "a" / "root.key"
    first = rulings.speak(opened, root, rulings.without_key(b"a" * 8), now=LATER)
    second = rulings.speak(opened, root, rulings.without_key(b"b" * 8), now=NOW)
    assert second.document.rank > first.document.rank
    assert second.ruling.revoked == {b"a" * 8, b"b" * 8}
    assert rulings.speak(opened, root, rulings.without_key(b"b" * 8), now=LATER) == second


def test_a_passes_key_that_was_rotated_out_issues_until_it_is_revoked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both keys are listed at first; afterwards the present one alone, and passes are issued by it all along."""
    folder = tmp_path / "a"
    opened = found(folder)
    before, granted = roles.rotate(opened, Role.PASSES, term(opened))
    assert before is not None
    assert {key.key for issuer in opened.issuers()[0].issuers for key in issuer.keys} == {before.key, granted.key}
    assert issuing.open_desk(opened).entry.key_id == cose.key_id(granted.key)
    done = typed(capsys, "authority", "revoke", "passes", "--dir", folder)
    assert done.code == 0, done.err
    assert done.answer["revoked"] == [cose.key_id(before.key).hex()]
    assert done.answer["least_serials"] == {"passes": 2}
    assert {key.key for issuer in opened.issuers()[0].issuers for key in issuer.keys} == {granted.key}


def test_an_operator_is_taken_back_by_name_though_no_folder_of_theirs_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every warrant they ever had; whoever was never appointed is nobody."""
    folder = tmp_path / "a"
    opened = found(folder)
    keys = []
    for turn in range(2):
        made = operators.appoint(opened, folder / "root.key", Appointment("guard-1", ("unlock",), None, NOW + turn, 9))
        keys.append(cose.key_id(operators.open_operator(made).granted.key).hex())
        made.rename(tmp_path / f"given-{turn}")
    assert typed(capsys, "authority", "revoke", "operator", "guard-9", "--dir", folder).code == 2
    done = typed(capsys, "authority", "revoke", "operator", "guard-1", "--dir", folder)
    assert done.answer["revoked"] == sorted(keys)
    states = {row.key: row.state for row in status.rows(opened, NOW) if row.holder == "guard-1"}
    assert states == dict.fromkeys(keys, "revoked")


MISTAKES: dict[str, tuple[tuple[str, ...], str]] = {
    "the only key of a role": (("revoke", "trust"), "rotate trust first"),
    "a role nobody has": (("revoke", "mayor"), "is no role"),
    "the root's own role": (("rotate", "root"), "is no role"),
    "an operator without a name": (("revoke", "operator"), "name the operator"),
    "a word too many": (("revoke", "trust", "guard"), "one word too many"),
    "a folder that is none": (("rotate", "trust", "--resign", "/nowhere"), "is no folder"),
    "a root that is away": (("renew", "--root-key", "/nowhere/root.key"), "bring the root's key"),
    "a day that is over": (("succeed", "--out", "/nowhere/b", "--from", "2020-01-01T00:00Z"), "is over"),
    "a day that is none": (("succeed", "--out", "/nowhere/b", "--from", "soon"), "is no time"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_what_cannot_be_meant_is_refused_and_changes_nothing(
    tmp_path: Path, mistake: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line says what to do; every file is as it was."""
    words, remedy = MISTAKES[mistake]
    folder = tmp_path / "a"
    found(folder)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    done = typed(capsys, "authority", *words, "--dir", folder)
    assert done.code == 2
    assert remedy in done.err
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_the_keys_in_use_and_the_root_are_not_taken_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever asks for that is told to rotate, or to have the root followed."""
    opened = found(tmp_path / "a")
    used = roles.key_of(opened.warrant(Role.POLICY)[1])
    for key, remedy in ((used, "rotate policy first"), (cose.key_id(opened.root).hex(), "succeed")):
        done = typed(capsys, "authority", "revoke", key, "--dir", tmp_path / "a")
        assert (done.code, remedy in done.err) == (2, True), done.err
    assert rulings.newest(opened) is None


def test_status_tells_what_ends_soon_by_its_exit_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With 60 days left nothing has to be done; with 29, or without a key, somebody has to open the safe."""
    opened = found(tmp_path / "a")
    assert {row.state for row in status.rows(opened, NOW)} == {"good"}
    assert {row.state for row in status.rows(opened, LATER) if row.role != "root"} == {"ends_soon"}
    assert {row.state for row in status.rows(opened, NOW + DAYS * 86_400) if row.role != "root"} == {"ended"}
    fresh = typed(capsys, "authority", "init", "--dir", tmp_path / "b")
    assert fresh.code == 0
    assert typed(capsys, "authority", "status", "--dir", tmp_path / "b").code == 0
    (tmp_path / "b" / "warrants" / "keys.warrant").unlink()
    done = typed(capsys, "authority", "status", "--dir", tmp_path / "b")
    assert done.code == 1
    assert {json.loads(line)["state"] for line in done.out.splitlines()} == {"good", "missing"}
    assert typed(capsys, "authority", "rotate", "keys", "--dir", tmp_path / "b").answer["before"] is None


def test_a_root_that_follows_signs_for_gates_that_pinned_the_old_one(tmp_path: Path) -> None:
    """The same keys under new warrants that outrank the old; the old root's word leads gates there."""
    old = found(tmp_path / "a", b"correct horse")
    made = succession.succeed(old, term(old), tmp_path / "b", LATER + 86_400)
    new = authority.open_authority(tmp_path / "b", b"correct horse")
    assert (new.root, made.word.ruling.successor) == (made.root, made.root)
    sealed = documents.build_trust(new, now=LATER, valid_days=1)
    assert sealed.document.granted.serial == 2
    opened = opens(sealed.data, Kind.TRUST, old)
    assert isinstance(opened, Document)
    assert opened.root == new.root
    assert warrant.parse_root((tmp_path / "b" / "root.pub").read_bytes()) == new.root
    with pytest.raises(OperatorError, match="not what this command began"):
        succession.succeed(old, term(old), found(tmp_path / "c").folder, LATER + 86_400)
    with pytest.raises(OperatorError, match="has named"):
        succession.succeed(old, term(old), tmp_path / "d", LATER + 86_400)


@pytest.mark.parametrize("what", ["trust", "passes", "revoke", "succeed", "ca"])
def test_a_kill_at_any_touch_of_the_disk_leaves_the_old_state_or_the_new(tmp_path: Path, what: str) -> None:
    """Each state signs and reads as a whole, and the same command ends well afterwards."""
    folder = tmp_path / "a"
    if what == "ca":
        folder.mkdir()
        DeviceCa.create().write(folder)
    else:
        found(folder)
    command = [sys.executable, "-m", "tests.unit.provisioning.killed_custody", str(folder), what]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["died"] for line in lines] == [True] * (len(lines) - 1) + [False]
    states = list(dict.fromkeys(json.dumps(line["after"], sort_keys=True) for line in lines))
    assert 2 <= len(states) <= 4, states
    if what in {"trust", "passes"}:
        rose = {line["after"]["serials"][what]: line["once_more"]["serials"][what] for line in lines}
        assert rose == {1: 2, 2: 3}
        assert {line["keys"] for line in lines} == {10}
