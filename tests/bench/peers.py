"""Asks other libraries how long they take over the very code that ours was timed with; `peer.py` answers.

They live in an environment of their own (python-cwt wants cbor2 below 6, ours is 6.2 or newer). No answer is believed
that read another claim than was signed, took a stranger's key, or did not count its times: such a peer is skipped.
"""

from __future__ import annotations

import json
import math
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from firmware.passes import gp1
from tests.bench.report import Spread
from tests.bench.samples import MAKERS
from tests.bench.timing import COLD_STARTS
from tests.command import ROOT

if TYPE_CHECKING:
    from tests.bench.report import Section
    from tests.bench.samples import Sample

PYTHON: Final = ROOT / ".venv-peers" / "bin" / "python"
INSTALL: Final = ".ci/bootstrap --bench"
LIBRARIES: Final = {"gp1": "python-cwt", "hc1": "python-cwt", "shc": "joserfc"}
"""Who reads a format; of the others no library of the kind reads any."""

PROGRAM: Final = Path(__file__).with_name("peer.py")
LONGEST_S: Final = 120


@dataclass(frozen=True, slots=True)
class Answer:
    """What a peer is called, with its versions, and each of its times (ms); the first is the first of its process."""

    library: str
    times_ms: tuple[float, ...]


def beside(section: Section, name: str, sample: Sample, times: int, python: Path = PYTHON) -> None:
    """Add the rows of the peer that reads this format, cold and warm, or say why there is none."""
    who = f"{LIBRARIES[name]} (beside {name})"
    if not python.is_file():
        section.skips.append(f"{who} is not installed: {INSTALL}")
        return
    asked = question(name, sample)
    answers = []
    for count in (*[1] * COLD_STARTS, times + 1):
        answer = ask(asked, count, sample.says, python)
        if isinstance(answer, str):
            section.skips.append(f"{who} {answer}")
            return
        answers.append(answer)
    firsts = [answer.times_ms[0] for answer in answers[:COLD_STARTS]]
    title = f"{answers[-1].library} (beside {name})"
    section.spread(f"{name} peer cold", f"{title}, first in a process", Spread.of(firsts))
    section.spread(f"{name} peer", f"{title}, warm: text to claims", Spread.of(answers[-1].times_ms[1:]))


def ask(asked: dict[str, object], times: int, says: str, python: Path) -> Answer | str:
    """Let the other interpreter verify so many times; whatever is no sound answer comes back as the reason."""
    argv = [str(python), "-I", str(PROGRAM)]
    words = json.dumps(asked | {"times": times})
    try:
        ended = subprocess.run(argv, check=False, capture_output=True, input=words, text=True, timeout=LONGEST_S)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"did not answer ({type(error).__name__})"
    if ended.returncode:
        last = (ended.stderr.strip().splitlines() or [f"exit code {ended.returncode}"])[-1]
        hint = f"; {INSTALL} installs it" if "No module named" in last else ""
        return f"ended early ({last}){hint}"
    return _sound(ended.stdout, times, says)


def _sound(said: str, times: int, says: str) -> Answer | str:
    """Believe an answer only if it did the work that was asked for."""
    try:
        found = json.loads(said)
    except ValueError:
        return "answered what is no JSON"
    match found:
        case {"library": str(library), "times_ms": list(times_ms), "says": claim, "refuses": refuses}:
            pass
        case _:
            return "answered something else"
    if claim != says:
        return f"read {claim!r} where {says!r} was signed"
    if refuses is not True:
        return "took the key of a stranger"
    if len(times_ms) != times or not all(type(one) is float and 0 < one < math.inf for one in times_ms):
        return f"did not give {times} times"
    return Answer(library, tuple(times_ms))


def question(name: str, sample: Sample) -> dict[str, object]:
    """Word what is asked: the code, the key that signed it, and one of the same kind that did not."""
    key, stranger = sample.trust.keys[0], MAKERS[name]().trust.keys[0]
    public, other = (
        one.public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode() for one in (key, stranger)
    )
    return {
        "format": name,
        "code": sample.code.decode("ascii"),
        "public": public,
        "stranger": other,
        "key_id": key.key_id.hex(),
        "aad": gp1.AAD.hex() if name == "gp1" else "",
        "path": sample.path,
    }
