"""The one exception of this package.

A refusal is a value; an exception here means that a line did not do what it was told, which is broken hardware
or a wrong installation. This file decides nothing and imports nothing.
"""

from __future__ import annotations


class HardwareError(Exception):
    """A line, a lamp or their driver did not do what it was told."""
