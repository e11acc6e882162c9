"""How the set-up hangs together with the gate around it: a blank one, or one that a board file has become.

Nothing here waits or decides. What is opened here is closed by the stack it is given.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from firmware.control.board import BLANK
from firmware.control.desired_setup import DesiredSetup
from firmware.control.renewals import Renewals
from firmware.control.renewing import Renewing
from firmware.control.ruled import FILE, Ruled
from firmware.control.self_test import RELEASED
from firmware.control.setting_up import SettingUp
from firmware.control.setup_errands import GateErrands
from firmware.control.setup_tasks import Around, Tasks
from firmware.control.shelf import FOLDER
from firmware.control.taking import Taking
from firmware.control.telling import broker
from firmware.control.told_setup import Retirement
from firmware.control.turning import Beside, Turning
from firmware.doctor.findings import Why
from firmware.door.machine import frees
from firmware.records.lines import boot_id
from firmware.setup.window import Window

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import ExitStack

    from firmware.commands.assembly import Parts
    from firmware.control.board import Board
    from firmware.control.commissioning import Board as Look
    from firmware.control.controller import Controller
    from firmware.control.outputs import Outputs
    from firmware.control.told_setup import ToSetup
    from hw.ports import Network


def with_setup(
    board: Board,
    parts: Parts,
    controller: Controller,
    outputs: Outputs,
    stack: ExitStack,
    *,
    look: Look,
    network: Network,
    told: ToSetup,
) -> Turning:
    """Put the set-up of a board around its controller; it takes the lamps while the door says nothing to anybody."""
    config = parts.effective.config
    around = Around(
        board=board,
        config=config,
        look=look,
        boot=boot_id(),
        network=network,
        now=parts.clock.now,
        settings=None if config.mqtt is None else broker(config.mqtt),
    )
    taking = Taking(board, parts.lists.root, parts.clock.now, _ruled(board, parts))
    tasks = Tasks(around, taking)
    errands = GateErrands(tasks, taking, Renewing(around, threading.Event()), board.section.boot)
    stack.callback(errands.close)

    def seen() -> Mapping[str, str | None]:
        return {
            RELEASED: "released" if outputs.energised() else None,
            "lists": Why.LISTS_UNUSABLE if parts.library.lists().problems else None,
            "journal": None if parts.journal.available else "storage",
            "lamps": "output_fault" if outputs.failures else None,
        }

    made = SettingUp(
        errands,
        outputs,
        Window(always=board.gate is None, for_ms=1000 * board.section.window_s),
        readers={name: reader.side for name, reader in config.readers.items()},
        lists_ready=lambda: not parts.library.lists().problems,
        seen=seen,
        restart=parts.inbox.stop,
        frees=lambda: frees(controller.door),
    )
    outputs.at_rest = made.instead_of
    made.begin(parts.clock.now())
    retirement = Retirement(errands, parts.inbox.stop)
    desired = None if board.gate is None else DesiredSetup(board.gate, taking.held(), parts.notices)
    told.made(made, retirement, desired)
    beside = Beside(errands, Renewals(errands, made), retirement, desired)
    return Turning(controller, made, beside, parts.clock.now)


def _ruled(board: Board, parts: Parts) -> Ruled:
    """What the roots have said of keys: to a blank board, what it heard when it was a gate."""
    if board.gate is not None:
        return parts.library.ruled
    trust = parts.effective.config.trust
    return Ruled(board.section.state_dir / FOLDER, trust.root.with_name(FILE), BLANK, parts.lists.root)
