"""Every number that the enrolment service publishes each minute: what it counts, its unit, whether it only grows.

A table and nothing else; the page of this folder prints it, a running service and the exporter's file are held to it.
Counters begin at 0 with each run and appear with their first event.
"""

from __future__ import annotations

from typing import Final

from provisioning.contract.health import Number
from provisioning.fleet.lifecycle import State

NUMBERS: Final = (
    Number("granted", "counter", "certificates", "made, for a claim or to renew one"),
    Number("given_again", "counter", "certificates", "given once more to the same key"),
    Number("refused", "counter", "requests", "refused; the ledger has each with its reason"),
    Number("too_often", "counter", "messages", "of gates that ask faster than they may"),
    Number("malformed", "counter", "messages", "that are no request and no word of a self-test"),
    Number("strange", "counter", "messages", "on topics that are none of enrolment"),
    Number("dropped", "counter", "messages", "that came faster than they could be taken"),
    Number("done", "counter", "words", "of gates about their own self-test, written down"),
    Number("failures", "counter", "messages", "that met a disk that fails or a fault of the service; see its log"),
    Number("lists_written", "counter", "times", "the broker's lists were written"),
    Number("suspended", "gauge", "gates", "suspended now"),
    *(Number(f"gates_{state.value}", "gauge", "gates", f"in the ledger as {state.value} now") for state in State),
)
