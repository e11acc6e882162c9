"""The picture on a terminal of any size, from 80 by 24 on: one glance says what is wrong, and what to do first.

Pure. It draws what it is given, in words before colours, so that nothing is lost on a terminal without any.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Final

from rich.text import Text

from provisioning.watch import figures

if TYPE_CHECKING:
    from collections.abc import Mapping

    from provisioning.watch.lines import Line
    from provisioning.watch.picture import Picture
    from provisioning.watch.said import Decided, Severity

KEYS: Final = " j/k select  a acknowledge  m mute 1 h  u undo  b group by  q quit"
_WORD: Final[Mapping[Severity, tuple[str, str]]] = {
    "critical": ("CRIT", "bold red"),
    "warning": ("WARN", "bold yellow"),
    "info": ("info", "cyan"),
}
_LEAST_LIST: Final = 4
_STATE_ROWS: Final = 2
_DETAIL_ROWS: Final = 4
_MINUTE_S: Final = 60
_HOUR_S: Final = 3600
_DAY_S: Final = 86_400
_NAMED: Final = 6
_NARROW: Final = 64
"""Below so many columns what is wrong comes before when it began, and the broker's milliseconds give way."""


@dataclass(frozen=True, slots=True)
class Screen:
    """How it is drawn: size, which line is selected, what is counted by, and where midnight is."""

    columns: int
    rows: int
    selected: int
    by: str
    zone: tzinfo = UTC
    remark: str = ""


