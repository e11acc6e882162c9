"""Bare Debian systems in folders: made by debootstrap, filled in layers, entered by chroot.

A layer is a tarball that a function made out of the layer below. Whatever runs inside has mounts and processes of
its own, which end with it; the machine outside is not touched. All of it needs root.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from provisioning.mistake import FAILED, OperatorError
from provisioning.packaging import cache

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

_NEEDED: Final = {"debootstrap": "debootstrap", "unshare": "util-linux", "chroot": "coreutils", "tar": "tar"}
_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_BUNDLE: Final = "etc/caller-ca.crt"
_PASSED: Final = (
    "PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_DEFAULT_TIMEOUT",
    "http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",
)  # fmt: skip
_EMULATOR: Final = ("QEMU_CPU",)
"""What qemu reads where a root's programs are another architecture's; nothing else does."""
_ENTER: Final = """
set -e
mount -t proc proc "$0/proc"
mount --rbind /dev "$0/dev"
exec chroot "$0" "$@"
"""


@dataclass(frozen=True, slots=True)
class Root:
    """A Debian system in a folder."""

    path: Path

    def run(self, *argv: str, cwd: str = "/", environment: Mapping[str, str] | None = None, net: bool = False) -> str:
        """Run a program inside and return what it printed; without `net` it has no network at all."""
        variables = {"HOME": "/", "PATH": _PATH, "LANG": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
        variables |= {name: os.environ[name] for name in _EMULATOR if name in os.environ}
        variables |= (self._from_caller() if net else {}) | dict(environment or {})
        return outside(
            "unshare", "--mount", "--pid", "--fork", "--kill-child", "--propagation", "private",
            *([] if net else ["--net"]),
            "bash", "-c", _ENTER, str(self.path),
            "/usr/bin/env", "-i", f"--chdir={cwd}", *(f"{name}={value}" for name, value in variables.items()), *argv,
        )  # fmt: skip

    def write(self, path: str, data: str | bytes, mode: int = 0o644) -> None:
        """Write a file inside, `path` being absolute there."""
        place = self.path / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data.encode() if isinstance(data, str) else data)
        place.chmod(mode)

    def _from_caller(self) -> dict[str, str]:
        """Let programs inside reach the index that this machine uses, through its proxy and with its CA bundle."""
        for name in ("etc/resolv.conf", "etc/hosts"):
            shutil.copyfile(f"/{name}", self.path / name)
        found = {name: os.environ[name] for name in _PASSED if name in os.environ}
        bundle = os.environ.get("SSL_CERT_FILE") or os.environ.get("PIP_CERT")
        if bundle:
            shutil.copyfile(bundle, self.path / _BUNDLE)
            found |= {"SSL_CERT_FILE": f"/{_BUNDLE}", "PIP_CERT": f"/{_BUNDLE}"}
        return found


def check_machine() -> None:
    """Refuse a machine or a user that cannot build a root, and say what to do."""
    missing = sorted({package for name, package in _NEEDED.items() if not shutil.which(name, path=_PATH)})
    if missing:
        line = f"{' and '.join(missing)} missing: sudo apt-get install {' '.join(missing)}"
        raise OperatorError(line)
    if os.geteuid() != 0:
        line = "needs root, for debootstrap and chroot: call it with sudo"
        raise OperatorError(line)


def base(name: str, suite: str, packages: Sequence[str], architecture: str = "amd64") -> Path:
    """Return the lowest layer: a minimal system of the suite with these packages; see `emulation` for a foreign one."""

    def make(part: Path) -> None:
        with tempfile.TemporaryDirectory(dir=part.parent) as place:
            include = f"--include={','.join(packages)}"
            outside("debootstrap", f"--arch={architecture}", "--variant=minbase", include, suite, place, mirror())
            for archive in Path(place, "var/cache/apt/archives").glob("*.deb"):
                archive.unlink()
            _pack(Path(place), part)

    return cache.kept(name, ".tar.gz", cache.key(suite, architecture, *sorted(packages)), make)


def layer(name: str, below: Path, inputs: Sequence[str | bytes], fill: Callable[[Root], None]) -> Path:
    """Return a layer on top of another, made by `fill`; `inputs` are all that `fill` depends on."""

    def make(part: Path) -> None:
        with unpacked(below) as root:
            fill(root)
            _pack(root.path, part)

    return cache.kept(name, ".tar.gz", cache.key(below.name, *inputs), make)


@contextmanager
def unpacked(file: Path) -> Iterator[Root]:
    """Lay a layer out in a folder that vanishes."""
    place = Path(tempfile.mkdtemp(prefix="root.", dir=cache.folder()))
    try:
        outside("tar", "--directory", str(place), "--extract", "--same-owner", "--preserve-permissions",
                "--file", str(file))  # fmt: skip
        yield Root(place)
    finally:
        outside("rm", "-rf", "--one-file-system", str(place))


def outside(*argv: str) -> str:
    """Run a program of this machine and return what it printed; its last words are the error if it fails."""
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        words = (done.stdout + done.stderr).strip().splitlines()[-12:]
        line = f"{' '.join(argv[:2])} failed with {done.returncode}; its last words:"
        raise OperatorError(line, *(f"  {word}" for word in words), exit_code=FAILED)
    return done.stdout


def _pack(place: Path, part: Path) -> None:
    place.chmod(0o755)
    outside("tar", "--directory", str(place), "--create", "--numeric-owner", "--use-compress-program=gzip -1",
            "--file", str(part), ".")  # fmt: skip


def mirror() -> str:
    """Return where this machine itself takes Debian from."""
    chosen = os.environ.get("MIRROR")
    if chosen:
        return chosen
    listed = outside("apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", "Label: Debian")
    if not listed.strip():
        line = "apt names no Debian source: run apt-get update, or set MIRROR= to a mirror's address"
        raise OperatorError(line)
    return listed.split()[0]
