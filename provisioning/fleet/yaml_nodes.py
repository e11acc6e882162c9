"""The shape of a YAML text with the line of each part, and none of what YAML makes of letters.

The library's parser gives the events; what is built of them is bounded: anchors, aliases and endless depth end it. The
only file that knows the library.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import yaml

DEEPEST: Final = 8
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value as it was written; `plain` if without quotes."""

    line: int
    text: str
    plain: bool


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    line: int
    items: list[Node]


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys and values in their order; a key may be there twice."""

    line: int
    items: list[tuple[Node, Node]]


Node = Scalar | Sequence | Mapping


class ShapeError(Exception):
    """The text is no YAML, or none that is read here: the line (0 if none is known), what, and what to write."""

    def __init__(self, line: int, what: str, remedy: str) -> None:
        """Keep the three."""
        super().__init__(what)
        self.line, self.what, self.remedy = line, what, remedy


def parse(text: str) -> Node | None:
    """Read one document; None where the text holds nothing. Raises ShapeError."""
    try:
        return _parse(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        what = f"cannot be read as YAML: {getattr(error, 'problem', None) or 'the text is damaged'}"
        raise ShapeError(0 if mark is None else mark.line + 1, what, "mend the indentation and quotes there") from error


def _parse(text: str) -> Node | None:
    """Put the parser's events together, children into whatever is open."""
    open_nodes: list[tuple[int, bool, list[Node]]] = []
    found: list[Node] = []
    for event in yaml.parse(text, Loader=_LOADER):
        line = event.start_mark.line + 1
        if getattr(event, "anchor", None) is not None:
            raise ShapeError(line, "uses an anchor or an alias", "write the value out")
        node: Node | None = None
        if isinstance(event, yaml.ScalarEvent):
            node = Scalar(line, event.value, not event.style)  # libyaml says "", the other parser None
        elif isinstance(event, yaml.CollectionStartEvent):
            open_nodes.append((line, isinstance(event, yaml.MappingStartEvent), []))
        elif isinstance(event, yaml.CollectionEndEvent):
            began, is_mapping, parts = open_nodes.pop()
            pairs = zip(parts[::2], parts[1::2], strict=True)
            node = Mapping(began, list(pairs)) if is_mapping else Sequence(began, parts)
        if len(open_nodes) > DEEPEST:
            raise ShapeError(line, "is nested too deeply", "write it as the template does")
        if node is not None:
            (open_nodes[-1][2] if open_nodes else found).append(node)
    if len(found) > 1:
        raise ShapeError(found[1].line, "begins a second document", "keep one in a file")
    return found[0] if found else None