def draw(picture: Picture, screen: Screen) -> list[Text]:
    """Draw everything: exactly as many rows as there are, none wider than the terminal."""
    foot = [*_state(picture, screen.columns), Text(screen.remark or KEYS, "dim" if not screen.remark else "bold")]
    groups = _groups(picture, screen)[: max(2, screen.rows // 6)]
    decisions = [_decision(one, picture.now, screen.zone) for one in picture.decisions[-max(2, screen.rows // 8) :]]
    detail = _detail(picture, screen)
    left = screen.rows - 1 - len(foot) - len(detail) - len(groups) - len(decisions)
    if left < _LEAST_LIST:
        left, groups, decisions = left + len(groups) + len(decisions), [], []
    if left < _LEAST_LIST:
        left, detail = left + len(detail), []
    rows = [_head(picture, screen), *_list(picture, screen, left), *detail, *groups, *decisions, *foot]
    return [_fit(row, screen.columns) for row in rows[: screen.rows]]


def _head(picture: Picture, screen: Screen) -> Text:
    text = Text()
    text.append(" GAPURA ", "bold reverse")
    text.append(f" {picture.known - picture.offline:,} online", "bold green")
    text.append(f" · {picture.offline:,} offline", "bold red" if picture.offline else "dim")
    waiting = sum(line.standing == "new" for line in picture.lines)
    text.append(f" · {waiting} to see to", "bold" if waiting else "dim")
    if picture.muted:
        text.append(f" · {picture.muted} muted", "dim")
    if not picture.connected:
        text.append(" · NO BROKER", "bold red reverse")
    elif not picture.complete:
        text.append(" · reading …", "yellow")
    elif picture.took_ms is not None and screen.columns >= _NARROW:
        text.append(f" · broker {picture.took_ms} ms", "dim")
    clock = _clock(picture.now, screen.zone)
    return text.append(" " * max(1, screen.columns - text.cell_len - len(clock) - 1)).append(clock, "dim")


def _list(picture: Picture, screen: Screen, rows: int) -> list[Text]:
    """List the lines around the selected one."""
    if not picture.lines:
        text = Text("  Nothing to do.", "bold green")
        if not (picture.connected and picture.complete):
            text = Text("  Waiting for the broker …", "yellow")
        elif not picture.known:
            text = Text("  No gate here bears the labels that were asked for.", "bold yellow")
        return [Text(), text, *(Text() for _ in range(rows - 2))][:rows]
    chosen = min(screen.selected, len(picture.lines) - 1)
    first = max(0, min(chosen - rows // 2, len(picture.lines) - rows))
    shown = picture.lines[first : first + rows]
    drawn = [_line(line, picture, screen, chosen=first + at == chosen) for at, line in enumerate(shown)]
    hidden = len(picture.lines) - first - len(shown)
    if hidden > 0:
        drawn[-1] = Text(f"       … and {hidden + 1} more lines below", "dim")
    return drawn + [Text()] * (rows - len(drawn))


def _line(line: Line, picture: Picture, screen: Screen, *, chosen: bool) -> Text:
    word, style = _WORD[line.severity]
    text = Text("▸" if chosen else " ", "bold")
    if line.troubles[0].kind == "broker":
        style = "bold white on red"
    elif line.standing == "acknowledged":
        word, style = "seen", "dim"
    elif line.troubles[0].kind == "assist":
        word, style = "WAIT", "bold magenta"
    text.append(word, style)
    since = (
        f"{_since(line, picture.now, screen.zone):<16}"
        if screen.columns >= _NARROW
        else f"{_ago(line, picture.now):>6}"
    )
    text.append(f" {since}", "dim" if line.standing != "new" else "default")
    text.append(f" {line.what}", style)
    if line.where:
        text.append(f"  {line.where}", "default" if line.standing == "new" else "dim")
    return text.append(f"  by {line.by}", "dim") if line.by else text


def _detail(picture: Picture, screen: Screen) -> list[Text]:
    """Say of the selected line what it means, what to do first, and which gates it is about."""
    if not picture.lines:
        return []
    line = picture.lines[min(screen.selected, len(picture.lines) - 1)]
    rows = [Text("─" * screen.columns, "dim")]
    rows += _wrapped("means  ", line.meaning, screen.columns, "default")
    rows += _wrapped("first  ", line.action, screen.columns, "bold")
    gates = line.gates
    if len(gates) > 1:
        more = f" and {len(gates) - _NAMED:,} more" if len(gates) > _NAMED else ""
        rows.append(Text(f" gates  {', '.join(gates[:_NAMED])}{more}", "dim"))
    return [*rows[: _DETAIL_ROWS + 2], Text("─" * screen.columns, "dim")]


def _wrapped(label: str, said: str, columns: int, style: str) -> list[Text]:
    """Break a sentence into two rows at most."""
    room, row, rows = columns - len(label) - 2, "", list[str]()
    for word in said.split():
        if row and Text(f"{row} {word}").cell_len > room:
            rows.append(row)
            row = word
        else:
            row = f"{row} {word}".strip()
    rows.append(row)
    labels = [label, " " * len(label)]
    return [Text(f" {head}", "dim").append(one, style) for head, one in zip(labels, rows, strict=False)]


def _groups(picture: Picture, screen: Screen) -> list[Text]:
    """Count the gates by group, the worst first, with the people inside where an area tells them."""
    inside = {one.area: one for one in picture.areas} if screen.by == "area" else {}
    rows = []
    for row in picture.rows:
        people = inside.get(row.name)
        text = Text(f" {screen.by} ", "dim").append(f"{row.name:<16.16}", "bold" if row.offline else "default")
        text.append(f" {row.known - row.offline:>6,} of {row.known:>6,} online", "red" if row.offline else "green")
        text.append(f"  {row.troubled:>5,} troubled", "yellow" if row.troubled else "dim")
        if screen.by == "area":
            shown = "-" if people is None else f"{people.inside:,}"
            limit = "-" if people is None or people.capacity is None else f"{people.capacity:,}"
            text.append(f"  inside {shown} / {limit}", "default" if people else "dim")
        rows.append(text)
    return rows


def _decision(one: Decided, now: int, zone: tzinfo) -> Text:
    text = Text(f" {'--:--:--' if one.time is None else _clock(min(one.time, now), zone)} ", "dim")
    text.append(f"{one.gate:<20.20} ")
    text.append(f"{one.decision} {one.direction}", "green" if one.decision == "allow" else "red")
    return text.append("  " + " ".join(part for part in (one.class_, one.reason) if part), "dim")


def _state(picture: Picture, columns: int) -> list[Text]:
    """Say in a row or two which lists are in force and how old, how the clocks stand, and what waits."""
    parts = []
    for kind in sorted(picture.documents.keys() | picture.oldest.keys()):
        versions, issued = picture.documents.get(kind, {}), picture.oldest.get(kind)
        newest = max(versions, default=None)
        behind = sum(number for version, number in versions.items() if version != newest)
        said = [kind if newest is None else f"{kind} v{newest}"]
        said += [f"({behind:,} behind)"] if behind else []
        said += [] if issued is None else [f"oldest {_age(picture.now - issued)}"]
        parts.append(" ".join(said))
    if picture.clocks:
        vouching = sorted(picture.clocks.items())
        parts.append("clock by " + ", ".join(f"{figures.source(which)} {number:,}" for which, number in vouching))
    parts.append(f"backlog {picture.backlog:,}")
    if picture.rubbish:
        parts.append(f"not understood {sum(picture.rubbish.values()):,}")
    rows = [""]
    for part in parts:
        longer = f"{rows[-1]} · {part}" if rows[-1] else part
        if rows[-1] and len(rows) < _STATE_ROWS and len(longer) > columns - 2:
            rows.append(part)
        else:
            rows[-1] = longer
    return [Text(f" {row}", "dim") for row in rows]


def _since(line: Line, now: int, zone: tzinfo) -> str:
    """Say since when and for how long, in 16 columns; `<` where it can have been earlier."""
    if line.since is None:
        return ""
    age_s, ago = max(0, now - line.since), _ago(line, now)
    form = "%H:%M" if age_s < _DAY_S // 2 else "%d %b"
    return f"{' ' if line.exact else '<'}{datetime.fromtimestamp(min(line.since, now), zone):{form}} {ago:>7}"


def _ago(line: Line, now: int) -> str:
    """Say for how long, in 6 columns."""
    return "" if line.since is None else _age(now - line.since)


def _age(seconds: int) -> str:
    """Word a time that has gone by; what lies ahead has only just begun."""
    age_s = max(0, seconds)
    if age_s < _HOUR_S:
        return f"{age_s // _MINUTE_S} min"
    return f"{age_s // _HOUR_S} h" if age_s < 2 * _DAY_S else f"{age_s // _DAY_S} d"


def _clock(seconds: int, zone: tzinfo) -> str:
    return f"{datetime.fromtimestamp(seconds, zone):%H:%M:%S}"


def _fit(row: Text, columns: int) -> Text:
    """Cut a row to the terminal."""
    row.no_wrap = True
    row.truncate(columns, overflow="ellipsis")
    return row
