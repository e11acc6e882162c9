"""An area's keys of the day at the desk: made ahead, kept for as long as contacts may be traced, sealed to its gates.

The desk alone holds keys of days that are over; gates erase theirs. Whoever has the key of a day and the reference of a
pass finds that pass's events of that day in that area, and nothing else.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Annotated, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cryptography import x509
from pydantic import Field, StringConstraints

from firmware.signed import area_keys, strict_json, times
from firmware.signed.area_keys import Day, DayKey
from firmware.signed.device import DeviceRefusal, gate_key
from firmware.signed.envelope import Kind
from firmware.signed.fields import Name, Strict
from firmware.signed.warrant import Role
from provisioning import documents, files, vault
from provisioning.authority import as_model
from provisioning.mistake import OperatorError

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric import ec

    from provisioning.authority import Authority
    from provisioning.documents import Sealed

FOLDER: Final = "areas"
_PURPOSE: Final = "area-keys"
_NAME: Final = re.compile(r"[a-z0-9-]{1,64}")


class _Day(Day):
    """One day with its key."""

    key: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{43}$")]


class _Kept(Strict):
    """`areas/AREA.keys`."""

    area: Name
    days: Annotated[list[_Day], Field(max_length=4096)]


@dataclass(frozen=True, slots=True)
class Span:
    """From which day on, for how many, in which zone; days that ended more than `keep_days` ago are forgotten."""

    now: int
    days: int
    zone: ZoneInfo
    keep_days: int


def zone(name: str) -> ZoneInfo:
    """Read a time zone; raises OperatorError."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        line = f"--timezone: {name!r} is none; use an IANA name such as Asia/Jakarta"
        raise OperatorError(line) from error


def made(authority: Authority, area: str, span: Span) -> list[DayKey]:
    """Make the keys that are missing of these days, keep them, forget what is too old, and return those of the span."""
    if _NAME.fullmatch(area) is None:
        line = f"--area: {area!r} is no name; use 1 to 64 of a-z, 0-9 and -"
        raise OperatorError(line)
    today = datetime.fromtimestamp(span.now, UTC).astimezone(span.zone).date()
    bounds = [_bounds(today + timedelta(days=day), span.zone) for day in range(span.days)]
    known = kept(authority, area)
    wanted = []
    for begins, ends in bounds:
        same = next((key for key in known if key.begins < ends and begins < key.ends), None)
        if same is not None and (same.begins, same.ends) != (begins, ends):
            line = f"--timezone: the days of {area} begin at other hours already; name the zone they were made in"
            raise OperatorError(line)
        wanted.append(same or DayKey(begins, ends, os.urandom(area_keys.KEY_BYTES)))
    oldest = span.now - span.keep_days * documents.DAY_S
    every = {key.begins: key for key in (*known, *wanted) if key.ends > oldest}
    _keep(authority, area, [every[begins] for begins in sorted(every)])
    return wanted


def kept(authority: Authority, area: str) -> list[DayKey]:
    """Read the keys of an area that the desk has."""
    path = _path(authority, area)
    if not path.is_file():
        return []
    value = strict_json.parse(vault.unwrap(path, authority.secret, _PURPOSE))
    if value is None:
        line = f"{path} is not what this desk wrote; restore it from the backup of the authority"
        raise OperatorError(line)
    days = as_model(path, value, _Kept).days
    return [DayKey(day.begins, day.ends, strict_json.from_base64url(day.key) or b"") for day in days]


def gates_of(certificates: list[Path], ca: Path) -> dict[str, ec.EllipticCurvePublicKey]:
    """Read the certificates of gates; raises OperatorError for any that is not a gate's under this CA."""
    cas = _certificates(ca)
    found: dict[str, ec.EllipticCurvePublicKey] = {}
    for path in certificates:
        (certificate, *_) = _certificates(path)
        holder = gate_key(certificate, cas)
        if isinstance(holder, DeviceRefusal):
            line = f"{path} is not the certificate of a gate under {ca} ({holder.value}); nothing was sealed"
            raise OperatorError(line)
        if holder[0] in found:
            line = f"{path}: {holder[0]} is named twice; name only its newest certificate"
            raise OperatorError(line)
        found[holder[0]] = holder[1]
    if len(found) > area_keys.MAX_GATES:
        most = area_keys.MAX_GATES
        line = f"{len(found)} gates are too many for one document; seal for {most} at a time, --audience their names"
        raise OperatorError(line)
    return found


def seal(
    authority: Authority,
    area: str,
    keys: list[DayKey],
    gates: dict[str, ec.EllipticCurvePublicKey],
    *,
    now: int,
    audience: tuple[str, ...] | None = None,
) -> Sealed:
    """Sign a document of these keys; it is for the area's group unless told otherwise, and ends with its last day."""
    need_role(authority)
    body = area_keys.seal_keys(area, keys, gates)
    whose = audience or (f"_group/{area}",)
    return documents.seal(authority, Kind.KEYS, body, now=now, valid_s=keys[-1].ends - now, audience=whose)


def need_role(authority: Authority) -> None:
    """Insist on the role that signs keys, which an authority of an earlier release does not have."""
    if not (authority.folder / "warrants" / f"{Role.KEYS.value}.warrant").is_file():
        line = (
            f"{authority.folder} was founded before areas had keys; add the role with"
            f" gapura-ops keys role --dir {authority.folder}, which needs the root's key once"
        )
        raise OperatorError(line)


def _bounds(day: date, where: ZoneInfo) -> tuple[int, int]:
    """Give a day's first second and the one after its last, by the clocks of its zone."""
    begins, ends = (datetime.combine(one, time(), where) for one in (day, day + timedelta(days=1)))
    return int(begins.timestamp()), int(ends.timestamp())


def _path(authority: Authority, area: str) -> Path:
    return authority.folder / FOLDER / f"{area}.keys"


def _keep(authority: Authority, area: str, keys: list[DayKey]) -> None:
    days = [
        {"from": times.render(one.begins), "until": times.render(one.ends), "key": strict_json.to_base64url(one.key)}
        for one in keys
    ]
    path = _path(authority, area)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    data = strict_json.render({"area": area, "days": days})
    files.write(path, vault.wrap(data, authority.secret, _PURPOSE), files.PRIVATE)


def _certificates(path: Path) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(files.read(path))
    except ValueError as error:
        line = f"{path} is no certificate in PEM; name the file that the device CA made"
        raise OperatorError(line) from error
