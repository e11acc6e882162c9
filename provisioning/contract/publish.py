"""`gapura-ops contract`: write the AsyncAPI document and the JSON Schemas into a folder.

What is in `published/` beside this file is what this command writes; a test holds it to that.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

from firmware.records.wire import CONTRACT
from provisioning.cli import answer
from provisioning.contract import asyncapi, schemas
from provisioning.mistake import OperatorError

if TYPE_CHECKING:
    import argparse

    from provisioning.desk import Groups

PUBLISHED: Final = Path(__file__).with_name("published")
"""The documents as they are shipped."""


def register(groups: Groups) -> None:
    """Add the command."""
    text = "write the MQTT contract as AsyncAPI document and JSON Schemas"
    parser = groups.add_parser("contract", help=text, description=text[0].upper() + text[1:] + ".")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the folder to write into")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the documents and name them."""
    folder: Path = arguments.out
    documents = rendered()
    try:
        for name, text in documents.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        line = f"--out: {folder} cannot be written: {error.strerror}"
        raise OperatorError(line) from error
    answer({"files": sorted(documents), "folder": str(folder), "version": CONTRACT})
    return 0


def rendered() -> dict[str, str]:
    """Make every document, by its path inside the folder; the same models always give the same bytes."""
    whole = {"asyncapi.json": asyncapi.document()}
    whole |= {f"schemas/{name}": schema for name, schema in schemas.files().items()}
    return {name: json.dumps(value, indent=2, sort_keys=True) + "\n" for name, value in whole.items()}
