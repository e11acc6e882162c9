"""The issuing desk as a library: many passes from one opened key, each as a gate will read it."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

import pytest

from firmware.passes import gp1
from firmware.passes.outcome import Pass
from firmware.trust.document import to_trust_set
from firmware.trust.keys import TrustSet
from provisioning import documents, founding, issuing, moments
from provisioning.mistake import OperatorError

if TYPE_CHECKING:
    from pathlib import Path

    from provisioning.authority import Authority

NOW = 1_767_582_000
DAY_S = 86_400
ORDER = issuing.Order("visitor", ("lobby",), NOW, NOW + DAY_S, entries=1)


@pytest.fixture
def office(tmp_path: Path) -> Authority:
    """An authority without a passphrase."""
    return founding.found(tmp_path / "a", founding.Charter("City Hall", None, NOW, 30))


def edit_issuers(office: Authority, **changes: object) -> None:
    """Change the entry of the passes key in `issuers.json`, as an operator would."""
    path = office.folder / "issuers.json"
    listed = json.loads(path.read_text())
    listed["issuers"][0]["keys"][0].update(changes)
    path.write_text(json.dumps(listed))


def test_many_passes_differ_and_each_is_believed(office: Authority) -> None:
    """A desk that is opened once issues hundreds, no two alike, all believed under the signed trust list."""
    desk = issuing.open_desk(office)
    trust = to_trust_set(documents.build_trust(office, now=NOW, valid_days=1).document)
    assert isinstance(trust, TrustSet)
    issued = [desk.issue(ORDER, now=NOW) for _ in range(300)]
    readings = [gp1.read(one.code.encode(), trust) for one in issued]
    assert all(isinstance(reading, Pass) for reading in readings)
    assert len({reading.reference for reading in readings if isinstance(reading, Pass)}) == 300
    assert len({one.sha256 for one in issued}) == len({one.pass_id_sha256 for one in issued}) == 300


LONG_NAMES = tuple("a" * 62 + str(number) for number in range(10, 26))
WRONG: dict[str, tuple[dict[str, object], str]] = {
    "over before it begins": ({"expires": NOW}, "--until"),
    "no entries": ({"entries": 0}, "--entries"),
    "too many entries": ({"entries": gp1.MAX_ENTRIES + 1}, "--entries"),
    "a bad class": ({"pass_class": "Visitor"}, "--class"),
    "an unknown class": ({"pass_class": "king"}, "issuers.json"),
    "a bad area": ({"areas": ("lob by",)}, "--areas"),
    "an area twice": ({"areas": ("x", "x")}, "--areas"),
    "too many gates": ({"gates": tuple(map(str, range(17)))}, "--gates"),
    "no area": ({"areas": ()}, "bad_claims"),
    "too much for a code": ({"areas": LONG_NAMES, "gates": LONG_NAMES}, "too_long"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_pass_that_a_gate_would_refuse_is_not_issued(office: Authority, name: str) -> None:
    """An order that cannot become a good pass is refused with the option to mend."""
    changes, hint = WRONG[name]
    order = dataclasses.replace(ORDER, **changes)  # type: ignore[arg-type]
    with pytest.raises(OperatorError, match=hint):
        issuing.open_desk(office).issue(order, now=NOW)


def test_a_key_out_of_its_time_issues_nothing(office: Authority) -> None:
    """Passes issued after the key's time would be refused at every gate, so they are refused here."""
    with pytest.raises(OperatorError, match="not in force"):
        issuing.open_desk(office).issue(ORDER, now=NOW + 31 * DAY_S)


def test_a_wrong_key_id_is_named_with_the_right_one(office: Authority) -> None:
    """A list that misspells the key id is noticed before anybody holds a pass."""
    edit_issuers(office, kid="AAAAAAAAAAA")
    with pytest.raises(OperatorError, match="wrong kid"):
        issuing.open_desk(office).issue(ORDER, now=NOW)


def test_a_key_that_nobody_lists_issues_nothing(office: Authority) -> None:
    """If the list of issuers leaves the passes key out, the desk does not open."""
    edit_issuers(office, key="A" * 43)
    with pytest.raises(OperatorError, match=r"issuers\.json"):
        issuing.open_desk(office)


def test_a_public_test_key_gets_on_no_list(office: Authority) -> None:
    """A key that anybody can sign with is refused when the list is built."""
    edit_issuers(office, key="11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
    with pytest.raises(OperatorError, match="anybody"):
        documents.build_trust(office, now=NOW, valid_days=1)


def test_a_policy_is_signed_as_it_was_written(office: Authority) -> None:
    """The signed body is the operator's own JSON, for the audience they named."""
    text = b'{"profile": "x", "classes": {"staff": {}}}'
    sealed = documents.sign_policy(office, text, now=NOW, valid_days=3, audience=("gate-1", "_group/east"))
    assert sealed.document.body == json.loads(text)
    assert sealed.document.audience == ("gate-1", "_group/east")
    assert sealed.document.expires == NOW + 3 * DAY_S


@pytest.mark.parametrize("audience", [("GATE",), ("",), ("_group/",), ("a\n",), tuple(f"g{n}" for n in range(257))])
def test_an_audience_is_named_rightly_or_not_at_all(office: Authority, audience: tuple[str, ...]) -> None:
    """A name that no gate or group can have is refused before a version is taken."""
    with pytest.raises(OperatorError, match="--audience"):
        documents.sign_policy(office, b'{"profile":"x","classes":{"a":{}}}', now=NOW, valid_days=1, audience=audience)


@pytest.mark.parametrize("text", [b"{", b"\xff", b"[1]", b'{"a":1,"a":1}', b"[" * 100_000, b'{"profile":1}'])
def test_what_is_no_policy_is_not_signed(text: bytes) -> None:
    """Whatever the file holds ends in lines for the operator."""
    with pytest.raises(OperatorError):
        documents.parse_policy(text)


SPELLINGS = {
    "2026-01-05T08:00:30+07:00": (1_767_574_830, 25_200),
    "2026-01-05 08:00 +07:00": (1_767_574_800, 25_200),
    "2026-01-05t01:00z": (1_767_574_800, 0),
    " 2026-01-04 22:00:00-0300 ": (1_767_574_800, -10_800),
}


@pytest.mark.parametrize("text", SPELLINGS)
def test_a_time_may_be_written_as_people_write_it(text: str) -> None:
    """A space for the T, no seconds, small letters and Z are understood, and the offset is kept for print."""
    found = moments.parse(text, "--from")
    assert (found.seconds, found.offset_s) == SPELLINGS[text]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2026-01-05",
        "2026-01-05T08:00",
        "2026-13-05T08:00Z",
        "2026-01-05T25:00Z",
        "1969-12-31T23:59Z",
        "2026-01-05T08:00+25:00",
        "0001-01-01T00:00+07:00",
    ],
)
def test_a_time_without_meaning_is_refused(text: str) -> None:
    """A time without an offset, out of the calendar or out of range is refused with its option."""
    with pytest.raises(OperatorError, match="--until"):
        moments.parse(text, "--until")
