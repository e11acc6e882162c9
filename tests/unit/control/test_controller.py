"""The controller: one turn an event, entries after paper, exits before it, and every grant accounted for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.control.attendance import ADVICE
from firmware.events import (
    CodesPresented,
    LinkChanged,
    MessageRefused,
    ReaderBeat,
    ReaderLost,
    RecordCommitted,
    Stopped,
    UsesRead,
)
from firmware.passes.outcome import Pass
from firmware.passes.reading import read
from firmware.rules.decide import Rulebook
from firmware.trust.keys import TrustSet
from hw.errors import HardwareError
from tests.issuing import NOON
from tests.unit.control.bench import Bench


def test_an_entry_opens_when_its_record_is_on_disk() -> None:
    """The relay stays released until the commit, then frees the lock for the configured time and not longer."""
    bench = Bench()
    record = bench.show(bench.issuer.code())
    assert (record.body["decision"], record.grant, record.opens) == ("allow", "run-1", True)
    assert not bench.relay.energised()
    bench.commit(record)
    assert bench.relay.energised()
    bench.wait(4999)
    assert bench.relay.energised()
    bench.wait(1)
    assert not bench.relay.energised()
    assert bench.ends() == [("run-1", "assumed")]


def test_a_disk_that_does_not_answer_keeps_the_door_locked_and_gives_the_entry_back() -> None:
    """Without a commit the grant is annulled, and its one entry can be used again at once."""
    bench = Bench()
    code = bench.issuer.code(entries=1)
    late = bench.show(code)
    bench.wait(600)
    assert bench.ends() == [("run-1", "annulled")]
    assert (0, "light", "fault") not in bench.heard
    assert (500, "light", "fault") in bench.heard
    bench.commit(late)
    assert not bench.relay.energised()
    again = bench.show(code)
    assert again.body["decision"] == "allow"
    bench.commit(again)
    assert bench.relay.energised()
    assert bench.show(code).body["reason"] == "used"


def test_an_exit_opens_before_anything_is_written() -> None:
    """Whatever is shown inside, and the button, open at once, while the disk is dead."""
    bench = Bench(TrustSet(), Rulebook())
    record = bench.show(b"\xff\x00 anything", reader="inside")
    assert bench.relay.energised()
    assert (record.body["decision"], record.body["remark"]) == ("allow", "unknown_format")
    bench.wait(5000)
    assert not bench.relay.energised()
    bench.rex()
    assert bench.relay.energised()
    assert bench.journal.records[-1].body["reader"] == "rex"


def test_the_side_is_the_readers_own() -> None:
    """A reader nobody configured counts as outside: what it says opens nothing by itself."""
    bench = Bench()
    record = bench.show(b"whatever", reader="nobody")
    assert (record.body["direction"], record.body["decision"]) == ("in", "deny")


def test_a_scan_that_waited_behind_a_stall_lets_nobody_in() -> None:
    """What is older than a second when its turn comes is dropped and counted; a younger one is judged."""
    bench = Bench()
    bench.inbox.scanned("outside", (bench.issuer.code(),))
    bench.clock.ms += 1_001
    bench.controller.turn(bench.inbox.take(0))
    assert not bench.journal.records
    assert bench.controller.counts["scans_late"] == 1
    assert bench.show(bench.issuer.code(), waited_ms=1_000).body["decision"] == "allow"


def test_a_scan_that_waited_still_lets_out() -> None:
    """Whoever is inside gets out, however long the gate was busy."""
    bench = Bench()
    bench.show(b"x", reader="inside", waited_ms=60_000)
    assert bench.relay.energised()
    assert bench.controller.counts["scans_late"] == 0


REFUSED = [
    ("stranger", "unknown_key", "unknown"),
    ("expired", "expired", "expired"),
    ("early", "not_yet_valid", "not_yet_valid"),
    ("elsewhere", "wrong_area", "wrong_gate"),
    ("other gate", "wrong_gate", "wrong_gate"),
    ("poster", "unknown_format", "unknown"),
    ("half", "bad_cbor", "unreadable"),
]


@pytest.mark.parametrize(("who", "reason", "signal"), REFUSED, ids=[row[0] for row in REFUSED])
def test_a_refusal_has_its_reason_its_signal_and_its_record(who: str, reason: str, signal: str) -> None:
    """The relay does not move, the lamps say which refusal it is, and one record holds the reason."""
    bench = Bench()
    issuer = bench.issuer
    code = {
        "stranger": Bench().issuer.code(),
        "expired": issuer.code(expires=NOON),
        "early": issuer.code(not_before=NOON + 1),
        "elsewhere": issuer.code(areas=("vault",)),
        "other gate": issuer.code(gates=("gate-2",)),
        "poster": b"https://example.org",
        "half": issuer.code()[:103],
    }[who]
    record = bench.show(code)
    assert (record.body["decision"], record.body["reason"], record.grant) == ("deny", reason, None)
    assert (0, "light", signal) in bench.heard
    assert not any(kind == "relay" for _, kind, _ in bench.heard)


def test_no_record_tells_who_it_was() -> None:
    """Neither the code nor the pass id nor the pass's reference stands in what is written for the broker."""
    bench = Bench()
    code = bench.issuer.code(entries=1)
    record = bench.show(code)
    credential = read(code, bench.issuer.trust())
    assert isinstance(credential, Pass)
    text = repr(record.body)
    assert credential.reference not in text
    assert code.decode() not in text
    assert record.use is not None
    assert record.use.reference == credential.reference


