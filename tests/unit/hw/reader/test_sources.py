"""The sources without a camera: pictures in a folder, the drawn room, and the stage that directs it.

Real files; what is drawn is read back by the real decoders.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from hw.reader.decoders import build
from hw.reader.sources import Ended, Frame, SourceError, Stalled
from hw.reader.sources.files import FilesSource
from hw.reader.sources.scene import SceneSource
from hw.reader.sources.stage import Stage, StageError, read, write
from tests.unit.hw.reader.pictures import png

if TYPE_CHECKING:
    from pathlib import Path

CODE = "GP1:" + "ABC123" * 30


def _clock() -> int:
    return 77


def test_files_come_in_order_and_end(tmp_path: Path) -> None:
    """Pictures come sorted, what is no picture is a stall, other files are passed over, and then it has ended."""
    (tmp_path / "b.png").write_bytes(png(np.full((4, 4), 2, np.uint8)))
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "z.png").write_bytes(png(np.full((4, 4), 1, np.uint8)))
    (tmp_path / "c.jpg").write_bytes(b"not a picture")
    (tmp_path / "notes.txt").write_text("passed over")
    source = FilesSource(tmp_path, _clock, once=True)
    shots = [source.shoot() for _ in range(5)]
    assert [int(shot.image[0, 0]) for shot in shots if isinstance(shot, Frame)] == [1, 2]
    assert [type(shot) for shot in shots] == [Frame, Frame, Stalled, Ended, Ended]
    assert isinstance(shots[2], Stalled)
    assert "c.jpg" in shots[2].why
    source.close()


def test_files_go_round(tmp_path: Path) -> None:
    """Without `once` the first picture follows the last."""
    for level in (1, 2):
        (tmp_path / f"{level}.png").write_bytes(png(np.full((4, 4), level, np.uint8)))
    source = FilesSource(tmp_path, _clock, once=False)
    shots = [source.shoot() for _ in range(5)]
    assert [int(shot.image[0, 0]) for shot in shots if isinstance(shot, Frame)] == [1, 2, 1, 2, 1]


def test_a_folder_without_pictures_is_refused(tmp_path: Path) -> None:
    """An empty or missing folder is a clear error before the reader starts."""
    for folder in (tmp_path, tmp_path / "missing"):
        with pytest.raises(SourceError, match="no pictures"):
            FilesSource(folder, _clock, once=True)


@pytest.mark.parametrize(
    "stage",
    [
        Stage(CODE),
        Stage(CODE, dark=True),
        Stage(CODE, tilt_deg=30, turn_deg=25, scale=0.6),
        Stage(CODE, tilt_deg=-25, turn_deg=200, light=0.4, noise=6),
        Stage(CODE, blur=1.2, noise=4, scale=0.7),
        Stage(CODE, glare=0.6, scale=0.7),
    ],
    ids=["plain", "dark mode", "tilted", "dim and turned", "soft", "glare"],
)
def test_the_stage_is_drawn_and_read(tmp_path: Path, stage: Stage) -> None:
    """A code held up in the room in any sane way is read by zxing-cpp and by zbar, from within the frame."""
    write(tmp_path, stage)
    source = SceneSource(tmp_path, _clock)
    shot = source.shoot()
    assert isinstance(shot, Frame)
    assert shot.boottime_ms == 77
    for name in ("zxing", "pyzbar"):
        decoder = build("zxing" if name == "zxing" else "pyzbar", thorough=True)
        (one,) = decoder.decode(shot.image)
        decoder.close()
        assert one.data == CODE.encode()
        assert one.polygon is not None
        assert np.abs(np.mean(one.polygon, axis=0) - (640, 480)).max() < 80


def test_a_new_stage_shows_at_the_next_frame(tmp_path: Path) -> None:
    """Each stage written is in the next frame; an empty folder is an empty room, and no two frames are alike."""
    source = SceneSource(tmp_path, _clock)
    decoder = build("zxing")
    first, second = source.shoot(), source.shoot()
    assert isinstance(first, Frame)
    assert isinstance(second, Frame)
    assert not np.array_equal(first.image, second.image)
    for text in ("one", "two", None):
        write(tmp_path, Stage(text))
        shot = source.shoot()
        assert isinstance(shot, Frame)
        assert [one.data for one in decoder.decode(shot.image)] == ([text.encode()] if text else [])
    decoder.close()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"code": 5}',
        '{"color": 1}',
        '{"scale": 2}',
        '{"scale": NaN}',
        '{"dark": 1}',
        '{"code": ""}',
        "[" * 9000,
    ],
)
def test_a_stage_that_cannot_be_drawn_is_a_stall(tmp_path: Path, text: str) -> None:
    """A broken stage.json is told and does not end the source; the next good one is drawn."""
    (tmp_path / "stage.json").write_text(text)
    source = SceneSource(tmp_path, _clock)
    shot = source.shoot()
    assert isinstance(shot, Stalled)
    assert shot.alive
    assert shot.why.startswith("stage.json")
    write(tmp_path, Stage())
    assert isinstance(source.shoot(), Frame)


def test_a_code_too_long_is_a_stall(tmp_path: Path) -> None:
    """What fits into no QR Code is told."""
    write(tmp_path, Stage("é" * 4000))
    shot = SceneSource(tmp_path, _clock).shoot()
    assert isinstance(shot, Stalled)
    assert "does not fit" in shot.why


def test_the_stage_comes_back_as_written(tmp_path: Path) -> None:
    """What one process stages another one reads; without a file nothing is staged."""
    assert read(tmp_path) == Stage()
    stage = Stage(CODE, 10, 20, 0.5, 1, 2, 0.3, dark=True, light=0.9)
    write(tmp_path, stage)
    assert read(tmp_path) == stage
    assert [path.name for path in tmp_path.iterdir()] == ["stage.json"]
    assert json.loads((tmp_path / "stage.json").read_text())["code"] == CODE


@pytest.mark.parametrize(
    "wrong", [{"code": "x" * 4297}, {"tilt_deg": 71}, {"scale": True}, {"noise": float("inf")}, {"light": "bright"}]
)
def test_a_stage_out_of_bounds_is_refused(wrong: dict[str, Any]) -> None:
    """What cannot be drawn cannot be staged."""
    with pytest.raises(StageError):
        Stage(**wrong)


def test_a_scene_needs_a_folder(tmp_path: Path) -> None:
    """A missing folder is a clear error before the reader starts."""
    with pytest.raises(SourceError, match="no folder"):
        SceneSource(tmp_path / "missing", _clock)
