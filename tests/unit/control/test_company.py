"""A whole gate at which nobody goes in alone: who waits, who goes in together, and how that comes to nothing."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.control.assistance import Desk
from firmware.control.documents import Lists
from firmware.events import (
    Contact,
    Level,
    LinkChanged,
    ListsChanged,
    Posture,
    PostureCommanded,
    Record,
    Signal,
)
from firmware.records.kinds import DATA
from firmware.rules.capacity import AreaCapacity
from firmware.rules.company import Escort, TwoPersons
from firmware.rules.decide import Rulebook
from firmware.rules.hours import Hours
from firmware.rules.passback import AntiPassback
from firmware.rules.policy import ClassRule, Policy
from tests.unit.control.bench import Bench

PAIR = {"lobby": TwoPersons()}
ANYBODY = {"staff": ClassRule(), "visitor": ClassRule()}
GUIDED = {"staff": ClassRule(), "visitor": ClassRule(escort=Escort(by=frozenset({"staff"}), per_escort=2))}
SUNDAY = Hours.model_validate({"days": ["sun"], "from": "00:00", "until": "24:00"})


def book(classes: dict[str, ClassRule] | None = None, **more: object) -> Rulebook:
    """Make a policy under which nobody goes into the lobby alone, unless it says otherwise."""
    body = {"profile": "t", "classes": classes or ANYBODY, "two_person": PAIR} | more
    return Rulebook.unlimited(Policy.model_validate(body))


class Lobby:
    """A gate, and people with a pass each."""

    def __init__(self, rules: Rulebook | None = None, **more: object) -> None:
        """Build it at noon, the leaf shut."""
        self.bench = Bench(rules=rules or book(), **more)  # type: ignore[arg-type]
        self.bench.contact(Contact.DOOR_POSITION, Level.REST)

    def show(self, who: int, kind: str = "staff", *, commit: bool = True, reader: str = "outside") -> list[Record]:
        """Show somebody's pass, let all of it reach the disk, and return what was written of anybody's access."""
        before = len(self.bench.journal.records)
        code = self.bench.issuer.code(pass_id=bytes([who]) * 12, pass_class=kind)
        self.bench.show(code, reader=reader)
        written = self.bench.journal.records[before:]
        for record in written if commit else []:
            self.bench.commit(record)
        return [one for one in written if one.kind == "access"]

    def told(self, records: list[Record]) -> list[tuple[object, ...]]:
        """Say of records what was decided, why, by which grant and with whom; each is what the contract says."""
        at = {"boot": "boot-1", "boottime_ms": 0, "clock": "virtual"}
        for one in records:
            DATA["access"].model_validate_json(json.dumps({**one.body, "at": at}))
        return [tuple(one.body.get(name) for name in ("decision", "reason", "grant", "company")) for one in records]

    def go_through(self) -> None:
        """Open the leaf and shut it again."""
        self.bench.contact(Contact.DOOR_POSITION)
        self.bench.contact(Contact.DOOR_POSITION, Level.REST)

    @property
    def light(self) -> object:
        """What the lamps were told last."""
        return [value for _, kind, value in self.bench.heard if kind == "light"][-1]

    @property
    def open(self) -> bool:
        """Whether the lock is released."""
        return self.bench.controller.energised


WAITS = ("deny", "second_person", None, None)
UNESCORTED = ("deny", "no_escort", None, None)


def test_the_first_waits_and_the_second_brings_both_in() -> None:
    """Two records, two grants, one opening, two passages; nothing opens for the first alone."""
    lobby = Lobby()
    assert lobby.told(lobby.show(1)) == [WAITS]
    assert (lobby.open, lobby.light) == (False, Signal.COMPANY)
    lobby.bench.wait(14_999)
    assert lobby.light == Signal.COMPANY
    both = lobby.told(lobby.show(2))
    assert both == [("allow", None, "run-1", "run-1"), ("allow", None, "run-2", "run-1")]
    assert (lobby.open, lobby.light) == (True, Signal.GRANTED_IN)
    lobby.go_through()
    assert lobby.bench.ends() == [("run-1", "inferred"), ("run-2", "inferred")]
    assert lobby.bench.controller.counting.area.inside(0).people == 2
    assert lobby.light == Signal.IDLE


def test_nobody_opens_before_both_records_are_on_disk() -> None:
    """The first record alone opens nothing; if the second does not come in time neither goes."""
    lobby = Lobby()
    lobby.show(1)
    first, second = lobby.show(2, commit=False)
    lobby.bench.commit(first)
    assert not lobby.open
    lobby.bench.wait(600)
    lobby.bench.commit(second)
    assert not lobby.open
    assert lobby.bench.ends() == [("run-1", "annulled"), ("run-2", "annulled")]
    assert lobby.told(lobby.show(3)) == [WAITS]


def test_the_first_waits_no_longer_than_the_rule_says() -> None:
    """Afterwards the lamps rest, and the next one is a first person again."""
    lobby = Lobby()
    lobby.show(1)
    lobby.bench.wait(15_000)
    assert lobby.light == Signal.IDLE
    lobby.bench.wait(1)
    assert lobby.told(lobby.show(2)) == [WAITS]
    assert lobby.told(lobby.show(1))[-1][0] == "allow"


def test_one_pass_twice_is_one_person() -> None:
    """However often it is shown."""
    lobby = Lobby()
    for _ in range(3):
        assert lobby.told(lobby.show(1)) == [WAITS]


def test_two_readers_are_two_companies() -> None:
    """Who waits at one is no company to who waits at the other, and who leaves brings nobody in."""
    lobby = Lobby()
    lobby.show(1)
    assert lobby.told(lobby.show(2, reader="side")) == [WAITS]
    assert [one[:2] for one in lobby.told(lobby.show(3, reader="inside"))] == [("allow", None)]
    lobby.bench.wait(6_000)
    assert not lobby.open


def test_a_second_who_is_refused_brings_nobody_in() -> None:
    """The first waits on, and is let in with somebody who is admitted."""
    lobby = Lobby(book({"staff": ClassRule(), "visitor": ClassRule(hours=(SUNDAY,))}))
    lobby.show(1)
    assert lobby.told(lobby.show(2, "visitor")) == [("deny", "hours", None, None)]
    assert not lobby.open
    lobby.bench.wait(2_000)
    assert lobby.light == Signal.COMPANY
    assert len(lobby.show(3)) == 2


def test_the_first_is_decided_again_when_the_second_comes() -> None:
    """What holds then counts: under a lockdown neither goes, and afterwards nobody owes them anything."""
    lobby = Lobby()
    lobby.show(1)
    lobby.bench.controller.turn(PostureCommanded(Posture.LOCKDOWN))
    assert lobby.told(lobby.show(2)) == [("deny", "lockdown", None, None)]
    lobby.bench.controller.turn(PostureCommanded(None))
    assert not lobby.open
    assert len(lobby.show(2)) == 2


def test_other_lists_let_nobody_wait() -> None:
    """Who waited under the policy before shows their pass again."""
    lobby = Lobby()
    lobby.show(1)
    lobby.bench.lists = Lists(lobby.bench.issuer.trust(), book(), ())
    lobby.bench.controller.turn(ListsChanged())
    assert lobby.light == Signal.IDLE
    assert lobby.told(lobby.show(2)) == [WAITS]


def test_a_hand_at_the_door_lets_nobody_wait() -> None:
    """An officer's button lets people in as it always does; who waited is not let in once more."""
    lobby = Lobby()
    lobby.show(1)
    lobby.bench.contact(Contact.OFFICER)
    lobby.bench.wait(6_000)
    assert lobby.light == Signal.IDLE
    assert lobby.told(lobby.show(2)) == [WAITS]


