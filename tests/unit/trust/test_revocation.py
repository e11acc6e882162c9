"""Lists of revoked passes: what is found on them, what is no list, and what changes one into the next."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.trust import revocation, revocation_delta, revocation_ids, revocation_writing
from firmware.trust.revocation import FOR_GOOD, RevocationList, open_list
from firmware.trust.revocation_ids import NameKind
from tests.revoking import delta_of, entries, name, read

if TYPE_CHECKING:
    from collections.abc import Mapping


def opened(contents: Mapping[NameKind, dict[bytes, int]]) -> RevocationList:
    """Write a list and read it."""
    return read(revocation_writing.build(contents))


@pytest.mark.parametrize("count", [0, 1, 63, 64, 16_383, 16_384, 40_000])
def test_what_is_listed_is_found_and_nothing_else(count: int) -> None:
    """Each entry is found by its kind; other hashes, and the same hash of another kind, are not."""
    found = opened({NameKind.CTI: entries(range(count))})
    assert found.entries == count
    for number in range(0, count, 1 + count // 200):
        assert found.revoked([("cti", name(number))], 0) == "cti"
        assert found.revoked([("uci", name(number))], 0) is None
    assert not any(found.revoked([("cti", name(-number))], 0) for number in range(1, 500))
    assert found.undamaged()


def test_a_time_revokes_only_what_was_issued_before_it() -> None:
    """A card of the same identifier that was issued later counts; one without a time is revoked for good."""
    listed = entries(range(1), 1000) | entries(range(1, 2))
    found = opened({NameKind.SHC_RID: listed})
    said = [found.revoked([("shc_rid", name(number))], issued) for number in (0, 1) for issued in (999, 1000, 1 << 41)]
    assert said == ["shc_rid", None, None, "shc_rid", "shc_rid", "shc_rid"]


def test_any_of_several_names_revokes() -> None:
    """A certificate has three names in the EU's lists; one of them on a list is enough."""
    found = opened({NameKind.SIGNATURE: entries(range(5)), NameKind.UCI: entries(range(5, 9))})
    names = [("uci", name(1)), ("country_uci", name(2)), ("signature", name(3))]
    assert found.revoked(names, 0) == "signature"
    assert found.revoked(names[:2], 0) is None


def test_the_rate_of_false_hits_is_that_of_64_bits() -> None:
    """The rate is stated by what is compared and how many there are."""
    assert opened({NameKind.CTI: entries(range(4096))}).false_hit_rate == 4096 / 2**64
    assert opened({}).false_hit_rate == 0


WHOLE = revocation_writing.build({NameKind.CTI: entries(range(100)), NameKind.SHC_RID: entries(range(70), 5)})


@given(st.integers(0, len(WHOLE)))
def test_a_list_that_ends_early_is_none(length: int) -> None:
    """No part of a list is a list, nor is one with something behind it."""
    assert (open_list(WHOLE[:length]) is None) is (length < len(WHOLE))
    assert open_list(WHOLE + WHOLE[:length]) is None or length == 0


@given(st.binary(max_size=300))
def test_rubbish_is_no_list(data: bytes) -> None:
    """Nothing is raised for any bytes, with the magic before them or without."""
    for spelled in (data, revocation.MAGIC + data, revocation.MAGIC + b"\0\0\0\1\0\0\0\0\1" + data):
        assert open_list(spelled) is None
        assert revocation_delta.open_delta(spelled) is None


@settings(max_examples=300)
@given(st.integers(0, len(WHOLE) - 1), st.integers(1, 255))
def test_a_changed_byte_is_refused_or_seen_in_the_digest(at: int, by: int) -> None:
    """A damaged list may still be opened, is then bounded, and its digest tells."""
    damaged = bytearray(WHOLE)
    damaged[at] ^= by
    found = open_list(bytes(damaged))
    if found is not None:
        assert not found.undamaged()
        assert sum(1 for section in found.sections.values() for _ in section) == found.entries
        assert found.revoked([("cti", name(3)), ("shc_rid", name(3))], 0) in {None, "cti", "shc_rid"}


