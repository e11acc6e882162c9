"""The live show: one thread lets people come, this one draws what the broker and the pins say until it is told to stop.

It draws only; whoever watches sees what the witnesses see, and the picture is drawn anew from what stands before the
camera, because no frame ever leaves a reader.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.live import Live

from hw.reader.sources import scene
from provisioning.demo import door, view
from provisioning.demo.house import HEALTH_S
from provisioning.demo.told import Told
from provisioning.rig.gate import GREEN, RED, RELAY, YELLOW

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hw.reader.found import Image
    from hw.reader.sources.stage import Stage
    from provisioning.demo.people import Person
    from provisioning.demo.play import Board, Director, Hall

TURN_S: Final = 0.1
_LAMPS: Final = {"red": RED, "yellow": YELLOW, "green": GREEN}


class Screen:
    """Gathers what is to be drawn; it keeps the last picture, because drawing one takes longer than a turn."""

    def __init__(self, hall: Hall, board: Board, seed: int) -> None:
        """Begin with nothing drawn."""
        self._hall = hall
        self._board = board
        self._seed = seed
        self._told = Told(hall.gate, HEALTH_S)
        self._began_s = time.monotonic()
        self._stage: Stage | None = None
        self._image: Image | None = None

    def now(self, *, ending: bool) -> view.Now:
        """Say what is to be seen now."""
        hall, board = self._hall, self._board
        self._told.take(hall.watcher.seen())
        stage = board.stage
        if stage != self._stage:
            self._stage, self._image = stage, scene.render(stage)
        return view.Now(
            told=self._told,
            pins=door.Pins(hall.pins.on(RELAY), frozenset(name for name, pin in _LAMPS.items() if hall.pins.on(pin))),
            person=board.person,
            camera=self._image,
            seed=self._seed,
            failed=sum(one.verdict == "fail" for one in board.checks),
            seconds=int(time.monotonic() - self._began_s),
            ending=ending,
        )


def run(screen: Screen, director: Director, company: Iterable[Person], stop: threading.Event) -> None:
    """Show the play until it has ended or is stopped; what the director's thread raises is raised here."""
    ended = threading.Event()
    raised: list[Exception] = []

    def direct() -> None:
        try:
            for person in company:
                if stop.is_set():
                    return
                director.play(person)
        except Exception as error:  # noqa: BLE001  raised again below, on the thread that can clean up
            raised.append(error)
        finally:
            ended.set()

    thread = threading.Thread(target=direct, name="director", daemon=True)
    console = Console()
    with Live(console=console, screen=True, auto_refresh=False) as live:
        thread.start()
        while not ended.wait(TURN_S):
            size = console.size
            live.update(view.draw(screen.now(ending=stop.is_set()), size.width, size.height), refresh=True)
    thread.join()
    if raised:
        raise raised[0]
