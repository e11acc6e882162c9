"""The voice says the newest phrase by a program of its own and troubles nobody when it cannot."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

import pytest

from hw.speech import ProgramSpeech

if TYPE_CHECKING:
    from pathlib import Path


SENTENCES = {"granted": ("id", "Silakan masuk"), "used": ("id", "-x; rm 'all'")}


class Studio:
    """Two programs that write what they are told into a pipe, and the ear at its other end."""

    def __init__(self, folder: Path, rest: str = "") -> None:
        """Write the programs; `rest` is what they do afterwards."""
        self.folder = folder
        self.pipe = folder / "pipe"
        os.mkfifo(self.pipe)
        program = folder / "program"
        program.write_text(f'#!/bin/sh\necho "$@ ${{NOTIFY_SOCKET:-}}" >"{self.pipe}"\n{rest}\n', encoding="ascii")
        program.chmod(0o755)
        self.speech = ProgramSpeech(SENTENCES, folder, player=(str(program), "play"), reader=(str(program), "read"))

    def hear(self) -> str:
        """Wait for what is said next."""
        with self.pipe.open(encoding="ascii") as pipe:
            return pipe.read().strip()


def test_a_recording_comes_before_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A phrase with a recording is played, another read in its language; no word of it is an option or a shell's."""
    monkeypatch.setenv("NOTIFY_SOCKET", "/run/manager")
    studio = Studio(tmp_path)
    studio.speech.say("granted")
    assert studio.hear() == "read -v id -- Silakan masuk"
    studio.speech.say("used")
    assert studio.hear() == "read -v id -- -x; rm 'all'"
    (tmp_path / "granted.wav").write_bytes(b"RIFF")
    studio.speech.say("granted")
    assert studio.hear() == f"play {tmp_path}/granted.wav"
    studio.speech.close()
    assert studio.speech.faults == 0


def test_a_newer_phrase_cuts_off_the_older_one(tmp_path: Path) -> None:
    """A phrase that takes for ever is cut off by the next one, and by the end; neither is a fault."""
    studio = Studio(tmp_path, "exec sleep 1000")
    studio.speech.say("granted")
    assert studio.hear() == "read -v id -- Silakan masuk"
    studio.speech.say("used")
    assert studio.hear().endswith("rm 'all'")
    studio.speech.close()
    studio.speech.say("granted")
    studio.speech._thread.join(10)
    assert not studio.speech._thread.is_alive()
    assert studio.speech.faults == 0


@pytest.mark.parametrize(
    ("program", "phrase", "reason"),
    [
        ("/nowhere/espeak-ng", "granted", "No such file"),
        ("/bin/false", "granted", "ended with 1"),
        ("/bin/true", "unheard-of", "neither a recording nor a sentence"),
    ],
)
def test_what_cannot_be_said_is_logged_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, program: str, phrase: str, reason: str
) -> None:
    """A missing program, a failing one and a phrase without words are counted each time, and said once."""
    studio = Studio(tmp_path)
    speech = ProgramSpeech(SENTENCES, reader=(program,))
    pause = threading.Event()
    for times in range(1, 4):
        speech.say(phrase)
        while speech.faults < times:
            pause.wait(0.001)
    speech.close()
    assert len(caplog.messages) == 1
    assert reason in caplog.messages[0]
    studio.speech.close()


@pytest.mark.parametrize("phrase", ["", "../etc", "a b", "A", "x" * 65, "a\n"])
def test_a_name_that_is_none_is_refused(phrase: str) -> None:
    """What could be a path or an option is a mistake of the caller."""
    speech = ProgramSpeech({})
    with pytest.raises(ValueError, match="a phrase is named by"):
        speech.say(phrase)
    speech.close()
