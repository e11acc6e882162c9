"""Codes of a provisioning document: they come together again whatever else is shown, and nothing else does."""

from __future__ import annotations

import hashlib
import random
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.signed import base45, cbor, codes
from firmware.signed.codes import CodeRefusal, Collector, Part, Whole

CHANCE = random.Random(11)  # noqa: S311  documents of chance, the same in every run
LONG = CHANCE.randbytes(2_000)
OTHER = CHANCE.randbytes(1_300)
TRUE: object = True


def framed(*values: object) -> bytes:
    """Write any frame at all as a code."""
    return codes.PREFIX + base45.encode(cbor.encode(list(values))).encode()


def alone(packed: bytes, set_id: bytes | None = None) -> bytes:
    """Write packed bytes as the one code of a set, with the right digest unless told otherwise."""
    return framed(hashlib.sha256(packed).digest()[:8] if set_id is None else set_id, 1, 1, packed)


def taken(shown: list[bytes], collector: Collector | None = None) -> list[Part | Whole | CodeRefusal]:
    """Show codes one after the other."""
    collector = Collector() if collector is None else collector
    return [collector.take(code) for code in shown]


SET = codes.split(LONG)
SET_ID = hashlib.sha256(zlib.compress(LONG, 9)).digest()[:8]
REFUSED = {
    "nothing": (b"", CodeRefusal.OTHER_FORMAT),
    "a pass": (b"GP1:ABC", CodeRefusal.OTHER_FORMAT),
    "small letters": (SET[0].lower(), CodeRefusal.OTHER_FORMAT),
    "no frame": (codes.PREFIX, CodeRefusal.MALFORMED),
    "endless": (codes.PREFIX + b"A" * 2_048, CodeRefusal.TOO_LONG),
    "foreign letter": (SET[0][:-1] + b"~", CodeRefusal.BAD_ENCODING),
    "cut": (SET[0][:-3], CodeRefusal.MALFORMED),
    "more behind": (SET[0] + b"000", CodeRefusal.MALFORMED),
    "part 0": (framed(SET_ID, 0, 2, b"x"), CodeRefusal.MALFORMED),
    "part 3 of 2": (framed(SET_ID, 3, 2, b"x"), CodeRefusal.MALFORMED),
    "of 17": (framed(SET_ID, 1, 17, b"x"), CodeRefusal.MALFORMED),
    "of 0": (framed(SET_ID, 1, 0, b"x"), CodeRefusal.MALFORMED),
    "number is true": (framed(SET_ID, TRUE, 1, b"x"), CodeRefusal.MALFORMED),
    "of is true": (framed(SET_ID, 1, TRUE, b"x"), CodeRefusal.MALFORMED),
    "number is text": (framed(SET_ID, "1", 1, b"x"), CodeRefusal.MALFORMED),
    "empty part": (framed(SET_ID, 1, 1, b""), CodeRefusal.MALFORMED),
    "part is text": (framed(SET_ID, 1, 1, "x"), CodeRefusal.MALFORMED),
    "short name of a set": (framed(SET_ID[:7], 1, 1, b"x"), CodeRefusal.MALFORMED),
    "long name of a set": (framed(SET_ID + b"x", 1, 1, b"x"), CodeRefusal.MALFORMED),
    "three members": (framed(SET_ID, 1, 1), CodeRefusal.MALFORMED),
    "five members": (framed(SET_ID, 1, 1, b"x", 1), CodeRefusal.MALFORMED),
    "wrong digest": (alone(zlib.compress(b"x"), bytes(8)), CodeRefusal.WRONG_DIGEST),
    "no deflate": (alone(b"hello"), CodeRefusal.BAD_PACKING),
    "half a deflate": (alone(zlib.compress(OTHER)[:-1]), CodeRefusal.BAD_PACKING),
    "deflate and more": (alone(zlib.compress(b"x") + b"x"), CodeRefusal.BAD_PACKING),
    "deflate of nothing": (alone(zlib.compress(b"")), CodeRefusal.BAD_PACKING),
    "raw deflate": (alone(zlib.compress(b"hello", wbits=-15)), CodeRefusal.BAD_PACKING),
    "gzip": (alone(zlib.compress(b"hello", wbits=31)), CodeRefusal.BAD_PACKING),
    "one byte too many": (alone(zlib.compress(bytes(codes.MAX_WHOLE_BYTES + 1), 9)), CodeRefusal.TOO_LONG),
    "a bomb": (alone(zlib.compress(bytes(1_000_000), 9)), CodeRefusal.TOO_LONG),
}


@pytest.mark.parametrize(("code", "refusal"), REFUSED.values(), ids=REFUSED)
def test_a_code_that_is_not_right_has_its_refusal_and_harms_no_set(code: bytes, refusal: CodeRefusal) -> None:
    """Each is refused by its own reason, and the set that was half shown before is whole afterwards."""
    collector = Collector()
    taken(SET[:-1], collector)
    assert collector.take(code) is refusal
    assert collector.take(SET[-1]) == Whole(SET_ID, len(SET), LONG)


