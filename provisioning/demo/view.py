"""The live view: what stands where on a terminal of any size. It draws what it is given and asks nobody.

Wide: camera and door side by side, the decision below, events and counters at the bottom. What does not fit is left
out, the picture first and the counters last.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rich.align import Align
from rich.layout import Layout
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from provisioning.demo import door, words
from provisioning.demo.picture import fitting
from provisioning.demo.told import Decided, Ended

if TYPE_CHECKING:
    from rich.console import RenderableType

    from hw.reader.found import Image
    from provisioning.demo.people import Person
    from provisioning.demo.told import Told

WIDE: Final = 72
"""Columns from which the camera has room beside the door."""

SIDE: Final = 100
"""Columns from which the counters have a panel of their own."""

_DOOR_COLUMNS: Final = 42
_TOP_ROWS: Final = door.HEIGHT + 4
_DECISION_ROWS: Final = 4
_LEAST_EVENT_ROWS: Final = 3


@dataclass(frozen=True, slots=True)
class Now:
    """All that is drawn at one moment."""

    told: Told
    pins: door.Pins
    person: Person | None
    camera: Image | None
    seed: int
    failed: int
    seconds: int
    ending: bool = False


def draw(now: Now, columns: int, rows: int) -> RenderableType:
    """Draw everything into so many columns and rows."""
    whole = Layout()
    top = min(max(_TOP_ROWS, rows - _DECISION_ROWS - 2 - 9), _TOP_ROWS + 8) if columns >= WIDE else _TOP_ROWS
    parts = [Layout(_head(now, columns), name="head", size=1)]
    if rows >= _TOP_ROWS + _DECISION_ROWS + 2:
        parts.append(_top(now, columns, top))
    parts.append(Layout(_decision(now), name="decision", size=_DECISION_ROWS))
    left = rows - sum(part.size or 0 for part in parts) - 1
    if left >= _LEAST_EVENT_ROWS:
        parts.append(_bottom(now, columns, left))
    parts.append(Layout(_foot(now, columns), name="foot", size=1))
    whole.split_column(*parts)
    return whole


def _head(now: Now, columns: int) -> RenderableType:
    line = Table.grid(expand=True)
    line.add_column(no_wrap=True)
    line.add_column(justify="right", no_wrap=True)
    state = ("● online", "green") if now.told.online else ("○ offline", "bold red")
    right = Text(no_wrap=True)
    right.append(*state)
    right.append(f"  {now.seconds // 60:02}:{now.seconds % 60:02} ", "dim")
    title = Text(no_wrap=True)
    title.append(" GAPURA ", "bold reverse")
    if columns >= WIDE:
        title.append(f"  pintu {now.told.gate} · lobi · seed {now.seed}", "dim")
    line.add_row(title, right)
    return line


def _foot(now: Now, columns: int) -> RenderableType:
    text = Text(" Ctrl-C: selesai · end", "dim", no_wrap=True, overflow="ellipsis")
    if now.ending:
        text = Text(" pintu ditutup … closing the door", "bold")
    elif columns < SIDE:
        text = _counters_line(now).append("  Ctrl-C", "dim")
    return text


def _top(now: Now, columns: int, rows: int) -> Layout:
    """Place camera and door side by side, or the door alone where it is narrow."""
    side = Layout(_door(now, narrow=columns < WIDE), name="door", size=_DOOR_COLUMNS if columns >= WIDE else None)
    if columns < WIDE:
        side.size = rows
        return side
    both = Layout(name="top", size=rows)
    both.split_row(Layout(_camera(now, columns - _DOOR_COLUMNS - 4, rows - 3), name="camera"), side)
    return both


def _camera(now: Now, columns: int, rows: int) -> RenderableType:
    inside = now.person is not None and now.person.part.where == "inside"
    title = "kamera dalam · inside" if inside else "kamera luar · outside"
    picture: RenderableType = Text()
    if now.camera is not None:
        picture = Align.center(fitting(now.camera, columns, rows))
    body = Table.grid(expand=True)
    body.add_row(picture)
    body.add_row(Align.center(_person(now.person)))
    return Panel(body, title=title, title_align="left", border_style="dim")


def _person(person: Person | None) -> Text:
    if person is None:
        return Text(" · ".join(words.NOBODY), "dim", no_wrap=True, overflow="ellipsis")
    text = Text(no_wrap=True, overflow="ellipsis")
    text.append(f"{person.who[0]}, {person.part.what[0]}", "bold")
    return text.append(f" · {person.part.what[1]}", "dim")


def _door(now: Now, *, narrow: bool) -> RenderableType:
    leaving = now.told.last is not None and now.told.last.direction == "out"
    drawn = door.draw(now.pins, leaving=leaving)
    if narrow:
        drawn.append("\n")
        drawn.append_text(_person(now.person))
    style = "green" if now.pins.relay else "dim"
    return Panel(drawn, title="pintu · door", title_align="left", border_style=style, padding=(0, 1))


def _decision(now: Now) -> RenderableType:
    last = now.told.last
    if last is None:
        return Panel(Text("menunggu orang pertama · waiting for the first person", "dim"), border_style="dim")
    indonesian, english = words.answer(last.decision, last.direction, last.reason)
    allowed = last.decision == "allow"
    colour = "green" if allowed else "red"
    text = Text(no_wrap=True, overflow="ellipsis")
    text.append("✔ " if allowed else "✘ ", f"bold {colour}")
    text.append(indonesian, f"bold {colour}")
    text.append("\n  " + english, "default")
    tail = [part for part in (last.class_, last.reason, last.remark and f"remark {last.remark}") if part]
    text.append("  (" + ", ".join([f"{last.decision} {last.direction}", *tail]) + ")", "dim")
    return Panel(text, title="keputusan · decision", title_align="left", border_style=colour)


def _bottom(now: Now, columns: int, rows: int) -> Layout:
    events = Layout(_events(now, rows - 2), name="events")
    if columns < SIDE:
        events.size = rows
        return events
    both = Layout(name="bottom", size=rows)
    both.split_row(events, Layout(_numbers(now), name="numbers", size=_DOOR_COLUMNS))
    return both


def _events(now: Now, rows: int) -> RenderableType:
    """List the newest events, the last one at the bottom."""
    table = Table.grid(padding=(0, 1))
    lines = list(now.told.lines)[-rows:] if rows > 0 else []
    for each in lines:
        match each:
            case Decided():
                allowed = each.decision == "allow"
                table.add_row(
                    Text(f"{each.number:>4}", "dim"),
                    Text("access", "dim"),
                    Text(f"{each.decision} {each.direction}", "green" if allowed else "red", no_wrap=True),
                    Text(" ".join(part for part in (each.class_, each.reason or each.remark) if part), no_wrap=True),
                )
            case Ended():
                grant = Text(each.result, "dim", no_wrap=True)
                table.add_row(Text(f"{each.number:>4}", "dim"), Text("grant", "dim"), grant, Text())
    return Panel(table, title=f"gapura/1/{now.told.gate}/event/+", title_align="left", border_style="dim")


def _counters_line(now: Now) -> Text:
    counts = now.told.counts
    text = Text(no_wrap=True, overflow="ellipsis")
    text.append(" masuk·in ", "dim").append(str(counts["in"]), "bold green")
    text.append("  keluar·out ", "dim").append(str(counts["out"]), "bold green")
    text.append("  ditolak·denied ", "dim").append(str(counts["deny"]), "bold red")
    if now.failed:
        text.append(f"  {now.failed} FAIL", "bold red reverse")
    return text


def _numbers(now: Now) -> RenderableType:
    """Show the counters and how the readers fare."""
    counts = Table.grid(padding=(0, 1))
    for label, key, style in (
        ("masuk · in", "in", "bold green"),
        ("keluar · out", "out", "bold green"),
        ("ditolak · denied", "deny", "bold red"),
    ):
        counts.add_row(Text(f"{now.told.counts[key]:>4}", style), label)
    if now.failed:
        counts.add_row(Text(f"{now.failed:>4}", "bold red reverse"), "FAIL")
    counts.add_row()
    readers = Table.grid(padding=(0, 1))
    readers.add_row("", *(Text(word, "dim") for word in ("frames/s", "ms", "light", "sharp")))
    for name, reader in now.told.readers.items():
        values = (f"{reader.frames_a_second:8.1f}", *map(str, (reader.decode_ms, reader.brightness, reader.sharpness)))
        readers.add_row(Text(name, "bold"), *values)
    body = Table.grid()
    body.add_row(counts)
    body.add_row(readers)
    return Panel(body, title="hitungan · counts, readers", title_align="left", border_style="dim")
