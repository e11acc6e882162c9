"""The parent's side of zbar: hands a frame to the child, takes the answer or gives up, replaces a child that died.

It decides how long zbar may take and believes no answer that breaks a bound. It may not load zbar itself.
"""

from __future__ import annotations

import mmap
import os
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hw.reader import zbar_worker as worker
from hw.reader.found import Found, Image

if TYPE_CHECKING:
    from hw.reader.found import Polygon

START_S = 10.0
RESTART_S = 2.0
"""The first child may be slow, since the machine is; later ones would keep frames waiting."""
SCAN_S = 1.0
"""A scan may take so long, and so long again for each million pixels; a Pi needs a quarter of it."""
_GUESSES = ("utf-8", "cp932", "iso-8859-1")
_MEGAPIXEL = 1_000_000


class DecoderError(Exception):
    """A decoder that was asked for cannot be used on this machine; the message says what to do."""


class ZbarProcess:
    """zbar in a child of its own; `restarts` counts the children that died or hung."""

    def __init__(self, *, rest_s: float = 0.0, program: Path = Path(worker.__file__)) -> None:
        """Start the child and wait until it is ready; DecoderError says why it is not.

        After a death no child is started for `rest_s`. `program` is the child's Python file.
        """
        self.restarts = 0
        self._program = program
        self._rest_s = rest_s
        self._rested_at = 0.0
        self._frames = os.memfd_create("gapura-frame", os.MFD_CLOEXEC)
        self._pixels: mmap.mmap | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._deadline: float | None = None
        self._answer = b""
        try:
            self._spawn()
            self._greet(START_S)
        except DecoderError:
            self.close()
            raise

    def is_busy(self) -> bool:
        """Whether a frame is being scanned."""
        return self._deadline is not None

    @property
    def pid(self) -> int | None:
        """The child's process id, if one lives."""
        return None if self._child is None else self._child.pid

    def scan(self, image: Image, *, inverted: bool) -> tuple[Found, ...]:
        """Scan one picture and wait; empty if nothing was found or the child had to be given up."""
        self.submit(image, inverted=inverted)
        while self.is_busy():
            found = self.poll(wait=True)
            if found is not None:
                return found
        return ()

    def submit(self, image: Image, *, inverted: bool) -> None:
        """Begin to scan one picture; nothing happens while busy or resting."""
        if self.is_busy() or time.monotonic() < self._rested_at:
            return
        try:
            if self._child is None:
                self._spawn()
                self._greet(RESTART_S)
            self._share(image)
            height, width = image.shape
            self._send(worker.REQUEST.pack(width, height, inverted))
        except (DecoderError, OSError):
            self._give_up()
            return
        self._deadline = time.monotonic() + SCAN_S + SCAN_S * image.size / _MEGAPIXEL

    def poll(self, *, wait: bool = False) -> tuple[Found, ...] | None:
        """Return what the submitted picture held; None while there is no answer (yet)."""
        if self._deadline is None:
            return None
        try:
            body = self._receive(self._deadline if wait else time.monotonic(), self._deadline)
            if body is None:
                return None
            self._deadline = None
            return _unpack(body)
        except (DecoderError, OSError):
            self._give_up()
            return None

    def close(self) -> None:
        """End the child and free the shared pixels."""
        self._end_child()
        if self._pixels is not None:
            self._pixels.close()
            self._pixels = None
        if self._frames >= 0:
            os.close(self._frames)
            self._frames = -1

    def _spawn(self) -> None:
        command = [sys.executable, "-I", str(self._program), str(self._frames)]
        self._answer = b""
        try:
            self._child = subprocess.Popen(  # noqa: S603  our own file, no shell
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                pass_fds=(self._frames,),
                bufsize=0,
            )
        except OSError as error:
            why = f"cannot start the zbar process: {error.strerror}"
            raise DecoderError(why) from error

    def _greet(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        words = self._receive(end, end)
        if words != worker.READY:
            reason = "no answer" if words is None else words.decode("utf-8", "replace")
            why = f"zbar cannot be loaded ({reason}); install libzbar0 or choose --decoder zxing"
            raise DecoderError(why)

    def _share(self, image: Image) -> None:
        if self._pixels is None or len(self._pixels) != image.size:
            if self._pixels is not None:
                self._pixels.close()
            os.ftruncate(self._frames, image.size)
            self._pixels = mmap.mmap(self._frames, image.size)
        np.frombuffer(self._pixels, np.uint8).reshape(image.shape)[:] = image

    def _send(self, data: bytes) -> None:
        if self._child is not None and self._child.stdin is not None:
            self._child.stdin.write(data)

    def _receive(self, until: float, deadline: float) -> bytes | None:
        """Read one whole answer; None if it is not there by `until`, DecoderError if it never will be."""
        if self._child is None or self._child.stdout is None:
            why = "the zbar process is gone"
            raise DecoderError(why)
        pipe = self._child.stdout.fileno()
        while (missing := _missing(self._answer)) > 0:
            ready, _, _ = select.select([pipe], [], [], max(0.0, until - time.monotonic()))
            if not ready:
                if time.monotonic() >= deadline:
                    why = "the zbar process hangs"
                    raise DecoderError(why)
                return None
            piece = os.read(pipe, missing)
            if not piece:
                why = "the zbar process died"
                raise DecoderError(why)
            self._answer += piece
        body, self._answer = self._answer[worker.LENGTH.size :], b""
        return body

    def _give_up(self) -> None:
        self.restarts += 1
        self._end_child()
        self._rested_at = time.monotonic() + self._rest_s

    def _end_child(self) -> None:
        child, self._child, self._deadline = self._child, None, None
        if child is None:
            return
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                pipe.close()


def _missing(answer: bytes) -> int:
    """Return how many bytes of the answer are still to come."""
    head = worker.LENGTH.size
    if len(answer) < head:
        return head - len(answer)
    (length,) = worker.LENGTH.unpack_from(answer)
    if length > worker.MAX_ANSWER_BYTES:
        why = "the zbar process talks too much"
        raise DecoderError(why)
    return head + int(length) - len(answer)


def _unpack(body: bytes) -> tuple[Found, ...]:
    found: list[Found] = []
    at = 0
    while at < len(body):
        if len(body) - at < worker.SYMBOL.size:
            why = "the zbar process breaks its own form"
            raise DecoderError(why)
        length, placed, x1, y1, x2, y2, x3, y3, x4, y4 = worker.SYMBOL.unpack_from(body, at)
        at += worker.SYMBOL.size
        data = body[at : at + length]
        at += length
        polygon: Polygon | None = ((x1, y1), (x2, y2), (x3, y3), (x4, y4)) if placed else None
        found.append(Found(data, _text(data), polygon, "zbar"))
    return tuple(found)


def _text(data: bytes) -> str | None:
    """Guess what the bytes say to a person: UTF-8, else Shift JIS, else the standard's Latin-1 if it can be printed."""
    for charset in _GUESSES:
        try:
            text = data.decode(charset)
        except UnicodeDecodeError:
            continue
        if charset != _GUESSES[-1] or text.replace("\n", " ").isprintable():
            return text
    return None