def test_so_many_that_begin_alike_are_no_hashes() -> None:
    """A list that would make every look-up long is neither written nor read."""
    alike = {b"\0\0" + number.to_bytes(6): FOR_GOOD for number in range(16_384)}
    with pytest.raises(revocation_writing.TooManyError):
        revocation_writing.build({NameKind.CTI: alike})
    whole = revocation_writing.build({NameKind.CTI: entries(range(16_384))})
    index = revocation.HEAD.size + revocation.SECTION.size
    ends = (16_384).to_bytes(4) * 65_536
    assert open_list(whole[: index + 4] + ends + whole[index + 4 + len(ends) :]) is None


STEPS = [
    (range(0), range(10)),
    (range(10), range(0)),
    (range(50), range(20, 80)),
    (range(300), range(3, 303)),
    (range(16_000), range(100, 17_000)),
    (range(17_000), range(500, 16_500)),
    (range(20_000), range(7, 20_050)),
]
"""From where to where: within each fineness of the index, and from one to another."""


@pytest.mark.parametrize(("before", "after"), STEPS)
def test_a_delta_makes_the_very_bytes_of_the_next_list(before: range, after: range) -> None:
    """Base and delta make the file that was meant, of whichever sizes; what both have is not told again."""
    written = [
        revocation_writing.build({NameKind.UCI: entries(numbers), NameKind.SHC_RID: entries(range(40), numbers.stop)})
        for numbers in (before, after)
    ]
    delta = revocation_delta.open_delta(delta_of(*written))
    assert delta is not None
    assert [delta.base, delta.result] == [hashlib.sha256(one).digest() for one in written]
    assert b"".join(delta.applied(read(written[0]))) == written[1]
    assert delta.gone.entries == len(set(before) - set(after))
    assert delta.come.entries == len(set(after) - set(before)) + 40


NUMBERS = st.sets(st.integers(0, 130))


@settings(max_examples=60)
@given(NUMBERS, NUMBERS, NUMBERS, NUMBERS, st.integers(1, 9))
def test_any_change_comes_out_as_if_it_was_built_anew(
    cti: set[int], rid: set[int], after_cti: set[int], after_rid: set[int], before: int
) -> None:
    """Whatever goes, comes or gets another time, in two kinds at once and over the sizes at which the index changes."""
    old = revocation_writing.build({NameKind.CTI: entries(cti), NameKind.SHC_RID: entries(rid, 5)})
    new = revocation_writing.build({NameKind.CTI: entries(after_cti), NameKind.SHC_RID: entries(after_rid, before)})
    delta = revocation_delta.open_delta(delta_of(old, new))
    assert delta is not None
    assert b"".join(delta.applied(read(old))) == new
    listed = {number for number in range(131) if read(new).revoked([("shc_rid", name(number))], before - 1)}
    assert listed == after_rid


def test_names_are_those_of_the_specifications() -> None:
    """UCI and country with UCI are hashed as UTF-8 and cut to 16 bytes; of ECDSA only r counts, of RSA all of it."""
    uci = "URN:UVCI:01:NL:187/37512422923"
    cases = {
        revocation_ids.uci(uci): ("uci", uci.encode()),
        revocation_ids.country_uci("NL", uci): ("country_uci", b"NL" + uci.encode()),
        revocation_ids.signature("ES256", b"r" * 32 + b"s" * 32): ("signature", b"r" * 32),
        revocation_ids.signature("PS256", b"r" * 32 + b"s" * 32): ("signature", b"r" * 32 + b"s" * 32),
        revocation_ids.shc_rid("kid", "rid"): ("shc_rid", b"kid/rid"),
        revocation_ids.cti(b"issuer", b"pass"): ("cti", b"issuerpass"),
    }
    for said, (kind, hashed) in cases.items():
        assert said == (kind, hashlib.sha256(hashed).digest()[:16])


def test_an_eu_certificate_has_as_many_names_as_it_says() -> None:
    """Without an identifier its signature alone names it, without a country the identifier does too."""
    rs = b"r" * 32 + b"s" * 32
    every = (revocation_ids.uci("a"), revocation_ids.country_uci("NL", "a"), revocation_ids.signature("ES256", rs))
    assert revocation_ids.european("NL", "a", "ES256", rs) == every
    assert revocation_ids.european(None, "a", "ES256", rs) == (every[0], every[2])
    assert revocation_ids.european("NL", None, "ES256", rs) == (every[2],)
