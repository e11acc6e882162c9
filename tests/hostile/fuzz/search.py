"""A search of one target: its seeds written down, libFuzzer beside us, and what its last words mean."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from firmware.passes.reading import MAX_CODE_BYTES
from tests.hostile.fuzz.targets import TARGETS

if TYPE_CHECKING:
    from pathlib import Path

STUCK_S: Final = 10
"""Of the wall: one run that lasts longer is a finding."""

MOST_MB: Final = 1024
"""Of the whole process, libFuzzer's corpus and instrumented code included."""

SPARE_S: Final = 120
"""To start and to run the corpus once, before the search is given up."""

_STATUS: Final = re.compile(r"^#(\d+)\s+\S+\s+cov: (\d+) ft: \d+ corp: (\d+)", re.MULTILINE)
_TOLD_LINES: Final = 25


@dataclass(frozen=True, slots=True)
class Found:
    """How often the target ran, how many places of the code it covered, what was kept, and what broke it."""

    runs: int
    covered: int
    corpus: int
    faults: list[str]


def search(name: str, seconds: int, seed: int, folder: Path) -> Found:
    """Search for so many seconds; corpus and findings stay in the folder, and the next search begins from them."""
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for data in TARGETS[name].seeds():
        (corpus / hashlib.sha256(data).hexdigest()[:32]).write_bytes(data)
    options = [
        f"-max_total_time={seconds}",
        f"-seed={seed}",
        f"-max_len={MAX_CODE_BYTES + 1}",
        f"-timeout={STUCK_S}",
        f"-rss_limit_mb={MOST_MB}",
        f"-artifact_prefix={folder}/",
    ]
    command = [sys.executable, "-m", "tests.hostile.fuzz.engine", name, *options, str(corpus)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", check=False, timeout=seconds + SPARE_S
        )
    except subprocess.TimeoutExpired:
        return Found(0, 0, 0, [f"no end {SPARE_S} s after its time"])
    return judged(done.returncode, done.stdout + done.stderr)


def judged(code: int, said: str) -> Found:
    """Read what libFuzzer said: it ends with 0 only where nothing broke; without runs nothing was searched."""
    states = _STATUS.findall(said)
    runs, covered, corpus = map(int, states[-1]) if states else (0, 0, 0)
    faults = [] if code == 0 and runs and covered else ["\n".join(said.splitlines()[-_TOLD_LINES:])]
    return Found(runs, covered, corpus, faults)
