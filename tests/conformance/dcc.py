"""How each assertion of the European test data is put to the gate's own code: one function a group.

Groups and their inputs are those of the data's own description. A missing input means that the assertion does not
apply. Inputs that no gate ever sees (CBOR and JSON apart from a message) are read by the public libraries.
"""

from __future__ import annotations

import base64
from datetime import datetime
from typing import TYPE_CHECKING, Final, cast

import cbor2

from firmware.events import NEVER, Instant
from firmware.passes import foreign, hcert
from firmware.passes.outcome import Pass, Reading, validity
from firmware.passes.reading import read
from firmware.signed import base45, cbor_foreign, cose_foreign
from firmware.signed.cbor import Malformed
from firmware.signed.inflate import inflate
from firmware.trust import signers
from firmware.trust.keys import TrustedKey, TrustSet
from tests.conformance import vectors

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Case = dict[str, object]

MISSPELT: Final = {"_2DCODE": "2DCODE", "EXPTECTEDEXPIRED": "EXPECTEDEXPIRATIONCHECK"}
"""Names as some files write them, and what they mean."""

SCHEMA_GROUPS: Final = ("EXPECTEDVALIDOBJECT", "EXPECTEDSCHEMAVALIDATION")
"""What is advisory: these two contradict each other in many files, and a gate takes what its own model takes."""


def cases(folder: Path) -> dict[str, Case]:
    """Read every file by its short name, misspelt names mended."""
    found: dict[str, Case] = {}
    for path in sorted(folder.rglob("*.json")):
        case = {MISSPELT.get(name, name): value for name, value in vectors.read(path).items()}
        if isinstance(case.get("EXPECTEDRESULTS"), dict) and isinstance(case.get("TESTCTX"), dict):
            name = path.relative_to(folder).with_suffix("").as_posix().replace("/", "__")
            found[name.replace("__2DCode", "").replace("__raw", "").replace("__Raw", "")] = case
    return found


def expectations(case: Case) -> dict[str, bool]:
    """Name what a case expects, by group."""
    results = cast("dict[str, bool]", case["EXPECTEDRESULTS"])
    return {MISSPELT.get(name, name): value for name, value in results.items()}


def text(case: Case, name: str) -> bytes:
    """Return an input that is text."""
    return str(case[name]).encode("utf-8")


def octets(case: Case, name: str) -> bytes:
    """Return an input that is bytes in hex."""
    return bytes.fromhex(str(case[name]))


def _context(case: Case, name: str) -> str:
    return str(cast("dict[str, object]", case["TESTCTX"])[name])


def clock(case: Case) -> Instant:
    """Return the moment at which a case is judged."""
    moment = datetime.fromisoformat(_context(case, "VALIDATIONCLOCK"))
    return Instant(0, int(moment.timestamp()), int(moment.timestamp()), "published")


def certificate(case: Case) -> bytes:
    """Return the signer's certificate in DER."""
    return base64.b64decode(_context(case, "CERTIFICATE"))


def trust(case: Case) -> TrustSet:
    """Trust the case's certificate and nothing else, if it is one that may sign certificates."""
    key = signers.signer(certificate(case))
    return TrustSet(keys=() if key is None else (key,), expires=NEVER)


def gate_reading(case: Case) -> Reading:
    """Read the whole code as a gate does that trusts the case's certificate."""
    return read(text(case, "PREFIX"), trust(case))


def payload(case: Case) -> object:
    """Read the claims in a case's message as a gate does."""
    message = cose_foreign.parse(octets(case, "COSE"))
    if not isinstance(message, cose_foreign.ForeignSign1):
        return Malformed
    return cbor_foreign.decode(message.payload, tags=hcert.DATE_TAGS)


def _certificate_of(value: object) -> object:
    """Take the certificate out of claims; what has none is one already."""
    if isinstance(value, dict) and isinstance(value.get(-260), dict):
        return value[-260].get(1)
    return value


