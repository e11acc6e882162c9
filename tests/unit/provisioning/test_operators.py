"""Operators are appointed whole or not at all, may what their duty needs and no more, and alone open their keys."""

from __future__ import annotations

import json
import shutil
import stat
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from firmware.commands.simulation import NONCE as NO_NONCE
from firmware.events import Instant
from firmware.signed import warrant
from firmware.signed.command import Op, Order, Turned
from firmware.signed.orders import Here, Wish, read_order, write_order
from firmware.signed.warrant import Role
from provisioning import authority, files, founding, operators
from provisioning.__main__ import main
from provisioning.cli import now
from provisioning.mistake import FAILED, USAGE, OperatorError
from provisioning.operators import Appointment

if TYPE_CHECKING:
    from pathlib import Path

    from provisioning.authority import Authority

NOW = 1_767_582_000
OWN = b"an operator's own words"
NONCE = "5e" * 16
DAY_S = 86_400


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Found an authority once."""
    charter = founding.Charter(name="City Hall", passphrase=None, now=NOW, warrant_days=30)
    return founding.found(tmp_path_factory.mktemp("desk") / "own", charter)


def appoint(own: Authority, name: str, *duties: str, passphrase: bytes | None = None) -> Path:
    """Appoint for 30 days."""
    appointment = Appointment(name, operators.rights(duties), passphrase, NOW, 30)
    return operators.appoint(own, own.folder / "root.key", appointment)


def commanded(own: Authority, operator: operators.Operator, op: Op, args: dict[str, str | int]) -> Order | Turned:
    """Have an operator command a gate of this authority."""
    wish = Wish("0a" * 16, op, args, "a test", gate="gate-1", nonce=NONCE)
    data = write_order(wish, issued=NOW, expires=NOW + 30, signer=operator.unlock(OWN), signer_warrant=operator.warrant)
    here = Here("gate-1", frozenset(), own.root, NONCE, Instant(1, NOW, NOW, "test"))
    return read_order(data, op.value, None, here)


def test_a_guard_commands_what_guards_need(own: Authority) -> None:
    """What the warrant names is an order at a gate that pins the root, signed by name; what it does not is refused."""
    operator = operators.open_operator(appoint(own, "gate-desk-7", "guard", passphrase=OWN))
    unlocked = commanded(own, operator, Op.UNLOCK, {"direction": "in"})
    assert isinstance(unlocked, Order)
    assert (unlocked.operator, unlocked.signer) == ("gate-desk-7", operator.granted.key)
    assert isinstance(commanded(own, operator, Op.LOCKDOWN, {}), Turned)
    assert operator.granted.not_before < NOW < operator.granted.not_after == NOW + 30 * DAY_S


def test_a_folder_is_its_owner_s_alone(own: Authority) -> None:
    """The folder is 0700, key and parameters 0600, and nothing is left beside it."""
    folder = appoint(own, "modes", "all", passphrase=OWN)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.iterdir())}
    assert modes == {"modes": 0o700, "operator.key": 0o600, "operator.json": 0o600, "operator.warrant": 0o644}
    assert [path for path in folder.parent.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize("passphrase", [None, b"another one"], ids=["none", "wrong"])
def test_only_the_passphrase_opens_the_key(own: Authority, passphrase: bytes | None) -> None:
    """Without the operator's passphrase, or with another, the key stays shut; the authority's does not open it."""
    folder = own.folder / "operators" / "shut"
    operator = operators.open_operator(folder if folder.exists() else appoint(own, "shut", "all", passphrase=OWN))
    with pytest.raises(OperatorError, match="passphrase"):
        operator.unlock(passphrase)


@pytest.mark.parametrize("name", ["", "Budi", "budi santoso", "a" * 33, "../x", "a\n"])
def test_an_id_that_is_none_appoints_nobody(own: Authority, name: str) -> None:
    """An operator is named by an id, never by a person's name or a path."""
    with pytest.raises(OperatorError, match="--name"):
        appoint(own, name, "all")


def test_every_set_of_rights_is_of_rights_there_are() -> None:
    """Sets hold commands and cards only; `all` is every command, and cards are named or not had."""
    for name, held in operators.SETS.items():
        assert set(operators.rights((name,))) == set(held) <= operators.RIGHTS
    assert set(operators.rights(("all",))) == set(Op)
    assert operators.rights(("officer", "health", "refuse")) == ("admit", "health", "refuse")
    with pytest.raises(OperatorError, match="--ops: 'everything'"):
        operators.rights(("everything",))


