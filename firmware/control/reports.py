"""What the gate says of each kind of document on `doc/<kind>/reported`: what is in force, and what it turned down.

A refusal stands until the same topic brings something better, so that what is said does not depend on the order in
which a broker hands out what it kept. It belongs to the library's thread; the link publishes.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from firmware.records.contract import Reported
from firmware.records.wire import dump, reported_topic

if TYPE_CHECKING:
    from firmware.control.desired import Held, Refusal
    from firmware.records.notices import Notices
    from firmware.signed.envelope import Kind


log = logging.getLogger(__name__)

MOST_SAID: Final = 1_000


@dataclass(frozen=True, slots=True)
class _Refused:
    """What was turned down, and whether it had been on trial before."""

    state: Literal["rejected", "rolled_back"]
    version: int | None
    reason: str
    sha256: str | None = None


class Reports:
    """One report for each kind; `source` is the group by whose topic a document came, None for the gate's own."""

    def __init__(self, gate: str, notices: Notices) -> None:
        """Begin with nothing to say."""
        self._gate, self._notices = gate, notices
        self._refused: dict[tuple[Kind, str], _Refused] = {}
        self._pending: dict[Kind, tuple[int, int | None]] = {}
        self._said: set[tuple[str, str | None]] = set()

    def refused(
        self, kind: Kind, source: str | None, version: int | None, reason: Refusal, data: bytes | None = None
    ) -> None:
        """Note that a document was turned down; in the log once, for whoever owns the broker can send it for ever.

        `data` is what came, by which its sender knows it where no version could be read.
        """
        said = f"desired {kind}{'' if version is None else f' version {version}'} is refused: {reason}"
        if (said, source) not in self._said and len(self._said) < MOST_SAID:
            self._said.add((said, source))
            log.warning("%s", said)
        sha256 = None if data is None else hashlib.sha256(data).hexdigest()
        self._refused[kind, source or ""] = _Refused("rejected", version, reason.value, sha256)

    def rolled_back(self, kind: Kind, source: str | None, version: int, reason: str) -> None:
        """Note that a document was tried and taken back."""
        self._refused[kind, source or ""] = _Refused("rolled_back", version, reason)

    def outdated(self, kind: Kind, version: int) -> None:
        """Forget what was taken back of a kind before this version was kept."""
        for place, one in list(self._refused.items()):
            if place[0] is kind and one.state == "rolled_back" and (one.version or 0) < version:
                del self._refused[place]

    def settled(self, kind: Kind, source: str | None) -> None:
        """Note that there is nothing to say against what a topic holds now."""
        self._refused.pop((kind, source or ""), None)

    def pending(self, kind: Kind, version: int, percent: int | None) -> None:
        """Note that a version is on its way, how far (0 to 100) where that can be said."""
        self._pending[kind] = (version, percent)

    def arrived(self, kind: Kind) -> None:
        """Note that nothing is on its way any more."""
        self._pending.pop(kind, None)

    def show(self, kind: Kind, held: Held | None, withdrawn: int | None = None) -> None:
        """Say how a kind stands: `held` is in force, `withdrawn` the newest version that takes something back."""
        refused = next((one for (of, _), one in sorted(self._refused.items()) if of is kind), None)
        pending = self._pending.get(kind)
        if held is None and refused is None and pending is None and withdrawn is None:
            self._notices.keep(reported_topic(self._gate, kind.value), b"")
            return
        report = Reported(
            state="pending" if pending is not None else "applied" if refused is None else refused.state,
            version=0 if held is None else held.document.version,
            digest=None if held is None else held.document.digest,
            code=0 if refused is None else 1,
            reason=None if refused is None else refused.reason,
            refused_version=None if refused is None else refused.version,
            refused_sha256=None if refused is None else refused.sha256,
            withdrawn_version=withdrawn,
            progress=None if pending is None else pending[1],
        )
        self._notices.keep(reported_topic(self._gate, kind.value), dump(report.model_dump(exclude_none=True)))
