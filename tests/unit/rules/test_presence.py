"""What is remembered of passes: how it begins, how entries are counted, and whose presentation may have been used."""

from __future__ import annotations

from dataclasses import replace

from firmware.events import NEVER, Instant, Leaf, Use
from firmware.passes.outcome import Pass, Presented
from firmware.passes.presented import FRESH_S
from firmware.rules.ledger import Ledger
from firmware.rules.occupancy import Occupancy
from firmware.rules.presence import Presence, in_reach
from firmware.rules.proofs import MOST, Proofs
from firmware.rules.siblings import Sibling
from tests.issuing import AT_NOON, NOON
from tests.unit.rules.one_area import PAIR

PASS = Pass("gp1", "a" * 32, "visitor", ("lobby",), (), NOON - 9, 0, NEVER, NEVER)


def shown(at: int, reference: str = "r") -> Pass:
    """Present a pass at a second."""
    return replace(PASS, reference=reference, presented=Presented(at, "lobby"))


def test_it_begins_with_nobody_or_with_what_the_journal_remembers() -> None:
    """No gate, no area and no use; or the uses, since when, and who came in last."""
    assert Presence().area == Occupancy("", Ledger(""))
    assert (Presence.rebuilt({}).taken, Presence.rebuilt({}).since, Presence.rebuilt({}).came_in) == ({}, 0, {})
    told = Presence.rebuilt({"r": (1, NOON)}, NOON, {"visitor": NOON})
    assert (told.taken, told.since, told.came_in) == ({"r": (1, NOON)}, NOON, {"visitor": NOON})


def test_entries_add_up() -> None:
    """Each counts, and the later end of the pass is kept."""
    presence = Presence()
    presence.note(Use("r", 1, NOON))
    presence.note(Use("r", 1, NOON + 9))
    presence.note(Use("s", 1, NOON))
    assert presence.taken == {"r": (2, NOON + 9), "s": (1, NOON)}


def test_what_a_damaged_journal_may_have_known() -> None:
    """Nothing where none was lost; where one was, every code made until half a minute after."""
    cases = ((0, 1, False), (1, 1, True), (NOON, NOON + FRESH_S, True), (NOON, NOON + FRESH_S + 1, False))
    for since, at, lost in cases:
        assert Presence(since=since).replayed(shown(at), AT_NOON) is lost


def test_the_newest_presentation_of_each_pass_counts() -> None:
    """An older one that is noted later takes nothing back, and of other passes nothing follows."""
    proofs = Proofs()
    proofs.note(shown(NOON), AT_NOON)
    proofs.note(shown(NOON - 1), AT_NOON)
    assert [proofs.used("r", at) for at in (NOON, NOON + 1)] == [True, False]
    assert not proofs.used("s", 1)
    early = Proofs()
    early.note(shown(0), Instant(0, 0, 0))
    assert early.newest == {"r": 0}


def test_of_too_many_presentations_the_oldest_half_is_forgotten() -> None:
    """By their time and not by their name; and at the bound itself none is."""
    proofs = Proofs({f"{number:05}": NOON - number for number in range(MOST - 1)})
    proofs.note(shown(NOON), AT_NOON)
    assert (len(proofs.newest), proofs.before) == (MOST, 0)
    proofs.note(shown(NOON, "s"), AT_NOON)
    assert (len(proofs.newest), min(proofs.newest.values())) == (MOST // 2 + 1, NOON - MOST // 2 + 2)
    assert proofs.before == NOON - MOST // 2 + 1


def test_what_never_was_needs_no_keeping() -> None:
    """Not even after the journal was lost."""
    proofs = Proofs()
    proofs.lost()
    assert proofs.take() == ()


def test_a_gate_on_a_desk_has_all_places_of_its_area() -> None:
    """Its sibling gave it its share, of the same count, and said nothing else; without a rule it only counts."""
    rule = PAIR.model_copy(update={"generation": 3})
    given = Leaf("gate-2", 3, 1, 0, 0, given=(("gate-1", 5),))
    assert in_reach("gate-1", rule, 9) == Occupancy(
        "gate-1", Ledger("here", 3, entered=9), rule, siblings={"gate-2": Sibling(given, 0)}
    )
    assert (in_reach("gate-1", rule).held(rule), in_reach("gate-1", rule).inside(0).missing) == (10, 0)
    assert (in_reach("gate-1", rule, 9).full(rule), in_reach("gate-1", rule, 9).full(rule, 2)) == (False, True)
    for elsewhere in (in_reach("gate-3", rule, 9), in_reach("gate-3", None, 9)):
        assert elsewhere == Occupancy("gate-3", Ledger("here", entered=9))
