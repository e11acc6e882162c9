"""Sheets as a camera sees them: a PDF made into pictures by a program of others, and a code of it as a frame."""

from __future__ import annotations

import io
import random
import shutil
import subprocess
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageFilter

if TYPE_CHECKING:
    from pathlib import Path

    from hw.reader.found import Image as Pixels
    from provisioning.printing.paper import Code

DPI = 200
FRAME = (640, 480)


def rendered(pdf: bytes, folder: Path) -> list[Image.Image]:
    """Draw every page of a PDF with poppler."""
    if shutil.which("pdftoppm") is None:
        message = "this test needs pdftoppm: apt-get install poppler-utils"
        raise AssertionError(message)
    (folder / "in.pdf").write_bytes(pdf)
    subprocess.run(["pdftoppm", "-r", str(DPI), "-gray", "in.pdf", "page"], cwd=folder, check=True, timeout=60)
    return [Image.open(path).convert("L") for path in sorted(folder.glob("page-*.pgm"))]


def cut_out(page: Image.Image, code: Code) -> Image.Image:
    """Take a code with its quiet zone out of a page."""
    scale = DPI / 25.4
    sides = (code.x_mm, code.y_mm, code.x_mm + code.side_mm, code.y_mm + code.side_mm)
    left, top, right, bottom = (round(side * scale) for side in sides)
    return page.crop((left, top, right, bottom))


def frame(code: Image.Image, seed: int, tilt: float = 10.0) -> Pixels:
    """See a code as a cheap camera does: 640 by 480, held askew, a little blurred, with grain."""
    chance = random.Random(seed)  # noqa: S311  a picture of chance, the same in every run
    size = chance.randint(405, 425)
    held = code.resize((size, size), Image.Resampling.BICUBIC)
    held = held.rotate(chance.choice((-tilt, tilt)), Image.Resampling.BICUBIC, expand=True, fillcolor=255)
    seen = Image.new("L", FRAME, 190)
    seen.paste(held, ((FRAME[0] - held.width) // 2, (FRAME[1] - held.height) // 2))
    seen = seen.filter(ImageFilter.GaussianBlur(chance.uniform(0.6, 0.9)))
    grain = np.random.default_rng(seed).normal(0, 6, (FRAME[1], FRAME[0]))
    return np.clip(np.asarray(seen, np.float64) * 0.85 + 20 + grain, 0, 255).astype(np.uint8)


def as_page(png: bytes) -> Pixels:
    """Open a picture as a reader does."""
    with Image.open(io.BytesIO(png)) as picture:
        return pixels(picture)


def pixels(picture: Image.Image) -> Pixels:
    """Take the grey levels of a picture."""
    return np.asarray(picture.convert("L")).astype(np.uint8)
