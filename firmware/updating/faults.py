"""Why an update came to nothing: a closed list of stable strings, reported to operations as they stand. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Fault(StrEnum):
    """What ended an update. Whatever it was, the release from before runs."""

    NO_UPDATER = "no_updater"
    NO_TUF_ROOT = "no_tuf_root"
    BAD_ORDER = "bad_order"
    DOWNGRADED = "downgraded"
    UNREACHABLE = "unreachable"
    BAD_METADATA = "bad_metadata"
    OLD_METADATA = "old_metadata"
    METADATA_EXPIRED = "metadata_expired"
    CLOCK_WRONG = "clock_wrong"
    NO_SUCH_RELEASE = "no_such_release"
    BAD_ARTEFACT = "bad_artefact"
    UNSAFE_ARCHIVE = "unsafe_archive"
    TOO_BIG = "too_big"
    NO_ROOM = "no_room"
    CHECK_FAILED = "check_failed"
    DID_NOT_START = "did_not_start"
    NOT_HEALTHY = "not_healthy"
    INTERRUPTED = "interrupted"
    STORAGE = "storage"
    INTERNAL = "internal"


PASSING: Final = frozenset(
    {
        Fault.NO_UPDATER,
        Fault.NO_TUF_ROOT,
        Fault.UNREACHABLE,
        Fault.METADATA_EXPIRED,
        Fault.CLOCK_WRONG,
        Fault.NO_SUCH_RELEASE,
        Fault.NO_ROOM,
        Fault.INTERRUPTED,
        Fault.STORAGE,
    }
)
"""What may be over the next time, so that the gate asks again by itself."""

BY_ITSELF: Final = frozenset({Fault.UNREACHABLE, Fault.INTERRUPTED, Fault.STORAGE})
"""What is over the next time without anybody, or has an alarm of its own: nobody is called for it."""

TRIED: Final = frozenset({Fault.DID_NOT_START, Fault.NOT_HEALTHY})
"""What is found out only by running a release: reported as `rolled_back`, the others as `rejected`."""

MEANINGS: Final = {
    Fault.NO_UPDATER: "no updater answers on this board; install the package, see systemctl status gapura-update.path",
    Fault.NO_TUF_ROOT: "the gate pins no root of releases; put 1.root.json there as /etc/gapura/releases-root.json",
    Fault.BAD_ORDER: "the order does not say what an order must; sign it anew with gapura-ops release sign",
    Fault.DOWNGRADED: "the release is older than one this gate had; give what shall run a higher number",
    Fault.UNREACHABLE: "the repository does not answer, or not whole; the gate tries again",
    Fault.BAD_METADATA: "the repository's metadata is not signed by the keys its root names; look who changed it",
    Fault.OLD_METADATA: "the repository shows an older state than this gate has seen; restore its newest files",
    Fault.METADATA_EXPIRED: "the repository's metadata has ended; run gapura-ops release timestamp",
    Fault.CLOCK_WRONG: "the board's clock is not where the gate's trusted time is; look at NTP and the battery clock",
    Fault.NO_SUCH_RELEASE: "no such release for this board and its Python; gapura-ops release add puts it there",
    Fault.BAD_ARTEFACT: "the release's file is cut or changed; publish it again",
    Fault.UNSAFE_ARCHIVE: "the release's file wants to write where it may not; look who built it",
    Fault.TOO_BIG: "the release is larger than a gate takes; make it smaller",
    Fault.NO_ROOM: "the card has no room for a second release; the gate tries again",
    Fault.CHECK_FAILED: "it does not start here or not with this gate's configuration; it was not switched to",
    Fault.DID_NOT_START: "the release did not come to READY, or fell; the one before runs",
    Fault.NOT_HEALTHY: "the release ran and did not reach reader, relay or broker as the one before had; that one runs",
    Fault.INTERRUPTED: "power or process ended between two steps; the gate tries again",
    Fault.STORAGE: "the card did not take what was written; the gate tries again",
    Fault.INTERNAL: "a fault of the firmware; please report it",
}
"""What each means and what to do about it."""
