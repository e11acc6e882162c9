"""The gate's end of the scan sockets: takes what readers say, refuses what they may not say, tells when one is gone.

It decides whether a peer and a message count, by uid, size, form, age and rate. It may not look into a code. One
thread serves all readers and does nothing with a message but hand it to the sink.
"""

from __future__ import annotations

import selectors
import socket
import threading
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, assert_never

from hw import seqpacket
from hw.reader.messages import MAX_MESSAGE_BYTES, Beat, Cause, Refused, Scan, decode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hw.ports import ScanSink

MAX_AGE_MS = 1_000
MAX_AHEAD_MS = 100
"""Both ends read the same kernel's clock; what is further ahead was never taken from it."""
SILENCE_MS = 3_000
SCANS_A_SECOND = 20
MESSAGES_A_SECOND = 100
"""A peer that talks faster is hung up, so that nobody can fill the gate's inbox."""
_SECOND_MS = 1_000
_PAUSE_MS = 100
_TURN_S = 0.2


@dataclass(frozen=True, slots=True)
class ReaderSocket:
    """One reader: its name, where the gate listens for it, which user id it must run as and which group may knock.

    A group of its own for each reader: whoever shares one could keep another's queue of knocks full.
    """

    name: str
    path: Path
    uid: int
    gid: int | None = None


