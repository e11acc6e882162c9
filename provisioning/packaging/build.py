"""Builds the package inside a root of the target's suite, the same bytes for the same commit.

First the locked libraries, into an environment at its final place; then the project's wheel, bytecode, units and
scripts. The libraries come from the package index by their hashes; everything after is made without a network. For
another architecture the same root is used: its wheels are laid out and not run, and Python's bytecode is the same.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import shutil
from typing import TYPE_CHECKING, Final

from provisioning.mistake import FAILED, OperatorError
from provisioning.packaging import cache, control, layout, linked, roots
from provisioning.packaging.roots import Root, outside

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from provisioning.packaging.target import Target

_LOCK, _INSTALLER = "requirements.lock", "requirements-uv.lock"
_BUILD_PACKAGES: Final = ("binutils", "python3", "python3-venv")
_TOOLS: Final = "/build/tools/bin"
_PACKAGE: Final = "/build/package"
_SEARCH: Final = 'dpkg --search "$@" 2>/dev/null || true'
"""What is in no package is missing from the answer, which is read for it."""
_RECIPE: Final = "3"
"""Raised when `_install_libraries` changes, so that no kept layer is taken for what it would make now."""


def base(target: Target) -> Path:
    """Return the root in which packages of a suite are built, whatever their architecture."""
    return roots.base(f"package-base-{target.suite}", target.suite, (*_BUILD_PACKAGES, target.details.zbar))


def build(checkout: Path, out: Path, target: Target) -> Path:
    """Build the package of a checkout, as it lies there, into the folder `out`."""
    roots.check_machine()
    project = control.read_project((checkout / "pyproject.toml").read_text(encoding="utf-8"))
    built_unix = int(outside("git", "-C", str(checkout), "log", "-1", "--format=%ct"))
    below = base(target)
    locks = [(checkout / name).read_bytes() for name in (_LOCK, _INSTALLER)]
    if target.is_pi:
        locks[0] = without_numpy(locks[0])
    python = f"/{layout.environment(project.release)}/bin/python"
    libraries = roots.layer(
        f"package-libraries-{target.suite}-{target.architecture}", below, [_RECIPE, python, target.wheels, *locks],
        lambda root: _install_libraries(root, locks, target, python),
    )  # fmt: skip

    def make(part: Path) -> None:
        with roots.unpacked(libraries) as root:
            _install_project(root, checkout, project, target, built_unix)
            _assemble(root, checkout, project, target, built_unix)
            root.run(
                "dpkg-deb", "--root-owner-group", "-Zxz", "-z3", "--build", _PACKAGE, f"/build/{part.name}",
                environment={"SOURCE_DATE_EPOCH": str(built_unix)},
            )  # fmt: skip
            shutil.copyfile(root.path / "build" / part.name, part)

    key = cache.key(libraries.name, str(built_unix), *(text for file in _inputs(checkout) for text in file))
    file = out / control.file_name(project, target)
    out.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(cache.kept(f"package-built-{target.suite}-{target.architecture}", ".deb", key, make), file)
    return file


def without_numpy(lock: bytes) -> bytes:
    """Take numpy's entries out of a lock: on a Pi it is the system's, which apt's picamera2 is built against."""
    return re.sub(rb"^numpy==.*\n(?:[ \t]+.*\n)*", b"", lock, flags=re.MULTILINE)


