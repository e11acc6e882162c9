"""Archives of one file: each way in which writers of others make one is read, and any bytes whatever raise nothing."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.signed import single_zip

NAME = "certificate.json"
FILE = b'{"a": 1}' * 20


class Pipe(io.RawIOBase):
    """Somewhere to write to that cannot go back, as the issuers' own program writes."""

    def __init__(self) -> None:
        """Begin empty."""
        super().__init__()
        self.written = b""

    def writable(self) -> bool:
        """Say that it can be written to."""
        return True

    def write(self, data: object) -> int:
        """Take bytes."""
        taken = bytes(memoryview(data))  # type: ignore[arg-type]
        self.written += taken
        return len(taken)


def streamed() -> bytes:
    """Write an archive whose sizes stand behind the file (APPNOTE section 4.3.9)."""
    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(NAME, FILE)
    return pipe.written


def at_once(method: int) -> bytes:
    """Write an archive whose sizes stand before the file."""
    found = io.BytesIO()
    with zipfile.ZipFile(found, "w", method) as archive:
        archive.writestr(NAME, FILE)
    return found.getvalue()


@pytest.mark.parametrize(
    "archive",
    [streamed(), at_once(zipfile.ZIP_DEFLATED), at_once(zipfile.ZIP_STORED)],
    ids=["streamed", "deflated", "stored"],
)
def test_a_file_comes_out_as_it_went_in(archive: bytes) -> None:
    """Sizes before the file or behind it, packed or not."""
    assert single_zip.read(archive, NAME.encode()) == FILE


def test_sizes_behind_a_file_are_held_against_it() -> None:
    """A descriptor that says something else than the directory is no archive."""
    archive = streamed()
    at = archive.index(b"PK\x07\x08")
    assert not isinstance(single_zip.read(archive[: at + 4] + b"\0" + archive[at + 5 :], NAME.encode()), bytes)


@given(st.integers(0, 400), st.binary(max_size=8), st.sampled_from([streamed(), at_once(zipfile.ZIP_DEFLATED)]))
def test_nothing_but_the_file_comes_out(at: int, patch: bytes, archive: bytes) -> None:
    """Whatever is written over an archive, it gives the very file or a reason."""
    found = single_zip.read(archive[:at] + patch + archive[at + len(patch) :], NAME.encode())
    assert found == FILE or not isinstance(found, bytes)
