"""What a card tells cloud-init, held to the schema that the suite's own cloud-init brings.

The package is downloaded and taken apart, never installed: a cloud-init that is installed acts at the next boot.
"""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Final

import jsonschema

from provisioning.images import user_data
from provisioning.images.command import BOARDS, SYSTEM
from provisioning.packaging import cache, roots
from provisioning.packaging.build import base

if TYPE_CHECKING:
    from pathlib import Path

    from provisioning.packaging.target import Target

_SCHEMA: Final = "usr/lib/python3/dist-packages/cloudinit/config/schemas/schema-cloud-config-v1.json"
_KEY: Final = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFy1Y3Zl desk"


def schema(target: Target) -> Path:
    """Return the schema of the suite's cloud-init, fetched once."""
    below = base(target)

    def make(part: Path) -> None:
        with roots.unpacked(below) as root:
            root.run("apt-get", "--quiet=2", "update", net=True)
            root.run(
                "bash",
                "-c",
                "mkdir -p /build && cd /build && apt-get --quiet=2 download cloud-init && dpkg-deb -x *.deb x",
                net=True,
            )
            shutil.copyfile(root.path / "build/x" / _SCHEMA, part)

    return cache.kept(f"cloud-init-schema-{target.suite}", ".json", cache.key(below.name), make)


def cards() -> dict[str, str]:
    """Write the user-data of every board file, the first one without logins and without a releases' root."""
    system = {path.name: path.read_text(encoding="utf-8") for path in SYSTEM.iterdir()}
    boards = {path.stem: path.read_text(encoding="utf-8") for path in sorted(BOARDS.glob("*.toml"))}
    return {
        name: user_data.render(user_data.Card("A" * 43 + "\n", text, system, *(([_KEY], "{}") if at else ())))
        for at, (name, text) in enumerate(boards.items())
    }


def faults(file: Path) -> list[str]:
    """Name what the schema does not know or does not allow in any card."""
    judge = jsonschema.Draft4Validator(json.loads(file.read_text(encoding="utf-8")))
    return [
        f"{name}: {error.message[:200]}"
        for name, text in cards().items()
        for error in judge.iter_errors(json.loads(text.removeprefix(user_data.HEADER)))
    ]
