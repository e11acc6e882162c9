"""What a frame costs: empty, idle or with a pass in it, ours beside pyzbar and zxing-cpp on the same pixels.

It measures and judges nothing. Frames are drawn by the scene source, at the size the camera delivers; photographs join
in where there are any.
"""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import zxingcpp
from pyzbar import pyzbar

from hw.reader.decoders import build
from hw.reader.gate_link import GateLink
from hw.reader.images import load
from hw.reader.loop import ReaderLoop
from hw.reader.sources import HEIGHT, WIDTH, Frame
from hw.reader.sources.scene import render
from hw.reader.sources.stage import Stage
from tests.bench.report import Budget, Section, number
from tests.bench.truth import folder
from tests.issuing import Issuer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hw.reader.decoders import Decoder, Name
    from hw.reader.found import Image

CODES: Final = 4
FRAMES_A_CODE: Final = 2
PERIOD_S: Final = 0.1
"""Ten frames a second, as the reader takes them."""
IDLE_FRAMES: Final = {"auto": 400, "pyzbar": 750}
"""Several glances of each, so that the mean holds them in their true share."""
PHOTOS_STEP: Final = 10
IDLE_BUDGET: Final = 0.01

CONDITIONS: Final[dict[str, dict[str, float | bool]]] = {
    "held straight": {},
    "tilted 30, blurred": {"tilt_deg": 30, "turn_deg": 12, "blur": 1.2, "noise": 6},
    "tilted 45, far": {"tilt_deg": 45, "turn_deg": -20, "scale": 0.35, "blur": 1.0, "noise": 6},
    "badly blurred": {"scale": 0.6, "blur": 4.0, "noise": 8},
    "dim and noisy": {"light": 0.35, "noise": 14, "scale": 0.45},
    "phone, dark mode": {"dark": True, "turn_deg": 8, "noise": 5},
    "under a lamp": {"glare": 0.8, "turn_deg": 5, "noise": 5},
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A frame and the code that can be seen in it."""

    image: Image
    code: bytes | None


@dataclass(frozen=True, slots=True)
class Reader:
    """Who decodes, and the decoder whose child's time counts too."""

    read: Callable[[Image], set[bytes]]
    decoder: Decoder | None = None


def measure(seed: int, _count: int, progress: Callable[[str], None]) -> Section:
    """Decode every kind of frame with every reader."""
    random = np.random.default_rng(seed)
    section = Section(
        "decoding a frame of 1280x960: mean ms of processor time, zbar's child included (frames read/frames)",
        ("frame", "ours auto", "ours pyzbar", "pyzbar QRCODE", "zxing-cpp QRCode"),
    )
    live: dict[str, Decoder] = {"ours auto": build("auto"), "ours pyzbar": build("pyzbar")}
    readers = {name: Reader(_ours(decoder), decoder) for name, decoder in live.items()}
    readers |= {"pyzbar": Reader(_pyzbar), "zxing-cpp": Reader(_zxing)}
    try:
        progress("decode: empty frames")
        empty = [Shown(_noisy(render(Stage()), 3, random), None) for _ in range(12)]
        costs = _row(section, "empty", empty, readers)
        _awake(section, live["ours auto"], empty)
        for name, how in CONDITIONS.items():
            progress(f"decode: {name}")
            _row(section, name, _frames(how, random), readers)
        _photographs(section, readers, progress)
    finally:
        for decoder in live.values():
            decoder.close()
    for kind in ("auto", "pyzbar"):
        progress(f"decode: idle scene, {kind}")
        _idle(section, kind, empty, costs["pyzbar"])
    return section


def _frames(how: dict[str, float | bool], random: np.random.Generator) -> list[Shown]:
    """Draw passes as they are seen under one condition, each a few times under fresh noise."""
    issuer = Issuer()
    shown: list[Shown] = []
    for at in range(CODES):
        code = issuer.code(pass_id=bytes([at]) * 12, entries=1)
        stage = Stage(code=code.decode("ascii"), **how)  # type: ignore[arg-type]  # bools and numbers by name
        still = render(stage)
        shown += [Shown(_noisy(still, stage.noise, random), code) for _ in range(FRAMES_A_CODE)]
    return shown


def _noisy(still: Image, deviation: float, random: np.random.Generator) -> Image:
    noise = random.standard_normal((HEIGHT, WIDTH), dtype=np.float32) * np.float32(deviation)
    return np.clip(still + noise, 0, 255).astype(np.uint8)


def _row(section: Section, name: str, frames: Sequence[Shown], readers: dict[str, Reader]) -> dict[str, float]:
    """Give the same frames to every reader in turn; return the mean cost (ms) of each."""
    cells: list[str] = []
    costs: dict[str, float] = {}
    for who, reader in readers.items():
        right = 0
        began, began_s = time.perf_counter(), _cpu_s(reader.decoder)
        for shown in frames:
            found = reader.read(shown.image)
            right += bool(found) if shown.code is None else shown.code in found
        costs[who] = (_cpu_s(reader.decoder) - began_s) * 1000 / len(frames)
        cells.append(f"{number(costs[who])} ({right}/{len(frames)})")
        wall_ms = (time.perf_counter() - began) * 1000 / len(frames)
        key = f"{name}, {who}"
        section.figures |= {f"{key}: cpu_ms": costs[who], f"{key}: wall_ms": wall_ms, f"{key}: read": right}
    section.figures[f"{name}: frames"] = len(frames)
    section.rows.append((name, *cells))
    return costs


def _awake(section: Section, decoder: Decoder, empty: Sequence[Shown]) -> None:
    """Show empty frames at the reader's own pace, as after a movement, and count zbar's share with ours."""
    frames = 40
    began_s = _cpu_s(decoder)
    for at in range(frames):
        due = time.monotonic() + PERIOD_S
        decoder.decode(empty[at % len(empty)].image)
        time.sleep(max(0.0, due - time.monotonic()))
    spent_ms = (_cpu_s(decoder) - began_s) * 1000 / frames
    section.figures["awake, ours auto: cpu_ms"] = spent_ms
    section.notes.append(
        f"something moves and nothing is found, at 10 frames/s: ours auto {number(spent_ms)} ms CPU a frame, "
        "zbar's child included"
    )


def _idle(section: Section, kind: Name, empty: Sequence[Shown], pyzbar_ms: float) -> None:
    """Run the reader's own loop over a scene in which nothing but the noise moves."""
    decoder = build(kind)
    try:
        clock = _Frames()
        nowhere = GateLink(Path("/nonexistent/gapura.sock"))
        loop = ReaderLoop(_Still([one.image for one in empty], clock), decoder, nowhere, clock.ms)
        for _ in range(30):
            _turn(loop, clock)
        began_s = _cpu_s(decoder)
        for _ in range(IDLE_FRAMES[kind]):
            _turn(loop, clock)
        cpu_ms = (_cpu_s(decoder) - began_s) * 1000 / IDLE_FRAMES[kind]
    finally:
        decoder.close()
    ratio = cpu_ms / pyzbar_ms
    section.figures |= {f"idle, {kind}: cpu_ms": cpu_ms, f"idle, {kind}: ratio": ratio}
    section.notes.append(
        f"idle scene, {kind}: {cpu_ms:.3f} ms a frame, heartbeat included: 1/{1 / ratio:.0f} of one pyzbar.decode"
    )
    section.budgets.append(Budget(f"idle scene ({kind}), by one pyzbar decode", ratio, IDLE_BUDGET, ""))


def _turn(loop: ReaderLoop, clock: _Frames) -> None:
    clock.now_ms += 100
    loop.turn()
    loop.beat_if_due()


@dataclass(slots=True)
class _Frames:
    """A clock that moves a tenth of a second with every frame."""

    now_ms: int = 100_000

    def ms(self) -> int:
        return self.now_ms


class _Still:
    """A source whose frames cost nothing: the same scene under another noise each time."""

    def __init__(self, images: Sequence[Image], clock: _Frames) -> None:
        self._images = itertools.cycle(images)
        self._clock = clock

    def shoot(self) -> Frame:
        return Frame(next(self._images), self._clock.now_ms)

    def close(self) -> None:
        return


def _photographs(section: Section, readers: dict[str, Reader], progress: Callable[[str], None]) -> None:
    """Give a fixed sample of photographs to every reader, once; what was read is not judged here."""
    base = folder()
    if base is None:
        section.skips.append("photographs: set GAPURA_PHOTOS to the folder that holds truth.json")
        return
    paths = sorted(path for path in base.rglob("*") if path.suffix in {".png", ".jpg"})[::PHOTOS_STEP]
    progress(f"decode: {len(paths)} photographs")
    _row(section, "photographs", [Shown(load(path.read_bytes()), None) for path in paths], readers)


def _ours(decoder: Decoder) -> Callable[[Image], set[bytes]]:
    return lambda image: {one.data for one in decoder.decode(image)}


def _pyzbar(image: Image) -> set[bytes]:
    try:
        return {one.data for one in pyzbar.decode(image, symbols=[pyzbar.ZBarSymbol.QRCODE])}
    except ValueError:  # pyzbar cannot name zbar's "orientation unknown"
        return set()


def _zxing(image: Image) -> set[bytes]:
    formats = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    return {one.bytes for one in zxingcpp.read_barcodes(image, formats=formats)}


def _cpu_s(decoder: Decoder | None) -> float:
    """Return the processor time this process and the decoder's child, if it has one, have used."""
    spent = time.process_time()
    if decoder is not None and decoder.child_pid is not None:
        spent += int(Path(f"/proc/{decoder.child_pid}/schedstat").read_text("ascii").split()[0]) / 1e9
    return spent
