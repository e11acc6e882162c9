"""The gate's side of TLS: whom it trusts, what it shows, and that the certificate is its own.

It decides whether our own files can be used at all. What the broker thinks of them it learns from the handshake.
"""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.x509.oid import NameOID

from firmware.records.faults import LinkFault, LinkFaultError
from firmware.records.intake import Intake

if TYPE_CHECKING:
    from firmware.records.settings import LinkSettings


_NO_CHECK_TIME = ssl.VerifyFlags(0x200000)
"""OpenSSL's X509_V_FLAG_NO_CHECK_TIME (X509_VERIFY_PARAM_set_flags(3)), which Python has no name for."""


def context(settings: LinkSettings, gate: str, intake: Intake, *, dated: bool = True) -> ssl.SSLContext:
    """Read our files afresh, so that a renewed certificate counts from the next connection on.

    What comes in over the connection made with it goes past `intake` first. OpenSSL judges dates by the kernel's clock:
    where that one is not to be believed (`dated` false) it judges none, or no gate could ever ask what time it is.
    """
    try:
        made = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=str(settings.ca))
        made.sslsocket_class = _guarded(intake)
        made.minimum_version = ssl.TLSVersion.TLSv1_2
        made.verify_flags |= ssl.VERIFY_X509_STRICT
        if not dated:
            made.verify_flags |= _NO_CHECK_TIME
        made.load_cert_chain(settings.certificate, settings.key, password=lambda: "")
        subject = x509.load_pem_x509_certificate(settings.certificate.read_bytes()).subject
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        text = f"cannot use {settings.ca}, {settings.certificate} and {settings.key}: {error}"
        raise LinkFaultError(LinkFault.OWN_CERTIFICATE, text) from error
    names = [str(name.value) for name in subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    if names != [gate]:
        text = f"{settings.certificate} is made out to {', '.join(names) or 'nobody'}, this gate is {gate}"
        raise LinkFaultError(LinkFault.OWN_CERTIFICATE, text)
    return made


def there(settings: LinkSettings, gate: str, *, dated: bool = True) -> bool:
    """Whether a broker that we trust answers at this address: a handshake, and nothing said."""
    address = (settings.host, settings.port)
    try:
        with (
            socket.create_connection(address, timeout=settings.connect_timeout_s) as plain,
            context(settings, gate, Intake(), dated=dated).wrap_socket(plain, server_hostname=settings.host),
        ):
            return True
    except (OSError, ValueError, LinkFaultError):
        return False


class TidySocket(ssl.SSLSocket):
    """A TLS socket that closes itself when its handshake fails; paho leaves that to the garbage collector."""

    def do_handshake(self, block: bool = False) -> None:  # noqa: FBT001, FBT002 - the library's signature
        """Shake hands, or close and raise."""
        try:
            super().do_handshake(block)
        except OSError:
            self.close()
            raise


def _guarded(intake: Intake) -> type[TidySocket]:
    """Make the kind of socket that shows everything it receives to `intake`; the library makes the socket itself."""

    class GuardedSocket(TidySocket):
        """A socket whose reader sees nothing that was refused."""

        def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
            """Receive what may be received; raises UnaskedError."""
            data = super().recv(buflen, flags)
            intake.take(data)
            return data

    return GuardedSocket
