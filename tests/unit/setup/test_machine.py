"""The set-up goes from stage to stage, resumes where it was, and never forward over what was not done."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.setup import machine
from firmware.setup.machine import (
    FIRST_PAUSE_MS,
    LONGEST_PAUSE_MS,
    Count,
    Did,
    Do,
    Effect,
    Event,
    Failed,
    Forget,
    Lost,
    NetworkTaken,
    PartShown,
    Reached,
    Refused,
    Restart,
    Setup,
    Show,
    Taken,
    Tell,
)
from firmware.setup.meanings import MEANINGS
from firmware.setup.reasons import Why
from firmware.setup.stages import STAGES, Stage


def told(setup: Setup, *events: Event, now_ms: int = 0) -> tuple[Setup, list[Effect]]:
    """Let several things happen at one moment."""
    effects: list[Effect] = []
    for event in events:
        setup, more = machine.step(setup, event, now_ms)
        effects += more
    return setup, effects


def at(stage: Stage, now_ms: int = 0) -> Setup:
    """Begin at a stage."""
    return machine.begin(stage, now_ms)[0]


def test_a_blank_gate_goes_from_its_codes_to_a_restart() -> None:
    """Every stage is shown, every task is asked for once, and the last effect ends the process."""
    setup, effects = machine.begin(Stage.CODES, 0)
    assert effects == (Show(Stage.CODES),)
    seen: list[Effect] = []
    setup, seen = told(setup, PartShown(1, 2), Taken())
    assert seen == [Count(1, 2), Show(Stage.NETWORK), Do(Stage.NETWORK, setup.number)]
    for stage in (Stage.ENROL, Stage.KEEP):
        setup, seen = told(setup, Did(setup.number))
        assert seen == [Show(stage), Do(stage, setup.number)]
    setup, seen = told(setup, Did(setup.number))
    assert (seen, setup.ended, setup.stage) == ([Show(Stage.BROKER), Restart()], True, Stage.BROKER)
    assert told(setup, Taken(), Lost(), Did(setup.number)) == (setup, [])
    assert machine.deadline(setup) is None


def test_a_new_gate_goes_from_its_broker_to_the_end() -> None:
    """Broker and lists are waited for, test and report are done, and then nothing is due any more."""
    setup = at(Stage.BROKER)
    setup, seen = told(setup, Reached(Stage.LISTS), Reached(Stage.BROKER), Reached(Stage.LISTS))
    assert seen == [Show(Stage.LISTS), Show(Stage.TEST), Do(Stage.TEST, setup.number)]
    setup, seen = told(setup, Did(setup.number))
    assert seen == [Show(Stage.REPORT), Do(Stage.REPORT, setup.number)]
    setup, seen = told(setup, Did(setup.number))
    assert (seen, machine.deadline(setup)) == ([Show(Stage.DONE)], None)


def test_what_was_waited_for_in_vain_is_told_and_waited_for_again() -> None:
    """A broker and lists that do not come are told once a minute, for ever."""
    setup = at(Stage.BROKER)
    for turn in range(1, 4):
        setup, effects = machine.step(setup, None, turn * 60_000)
        assert effects == (Tell(Why.BROKER_UNREACHABLE),)
    setup, effects = machine.step(setup, Reached(Stage.BROKER), 200_000)
    assert effects == (Show(Stage.LISTS),)
    assert machine.step(setup, None, 260_000)[1] == (Tell(Why.LISTS_MISSING),)


def test_a_lost_broker_takes_the_test_back() -> None:
    """What was tested and not told is tested again, and an answer of before counts no more."""
    setup = at(Stage.TEST)
    old = setup.number
    setup, effects = machine.step(setup, Lost(), 0)
    assert effects == (Show(Stage.BROKER),)
    assert told(setup, Did(old)) == (setup, [])
    assert machine.step(at(Stage.CODES), Lost(), 0)[1] == ()


def test_pauses_double_to_a_bound_and_are_spread() -> None:
    """A task that fails is tried again for ever, ever more seldom, each gate at its own moment."""
    setup, now_ms, pauses = at(Stage.ENROL), 0, []
    for _ in range(8):
        setup, _ = machine.step(setup, Failed(setup.number, Why.NO_ANSWER), now_ms)
        due_ms = machine.deadline(setup)
        assert due_ms is not None
        assert machine.step(setup, None, due_ms - 1)[1] == ()
        pauses.append(due_ms - now_ms)
        now_ms = due_ms
        setup, effects = machine.step(setup, None, now_ms)
        assert effects == (Do(Stage.ENROL, setup.number),)
    assert (pauses[0], pauses[1], pauses[-1]) == (FIRST_PAUSE_MS, 2 * FIRST_PAUSE_MS, LONGEST_PAUSE_MS)
    early, _ = machine.step(at(Stage.ENROL), Failed(1, Why.NO_ANSWER, jitter=0.0), 0)
    assert machine.deadline(early) == FIRST_PAUSE_MS // 2


@pytest.mark.parametrize("why", [why for why, meaning in MEANINGS.items() if meaning.resumes is Stage.CODES])
def test_a_document_that_is_no_good_any_more_is_let_go(why: Why) -> None:
    """Where only other codes help, they are waited for, and the old document is not tried after the next start."""
    setup = at(Stage.ENROL)
    setup, effects = machine.step(setup, Failed(setup.number, why), 0)
    assert (setup.stage, setup.why, effects) == (Stage.CODES, why, (Tell(why), Forget()))
    assert machine.deadline(setup) is None
    assert machine.step(setup, Taken(), 0)[0].why is None


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage.blank])
def test_a_new_document_takes_the_place_of_an_unfinished_one(stage: Stage) -> None:
    """Whatever is under way, a good document begins with the network, and the old answer is nobody's."""
    setup = at(stage)
    before = setup.number
    setup, effects = machine.step(setup, Taken(), 5)
    assert effects == (Show(Stage.NETWORK), Do(Stage.NETWORK, setup.number))
    assert told(setup, Did(before), Failed(before, Why.CLAIM_USED)) == (setup, [])


