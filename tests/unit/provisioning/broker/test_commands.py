"""`python -m provisioning.broker` as somebody would run it.

Processes of their own, real files; no broker is started here.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from provisioning.broker import known
from tests.command import Ended, call

if TYPE_CHECKING:
    from pathlib import Path

SAYS = "python -m provisioning.broker: "


def run(folder: Path, *arguments: str) -> Ended:
    """Run one command over a folder."""
    return call("provisioning.broker", [*arguments, "--dir", folder])


@pytest.fixture
def broker(tmp_path: Path) -> Path:
    """A folder with a device CA, an operator who writes and one who watches."""
    folder = tmp_path / "broker"
    done = run(folder, "init", "--address", "broker.example", "--operator", "desk:write", "--operator", "wall")
    assert (done.code, done.out.decode()) == (0, f"{folder / 'mosquitto.conf'}\n")
    return folder


def test_a_broker_is_set_up_once(broker: Path) -> None:
    """Everything the broker needs is written, under one name each, and an existing device CA is never replaced."""
    assert f"cafile {broker / 'device-ca.crt'}\n" in (broker / "mosquitto.conf").read_text()
    assert f"persistence_location {broker / 'data'}/\n" in (broker / "mosquitto.conf").read_text()
    assert "user operator:desk\n" in (broker / "acl").read_text()
    assert {path.name for path in broker.glob("operator-*.crt")} == {"operator-desk.crt", "operator-wall.crt"}
    before = (broker / "device-ca.crt").read_bytes()
    second = run(broker, "init", "--address", "broker.example")
    assert (second.code, second.err.count("\n")) == (2, 1)
    assert (broker / "device-ca.crt").read_bytes() == before


def test_the_configuration_is_for_the_place_where_it_will_lie(tmp_path: Path) -> None:
    """Address, port, home and data stand in mosquitto.conf as they were asked for."""
    options = ("--bind", "127.0.0.1", "--port", "2883", "--home", "/etc/mosquitto/gapura", "--data", "/var/lib/m")
    assert run(tmp_path, "init", "--address", "b", *options).code == 0
    lines = (tmp_path / "mosquitto.conf").read_text().splitlines()
    home = "/etc/mosquitto/gapura"
    assert {
        "listener 2883 127.0.0.1", f"cafile {home}/device-ca.crt", f"certfile {home}/broker.crt",
        f"keyfile {home}/broker.key", f"acl_file {home}/acl", "persistence_location /var/lib/m/",
    } <= set(lines)  # fmt: skip
    assert not (tmp_path / "data").exists()


def test_a_gate_gets_its_files_under_the_names_it_looks_for(broker: Path) -> None:
    """One folder holds a gate's three files; a second set needs --replace, and the end of the certificate is said."""
    folder = broker / "gates" / "gate-1"
    first = run(broker, "issue", "gate", "gate-1", "--days", "30")
    assert first.out.decode().split() == [str(folder / name) for name in ("gate.crt", "gate.key", "device-ca.crt")]
    held = (folder / "gate.crt").read_bytes()
    ends = x509.load_pem_x509_certificate(held).not_valid_after_utc
    assert timedelta(days=29) < ends - datetime.now(UTC) <= timedelta(days=30)
    assert f"ends on {ends:%Y-%m-%d}" in first.err
    again = run(broker, "issue", "gate", "gate-1")
    assert (again.code, again.out, again.err.count("\n")) == (2, b"", 1)
    assert "--replace" in again.err
    assert (folder / "gate.crt").read_bytes() == held
    assert run(broker, "issue", "gate", "gate-1", "--replace").code == 0
    assert (folder / "gate.crt").read_bytes() != held


def test_an_operator_is_never_issued_without_rights(broker: Path) -> None:
    """The access list gets a new operator's lines, keeps a known one's, and where it is missing they are printed."""
    assert run(broker, "issue", "operator", "room2", "--right", "restricted").code == 0
    text = (broker / "acl").read_text()
    assert "topic read gapura/1/+/restricted/+" in text[text.index("user operator:room2\n") :]
    kept = run(broker, "issue", "operator", "room2", "--replace")
    assert "rights stay" in kept.err
    assert (broker / "acl").read_text() == text
    assert known.read(broker).restricted == ("room2",)
    assert "inventory" in run(broker, "issue", "operator", "head-1", "--right", "in-charge").err
    assert (broker / "acl").read_text() == text
    assert "head-1" not in known.read(broker).observers
    (broker / "acl").unlink()
    told = run(broker, "issue", "operator", "room3")
    assert "user operator:room3\ntopic read gapura/1/+/availability\n" in told.err


def test_mistakes_cost_one_line_and_say_what_to_do(tmp_path: Path) -> None:
    """A name that is none, a CA that is not there, a passphrase missing or short: exit 2, one line, no traceback."""
    (tmp_path / "words").write_text("a passphrase\n")
    (tmp_path / "short").write_text("2short\n")
    for name in ("words", "short"):
        (tmp_path / name).chmod(0o600)
    locked = tmp_path / "locked"
    assert run(locked, "init", "--address", "a", "--passphrase-file", str(tmp_path / "words")).code == 0
    for folder, *rest in (
        (tmp_path / "none", "issue", "gate", "gate-1"),
        (tmp_path / "none", "init"),
        (tmp_path / "none", "init", "--address", "a", "--operator", "wall:own"),
        (tmp_path / "none", "init", "--address", "a", "--passphrase-file", str(tmp_path / "short")),
        (locked, "issue", "gate", "gate-1"),
        (locked, "issue", "observer", "wall"),
        (locked, "issue", "gate", "Gate 1", "--passphrase-file", str(tmp_path / "words")),
    ):
        done = run(folder, *rest)
        assert (done.code, done.out, done.err.count("\n")) == (2, b"", 1), done.err
        assert done.err.startswith("python -m provisioning.broker"), done.err
    assert not (tmp_path / "none").exists()
