"""Small releases that are started as the real ones are: a folder with `.venv/bin/gapura`, whose behaviour is chosen.

The program is a stand-in for the gate: what is tried here is the updater, the guard and the switch. It knows the
service manager's protocol and nothing of the firmware.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM: Final = '''#!/usr/bin/python3 -I
"""{release}: {behaviour}"""
import json, os, pathlib, signal, socket, sys, time

RELEASE, BEHAVIOUR = "{release}", "{behaviour}"


def notify(text):
    path = os.environ.get("NOTIFY_SOCKET")
    if path:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
            out.sendto(text, path)


def main(words):
    if words[:1] == ["--version"]:
        print("gapura " + (RELEASE if BEHAVIOUR != "lies" else "9.9.9"))
    if words[:1] == ["check"]:
        return 2 if BEHAVIOUR == "dislikes" else 0
    if words[:1] != ["run"]:
        return 0
    place = pathlib.Path(words[2]).parent
    with (place / "runs.log").open("a") as log:
        log.write(RELEASE + "\\n")
    if BEHAVIOUR == "crashes":
        return 1
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    if BEHAVIOUR == "hangs":
        while True:
            time.sleep(60)
    notify(b"READY=1")
    if BEHAVIOUR == "good":
        boot = pathlib.Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        part = place / "ask" / (".healthy.%d" % os.getpid())
        part.write_text(json.dumps({{"release": RELEASE, "boot": boot}}))
        part.replace(place / "ask" / "healthy.json")
    while True:
        notify(b"WATCHDOG=1")
        time.sleep(0.2)


sys.exit(main(sys.argv[1:]))
'''


def make(folder: Path, release: str, behaviour: str = "good", weight: int = 4) -> Path:
    """Make a release; `weight` is how many more files of some kilobytes it has."""
    place = folder / ".venv" / "bin"
    place.mkdir(parents=True)
    _program(place / "gapura", PROGRAM.format(release=release, behaviour=behaviour))
    _program(place / "gapura-reader", "#!/usr/bin/python3 -I\n")
    (place / "python3").symlink_to("/usr/bin/python3")
    library = folder / ".venv" / "lib" / "python3" / "site-packages"
    library.mkdir(parents=True)
    (folder / ".venv" / "lib64").symlink_to("lib")
    noise = Random(release)  # noqa: S311  filling, no secret
    for number in range(weight):
        (library / f"part{number}.bin").write_bytes(noise.randbytes(4096))
    return folder


def _program(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