def test_a_third_follows_two_while_they_may_still_go() -> None:
    """They share the company's grant; once both grants were given back unused the third is alone."""
    lobby = Lobby()
    lobby.show(1)
    lobby.show(2)
    assert lobby.told(lobby.show(3)) == [("allow", None, "run-3", "run-1")]
    lobby.bench.wait(8_000)
    assert [result for _, result in lobby.bench.ends()] == ["annulled"] * 3
    assert lobby.told(lobby.show(4)) == [WAITS]


def test_two_need_two_places() -> None:
    """With one left neither gets in, and the place stays for whoever may take it alone: nobody here."""
    capacity = {"lobby": AreaCapacity(places=3, gates=("gate-1",))}
    lobby = Lobby(book(capacity=capacity, passback=AntiPassback(mode="hard")))
    lobby.show(1)
    lobby.show(2)
    lobby.go_through()
    lobby.bench.wait(16_000)
    assert lobby.told(lobby.show(3)) == [WAITS]
    assert lobby.told(lobby.show(4)) == [("deny", "full", None, None)]
    assert lobby.told(lobby.show(1)) == [("deny", "passback", None, None)]
    assert not lobby.open


def test_a_visitor_goes_in_with_an_escort_whoever_comes_first() -> None:
    """Two with one escort, before or after it; the third is one too many."""
    lobby = Lobby(book(GUIDED, two_person={}))
    assert lobby.told(lobby.show(1, "visitor")) == [UNESCORTED]
    assert lobby.light == Signal.COMPANY
    assert lobby.told(lobby.show(9)) == [("allow", None, "run-1", "run-1"), ("allow", None, "run-2", "run-1")]
    assert lobby.told(lobby.show(2, "visitor")) == [("allow", None, "run-3", "run-1")]
    assert lobby.told(lobby.show(3, "visitor")) == [UNESCORTED]
    lobby.go_through()
    assert [result for _, result in lobby.bench.ends()] == ["inferred"] * 3
    assert lobby.told(lobby.show(8)) == [("allow", None, "run-4", "run-1"), ("allow", None, "run-5", "run-1")]


