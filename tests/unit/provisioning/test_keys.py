"""`gapura-ops keys` and `contact`: from a day's key and a passage to the pass, for those two offices alone."""

from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from firmware.control.desired import Held, Whose, read
from firmware.signed import area_keys, sealing, strict_json, times
from firmware.signed.area_keys import AreaKeys, DayKey, open_keys
from firmware.signed.contact import Contact, seal_contact
from firmware.signed.envelope import Kind, read_body
from firmware.signed.warrant import Role, parse_root
from provisioning import founding
from provisioning.__main__ import main
from provisioning.authority import open_authority
from provisioning.broker.certificates import DeviceCa, Holder

if TYPE_CHECKING:
    from pathlib import Path

CA = DeviceCa.create()
REFERENCE = "0123456789abcdef" * 2
NOW = 1_767_582_000
PASSPHRASE = "some words that nobody guesses"


class Desk:
    """An authority's folder with certificates beside it, and the command line."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str], *, passphrase: bytes | None = None) -> None:
        """Found it, and issue two gates' certificates."""
        self.folder, self._capsys = folder, capsys
        self.authority = founding.found(folder / "authority", founding.Charter("Test", passphrase, NOW, 10_000))
        (folder / "device-ca.crt").write_bytes(CA.certificate_pem)
        self.keys: dict[str, ec.EllipticCurvePrivateKey] = {}
        for name in ("gate-1", "gate-2"):
            certificate, key = CA.issue(Holder.GATE, name).write(folder)
            found = load_pem_private_key(key.read_bytes(), None)
            assert isinstance(found, ec.EllipticCurvePrivateKey)
            self.keys[name] = found
            assert certificate.name == f"{name}.crt"

    def run(self, *words: str | Path) -> tuple[int, dict[str, object], str]:
        """Run a command and give its exit code, its answer and its words."""
        code = main([str(word) for word in words])
        out, err = self._capsys.readouterr()
        return code, json.loads(out) if out else {}, err

    def seal(
        self, *more: str | Path, gates: tuple[str, ...] = ("gate-1", "gate-2")
    ) -> tuple[int, dict[str, object], str]:
        """Seal keys of the lobby to these gates."""
        certificates = [self.folder / f"{gate}.crt" for gate in gates]
        command = (
            "keys",
            "seal",
            "--dir",
            self.folder / "authority",
            "--area",
            "lobby",
            "--out",
            self.folder / "k.cose",
        )
        return self.run(*command, "--ca", self.folder / "device-ca.crt", *more, *certificates)

    def opened(self, gate: str) -> tuple[DayKey, ...]:
        """Read what was sealed as a gate would."""
        root = parse_root((self.folder / "authority" / "root.pub").read_bytes())
        held = read((self.folder / "k.cose").read_bytes(), Kind.KEYS, Whose(root, gate, frozenset({"lobby"})))
        assert isinstance(held, Held), held
        body = read_body(held.document, AreaKeys)
        assert isinstance(body, AreaKeys)
        keys = open_keys(body, gate, self.keys[gate])
        assert keys is not None
        return keys


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    """Make a desk whose keys are not encrypted."""
    return Desk(tmp_path, capsys)


def test_every_gate_of_the_area_gets_the_same_keys_for_thirty_five_days(desk: Desk) -> None:
    """The days begin at midnight in their zone, today first, one after the other."""
    code, said, _ = desk.seal()
    assert (code, said["kind"], said["gates"]) == (0, "keys", ["gate-1", "gate-2"])
    keys = desk.opened("gate-1")
    assert keys == desk.opened("gate-2")
    assert len({key.key for key in keys}) == area_keys.MAX_DAYS
    assert all(times.render(key.begins).endswith("T17:00:00Z") for key in keys)
    assert (said["from"], said["until"]) == (times.render(keys[0].begins), times.render(keys[-1].ends))


def test_a_day_keeps_its_key_however_often_it_is_sealed(desk: Desk) -> None:
    """A gate that is added later names passes as the others do; only days without a key get one."""
    desk.seal("--days", "3", gates=("gate-1",))
    first = desk.opened("gate-1")
    _, said, _ = desk.seal("--days", "5", gates=("gate-2",))
    assert desk.opened("gate-2")[:3] == first
    assert said["version"] == 2


def test_the_desk_finds_a_pass_again(desk: Desk) -> None:
    """The subject it prints is the one that a gate makes with the key it got."""
    desk.seal("--days", "1")
    (key,) = desk.opened("gate-1")
    command = ("keys", "subject", "--dir", desk.folder / "authority", "--area", "lobby", REFERENCE, "--at")
    code, said, _ = desk.run(*command, times.render(key.begins))
    assert (code, said["subject"]) == (0, area_keys.subject(key.key, REFERENCE))
    code, _, err = desk.run(*command, times.render(key.ends))
    assert (code, "no key" in err) == (2, True)


