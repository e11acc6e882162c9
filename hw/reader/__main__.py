"""`gapura-reader`: puts a source, a decoder and the gate's socket together and runs until it is told to stop.

The reader's composition root: the only place that names concrete sources, each imported when it is chosen. It may not
open a network socket, hold a key or write a frame anywhere.
"""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeVar

from hw.clock import boottime_ms
from hw.no_core import refuse_core
from hw.notify import notify

if TYPE_CHECKING:
    from hw.reader.decoders import Decoder
    from hw.reader.sources import Source

SOURCES = """\
sources:
  picamera2[:N][?lens=D]    Raspberry Pi camera N; the lens fixed at D dioptres (1/m) instead of autofocus
  webcam[:/dev/videoN]      V4L2 camera (needs gapura[webcam])
  files:DIR[?once]          the pictures below DIR, one a frame, round and round or once
  scene:DIR[?seed=N]        a drawn room with the code that DIR/stage.json holds up (needs gapura[ops])
"""
_MAX_FPS = 60
_T = TypeVar("_T", int, float)


class UsageError(Exception):
    """The command line cannot be followed; the message says why."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Say it in one line."""
        self.exit(2, f"{self.prog}: {message} (see --help)\n")


def main(arguments: list[str] | None = None) -> int:
    """Run the reader; return the exit code."""
    parser = _Parser(
        prog="gapura-reader",
        description="Read QR Codes from a camera and hand them to the gate. Frames never leave this process.",
        epilog=SOURCES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--socket", required=True, type=Path, metavar="PATH", help="the gate's socket for this reader")
    parser.add_argument("--source", required=True, metavar="SRC", help="where frames come from, see below")
    parser.add_argument("--decoder", default="auto", choices=("auto", "pyzbar", "zxing"), help="default: auto")
    parser.add_argument("--fps", default=10.0, type=float, metavar="N", help="frames a second, default 10")
    parser.add_argument("--exit-at-end", action="store_true", help="end with the source; 1 if not all was delivered")
    options = parser.parse_args(arguments)
    if not 0 < options.fps <= _MAX_FPS:
        parser.error(f"--fps must be more than 0 and at most {_MAX_FPS}")
    refuse_core()
    stop = threading.Event()
    try:
        signal.signal(signal.SIGTERM, lambda *_: stop.set())
        return _run(options, stop)
    except UsageError as error:
        parser.error(str(error))
    except KeyboardInterrupt:
        return 130


def _run(options: argparse.Namespace, stop: threading.Event) -> int:
    from hw.reader.decoders import build
    from hw.reader.sources import SourceError
    from hw.reader.zbar_process import DecoderError

    with contextlib.ExitStack() as parts:
        try:
            source = _open(options.source)
            parts.callback(source.close)
            decoder = build(options.decoder)
            parts.callback(decoder.close)
        except (SourceError, DecoderError) as error:
            _say(str(error))
            return 1
        if options.decoder == "auto" and decoder.child_pid is None:
            _say("zbar cannot be loaded; reading with zxing-cpp alone (install libzbar0)")
        return _read(options, source, decoder, stop)


def _read(options: argparse.Namespace, source: Source, decoder: Decoder, stop: threading.Event) -> int:
    from hw.reader.gate_link import GateLink
    from hw.reader.loop import CameraLostError, ReaderLoop

    link = GateLink(options.socket)
    loop = ReaderLoop(source, decoder, link, boottime_ms)
    period_s, due_s, told, trouble = 1 / options.fps, time.monotonic(), None, None
    notify("READY=1")
    try:
        while not stop.is_set():
            running = loop.turn()
            if loop.beat_if_due():
                notify("WATCHDOG=1")
            if loop.last_stall != told:
                told = loop.last_stall
                _say(f"stalled: {told}")
            if link.trouble != trouble:
                trouble = link.trouble
                why = f"does not answer at {options.socket} ({trouble}); trying again"
                _say("the gate answers" if trouble is None else f"the gate {why}")
            if not running and options.exit_at_end:
                return _delivered(loop.dropped, whole=link.whole())
            due_s = max(due_s + period_s, time.monotonic() - period_s)
            stop.wait(max(0.0, due_s - time.monotonic()))
    except CameraLostError as error:
        _say(str(error))
        return 1
    finally:
        notify("STOPPING=1")
        link.close()
    return 0


def _delivered(dropped: int, *, whole: bool) -> int:
    """Say at the end whether the gate had everything, as far as this end of the socket can know."""
    if dropped:
        _say(f"not everything was delivered: {dropped} of the scans found nobody to take them")
    elif not whole:
        _say("the gate was not reached, or hung up: codes may not have been delivered")
    return 1 if dropped or not whole else 0


def _open(spec: str) -> Source:
    """Open a source by its name; each is imported only here."""
    kind, _, rest = spec.partition(":")
    place, _, option = rest.partition("?")
    if kind.startswith("picamera2"):
        kind, _, option = spec.partition("?")
        from hw.reader.sources.picamera import open_camera

        number = _number(kind.removeprefix("picamera2").removeprefix(":") or "0", int, "camera")
        lens = _number(option.removeprefix("lens="), float, "lens") if _is(option, "lens=") else None
        return open_camera(number, lens, boottime_ms)
    if kind == "webcam" and not option:
        from hw.reader.sources.webcam import open_webcam

        return open_webcam(place or "/dev/video0", boottime_ms)
    if kind == "files" and place:
        from hw.reader.sources.files import FilesSource

        return FilesSource(Path(place), boottime_ms, once=_is(option, "once"))
    if kind == "scene" and place:
        from hw.reader.sources.scene import SceneSource

        seed = _number(option.removeprefix("seed="), int, "seed") if _is(option, "seed=") else 0
        return SceneSource(Path(place), boottime_ms, seed)
    why = f"unknown source {spec!r}: picamera2[:N], webcam[:DEVICE], files:DIR or scene:DIR"
    raise UsageError(why)


def _is(option: str, known: str) -> bool:
    """Tell whether the one known option is set; any other is a mistake."""
    if option and not (option.startswith(known) if known.endswith("=") else option == known):
        why = f"unknown option {option!r}: only {known!r} is known here"
        raise UsageError(why)
    return bool(option)


def _number(text: str, kind: type[_T], what: str) -> _T:
    try:
        return kind(text)
    except ValueError:
        why = f"{what} must be a number, not {text!r}"
        raise UsageError(why) from None


def _say(line: str) -> None:
    sys.stderr.write(f"gapura-reader: {line}\n")


if __name__ == "__main__":
    sys.exit(main())