def plain(value: object) -> object:
    """Read a published value as JSON has it: dates in text, numbers as they are, keys in text."""
    match value:
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
        case dict():
            return {str(key): plain(member) for key, member in value.items()}
        case list():
            return [plain(member) for member in value]
        case _:
            return value


def unprefixed(case: Case) -> bool:
    """The code without its prefix is the base45 text."""
    prefix = text(case, "PREFIX")
    return prefix.startswith(hcert.PREFIX) and prefix.removeprefix(hcert.PREFIX) == text(case, "BASE45")


def decoded(case: Case) -> bool:
    """The base45 text is the message, compressed."""
    packed = base45.decode(text(case, "BASE45"))
    return packed is not None and inflate(packed, raw=False) == octets(case, "COSE")


def inflated(case: Case) -> bool:
    """The compressed bytes are the message."""
    return inflate(octets(case, "COMPRESSED"), raw=False) == octets(case, "COSE")


def verified(case: Case) -> bool:
    """The message is signed by the certificate, which it names in its protected header."""
    message = cose_foreign.parse(octets(case, "COSE"))
    if not isinstance(message, cose_foreign.ForeignSign1) or message.key_id is None:
        return False
    found = foreign.signer(
        trust(case), message.key_id, hcert.NAME, lambda key: cose_foreign.signed_by(message, key.algorithm, key.public)
    )
    return isinstance(found, TrustedKey)


def same_content(case: Case) -> bool:
    """The claims in the message are the published ones."""
    published = cbor2.loads(octets(case, "CBOR"))
    found = payload(case)
    if isinstance(published, dict) and -260 not in published:
        found = _certificate_of(found)
    return vectors.alike(plain(found), plain(published))


def same_json(case: Case) -> bool:
    """The published CBOR says what the published JSON says."""
    found = _certificate_of(cbor2.loads(octets(case, "CBOR")))
    return vectors.alike(plain(found), case["JSON"])


def encoded(case: Case) -> bool:
    """The published JSON, encoded, is read as the published CBOR is."""
    again = cbor_foreign.decode(cbor2.dumps(case["JSON"]))
    return vectors.alike(plain(again), plain(_certificate_of(cbor2.loads(octets(case, "CBOR")))))


def in_time(case: Case) -> bool:
    """At the case's clock the certificate is in its time."""
    found = hcert.read_payload(getattr(cose_foreign.parse(octets(case, "COSE")), "payload", b""))
    if found is None:
        return False
    claims, _ = found
    shown = Pass(
        hcert.NAME, "", "visitor", None, (), claims.issued, foreign.begins(claims.issued, claims.begins),
        claims.expires, NEVER,
    )  # fmt: skip
    return validity(shown, clock(case)) is None


def usage_fits(case: Case) -> bool:
    """The signer may sign what the certificate proves."""
    found = hcert.read_payload(getattr(cose_foreign.parse(octets(case, "COSE")), "payload", b""))
    return found is not None and all(key.usages is None or found[1].usage in key.usages for key in trust(case).keys)


GROUPS: Final[dict[str, tuple[tuple[str, ...], Callable[[Case], bool]]]] = {
    "EXPECTEDUNPREFIX": (("PREFIX", "BASE45"), unprefixed),
    "EXPECTEDB45DECODE": (("BASE45", "COSE"), decoded),
    "EXPECTEDCOMPRESSION": (("COMPRESSED", "COSE"), inflated),
    "EXPECTEDVERIFY": (("COSE",), verified),
    "EXPECTEDDECODE": (("COSE", "CBOR"), same_content),
    "EXPECTEDVALIDJSON": (("CBOR", "JSON"), same_json),
    "EXPECTEDENCODE": (("JSON", "CBOR"), encoded),
    "EXPECTEDEXPIRATIONCHECK": (("COSE",), in_time),
    "EXPECTEDKEYUSAGE": (("COSE",), usage_fits),
}
"""The inputs of each group beside the test context, and the function that judges it. Pictures go through `inspect`."""
