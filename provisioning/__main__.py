"""`gapura-ops`: the command line of technicians and the operations room. It only picks the command.

stdout carries JSON lines and nothing else; what goes wrong is said in plain lines on stderr, never in a traceback.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Final

from provisioning.cli import Parser
from provisioning.mistake import FAILED, OperatorError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

INTERRUPTED: Final = 130

MODULES: Final[dict[str, tuple[str, ...]]] = {
    "provisioning.desk": ("authority", "trust", "policy", "pass"),
    "provisioning.service": ("service-card", "commissioning"),
    "provisioning.doc": ("config", "revocations", "doc"),
    "provisioning.timing": ("time",),
    "provisioning.handing.command": ("provision",),
    "provisioning.keys": ("keys",),
    "provisioning.contact": ("contact",),
    "provisioning.journal": ("journal",),
    "provisioning.contract.publish": ("contract",),
    "provisioning.watch.command": ("watch",),
    "provisioning.commanding.command": ("cmd",),
    "provisioning.enrolment.command": ("enrol",),
