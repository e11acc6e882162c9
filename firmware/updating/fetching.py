"""Getting a release: metadata by the reference client of TUF, the file in one go or in as many as the network allows.

Whatever a server or a stick holds is believed only as far as the pinned root's keys have signed it (TUF specification
1.0, section 5). All of it is bounded. It unpacks nothing.
"""

from __future__ import annotations

import hashlib
import os
import ssl
import stat
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

import urllib3
from tuf.api.exceptions import (
    BadVersionNumberError,
    DownloadError,
    DownloadHTTPError,
    DownloadLengthMismatchError,
    ExpiredMetadataError,
    RepositoryError,
)
from tuf.api.metadata import Metadata, TargetFile, Timestamp
from tuf.ngclient import FetcherInterface, Updater, UpdaterConfig

from firmware.updating.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MAX_ARTEFACT: Final = 256 << 20
_PIECE: Final = 256 * 1024
_NET_PIECE: Final = 16 * 1024
"""What is lost of a connection that breaks off: the library drops the piece it was reading."""
_STALL_S: Final = 30.0
_MISSING: Final = 404
_PARTIAL: Final = 206
_REFUSED: Final = 400
_DAY_S: Final = 86_400
_CONFIG: Final = UpdaterConfig(
    max_root_rotations=64,
    root_max_length=128 * 1024,
    timestamp_max_length=16 * 1024,
    snapshot_max_length=256 * 1024,
    targets_max_length=1 << 20,
    max_delegations=4,
)


@dataclass(frozen=True, slots=True)
class Times:
    """What time it is: the gate's trusted interval and the kernel's own clock, which TUF's client reads (Unix s)."""

    earliest: int
    latest: int
    kernel: int

    @property
    def agree(self) -> bool:
        """Whether the kernel's clock is within a day of what is trusted."""
        return self.earliest - _DAY_S <= self.kernel <= self.latest + _DAY_S


