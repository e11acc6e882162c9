"""`gapura-ops provision`: every form of the papers is read as a gate reads it, and a mistake costs no claim."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from firmware.signed import times
from firmware.signed.envelope import EnvelopeRefusal
from firmware.signed.provision import Provision, WifiBody, open_provision
from hw.reader import decoders
from provisioning.broker import rotation
from provisioning.fleet.lifecycle import State
from provisioning.handing import forms
from provisioning.handing.arguments import span
from tests.unit.provisioning.handing.pictures import as_page, pixels, rendered
from tests.unit.provisioning.handing.room import body_of, opened

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from hw.reader.decoders import Decoder
    from tests.unit.provisioning.handing.room import Ended, Room

SECRET = "kata sandi kantor"


@pytest.fixture(scope="module")
def reader() -> Iterator[Decoder]:
    """Read pictures as a gate does."""
    reader = decoders.build("zxing")
    yield reader
    reader.close()


def claims(room: Room) -> dict[str, str]:
    """The claims that the ledger knows, by gate."""
    ledger = room.open_ledger()
    try:
        return {one.gate: one.id for one in ledger.claims(0)}
    finally:
        ledger.close()


def states(room: Room) -> dict[str, State]:
    """Where the ledger has each gate."""
    ledger = room.open_ledger()
    try:
        return {gate: standing.state for gate, standing in ledger.gates().items()}
    finally:
        ledger.close()


def private(paths: Iterable[Path]) -> bool:
    """Say whether only their owner may read these files."""
    return all(path.stat().st_mode & 0o777 == 0o600 for path in paths)


def no_secret(ended: Ended, found: Provision, *codes: bytes) -> None:
    """See that nothing that was printed holds the claim's seed or a code."""
    told = json.dumps(ended.lines) + ended.err
    seed = body_of(found).claim.seed
    assert all(spelled not in told for spelled in (seed.hex(), base64.urlsafe_b64encode(seed).decode()[:40]))
    assert all(code.decode()[at : at + 24] not in told for code in codes for at in range(0, len(code) - 24, 24))


def test_a_sector_is_one_pdf_of_which_every_gate_reads_its_page(room: Room, reader: Decoder) -> None:
    """Drawn by another program: each page brings its own gate and claim, in the inventory's words."""
    out = room.folder / "sheets.pdf"
    ended = room.provision("--sector", "health", "--out", out)
    assert ended.code == 0, ended.err
    assert [line["gate"] for line in ended.lines] == ["north-1", "north-2"]
    bodies = []
    for line, page in zip(ended.lines, rendered(out.read_bytes(), room.folder), strict=True):
        texts = [found.data for found in reader.decode(pixels(page))]
        assert len(texts) == line["codes"]
        found = opened(texts, room.root)
        body = body_of(found)
        assert (body.gate, body.claim.id, found.digest) == (line["gate"], line["claim"], line["digest"])
        assert body.brokers == ["mqtt.example:8883", "mqtt-2.example"]
        no_secret(ended, found, *texts)
        bodies.append(body)
    assert bodies[1].config["door"] == {"kind": "maglock", "unlock_ms": 7000}
    assert claims(room) == {line["gate"]: line["claim"] for line in ended.lines}
    assert private([out])


def test_a_gate_by_hand_comes_as_text_picture_and_file(room: Room, reader: Decoder) -> None:
    """Without an inventory: whoever makes the papers approves the gate, and each form brings a newer document."""
    keys = room.folder / "keys.toml"
    keys.write_text('[gate]\ngroups = ["ground"]\n[door]\nunlock_ms = 4000\n')
    words = ("lobby-1", "--area", "lobby", "--broker", "192.0.2.7", "--config", keys, "--again", "--expires", "2d")
    stages = ((), ("--stage", "installed"), ("--stage", "active"))
    outs = [room.folder / f"lobby.{suffix}" for suffix in ("txt", "png", "cose")]
    versions = []
    for out, stage in zip(outs, stages, strict=True):
        ended = room.provision(*words, *stage, "--out", out, planned=False)
        assert ended.code == 0, ended.err
        (line,) = ended.lines
        data = out.read_bytes()
        match out.suffix:
            case ".txt":
                found = opened(data.splitlines(), room.root)
            case ".png":
                found = opened([one.data for one in reader.decode(as_page(data))], room.root)
            case _:
                whole = open_provision(data, root=room.root, gate="lobby-1", now=None)
                assert isinstance(whole, Provision)
                found = whole
        body = body_of(found)
        assert (body.gate, body.brokers, body.claim.id) == ("lobby-1", ["192.0.2.7"], line["claim"])
        begins = {"area": "lobby", "groups": ["ground"], "stage": stage[-1] if stage else "installed"}
        assert body.config == {"gate": begins, "door": {"unlock_ms": 4000}}
        assert times.parse(str(line["expires"])) == found.expires <= found.issued + 2 * 86_400
        versions.append(found.version)
    assert versions == sorted(set(versions))
    assert private(outs)


