"""The users of readers: a name or a number becomes the uid that is heard and the group that may knock."""

from __future__ import annotations

import os
import pwd

import pytest

from firmware.commands.mistake import UsageError
from firmware.commands.users import ids

NOBODYS = next(number for number in range(61_100, 62_000) if number not in {one.pw_uid for one in pwd.getpwall()})


def test_a_user_brings_its_own_group() -> None:
    """By name and by number alike; a number that no user has brings no group."""
    me = pwd.getpwuid(os.getuid())
    assert ids(me.pw_name) == ids(str(me.pw_uid)) == (me.pw_uid, me.pw_gid)
    assert ids(str(NOBODYS)) == (NOBODYS, None)


def test_a_user_that_is_not_there_is_a_mistake() -> None:
    """It is named, with what to do."""
    with pytest.raises(UsageError, match="there is no user 'nobody-of-this-name'"):
        ids("nobody-of-this-name")
