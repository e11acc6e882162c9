"""Every photograph through our decoders, pyzbar and zxing-cpp, side by side: who reads how many, at what cost.

Run it as `python -m tests.bench.photos [SET...]`; it prints tables and never fails on a rate.
"""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import zxingcpp
from pyzbar import pyzbar

from hw.reader.decoders import build
from hw.reader.found import centre
from hw.reader.images import load
from tests.bench.truth import Read, Truth, folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hw.reader.found import Found, Image

    Reader = Callable[[Image], list[Read]]


@dataclass(slots=True)
class Score:
    """What one reader did with all pictures."""

    anything: set[str] = field(default_factory=set)
    right: set[str] = field(default_factory=set)
    symbols: int = 0
    errors: int = 0
    times_ms: list[float] = field(default_factory=list)

    def row(self, pictures: int, symbols: int) -> str:
        """Write the line of the table."""
        ordered = sorted(self.times_ms)
        mean, p95 = sum(ordered) / len(ordered), ordered[int(len(ordered) * 0.95)]
        return (
            f"{len(self.anything):5d} {len(self.right):5d} {100 * len(self.right) / pictures:6.1f} % "
            f"{100 * self.symbols / symbols:6.1f} % {mean:8.1f} {p95:8.1f} {ordered[-1]:8.1f} {self.errors:6d}"
        )


def zxing(image: Image) -> list[Read]:
    """Read with zxing-cpp as anybody would call it."""
    codes = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    reads: list[Read] = []
    for code in codes:
        at = code.position
        corners = (at.top_left, at.top_right, at.bottom_right, at.bottom_left)
        reads.append(Read(code.bytes, code.text, (sum(p.x for p in corners) / 4, sum(p.y for p in corners) / 4)))
    return reads


def zbar(image: Image) -> list[Read]:
    """Read with pyzbar as anybody would call it."""
    reads: list[Read] = []
    for code in pyzbar.decode(image, symbols=[pyzbar.ZBarSymbol.QRCODE]):
        corners = code.polygon
        middle = (
            (sum(p.x for p in corners) / len(corners), sum(p.y for p in corners) / len(corners)) if corners else None
        )
        reads.append(Read(code.data, None, middle))
    return reads


def _read(found: Found) -> Read:
    return Read(found.data, found.text, None if found.polygon is None else centre(found.polygon))


def compare(base: Path, truth: Truth, names: list[str], readers: dict[str, Reader]) -> dict[str, Score]:
    """Give every picture to every reader in turn."""
    scores: dict[str, Score] = defaultdict(Score)
    for count, name in enumerate(names, 1):
        image = load((base / name).read_bytes())
        for who, read in readers.items():
            score, began = scores[who], time.perf_counter()
            try:
                reads = read(image)
            except ValueError:  # pyzbar cannot name zbar's "orientation unknown"
                reads = []
                score.errors += 1
            score.times_ms.append((time.perf_counter() - began) * 1000)
            right = truth.right(name, reads)
            score.symbols += right
            if reads:
                score.anything.add(name)
            if right:
                score.right.add(name)
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{count}/{len(names)}")
    return scores


def main(sets: list[str]) -> int:
    """Compare on the given sets, or on all, and print."""
    base = folder()
    if base is None:
        _say("SKIP no photographs: set GAPURA_PHOTOS to the folder that holds truth.json")
        return 0
    truth = Truth(base)
    names = [name for name in truth.names() if not sets or name.split("/")[0] in sets]
    still, live = build("auto", thorough=True), build("pyzbar", thorough=True)
    readers: dict[str, Reader] = {
        "ours (auto)": lambda image: [_read(one) for one in still.decode(image)],
        "ours (pyzbar)": lambda image: [_read(one) for one in live.decode(image)],
        "pyzbar QRCODE": zbar,
        "zxing-cpp": zxing,
    }
    scores = compare(base, truth, names, readers)
    symbols = sum(truth.symbols(name) for name in names)
    _say(
        f"{len(names)} pictures, {symbols} codes, {sum(not truth.published(n) for n in names)} without published truth"
    )
    _say("                  any right  pictures   codes   mean ms   p95 ms   max ms errors")
    for who, score in scores.items():
        _say(f"{who:15s} {score.row(len(names), symbols)}")
    ours = scores["ours (auto)"]
    for who in ("zxing-cpp", "pyzbar QRCODE"):
        lost = sorted(scores[who].right - ours.right)
        _say(f"lost against {who}: {len(lost)} {' '.join(lost)}")
    _say(f"read by nobody: {' '.join(sorted(set(names) - set().union(*(score.right for score in scores.values()))))}")
    _say(f"zbar restarts: {still.restarts + live.restarts}")
    still.close()
    live.close()
    return 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
