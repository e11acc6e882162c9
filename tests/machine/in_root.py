"""What a package must do in a bare root without a network: each step does one thing there and names its faults.

Faults are sentences; an empty list is a pass. The root may be of another architecture: nothing here asks which.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from provisioning.packaging import cache, layout
from provisioning.packaging.roots import outside
from tests.machine import disk
from tests.machine.steps import Found

if TYPE_CHECKING:
    from provisioning.packaging.roots import Root
    from provisioning.packaging.target import Target

NEWER: Final = "9.9.9"
NEWEST: Final = "99.0.0"
ROOMS: Final = ("signed", "passes", "trust", "rules", "door", "doctor", "setup")
TESTS_NEED: Final = (
    "attrs", "coverage", "hypothesis", "iniconfig", "jsonschema", "jsonschema-specifications", "packaging", "pluggy",
    "pygments", "pytest", "pytest-timeout", "referencing", "rpds-py", "sortedcontainers", "typing-extensions",
)  # fmt: skip
"""What the tests of the rooms import and the package does not bring; `test_in_root.py` finds what is missing here."""
_HOUSE, _LIBRARIES = "/srv/house", "/srv/libraries"
_LONGEST_TEST_S: Final = 1200
"""A test that takes seconds here takes minutes where every instruction is translated."""
_INTERFACES: Final = "import socket; print(*(name for _, name in socket.if_nameindex()))"
_UNITS: Final = {
    "gapura.service": "enabled", "gapura-reader.service": "enabled", "gapura-reader-inside.service": "disabled",
    "gapura-update.path": "enabled", "gapura-update.timer": "enabled", "gapura-switched.path": "enabled",
}  # fmt: skip


def libraries(checkout: Path, target: Target) -> Path:
    """Return a folder with what the tests need beside the package, made for the target and checked by the lock."""
    lock = only((checkout / "requirements-dev.lock").read_text(encoding="utf-8"), TESTS_NEED)

    def make(part: Path) -> None:
        with tempfile.NamedTemporaryFile("w", suffix=".lock") as file:
            file.write(lock)
            file.flush()
            outside(str(Path(sys.executable).with_name("uv")), "pip", "install", "--quiet", "--target", str(part),
                    "--python-platform", target.wheels, "--python-version", target.details.python, "--require-hashes",
                    "--only-binary", ":all:", "--requirement", file.name)  # fmt: skip

    name = f"test-libraries-{target.suite}-{target.architecture}"
    return cache.kept(name, "", cache.key(lock, target.wheels, target.details.python), make)


def only(lock: str, names: tuple[str, ...]) -> str:
    """Keep the entries of these packages; raises ValueError if one of them is not locked."""
    entries = {one[1]: one[0] for one in re.finditer(r"^([a-z0-9-]+)==.*\n(?:[ \t]+.*\n)*", lock, re.MULTILINE)}
    missing = [name for name in names if name not in entries]
    if missing:
        raise ValueError(missing)
    return "".join(entries[name] for name in names)


def furnish(root: Root, checkout: Path, package: Path, library: Path) -> None:
    """Lay the package and the tests in; of the code only what is no Python, so that the installed one is tested."""
    shutil.copyfile(package, root.path / "gapura.deb")
    shutil.copytree(library, root.path / _LIBRARIES.lstrip("/"))
    for name in outside("git", "-C", str(checkout), "ls-files", "-z").split("\0"):
        if name and (name.startswith("tests/") or not name.endswith(".py")) and (checkout / name).is_file():
            root.write(f"{_HOUSE}/{name}", (checkout / name).read_bytes())


def repacked(package: Path, place: Path) -> Path:
    """Make a package of a newer release out of one: the same programs under another version."""
    tree, made = place / "repacked", place / "newer.deb"
    outside("dpkg-deb", "--raw-extract", str(package), str(tree))
    (old,) = (tree / layout.PLACE / "releases").iterdir()
    old.rename(old.with_name(NEWER))
    environment = tree / layout.environment(NEWER)
    scripts = [tree / "DEBIAN" / name for name in layout.SCRIPTS]
    for file in [*scripts, environment / "pyvenv.cfg", *(environment / "bin").iterdir()]:
        if not file.is_symlink():
            file.write_text(file.read_text().replace(old.name, NEWER))
    control = tree / "DEBIAN/control"
    control.write_text(re.sub(r"^Version: [^+]+", f"Version: {NEWER}", control.read_text(), flags=re.MULTILINE))
    (tree / "DEBIAN/md5sums").unlink()
    outside("dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "--build", str(tree), str(made))
    return made


def offline(root: Root) -> Found:
    """What runs in the root sees no network: the loopback interface is the only one."""
    names = root.run("python3", "-c", _INTERFACES).split()
    return Found([f"there is {name}" for name in names if name != "lo"], n=len(names))


def installed(root: Root) -> Found:
    """Dpkg alone installs it; every file is as packaged, and the units of a door with one reader are enabled."""
    root.run("dpkg", "--install", "/gapura.deb")
    faults = [f"dpkg: {line}" for line in root.run("dpkg", "--verify", "gapura").splitlines()]
    states = root.run("bash", "-c", 'for one in "$@"; do systemctl is-enabled "$one" || true; done', "bash", *_UNITS)
    found = dict(zip(_UNITS, states.split(), strict=True))
    faults += [f"{name} is {state}" for name, state in found.items() if state != _UNITS[name]]
    faults += [f"/etc/gapura has {name}" for name in root.run("ls", "-A", "/etc/gapura").split()]
    files = root.run("dpkg", "--listfiles", "gapura").splitlines()
    return Found(faults, n=len(files), values={"current": _current(root)})


def version(root: Root) -> Found:
    """It says which release it is, and that is the one in force."""
    said = root.run("gapura", "--version").split()
    release = _current(root)
    return Found(
        [] if release in said else [f"it says {' '.join(said)}, in force is {release}"], values={"version": release}
    )


def checked(root: Root) -> Found:
    """A configuration with a desk's documents is good to the gate's own user."""
    # On the board's own pins: nobody keeps a bench's here.
    root.write("/etc/gapura/gapura.toml", disk.TOML.partition("[hardware]")[0], 0o640)
    with tempfile.TemporaryDirectory(prefix="gapura-desk-") as folder:
        disk.visit_desk(root, Path(folder))
    root.run("chown", "--recursive", "root:gapura", "/etc/gapura")
    root.run("install", "-d", "-o", "gapura", "-g", "gapura", "-m", "700", "/var/lib/gapura")
    said = root.run("runuser", "-u", "gapura", "--", "gapura", "check")
    return Found([], n=len(said.splitlines()) or 1)


def doctor(root: Root) -> Found:
    """The doctor walks through a simulated door and every step passes."""
    *steps, summary = (json.loads(line) for line in root.run("gapura", "doctor", "--simulated").splitlines())
    faults = [f"{step['id']}: {step['reason']}" for step in steps if step["outcome"] == "fail"]
    return Found(faults, n=len(steps), values={"ok": summary["ok"], "skipped": summary["skipped"]})


def pure_rooms(root: Root) -> Found:
    """The tests of the pure rooms pass on the installed code."""
    environment = {"PYTHONPATH": _LIBRARIES, "PYTHONDONTWRITEBYTECODE": "1"}
    python = f"/{layout.STARTED_FROM}/bin/python"
    tested = root.run(python, "-P", "-c", "import firmware; print(firmware.__file__)", cwd=_HOUSE).strip()
    said = root.run(
        python, "-P", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", f"timeout={_LONGEST_TEST_S}",
        "--deselect", "tests/unit/door/test_any_story.py", *(f"tests/unit/{room}" for room in ROOMS),
        cwd=_HOUSE, environment=environment,
    )  # fmt: skip
    last = said.splitlines()[-1]
    passed = re.search(r"(\d+) passed", last)
    faults = [] if tested.startswith(f"/{layout.PLACE}/") else [f"tested was {tested}"]
    faults += [] if passed else [f"pytest said: {last}"]
    skipped = re.search(r"(\d+) skipped", last)
    return Found(faults, n=int(passed[1]) if passed else 0, values={"skipped": skipped[1] if skipped else 0})


def upgraded(root: Root, newer: Path) -> Found:
    """A newer package takes over as a whole, and nothing of the one before stays."""
    shutil.copyfile(newer, root.path / "newer.deb")
    root.run("dpkg", "--install", "/newer.deb")
    root.run("gapura", "--version")
    faults = [f"in force is {_current(root)}"] if _current(root) != NEWER else []
    left = root.run("ls", f"/{layout.PLACE}/releases").split()
    return Found(faults + [f"{name} is left" for name in left if name != NEWER], values={"current": _current(root)})


def update_stays(root: Root) -> Found:
    """A release newer than the package's, which an update brought, stays in force when that is installed again."""
    place = f"/{layout.PLACE}"
    root.run("cp", "--archive", "--link", f"{place}/releases/{NEWER}", f"{place}/releases/{NEWEST}")
    root.run("ln", "-sfn", f"releases/{NEWEST}", f"{place}/current")
    root.run("dpkg", "--install", "/newer.deb")
    return Found([f"in force is {_current(root)}"] if _current(root) != NEWEST else [])


def purged(root: Root) -> Found:
    """Nothing stays but what the door was configured with and what it recorded."""
    root.run("dpkg", "--purge", "gapura")
    places = (
        f"/{layout.PLACE}",
        "/usr/lib/gapura",
        "/usr/share/gapura",
        "/usr/bin/gapura",
        "/usr/lib/systemd/system/gapura*",
    )
    left = root.run("bash", "-c", f"ls -d {' '.join(places)} /etc/systemd/system/*.wants/gapura* 2>/dev/null || true")
    kept = [name for name in ("etc/gapura/gapura.toml", "etc/gapura/root.pub") if not (root.path / name).exists()]
    return Found([f"left behind: {line}" for line in left.splitlines()] + [f"gone: /{name}" for name in kept])


def _current(root: Root) -> str:
    return root.run("readlink", f"/{layout.CURRENT}").strip().removeprefix("releases/")