def test_a_desk_with_a_passphrase_keeps_no_key_in_clear(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The file of an area is for its owner alone, tells nothing, and opens with the passphrase."""
    desk = Desk(tmp_path, capsys, passphrase=PASSPHRASE.encode())
    (tmp_path / "secret").write_text(PASSPHRASE)
    (tmp_path / "secret").chmod(0o600)
    code, _, err = desk.seal()
    assert (code, "passphrase" in err) == (2, True)
    assert desk.seal("--passphrase-file", tmp_path / "secret")[0] == 0
    path = tmp_path / "authority" / "areas" / "lobby.keys"
    spelled = [key.key for key in desk.opened("gate-1")]
    spelled += [strict_json.to_base64url(key).encode() for key in spelled]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not any(each in path.read_bytes() for each in spelled)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert "does not open" in desk.seal("--passphrase-file", tmp_path / "secret")[2]


def test_days_that_ended_long_ago_are_forgotten(desk: Desk) -> None:
    """What may no longer be traced cannot be, because the key is gone."""
    from provisioning import area_keys as store  # noqa: PLC0415  beside the room of the same name

    authority, zone = desk.authority, store.zone("Asia/Jakarta")
    old = store.made(authority, "lobby", store.Span(NOW, 2, zone, 30))
    assert store.kept(authority, "lobby") == old
    new = store.made(authority, "lobby", store.Span(NOW + 31 * 86_400, 1, zone, 30))
    assert store.kept(authority, "lobby") == [old[1], *new]
    later = store.made(authority, "lobby", store.Span(NOW + 70 * 86_400, 1, zone, 30))
    assert store.kept(authority, "lobby") == later


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        pytest.param(("--timezone", "Mars/Olympus"), "IANA", id="no-zone"),
        pytest.param(("--area", "The Lobby"), "a-z", id="no-area"),
        pytest.param(("--ca", "gate-1.crt"), "unknown_ca", id="another-ca"),
        pytest.param(("--audience", "The Lobby"), "--audience", id="no-audience"),
    ],
)
def test_a_mistake_is_named_and_nothing_is_sealed(desk: Desk, words: tuple[str, str], remedy: str) -> None:
    """One line says what to write instead."""
    if words[0] == "--ca":
        words = (words[0], str(desk.folder / words[1]))
    code, said, err = desk.seal(*words)
    assert (code, said, remedy in err) == (2, {}, True)
    assert not (desk.folder / "k.cose").exists()


def test_only_gates_get_keys(desk: Desk) -> None:
    """An operator's certificate under the same CA is refused, and a gate that is named twice."""
    certificate, _ = CA.issue(Holder.OPERATOR, "wall").write(desk.folder)
    assert "wrong_holder" in desk.seal(gates=("gate-1", certificate.stem))[2]
    assert "twice" in desk.seal(gates=("gate-1", "gate-1"))[2]


def test_an_older_authority_is_told_what_to_do_and_can_do_it(desk: Desk) -> None:
    """Without the role nothing is sealed; the root's key adds it, once."""
    folder = desk.folder / "authority"
    for path in (folder / "keys" / "keys.key", folder / "warrants" / "keys.warrant"):
        path.unlink()
    code, _, err = desk.seal()
    assert (code, "gapura-ops keys role" in err) == (2, True)
    code, said, _ = desk.run("keys", "role", "--dir", folder)
    assert (code, said["role"]) == (0, "keys")
    assert open_authority(folder, None).warrant(Role.KEYS)[1].role is Role.KEYS
    assert desk.seal()[0] == 0
    assert desk.run("keys", "role", "--dir", folder)[0] == 2


def event(office: ec.EllipticCurvePublicKey, **changes: object) -> bytes:
    """Word the event of a passage."""
    contact = seal_contact(Contact(b"issuer-1", REFERENCE), office, "gate-1")
    data = {"reader": "outside", "direction": "in", "decision": "allow", "subject": "0f" * 16, "contact": contact}
    said = {"id": "gate-1:5f0c9a2e:17", "source": "/gapura/1/gate-1", "time": "2026-01-05T03:00:00Z", "data": data}
    return strict_json.render({**said, "type": "gapura.contact.v1", **changes})


def test_the_health_office_opens_what_was_sealed_to_it(desk: Desk) -> None:
    """Of what a subscriber printed, the contact references are opened and all else is passed over."""
    (desk.folder / "secret").write_text(PASSPHRASE)
    key = desk.folder / "office.key"
    code, said, _ = desk.run("contact", "key", "--out", key, "--passphrase-file", desk.folder / "secret")
    public = sealing.read_public(str(said["health_office"]))
    assert (code, said["encrypted"], stat.S_IMODE(key.stat().st_mode)) == (0, True, 0o600)
    assert public is not None
    lines = [b"gapura/1/gate-1/restricted/contact " + event(public), event(public, type="gapura.access.v1"), b"\xff{"]
    (desk.folder / "events").write_bytes(b"\n".join(lines))
    command = ("contact", "open", "--key", key, desk.folder / "events")
    assert desk.run(*command)[0] == 2
    code, said, _ = desk.run(*command, "--passphrase-file", desk.folder / "secret")
    assert (code, said["reference"], said["issuer"], said["gate"]) == (0, REFERENCE, b"issuer-1".hex(), "gate-1")
    assert desk.run("contact", "key", "--out", key)[0] == 2


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"source": "/gapura/1/gate-2"}, id="moved-to-another-gate"),
        pytest.param({"data": {"contact": "A" * 140}}, id="altered"),
        pytest.param({"data": {}}, id="without-one"),
        pytest.param({"data": 7}, id="no-data"),
    ],
)
def test_what_does_not_open_is_counted(desk: Desk, changes: dict[str, object]) -> None:
    """Whatever stands in an event, the answer is a number of those that were not for this key."""
    key = desk.folder / "office.key"
    _, said, _ = desk.run("contact", "key", "--out", key)
    public = sealing.read_public(str(said["health_office"]))
    assert public is not None
    (desk.folder / "events").write_bytes(event(public, **changes))
    code, said, err = desk.run("contact", "open", "--key", key, desk.folder / "events")
    assert (code, said, "1 contact reference" in err) == (1, {}, True)
