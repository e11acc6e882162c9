"""The stages of a set-up, in their order: what each waits for or has done, and how patient it is. Data only.

The first four are a blank gate's, which ends with a whole folder on disk and a restart; the others are done by the gate
that it has become.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


class Stage(StrEnum):
    """How far a set-up has come."""

    CODES = "codes"
    NETWORK = "network"
    ENROL = "enrol"
    KEEP = "keep"
    BROKER = "broker"
    LISTS = "lists"
    TEST = "test"
    REPORT = "report"
    DONE = "done"

    @property
    def after(self) -> Stage:
        """The stage that follows; nothing follows the last."""
        every = list(Stage)
        return every[min(self.place + 1, len(every) - 1)]

    @property
    def place(self) -> int:
        """Its place in the order, from 0."""
        return list(Stage).index(self)

    @property
    def blank(self) -> bool:
        """Whether it belongs to the gate that has no certificate yet, or is to get another."""
        return self in {Stage.CODES, Stage.NETWORK, Stage.ENROL, Stage.KEEP}


@dataclass(frozen=True, slots=True)
class Row:
    """One stage: how often its lamp flashes, whether somebody does a task in it, and what it does, in a line.

    A stage without a task waits to be told; `patience_ms` is how long before that is called a failure, None for ever.
    """

    flashes: int
    task: bool
    patience_ms: int | None
    what: str


STAGES: Final[Mapping[Stage, Row]] = {
    Stage.CODES: Row(1, task=False, patience_ms=None, what="waits for the codes of a provisioning document"),
    Stage.NETWORK: Row(2, task=True, patience_ms=None, what="sees that there is a network, or joins the Wi-Fi it has"),
    Stage.ENROL: Row(3, task=True, patience_ms=None, what="asks for its certificate, with the claim's own"),
    Stage.KEEP: Row(
        3, task=True, patience_ms=None, what="puts key, certificate and configuration on disk, and restarts"
    ),
    Stage.BROKER: Row(4, task=False, patience_ms=60_000, what="connects to the broker as itself"),
    Stage.LISTS: Row(4, task=False, patience_ms=60_000, what="waits for trust list and policy"),
    Stage.TEST: Row(5, task=True, patience_ms=None, what="tests itself, and signs the record of it"),
    Stage.REPORT: Row(5, task=True, patience_ms=None, what="tells the enrolment service how that went"),
    Stage.DONE: Row(0, task=False, patience_ms=None, what="is a gate"),
}
