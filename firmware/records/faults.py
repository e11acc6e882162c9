"""Why there is no link: every way a connection fails, as a closed list, and how it is told apart.

It decides the name and the sentence of a fault. It holds no socket and tries nothing again.
"""

from __future__ import annotations

import ssl
from enum import StrEnum


class LinkFault(StrEnum):
    """What ended or prevented a connection, or kept a record from being taken."""

    UNREACHABLE = "unreachable"
    OWN_CERTIFICATE = "own_certificate"
    BROKER_CERTIFICATE = "broker_certificate"
    CERTIFICATE_REFUSED = "certificate_refused"
    PROTOCOL = "protocol"
    NOT_AUTHORISED = "not_authorised"
    REFUSED = "refused"
    BUSY = "busy"
    TAKEN_OVER = "taken_over"
    SILENT = "silent"
    LOST = "lost"
    PUBLISH_REFUSED = "publish_refused"
    SUBSCRIPTION_REFUSED = "subscription_refused"
    INTERNAL = "internal"


class LinkFaultError(Exception):
    """The connection cannot begin or go on; `fault` says which way it failed."""

    def __init__(self, fault: LinkFault, text: str) -> None:
        """Keep the fault beside the sentence for the log."""
        super().__init__(text)
        self.fault = fault


SUCCESS_BELOW = 0x80
"""Reason codes from here on are failures (MQTT 5, 2.4)."""

PACKET_TOO_LARGE = 0x95

_UNSUPPORTED_PROTOCOL = 0x84
_TAKEN_OVER = 0x8E
_BUSY = {
    0x88: "is not available",
    0x89: "is busy",
    0x8B: "is shutting down",
    0x97: "says that a quota is exceeded",
    0x9C: "sends us to another server",
    0x9D: "has moved",
    0x9F: "takes no more connections now",
}
_NOT_ALLOWED = frozenset({0x86, 0x87, 0x8A, 0x8C})
_NO_PROTOCOL = "the broker does not speak MQTT 5, which this gate needs to know what was refused"


def connecting(error: OSError | ValueError) -> LinkFaultError:
    """Name what went wrong before the broker could answer."""
    match error:
        case ssl.SSLCertVerificationError():
            hint = " (is this gate's clock right?)" if "not yet valid" in error.verify_message else ""
            text = f"the broker's certificate: {error.verify_message}{hint}"
            return LinkFaultError(LinkFault.BROKER_CERTIFICATE, text)
        case ssl.SSLError():
            refused = _refuses_certificate(str(error))
            fault = LinkFault.CERTIFICATE_REFUSED if refused else LinkFault.UNREACHABLE
            return LinkFaultError(fault, f"TLS: {_plain(error)}")
        case TimeoutError():
            return LinkFaultError(LinkFault.UNREACHABLE, "no answer in time")
        case _:
            return LinkFaultError(LinkFault.UNREACHABLE, _plain(error))


def answered(code: int) -> LinkFaultError:
    """Name a failing CONNACK or a DISCONNECT of the broker's."""
    if code == _UNSUPPORTED_PROTOCOL:
        return LinkFaultError(LinkFault.PROTOCOL, _NO_PROTOCOL)
    if code in _NOT_ALLOWED:
        return LinkFaultError(LinkFault.NOT_AUTHORISED, f"the broker does not admit this gate (reason code {code})")
    if code == _TAKEN_OVER:
        return LinkFaultError(LinkFault.TAKEN_OVER, "another client connected under this gate's name")
    if code in _BUSY:
        return LinkFaultError(LinkFault.BUSY, f"the broker {_BUSY[code]} (reason code {code})")
    return LinkFaultError(LinkFault.REFUSED, f"the broker ended the connection (reason code {code})")


def ended(last_words: str, *, malformed: bool, admitted: bool) -> LinkFaultError:
    """Name the end of a connection that the broker did not explain; TLS 1.3 refuses a certificate only here."""
    if malformed:
        return LinkFaultError(LinkFault.PROTOCOL, _NO_PROTOCOL if not admitted else "the broker sent what is no MQTT 5")
    if _refuses_certificate(last_words):
        return LinkFaultError(LinkFault.CERTIFICATE_REFUSED, f"the broker refused this gate's certificate {last_words}")
    what = "the connection ended" if admitted else "the broker hung up before it answered"
    return LinkFaultError(LinkFault.LOST, f"{what} {last_words}".rstrip())


def _refuses_certificate(text: str) -> bool:
    """Whether these are the words of a TLS alert about the certificate we showed."""
    lowered = text.lower()
    return "alert" in lowered and any(word in lowered for word in ("certificate", "unknown ca", "access denied"))


def _plain(error: Exception) -> str:
    """One line without line breaks, whatever the library put in."""
    return " ".join(str(error).split()) or type(error).__name__