def test_an_escort_who_turned_back_is_none() -> None:
    """Their grant was not used, so whoever comes then is alone."""
    lobby = Lobby(book(GUIDED, two_person={}))
    assert lobby.told(lobby.show(9)) == [("allow", None, "run-1", None)]
    lobby.bench.wait(6_000)
    assert lobby.bench.ends() == [("run-1", "annulled")]
    assert lobby.told(lobby.show(1, "visitor")) == [UNESCORTED]


def test_an_escort_for_whose_visitor_there_is_no_place_goes_alone() -> None:
    """One place: the escort takes it, the visitor waits on."""
    capacity = {"lobby": AreaCapacity(places=1, gates=("gate-1",))}
    lobby = Lobby(book(GUIDED, two_person={}, capacity=capacity))
    lobby.show(1, "visitor")
    assert lobby.told(lobby.show(9)) == [("allow", None, "run-1", None)]


def test_free_access_asks_for_nobody() -> None:
    """Everybody goes in, and the remark says who is missing."""
    lobby = Lobby()
    lobby.bench.controller.turn(PostureCommanded(Posture.FREE_ACCESS))
    (record,) = lobby.show(1)
    assert (record.body["decision"], record.body["remark"]) == ("allow", "second_person")


OFFICERS = {"staff": ClassRule(hours=(SUNDAY,), verify=frozenset({"hours"})), "visitor": ClassRule()}


def officered() -> Lobby:
    """A gate within reach of officers, at which staff is too early."""
    desk = Desk(lambda _topic, _payload: None, "gate-1", "boot-1", 40_000)
    lobby = Lobby(book(OFFICERS), desk=desk)
    lobby.bench.controller.turn(LinkChanged(up=True))
    return lobby


