"""What the service manager hears, over a real datagram socket.

Nothing is heard where there is no manager.
"""

from __future__ import annotations

import resource
import socket
from typing import TYPE_CHECKING

from hw.notify import notify

if TYPE_CHECKING:
    from pathlib import Path


def test_states_arrive_at_path_and_abstract_names(tmp_path: Path) -> None:
    """Both kinds of address are understood."""
    for address, name in ((str(tmp_path / "n"), str(tmp_path / "n")), ("@gapura-test-notify", "\0gapura-test-notify")):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(name)
            assert notify("READY=1", address)
            assert manager.recv(64) == b"READY=1"


def test_no_manager_is_no_error(tmp_path: Path) -> None:
    """Without an address, with a dead one or with one of another kind nothing happens."""
    for address in ("", str(tmp_path / "nobody"), "vsock:2:1234"):
        assert not notify("WATCHDOG=1", address)


def test_a_full_manager_does_not_hold_the_caller(tmp_path: Path) -> None:
    """A manager that reads nothing costs the message, not time."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "n"))
        while notify("WATCHDOG=1", str(tmp_path / "n")):
            pass


def test_a_process_without_descriptors_left_goes_on(tmp_path: Path) -> None:
    """Whoever cannot open one more socket is not ended by telling of its health."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "n"))
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
        try:
            told = notify("WATCHDOG=1", str(tmp_path / "n"))
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert not told
