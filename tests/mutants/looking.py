"""Lets the tests look at each mutant of a room, in a folder that `tool.py` filled; this is its process of its own.

Everything is imported and collected once. Each mutant then lives in a fork of that process, which has run no test and
so remembers nothing, and the tests that reach its function look at it until one notices: first those that noticed
another mutant of the same function, then the quick ones. A line of JSON goes to stdout for each file of the room, as
soon as it is judged; verdicts stay in the folder of that name, and whatever stands there is not looked at again.
"""

from __future__ import annotations

import fnmatch
import gc
import hashlib
import json
import os
import resource
import signal
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, cast

import pytest
from _pytest.runner import runtestprotocol
from mutmut.__main__ import create_file_mutants
from mutmut.configuration import config
from mutmut.mutation.data import SourceFileMutationData
from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.mutation.trampoline import set_mutant_under_test
from mutmut.state import state
from mutmut.utils.file_utils import change_cwd, setup_source_paths, walk_source_files

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

AT_ONCE: Final = os.cpu_count() or 1
PATIENCE_S: Final = 5
"""Seconds of processor time that a test may take beyond ten times what it takes with the code as it is."""
MANY: Final = 200
"""Of a function that more tests reach than these, only those look that take less than `SLOW_S` of processor time."""
SLOW_S: Final = 0.25
STUCK_S: Final = 120
"""Seconds of the clock after which a mutant that waits for something is ended."""
MEMORY: Final = 4 << 30
"""Bytes of address space; a mutant that grows without end fails then."""
ENDLESS: Final = {-signal.SIGXCPU, -signal.SIGALRM, -signal.SIGKILL}


