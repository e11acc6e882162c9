"""Who has used what: entries taken per pass, as far as this gate knows. Pure bookkeeping, rebuilt from the journal."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from firmware.events import USES_KEPT_S

if TYPE_CHECKING:
    from collections.abc import Mapping

    from firmware.events import Use
    from firmware.passes.outcome import Pass


@dataclass(slots=True)
class Presence:
    """Entries taken per pass reference, each kept for USES_KEPT_S after its pass expired (Unix seconds).

    `came_in` says by class when (Unix seconds) a pass of it last went in; one shown under threat counts as it looks.
    Of passes issued before `since` it is not known what they have used: a damaged journal took that with it.
    """

    taken: dict[str, tuple[int, int]] = field(default_factory=dict)
    since: int = 0
    came_in: dict[str, int] = field(default_factory=dict)

    @classmethod
    def rebuilt(
        cls, uses: Mapping[str, tuple[int, int]], since: int = 0, came_in: Mapping[str, int] | None = None
    ) -> Presence:
        """Begin with what the journal remembers: reference -> (entries taken, expires), and who came in last."""
        return cls(dict(uses), since, dict(came_in or {}))

    def used_up(self, credential: Pass) -> bool:
        """Say whether every entry of the pass is taken, or may be for all this gate knows."""
        if credential.entries is None:
            return False
        taken, _ = self.taken.get(credential.reference, (0, 0))
        return credential.issued < self.since or taken >= credential.entries

    def note(self, use: Use) -> None:
        """Take an entry or give one back; giving back never makes more than there was."""
        taken, expires = self.taken.get(use.reference, (0, use.expires))
        left = max(0, taken + use.delta)
        if left:
            self.taken[use.reference] = (left, max(expires, use.expires))
        else:
            self.taken.pop(use.reference, None)

    def forget_expired(self, earliest: int) -> None:
        """Drop what expired so long ago, at every instant the clock allows, that no clock put right makes it valid."""
        self.taken = {reference: use for reference, use in self.taken.items() if use[1] + USES_KEPT_S > earliest}
