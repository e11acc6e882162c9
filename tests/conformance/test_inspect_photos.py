"""`gapura inspect --decode-only` over public photographs in one process, beside zxing-cpp on the same pixels.

A sample by default, all of them with GAPURA_FULL=1; both rates and the lost pictures are printed. The pixels that
zxing-cpp is given are opened by Pillow alone, so that a fault of our own loading cannot hide.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
import zxingcpp
from PIL import Image as Pillow

from tests.bench.truth import Read, Truth, folder
from tests.command import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PHOTOS = folder()
SAMPLE_STEP = 1 if os.environ.get("GAPURA_FULL") == "1" else 8
DECODERS = {"zxing", "zbar"}


def _inspect(paths: list[Path]) -> tuple[int, list[dict[str, object]]]:
    """Give every picture to one process of the command."""
    argv = [sys.executable, "-m", "firmware", "inspect", "--decode-only", *map(str, paths)]
    done = subprocess.run(argv, capture_output=True, cwd=ROOT, check=False, timeout=1000)
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def _ours(line: dict[str, object]) -> list[Read]:
    """Take the codes out of a line of the contract."""
    reads: list[Read] = []
    codes = line["codes"]
    assert isinstance(codes, list)
    for code in codes:
        corners = code["polygon"]
        middle = corners and (sum(x for x, _ in corners) / 4, sum(y for _, y in corners) / 4)
        reads.append(Read(base64.b64decode(code["bytes_b64"], validate=True), code["text"], middle))
    return reads


def _theirs(path: Path) -> list[Read]:
    """Read with zxing-cpp's defaults, QR Code only."""
    with Pillow.open(path) as picture:
        pixels = np.asarray(picture.convert("L"))
    formats = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    reads: list[Read] = []
    for code in zxingcpp.read_barcodes(pixels, formats=formats):
        at = code.position
        corners = (at.top_left, at.top_right, at.bottom_right, at.bottom_left)
        reads.append(Read(code.bytes, code.text, (sum(p.x for p in corners) / 4, sum(p.y for p in corners) / 4)))
    return reads


@pytest.mark.timeout(1200)
def test_no_picture_is_lost_against_zxing_cpp(capsys: pytest.CaptureFixture[str]) -> None:
    """Every picture gets its line in order, none ends the process, and none that zxing-cpp reads is left unread."""
    if PHOTOS is None:
        pytest.skip("0 of 621 photographs inspected: set GAPURA_PHOTOS to the folder that holds truth.json")
    truth = Truth(PHOTOS)
    names = truth.names()[::SAMPLE_STEP]
    assert len(names) >= 30
    code, lines = _inspect([PHOTOS / name for name in names])
    assert code == 0
    assert [line["input"] for line in lines] == [str(PHOTOS / name) for name in names]
    ours = {name: _ours(line) for name, line in zip(names, lines, strict=True)}
    theirs = {name: _theirs(PHOTOS / name) for name in names}
    unread = sorted(name for name in names if theirs[name] and not ours[name])
    wrong = sorted(name for name in names if truth.right(name, theirs[name]) > truth.right(name, ours[name]))
    with capsys.disabled():
        for who, reads in (("gapura inspect", ours), ("zxing-cpp", theirs)):
            read = sum(bool(each) for each in reads.values())
            right = sum(truth.right(name, each) > 0 for name, each in reads.items())
            line = f"{who}: {read} of {len(names)} pictures read, {right} right ({100 * right / len(names):.1f} %)"
            sys.stdout.write("\n" + line)
        sys.stdout.write(f"\nlost against zxing-cpp: {unread or 'none'}; read worse: {wrong or 'none'}\n")
    assert unread == []
    assert wrong == []
    assert {line["decoder"] for line in lines if line["decoded"]} <= DECODERS