def test_a_folder_has_a_picture_and_a_file_for_each_gate(room: Room) -> None:
    """Of all gates that may have papers; those that may not are counted, and the first is named."""
    out = room.folder / "out"
    out.mkdir()
    ended = room.provision("--all", "--phone", "--file", "--out", out)
    assert ended.code == 0, ended.err
    assert "1 of 4 gates are left out; the first: later-1 is not approved" in ended.err
    for line in ended.lines:
        gate = str(line["gate"])
        picture, file = out / f"{gate}.png", out / gate / forms.BOOT_FILE
        assert line["files"] == [str(picture), str(file)]
        assert private([picture, file])
        assert isinstance(open_provision(file.read_bytes(), root=room.root, gate=gate, now=None), Provision)
    assert states(room) == dict.fromkeys(("north-1", "north-2", "permit-1"), State.ISSUED)
    again = room.provision("--all", "--out", out)
    assert (again.code, "no gate is left" in again.err) == (2, True)


def test_a_terminal_shows_the_codes_of_one_gate_and_keeps_no_file(room: Room) -> None:
    """They stand on stderr, where no program takes them for an answer."""
    before = set(room.folder.rglob("*"))
    ended = room.provision("north-1")
    assert ended.code == 0, ended.err
    assert ended.lines[0]["files"] == []
    assert ended.err.count("\n1 / 3\n") + ended.err.startswith("1 / 3\n") == 1
    assert {path.name for path in set(room.folder.rglob("*")) - before} <= {
        "ledger.db",
        "ledger.db-wal",
        "ledger.db-shm",
    }


def test_in_a_whole_run_a_gate_with_a_device_is_left_as_it_is(room: Room) -> None:
    """Even anew, unless it is named."""
    ledger = room.open_ledger()
    ledger.enter("north-1", by="test", at=0)
    for state in (State.APPROVED, State.ISSUED, State.INSTALLED, State.ACTIVE):
        ledger.move("north-1", state, by="test", why="", at=0)
    ledger.close()
    out = room.folder / "all.pdf"
    ended = room.provision("--sector", "health", "--again", "--out", out)
    assert [line["gate"] for line in ended.lines] == ["north-2"]
    assert states(room)["north-1"] is State.ACTIVE
    named = room.provision("north-1", "--again", "--out", out)
    assert named.code == 0, named.err


def test_while_the_device_ca_is_rotated_gates_believe_both(room: Room) -> None:
    """The new one certifies the claim; the one before is believed too, until the desk has let it go."""
    (before,) = rotation.believed(room.folder / "ca")
    rotation.rotate(room.folder / "ca", None)
    now, _ = rotation.believed(room.folder / "ca")
    out = room.folder / "north.txt"
    assert room.provision("north-1", "--out", out).code == 0
    body = body_of(opened(out.read_bytes().splitlines(), room.root))
    assert body.cas == (now.public_bytes(Encoding.DER), before.public_bytes(Encoding.DER))


def test_what_cannot_be_written_is_said_and_the_ledger_still_knows_every_claim(room: Room) -> None:
    """A folder lies where the file should: the claim that nobody has stays known, and new papers make it void."""
    out = room.folder / "out"
    (out / "north-1.png").mkdir(parents=True)
    failed = room.provision("north-1", "--phone", "--out", out)
    assert failed.code == 1
    assert "cannot write" in failed.err
    assert failed.lines == []
    first = claims(room)
    ended = room.provision("north-1", "--again", "--out", room.folder / "x.txt")
    assert ended.code == 0, ended.err
    assert claims(room) == {"north-1": ended.lines[0]["claim"]} != first


NO_PAPERS = {
    "no gate": ((), "name gates"),
    "gate and all": (("north-1", "--all", "--out", "x.pdf"), "name gates"),
    "unknown gate": (("north-9",), "north-9 is not in the inventory"),
    "unknown sector": (("--sector", "west", "--out", "x.pdf"), "--sector"),
    "unknown area": (("--area", "west", "--out", "x.pdf"), "--area"),
    "not approved": (("later-1",), "later-1 is not approved"),
    "two on a terminal": (("north-1", "north-2"), "--out"),
    "two in a picture": (("north-1", "north-2", "--out", "x.png"), "holds one gate"),
    "another suffix": (("north-1", "--out", "x.gif"), "--out"),
    "nowhere": (("north-1", "--out", "nowhere/x.pdf"), "--out"),
    "file for one": (("north-1", "--file", "--out", "x.cose"), "is no folder"),
    "endless": (("north-1", "--expires", "91d"), "--expires"),
    "hours": (("north-1", "--expires", "12h"), "--expires"),
    "no zone": (("north-1", "--timezone", "Mars/Base"), "--timezone"),
    "config beside inventory": (("north-1", "--config", "x.toml"), "--config"),
    "stage beside inventory": (("north-1", "--stage", "active"), "the column stage"),
    "no CA": (("north-1", "--device-ca", "nowhere"), "--device-ca"),
}