@dataclass(slots=True)
class Looked:
    """What was seen of the code as it is: the tests that reach each function, and their seconds of processor time."""

    reaching: dict[str, set[str]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Looking:
    """A plugin of pytest that judges mutants instead of running the tests that were collected."""

    told: IO[str]
    files: dict[Path, list[str]]
    """The mutants of each file that have to be looked at."""
    verdicts: Path
    failed: str = ""
    seen: Looked = field(default_factory=Looked)
    at_import: set[str] = field(default_factory=set)
    """The functions that were called before any test ran."""
    noticed: dict[str, list[str]] = field(default_factory=dict)
    """By function, the tests that noticed one of its mutants, the last one first."""

    @pytest.hookimpl
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Look at the code as it is, at a mutant that breaks everything, and then at each mutant of each file."""
        if session.testsfailed:
            self.failed = "the tests could not be collected"
            return True
        items = {item.nodeid: item for item in session.items}
        self.at_import = set(state()._stats)
        gc.freeze()
        if any(self.files.values()):
            self.seen = Looked(**_in_fork(lambda: _look_at_all(session.items)))
            Path("../seen.json").write_text(
                json.dumps(dict(sorted(self.seen.seconds.items(), key=lambda one: -one[1])))
            )
            self.failed = ", ".join(self.seen.failed) and f"fails with the code as it is: {self.seen.failed}"
        for path, names in self.files.items():
            if not self.failed:
                self._judge(path, names, items)
        return True

    def _judge(self, path: Path, names: list[str], items: dict[str, pytest.Item]) -> None:
        kept = self.verdicts / f"{path}.json"
        verdict = json.loads(kept.read_text())
        running: dict[int, tuple[str, int, float]] = {}
        waiting = list(names)
        while waiting or running:
            if waiting and len(running) < AT_ONCE:
                name = waiting.pop(0)
                chosen = self._tests_of(name)
                if not chosen and _function(name) not in self.at_import:
                    verdict["mutants"][name] = _verdict(name, path, 0, "", 0.0)
                    continue
                pid, answer = _fork(name, [items[one] for one in chosen], [self.seen.seconds[one] for one in chosen])
                running[pid] = (name, answer, time.monotonic())
                continue
            pid, status = os.wait()
            name, answer, began_s = running.pop(pid)
            with os.fdopen(answer) as read:
                noticed_by = read.read()
            if noticed_by:
                found = self.noticed.setdefault(_function(name), [])
                found[:] = [noticed_by, *(one for one in found if one != noticed_by)]
            seconds = round(time.monotonic() - began_s, 2)
            verdict["mutants"][name] = _verdict(name, path, os.waitstatus_to_exitcode(status), noticed_by, seconds)
            kept.write_text(json.dumps(verdict))
        kept.write_text(json.dumps(verdict))
        self.told.write(json.dumps({"file": str(path), **verdict}) + "\n")
        self.told.flush()

    def _tests_of(self, name: str) -> list[str]:
        function = _function(name)
        first = self.noticed.get(function, [])
        rest = sorted(self.seen.reaching.get(function, ()), key=lambda test: (self.seen.seconds[test], test))
        if len(rest) > MANY:
            rest = [one for one in rest if self.seen.seconds[one] < SLOW_S]
        return [*first, *(one for one in rest if one not in first)]


def main() -> int:
    """Make the mutants of what changed and judge those whose name fits the pattern that is the only argument."""
    told = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    verdicts = Path("verdicts").absolute()
    files = _prepare(verdicts, sys.argv[1])
    setup_source_paths()
    looking = Looking(told, files, verdicts)
    set_mutant_under_test("stats")
    with change_cwd("mutants"):
        code = pytest.main(_words(), plugins=[looking])
    if looking.failed or code not in {0, 5}:
        sys.stderr.write(f"{looking.failed or f'pytest ended with {code}'}\n")
        return 1
    return 0


def _words() -> list[str]:
    return ["--rootdir=.", "--tb=native", *config().pytest_add_cli_args, *config().pytest_add_cli_args_test_selection]


def _prepare(verdicts: Path, only: str) -> dict[Path, list[str]]:
    """Write the mutants of each file that changed, and name those of every file that no verdict stands for.

    The files with the fewest come first, so that of a run that is broken off most of them are judged.
    """
    files = {}
    for path in sorted(walk_source_files()):
        if not config().should_mutate(path):
            continue
        kept, source = verdicts / f"{path}.json", hashlib.sha256(path.read_bytes()).hexdigest()
        verdict = json.loads(kept.read_text()) if kept.exists() else {}
        if verdict.get("source") != source:
            verdict = {"source": source, "mutants": {}}
            (Path("mutants") / path).unlink(missing_ok=True)
        made = create_file_mutants(path)
        if made.error:
            raise made.error
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(verdict))
        data = SourceFileMutationData(path=path)
        data.load()
        names = [name for name in data.exit_code_by_key if name not in verdict["mutants"]]
        files[path] = [name for name in names if fnmatch.fnmatch(name, only)]
    return dict(sorted(files.items(), key=lambda one: len(one[1])))


def _look_at_all(items: Sequence[pytest.Item]) -> dict[str, object]:
    """Run every test with the code as it is."""
    reaching: dict[str, list[str]] = {}
    seconds: dict[str, float] = {}
    failed: list[str] = []
    set_mutant_under_test("stats")
    for item in items:
        recorded = state()._stats
        recorded.clear()
        began_s = time.process_time()
        if _fails(item):
            failed.append(item.nodeid)
        seconds[item.nodeid] = time.process_time() - began_s
        for function in recorded:
            reaching.setdefault(function, []).append(item.nodeid)
    return {"reaching": reaching, "seconds": seconds, "failed": failed}


def _fork(name: str, items: Sequence[pytest.Item], seconds: Sequence[float]) -> tuple[int, int]:
    """Let tests look at a mutant; what can be read from the end of the pipe is the test that noticed it.

    What is called by no test but while modules are imported is broken in a process that imports them once more.
    """
    read, write = os.pipe()
    pid = os.fork()
    if pid:
        os.close(write)
        return pid, read
    os.close(read)
    set_mutant_under_test(name)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(STUCK_S)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    if not items:
        os.execv(sys.executable, [sys.executable, "-m", "pytest", "-x", *_words()])  # noqa: S606  no shell is asked
    for item, usual_s in zip(items, seconds, strict=True):
        limit = int(time.process_time() + 10 * usual_s) + PATIENCE_S
        resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))
        if _fails(item):
            os.write(write, item.nodeid.encode())
            os._exit(1)
    os._exit(0)


def _fails(item: pytest.Item) -> bool:
    return any(report.failed for report in runtestprotocol(item, log=False, nextitem=None))


def _in_fork(answer: Callable[[], dict[str, object]]) -> dict[str, Any]:
    """Have something done that leaves no trace in this process."""
    read, write = os.pipe()
    pid = os.fork()
    if not pid:
        with os.fdopen(write, "w") as told:
            told.write(json.dumps(answer()))
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as heard:
        words = heard.read()
    os.waitpid(pid, 0)
    return cast("dict[str, Any]", json.loads(words))


def _verdict(name: str, path: Path, code: int, noticed_by: str, seconds: float) -> dict[str, object]:
    """Write down what became of a mutant; only of a survivor anybody wants to know what it changed."""
    with change_cwd(".."):
        diff = "" if code else get_diff_for_mutant(name, path=path)
    return {
        "killed": code != 0,
        "endless": code in ENDLESS,
        "noticed_by": noticed_by,
        "seconds": seconds,
        "diff": diff,
    }


def _function(name: str) -> str:
    return name.rpartition("__mutmut_")[0]


if __name__ == "__main__":
    sys.exit(main())
