"""decide() and lists of revoked passes: where the check stands, what a time on it means, and a list that is lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from firmware.events import Decision, Direction, Outcome, Posture, Reason
from firmware.passes import gp1
from firmware.passes.outcome import Pass, Reading
from firmware.rules.decide import Rulebook, decide
from firmware.rules.policy import Policy, visitor_management
from firmware.rules.presence import Presence
from firmware.trust import revocation_ids
from firmware.trust.revocation import FOR_GOOD, RevocationList, open_list
from firmware.trust.revocation_ids import NameKind
from firmware.trust.revocation_writing import build
from tests.issuing import AT_NOON, NOON, Issuer
from tests.unit.rules.test_decide import OPEN, PASS, PLACE

RID = revocation_ids.shc_rid("kid", "rid")
CARD = replace(PASS, revocation_ids=(revocation_ids.uci("another"), RID))


def naming(name: revocation_ids.RevocationId, before: int = FOR_GOOD) -> RevocationList:
    """Make a list with one entry."""
    found = open_list(build({NameKind(name[0]): {name[1][:8]: before}}))
    assert found is not None
    return found


def ask(reading: Reading, rules: Rulebook, posture: Posture = Posture.SECURE) -> Decision:
    """Ask for the way in."""
    return decide(reading, Direction.IN, AT_NOON, PLACE, rules, Presence(), posture)


KNOWING = OPEN.knowing(NOON, naming(RID))
BLOCKED = replace(KNOWING, policy=visitor_management().model_copy(update={"blocked": frozenset({PASS.reference})}))
ORDER: list[tuple[Pass, Rulebook, Reason | None]] = [
    (CARD, KNOWING, Reason.REVOKED),
    (PASS, KNOWING, None),
    (CARD, OPEN, None),
    (CARD, OPEN.knowing(NOON, naming(RID, CARD.issued + 1)), Reason.REVOKED),
    (CARD, OPEN.knowing(NOON, naming(RID, CARD.issued)), None),
    (replace(CARD, expires=NOON), KNOWING, Reason.EXPIRED),
    (CARD, replace(KNOWING, policy=None), Reason.NO_POLICY),
    (CARD, replace(KNOWING, expires=NOON), Reason.POLICY_EXPIRED),
    (CARD, BLOCKED, Reason.REVOKED),
    (PASS, BLOCKED, Reason.BLOCKED),
    (replace(CARD, pass_class="nobody", areas=("vault",)), KNOWING, Reason.REVOKED),
    (PASS, OPEN.knowing(NOON, None), Reason.LISTS_TOO_OLD),
    (replace(PASS, pass_class="nobody"), OPEN.knowing(NOON, None), Reason.LISTS_TOO_OLD),
    (
        replace(PASS, reference="b" * 32),
        replace(BLOCKED, revocations=None, revocations_lost=True),
        Reason.LISTS_TOO_OLD,
    ),
]


@pytest.mark.parametrize(("shown", "rules", "reason"), ORDER, ids=map(str, range(len(ORDER))))
def test_a_revoked_pass_is_refused_after_its_dates_and_before_all_else(
    shown: Pass, rules: Rulebook, reason: Reason | None
) -> None:
    """What is on the list gets in nowhere, and a list that was signed and cannot be read lets nobody in."""
    assert ask(shown, rules).reason is reason


def test_a_revoked_pass_lets_its_holder_out_with_a_remark() -> None:
    """Nobody is kept inside, and free access asks nobody."""
    out = decide(CARD, Direction.OUT, AT_NOON, PLACE, KNOWING, Presence())
    assert out == Decision(Outcome.ALLOW, Direction.OUT, remark=Reason.REVOKED)
    assert ask(CARD, KNOWING, Posture.FREE_ACCESS).outcome is Outcome.ALLOW


def test_no_officer_and_no_observing_policy_lets_a_revoked_pass_in() -> None:
    """It is none of the reasons that may be waived or softened."""
    softened = replace(KNOWING, policy=visitor_management().model_copy(update={"mode": "observe"}))
    assert ask(CARD, softened).outcome is Outcome.DENY
    waived = frozenset(Reason)
    assert decide(CARD, Direction.IN, AT_NOON, PLACE, KNOWING, Presence(), waived=waived).reason is Reason.REVOKED
    with pytest.raises(ValueError, match="verify"):
        Policy.model_validate({"profile": "test", "classes": {"visitor": {"verify": ["revoked"]}}})


def test_every_policy_of_a_rulebook_knows_the_list() -> None:
    """One whose time comes later, or was before, refuses the same passes."""
    book = replace(OPEN, earlier=(OPEN,)).knowing(NOON, naming(RID))
    assert [one.revocations is not None for one in (book, *book.earlier)] == [True, True]


def test_a_pass_of_our_own_is_named_by_its_reference() -> None:
    """What the desk prints as `reference` is what stands on the list, and another issuer's key makes another name."""
    one, other = Issuer(), Issuer()
    shown = [gp1.read(issuer.code(), issuer.trust()) for issuer in (one, other)]
    names = [reading.revocation_ids for reading in shown if isinstance(reading, Pass)]
    assert [(kind, name.hex()) for ((kind, name),) in names] == [
        ("cti", reading.reference) for reading in shown if isinstance(reading, Pass)
    ]
    assert names[0] != names[1]
