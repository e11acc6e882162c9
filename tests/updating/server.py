"""A web server for a repository, over real TLS, that can break off: what a gate meets in a basement."""

from __future__ import annotations

import http.server
import ssl
import threading
from functools import partial
from typing import TYPE_CHECKING, Self

from provisioning.broker.certificates import DeviceCa, Holder

if TYPE_CHECKING:
    from pathlib import Path


class Server:
    """Serves a folder; `breaks` is after how many bytes of a release's file each answer ends, 0 for never.

    `ranges` says whether it knows how to go on in the middle; `asked` has what was asked for.
    """

    def __init__(self, folder: Path, place: Path) -> None:
        """Make its certificate and begin to listen."""
        ca = DeviceCa.create()
        self.ca = place / "server-ca.crt"
        self.ca.write_bytes(ca.certificate_pem)
        certificate, key = ca.issue(Holder.BROKER, "localhost", addresses=("localhost", "127.0.0.1")).write(place)
        self.breaks, self.ranges, self.asked = 0, True, list[str]()
        self._http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(_Answer, self, folder))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self._http.socket = context.wrap_socket(self._http.socket, server_side=True)
        self._thread = threading.Thread(target=self._http.serve_forever, name="server", daemon=True)

    @property
    def address(self) -> str:
        """Where it is."""
        return f"https://localhost:{self._http.server_address[1]}"

    def __enter__(self) -> Self:
        """Serve."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


class _Answer(http.server.BaseHTTPRequestHandler):
    """One request."""

    def __init__(self, server: Server, folder: Path, *more: object) -> None:
        self._of, self._folder = server, folder
        super().__init__(*more)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        """Answer with a file, or with the rest of one."""
        self._of.asked.append(self.path)
        path = self._folder / self.path.lstrip("/")
        if not path.is_file():
            self.send_error(404)
            return
        data = path.read_bytes()
        wanted = self.headers.get("Range")
        begins = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted and self._of.ranges else 0
        self.send_response(206 if begins else 200)
        self.send_header("Content-Length", str(len(data) - begins))
        self.end_headers()
        broken = self._of.breaks and path.name.endswith(".gz")
        self.wfile.write(data[begins : begins + self._of.breaks] if broken else data[begins:])

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the library's name
        """Say nothing."""
