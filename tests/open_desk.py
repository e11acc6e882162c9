"""Our programs without the imports that each start costs: every call is a process, forked from one that is ready.

`python -m tests.open_desk SOCKET` serves until its standard input ends. Whoever asks sends module, words, folder,
environment and three standard files, and is told the process and then how it ended. A process runs the shipped `main`
and ends as any other does; what the start itself does (`python -m`, console scripts) is tried elsewhere.
"""

from __future__ import annotations

import gc
import json
import os
import pkgutil
import select
import signal
import socket
import subprocess
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PROGRAM: Final = '''#!{interpreter} -IS
"""What stands for one of our programs on the path of a shell."""
import json, os, signal, socket, sys
desk = socket.socket(socket.AF_UNIX)
desk.connect("{door}")
mask = os.umask(0)
wish = {{"module": "{module}", "words": sys.argv[1:], "folder": os.getcwd(), "mask": mask}}
wish["environment"] = dict(os.environ)
data = json.dumps(wish).encode()
socket.send_fds(desk, [len(data).to_bytes(4, "big")], [0, 1, 2])
desk.sendall(data)
said = desk.makefile("r")
pid = int(said.readline())
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda number, _: os.kill(pid, number))
sys.exit(int(said.readline() or 70) % 256)
'''

_PROGRAMS: Final = ("firmware", "provisioning", "provisioning.broker")
_LATE: Final = ("firmware.drivers", "hw.reader.images", "hw.simulated", *(f"{name}.__main__" for name in _PROGRAMS))
"""What our programs read only when it is wanted."""


class OpenDesk:
    """One that serves, from its making until `close`; it ends with whoever made it in any case."""

    def __init__(self, folder: Path) -> None:
        """Start it in a folder that is there and short enough for a socket's name."""
        self.door = folder / "desk.sock"
        argv = [sys.executable, "-m", "tests.open_desk", str(self.door)]
        alone = os.environ | {"OPENBLAS_NUM_THREADS": "1"}  # a process with threads is not to be forked
        root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120  no import at all
        self._serving = subprocess.Popen(argv, cwd=root, env=alone, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._serving.stdout is not None
        assert self._serving.stdout.readline() == b"open\n"

    def close(self) -> None:
        """End it."""
        self._serving.communicate(timeout=10)

    def program(self, path: Path, module: str) -> None:
        """Write a program that asks this desk for a module of ours."""
        path.write_text(PROGRAM.format(interpreter=sys.executable, door=self.door, module=module))
        path.chmod(0o755)

    def call(self, module: str, words: Sequence[str], folder: str, files: Sequence[int], timeout_s: float) -> int:
        """Run one to its end and give its exit code, or the negative number of the signal that ended it."""
        mask = os.umask(0)
        os.umask(mask)
        wish = {"module": module, "words": words, "folder": folder, "environment": dict(os.environ), "mask": mask}
        data = json.dumps(wish).encode()
        with socket.socket(socket.AF_UNIX) as desk:
            desk.connect(str(self.door))
            desk.settimeout(timeout_s)
            socket.send_fds(desk, [len(data).to_bytes(4, "big")], list(files))
            desk.sendall(data)
            with desk.makefile("r") as said:
                pid = int(said.readline())
                try:
                    return int(said.readline())
                except TimeoutError:
                    os.kill(pid, signal.SIGKILL)
                    raise


def _prepare() -> None:
    """Read every module that a command may want, drivers and pictures included."""
    from firmware import commands  # noqa: PLC0415  whoever only calls needs none of it
    from provisioning.__main__ import MODULES  # noqa: PLC0415

    for module in (*MODULES, *_LATE):
        import_module(module)
    for found in pkgutil.iter_modules(commands.__path__, "firmware.commands."):
        import_module(found.name)
    gc.freeze()  # what all have in common is looked at by nobody's collector


def serve(path: str) -> None:
    """Listen, and give each who comes a process; back only in that process, when its program is to be run."""
    _prepare()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(path)
        door.listen(64)
        sys.stdout.write("open\n")
        sys.stdout.flush()
        while door in select.select([door, sys.stdin], [], [])[0]:
            asking, _ = door.accept()
            with asking:
                if os.fork() == 0:
                    door.close()
                    _attend(asking)
                    return


def _attend(asking: socket.socket) -> None:
    """Start the process that was asked for and tell how it ended; back only in that process."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    size, files, _, _ = socket.recv_fds(asking, 4, 3)
    with asking.makefile("rb") as said:
        wish = json.loads(said.read(int.from_bytes(size, "big")))
    pid = os.fork()
    if pid:
        asking.sendall(f"{pid}\n".encode())
        for file in (*files, 0, 1, 2):
            os.close(file)
        _, status = os.waitpid(pid, 0)
        asking.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
        os._exit(0)
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    os.environ.clear()
    os.environ.update(wish["environment"])
    os.umask(wish["mask"])
    os.chdir(wish["folder"])
    sys.argv = [wish["module"], *wish["words"]]


if __name__ == "__main__":
    serve(sys.argv[1])
    if sys.argv[0] in _PROGRAMS:
        sys.exit(import_module(f"{sys.argv[0]}.__main__").main(sys.argv[1:]))
