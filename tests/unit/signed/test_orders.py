"""What counts as an order, and every abuse beside the good order from which it differs in one thing."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from firmware.events import Instant
from firmware.signed import arguments, cose, strict_json, warrant
from firmware.signed.command import GROUP_OPS, CommandRefusal, Op, Order, Turned
from firmware.signed.envelope import Kind
from firmware.signed.orders import UNKNOWN_OP, Here, Wish, longest_s, read_order, write_order
from firmware.signed.ruling import Ruling, Rulings
from firmware.signed.warrant import Role
from tests.issuing import Issuer
from tests.unit.signed.asking import ALL, EAST, EVACUATE, EXPIRES, HERE, ID, NONCE, NOW, OFFICE, UNLOCK, Try
from tests.unit.signed.office import GATE, ISSUED, Office, raw

STRANGER = Office()
PASSES = Issuer()
OTHER_ID = "0b" * 16
LONG = "9" * 400

HOLD = UNLOCK.but(op="hold", args={"for_s": 3600})
POSTURE = UNLOCK.but(op="posture", args={"posture": "free_access", "for_s": 86_400})
REPLAY = UNLOCK.but(op="replay", args={"epoch": "0123abcd", "first": 1, "last": 9})
ADMIT = UNLOCK.but(op="admit", args={"request": "4f" * 8})
IDENTIFY = UNLOCK.but(op="identify", args={"for_s": 60})
RELEASE = UNLOCK.but(op="evacuate", args={})
SECONDED = EVACUATE.but(body={"second": OTHER_ID})
REFUSAL = CommandRefusal
Abuse = tuple[str, Try, dict[str, object], CommandRefusal]


def here(**changes: object) -> Here:
    """Change what the gate knows of itself."""
    return replace(HERE, **changes)  # type: ignore[arg-type]


def at(earliest: int, latest: int) -> Here:
    """Receive it between these seconds after it was issued."""
    return here(now=Instant(1, ISSUED + earliest, ISSUED + latest, "test"))


def self_made() -> bytes:
    """Let a stranger warrant their own key in the name of the pinned root."""
    claimed = replace(STRANGER.granted(Role.COMMANDS, holder="ayu", ops=ALL), root=STRANGER.root_raw)
    honest = warrant.issue(claimed, STRANGER.root)
    message = cose.parse(honest)
    assert isinstance(message, cose.Sign1)
    mine, pinned = (strict_json.to_base64url(root).encode() for root in (STRANGER.root_raw, OFFICE.root_raw))
    return cose.sign(message.payload.replace(mine, pinned), STRANGER.root, warrant.AAD)


def swapped(old: bytes, new: bytes) -> dict[str, object]:
    """Write the signed text differently."""
    return {"payload": lambda text: text.replace(old, new)}


def abuse(name: str, refusal: CommandRefusal, **changes: object) -> Abuse:
    """Abuse a sound unlocking."""
    return name, UNLOCK, changes, refusal


TAKEN_BACK = Rulings((Ruling(OFFICE.root_raw, {Role.COMMANDS: 2}, frozenset()),))

ABUSES: list[Abuse] = [
    ("no envelope", UNLOCK, {"bytes_": lambda _: b'{"op":"unlock"}'}, REFUSAL.UNSIGNED),
    ("nothing", UNLOCK, {"bytes_": lambda _: b""}, REFUSAL.UNSIGNED),
    ("256 KB", UNLOCK, {"bytes_": lambda _: bytes(1 << 18)}, REFUSAL.UNSIGNED),
    ("a sound order and 256 KB more", UNLOCK, {"bytes_": lambda data: data + bytes(1 << 18)}, REFUSAL.UNSIGNED),
    ("a trailing byte", UNLOCK, {"bytes_": lambda data: data + b"\0"}, REFUSAL.UNSIGNED),
    ("half of it", UNLOCK, {"bytes_": lambda data: data[: len(data) // 2]}, REFUSAL.UNSIGNED),
    ("twice", UNLOCK, {"bytes_": lambda data: data * 2}, REFUSAL.UNSIGNED),
    ("a gate without a root", UNLOCK, {"here": here(root=None)}, REFUSAL.UNSIGNED),
    ("another root pinned", UNLOCK, {"here": here(root=STRANGER.root_raw)}, REFUSAL.UNSIGNED),
    ("another root's warrant", UNLOCK, {"office": STRANGER}, REFUSAL.UNSIGNED),
    ("a self-made root", UNLOCK, {"office": STRANGER, "warranted": self_made()}, REFUSAL.UNSIGNED),
    ("a key under another's warrant", UNLOCK, {"key": Ed25519PrivateKey.generate()}, REFUSAL.UNSIGNED),
    ("a pass key", UNLOCK, {"key": PASSES.key}, REFUSAL.UNSIGNED),
    ("a pass", UNLOCK, {"bytes_": lambda _: PASSES.code()}, REFUSAL.UNSIGNED),
    *(abuse(f"the {role} key", REFUSAL.WRONG_ROLE, role=role) for role in Role if role is not Role.COMMANDS),
    *(abuse(f"signed as {kind}", REFUSAL.WRONG_KIND, kind=kind) for kind in Kind if kind is not Kind.COMMAND),
    ("a key that was taken back", UNLOCK, {"here": here(rulings=TAKEN_BACK)}, REFUSAL.WARRANT_REVOKED),
    ("said to be a policy", UNLOCK, {"said_kind": Kind.POLICY}, REFUSAL.BAD_BODY),
    ("an older version", UNLOCK, {"version": ISSUED - 1}, REFUSAL.BAD_BODY),
    ("a newer version", UNLOCK, {"version": ISSUED + 1}, REFUSAL.BAD_BODY),
    ("an unknown member", UNLOCK, {"body": {"force": True}}, REFUSAL.BAD_BODY),
    ("no id", UNLOCK, {"body": {"id": ...}}, REFUSAL.BAD_BODY),
    ("a short id", UNLOCK, {"body": {"id": "0a"}}, REFUSAL.BAD_BODY),
    ("an id in capitals", UNLOCK, {"body": {"id": "0A" * 16}}, REFUSAL.BAD_BODY),
    ("no reason", UNLOCK, {"body": {"reason": ...}}, REFUSAL.BAD_BODY),
    ("an empty reason", UNLOCK, {"body": {"reason": ""}}, REFUSAL.BAD_BODY),
    ("a blank reason", UNLOCK, {"body": {"reason": " "}}, REFUSAL.BAD_BODY),
    ("a reason too long", UNLOCK.but(body={"reason": "x" * 200}), {"body": {"reason": "x" * 201}}, REFUSAL.BAD_BODY),
    ("a reason of two lines", UNLOCK, {"body": {"reason": "a\nb"}}, REFUSAL.BAD_BODY),
    ("a reason that turns round", UNLOCK, {"body": {"reason": "a\u202eb"}}, REFUSAL.BAD_BODY),
    ("no direction", UNLOCK, {"args": {}}, REFUSAL.BAD_BODY),
    ("a direction of its own", UNLOCK, {"args": {"direction": "both"}}, REFUSAL.BAD_BODY),
    ("an unknown argument", UNLOCK, {"args": {"direction": "in", "for_s": 5}}, REFUSAL.BAD_BODY),
    ("arguments for nothing", UNLOCK.but(op="restart", args={}), {"args": {"now": "x"}}, REFUSAL.BAD_BODY),
    ("held too long", HOLD, {"args": {"for_s": 3601}}, REFUSAL.BAD_BODY),
    ("held for nothing", HOLD, {"args": {"for_s": 0}}, REFUSAL.BAD_BODY),
    ("held for less than nothing", HOLD, {"args": {"for_s": -1}}, REFUSAL.BAD_BODY),
    ("held for a fraction", HOLD, {"args": {"for_s": 5.5}}, REFUSAL.BAD_BODY),
    ("held for a whole fraction", HOLD, {"args": {"for_s": 5.0}}, REFUSAL.BAD_BODY),
    ("held for true", HOLD, {"args": {"for_s": True}}, REFUSAL.BAD_BODY),
    ("held for text", HOLD, {"args": {"for_s": "60"}}, REFUSAL.BAD_BODY),
    ("held for null", HOLD, {"args": {"for_s": None}}, REFUSAL.BAD_BODY),
    ("held for NaN", HOLD, swapped(b'"for_s":3600', b'"for_s":NaN'), REFUSAL.BAD_BODY),
    ("held for ever", HOLD, swapped(b'"for_s":3600', b'"for_s":Infinity'), REFUSAL.BAD_BODY),
    ("held for 400 digits", HOLD, swapped(b'"for_s":3600', b'"for_s":' + LONG.encode()), REFUSAL.BAD_BODY),
    ("a key twice", HOLD, swapped(b'"for_s":3600', b'"for_s":1,"for_s":3600'), REFUSAL.BAD_BODY),
    ("an op twice", UNLOCK, swapped(b'"op":"unlock"', b'"op":"health","op":"unlock"'), REFUSAL.BAD_BODY),
    ("invalid UTF-8", UNLOCK, swapped(b"let the", b"let \xff\xfe"), REFUSAL.BAD_BODY),
    ("half a character", UNLOCK, swapped(b"let the", b"let \\ud800"), REFUSAL.BAD_BODY),
    ("no JSON", UNLOCK, {"payload": lambda _: b"\x00\x01"}, REFUSAL.BAD_BODY),
    ("a deep well", UNLOCK, swapped(b'{"direction":"in"}', b"[" * 99_999 + b"]" * 99_999), REFUSAL.BAD_BODY),
    ("an unknown posture", POSTURE, {"args": {"posture": "secure"}}, REFUSAL.BAD_BODY),
    ("free for more than a day", POSTURE, {"args": {"posture": "free_access", "for_s": 86_401}}, REFUSAL.BAD_BODY),
    ("a resumption that ends", POSTURE, {"args": {"posture": "resume", "for_s": 5}}, REFUSAL.BAD_BODY),
    ("a lockdown for null", EAST, {"args": {"for_s": None}}, REFUSAL.BAD_BODY),
    ("blinking for an hour", IDENTIFY, {"args": {"for_s": 3600}}, REFUSAL.BAD_BODY),
    ("history backwards", REPLAY, {"args": {"epoch": "0123abcd", "first": 9, "last": 1}}, REFUSAL.BAD_BODY),
    ("history of a path", REPLAY, {"args": {"epoch": "../../etc", "first": 1, "last": 9}}, REFUSAL.BAD_BODY),
    ("a request of a topic", ADMIT, {"args": {"request": "a/#"}}, REFUSAL.BAD_BODY),
    ("a second for one gate", UNLOCK, {"body": {"second": OTHER_ID}}, REFUSAL.BAD_BODY),
    ("a second for one gate's evacuation", RELEASE, {"body": {"second": OTHER_ID}}, REFUSAL.BAD_BODY),
    ("a second of itself", SECONDED, {"body": {"second": ID}}, REFUSAL.BAD_BODY),
    ("a second for a lockdown", EAST, {"body": {"second": OTHER_ID}}, REFUSAL.BAD_BODY),
    ("a group's nonce", EAST, {"body": {"nonce": NONCE}}, REFUSAL.BAD_BODY),
    ("on the topic of another op", UNLOCK, {"topic": "health"}, REFUSAL.WRONG_TOPIC),
    ("on a topic of no op", UNLOCK, {"topic": "levitate"}, REFUSAL.WRONG_TOPIC),
    ("an op of a later desk", UNLOCK, {"op": "levitate"}, REFUSAL.UNSUPPORTED),
    ("another gate's", UNLOCK, {"audience": ("gate-2",)}, REFUSAL.WRONG_GATE),
    ("everybody's", UNLOCK, {"audience": ("*",)}, REFUSAL.WRONG_GATE),
    ("this gate's and another's", UNLOCK, {"audience": (GATE, "gate-2")}, REFUSAL.WRONG_GATE),
    ("a group's on the gate's topic", UNLOCK, {"audience": ("_group/east",)}, REFUSAL.WRONG_GATE),
    ("a gate's on the group's topic", EAST, {"audience": (GATE,)}, REFUSAL.WRONG_GATE),
    ("another group's", EAST, {"audience": ("_group/west",)}, REFUSAL.WRONG_GATE),
    ("another group's topic too", EAST, {"audience": ("_group/west",), "group": "west"}, REFUSAL.WRONG_GATE),
    ("everybody's group", EAST, {"audience": ("*",)}, REFUSAL.WRONG_GATE),
    ("a group unlocked", EAST, {"op": "unlock", "args": {"direction": "out"}}, REFUSAL.NOT_FOR_GROUPS),
    ("a group held", EAST, {"op": "hold", "args": {"for_s": 5}}, REFUSAL.NOT_FOR_GROUPS),
    ("a group admitted", EAST, {"op": "admit", "args": {"request": "a"}}, REFUSAL.NOT_FOR_GROUPS),
    ("a group refused", EAST, {"op": "refuse", "args": {"request": "a"}}, REFUSAL.NOT_FOR_GROUPS),
    ("a group restarted", EAST, {"op": "restart"}, REFUSAL.NOT_FOR_GROUPS),
    ("a group free", EAST, {"op": "posture", "args": {"posture": "free_access"}}, REFUSAL.NOT_FOR_GROUPS),
    ("an op not entitled", UNLOCK, {"ops": tuple(set(ALL) - {"unlock"})}, REFUSAL.NOT_ENTITLED),
    ("a role's key without a person", UNLOCK, {"holder": None, "ops": ()}, REFUSAL.NOT_ENTITLED),
    ("a person without ops", UNLOCK, {"ops": ()}, REFUSAL.NOT_ENTITLED),
    ("ops without a person", UNLOCK, {"holder": None}, REFUSAL.NOT_ENTITLED),
    ("a warrant of later", UNLOCK, {"begins": ISSUED + 1}, REFUSAL.NOT_ENTITLED),
    ("a warrant of earlier", UNLOCK, {"ends": ISSUED}, REFUSAL.NOT_ENTITLED),
    ("a warrant that has ended", UNLOCK, {"ends": NOW.earliest}, REFUSAL.NOT_ENTITLED),
    ("a nonce of earlier", UNLOCK, {"body": {"nonce": "4d" * 16}}, REFUSAL.WRONG_NONCE),
    ("no nonce", UNLOCK, {"body": {"nonce": ...}}, REFUSAL.WRONG_NONCE),
    ("no connection", UNLOCK, {"here": here(nonce="")}, REFUSAL.WRONG_NONCE),
    ("no connection and no nonce", UNLOCK, {"here": here(nonce=""), "body": {"nonce": ...}}, REFUSAL.WRONG_NONCE),
    ("good for too long", UNLOCK, {"expires": EXPIRES + 1}, REFUSAL.TOO_LONG_LIVED),
    (
        "an evacuation for too long",
        EVACUATE.but(expires=ISSUED + 300),
        {"expires": ISSUED + 301},
        REFUSAL.TOO_LONG_LIVED,
    ),
    ("of a time to come", UNLOCK.but(here=at(-1, 0)), {"here": at(-2, -1)}, REFUSAL.NOT_YET_VALID),
    ("over", UNLOCK.but(here=at(57, 59)), {"here": at(60, 60)}, REFUSAL.EXPIRED),
    ("over long ago", UNLOCK, {"here": at(1_000_000, 1_000_001)}, REFUSAL.NOT_ENTITLED),
    ("perhaps over", UNLOCK.but(here=at(57, 59)), {"here": at(58, 60)}, REFUSAL.CLOCK_UNTRUSTED),
    ("no clock", UNLOCK, {"here": here(now=Instant(1))}, REFUSAL.CLOCK_UNTRUSTED),
    ("a vague clock", UNLOCK.but(here=at(-20, 40)), {"here": at(-21, 40)}, REFUSAL.CLOCK_UNTRUSTED),
    ("no clock for a group", EAST, {"here": here(now=Instant(1))}, REFUSAL.CLOCK_UNTRUSTED),
]


@pytest.mark.parametrize(
    ("good", "changes", "refusal"), [case[1:] for case in ABUSES], ids=[case[0] for case in ABUSES]
)
def test_the_abuse_is_refused_and_its_twin_counts(
    good: Try, changes: dict[str, object], refusal: CommandRefusal
) -> None:
    """The good order counts; the same with one thing wrong is refused with the word for just that."""
    assert isinstance(good.outcome(), Order)
    found = good.but(**changes).outcome()
    assert isinstance(found, Turned)
    assert found.reason is refusal


def test_the_table_knows_every_refusal_of_this_file() -> None:
    """What the table does not have is decided elsewhere: by the link, the controller and the door."""
    elsewhere = {"retained", "repeated", "second_signer", "posture", "not_continuous", "no_request", "busy", "storage"}
    assert {case[3].value for case in ABUSES} == {refusal.value for refusal in CommandRefusal} - elsewhere


def test_an_order_says_what_was_signed() -> None:
    """Everything that obeying needs stands in the order, and nothing of it comes from the topic alone."""
    assert UNLOCK.outcome() == Order(
        ID,
        Op.UNLOCK,
        "ayu",
        raw(OFFICE.keys[Role.COMMANDS]),
        None,
        EXPIRES,
        "let the fitter in",
        {"direction": "in"},
    )
    seconded = SECONDED.outcome()
    assert isinstance(seconded, Order)
    assert (seconded.group, seconded.second, seconded.args) == ("east", OTHER_ID, {"for_s": 600})


def test_a_refusal_names_the_signer_only_where_the_signature_held() -> None:
    """Whoever signs nothing puts no name and no id into an answer; whoever does is answered by id."""
    assert UNLOCK.but(office=STRANGER).outcome() == Turned(REFUSAL.UNSIGNED, "unlock")
    assert UNLOCK.but(body={"force": True}).outcome() == Turned(REFUSAL.BAD_BODY, "unlock", None, "ayu")
    assert UNLOCK.but(audience=("gate-2",)).outcome() == Turned(REFUSAL.WRONG_GATE, "unlock", ID, "ayu")


def test_a_topic_of_any_text_is_answered_as_unknown() -> None:
    """An op that nobody knows brings none of its own text into an answer or a count."""
    assert UNLOCK.but(topic="a/b#" * 9000).outcome() == Turned(REFUSAL.WRONG_TOPIC, UNKNOWN_OP, ID, "ayu")


LEAST: dict[Op, dict[str, str | int]] = {
    Op.UNLOCK: {"direction": "out"},
    Op.HOLD: {"for_s": 1},
    Op.POSTURE: {"posture": "resume"},
    Op.ADMIT: {"request": "4f"},
    Op.REFUSE: {"request": "4f"},
    Op.REPLAY: {"epoch": "0123abcd", "first": 1, "last": 1},
    Op.IDENTIFY: {"for_s": 1},
    Op.PROVISION: {"for_s": 60},
}


@pytest.mark.parametrize("op", Op)
def test_what_the_desk_writes_counts(op: Op) -> None:
    """Every op, as the desk signs it, counts at its gate for as long as it may live, and at a group if it may."""
    warranted = OFFICE.warrant(Role.COMMANDS, holder="ayu", ops=(op.value,))
    wish = Wish(ID, op, LEAST.get(op, {}), "a test", gate=GATE, nonce=NONCE)
    for each, group in ((wish, None), (replace(wish, gate=None, group="east", nonce=None), "east")):
        data = write_order(
            each,
            issued=ISSUED,
            expires=ISSUED + longest_s(op),
            signer=OFFICE.keys[Role.COMMANDS],
            signer_warrant=warranted,
        )
        found = read_order(data, op.value, group, HERE)
        if group is None or op in GROUP_OPS:
            assert isinstance(found, Order)
            assert (found.op, found.args) == (op, wish.args)
        else:
            assert found == Turned(REFUSAL.NOT_FOR_GROUPS, op.value, ID, "ayu")


def test_the_desk_is_told_which_arguments_there_are() -> None:
    """Each op names its arguments, and which of them are numbers."""
    named = {op: arguments.names_of(op) for op in Op if arguments.names_of(op)}
    assert named == {
        Op.UNLOCK: ("direction",),
        Op.HOLD: ("for_s",),
        Op.POSTURE: ("for_s", "posture"),
        Op.LOCKDOWN: ("for_s",),
        Op.EVACUATE: ("for_s",),
        Op.ADMIT: ("request",),
        Op.REFUSE: ("request",),
        Op.REPLAY: ("epoch", "first", "last"),
        Op.IDENTIFY: ("for_s",),
        Op.PROVISION: ("for_s",),
    }
    assert arguments.numbers_of(Op.REPLAY) == {"first", "last"}
    assert arguments.numbers_of(Op.POSTURE) == {"for_s"}
    assert arguments.numbers_of(Op.UNLOCK) == frozenset()


SOUND = UNLOCK.data()


def test_every_byte_of_an_order_is_held_by_a_signature() -> None:
    """A bit turned anywhere in a sound order, its warrant and its frame included, is refused as unsigned."""
    for at_byte in range(len(SOUND)):
        wounded = bytearray(SOUND)
        wounded[at_byte] ^= 1 << (at_byte % 8)
        found = read_order(bytes(wounded), "unlock", None, HERE)
        assert isinstance(found, Turned), at_byte
        assert found.id is found.operator is None


@given(st.integers(0, len(SOUND) - 1), st.binary(max_size=8), st.integers(0, 8))
def test_no_change_of_an_order_counts_or_raises(start: int, instead: bytes, cut: int) -> None:
    """Bytes replaced, put in or cut out anywhere leave nothing that counts."""
    changed = SOUND[:start] + instead + SOUND[start + cut :]
    assert isinstance(read_order(changed, "unlock", None, HERE), Turned) or changed == SOUND


@given(st.binary(max_size=600), st.text(max_size=80), st.none() | st.text(max_size=20))
def test_no_bytes_on_no_topic_count_or_raise(data: bytes, op: str, group: str | None) -> None:
    """Whatever anybody publishes, it is refused as a value."""
    found = read_order(data, op, group, HERE)
    assert isinstance(found, Turned)
    assert found.reason is REFUSAL.UNSIGNED


@given(
    st.dictionaries(
        st.text(max_size=8), st.none() | st.booleans() | st.integers() | st.floats() | st.text(), max_size=4
    )
)
def test_no_arguments_raise(args: dict[str, object]) -> None:
    """Arguments of any names and types that were signed by somebody entitled are an order or are refused."""
    data = UNLOCK.but(payload=lambda text: text.replace(b'{"direction":"in"}', json.dumps(args).encode())).data()
    assert isinstance(read_order(data, "unlock", None, HERE), Order) == (
        args in ({"direction": "in"}, {"direction": "out"})
    )
