"""A card over several codes at the door: prompts are calm and leave no record, and only the whole decides."""

from __future__ import annotations

from firmware.control.request import Desk
from firmware.events import CodesPresented, Contact, Level, Signal
from firmware.passes import shc_codes
from firmware.passes.chunks import WITHIN_MS
from firmware.rules.decide import Rulebook
from firmware.rules.policy import Policy
from tests.cards import CardIssuer, payload
from tests.unit.control.bench import Bench

ISSUER = CardIssuer()
CARD = shc_codes.codes_of(ISSUER.token(), 3)
OTHER = shc_codes.codes_of(ISSUER.token(payload(nbf=7)), 3)
RULES = Rulebook.unlimited(
    Policy.model_validate(
        {"profile": "clinic", "formats": ["gp1", "shc"], "classes": {"visitor": {"verify": ["identity"]}}}
    )
)


def gate() -> Bench:
    """Build a gate that admits cards of this issuer."""
    return Bench(ISSUER.trust(), RULES, desk=Desk(lambda _topic, _payload: None, "gate-1", "boot-1"))


def prompt(bench: Bench, code: bytes, reader: str = "outside") -> None:
    """Hold one of several codes before a reader that asks for the next."""
    before = len(bench.journal.records)
    bench.controller.turn(CodesPresented(reader, (code,), bench.clock.ms))
    assert len(bench.journal.records) == before
    assert [value for _, kind, value in bench.heard if kind == "light"][-1] == Signal.NEXT_CODE
    assert not bench.relay.energised()


def test_a_card_opens_when_its_last_code_is_shown() -> None:
    """Two codes ask for the next without a record, the third is the decision; the door opens by an officer's hand."""
    bench = gate()
    bench.contact(Contact.OFFICER, Level.REST)
    prompt(bench, CARD[2])
    bench.wait(3000)
    prompt(bench, CARD[0])
    record = bench.show(CARD[1])
    assert (record.body["decision"], record.body["reason"]) == ("verify", "identity")
    bench.contact(Contact.OFFICER)
    bench.commit(next(one for one in bench.journal.records if one.grant is not None))
    assert bench.relay.energised()
    assert bench.controller.counts["scans_incomplete"] == 2


def test_prompts_are_no_bad_codes() -> None:
    """However often somebody begins, nobody is made to wait and no alarm is raised."""
    bench = gate()
    for _ in range(20):
        prompt(bench, CARD[0])
        prompt(bench, OTHER[0])
    assert bench.controller.door.attempts.came_ms == ()


def test_two_people_make_no_card() -> None:
    """Codes of two cards come to a refusal that is written, and then each card is begun anew."""
    bench = gate()
    prompt(bench, CARD[0])
    prompt(bench, CARD[1])
    record = bench.show(OTHER[2])
    assert (record.body["decision"], record.body["reason"]) == ("deny", "bad_signature")
    prompt(bench, CARD[2])


def test_every_reader_has_its_own() -> None:
    """What one reader was shown completes nothing at another."""
    bench = gate()
    prompt(bench, CARD[0])
    prompt(bench, CARD[1], reader="second")
    prompt(bench, CARD[2], reader="third")


def test_what_was_shown_is_forgotten_by_itself() -> None:
    """At the end of its time nothing of a card is in memory, though nobody shows anything."""
    bench = gate()
    prompt(bench, CARD[0])
    collecting = bench.controller._presenting.collecting
    bench.wait(WITHIN_MS - 1)
    assert collecting.deadline_ms() is not None
    bench.wait(1)
    assert collecting.deadline_ms() is None
    prompt(bench, CARD[1])
    prompt(bench, CARD[2])


def test_inside_the_first_code_opens() -> None:
    """Whoever is inside gets out, with a third of a card too."""
    bench = gate()
    record = bench.show(CARD[1], reader="inside")
    assert (record.body["decision"], record.body["remark"]) == ("allow", "incomplete")
    assert bench.relay.energised()