def say_yes(lobby: Lobby) -> list[Record]:
    """Answer the only request, let all of it reach the disk, and return what was written of anybody's access."""
    before = len(lobby.bench.journal.records)
    (request,) = lobby.bench.controller.assistance.requests()
    lobby.bench.controller.assistance.answer(request.id, True, "guard", lobby.bench.clock.now())  # noqa: FBT003  a yes
    written = lobby.bench.journal.records[before:]
    for record in written:
        lobby.bench.commit(record)
    return [one for one in written if one.kind == "access"]


@pytest.mark.parametrize("first", ["staff", "visitor"])
def test_an_officer_looks_at_who_has_company_and_lets_both_in(first: str) -> None:
    """Whoever needs the officer, the first or the second: both wait for the yes, however long that takes."""
    lobby = officered()
    lobby.show(1, first)
    assert lobby.light == Signal.COMPANY
    told = lobby.told(lobby.show(2, "visitor" if first == "staff" else "staff"))
    assert ("verify", "hours", None, None) in told
    assert lobby.light == Signal.VERIFY
    lobby.bench.wait(20_000)
    assert not lobby.open
    assert [one[0] for one in lobby.told(say_yes(lobby))] == ["allow", "allow"]
    assert lobby.open


def test_whoever_comes_along_may_show_their_pass_again_while_an_officer_looks() -> None:
    """That takes neither the request back nor the company away."""
    lobby = officered()
    lobby.show(1, "visitor")
    lobby.show(2)
    lobby.bench.wait(30_000)
    assert lobby.told(lobby.show(1, "visitor")) == [WAITS]
    assert [one[0] for one in lobby.told(say_yes(lobby))] == ["allow", "allow"]


def test_whoever_left_is_no_company_any_more() -> None:
    """Two go in and out again; the next one is alone, however short the time."""
    lobby = Lobby()
    lobby.show(1)
    lobby.show(2)
    lobby.go_through()
    for who in (1, 2):
        lobby.show(who, reader="inside")
    assert lobby.told(lobby.show(3)) == [WAITS]


def test_a_third_goes_only_with_those_on_whose_account_they_were_let_in() -> None:
    """Two wait for the disk too long; whoever came after them, whose record is in time, does not go in their place."""
    lobby = Lobby()
    lobby.show(1)
    held = lobby.show(2, commit=False)
    lobby.bench.wait(400)
    held += lobby.show(3, commit=False)
    assert [one[0] for one in lobby.told(held)] == ["allow"] * 3
    lobby.bench.wait(150)
    for record in held:
        lobby.bench.commit(record)
    assert not lobby.open
    assert lobby.bench.ends() == [("run-1", "annulled"), ("run-2", "annulled"), ("run-3", "annulled")]


READERS = st.sampled_from(["outside", "side", "inside"])
STEP = st.tuples(st.integers(1, 4), READERS, st.integers(0, 9_000), st.booleans())


@settings(max_examples=40)
@given(st.lists(STEP, min_size=2, max_size=12))
def test_whatever_people_and_disk_do_nobody_is_the_only_one_let_in(story: list[tuple[int, str, int, bool]]) -> None:
    """Four people at two readers and an exit, records late or not: whoever went in has company that went in too."""
    bench = Bench(rules=book())
    waiting: list[Record] = []
    for who, reader, pause_ms, late in story:
        before = len(bench.journal.records)
        shown = bench.show(bench.issuer.code(pass_id=bytes([who]) * 12, pass_class="staff"), reader=reader)
        assert reader != "inside" or shown.grant is not None
        waiting += bench.journal.records[before:]
        bench.wait(pause_ms if late else 0)
        for record in waiting:
            bench.commit(record)
        waiting.clear()
        bench.wait(0 if late else pause_ms)
    bench.wait(30_000)
    went = {grant for grant, result in bench.ends() if result != "annulled"}
    access = [one for one in bench.journal.records if one.kind == "access" and one.grant in went]
    came = [one for one in access if one.body["direction"] == "in"]
    for one in came:
        assert any(one.body["company"] == other.body["company"] and one is not other for other in came), one.body
