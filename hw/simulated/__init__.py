"""Every port in memory: the door that can be scripted.

Time is whatever `now_ms` says, and `poll` is the hand of the clock: whoever moves the time calls it, and `deadline`
says when next. No thread, no pin. An `observer(kind, value)` is told of every change: `relay` and `one_shot` with a
bool, `light` with a colour, `sounder` with the notes, `display` with its two lines, `speech` with a phrase.
"""

from hw.simulated.clocks import SimulatedKernelClock, SimulatedRtc
from hw.simulated.inputs import ScriptedScanSource, SimulatedContact
from hw.simulated.lines import SimulatedOneShot, SimulatedRelay
from hw.simulated.network import SimulatedNetwork
from hw.simulated.observer import Observer, unobserved
from hw.simulated.signals import SimulatedDisplay, SimulatedLight, SimulatedSounder, SimulatedSpeech

__all__ = [
    "Observer",
    "ScriptedScanSource",
    "SimulatedContact",
    "SimulatedDisplay",
    "SimulatedKernelClock",
    "SimulatedLight",
    "SimulatedNetwork",
    "SimulatedOneShot",
    "SimulatedRelay",
    "SimulatedRtc",
    "SimulatedSounder",
    "SimulatedSpeech",
    "unobserved",
]