def _inputs(checkout: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the name and content of all that the package is made from; how it is made is among it."""
    placed = [file.source for file in layout.PLACED] + [layout.script(name) for name in layout.SCRIPTS]
    for name in _tracked(checkout, *layout.SOURCES, *placed):
        yield name, (checkout / name).read_bytes()


def _install_libraries(root: Root, locks: list[bytes], target: Target, python: str) -> None:
    for name, data in zip((_LOCK, _INSTALLER), locks, strict=True):
        root.write(f"/build/{name}", data)
    root.run("python3", "-m", "venv", "/build/tools")
    root.run(f"{_TOOLS}/python", "-m", "pip", "install", "--quiet", "--no-cache-dir", "--require-hashes",
             "--only-binary", ":all:", "--requirement", f"/build/{_INSTALLER}", net=True)  # fmt: skip
    shared = ("--system-site-packages",) if target.is_pi else ()
    root.run("python3", "-m", "venv", "--without-pip", *shared, python.removesuffix("/bin/python"))
    root.run(f"{_TOOLS}/uv", "pip", "install", "--quiet", "--no-cache", "--python", python, "--python-platform",
             target.wheels, "--require-hashes", "--only-binary", ":all:", "--requirement", f"/build/{_LOCK}",
             net=True)  # fmt: skip


def _install_project(root: Root, checkout: Path, project: control.Project, target: Target, built_unix: int) -> None:
    """Install the wheel, drop what a gate has no use for, compile, and see that every program starts if it can here."""
    environment = layout.environment(project.release)
    _copy_sources(checkout, root.path / "build/source")
    root.run(f"{_TOOLS}/python", "-m", "hatchling", "build", "--target", "wheel", "--directory", "/build/wheels",
             cwd="/build/source", environment={"SOURCE_DATE_EPOCH": str(built_unix)})  # fmt: skip
    # By pip, because uv notes the time of a wheel beside what it installs.
    root.run(f"{_TOOLS}/python", "-m", "pip", "--python", f"/{environment}/bin/python", "install", "--quiet",
             "--no-deps", "--no-index", "--no-compile", "--find-links", "/build/wheels", project.name)  # fmt: skip
    place = root.path / environment
    for program in (place / "bin").iterdir():
        if not layout.stays_in_bin(program.name):
            program.unlink()
    (place / ".lock").unlink(missing_ok=True)
    for folder in ("include", "share"):
        shutil.rmtree(place / folder, ignore_errors=True)
    # Bytecode is trusted as it is: the service may not write here, and a package's files change only as a whole.
    root.run(f"/{environment}/bin/python", "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash",
             f"/{environment}/lib", environment={"PYTHONHASHSEED": "0"})  # fmt: skip
    for name in layout.PROGRAMS if target.architecture == "amd64" else ():
        root.run(f"/{environment}/bin/{name}", "--help")


def _copy_sources(checkout: Path, to: Path) -> None:
    """Copy what git tracks of the wheel's sources, as it lies in the checkout."""
    for name in _tracked(checkout, *layout.SOURCES):
        (to / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(checkout / name, to / name)


def _tracked(checkout: Path, *names: str) -> list[str]:
    """List what git tracks below these names and is still there."""
    listed = outside("git", "-C", str(checkout), "ls-files", "-z", "--", *names).split("\0")
    return [name for name in listed if name and (checkout / name).is_file()]


def _assemble(root: Root, checkout: Path, project: control.Project, target: Target, built_unix: int) -> None:
    """Lay the package's tree out, the environment moved into it last, and describe it in DEBIAN/."""
    environment = layout.environment(project.release)
    asked = root.run(f"/{environment}/bin/python", "-c", "import sys; print(*sys.version_info[:2])").split()
    needs = control.depends(project, target, (int(asked[0]), int(asked[1])), _linked(root, environment, target))
    for file in layout.PLACED:
        root.write(f"{_PACKAGE}/{file.target}", (checkout / file.source).read_bytes(), file.mode)
    changelog = gzip.compress(control.changelog(project, target, built_unix).encode(), mtime=0)
    root.write(f"{_PACKAGE}/{layout.DOC}/changelog.gz", changelog)
    tree = root.path / _PACKAGE.lstrip("/")
    for link, to in layout.LINKS.items():
        (tree / link).parent.mkdir(parents=True, exist_ok=True)
        (tree / link).symlink_to(to)
    for folder in layout.FOLDERS:
        (tree / folder).mkdir(parents=True)
    (tree / environment).parent.mkdir(parents=True)
    (root.path / environment).rename(tree / environment)
    _set_modes(tree)
    files = sorted(path for path in tree.rglob("*") if path.is_file() and not path.is_symlink())
    sums = "".join(f"{hashlib.md5(path.read_bytes()).hexdigest()}  {path.relative_to(tree)}\n" for path in files)  # noqa: S324  dpkg's own form
    size = sum(path.stat().st_size for path in files)
    root.write(f"{_PACKAGE}/DEBIAN/control", control.control(project, target, needs, size))
    root.write(f"{_PACKAGE}/DEBIAN/md5sums", sums)
    for name in layout.SCRIPTS:
        text = (checkout / layout.script(name)).read_text(encoding="utf-8")
        root.write(f"{_PACKAGE}/DEBIAN/{name}", text.replace(layout.RELEASE_MARK, project.release), 0o755)


def _set_modes(tree: Path) -> None:
    """Give folders their modes whatever the umask was; a file keeps its own, without a write bit for others."""
    for path in (tree, *tree.rglob("*")):
        if path.is_symlink():
            continue
        if path.is_dir():
            path.chmod(layout.FOLDER_MODES.get(str(path.relative_to(tree)), 0o755))
        else:
            path.chmod(path.stat().st_mode & 0o755)


def _linked(root: Root, environment: str, target: Target) -> set[str]:
    """Name the packages of the libraries that the compiled ones ask the system for; none may be missing."""
    compiled = [path for path in (root.path / environment).rglob("*.so*") if path.is_file()]
    headers = root.run("readelf", "--dynamic", "--wide", *(f"/{path.relative_to(root.path)}" for path in compiled))
    asked = linked.asked_of_the_system(headers, (path.name for path in compiled))
    # By pattern: dpkg knows some of them as /usr/lib/... and some as /lib/..., which are one folder.
    found = root.run("bash", "-c", _SEARCH, "bash", *(f"*/{name}" for name in asked))
    missing = linked.unresolved(asked, found)
    if missing:
        line = f"compiled libraries of the lock need what {target.suite} lacks: {', '.join(missing)}"
        raise OperatorError(line, exit_code=FAILED)
    return linked.owners(found)
