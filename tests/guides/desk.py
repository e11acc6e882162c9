"""A desk that is open: each `gapura-ops` of a page is a process of its own, forked from one that has read all modules.

`python -m tests.guides.desk SOCKET` serves until it is ended. Whoever asks sends words, folder, environment and
three standard files, and is told a process and then an exit code. It decides nothing; `ASKING` is who asks.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from importlib import import_module
from typing import Final

from provisioning.__main__ import MODULES, main

ASKING: Final = """
import json, os, signal, socket, sys
desk = socket.socket(socket.AF_UNIX)
desk.connect(os.environ["GAPURA_DESK"])
mask = os.umask(0)
wish = {"words": sys.argv[1:], "folder": os.getcwd(), "environment": dict(os.environ), "mask": mask}
data = json.dumps(wish).encode()
socket.send_fds(desk, [len(data).to_bytes(4, "big")], [0, 1, 2])
desk.sendall(data)
said = desk.makefile("r")
pid = int(said.readline())
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda number, _: os.kill(pid, number))
sys.exit(int(said.readline() or 70))
"""


def serve(path: str) -> None:
    """Listen, and give each who comes a process."""
    for module in MODULES:
        import_module(module)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(path)
        door.listen()
        sys.stdout.write("open\n")
        sys.stdout.flush()
        while True:
            asking, _ = door.accept()
            with asking:
                if os.fork() == 0:
                    os._exit(_answer(asking))


def _answer(asking: socket.socket) -> int:
    """Be the process that was asked for, and tell whoever asked how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    size, files, _, _ = socket.recv_fds(asking, 4, 3)
    with asking.makefile("rb") as said:
        wish = json.loads(said.read(int.from_bytes(size, "big")))
    asking.sendall(f"{os.getpid()}\n".encode())
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    os.environ.clear()
    os.environ.update(wish["environment"])
    os.umask(wish["mask"])
    os.chdir(wish["folder"])
    try:
        code = main(wish["words"])
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    sys.stdout.flush()
    sys.stderr.flush()
    asking.sendall(f"{code}\n".encode())
    return 0


if __name__ == "__main__":
    serve(sys.argv[1])
