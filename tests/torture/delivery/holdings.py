"""What a consumer of events has stored: each id once, and which numbers of which epoch it lacks.

Pure: it knows no socket and no clock. It decides what a repetition is and what is missing, never what to do about it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field


@dataclass(slots=True)
class Holdings:
    """Events by id, with the numbers that are there of each epoch."""

    payloads: dict[str, bytes] = field(default_factory=dict)
    repeated: int = 0
    faults: list[str] = field(default_factory=list)
    gone: int = 0
    _numbers: dict[str, set[int]] = field(default_factory=dict)
    _whole_to: dict[str, int] = field(default_factory=dict)

    def take(self, payload: bytes) -> bool:
        """Store an event; False if its id is there already, which costs nothing but a count."""
        name = str(json.loads(payload)["id"])
        if (known := self.payloads.get(name)) is not None:
            self.repeated += 1
            if known != payload:
                self.faults.append(f"{name} came twice with two contents")
            return False
        self.payloads[name] = payload
        epoch, number = name.rpartition(":")[0], int(name.rpartition(":")[2])
        self._numbers.setdefault(epoch, set()).add(number)
        return True

    def missing(self, epoch: str, first: int, last: int) -> list[tuple[int, int]]:
        """Name the numbers from `first` to `last` that are not here, as ranges; `epoch` is `<gate>:<8 hex digits>`."""
        numbers = self._numbers.get(epoch, set())
        whole_to = self._whole_to.get(epoch, 0)
        while whole_to + 1 in numbers:
            whole_to += 1
        self._whole_to[epoch] = whole_to
        found: list[tuple[int, int]] = []
        for number in range(max(first, whole_to + 1), last + 1):
            if number in numbers:
                continue
            if found and found[-1][1] == number - 1:
                found[-1] = (found[-1][0], number)
            else:
                found.append((number, number))
        return found

    def give_up(self, epoch: str, ranges: list[tuple[int, int]]) -> None:
        """Count these numbers as gone: nobody can send them any more, so they are missing no longer."""
        numbers = {number for first, last in ranges for number in range(first, last + 1)}
        self.gone += len(numbers)
        self._numbers.setdefault(epoch, set()).update(numbers)
