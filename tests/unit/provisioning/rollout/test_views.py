"""What the broker shows of gates: read whatever was published, and never more of it than a rollout asks for."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from firmware.signed.envelope import Kind
from provisioning.reported import Report
from provisioning.rollout import progress
from provisioning.rollout.views import Views
from tests.unit.provisioning.rollout.sheaf import LONGER, NOW, Sheaf, read

LEVELS = st.sampled_from(
    ("gate-1", "_group", "availability", "info", "alert", "doc", "config", "policy", "desired", "reported", "", "A b")
)
VALUES = st.dictionaries(
    st.sampled_from(("labels", "groups", "state", "version", "digest", "reason", "refused_version")),
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.lists(st.text(max_size=4), max_size=3),
)


@given(st.lists(LEVELS, max_size=6), st.binary(max_size=64) | VALUES.map(lambda value: json.dumps(value).encode()))
def test_nothing_that_is_published_breaks_a_rollout(levels: list[str], payload: bytes) -> None:
    """Any topic with any payload is taken in, and the document of nobody is taken by it."""
    views = Views(Kind.CONFIG)
    views.take("/".join(("gapura/1", *levels)), payload, NOW)
    document = read(Sheaf().seal(LONGER, 7))
    assert not any(progress.has_taken(view.report, document) for view in views.gates.values())


def test_other_kinds_say_nothing_of_this_one() -> None:
    """A policy that is refused is no configuration that is."""
    sheaf = Sheaf()
    sheaf.gate("gate-1")
    sheaf.hear("gate-1", "doc/policy/reported", {"state": "rejected", "version": 3, "refused_version": 7})
    sheaf.hear("gate-1", "doc/policy/desired", b"x")
    view = sheaf.views.view("gate-1")
    assert (view.report, view.desired) == (Report(), b"")


def test_what_is_taken_back_is_as_if_it_had_never_been() -> None:
    """An empty payload clears a report, an alert, and what is desired; a gate without availability is not online."""
    sheaf = Sheaf()
    sheaf.gate("gate-1")
    sheaf.goes_by("gate-1", sheaf.seal(LONGER, 7))
    sheaf.hear("gate-1", "alert/storage", {"severity": "critical"})
    for leaf in ("doc/config/reported", "alert/storage", "availability"):
        sheaf.hear("gate-1", leaf, b"")
    view = sheaf.views.view("gate-1")
    assert (view.report, view.alerts, view.online) == (Report(), {}, None)


def test_no_word_of_a_gate_moves_a_cursor() -> None:
    """What a gate says of itself is printed, so nothing in it may be more than letters."""
    sheaf = Sheaf()
    sheaf.hear("gate-1", "info", {"labels": {"area": "\x1b[2Jlobby"}, "groups": ["lobby", "A B", 7]})
    sheaf.refuses("gate-1", sheaf.seal(LONGER, 7), reason="\x1b]0;x\x07")
    view = sheaf.views.view("gate-1")
    assert (view.labels["area"].isprintable(), str(view.report.reason).isprintable()) == (True, True)
    assert view.groups == {"lobby"}