def test_a_gate_that_works_can_be_given_other_brokers() -> None:
    """A document that is taken at a gate that is done begins again with the network."""
    setup, effects = machine.step(at(Stage.DONE), Taken(), 0)
    assert effects == (Show(Stage.NETWORK), Do(Stage.NETWORK, setup.number))


def test_a_bad_document_leaves_a_gate_what_it_was() -> None:
    """A gate that was given other brokers and whose claim is no good goes on as itself."""
    setup, _ = machine.begin(Stage.ENROL, 0, Stage.DONE)
    setup, effects = machine.step(setup, Failed(setup.number, Why.CLAIM_USED), 0)
    assert (setup.stage, effects) == (Stage.DONE, (Tell(Why.CLAIM_USED), Forget()))
    waiting, _ = machine.begin(Stage.ENROL, 0, Stage.BROKER)
    waiting, _ = machine.step(waiting, Failed(waiting.number, Why.CLAIM_USED), 0)
    assert machine.step(waiting, Reached(Stage.BROKER), 0)[0].stage is Stage.LISTS


def test_a_card_without_a_root_says_so_for_as_long_as_it_waits() -> None:
    """The lamp is red from the start, and no code makes it blue; a gate that is set up has other things to tell."""
    setup, effects = machine.begin(Stage.CODES, 0, rooted=False)
    assert effects == (Show(Stage.CODES), Tell(Why.NO_ROOT))
    assert setup.why is Why.NO_ROOT
    assert machine.step(setup, Refused(Why.NO_ROOT), 5)[0] == setup
    assert machine.begin(Stage.DONE, 0, Stage.DONE, rooted=False)[1] == (Show(Stage.DONE),)


def test_a_network_is_tried_at_once_when_its_password_comes() -> None:
    """The pause of a failed network ends with a new password; elsewhere it changes nothing."""
    setup = at(Stage.NETWORK)
    setup, _ = machine.step(setup, Failed(setup.number, Why.WIFI_PASSWORD), 0)
    setup, effects = machine.step(setup, NetworkTaken(), 1)
    assert effects == (Show(Stage.NETWORK), Do(Stage.NETWORK, setup.number))
    assert machine.step(at(Stage.ENROL), NetworkTaken(), 1)[1] == ()


def test_a_refusal_disturbs_nothing() -> None:
    """What was shown and came to nothing is told, and what was under way goes on."""
    setup = at(Stage.ENROL)
    assert machine.step(setup, Refused(Why.FOREIGN), 0) == (setup, (Tell(Why.FOREIGN),))


EVENTS = st.one_of(
    st.builds(PartShown, st.just(1), st.just(2)),
    st.builds(Refused, st.sampled_from(Why)),
    st.builds(Taken),
    st.builds(NetworkTaken),
    st.builds(Reached, st.sampled_from((Stage.BROKER, Stage.LISTS))),
    st.builds(Lost),
    st.builds(Did, st.integers(0, 12)),
    st.builds(Failed, st.integers(0, 12), st.sampled_from(Why), st.floats(0, 1)),
    st.none(),
)


@given(st.sampled_from(Stage), st.lists(st.tuples(EVENTS, st.integers(0, 70_000)), max_size=30))
def test_no_story_skips_a_task_or_ends_without_its_restart(stage: Stage, story: list[tuple[Event | None, int]]) -> None:
    """A stage with a task is left forwards only by its own answer, and pauses stay within their bound."""
    setup, _ = machine.begin(stage, 0)
    now_ms = 0
    for event, passed_ms in story:
        now_ms += passed_ms
        before = setup
        setup, effects = machine.step(setup, event, now_ms)
        onwards = setup.stage.place > before.stage.place
        if onwards and STAGES[before.stage].task and not isinstance(event, Taken):
            assert event == Did(before.number)
        assert (Restart() in effects) is (setup.ended and not before.ended)
        due_ms = machine.deadline(setup)
        assert due_ms is None or due_ms - now_ms <= LONGEST_PAUSE_MS
        assert sum(isinstance(effect, Do) for effect in effects) <= 2