@pytest.mark.parametrize(("words", "line"), NO_PAPERS.values(), ids=NO_PAPERS)
def test_a_mistake_costs_no_claim(words: tuple[str, ...], line: str, room: Room, tmp_path: Path) -> None:
    """Each is one line that says what to do, with exit code 2, and the ledger has nothing new."""
    placed = [str(tmp_path / word) if word.startswith(("x.", "nowhere")) else word for word in words]
    own = ["--device-ca", str(room.folder / "ca")] if "--device-ca" not in words else []
    base = [
        "--dir",
        str(room.folder / "a"),
        "--ledger",
        str(room.ledger),
        "--inventory",
        str(room.folder / "inventory.csv"),
    ]
    ended = room.ops("provision", *base, *own, *placed)
    assert ended.code == 2
    assert line in ended.err
    assert len(ended.err.splitlines()) == 1
    assert ended.lines == []
    assert claims(room) == {}


BY_HAND = {
    "no broker": (("lobby-1", "--area", "lobby"), "--broker"),
    "no area": (("lobby-1", "--broker", "b"), "--area"),
    "no name": (("Lobby 1", "--area", "lobby", "--broker", "b"), "GATE"),
    "no area's name": (("lobby-1", "--area", "Lobby", "--broker", "b"), "--area"),
    "all": (("--all", "--area", "lobby", "--broker", "b"), "--inventory"),
    "two": (("lobby-1", "lobby-2", "--area", "lobby", "--broker", "b"), "--inventory"),
    "no broker's name": (("lobby-1", "--area", "lobby", "--broker", "a b"), "would not take"),
}


@pytest.mark.parametrize(("words", "line"), BY_HAND.values(), ids=BY_HAND)
def test_a_mistake_by_hand_costs_no_claim(words: tuple[str, ...], line: str, room: Room) -> None:
    """The same without an inventory."""
    ended = room.provision(*words, planned=False)
    assert ended.code == 2
    assert line in ended.err
    assert claims(room) == {}


def wifi(room: Room, *words: str | Path, secret: str = SECRET) -> Ended:
    """Make the code of a network."""
    path = room.folder / "psk"
    path.write_text(secret + "\n")
    path.chmod(0o600)
    return room.provision("wifi", "--ssid", "Kantor Lt 1", "--psk-file", path, *words)


def test_a_wifi_code_is_shown_for_an_hour_and_tells_its_password_to_gates_alone(room: Room, reader: Decoder) -> None:
    """On a phone's screen, with a warning, good for an hour, and nothing that is printed holds the password."""
    out = room.folder / "wifi.png"
    ended = wifi(room, "--phone", "--out", out, "--gates", "north-1,_group/ground", "--hidden")
    assert ended.code == 0, ended.err
    found = opened([one.data for one in reader.decode(as_page(out.read_bytes()))], room.root)
    assert isinstance(found.body, WifiBody)
    network = found.body.wifi
    assert (network.ssid, network.psk, network.hidden) == ("Kantor Lt 1", SECRET, True)
    assert found.expires - found.issued == 3600
    assert "password" in ended.err
    assert SECRET not in ended.err + json.dumps(ended.lines)
    assert private([out])
    assert ended.lines[0]["gates"] == ["north-1", "_group/ground"]
    terminal = wifi(room)
    assert (terminal.code, SECRET in terminal.err, terminal.lines[0]["files"]) == (0, False, [])


NO_WIFI = {
    "on paper": (("--out", "x.pdf"), SECRET, "never printed"),
    "as a picture to print": (("--out", "x.png"), SECRET, "never printed"),
    "a phone without a file": (("--phone",), SECRET, "never printed"),
    "a file": (("--file",), SECRET, "takes no gate"),
    "a short password": ((), "1234567", "--psk-file"),
    "two lines": ((), "rahasia sekali\nlagi", "one line"),
    "no audience": (("--gates", "North 1"), SECRET, "--audience"),
    "a long name": (("--ssid", "x" * 33), SECRET, "--ssid"),
}


@pytest.mark.parametrize(("words", "secret", "line"), NO_WIFI.values(), ids=NO_WIFI)
def test_a_wifi_code_that_should_not_be_is_not_made(words: tuple[str, ...], secret: str, line: str, room: Room) -> None:
    """Each mistake is named, and the password is not repeated."""
    ended = wifi(room, *(str(room.folder / word) if word.startswith("x.") else word for word in words), secret=secret)
    assert ended.code == 2
    assert line in ended.err
    assert secret not in ended.err


def test_a_sheet_of_another_office_is_none_here(room: Room) -> None:
    """What was made under one root is refused under another, by name of the reason."""
    out = room.folder / "x.cose"
    assert room.provision("north-1", "--out", out).code == 0
    assert open_provision(out.read_bytes(), root=bytes(32), gate=None, now=None) is EnvelopeRefusal.UNKNOWN_ROOT


@pytest.mark.parametrize("text", ["0d", "14", "d", "14D", "-1d", "1.5d", "100d"])
def test_a_span_is_days(text: str) -> None:
    """From one to ninety."""
    assert (span("1d"), span("90d")) == (86_400, 90 * 86_400)
    with pytest.raises(ValueError, match=f"^{text}$"):
        span(text)
