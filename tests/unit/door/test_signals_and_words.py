"""What a person sees, hears and reads: every signal complete, none like another, nothing that gives health away."""

from __future__ import annotations

import re
from itertools import combinations

import pytest

from firmware.door.meanings import MEANINGS
from firmware.door.signals import PATTERNS, REFUSALS
from firmware.door.table import markdown
from firmware.door.words import LANGUAGES, WIDTH, WORDS, lines
from firmware.events import Alarm, Reason, Signal
from tests.unit.door import readme

SPEAKING = [signal for signal in Signal if signal is not Signal.DARK]
COLOURS = {"dark", "white", "green", "yellow", "red", "blue"}
HEALTH = re.compile(
    r"sehat|sakit|kesehatan|covid|vaksin|positif|hitam|health|sick|ill\b|vaccin|infect|symptom|blocked|revoked|diblokir",
    re.IGNORECASE,
)
ASKED_FOR = {
    Signal.IDLE: "TUNJUKKAN QR",
    Signal.GRANTED_IN: "SILAKAN MASUK",
    Signal.GRANTED_OUT: "SILAKAN KELUAR",
    Signal.UNREADABLE: "TIDAK TERBACA",
    Signal.UNKNOWN: "TIDAK DIKENAL",
    Signal.EXPIRED: "KEDALUWARSA",
    Signal.NOT_YET_VALID: "BELUM BERLAKU",
    Signal.USED: "SUDAH DIPAKAI",
    Signal.SEE_OFFICER: "HUBUNGI PETUGAS",
    Signal.VERIFY: "PERLU VERIFIKASI",
    Signal.COMPANY: "PERLU PENDAMPING",
    Signal.FULL: "KAPASITAS PENUH",
    Signal.NEXT_CODE: "KODE BERIKUTNYA",
    Signal.WRONG_GATE: "SALAH PINTU",
    Signal.HOURS: "DI LUAR JAM",
    Signal.ONE_BY_ONE: "SATU PER SATU",
    Signal.CLOSE_DOOR: "TUTUP PINTU",
    Signal.OFFLINE: "MODE LURING",
    Signal.OBSERVING: "BELUM MEMERIKSA",
    Signal.FAULT: "PINTU GANGGUAN",
    Signal.EMERGENCY: "KEADAAN DARURAT",
}


def test_every_signal_has_a_pattern_and_words() -> None:
    """No signal is without light, and none without a line in each language; only dark says nothing."""
    assert set(PATTERNS) == set(WORDS) == set(Signal)
    assert [len(words) for words in WORDS.values()] == [len(LANGUAGES)] * len(Signal)
    assert [signal for signal in Signal if not all(lines(signal))] == [Signal.DARK]


def test_no_two_signals_look_and_sound_the_same() -> None:
    """Colour, rhythm and tone together tell any two signals apart."""
    assert len({(one.colour, one.rhythm, one.notes) for one in PATTERNS.values()}) == len(PATTERNS)


def test_no_two_signals_share_a_line() -> None:
    """Whoever reads knows which signal it is, in either language."""
    for first, second in combinations(Signal, 2):
        assert lines(first)[0] != lines(second)[0]
        assert lines(first)[1] != lines(second)[1]


@pytest.mark.parametrize("signal", SPEAKING)
def test_a_signal_is_fit_to_be_shown(signal: Signal) -> None:
    """Rhythms repeat whole, times are positive, colours are lamps that exist, and a line fits the display."""
    pattern = PATTERNS[signal]
    assert pattern.colour in COLOURS
    assert len(pattern.rhythm) % 2 == 0
    assert all(ms > 0 for ms in pattern.rhythm)
    assert all(hertz >= 0 and ms > 0 for hertz, ms in pattern.notes)
    assert all(0 < len(line) <= WIDTH and line.isascii() and line.isupper() for line in lines(signal))


@pytest.mark.parametrize("signal", SPEAKING)
def test_nobody_nearby_learns_about_somebodys_health(signal: Signal) -> None:
    """No word of any signal speaks of health or of being blocked."""
    assert [words for words in WORDS[signal] if HEALTH.search(f"{words.line} {words.spoken}")] == []


@pytest.mark.parametrize("signal", ASKED_FOR)
def test_the_indonesian_line_is_the_agreed_one(signal: Signal) -> None:
    """Officers, signs and training name the signals by these words, and they come first."""
    assert lines(signal)[0] == ASKED_FOR[signal]


def test_only_a_grant_is_green() -> None:
    """Green is the colour of a free way and of nothing else."""
    green = {signal for signal, pattern in PATTERNS.items() if pattern.colour == "green"}
    assert green == {Signal.GRANTED_IN, Signal.GRANTED_OUT}


@pytest.mark.parametrize("reason", Reason)
def test_every_refusal_has_a_signal_that_is_no_grant(reason: Reason) -> None:
    """No reason is without a signal; none looks like a grant, and none is silent."""
    assert set(REFUSALS) == set(Reason)
    pattern = PATTERNS[REFUSALS[reason]]
    assert pattern.colour not in {"green", "dark"}
    assert pattern.notes != ()


def test_every_alarm_has_a_meaning_of_its_own() -> None:
    """Whoever is called reads a cause, an end and a first action, and no two causes are the same."""
    assert set(MEANINGS) == set(Alarm)
    assert len({meaning.cause for meaning in MEANINGS.values()}) == len(Alarm)
    assert all(sentence.endswith(".") for meaning in MEANINGS.values() for sentence in meaning)


def test_the_readme_prints_what_the_code_runs() -> None:
    """The tables of the README are the room's own; `python -m tests.unit.door.readme --write` renews them."""
    assert readme.printed() == markdown()
