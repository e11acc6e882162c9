"""Releases of the shipped code itself: a copy of it as another version, with an environment as a package has one.

Third-party libraries are those of this checkout's environment; what is broken in a release is one line of it.
"""

from __future__ import annotations

import shutil
import subprocess
import sysconfig
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PACKAGES: Final = ("firmware", "hw", "provisioning")

_PROGRAM: Final = """#!/bin/sh
''':'
exec "$(dirname "$(readlink -f "$0")")/python3" -I "$(readlink -f "$0")" "$@"
'''
import sys
from {module} import main
sys.exit(main())
"""

CURSE: Final = "curse"
"""Where this lies in a gate's state folder, a release that is `cursed` crashes."""

_WHERE_CURSED: Final = f"""        if (config.gate.state_dir / "{CURSE}").exists():
            raise RuntimeError(config.gate.id)
"""

BROKEN: Final = {
    "good": ("", ""),
    "crashes": ('        notify("READY=1")\n', "        raise RuntimeError(config.gate.id)\n"),
    "cursed": (
        '        notify("READY=1")\n',
        _WHERE_CURSED + '        notify("READY=1")\n',
    ),
    "mute": ("            link.start()\n", "            pass\n"),
}
"""What of `firmware/commands/gate.py` is replaced by what."""


def make(folder: Path, version: str, behaviour: str = "good") -> Path:
    """Make a release in a folder; it starts wherever it is laid."""
    subprocess.run(["/usr/bin/python3", "-m", "venv", "--without-pip", str(folder / ".venv")], check=True)
    site = next((folder / ".venv" / "lib").glob("python3*/site-packages"))
    for name in PACKAGES:
        shutil.copytree(ROOT / name, site / name, ignore=shutil.ignore_patterns("__pycache__", "*.svg", "*.md"))
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    about = site / f"gapura-{version}.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: gapura\nVersion: {version}\n", encoding="utf-8")
    gate = site / "firmware" / "commands" / "gate.py"
    before, after = BROKEN[behaviour]
    text = gate.read_text(encoding="utf-8")
    assert before in text
    gate.write_text(text.replace(before, after, 1) if before else text, encoding="utf-8")
    for program, module in (("gapura", "firmware.__main__"), ("gapura-reader", "hw.reader.__main__")):
        path = folder / ".venv" / "bin" / program
        path.write_text(_PROGRAM.format(module=module), encoding="utf-8")
        path.chmod(0o755)
    return folder
