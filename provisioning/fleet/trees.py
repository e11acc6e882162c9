"""An inventory as YAML: `organisation`, `sectors`, `areas`, `people` and `gates`, each by its id. Text to rows.

Only the shape of YAML is used: each value is taken as the letters that were written, so that `no`, `1:20` and `007`
stay what they are. A key that comes twice is refused, which YAML itself asks for and most readers of it do not do.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from provisioning.fleet.rows import LABEL, Cell, Row, like_known, shown
from provisioning.fleet.sheets import fault_of
from provisioning.fleet.yaml_nodes import Mapping, Scalar, Sequence, ShapeError, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provisioning.fleet.rows import Mistakes
    from provisioning.fleet.yaml_nodes import Node

PARTS: Final = {
    "organisation": "organisation",
    "sectors": "sector",
    "areas": "area",
    "people": "person",
    "gates": "gate",
}
"""The keys of the file, and what each thing below them is."""

_AS_TEMPLATE: Final = "write it as the template does"


def read(text: str, found: Mistakes) -> list[Row]:
    """Read the rows of a YAML text; what is wrong with its form is noted, and what can be read is returned."""
    try:
        root = parse(text)
    except ShapeError as error:
        found.add(error.line, "", error.what, error.remedy)
        return []
    return [row for key, node in _entries(root, "", found) for row in _part(key, node, found)]


def _part(key: Cell, node: Node, found: Mistakes) -> Iterator[Row]:
    """Read one of the file's parts."""
    kind = PARTS.get(key.text)
    if kind is None:
        found.add(key.line, shown(key.text), "is not known here", f"name it one of {', '.join(PARTS)}")
    elif kind == "organisation":
        yield Row(kind, key.line, dict(_cells(node, key.text, found)))
    else:
        for name, one in _entries(node, key.text, found):
            cells = {"id": name}
            if isinstance(one, Scalar):
                cells |= _value("name", one, found)
            else:
                cells |= dict(_cells(one, f"{key.text}.{name.text}", found))
            yield Row(kind, name.line, cells)


def _entries(node: Node | None, where: str, found: Mistakes) -> Iterator[tuple[Cell, Node]]:
    """Go through a mapping; a key that comes twice is noted and left out. An empty value is an empty mapping."""
    if _empty(node):
        return
    if not isinstance(node, Mapping):
        found.add(0 if node is None else node.line, where, "is no list of keys and values", _AS_TEMPLATE)
        return
    seen: set[str] = set()
    for key, value in node.items:
        if not isinstance(key, Scalar) or fault_of(key.text):
            found.add(key.line, where, "has a key that is no plain word", _AS_TEMPLATE)
        elif key.text in seen:
            found.add(key.line, where, f"{shown(key.text)} is there twice", "leave one of them")
        else:
            seen.add(key.text)
            yield Cell(key.text, key.line), value


def _cells(node: Node, where: str, found: Mistakes) -> Iterator[tuple[str, Cell]]:
    """Read what is said of one thing: plain values, lists of them, `labels` and `config`."""
    for key, value in _entries(node, where, found):
        if key.text == "labels":
            for name, label in _entries(value, f"{where}.labels", found):
                yield from _value(LABEL + name.text, label, found).items()
        elif key.text == "config":
            yield from _config("", value, where, found)
        elif "." in key.text or key.text in {"id", "kind"} - ({"id"} if where == "organisation" else set()):
            found.add(key.line, shown(key.text), "does not stand here", "take it out")
        elif not like_known(key.text):
            found.add(key.line, shown(key.text), "is not known here", "take it out or correct its spelling")
        else:
            yield from _value(key.text, value, found).items()


def _config(prefix: str, node: Node, where: str, found: Mistakes) -> Iterator[tuple[str, Cell]]:
    """Read configuration keys by their dotted names."""
    for key, value in _entries(node, f"{where}.config", found):
        name = prefix + key.text
        if isinstance(value, Mapping):
            yield from _config(f"{name}.", value, where, found)
        elif "." not in name:
            found.add(key.line, shown(name), "is no section of a configuration", "write section: {key: value}")
        else:
            for column, cell in _value(name, value, found).items():
                listed = json.dumps(cell.text.split()) if isinstance(value, Sequence) else cell.text
                yield column, Cell(listed, cell.line)


def _value(name: str, node: Node, found: Mistakes) -> dict[str, Cell]:
    """Read one value, or the words of a list; nothing where it is empty, a spoilt cell where it is wrong."""
    if _empty(node):
        return {}
    parts = [part for part in (node.items if isinstance(node, Sequence) else [node]) if isinstance(part, Scalar)]
    text = " ".join(part.text.strip() for part in parts)
    if not parts or (isinstance(node, Sequence) and len(parts) < len(node.items)):
        found.add(node.line, name, "is no plain value", "write one value, or a list of plain ones")
        return {name: Cell("", node.line)}
    if text and (fault := fault_of(text)):
        found.add(node.line, name, f"{shown(text)} {fault[0]}", fault[1])
        return {name: Cell("", node.line)}
    return {name: Cell(text, node.line)} if text else {}


def _empty(node: Node | None) -> bool:
    """Say whether nothing was written, or YAML's word for nothing."""
    if isinstance(node, Scalar):
        return node.plain and node.text in {"", "~", "null"}
    return node is None or (isinstance(node, Sequence) and not node.items)
