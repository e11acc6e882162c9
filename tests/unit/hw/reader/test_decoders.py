"""The decoders on drawn codes, and zbar's child under everything that can become of a child.

Real libraries and real processes; nothing is stood in for but the child's program, where it must misbehave.
"""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hw.reader.decoders import NAMES, Decoder, build
from hw.reader.found import Found, Polygon, same_symbol, union
from hw.reader.looks import all_looks
from hw.reader.zbar_process import DecoderError, ZbarProcess
from tests.unit.hw.reader.pictures import code, frame

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hw.reader.decoders import Name
    from hw.reader.found import Image

EVERY_BYTE = bytes(range(256))
PAYLOADS = (
    EVERY_BYTE,
    b"\x00\xff\xfe\x80",
    "日本語 é".encode(),
    "デザイン".encode("cp932"),
    "GP1:ABC$ 1",
    "0123456789",
)


@pytest.fixture(params=NAMES)
def still(request: pytest.FixtureRequest) -> Iterator[Decoder]:
    """Build each decoder for still pictures."""
    decoder = build(request.param, thorough=True)
    yield decoder
    decoder.close()


@pytest.fixture
def zbar() -> Iterator[ZbarProcess]:
    """Start a zbar child."""
    process = ZbarProcess()
    yield process
    process.close()


@pytest.fixture(scope="module")
def patient_zbar() -> Iterator[ZbarProcess]:
    """Start one zbar child for many pictures."""
    process = ZbarProcess()
    yield process
    process.close()


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda payload: repr(payload)[:20])
def test_bytes_are_exact(still: Decoder, payload: bytes | str) -> None:
    """What was put into a code comes out byte for byte, whichever decoder reads it, and once."""
    data = payload if isinstance(payload, bytes) else payload.encode()
    assert [one.data for one in still.decode(frame((code(payload), 200, 300)))] == [data]


@settings(max_examples=40, deadline=None)
@given(st.binary(min_size=1, max_size=400))
def test_any_bytes_survive_zbar(patient_zbar: ZbarProcess, data: bytes) -> None:
    """No byte-mode payload is mangled on zbar's way through the child."""
    assert [one.data for one in patient_zbar.scan(code(data), inverted=False)] == [data]


def test_text_is_for_people(still: Decoder) -> None:
    """Text is given where the bytes are text."""
    (one,) = still.decode(code("Gapura é"))
    assert one.text == "Gapura é"


def test_polygon_is_in_the_pictures_pixels(still: Decoder) -> None:
    """The corners go round from the upper left, in pixels of the picture as given, at any of four turns."""
    module = 360 // 29
    left, top, right, bottom = 200 + 4 * module, 300 + 4 * module, 200 + 25 * module, 300 + 25 * module
    corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
    for turns in range(4):
        (one,) = still.decode(frame((np.rot90(code("GP1:CORNERS"), -turns), 200, 300)))
        assert one.polygon is not None
        expected = corners[turns:] + corners[:turns]
        assert np.abs(np.array(one.polygon) - np.array(expected)).max() <= 3


def test_inverted_codes_are_read(still: Decoder) -> None:
    """A code light on dark, as phones show it, is read."""
    assert [one.data for one in still.decode(255 - frame((code("dark"), 300, 300)))] == [b"dark"]


def test_two_symbols_alike_count_twice_and_one_counts_once(still: Decoder) -> None:
    """Finds are merged by place, not by content alone."""
    picture = frame((code("same"), 50, 100), (code("same"), 700, 400), (code("other"), 700, 20))
    assert sorted(one.data for one in still.decode(picture)) == [b"other", b"same", b"same"]


@pytest.mark.parametrize("shape", [(1, 1), (1, 400), (7, 3), (2000, 2), (960, 1280)])
def test_pictures_without_codes_are_empty(still: Decoder, shape: tuple[int, int]) -> None:
    """Nothing is found in nothing, whatever its size, and zbar's child outlives it."""
    assert still.decode(np.full(shape, 128, np.uint8)) == ()
    assert still.restarts == 0


