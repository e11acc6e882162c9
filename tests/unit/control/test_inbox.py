"""The one queue into the controller, under a flood."""

from __future__ import annotations

from firmware.control.inbox import MAX_BEFORE_COMMAND, MAX_BEFORE_RETAINED, MAX_WAITING, Inbox
from firmware.events import CodesPresented, CommandArrived, Contact, ContactChanged

COMMAND = CommandArrived("unlock", None, b"rubbish", "nonce", retained=False)
LYING = CommandArrived("unlock", None, b"rubbish", "nonce", retained=True)


def test_a_flood_of_commands_takes_no_reader_its_place() -> None:
    """Of a thousand commands a handful waits; the scan and the button that come after them are taken."""
    inbox = Inbox(lambda: 7)
    for _ in range(1_000):
        inbox.commanded(COMMAND)
    inbox.scanned("inside", (b"code",))
    inbox.contact_changed(Contact.REX, "active")
    taken = [inbox.take(0) for _ in range(inbox.waiting)]
    assert taken[:MAX_BEFORE_COMMAND] == [COMMAND] * MAX_BEFORE_COMMAND
    assert [type(one) for one in taken[MAX_BEFORE_COMMAND:]] == [CodesPresented, ContactChanged]
    assert inbox.dropped == 1_000 - MAX_BEFORE_COMMAND


def test_what_lay_at_the_broker_leaves_a_place_for_an_order() -> None:
    """A connection brings everything that is retained before the first order of anybody: that order is taken."""
    inbox = Inbox(lambda: 7)
    for _ in range(1_000):
        inbox.commanded(LYING)
    inbox.commanded(COMMAND)
    assert [inbox.take(0) for _ in range(inbox.waiting)] == [LYING] * MAX_BEFORE_RETAINED + [COMMAND]
    assert inbox.dropped == 1_000 - MAX_BEFORE_RETAINED


def test_what_is_about_the_door_itself_is_never_dropped() -> None:
    """Scans beyond the bound are dropped and counted; a button never is."""
    inbox = Inbox(lambda: 7)
    for _ in range(MAX_WAITING + 5):
        inbox.scanned("outside", (b"code",))
    for _ in range(100):
        inbox.contact_changed(Contact.REX, "active")
    assert inbox.dropped == 5
    assert inbox.waiting == MAX_WAITING + 100
