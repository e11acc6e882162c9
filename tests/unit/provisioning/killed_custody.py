"""An authority's folder that somebody works on while the power fails: a child is killed at its Nth file operation.

Run as `python -m tests.unit.provisioning.killed_custody FOLDER WHAT`. It prints a JSON line for each kill: what the
folder was like afterwards, and after the same command was run once more. It ends with the N at which nobody died.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from firmware.signed.warrant import Role
from provisioning import authority, documents, issuing
from provisioning.broker import rotation
from provisioning.broker.certificates import DeviceCa, Holder
from provisioning.custody import roles, rulings, succession
from provisioning.custody.roles import Term
from provisioning.mistake import OperatorError

if TYPE_CHECKING:
    from collections.abc import Callable

NOW: Final = 1_767_582_000
LATER: Final = NOW + 86_400
TOUCHES: Final = frozenset({"tempfile.mkstemp", "os.rename", "os.remove", "os.mkdir", "os.rmdir"})
"""Between these nothing changes that anybody reads: what is written goes to a file under another name."""
MOST: Final = 10


def die_at(number: int) -> list[int]:
    """End as a power cut would at the so-manieth touch of the disk; what is answered counts them."""
    touched = [0]

    def hook(event: str, _: object) -> None:
        if event in TOUCHES:
            touched[0] += 1
            if touched[0] == number:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)
    return touched


def points(folder: Path, what: str) -> list[int]:
    """Count the touches of a whole run, and choose where to kill: everywhere; of many, some and the last ones."""
    copy = folder.with_name("counted")
    shutil.copytree(folder, copy)
    read, write = os.pipe()
    if os.fork() == 0:
        touched = die_at(0)
        WORK[what](copy)
        os.write(write, str(touched[0]).encode())
        os._exit(0)
    whole = int(os.read(read, 16))
    if whole <= MOST:
        return [*range(1, whole + 2)]
    last = whole - MOST // 2
    return [*range(1, last, -(-last // (MOST // 2))), *range(last, whole + 2)]


def _term(folder: Path) -> Term:
    return Term(folder / "root.key", LATER, 30)


def _rotate(folder: Path, role: Role) -> None:
    roles.rotate(authority.open_authority(folder, None), role, _term(folder))


def _revoke(folder: Path) -> None:
    change = rulings.without_earlier(Role.TRUST, 2)
    rulings.speak(authority.open_authority(folder, None), folder / "root.key", change, now=LATER)


def _succeed(folder: Path) -> None:
    succession.succeed(authority.open_authority(folder, None), _term(folder), folder / "next", LATER + 86_400)


def _rotate_ca(folder: Path) -> None:
    if len(rotation.believed(folder)) == 1:
        rotation.rotate(folder, None)


WORK: Final[dict[str, Callable[[Path], None]]] = {
    "trust": lambda folder: _rotate(folder, Role.TRUST),
    "passes": lambda folder: _rotate(folder, Role.PASSES),
    "revoke": _revoke,
    "succeed": _succeed,
    "ca": _rotate_ca,
}


def state(folder: Path) -> dict[str, object]:
    """Say what a folder is good for: each role's key fits its warrant, it signs, and what the root has said reads."""
    if (folder / "device-ca.crt").exists():
        cas = DeviceCa.load_all(folder)
        cas[0].issue(Holder.GATE, "gate-1")
        return {"cas": len(cas)}
    opened = authority.open_authority(folder, None)
    serials = {}
    for role in (Role.TRUST, Role.PASSES):
        _, granted = opened.warrant(role)
        assert opened.signer(role).public_key().public_bytes_raw() == granted.key
        serials[role.value] = granted.serial
    issuing.open_desk(opened)
    documents.build_trust(opened, now=LATER, valid_days=1)
    word = rulings.newest(opened)
    new = folder / "next"
    if new.exists():
        state(new)
    said = word is not None
    named = word is not None and word.ruling.successor is not None
    spoken = new.exists() and rulings.newest(authority.open_authority(new, None)) is not None
    return {"serials": serials, "said": said, "named": named, "new": new.exists(), "spoken": spoken}


def main() -> None:
    """Kill a child at every touch of the disk, each on a fresh copy of the folder."""
    folder, what = Path(sys.argv[1]), sys.argv[2]
    for number in points(folder, what):
        copy = folder.with_name(f"{folder.name}-{number}")
        shutil.copytree(folder, copy)
        child = os.fork()
        if child == 0:
            die_at(number)
            WORK[what](copy)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        after = state(copy)
        try:
            WORK[what](copy)
        except OperatorError as error:
            sys.exit(f"{number}: {error}")
        once_more = state(copy)
        left = sorted(path.name for path in (copy / "keys").glob("*.key")) if (copy / "keys").exists() else []
        died = os.WIFSIGNALED(status)
        line = {"at": number, "died": died, "after": after, "once_more": once_more, "keys": len(left)}
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()
        if not died:
            assert os.waitstatus_to_exitcode(status) == 0
            return
        shutil.rmtree(copy)


if __name__ == "__main__":
    main()
