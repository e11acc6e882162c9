"""Which gate takes which blows. Some need a gate of their own, prepared for them; the benches stand side by side.

A bench that this machine cannot build says why, and its blows are not drawn.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from provisioning.rig.gate import Plan
from tests.torture import disk, shortage, skew
from tests.torture.pinproxy import PinProxy
from tests.torture.stand import Stand
from tests.torture.wounds import INSIDE, LANE, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Self

    from provisioning.rig.gate import Rig

CAMERA: Final = "outside"
UNLOCK_MS: Final = 1500
DISK_KIB: Final = 4096
BLOW_KIB: Final = 64
"""What the records of one blow take on the small disk, with room to spare."""

HARDY: Final = frozenset(Kind) - {Kind.GATE_OUT_OF_MEMORY, Kind.DISK_FULL, Kind.CLOCK_STEP}
"""What the gate withstands as it ships, with nothing prepared."""


def missing(folder: Path) -> dict[Kind, str]:
    """Say which blows cannot be struck on this machine, and why."""
    found: dict[Kind, str] = {}
    if not disk.can_mount(folder / "probe"):
        found[Kind.DISK_FULL] = "a small disk needs root and a kernel that lets it mount a tmpfs"
    if skew.library() is None:
        found[Kind.CLOCK_STEP] = "libfaketime is not installed: see .ci/bootstrap --dev"
    return found


@dataclass(slots=True)
class Bench:
    """One gate, and what its blows need beside it; entered, it runs."""

    folder: Path
    kinds: frozenset[Kind]
    seed: int
    blows: int
    scene: Path = field(init=False)
    stand: Stand = field(init=False)
    proxy: PinProxy = field(init=False)
    clock: skew.Skew = field(init=False)
    _stack: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Self:
        """Prepare disk, clock and pins, then start the gate."""
        self.scene = self.folder / "scene"
        self.scene.mkdir(parents=True)
        self.clock = skew.Skew(self.folder / "clock")
        wire = self.folder / "wire.sock"
        with ExitStack() as stack:
            if Kind.DISK_FULL in self.kinds:
                state = self.folder / "state"
                state.mkdir()
                stack.enter_context(disk.small_disk(state, DISK_KIB + self.blows * BLOW_KIB))
            if Kind.CLOCK_STEP in self.kinds:
                stack.callback(skew.sweep)
            self.proxy = stack.enter_context(PinProxy(wire, str(self.folder / "run" / "pins.sock")))
            self.stand = stack.enter_context(Stand(self.folder, self._plan(), self.seed, lambda rig: rewire(rig, wire)))
            self.stand.keep_subscription()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop everything."""
        self._stack.close()

    def _plan(self) -> Plan:
        camera = {CAMERA: f"scene:{self.scene}"} if Kind.READER_KILLED in self.kinds else {}
        lanes = {LANE: None} if camera else {LANE: None, INSIDE: None}
        return Plan(
            readers={**camera, **lanes},
            unlock_ms=UNLOCK_MS,
            max_unlock_ms=2 * UNLOCK_MS,
            health_s=2,
            environment=self._environment(),
        )

    def _environment(self) -> Mapping[str, str]:
        library = skew.library()
        found: dict[str, str] = {}
        if Kind.GATE_OUT_OF_MEMORY in self.kinds:
            found |= shortage.FRUGAL
        if Kind.CLOCK_STEP in self.kinds and library is not None:
            found |= self.clock.environment(library)
        return found


def benches(folder: Path, kinds: list[Kind], seed: int) -> list[tuple[Bench, list[Kind]]]:
    """Deal the blows out to the gates that can take them, each in the drawn order; a bench without blows is not built.

    Clock and memory stand apart: libfaketime 0.9 fails every `time.sleep`, which a gate does that cannot write.
    """
    dealt: list[tuple[Bench, list[Kind]]] = []
    want = frozenset({Kind.GATE_OUT_OF_MEMORY, Kind.DISK_FULL})
    for name, takes in (("hardy", HARDY), ("want", want), ("clock", frozenset({Kind.CLOCK_STEP}))):
        mine = [kind for kind in kinds if kind in takes]
        if mine:
            dealt.append((Bench(folder / name, frozenset(mine), seed + len(dealt), len(mine)), mine))
    return dealt


def rewire(rig: Rig, wire: Path) -> None:
    """Put the wire that can be cut between the gate and its pins."""
    text = rig.config.read_text(encoding="utf-8")
    rig.config.write_text(text.replace(f"keeper:{rig.keeper_path}", f"keeper:{wire}"), encoding="utf-8")
