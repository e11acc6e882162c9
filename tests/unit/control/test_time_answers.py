"""Signed answers to the question what time it is: which is taken; every other is refused, counted and reported."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.control.time_answers import LATEST_MS, MOST_BYTES, MOST_WAITING
from firmware.control.trusted_time import Source
from firmware.records.heard import Heard
from firmware.records.notices import Notices
from firmware.signed import strict_json, warrant
from firmware.signed.envelope import Kind, seal
from firmware.signed.ruling import Ruling, Rulings
from firmware.signed.time_answer import TimeAnswer, read_answer
from firmware.signed.warrant import Role, Warrant
from tests.unit.control.clockwork import DAY_MS, Machine
from tests.unit.signed.office import BEGINS, ENDS, GATE, Office

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from firmware.control.timekeeper import Timekeeper

NONCE = "0123456789abcdef" * 2
OFFICE = Office()


def answer(unix: int, office: Office = OFFICE, /, **changes: object) -> bytes:
    """Sign an answer; `changes` are members of the body or of what encloses it."""
    body: dict[str, object] = {"nonce": NONCE, "unix": unix}
    body |= {name: value for name, value in changes.items() if name in {"nonce", "unix", "reset", "more"}}
    outside = {"version": unix, "issued": unix, "expires": unix + 60, "audience": (GATE,)}
    outside |= {name: value for name, value in changes.items() if name in outside}
    return office.seal(Kind.TIME, body, **outside)  # type: ignore[arg-type]


def by_root(unix: int, office: Office = OFFICE, **changes: object) -> bytes:
    """Sign an answer with the root itself."""
    granted = Warrant(Role.TIME, office.root_raw, BEGINS, ENDS, 2, office.root_raw)
    body: dict[str, object] = {"nonce": NONCE, "unix": unix, "reset": True} | changes
    enclosed = warrant.issue(granted, office.root)
    return seal(
        Kind.TIME,
        body,
        version=unix,
        audience=(GATE,),
        issued=unix,
        expires=unix + 60,
        signer=office.root,
        signer_warrant=enclosed,
    )


@dataclass
class Asked:
    """A gate without a clock that has asked, and what it reports."""

    machine: Machine
    notices: Notices = field(default_factory=Notices)

    def __post_init__(self) -> None:
        """Begin years back, ask, and let a second pass."""
        self.machine.rtc.absent = True
        self.machine.kernel_clock.step(-60 * DAY_MS)
        self.keeper: Timekeeper = self.machine.keeper()
        self.keeper.take_answers(self.notices, gate=GATE, root=OFFICE.root_raw)
        assert self.keeper.asked() == {"clock": "none", "time_wanted": True}
        self.machine.passed_ms += 1_000

    def bring(self, data: bytes, *, nonce: str = NONCE, group: str | None = None, retained: bool = False) -> None:
        """Bring an answer as the broker would."""
        self.keeper.heard(Heard("doc", "time", group, None, data, nonce, retained))
        self.keeper.turn()

    def reported(self) -> dict[str, object]:
        """What is said of it."""
        return dict(strict_json.parse(self.notices.kept().get(f"gapura/1/{GATE}/doc/time/reported", b"{}")) or {})


@pytest.fixture
def asked(tmp_path: Path) -> Asked:
    """A gate that has asked."""
    return Asked(Machine(tmp_path))


def test_a_signed_second_gives_a_lost_gate_its_time(asked: Asked) -> None:
    """The interval is what passed since the question; kernel and NTP do not move it any more; a restart keeps it."""
    assert asked.keeper.now().source == "none"
    unix = asked.machine.true_s
    asked.bring(answer(unix))
    now = asked.keeper.now()
    assert (now.source, now.earliest) == ("signed", unix)
    assert now.latest - now.earliest <= 2
    report = asked.reported()
    assert (report["state"], report["version"], report["code"]) == ("applied", unix, 0)
    asked.machine.kernel_clock.synchronised = True
    asked.machine.wait(asked.keeper)
    assert asked.keeper.counters()["clock_disbelieved"] == 1
    assert asked.keeper.belief.floor >= unix
    asked.keeper.close()
    again = asked.machine.keeper().now()
    assert again.source == "signed"
    assert again.earliest <= asked.machine.true_s <= again.latest
    assert asked.machine.whats()[:3] == ["disbelieved", "source", "answered"]


def refusals(unix: int) -> dict[str, tuple[str, Callable[[Asked], None]]]:
    """What is refused, and how it comes."""
    mallory, spare = Office(), Office(root=OFFICE.root)
    retained: Callable[[Asked], None] = lambda asked: asked.bring(answer(unix), retained=True)  # noqa: E731
    plain: dict[str, tuple[str, bytes]] = {
        "another root": ("unknown_root", answer(unix, mallory)),
        "another role": ("wrong_role", _as_policy(unix)),
        "another kind": ("wrong_kind", OFFICE.seal(Kind.POLICY, {"nonce": NONCE, "unix": unix}, audience=(GATE,))),
        "another gate": ("wrong_audience", answer(unix, audience=("gate-2",))),
        "everybody": ("wrong_audience", answer(unix, audience=("*",))),
        "this gate and another": ("wrong_audience", answer(unix, audience=(GATE, "gate-2"))),
        "another nonce": ("wrong_nonce", answer(unix, nonce="f" * 32)),
        "no nonce": ("bad_body", answer(unix, nonce="")),
        "another second": ("bad_body", answer(unix, unix=unix + 1)),
        "another version": ("bad_body", answer(unix, version=unix + 1)),
        "a key too many": ("bad_body", answer(unix, more=1)),
        "before the floor": ("below_floor", answer(BEGINS + 10, issued=BEGINS + 10, version=BEGINS + 10)),
        "before the warrant": ("warrant_expired", answer(BEGINS - 10, issued=BEGINS - 10, version=BEGINS - 10)),
        "a reset by the role": ("not_root", answer(unix, reset=True)),
        "rubbish": ("malformed", b"\xff\x00"),
        "too long": ("too_long", b"\x84" + bytes(MOST_BYTES)),
        "a stray warrant": ("bad_signature", _altered(answer(unix, Office(root=OFFICE.root, keys=spare.keys)))),
    }
    bring = {name: (why, lambda asked, data=data: asked.bring(data)) for name, (why, data) in plain.items()}
    return {
        **bring,
        "retained": ("retained", retained),
        "by a group": ("wrong_audience", lambda asked: asked.bring(answer(unix), group="lobby")),
        "without a connection": ("wrong_nonce", lambda asked: asked.bring(answer(unix), nonce="")),
        "too late": ("too_late", lambda asked: _late(asked, unix)),
    }


def _altered(data: bytes) -> bytes:
    """Change the last byte of a signature, whatever it was: one in sixteen ends with zero."""
    return data[:-1] + bytes([data[-1] ^ 1])


def _as_policy(unix: int) -> bytes:
    return seal(
        Kind.TIME,
        {"nonce": NONCE, "unix": unix},
        version=unix,
        audience=(GATE,),
        issued=unix,
        expires=unix + 60,
        signer=OFFICE.keys[Role.POLICY],
        signer_warrant=OFFICE.warrant(Role.POLICY),
    )


def _late(asked: Asked, unix: int) -> None:
    asked.machine.passed_ms += LATEST_MS
    asked.bring(answer(unix))


UNIX = BEGINS + 1000 + 5 * 86_400


@pytest.mark.parametrize("name", list(refusals(UNIX)))
def test_everything_else_is_refused(asked: Asked, name: str) -> None:
    """Nothing is believed, the reason is reported and counted, and the same question can still be answered."""
    why, bring = refusals(UNIX)[name]
    if why == "below_floor":
        asked.bring(answer(asked.machine.true_s))
        asked.keeper.asked()
    before = asked.keeper.belief.source
    bring(asked)
    report = asked.reported()
    assert (report["state"], report["reason"]) == ("rejected", why)
    assert asked.keeper.counters()[f"clock_answers_refused_{why}"] == 1
    assert asked.keeper.belief.source is before
    asked.keeper.asked()
    asked.bring(answer(asked.machine.true_s))
    assert asked.keeper.now().source == "signed"


def test_a_question_is_answered_once(asked: Asked) -> None:
    """The same bytes again, or another second to the same nonce, change nothing; a new question may be answered."""
    asked.bring(answer(asked.machine.true_s))
    held = asked.keeper.now()
    asked.bring(answer(asked.machine.true_s + 3600))
    assert asked.keeper.now().latest <= held.latest + 1
    assert asked.keeper.counters()["clock_answers_refused_repeated"] == 1
    asked.keeper.asked()
    asked.bring(answer(asked.machine.true_s + 3600))
    assert asked.keeper.now().earliest == asked.machine.true_s + 3600


def test_the_root_sets_the_floor_back(asked: Asked) -> None:
    """After a clock that ran ahead only the root's own signature lowers the floor, and never below the release's."""
    ahead = asked.machine.true_s + 4 * 86_400
    asked.bring(answer(ahead))
    asked.machine.wait(asked.keeper)
    assert asked.keeper.belief.floor >= ahead
    asked.keeper.asked()
    asked.bring(answer(asked.machine.true_s))
    assert asked.reported()["reason"] == "below_floor"
    asked.keeper.asked()
    asked.bring(by_root(asked.machine.true_s))
    now = asked.keeper.now()
    assert now.earliest <= asked.machine.true_s <= now.latest
    assert asked.keeper.belief.floor <= asked.machine.true_s
    assert "floor_reset" in asked.machine.whats()


def test_a_root_that_is_followed_tells_the_time_until_the_gate_knows_better(asked: Asked) -> None:
    """Whoever has no time takes it from the old root too; with a time beyond its end only the new one counts."""
    new, unix = Office(), asked.machine.true_s
    asked.keeper.rulings = partial(Rulings, (Ruling(OFFICE.root_raw, {}, frozenset(), new.root_raw, unix - 60),))
    asked.keeper.take_answers(asked.notices, gate=GATE, root=OFFICE.root_raw)
    asked.bring(answer(unix))
    assert asked.keeper.now().source == "signed"
    asked.bring(answer(unix + 1))
    assert asked.reported()["reason"] == "unknown_root"


def test_nothing_is_taken_without_a_root(tmp_path: Path) -> None:
    """A gate that pins no root takes no time from anybody."""
    gate = Asked(Machine(tmp_path))
    gate.keeper.take_answers(gate.notices, gate=GATE, root=None)
    gate.bring(answer(gate.machine.true_s))
    assert gate.reported()["reason"] == "no_root"


def test_a_topic_that_is_cleared_says_nothing(asked: Asked) -> None:
    """An empty payload is nobody's answer."""
    asked.bring(b"")
    assert asked.reported() == {}