def test_looks_stay_in_bounds_and_scale_back() -> None:
    """Every look gives grey pixels and a scale that leads back to the picture's width."""
    picture = frame((code("look"), 300, 300))
    for look in all_looks():
        changed, scale = look(picture)
        assert changed.dtype == np.uint8
        assert changed.shape[1] == round(picture.shape[1] * scale)
        assert look.suits(picture)
        assert look.suits(np.zeros((4000, 4000), np.uint8)) == (look.enlarges == 1.0)


def test_a_look_reads_what_first_sight_does_not() -> None:
    """A code almost without contrast in a slanting light is read by one of the other looks, at its place."""
    noise = np.random.default_rng(5).normal(0, 1.0, (960, 1280))
    picture = frame((code("faint", side=200), 500, 400)).astype(np.float64)
    faint = (110 + (picture - 128) * 0.04 + np.linspace(0, 120, 1280) + noise).astype(np.uint8)
    decoder = build("zxing", thorough=True)
    assert decoder.glance(faint) == ()
    (one,) = decoder.decode(faint)
    assert one.data == b"faint"
    assert one.polygon is not None
    assert abs(one.polygon[0][0] - 530) <= 10


def test_live_auto_reads_with_zbar_meanwhile() -> None:
    """A code on a dark wall without a quiet zone, which only zbar reads, comes with a later frame and says how late."""
    dark = np.full((960, 1280), 90, np.uint8)
    tight = code("tight", border=0)
    dark[300 : 300 + len(tight), 300 : 300 + len(tight)] = tight
    decoder = build("auto")
    assert decoder.glance(dark) == ()
    found: tuple[Found, ...] = ()
    while not found:
        found = decoder.decode(dark)
    decoder.close()
    assert [(one.data, one.decoder) for one in found] == [(b"tight", "zbar")]
    assert found[0].age_ms > 0


