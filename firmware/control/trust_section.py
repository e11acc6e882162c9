"""The section of `gapura.toml` that says whom the gate believes: where that lies, and whether it is only for tests."""

from __future__ import annotations

from pathlib import Path

from firmware.control.sections import FilePath, Section


class TrustSection(Section):
    """Where the pinned root key and the signed documents lie.

    A `test_gate` also believes keys of its list that anybody can sign with, because they sign published test data; it
    guards nothing.
    """

    root: FilePath = Path("/etc/gapura/root.pub")
    list: FilePath = Path("/etc/gapura/trust.cose")
    policy: FilePath = Path("/etc/gapura/policy.cose")
    test_gate: bool = False