def test_a_flood_of_answers_is_one_line_for_each_reason(asked: Asked, caplog: pytest.LogCaptureFixture) -> None:
    """Every one is counted, and the log does not fill."""
    for _ in range(5):
        asked.bring(b"rubbish")
        asked.bring(answer(asked.machine.true_s), retained=True)
    assert asked.keeper.counters()["clock_answers_refused"] == 10
    assert [line.rpartition(" ")[2] for line in caplog.messages if "answer to the question" in line] == [
        "malformed",
        "retained",
    ]


class Flooded(Notices):
    """A broker that brings the next rubbish, of so much, before the last is reported."""

    left = 100

    def keep(self, topic: str, payload: bytes) -> None:
        """Say it, and have more come."""
        super().keep(topic, payload)
        if self.left:
            self.left -= 1
            self.bring()

    bring: Callable[[], None]


def test_who_brings_answers_faster_than_they_are_looked_at_does_not_keep_the_clocks_from_being_looked_at(
    tmp_path: Path,
) -> None:
    """A turn takes what has come by then and no more: clocks, floor and alerts get their turns too."""
    flooded = Flooded()
    gate = Asked(Machine(tmp_path), flooded)
    rubbish = Heard("doc", "time", None, None, b"rubbish", NONCE, retained=False)
    flooded.bring = lambda: gate.keeper.heard(rubbish)
    gate.bring(b"rubbish")
    gate.keeper.turn()
    assert 2 <= gate.keeper.counters()["clock_answers_refused"] <= MOST_WAITING


GOOD = answer(UNIX)


@given(at=st.integers(0, len(GOOD) - 1), bit=st.integers(0, 7))
def test_no_byte_of_an_answer_may_be_another(at: int, bit: int) -> None:
    """Every bit is signed, and nothing raises."""
    data = GOOD[:at] + bytes([GOOD[at] ^ 1 << bit]) + GOOD[at + 1 :]
    assert not isinstance(read_answer(data, root=OFFICE.root_raw, gate=GATE, nonce=NONCE), TimeAnswer)
    assert isinstance(read_answer(GOOD, root=OFFICE.root_raw, gate=GATE, nonce=NONCE), TimeAnswer)


def test_what_a_birth_says_of_the_clock(tmp_path: Path) -> None:
    """A battery clock kept right wants nothing; one that nobody ever held against anything would like an answer."""
    machine = Machine(tmp_path)
    keeper = machine.keeper()
    assert keeper.asked() == {"clock": Source.RTC.value, "time_wanted": True}
    machine.kernel_clock.synchronised = True
    machine.wait(keeper)
    assert keeper.asked() == {"clock": Source.RTC.value, "time_wanted": False}
