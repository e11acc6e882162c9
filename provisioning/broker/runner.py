"""A real mosquitto on loopback for the demo, the tests and the benchmarks: started, stopped, killed, frozen.

It decides nothing about access; it runs what `configuration` wrote. It ends only the process it started.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import ssl
import subprocess
import time
from typing import TYPE_CHECKING, Self

from provisioning import files
from provisioning.broker.certificates import DeviceCa, Holder, Issued
from provisioning.broker.configuration import BrokerFiles, Rights, access_list, write_configuration

if TYPE_CHECKING:
    from pathlib import Path

LOOPBACK = "127.0.0.1"
WATCHER = "watcher"
_READY_S = 10.0
_END_S = 5.0
_POLL_S = 0.02
_RELOADED = "Reloading config"


class BrokerError(Exception):
    """The broker could not be started; the text says what to do."""


class Broker:
    """One broker under `directory` with its own device CA; the port stays the same over restarts."""

    def __init__(
        self,
        directory: Path,
        *,
        rights: Rights | None = None,
        port: int | None = None,
        device_ca: DeviceCa | None = None,
    ) -> None:
        """Make device CA (unless there is one), certificates and configuration; nothing runs yet."""
        self._directory = directory
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port() if port is None else port
        self.device_ca = device_ca or DeviceCa.create()
        self.ca = self.device_ca.write(directory)
        addresses = (LOOPBACK, "localhost")
        certificate, key = self.device_ca.issue(Holder.BROKER, "broker", addresses=addresses).write(directory)
        data = directory / "data"
        data.mkdir(exist_ok=True)
        self._files = BrokerFiles(self.ca, certificate, key, data, directory / "crl")
        files.write(directory / "crl", self.device_ca.revocation_list(), files.PRIVATE)
        self._rights = rights or Rights(observers=(WATCHER,))
        user = pwd.getpwuid(os.geteuid()).pw_name if os.geteuid() == 0 else None
        self._configuration = write_configuration(
            directory, self._files, self._rights, port=self.port, address=LOOPBACK, user=user
        )

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End it whatever happened."""
        self.stop()

    def issue(self, holder: Holder, name: str) -> tuple[Path, Path]:
        """Write a certificate and key for a gate or an operator and return their paths."""
        return self.device_ca.issue(holder, name).write(self._directory)

    def start(self) -> None:
        """Start mosquitto and wait until it completes a TLS handshake with a certificate of its own device CA."""
        program = shutil.which("mosquitto", path=os.environ.get("PATH", "") + os.pathsep + "/usr/sbin:/usr/local/sbin")
        if program is None:
            message = "mosquitto is missing: apt-get install mosquitto"
            raise BrokerError(message)
        with (self._directory / "mosquitto.log").open("ab") as log:
            # In a process group of its own: Ctrl-C at a terminal is for us, who end the broker last.
            self._process = subprocess.Popen(  # noqa: S603 - our own configuration
                [program, "-c", str(self._configuration)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,
            )
        self._wait_until_ready(self._process)

    def stop(self) -> None:
        """Let it write its database and end."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it the hard way: what it had not written is lost."""
        self._end(signal.SIGKILL)

    def freeze(self) -> None:
        """Stop it from answering while its sockets stay open."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def save(self) -> None:
        """Have it write its database now: what comes later is lost with a kill."""
        self._signal(signal.SIGUSR1)

    def set_access(self, text: str | None = None) -> None:
        """Replace the access list (`None`: what the rights say) and wait until a running broker has read it again."""
        path = self._directory / "acl"
        path.write_text(access_list(self._rights) if text is None else text)
        before = self.log().count(_RELOADED)
        self._signal(signal.SIGHUP)
        deadline_s = time.monotonic() + _READY_S
        while self.running and self.log().count(_RELOADED) == before:
            if time.monotonic() > deadline_s:
                message = "mosquitto did not read its access list again"
                raise BrokerError(message)
            time.sleep(_POLL_S)

    @property
    def pid(self) -> int:
        """The process; 0 when there is none."""
        return 0 if self._process is None else self._process.pid

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.poll() is None

    def log(self) -> str:
        """What the broker wrote so far."""
        path = self._directory / "mosquitto.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        probe: Issued = self.device_ca.issue(Holder.OPERATOR, "probe")
        certificate, key = probe.write(self._directory)
        context = ssl.create_default_context(cafile=str(self.ca))
        context.load_cert_chain(certificate, key)
        deadline_s = time.monotonic() + _READY_S
        while time.monotonic() < deadline_s and process.poll() is None:
            try:
                with (
                    socket.create_connection((LOOPBACK, self.port), timeout=1) as plain,
                    context.wrap_socket(plain, server_hostname=LOOPBACK),
                ):
                    return
            except OSError:
                time.sleep(_POLL_S)
        self.stop()
        message = f"mosquitto does not serve on port {self.port}: {self.log()[-500:]}"
        raise BrokerError(message)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)

    def _end(self, number: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.poll() is None:
            process.send_signal(signal.SIGCONT)
            process.send_signal(number)
        try:
            process.wait(_END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    """Name a port on loopback that nobody listens on now."""
    with socket.create_server((LOOPBACK, 0)) as server:
        return int(server.getsockname()[1])