class SocketScanSource:
    """All readers' sockets, served by one thread (implements `ports.ScanSource`)."""

    def __init__(self, readers: tuple[ReaderSocket, ...], clock_ms: Callable[[], int]) -> None:
        """Bind every socket now; OSError names the path that could not be bound. `clock_ms` is CLOCK_BOOTTIME."""
        self._clock_ms = clock_ms
        self._started_ms = 0
        self._selector = selectors.DefaultSelector()
        self._wake, self._woken = socket.socketpair()
        self._thread: threading.Thread | None = None
        self._lines: list[_Line] = []
        try:
            for reader in readers:
                listener = seqpacket.listen(reader.path, reader.gid)
                self._lines.append(_Line(reader, listener, reader.path.lstat().st_ino))
        except OSError:
            self._give_up()
            raise

    def start(self, sink: ScanSink) -> None:
        """Begin to deliver; a scan taken before this moment is stale."""
        self._started_ms = self._clock_ms()
        self._selector.register(self._woken, selectors.EVENT_READ)
        for line in self._lines:
            line.heard_ms = self._started_ms
            self._selector.register(line.listener, selectors.EVENT_READ, line)
        self._thread = threading.Thread(target=self._serve, args=(sink,), name="scan-socket", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop the thread, hang up on every reader and remove the sockets."""
        if self._thread is not None:
            self._wake.send(b"\0")
            self._thread.join()
            self._thread = None
        self._give_up()

    def _give_up(self) -> None:
        self._selector.close()
        for end in (self._wake, self._woken):
            end.close()
        for line in self._lines:
            line.close()
        self._lines.clear()

    def _serve(self, sink: ScanSink) -> None:
        while True:
            for key, _ in self._selector.select(_TURN_S):
                if key.fileobj is self._woken:
                    return
                line: _Line = key.data
                if key.fileobj is line.listener:
                    self._accept(line, sink)
                elif key.fileobj is line.peer:
                    self._receive(line, line.peer, sink)
            self._look_round(sink)

    def _look_round(self, sink: ScanSink) -> None:
        """Tell of readers that fell silent and hang up on them; listen again where a peer was turned away."""
        now_ms = self._clock_ms()
        for line in self._lines:
            if now_ms - line.heard_ms >= SILENCE_MS:
                _lose(line, sink)
                if line.peer is not None:  # a peer that hangs must not keep its successor out
                    self._hang_up(line, line.peer, sink)
            if line.muted_until_ms is not None and now_ms >= line.muted_until_ms:
                line.muted_until_ms = None
                self._selector.register(line.listener, selectors.EVENT_READ, line)

    def _accept(self, line: _Line, sink: ScanSink) -> None:
        try:
            peer, _ = line.listener.accept()
        except OSError:  # the peer left before its turn, or descriptors ran out: the next turn tries again
            self._mute(line, _PAUSE_MS)
            return
        while line.peer is not None and self._receive(line, line.peer, sink):
            pass  # a reader that was started again may knock before its forerunner's end has been read
        uid, wanted = seqpacket.uid_of(peer), line.reader.uid
        if line.peer is not None or uid != wanted:
            self._mute(line, _PAUSE_MS)
            peer.close()
            detail = "one is connected already" if uid == wanted else f"uid {uid}, and only uid {wanted} may"
            sink.refused(line.reader.name, Cause.PEER, detail)
            return
        peer.settimeout(0)
        line.peer, line.heard_ms = peer, self._clock_ms()
        self._selector.register(peer, selectors.EVENT_READ, line)

    def _receive(self, line: _Line, peer: socket.socket, sink: ScanSink) -> bool:
        """Take one message, or the end of the connection; False if there was neither."""
        try:
            data, _, flags, _ = peer.recvmsg(MAX_MESSAGE_BYTES)
        except (BlockingIOError, InterruptedError):
            return False
        except OSError:
            data, flags = b"", 0
        now_ms = self._clock_ms()
        if not data:  # a closed socket, or an empty message, which nothing of ours sends
            self._hang_up(line, peer, sink)
        elif _too_many(line.messages, MESSAGES_A_SECOND, now_ms):
            self._mute(line, _SECOND_MS)
            sink.refused(line.reader.name, Cause.FLOOD)
            self._hang_up(line, peer, sink)
        else:
            self._judge(line, data, flags, now_ms, sink)
        return True

    def _judge(self, line: _Line, data: bytes, flags: int, now_ms: int, sink: ScanSink) -> None:
        if flags & socket.MSG_TRUNC:
            sink.refused(line.reader.name, Cause.TOO_LONG)
            return
        message = Refused(Cause.MALFORMED) if flags & socket.MSG_CTRUNC else decode(data)
        match message:
            case Refused(cause):
                sink.refused(line.reader.name, cause)
            case Beat(values=values):
                line.hear(now_ms)
                sink.beat(line.reader.name, dict(values))
            case Scan(stamp, codes):
                line.hear(now_ms)
                unfit = self._unfit(line, stamp, now_ms)
                if unfit is None:
                    sink.scanned(line.reader.name, codes)
                else:
                    sink.refused(line.reader.name, unfit)
            case _:
                assert_never(message)

    def _unfit(self, line: _Line, stamp_ms: int, now_ms: int) -> Cause | None:
        if stamp_ms < self._started_ms or now_ms - stamp_ms > MAX_AGE_MS:
            return Cause.STALE
        if stamp_ms - now_ms > MAX_AHEAD_MS:
            return Cause.FUTURE
        return Cause.FLOOD if _too_many(line.scans, SCANS_A_SECOND, now_ms) else None

    def _hang_up(self, line: _Line, peer: socket.socket, sink: ScanSink) -> None:
        self._selector.unregister(peer)
        peer.close()
        line.peer = None
        _lose(line, sink)

    def _mute(self, line: _Line, for_ms: int) -> None:
        """Leave the listener alone for a while, so that connecting over and over costs nothing."""
        if line.muted_until_ms is None:
            self._selector.unregister(line.listener)
        line.muted_until_ms = self._clock_ms() + for_ms


@dataclass(slots=True)
class _Line:
    """What the thread knows of one reader."""

    reader: ReaderSocket
    listener: socket.socket
    inode: int
    peer: socket.socket | None = None
    heard_ms: int = 0
    lost: bool = False
    muted_until_ms: int | None = None
    scans: deque[int] = field(default_factory=deque)
    messages: deque[int] = field(default_factory=deque)

    def hear(self, now_ms: int) -> None:
        self.heard_ms = now_ms
        self.lost = False

    def close(self) -> None:
        for end in (self.peer, self.listener):
            if end is not None:
                end.close()
        try:
            if self.reader.path.lstat().st_ino == self.inode:
                self.reader.path.unlink()
        except OSError:  # somebody tidied up already, or the directory is no longer ours to write
            return


def _lose(line: _Line, sink: ScanSink) -> None:
    if not line.lost:
        line.lost = True
        sink.lost(line.reader.name)


def _too_many(times: deque[int], limit: int, now_ms: int) -> bool:
    """Keep a sliding second of at most `limit` times; true if this one is over it."""
    while times and now_ms - times[0] >= _SECOND_MS:
        times.popleft()
    if len(times) >= limit:
        return True
    times.append(now_ms)
    return False
