"""The broker's configuration: mosquitto.conf and its access list, for mosquitto 2.0.11 (Debian 12) and newer.

It decides what each name may read and write. A gate writes its own branch but never `desired` or `cmd`; operators write
only signed documents and commands, so even they cannot speak in a gate's name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from firmware.records.wire import ROOT
from provisioning import files
from provisioning.broker.certificates import Holder

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_GATE_WRITES = (
    f"{ROOT}/%u/availability",
    f"{ROOT}/%u/info",
    f"{ROOT}/%u/health",
    f"{ROOT}/%u/event/+",
    f"{ROOT}/%u/restricted/+",
    f"{ROOT}/%u/assist/+",
    f"{ROOT}/%u/alert/+",
    f"{ROOT}/%u/doc/+/reported",
    f"{ROOT}/%u/res/+",
    f"{ROOT}/_area/+/%u",
    f"{ROOT}/_claim/%u/request",
    f"{ROOT}/_claim/%u/done",
    "homeassistant/device/%u/config",
)
_GATE_READS = (
    f"{ROOT}/_claim/%u/answer",
    f"{ROOT}/%u/doc/+/desired",
    f"{ROOT}/%u/cmd/+",
    f"{ROOT}/%u/alert/+",
    f"{ROOT}/%u/assist/+",
    "homeassistant/device/%u/config",
)
_EVERYONE_READS = (f"{ROOT}/_group/+/doc/+/desired", f"{ROOT}/_group/+/cmd/+", f"{ROOT}/_blob/+/+", f"{ROOT}/_area/+/+")
_OBSERVER_READS = (
    f"{ROOT}/+/availability",
    f"{ROOT}/+/info",
    f"{ROOT}/+/health",
    f"{ROOT}/+/event/+",
    f"{ROOT}/+/alert/+",
    f"{ROOT}/+/doc/+/+",
    f"{ROOT}/+/res/+",
    f"{ROOT}/_service/+/availability",
    f"{ROOT}/_service/+/health",
    f"{ROOT}/_service/+/alert/+",
    "homeassistant/device/+/config",
)
_OPERATOR_WRITES = (
    f"{ROOT}/+/doc/+/desired",
    f"{ROOT}/+/cmd/+",
    f"{ROOT}/_group/+/doc/+/desired",
    f"{ROOT}/_group/+/cmd/+",
    f"{ROOT}/_blob/+/+",
)
_ASSIST_READS = (f"{ROOT}/+/assist/+",)
_OFFICER_WRITES = (f"{ROOT}/+/cmd/admit", f"{ROOT}/+/cmd/refuse")
_RESTRICTED_READS = (f"{ROOT}/+/restricted/+",)
SERVICE = "enrolment"
"""The name of the enrolment service; at the broker it is `service:enrolment`."""

_RETAINED = ("availability", "info", "health", "alert/+", "assist/+", "doc/+/+")
_SERVICE_READS = (f"{ROOT}/_claim/+/request", f"{ROOT}/_claim/+/done")
_SERVICE_WRITES = (f"{ROOT}/_claim/+/answer", f"{ROOT}/_service/{SERVICE}/#")
_SERVICE_CLEARS = (
    *(f"{ROOT}/+/{leaf}" for leaf in _RETAINED),
    f"{ROOT}/_area/+/+",
    "homeassistant/device/+/config",
    *_SERVICE_READS,
)
"""What the service may take back: of gates that are gone, and requests that somebody retained.