@given(st.binary(min_size=1, max_size=codes.MAX_WHOLE_BYTES // 2), st.randoms(use_true_random=False))
def test_any_document_comes_together_in_any_order(document: bytes, chance: random.Random) -> None:
    """A few hundred bytes or thousands, shuffled and each twice: the same bytes, when the last part is there."""
    shown = codes.split(document)
    assert 1 <= len(shown) <= codes.MAX_PARTS
    assert all(len(code) <= codes.MAX_LETTERS for code in shown)
    order = chance.sample(shown, len(shown))
    *before, last = taken(order)
    assert all(isinstance(one, Part) for one in before)
    assert isinstance(last, Whole)
    assert last.envelope == document
    again = taken([code for code in order for _ in range(2)])
    assert [one for one in again if isinstance(one, Whole)] == [last, last]


def test_a_part_says_what_is_missing() -> None:
    """Which numbers were shown and which are still to be shown, repetitions counted once."""
    second, again, first = taken([SET[1], SET[1], SET[0]])
    assert second == again == Part(SET_ID, 2, 4, (2,))
    assert isinstance(first, Part)
    assert (first.have, first.missing) == ((1, 2), (3, 4))


def test_sixteen_parts_are_a_set_and_more_are_refused() -> None:
    """The largest set is whole after its sixteenth code; what needs more or is too long is the caller's mistake."""
    packed = zlib.compress(LONG, 9)
    cut = [packed[at * 130 : (at + 1) * 130] for at in range(16)]
    assert b"".join(cut) == packed
    shown = [framed(SET_ID, number, 16, part) for number, part in enumerate(cut, 1)]
    assert taken(shown)[-1] == Whole(SET_ID, 16, LONG)
    for too_long in (CHANCE.randbytes(12_000), bytes(codes.MAX_WHOLE_BYTES + 1)):
        with pytest.raises(ValueError, match="does not fit"):
            codes.split(too_long)


def test_sets_do_not_mix() -> None:
    """Two documents shown alternately, and a false `of`, come out each by itself."""
    other = codes.split(OTHER)
    lying = framed(SET_ID, 1, 2, b"x")
    shown = [SET[0], other[0], lying, *SET[1:], *other[1:]]
    wholes = [one.envelope for one in taken(shown) if isinstance(one, Whole)]
    assert wholes == [LONG, OTHER]


def test_a_false_part_spoils_nothing_for_good() -> None:
    """What was shown under the name of a set gives way to the true part, before and after it came out wrong."""
    false = framed(SET_ID, 1, len(SET), b"false")
    collector = Collector()
    assert isinstance(taken([false, *SET], collector)[-1], Whole)
    collector = Collector()
    assert taken([*SET[1:], false], collector)[-1] is CodeRefusal.WRONG_DIGEST
    assert isinstance(taken(SET, collector)[-1], Whole)


def test_only_a_few_sets_are_kept() -> None:
    """The one that was longest not shown is forgotten for a fifth; one that is shown again stays."""
    collector = Collector()
    sets = [codes.split(CHANCE.randbytes(1_000)) for _ in range(codes.MAX_SETS + 1)]
    taken([one[0] for one in sets[:-1]] + [sets[0][0], sets[-1][0]], collector)
    assert isinstance(collector.take(sets[0][1]), Whole)
    assert isinstance(collector.take(sets[1][1]), Part)


def test_each_code_of_a_whole_set_means_all_of_it_until_it_is_forgotten() -> None:
    """A technician who has to show the page again shows one code of it."""
    collector = Collector()
    whole = taken(SET, collector)[-1]
    assert collector.take(SET[1]) == whole
    collector.forget()
    assert collector.take(SET[1]) == Part(SET_ID, 2, len(SET), (2,))


def test_no_part_of_a_document_is_in_what_is_printed_of_it() -> None:
    """A log that prints what was taken has neither bytes nor text of it."""
    told = repr(taken(SET))
    assert LONG[:8].hex() not in told
    assert repr(LONG[:8])[2:-1] not in told


@given(st.lists(st.binary(max_size=300), max_size=20), st.booleans())
def test_any_bytes_have_an_answer(shown: list[bytes], marked: bool) -> None:  # noqa: FBT001  hypothesis draws it
    """No bytes raise, and none come together."""
    for code in shown:
        assert not isinstance(Collector().take(codes.PREFIX + code if marked else code), Whole)


@given(st.data())
def test_any_frames_have_an_answer(data: st.DataObject) -> None:
    """Frames of any sets, numbers and parts, in one collector: what comes out whole hashes to its name."""
    frame = st.builds(
        framed,
        st.sampled_from([SET_ID, bytes(8), b"short"]),
        st.integers(-1, 18),
        st.integers(-1, 18),
        st.binary(max_size=40),
    )
    shown = data.draw(st.lists(st.one_of(frame, st.sampled_from(SET)), max_size=40))
    wholes = [one for one in taken(shown) if isinstance(one, Whole)]
    assert all(one.envelope == LONG for one in wholes)