class Source(FetcherInterface):
    """Reads `https://` and `file:///`, from an offset where that helps; `ca` is one more authority for servers."""

    def __init__(self, ca: Path | None = None) -> None:
        """Open nothing yet."""
        self._ca = ca
        self._servers: urllib3.PoolManager | None = None

    def _fetch(self, url: str) -> Iterator[bytes]:
        """Read a whole file."""
        return self.read(url, 0)[1]

    def read(self, url: str, offset: int) -> tuple[int, Iterator[bytes]]:
        """Read from an offset; answers from where it really is, which is 0 where a server knows no ranges.

        Raises DownloadError, and while it is read OSError or urllib3's HTTPError.
        """
        return self._file(url, offset) if url.startswith("file:///") else self._https(url, offset)

    def _file(self, url: str, offset: int) -> tuple[int, Iterator[bytes]]:
        """Open a file of this machine, a stick's for example."""
        try:
            handle = os.open(unquote(urlsplit(url).path), os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError as error:
            raise DownloadHTTPError(url, _MISSING) from error
        except OSError as error:
            raise DownloadError(str(error)) from error
        file = os.fdopen(handle, "rb")
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            file.close()
            raise DownloadError(url)
        file.seek(offset)

        def pieces() -> Iterator[bytes]:
            with file:
                while piece := file.read(_PIECE):
                    yield piece

        return offset, pieces()

    def _pool(self) -> urllib3.PoolManager:
        """Make what speaks to servers, once; a server that sends one elsewhere is not followed."""
        if self._servers is None:
            context = ssl.create_default_context()
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            if self._ca is not None and self._ca.is_file():
                context.load_verify_locations(self._ca)
            wait = urllib3.Timeout(_STALL_S)
            again = urllib3.Retry(2, redirect=0)
            self._servers = urllib3.PoolManager(ssl_context=context, timeout=wait, retries=again, num_pools=1)
        return self._servers

    def _https(self, url: str, offset: int) -> tuple[int, Iterator[bytes]]:
        """Ask a server; anything but an answer to the question is none."""
        if not url.startswith("https://"):
            raise DownloadError(url)
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={offset}-"} if offset else {})
        try:
            answer = self._pool().request("GET", url, headers=headers, preload_content=False)
        except urllib3.exceptions.HTTPError as error:
            raise DownloadError(str(error)) from error
        if answer.status >= _REFUSED:
            answer.close()
            raise DownloadHTTPError(url, answer.status)

        def pieces() -> Iterator[bytes]:
            try:
                yield from answer.stream(_NET_PIECE)
            finally:
                answer.release_conn()

        return offset if answer.status == _PARTIAL else 0, pieces()


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository as one gate sees it: its address, the pinned root, and the folder of what was believed before."""

    address: str
    root: bytes
    folder: Path
    source: Source

    def find(self, target: str, times: Times) -> TargetFile | Fault:
        """Bring the metadata up to date and look a file up in it; raises OSError where the card fails."""
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            client = Updater(
                str(self.folder),
                f"{self.address.rstrip('/')}/metadata/",
                fetcher=self.source,
                config=_CONFIG,
                bootstrap=self.root,
            )
            client.refresh()
            if self._has_ended(times):
                return Fault.METADATA_EXPIRED
            found = client.get_targetinfo(target)
        except ExpiredMetadataError:
            return Fault.METADATA_EXPIRED if times.agree else Fault.CLOCK_WRONG
        except (RepositoryError, DownloadError, urllib3.exceptions.HTTPError) as error:
            return _named(error)
        if found is None:
            return Fault.NO_SUCH_RELEASE
        return found if found.length <= MAX_ARTEFACT and "sha256" in found.hashes else Fault.TOO_BIG

    def _has_ended(self, times: Times) -> bool:
        """Judge the timestamp by trusted time too: a kernel that is behind would take a frozen repository for fresh."""
        shown = Metadata[Timestamp].from_file(str(self.folder / "timestamp.json"))
        return shown.signed.is_expired(datetime.fromtimestamp(times.earliest, UTC))

    def download(self, found: TargetFile, to: Path, told: Callable[[int], object]) -> Fault | None:
        """Go on with a file where it ended last time, until it is whole and what was signed; raises OSError.

        `told` hears from time to time how much of it is there, in percent.
        """
        folder, _, name = found.path.rpartition("/")
        url = f"{self.address.rstrip('/')}/targets/{folder}/{next(iter(found.hashes.values()))}.{name}"
        there = to.stat().st_size if to.is_file() else 0
        if there < found.length:
            try:
                fault = self._go_on(url, there, found.length, to, told)
            except (DownloadError, urllib3.exceptions.HTTPError):
                return Fault.UNREACHABLE
            if fault is not None:
                to.unlink(missing_ok=True)
                return fault
        if to.stat().st_size == found.length and _sha256(to) == found.hashes["sha256"]:
            return None
        to.unlink()
        return Fault.BAD_ARTEFACT

    def _go_on(self, url: str, there: int, length: int, to: Path, told: Callable[[int], object]) -> Fault | None:
        """Read what is missing; a server that has more, or ends before, has another file."""
        begins, pieces = self.source.read(url, there)
        with to.open("ab" if begins else "wb") as file:
            done = begins
            for piece in pieces:
                done += len(piece)
                if done > length:
                    return Fault.BAD_ARTEFACT
                file.write(piece)
                told(done * 100 // length)
            file.flush()
            os.fsync(file.fileno())
        return None if done == length else Fault.BAD_ARTEFACT


def _named(error: Exception) -> Fault:
    """Name what ended the look-up."""
    match error:
        case BadVersionNumberError():
            return Fault.OLD_METADATA
        case RepositoryError() | DownloadLengthMismatchError():
            return Fault.BAD_METADATA
        case _:
            return Fault.UNREACHABLE


def _sha256(path: Path) -> str:
    """Digest a file in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
