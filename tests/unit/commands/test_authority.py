"""The root's word on the command line: `inspect` and `simulate` go by the one that is named, `check` by the gate's."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from firmware.commands.lists import given
from firmware.commands.mistake import UsageError
from firmware.signed import cose
from firmware.signed.warrant import Role
from provisioning import documents, founding
from provisioning.custody import rulings

if TYPE_CHECKING:
    from pathlib import Path

    from provisioning.authority import Authority

POLICY = b'{"profile": "test", "classes": {"visitor": {}}}'


@pytest.fixture
def office(tmp_path: Path) -> Authority:
    """An authority with its lists in the folder above it."""
    now = int(time.time())
    made = founding.found(tmp_path / "a", founding.Charter("Hall", None, now, 30))
    (tmp_path / "trust.cose").write_bytes(documents.build_trust(made, now=now, valid_days=9).data)
    (tmp_path / "policy.cose").write_bytes(documents.sign_policy(made, POLICY, now=now, valid_days=9).data)
    return made


@pytest.mark.parametrize(("role", "what"), [(Role.TRUST, "trust list"), (Role.POLICY, "policy")])
def test_a_list_of_a_key_that_was_taken_back_ends_the_command(office: Authority, role: Role, what: str) -> None:
    """In one line that names the file and says why; without the root's word the same list is taken."""
    folder = office.folder.parent
    trust, policy = [folder / "trust.cose"], folder / "policy.cose"
    assert given(trust, policy).trust.keys
    rulings.speak(office, office.folder / "root.key", rulings.without_earlier(role, 2), now=int(time.time()))
    with pytest.raises(UsageError, match=rf"{what} .*warrant_revoked"):
        given(trust, policy, authority=office.folder / rulings.FILE)


def test_a_passes_key_that_was_taken_back_is_in_no_list(office: Authority) -> None:
    """The list stands, and nobody is let in by that key."""
    folder = office.folder.parent
    key = cose.key_id(office.warrant(Role.PASSES)[1].key)
    rulings.speak(office, office.folder / "root.key", rulings.without_key(key), now=int(time.time()))
    found = given([folder / "trust.cose"], None, authority=office.folder / rulings.FILE)
    assert found.trust.keys == ()
    assert [one.revoked for one in found.rulings.known] == [{key}]


def test_what_is_no_word_of_a_root_ends_the_command(office: Authority) -> None:
    """A trust list in its place is refused by name."""
    trust = office.folder.parent / "trust.cose"
    with pytest.raises(UsageError, match=r"authority document .*wrong_kind"):
        given([trust], None, authority=trust)
