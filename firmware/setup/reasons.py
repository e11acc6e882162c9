"""Why a set-up does not go on, as a closed list, and who moves next; `meanings.py` says what each of them means."""

from __future__ import annotations

from enum import StrEnum


class Why(StrEnum):
    """What went wrong; the words that the enrolment service refuses with keep their names."""

    NO_ROOT = "no_root"
    WINDOW_CLOSED = "window_closed"
    BAD_CODE = "bad_code"
    HALF_SET = "half_set"
    FOREIGN = "foreign_authority"
    NOT_AUTHENTIC = "not_authentic"
    OTHER_GATE = "other_gate"
    OLD_DOCUMENT = "old_document"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    BAD_CONFIG = "bad_config"
    NO_NETWORK = "no_network"
    WIFI_PASSWORD = "wifi_password"  # noqa: S105  the name of a reason
    WIFI_NOT_FOUND = "wifi_not_found"
    WIFI_FAILED = "wifi_failed"
    BROKER_UNREACHABLE = "broker_unreachable"
    CA_MISMATCH = "ca_mismatch"
    CLAIM_REFUSED = "claim_refused"
    BROKER_REFUSED = "broker_refused"
    NO_ANSWER = "no_answer"
    BAD_ANSWER = "bad_answer"
    UNKNOWN_CLAIM = "unknown_claim"
    CLAIM_USED = "claim_used"
    CLAIM_EXPIRED = "claim_expired"
    WRONG_GATE = "wrong_gate"
    NOT_APPROVED = "not_approved"
    SUSPENDED = "suspended"
    RETIRED = "retired"
    TOO_OFTEN = "too_often"
    REQUEST_REFUSED = "request_refused"
    STORAGE = "storage"
    LISTS_MISSING = "lists_missing"
    TEST_FAILED = "test_failed"
    INTERNAL = "internal"


class Need(StrEnum):
    """Who moves next: the gate by itself, whoever holds the codes, or somebody at the door or the desk."""

    ITSELF = "itself"
    CODE = "code"
    HAND = "hand"
