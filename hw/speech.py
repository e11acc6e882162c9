"""The voice: a recording where there is one, else a sentence read aloud by espeak-ng.

It helps a person and never decides anything: programs run one at a time from a thread of its own, without a shell and
with an end; a newer phrase cuts off the one that is being said. Whatever is missing or fails is counted, said once in
the log, and stays silent.
"""

from __future__ import annotations

import logging
import os
import re
import subprocess
import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

PLAYER: Final = ("aplay", "--quiet")
READER: Final = ("espeak-ng",)

LIMIT_S: Final = 10.0
"""No phrase is longer; a sound card that blocks would otherwise keep its program for ever."""

_NAME: Final = re.compile(r"[a-z0-9_-]{1,64}")

log = logging.getLogger(__name__)


class ProgramSpeech:
    """A `Speech` by two programs; every method may be called from any thread."""

    def __init__(
        self,
        sentences: Mapping[str, tuple[str, str]],
        folder: Path | None = None,
        *,
        player: Sequence[str] = PLAYER,
        reader: Sequence[str] = READER,
    ) -> None:
        """Take what to read for each phrase, as (language, text), and where `<phrase>.wav` may be."""
        self._sentences = dict(sentences)
        self._folder = folder
        self._player, self._reader = tuple(player), tuple(reader)
        # The service manager's socket is not for those who speak.
        self._environment = {name: value for name, value in os.environ.items() if name != "NOTIFY_SOCKET"}
        self._changed = threading.Condition()
        self._next: str | None = None
        self._running: subprocess.Popen[bytes] | None = None
        self._closed = False
        self.faults = 0
        """How often a phrase could not be said since the start."""
        self._thread = threading.Thread(target=self._run, name="speech", daemon=True)
        self._thread.start()

    def say(self, phrase: str) -> None:
        """Say it now, instead of whatever is being said; raises ValueError for what is no phrase's name."""
        if _NAME.fullmatch(phrase) is None:
            message = f"a phrase is named by a-z, 0-9, - and _, not {phrase!r}"
            raise ValueError(message)
        with self._changed:
            if not self._closed:
                self._next = phrase
                self._cut()

    def close(self) -> None:
        """Fall silent and end the thread."""
        with self._changed:
            self._closed, self._next = True, None
            self._cut()
        self._thread.join(timeout=1)

    def _cut(self) -> None:
        if self._running is not None:
            self._running.kill()
        self._changed.notify()

    def _run(self) -> None:
        while (phrase := self._due()) is not None:
            try:
                failure = self._said(phrase)
            except Exception as error:  # noqa: BLE001 - whatever a program or a sound card does, the door goes on
                failure = str(error)
            if failure is not None:
                self.faults += 1
                if self.faults == 1:
                    log.error("%s cannot be said (%s); the door works on without it", phrase, failure)

    def _due(self) -> str | None:
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._next is not None)
            phrase, self._next = self._next, None
            return phrase

    def _said(self, phrase: str) -> str | None:
        """Run the phrase's program to its end; return what failed, None also for one that was cut off."""
        command = self._command(phrase)
        if command is None:
            return "there is neither a recording nor a sentence"
        quiet = subprocess.DEVNULL
        running = subprocess.Popen(  # noqa: S603 - fixed programs, no shell
            command, stdin=quiet, stdout=quiet, stderr=quiet, env=self._environment
        )
        with self._changed:
            self._running = running
            if self._closed or self._next is not None:
                running.kill()
        try:
            code = running.wait(LIMIT_S)
        finally:
            running.kill()
            running.wait()
            with self._changed:
                self._running = None
        return f"{command[0]} ended with {code}" if code > 0 else None

    def _command(self, phrase: str) -> list[str] | None:
        recording = None if self._folder is None else self._folder / f"{phrase}.wav"
        if recording is not None and recording.is_file():
            return [*self._player, str(recording.absolute())]
        if (sentence := self._sentences.get(phrase)) is None:
            return None
        language, text = sentence
        return [*self._reader, "-v", language, "--", text]
