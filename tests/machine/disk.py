"""The disk of a bench gate: Debian with the package installed by dpkg, configured as a desk and a technician would.

What the bench adds stands apart from what is judged: a shell on the second serial line, a process that keeps pin
levels as a Pi's kernel does, a drawn room before the reader. Nothing of it is in the package.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from provisioning.packaging import cache, roots
from provisioning.packaging.roots import outside
from tests.command import gapura_ops
from tests.machine.vm import GREETING

if TYPE_CHECKING:
    from provisioning.packaging.roots import Root
    from provisioning.packaging.target import Target

PACKAGES: Final = (
    "dbus", "initramfs-tools", "kmod", "linux-image-cloud-amd64", "python3", "systemd", "systemd-sysv", "udev",
)  # fmt: skip
PINS_LOG: Final = "/run/bench/pins.jsonl"
SCENE: Final = "/srv/scene"
PASS: Final = "/srv/pass.json"
RELAY: Final = 17
UNLOCK_MS: Final = 30_000
"""Longer than WatchdogSec: a gate that hangs with its relay on must be ended by the watchdog, not by its own clock."""

_SIZE: Final = "1536M"
_PASS_DAYS: Final = 60
TOML: Final = f"""\
[gate]
id = "gate-1"
area = "lobby"
[door]
unlock_ms = {UNLOCK_MS}
max_unlock_ms = {UNLOCK_MS}
[relay]
pin = {RELAY}
[light]
red = 22
green = 23
[readers.outside]
side = "outside"
socket = "/run/gapura/outside.sock"
[hardware]
pins = "keeper:/run/bench/pins.sock"
"""
_POLICY: Final = '{"profile": "bench", "timezone": "Asia/Jakarta", "classes": {"staff": {}}}'
_READER: Final = f"GAPURA_READER_SOURCE=scene:{SCENE}\n"
_KEEPER_UNIT: Final = f"""\
[Unit]
Description=Keeps the levels of the bench's pins
Before=gapura.service
[Service]
ExecStart=/opt/gapura/current/.venv/bin/python -m hw.pinkeeper --socket /run/bench/pins.sock --log {PINS_LOG}
User=gapura
RuntimeDirectory=bench
[Install]
WantedBy=multi-user.target
"""
_SHELL_UNIT: Final = f"""\
[Unit]
Description=Shell of the bench on the second serial line
[Service]
ExecStart=/bin/bash -c "stty raw -echo && echo '{GREETING}' && exec /bin/bash --norc /dev/stdin"
StandardInput=tty
StandardOutput=tty
StandardError=tty
TTYPath=/dev/ttyS1
TTYReset=yes
Environment=TERM=dumb SYSTEMD_COLORS=0 SYSTEMD_PAGER=cat SYSTEMD_EMOJI=0
[Install]
WantedBy=multi-user.target
"""
_SLOW: Final = "[Service]\nTimeoutStartSec=900\nTimeoutStopSec=300\n"
"""An emulated machine whose cores are shared may need longer than the units allow for a start (30 s) and for
ExecStopPost (20 s); the run has limits of its own. Nothing else of them is changed, WatchdogSec least of all."""
_UNITS: Final = {"bench-pins.service": _KEEPER_UNIT, "bench-shell.service": _SHELL_UNIT}


def made(package: Path, target: Target) -> Path:
    """Return a folder with `disk.img`, `vmlinuz` and `initrd.img` for this package of this target, this month."""
    below = roots.base(f"machine-base-{target.suite}", target.suite, (*PACKAGES, *target.opened_by_name))
    # Passes and lists expire: a disk of last month is not taken.
    month = datetime.now(UTC).strftime("%Y-%m")
    inputs = (below.name, package.read_bytes(), Path(__file__).read_bytes(), month)

    def make(part: Path) -> None:
        with roots.unpacked(below) as root:
            _install(root, package)
            _configure(root)
            part.mkdir()
            for name in ("vmlinuz", "initrd.img"):
                shutil.copyfile(next((root.path / "boot").glob(f"{name}-*")), part / name)
            outside("mke2fs", "-q", "-t", "ext4", "-d", str(root.path), str(part / "disk.img"), _SIZE)

    return cache.kept(f"machine-disk-{target.suite}", "", cache.key(*inputs), make)


def _install(root: Root, package: Path) -> None:
    """Install by dpkg alone: it refuses where a dependency is missing."""
    shutil.copyfile(package, root.path / "gapura.deb")
    root.run("dpkg", "--install", "/gapura.deb")
    (root.path / "gapura.deb").unlink()


def _configure(root: Root) -> None:
    root.write("/etc/hostname", "gate-1\n")
    # One that is empty would make this a first boot, on which every unit that there is gets enabled.
    root.write("/etc/machine-id", cache.key("gate-1") * 2 + "\n", 0o444)
    root.write("/etc/gapura/gapura.toml", TOML, 0o640)
    root.write("/etc/gapura/reader.env", _READER, 0o640)
    root.write(f"{SCENE}/stage.json", "{}")
    for name, text in _UNITS.items():
        root.write(f"/etc/systemd/system/{name}", text)
    for name in ("gapura.service", "gapura-reader.service"):
        root.write(f"/etc/systemd/system/{name}.d/slow.conf", _SLOW)
    with tempfile.TemporaryDirectory(prefix="gapura-desk-") as folder:
        visit_desk(root, Path(folder))
    root.run("chown", "--recursive", "root:gapura", "/etc/gapura")
    root.run("systemctl", "enable", *_UNITS)


def visit_desk(root: Root, desk: Path) -> None:
    """Found an authority and fetch what a gate gets from one, and a pass that opens it."""
    secret = desk / "secret"
    secret.write_text("for this bench alone\n")
    keys = ("--dir", desk / "authority", "--passphrase-file", secret)
    (desk / "policy.json").write_text(_POLICY)
    now = datetime.fromtimestamp(int(time.time()), UTC)
    span = ("--from", (now - timedelta(hours=1)).isoformat(), "--until", (now + timedelta(days=_PASS_DAYS)).isoformat())
    _ask("authority", "init", *keys, "--name", "Bench")
    _ask("trust", "build", *keys, "--out", desk / "trust.cose")
    _ask("policy", "sign", *keys, "--out", desk / "policy.cose", desk / "policy.json")
    _ask("pass", "issue", *keys, "--class", "staff", "--areas", "lobby", *span, "--out", desk / "pass.txt")
    for file in (desk / "authority/root.pub", desk / "trust.cose", desk / "policy.cose"):
        root.write(f"/etc/gapura/{file.name}", file.read_bytes(), 0o640)
    root.write(PASS, json.dumps({"code": (desk / "pass.txt").read_text(encoding="utf-8").strip()}))


def _ask(*arguments: str | Path) -> None:
    ended = gapura_ops(*arguments)
    if ended.code:
        message = f"gapura-ops {' '.join(map(str, arguments[:2]))}: {ended.err}"
        raise RuntimeError(message)
