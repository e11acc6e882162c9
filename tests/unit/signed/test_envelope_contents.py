"""What goes into an envelope comes out, nonsense cannot be sealed, and no noise or flipped bit is let through."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.signed.envelope import MAX_BYTES, Document, EnvelopeRefusal, Kind, open_envelope, read_body, seal
from firmware.signed.fields import Strict
from firmware.signed.warrant import Role
from tests.unit.signed.office import EXPIRES, GATE, ISSUED, NOW, Office

OFFICE = Office()


def opened(data: bytes) -> Document | EnvelopeRefusal:
    """Open as a policy at a gate that pins the office's root."""
    return open_envelope(data, Kind.POLICY, root=OFFICE.root_raw, gate=GATE, now=NOW)


@pytest.mark.parametrize(
    "wrong",
    [
        {"version": 0},
        {"audience": ()},
        {"audience": ("GATE",)},
        {"expires": ISSUED},
        {"body": {"x": "y" * MAX_BYTES}},
        {"body": {"x": float("nan")}},
        {"issued": -1},
    ],
    ids=str,
)
def test_sealing_nonsense_is_our_bug(wrong: dict[str, object]) -> None:
    """Nothing that a gate would refuse as a payload can be sealed at all."""
    sound: dict[str, object] = {"body": {}, "version": 1, "audience": ("*",), "issued": ISSUED, "expires": EXPIRES}
    arguments = sound | wrong
    with pytest.raises(ValueError, match=r"payload|bytes long|1970|JSON"):
        seal(
            Kind.POLICY,
            signer=OFFICE.keys[Role.POLICY],
            signer_warrant=OFFICE.warrant(Role.POLICY),
            **arguments,  # type: ignore[arg-type]
        )


class _Wish(Strict):
    """A body with one whole number."""

    count: int


@pytest.mark.parametrize(
    ("body", "mistakes"),
    [({"count": 3}, 0), ({"count": "3"}, 1), ({"count": True}, 1), ({}, 1), ({"kount": 3}, 2), ({"count": 3.5}, 1)],
)
def test_a_body_is_read_strictly_and_all_mistakes_are_named(body: dict[str, object], mistakes: int) -> None:
    """A body is its model exactly, or a list of every mistake in it."""
    document = opened(OFFICE.seal(body=body))
    assert isinstance(document, Document)
    found = read_body(document, _Wish)
    assert found == _Wish(count=3) if mistakes == 0 else isinstance(found, tuple) and len(found) == mistakes


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=8), JSON, max_size=4))
def test_any_body_comes_back_as_it_was_sealed(body: dict[str, object]) -> None:
    """Whatever JSON goes in comes out equal."""
    document = opened(OFFICE.seal(body=body))
    assert isinstance(document, Document)
    assert document.body == body


SOUND = OFFICE.seal()


@given(st.integers(0, len(SOUND) * 8 - 1))
def test_no_flipped_bit_is_accepted(bit: int) -> None:
    """Any single flipped bit, in payload, header, warrant or signature, is refused."""
    changed = bytearray(SOUND)
    changed[bit // 8] ^= 1 << bit % 8
    assert isinstance(opened(bytes(changed)), EnvelopeRefusal)


@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_are_refused_quietly(data: bytes, signed: bool) -> None:  # noqa: FBT001  drawn, not passed
    """Noise is refused without an exception, even when a trusted key has signed it."""
    assert isinstance(opened(OFFICE.forge(data) if signed else data), EnvelopeRefusal)