No access list can say that it may write nothing else there. By the same lines it hears the births of gates.
"""


@dataclass(frozen=True, slots=True)
class Rights:
    """Operators by name: each of them watches, and more by the list they stand in.

    `operators` write documents and commands, `officers` answer requests for assistance, and `restricted` are the
    person in charge and the task force, who alone read reasons of health.
    """

    observers: tuple[str, ...] = ()
    operators: tuple[str, ...] = ()
    restricted: tuple[str, ...] = ()
    officers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BrokerFiles:
    """Where the broker finds its parts; `data` must belong to the user it runs as."""

    ca: Path
    certificate: Path
    key: Path
    data: Path
    crl: Path | None = None


def access_list(rights: Rights) -> str:
    """Word the access list: what is not named is denied."""
    lines = [
        "# Patterns hold for every certificate; %u is the name in it. The four without %u are meant for everybody:",
        "# mosquitto warns of each when it starts, and is right, but here it is what is wanted.",
        "",
    ]
    lines += [f"pattern write {topic}" for topic in _GATE_WRITES]
    lines += [f"pattern read {topic}" for topic in (*_GATE_READS, *_EVERYONE_READS)]
    lines += ["", *service_lines()]
    for name in sorted({*rights.observers, *rights.operators, *rights.restricted, *rights.officers}):
        lines += ["", *operator_lines(name, rights)]
    return "\n".join(lines) + "\n"


def operator_lines(name: str, rights: Rights) -> list[str]:
    """Word what one operator may do, as lines of the access list; the first names the operator."""
    lines = [f"user {Holder.OPERATOR.user(name)}", *(f"topic read {topic}" for topic in _OBSERVER_READS)]
    if name in {*rights.operators, *rights.officers}:
        lines += [f"topic read {topic}" for topic in _ASSIST_READS]
    if name in rights.officers:
        lines += [f"topic write {topic}" for topic in _OFFICER_WRITES]
    if name in rights.operators:
        lines += [f"topic write {topic}" for topic in _OPERATOR_WRITES]
    if name in rights.restricted:
        lines += [f"topic read {topic}" for topic in _RESTRICTED_READS]
    return lines


def service_lines() -> list[str]:
    """Word what the enrolment service may do."""
    lines = [f"user {Holder.SERVICE.user(SERVICE)}", *(f"topic read {topic}" for topic in _SERVICE_READS)]
    lines += [f"topic write {topic}" for topic in _SERVICE_WRITES]
    return [*lines, *(f"topic readwrite {topic}" for topic in _SERVICE_CLEARS)]


def claim_lines(gate: str, user: str) -> list[str]:
    """Word what a claim may do: ask on its gate's topic and hear the answer, and nothing that a pattern would give."""
    branches = ("_group", "_blob", "_area", user, f"_claim/{user}")
    denied = [*(f"{ROOT}/{branch}/#" for branch in branches), f"homeassistant/device/{user}/#"]
    own = (f"topic write {ROOT}/_claim/{gate}/request", f"topic read {ROOT}/_claim/{gate}/answer")
    return [f"user {user}", *own, *(f"topic deny {topic}" for topic in denied)]


def in_charge_lines(name: str, gates: Iterable[str], *, restricted: bool, assist: bool) -> list[str]:
    """Word what a person in charge may do: watch these gates and no other."""
    more = [f"{ROOT}/+/restricted/+"] * restricted + [f"{ROOT}/+/assist/+"] * assist
    wide = [topic for topic in (*_OBSERVER_READS, *more) if "/+/" in topic and "/_service/" not in topic]
    lines = [f"user {Holder.OPERATOR.user(name)}"]
    return lines + [f"topic read {topic.replace('/+/', f'/{gate}/', 1)}" for gate in gates for topic in wide]


def shut_out_lines(user: str) -> list[str]:
    """Word that somebody may do nothing at all, whatever a pattern gives to everybody."""
    return [f"user {user}", "topic deny #"]


def broker_configuration(
    parts: BrokerFiles, acl: Path, *, port: int = 8883, address: str = "", user: str | None = None
) -> str:
    """Word mosquitto.conf: TLS with certificates on both sides, names from certificates, bounded sizes."""
    lines = [
        f"listener {port} {address}".rstrip(),
        f"cafile {parts.ca}",
        f"certfile {parts.certificate}",
        f"keyfile {parts.key}",
        *([f"crlfile {parts.crl}"] if parts.crl is not None else []),
        "tls_version tlsv1.2",
        "require_certificate true",
        "use_identity_as_username true",
        "allow_anonymous false",
        f"acl_file {acl}",
        *([f"user {user}"] if user is not None else []),
        "",
        "persistence true",
        f"persistence_location {parts.data}/",
        "# A broker without power forgets what it acknowledged since its last save: gates send it again on request.",
        "autosave_interval 60",
        "# For sessions that name no end of their own; a gate's ends half a minute after its connection.",
        "persistent_client_expiration 14d",
        "",
        "# The largest thing on the wire is a piece of a blob: 64 KiB and its envelope.",
        "max_packet_size 131072",
        "max_inflight_messages 100",
        "# What waits for a consumer that is away; beyond it the newest are dropped, and a gap in `sequence` tells.",
        "max_queued_messages 10000",
        "max_queued_bytes 16777216",
        "max_keepalive 300",
        "set_tcp_nodelay true",
        "",
        "log_dest stderr",
        "log_type error",
        "log_type warning",
        "log_type notice",
        "log_type information",
        "connection_messages true",
    ]
    return "\n".join(lines) + "\n"


def write_configuration(
    directory: Path,
    parts: BrokerFiles,
    rights: Rights,
    *,
    port: int = 8883,
    address: str = "",
    user: str | None = None,
    acl: Path | None = None,
) -> Path:
    """Write `acl` and `mosquitto.conf` into `directory` and return the path of the latter.

    The broker will look for its access list at `acl` if that is another place.
    """
    written, configuration = directory / "acl", directory / "mosquitto.conf"
    files.write(written, access_list(rights).encode(), files.PRIVATE)
    text = broker_configuration(parts, acl or written, port=port, address=address, user=user)
    files.write(configuration, text.encode(), files.PRIVATE)
    return configuration