def test_an_operator_who_is_there_is_not_replaced(own: Authority) -> None:
    """Appointing under a name that is taken changes nothing."""
    folder = appoint(own, "taken", "guard")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(OperatorError, match="stays as it is"):
        appoint(own, "taken", "all")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_without_the_root_nobody_is_appointed(own: Authority, tmp_path: Path) -> None:
    """The root's key may lie elsewhere; another root's and a missing one appoint nobody."""
    other = founding.found(tmp_path / "other", founding.Charter("Other", None, NOW, 30))
    appointment = Appointment("apart", ("health",), None, NOW, 30)
    for key, why in ((tmp_path / "none.key", "is not there"), (other.folder / "root.key", "is not the root")):
        with pytest.raises(OperatorError, match=why):
            operators.appoint(own, key, appointment)
    shutil.copy(own.folder / "root.key", tmp_path / "safe.key")
    operators.open_operator(operators.appoint(own, tmp_path / "safe.key", appointment))


def broken_key(folder: Path, own: Authority) -> None:
    """Exchange the key for the authority's own."""
    shutil.copy(own.folder / "keys" / "commands.key", folder / "operator.key")


def broken_warrant(folder: Path, own: Authority) -> None:
    """Exchange the warrant for the authority's own."""
    shutil.copy(own.folder / "warrants" / "commands.warrant", folder / "operator.warrant")


def cut_warrant(folder: Path, _: Authority) -> None:
    """Lose the last byte."""
    path = folder / "operator.warrant"
    path.write_bytes(path.read_bytes()[:-1])


def no_about(folder: Path, _: Authority) -> None:
    """Lose the file that says what the folder is."""
    (folder / "operator.json").unlink()


@pytest.mark.parametrize("breaking", [broken_key, broken_warrant, cut_warrant, no_about])
def test_a_folder_that_is_not_whole_commands_nothing(own: Authority, tmp_path: Path, breaking: object) -> None:
    """A key of another warrant, a warrant of nobody and a torn file are found before anything is signed."""
    folder = tmp_path / "operator"
    shutil.copytree(appoint(own, f"broken-{tmp_path.name[-8:].strip('_')}".replace("_", "-"), "all"), folder)
    operators.open_operator(folder).unlock(None)
    breaking(folder, own)  # type: ignore[operator]
    with pytest.raises(OperatorError):
        operators.open_operator(folder).unlock(None)


def test_an_order_is_written_for_a_simulated_gate(own: Authority, capsys: pytest.CaptureFixture[str]) -> None:
    """The file is an order at a gate that has the nonce of none, and at no other."""
    appointment = Appointment("writer", ("health",), None, now(), 30)
    operator = operators.appoint(own, own.folder / "root.key", appointment)
    out = own.folder / "order.cose"
    asked = ("cmd", "gate-1", "health", "--reason", "a rehearsal", "--operator", operator, "--write")
    assert run(*asked, out) == 0
    said = json.loads(capsys.readouterr().out)
    simulated = Here("gate-1", frozenset(), own.root, NO_NONCE, Instant(1, now() - 1, now() + 1, "test"))
    found = read_order(out.read_bytes(), "health", None, simulated)
    assert isinstance(found, Order)
    assert (found.id, found.operator, stat.S_IMODE(out.stat().st_mode)) == (said["id"], "writer", 0o600)
    assert isinstance(read_order(out.read_bytes(), "health", None, replace(simulated, nonce=NONCE)), Turned)
    assert run(*asked, own.folder) == USAGE


def run(*arguments: str | Path) -> int:
    """Run the command line in this process."""
    return main([str(part) for part in arguments])


def test_an_operator_is_appointed_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The answer says who may what until when and where it lies; the folder opens with the operator's passphrase."""
    for name, words in (("secret", b"the authority's words\n"), ("own", OWN + b"\n"), ("short", b"short\n")):
        files.write(tmp_path / name, words, files.PRIVATE)
    where = ("--dir", tmp_path / "a", "--passphrase-file", tmp_path / "secret")
    assert run("authority", "init", *where) == 0
    capsys.readouterr()
    asked = ("authority", "operator", *where, "--name", "ayu", "--ops", "guard,replay", "--operator-passphrase-file")
    assert run(*asked, tmp_path / "own") == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["name"], said["encrypted"]) == ("ayu", True)
    assert said["ops"] == ["admit", "health", "identify", "refuse", "replay", "unlock"]
    operator = operators.open_operator(tmp_path / "a" / "operators" / "ayu")
    operator.unlock(OWN)
    opened = authority.open_authority(tmp_path / "a", b"the authority's words")
    found = warrant.read(operator.warrant)
    assert found is not None
    assert (found.root, found.role, found.holder) == (opened.root, Role.COMMANDS, "ayu")
    assert json.loads((operator.folder / "operator.json").read_text())["stretching"]["n"] >= 2**14
    assert [run(*asked, tmp_path / "own"), run(*asked, tmp_path / "short")] == [USAGE, USAGE]
    shutil.rmtree(tmp_path / "a" / "operators")
    (tmp_path / "a" / "operators").write_bytes(b"")
    assert run(*asked, tmp_path / "own") == FAILED
    assert capsys.readouterr().out == ""
