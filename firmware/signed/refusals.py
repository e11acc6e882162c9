"""Why an envelope is refused: the words, which are stable and part of the public contract. They decide nothing."""

from __future__ import annotations

from enum import StrEnum


class EnvelopeRefusal(StrEnum):
    """Why a document was refused: a closed list of stable strings, reported to operations as they stand."""

    TOO_LONG = "too_long"
    MALFORMED = "malformed"
    BAD_WARRANT = "bad_warrant"
    UNKNOWN_ROOT = "unknown_root"
    BAD_SIGNATURE = "bad_signature"
    WRONG_KIND = "wrong_kind"
    WRONG_ROLE = "wrong_role"
    BAD_PAYLOAD = "bad_payload"
    WRONG_AUDIENCE = "wrong_audience"
    ROLLED_BACK = "rolled_back"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    WARRANT_EXPIRED = "warrant_expired"
    WARRANT_REVOKED = "warrant_revoked"
    CLOCK_UNTRUSTED = "clock_untrusted"
