"""The child process that zbar lives in: reads a frame's size, scans the shared pixels, writes what it found.

It may not import anything of ours, open a file or a socket, or keep a frame. It ends when its input ends, and where
zbar aborts nobody but this process goes with it.
"""

from __future__ import annotations

import mmap
import os
import resource
import signal
import struct
import sys
from ctypes import CDLL, c_char, c_void_p, cast, string_at
from typing import Any

REQUEST = struct.Struct("<IIB")
"""Width, height, whether inverted codes are tried as well."""
LENGTH = struct.Struct("<I")
SYMBOL = struct.Struct("<IB8i")
"""Length of the data that follow, whether there is a polygon, its corners."""
READY = b"ready"
MAX_SYMBOLS = 32
MAX_DATA_BYTES = 8 * 1024
MAX_ANSWER_BYTES = MAX_SYMBOLS * (SYMBOL.size + MAX_DATA_BYTES)

_GREY = int.from_bytes(b"Y800", "little")
_ALL_SYMBOLS = 0
_QRCODE = 64
_ENABLE = 0
_BINARY = 4
"""ZBAR_CFG_BINARY, since zbar 0.23.1: byte-mode data are not converted to text. pyzbar has no name for it."""
_TEST_INVERTED = 129
_CORNERS = 4
_PR_SET_DUMPABLE = 4


def answer(zbar: Any, pixels: mmap.mmap, request: bytes) -> bytes:  # noqa: ANN401  pyzbar's wrapper has no types
    """Scan the frame described by `request`; symbols beyond the bounds are left out."""
    width, height, inverted = REQUEST.unpack(request)
    view = (c_char * (width * height)).from_buffer(pixels)
    scanner, image = zbar.zbar_image_scanner_create(), zbar.zbar_image_create()
    try:
        zbar.zbar_image_scanner_set_config(scanner, _ALL_SYMBOLS, _ENABLE, 0)
        zbar.zbar_image_scanner_set_config(scanner, _QRCODE, _ENABLE, 1)
        zbar.zbar_image_scanner_set_config(scanner, _QRCODE, _BINARY, 1)
        zbar.zbar_image_scanner_set_config(scanner, _ALL_SYMBOLS, _TEST_INVERTED, inverted)
        zbar.zbar_image_set_format(image, _GREY)
        zbar.zbar_image_set_size(image, width, height)
        zbar.zbar_image_set_data(image, cast(view, c_void_p), width * height, None)
        zbar.zbar_scan_image(scanner, image)
        return b"".join(_symbols(zbar, image))
    finally:
        zbar.zbar_image_destroy(image)
        zbar.zbar_image_scanner_destroy(scanner)
        del view  # a live view would keep the shared pixels from being mapped anew


def _symbols(zbar: Any, image: Any) -> list[bytes]:  # noqa: ANN401
    parts: list[bytes] = []
    symbol = zbar.zbar_image_first_symbol(image)
    while symbol and len(parts) < MAX_SYMBOLS:
        length = zbar.zbar_symbol_get_data_length(symbol)
        if symbol.contents.type == _QRCODE and 0 < length <= MAX_DATA_BYTES:
            data = string_at(zbar.zbar_symbol_get_data(symbol), length)
            corners = _corners(zbar, symbol)
            parts.append(SYMBOL.pack(length, bool(corners), *(corners or [0] * 2 * _CORNERS)) + data)
        symbol = zbar.zbar_symbol_next(symbol)
    return parts


def _corners(zbar: Any, symbol: Any) -> list[int]:  # noqa: ANN401
    """Return x and y of top left, top right, bottom right, bottom left; zbar goes round the other way."""
    if zbar.zbar_symbol_get_loc_size(symbol) != _CORNERS:
        return []
    turn = (0, 3, 2, 1)
    return [at for i in turn for at in (zbar.zbar_symbol_get_loc_x(symbol, i), zbar.zbar_symbol_get_loc_y(symbol, i))]


def serve(frames: int, requests: int, answers: int) -> None:
    """Answer requests until the input ends. `frames` is the descriptor of the shared pixels."""
    try:
        from pyzbar import wrapper as zbar  # noqa: PLC0415  the parent must hear why it cannot be loaded
    except ImportError as error:
        _write(answers, str(error).encode("utf-8", "replace")[:200])
        return
    _write(answers, READY)
    pixels: mmap.mmap | None = None
    while request := _read(requests, REQUEST.size):
        size = os.fstat(frames).st_size
        if pixels is None or len(pixels) != size:
            pixels = mmap.mmap(frames, size)
        _write(answers, answer(zbar, pixels, request))


def _read(source: int, size: int) -> bytes:
    """Read exactly `size` bytes; empty at the end of the input."""
    data = b""
    while len(data) < size:
        piece = os.read(source, size - len(data))
        if not piece:
            return b""
        data += piece
    return data


def _write(target: int, body: bytes) -> None:
    data = LENGTH.pack(len(body)) + body
    while data:
        data = data[os.write(target, data) :]


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump would hold a frame: `hw/no_core.py`, in place
    CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    os.nice(5)
    serve(int(sys.argv[1]), sys.stdin.fileno(), sys.stdout.fileno())