def test_an_unlimited_pass_leaves_no_trace_of_use() -> None:
    """Only a pass with counted entries is remembered at all."""
    bench = Bench()
    assert bench.show(bench.issuer.code()).use is None


def test_uses_that_come_late_count() -> None:
    """A journal that could be opened only after the start still keeps a used pass out."""
    bench = Bench()
    code = bench.issuer.code(entries=1)
    credential = read(code, bench.issuer.trust())
    assert isinstance(credential, Pass)
    bench.controller.turn(UsesRead(((credential.reference, 1, credential.expires),)))
    assert bench.show(code).body["reason"] == "used"


def test_a_loss_of_uses_that_is_told_late_counts() -> None:
    """A journal that lost uses and could be opened only after the start keeps out what may have been used."""
    bench = Bench()
    code = bench.issuer.code(entries=1)
    waiting = bench.show(code)
    bench.controller.turn(UsesRead((), since=NOON + 1))
    bench.commit(waiting)
    assert not bench.relay.energised()
    assert bench.show(code).body["reason"] == "used"


def test_an_entry_that_was_granted_before_the_uses_came_is_judged_anew() -> None:
    """A used pass that waits for the disk when the journal opens at last stays out, and its use is counted once."""
    bench = Bench()
    code = bench.issuer.code(entries=1)
    waiting = bench.show(code)
    assert waiting.use is not None
    bench.controller.turn(UsesRead(((waiting.use.reference, 1, waiting.use.expires),)))
    bench.commit(waiting)
    assert not bench.relay.energised()
    assert bench.ends() == [(waiting.grant, "annulled")]
    assert bench.show(code).body["reason"] == "used"


def test_a_stop_locks_and_ends_every_grant() -> None:
    """After the stop the phase says so, the relay is released and nothing opens any more."""
    bench = Bench()
    bench.show(b"x", reader="inside")
    waiting = bench.show(bench.issuer.code())
    bench.controller.turn(Stopped())
    assert (bench.controller.phase, bench.relay.energised()) == ("stopped", False)
    assert bench.ends() == [("run-1", "assumed"), ("run-2", "annulled")]
    bench.commit(waiting)
    bench.show(b"x", reader="inside")
    assert not bench.relay.energised()


def test_a_relay_that_is_on_without_a_pulse_is_released_and_counted() -> None:
    """Whoever energised the line behind the controller's back: the next look lets it fall."""
    bench = Bench()
    assert bench.controller.relay_agrees()
    bench.relay.energise(10_000)
    assert bench.controller.relay_agrees()
    assert not bench.relay.energised()
    assert bench.controller.counts["relay_stuck"] == 1


LOST = ("gate", {"what": "reader_lost", "reader": "outside"})
BACK = ("gate", {"what": "reader_back", "reader": "outside"})


def told(bench: Bench) -> list[tuple[str, dict[str, object]]]:
    """Return what was written down about the gate itself."""
    return [(one.kind, one.body) for one in bench.journal.records if one.kind == "gate"]


def test_a_reader_that_goes_and_comes_is_written_down_once_a_change(caplog: pytest.LogCaptureFixture) -> None:
    """A loss and a return are one record and one line each; who comes and goes is told every 5 s at most."""
    bench = Bench()
    beat, loss = ReaderBeat("outside", ()), ReaderLost("outside")
    bench.controller.turn(beat)
    for _ in range(2):
        bench.controller.turn(loss)
    assert told(bench) == [LOST]
    bench.wait(5_000)
    bench.controller.turn(beat)
    assert told(bench) == [LOST, BACK]
    for _ in range(100):
        bench.controller.turn(loss)
        bench.controller.turn(beat)
        bench.controller.turn(loss)
        bench.wait(49)
    assert told(bench) == [LOST, BACK]
    bench.wait(100)
    assert told(bench) == [LOST, BACK, LOST]
    assert [line for line in caplog.messages if line.startswith("reader outside: ")] == [
        "reader outside: lost; it hung up, or said nothing good for 3 s",
        "reader outside: back",
        "reader outside: lost; it hung up, or said nothing good for 3 s",
    ]