@pytest.mark.parametrize("name", NAMES)
def test_live_decoders_read_plain_and_inverted(name: Name) -> None:
    """Each live decoder reads a code and its inverse within two frames, without any other help, at its place."""
    decoder = build(name)
    for picture in (frame((code("live"), 300, 300)), 255 - frame((code("live"), 300, 300))):
        reads = decoder.decode(picture) + decoder.decode(picture)
        reads += decoder.glance(picture)
        assert {one.data for one in reads} == {b"live"}
        for one in reads:
            assert one.polygon is not None
            assert np.abs(np.array(one.polygon[0]) - 300 - 4 * (360 // 29)).max() <= 4
    decoder.close()


@pytest.mark.parametrize("sigma", [3, 8])
@pytest.mark.parametrize(("text", "side"), [("GP1:ALIVE", 500), ("GP1:" + "A1" * 120, 480)])
def test_zbar_alone_reads_through_noise(text: str, side: int, sigma: int) -> None:
    """Large modules and dense codes alike are read by zbar alone in a sensor's noise, within a round of its views."""
    noise = np.random.default_rng(7).normal(0, sigma, (960, 1280))
    picture = np.clip(frame((code(text, side=side), 300, 200)) * 0.8 + 20 + noise, 0, 255).astype(np.uint8)
    decoder = build("pyzbar")
    assert {one.data for _ in range(4) for one in decoder.decode(picture)} == {text.encode()}
    decoder.close()


def test_killed_child_is_replaced(zbar: ZbarProcess) -> None:
    """A death of zbar costs one frame: it is counted, and the next frame is read by a new child."""
    picture = code("again")
    first = zbar.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    assert zbar.scan(picture, inverted=False) == ()
    assert zbar.restarts == 1
    assert [one.data for one in zbar.scan(picture, inverted=False)] == [b"again"]
    assert zbar.pid not in {None, first}


def test_hanging_child_is_replaced(zbar: ZbarProcess) -> None:
    """A child that does not answer in time is killed and counted."""
    assert zbar.pid is not None
    os.kill(zbar.pid, signal.SIGSTOP)
    assert zbar.scan(code("slow"), inverted=False) == ()
    assert zbar.restarts == 1
    assert [one.data for one in zbar.scan(code("slow"), inverted=False)] == [b"slow"]


@pytest.mark.parametrize(
    "deed",
    [
        "os.abort()",
        "sys.exit(0)",
        "os.write(1, b'\\xff\\xff\\xff\\xff' + bytes(100))",
        "os.write(1, (5).to_bytes(4, 'little') + b'short')",
        "os.write(1, (3).to_bytes(4, 'little'))",
    ],
    ids=["abort", "exit", "endless answer", "broken answer", "half an answer"],
)
def test_no_child_takes_the_reader_down(tmp_path: Path, deed: str) -> None:
    """Whatever a child does instead of answering, the picture is given up and the child replaced."""
    program = tmp_path / "child.py"
    hello = "os.write(1, (5).to_bytes(4, 'little') + b'ready')"
    program.write_text(f"import os, sys\n{hello}\nos.read(0, 9)\n{deed}\nos.read(0, 9)\n")
    zbar = ZbarProcess(program=program)
    for count in (1, 2):
        assert zbar.scan(code("x"), inverted=False) == ()
        assert zbar.restarts == count
    zbar.close()


def test_resting_after_a_death(tmp_path: Path) -> None:
    """Live, a child that died is not replaced at once, so that deaths cannot eat the processor."""
    program = tmp_path / "child.py"
    program.write_text("import os\nos.write(1, (5).to_bytes(4, 'little') + b'ready')\n")
    zbar = ZbarProcess(program=program, rest_s=3600)
    for _ in range(3):
        assert zbar.scan(code("x"), inverted=False) == ()
    assert zbar.restarts == 1
    zbar.close()


def test_unloadable_zbar_is_one_clear_error(tmp_path: Path) -> None:
    """A child that cannot load zbar says why, and what to do."""
    program = tmp_path / "child.py"
    program.write_text("import os\nos.write(1, (7).to_bytes(4, 'little') + b'no zbar')\n")
    with pytest.raises(DecoderError, match=r"no zbar.*libzbar0"):
        ZbarProcess(program=program)


def test_pictures_of_changing_size(zbar: ZbarProcess) -> None:
    """The shared pixels follow the pictures' sizes, up and down."""
    for side in (300, 900, 120, 700):
        assert [one.data for one in zbar.scan(code("size", side=side), inverted=False)] == [b"size"]
    assert zbar.restarts == 0


def _found(x: int, side: int, data: bytes = b"a", polygon: Polygon | None = None) -> Found:
    square: Polygon = ((x, 0), (x + side, 0), (x + side, side), (x, side))
    return Found(data, None, polygon or square, "zxing")


def test_same_symbol_by_place_or_else_by_bytes() -> None:
    """Near centres are one symbol whatever was read; without a place the bytes tell."""
    placeless = Found(b"a", None, None, "zbar")
    cases = [
        (_found(0, 100), _found(40, 100, b"b"), True),
        (_found(0, 100), _found(60, 100), False),
        (_found(0, 100), _found(0, 10), False),
        (_found(0, 100), placeless, True),
        (_found(0, 100, b"b"), placeless, False),
    ]
    for one, other, same in cases:
        assert same_symbol(one, other) is same
        assert same_symbol(other, one) is same
        assert len(union((one,), (other,))) == (1 if same else 2)


def test_build_refuses_other_names() -> None:
    """A name that is none is a clear error."""
    with pytest.raises(DecoderError, match="opencv"):
        build("opencv")  # type: ignore[arg-type]


def test_picture_may_be_any_view() -> None:
    """Slices and mirrored views of a frame decode as copies of them do."""
    picture = frame((code("view"), 300, 300))
    views: list[Image] = [picture[100:900, 100:1200], np.rot90(picture), picture.T.T]
    for name in NAMES:
        decoder = build(name, thorough=True)
        for view in views:
            assert [one.data for one in decoder.decode(view)] == [b"view"]
        decoder.close()
