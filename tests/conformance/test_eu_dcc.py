"""The European test data: every assertion that applies comes out as published, but for a frozen list with reasons.

The two schema groups are advisory and not judged. Any folder of the same layout works (`GAPURA_VECTORS`), with files in
folders of their own too.
"""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Final

import pytest

from firmware.events import Reason
from firmware.passes.outcome import Pass, validity
from tests.command import ROOT
from tests.conformance import dcc, vectors

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = vectors.folder("eu-dcc")
CASES: Final = dcc.cases(FOLDER) if FOLDER else {}

UNPROTECTED: Final = "its key id stands in the unprotected header alone, which is not signed"
OTHER_CURVE: Final = "ES256 with a key of P-384: each algorithm is pinned to its own curve"
OTHER_PERSON: Final = "its JSON is about another person than its CBOR"
NO_SINGLE_KIND: Final = "its only false expectation is the schema's; here it is wrong by what it says"

VERIFY: Final = (
    dict.fromkeys(
        (
            *("BG__2", "BG__3", "BG__4", "CZ__1", "CZ__13", "CZ__14", "CZ__15", "CZ__5", "DE__2", "DE__3"),
            *("LV__2", "LV__3", "SM__2", "SM__3", "SM__5", "SM__6"),
        ),
        UNPROTECTED,
    )
    | {"common__CO20": "algorithm and key id stand in the unprotected header alone"}
    | dict.fromkeys(("ES__401", "ES__402", "ES__403"), OTHER_CURVE)
)

DEVIATIONS: Final[dict[str, dict[str, str]]] = {
    "EXPECTEDVERIFY": VERIFY,
    "EXPECTEDVALIDJSON": {"PL__1.3.0__1": OTHER_PERSON},
}
"""Where this gate does not come to what was published, by group and case. It may not grow without a reason."""

WHOLE: Final = VERIFY | {"common__DGC1": NO_SINGLE_KIND, "common__DGC2": NO_SINGLE_KIND}
"""Codes that nothing published refuses, and that this gate refuses."""

OF_THE_GATE: Final = (
    *("EXPECTEDUNPREFIX", "EXPECTEDB45DECODE", "EXPECTEDCOMPRESSION", "EXPECTEDVERIFY", "EXPECTEDDECODE"),
    *("EXPECTEDEXPIRATIONCHECK", "EXPECTEDKEYUSAGE"),
)
"""Groups that say whether a gate takes the code."""


@pytest.fixture(autouse=True)
def _there() -> None:
    if FOLDER is None:
        pytest.skip("362 files of European test data are not there: no eu-dcc/ in GAPURA_VECTORS or ../shared/vectors")


@pytest.mark.parametrize("group", dcc.GROUPS)
def test_a_group_comes_out_as_published(group: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each assertion of the group that has its inputs, true or false, with the deviations that are named."""
    inputs, judge = dcc.GROUPS[group]
    stated = {
        name: expected for name, case in CASES.items() if (expected := dcc.expectations(case).get(group)) is not None
    }
    applies = {name: expected for name, expected in stated.items() if all(one in CASES[name] for one in inputs)}
    assert applies
    wrong = {name for name, expected in applies.items() if judge(CASES[name]) is not expected}
    named = DEVIATIONS.get(group, {}).keys()
    assert wrong == named & applies.keys()
    vectors.say(
        capsys,
        f"eu-dcc {group}: {len(applies) - len(wrong)} of {len(applies)} as published "
        f"({sum(not one for one in applies.values())} false), {len(wrong)} named deviations, "
        f"{len(stated) - len(applies)} without their input",
    )


def refusal(case: dcc.Case) -> Reason | None:
    """Say why a gate that trusts the case's certificate refuses its code at its clock; None if it takes it."""
    reading = dcc.gate_reading(case)
    return validity(reading, dcc.clock(case)) if isinstance(reading, Pass) else reading.reason


def test_a_gate_takes_what_was_published_as_good_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    """The whole way from code to verdict agrees with the groups; time is judged where the data judges it."""
    taken = refused = untimed = 0
    for name, case in CASES.items():
        expected = dcc.expectations(case)
        why = refusal(case)
        if "EXPECTEDEXPIRATIONCHECK" not in expected and why in {Reason.EXPIRED, Reason.NOT_YET_VALID}:
            untimed += 1
            continue
        good = all(value for group, value in expected.items() if group in OF_THE_GATE) and name not in WHOLE
        assert (why is None) is good, (name, why)
        taken, refused = taken + good, refused + (not good and name not in WHOLE)
    vectors.say(
        capsys,
        f"eu-dcc: of {len(CASES)} codes a gate takes {taken} and refuses {refused} as published, "
        f"{len(CASES) - taken - refused - untimed} are named deviations, {untimed} it refuses for a time not asserted",
    )


def test_inspect_reads_every_picture_that_carries_a_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One process, all pictures: each gives the published text, but for the one that is published as unreadable."""
    pictured = {name: case for name, case in CASES.items() if "2DCODE" in case}
    for name, case in pictured.items():
        (tmp_path / f"{name}.png").write_bytes(base64.b64decode(dcc.text(case, "2DCODE")))
    names = [f"{name}.png" for name in pictured]
    done = subprocess.run(
        [sys.executable, "-m", "firmware", "inspect", "--decode-only", *(str(tmp_path / name) for name in names)],
        cwd=ROOT, capture_output=True, check=False, timeout=110,
    )  # fmt: skip
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["input"] for line in lines] == [str(tmp_path / name) for name in names]
    true = false = 0
    for line, (name, case) in zip(lines, pictured.items(), strict=True):
        expected = dcc.expectations(case).get("EXPECTEDPICTUREDECODE")
        same = line["payload_sha256"] == hashlib.sha256(dcc.text(case, "PREFIX")).hexdigest()
        assert line["format"] == "hc1" if expected is None else same is expected, name
        true, false = true + (expected is True), false + (expected is False)
    silent = len(lines) - true - false
    vectors.say(
        capsys,
        f"eu-dcc EXPECTEDPICTUREDECODE: {true + false} of {true + false} as published ({false} false); "
        f"inspect also reads the {silent} pictures of which nothing is asserted",
    )
