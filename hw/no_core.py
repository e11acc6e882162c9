"""Keeps what this process holds in memory out of core dumps: a gate's would hold codes and keys, a reader's a frame.

Twice, because one is not enough: a size limit of 0 does not count where the kernel pipes dumps to a program, and a mark
on the process is lost with exec. It decides nothing else, and a kernel that refuses is no reason not to start.
"""

from __future__ import annotations

import ctypes
import resource
from typing import Final

PR_SET_DUMPABLE: Final = 4
"""From linux/prctl.h; see prctl(2). It also keeps other programs of the same user from looking into this one."""


def refuse_core() -> bool:
    """Let this process leave no core dump, whatever ends it; say whether the kernel agreed."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    return bool(ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0)