def test_a_reader_that_starts_slower_than_the_gate_is_not_lost_yet() -> None:
    """One that never came is lost after 15 s; one that came by then never was."""
    bench = Bench()
    bench.controller.turn(ReaderLost("outside"))
    bench.controller.turn(ReaderLost("inside"))
    bench.wait(14_999)
    bench.controller.turn(ReaderBeat("inside", ()))
    assert told(bench) == []
    bench.wait(1)
    assert told(bench) == [LOST]


def test_what_is_refused_is_one_line_a_reader_and_cause(caplog: pytest.LogCaptureFixture) -> None:
    """The first refusal says what to look at; the next line comes ten minutes later and counts those between."""
    bench, detail = Bench(), "uid 0, and only uid 1 may"
    for _ in range(50):
        bench.controller.turn(MessageRefused("outside", "peer", detail))
    bench.controller.turn(MessageRefused("inside", "stale"))
    assert caplog.messages == [
        f"reader outside: refused: peer ({detail}); {ADVICE['peer'].format(reader='outside')}",
        "reader inside: refused: stale; the reader is too slow, or its stamps are not CLOCK_BOOTTIME",
    ]
    bench.wait(600_000)
    bench.controller.turn(MessageRefused("outside", "peer", detail))
    assert "50 times since the last line" in caplog.messages[-1]


def test_each_decision_is_one_line_that_names_nobody(caplog: pytest.LogCaptureFixture) -> None:
    """Reader, answer, way and reason are in the log, and nothing of the code."""
    bench = Bench()
    with caplog.at_level("INFO"):
        bench.show(bench.issuer.code(expires=NOON))
        bench.show(bench.issuer.code())
        bench.show(b"anything", reader="inside")
        bench.rex()
    assert caplog.messages == [
        "outside: deny in expired",
        "outside: allow in",
        "inside: allow out unknown_format",
        "rex: allow out",
    ]


def test_what_readers_and_the_link_say_is_known_but_moves_nothing() -> None:
    """Heartbeats, losses, refused messages and the link move nothing; a loss is written down, and an alarm."""
    bench = Bench()
    bench.controller.turn(ReaderBeat("outside", (("frames", 7),)))
    assert bench.controller.readers == {"outside": {"frames": 7}}
    bench.controller.turn(ReaderLost("outside"))
    bench.controller.turn(MessageRefused("outside", "stale"))
    bench.controller.turn(LinkChanged(up=True))
    bench.controller.turn(RecordCommitted(99))
    assert bench.controller.readers == {}
    assert bench.controller.counts["refused_stale"] == bench.controller.counts["readers_lost"] == 1
    assert bench.controller.door.link_up
    missing = ("alarm", {"alarm": "reader_missing", "subject": "outside", "state": "raised"})
    assert [(one.kind, one.body) for one in bench.journal.records] == [LOST, missing]


def test_old_uses_are_forgotten_a_month_after_they_expired() -> None:
    """A gate that runs for years does not remember every expired pass."""
    bench = Bench()
    bench.commit(bench.show(bench.issuer.code(entries=1)))
    for hours, left in ((30 * 24, 1), (2, 0)):
        bench.clock.ms += hours * 3_600_000
        bench.controller.turn(None)
        assert len(bench.controller._presence.taken) == left


def test_a_clock_that_was_ahead_for_a_while_lets_no_used_pass_in_again() -> None:
    """Two days beyond the expiry of a one-entry pass and back: its entry is still taken."""
    bench = Bench()
    code = bench.issuer.code(entries=1)
    bench.commit(bench.show(code))
    bench.clock.unix += 2 * 86_400
    bench.wait(3_700_000)
    bench.clock.unix -= 2 * 86_400 + 3_700
    assert bench.show(code).body["reason"] == "used"


@given(
    st.lists(st.one_of(st.binary(max_size=64), st.just(b"GP1:")), max_size=4), st.sampled_from(("outside", "inside"))
)
def test_any_codes_give_one_record_and_one_answer(codes: list[bytes], reader: str) -> None:
    """Whatever a reader delivers, one access record is written; outside nothing opens, inside everything does."""
    bench = Bench()
    bench.controller.turn(None)
    record = bench.show(*codes, reader=reader)
    assert [one.kind for one in bench.journal.records] == ["access"]
    assert bench.relay.energised() is (reader == "inside")
    assert record.body["decision"] == ("allow" if reader == "inside" else "deny")


def test_a_relay_that_breaks_loses_no_record() -> None:
    """An exit that the hardware could not carry out is still written down, and the error is not hidden."""
    bench = Bench()
    bench.relay.close()
    with pytest.raises(HardwareError):
        bench.controller.turn(CodesPresented("inside", (b"x",), bench.clock.ms))
    assert [record.kind for record in bench.journal.records] == ["access"]
