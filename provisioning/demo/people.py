"""Who walks up to the demonstration's door, in which order, with what in hand, and what the door must answer.

Pure: all chance comes from the given source. Nobody here is real; a person is a role and a number.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import Final, Literal

from firmware.events import Direction, Outcome, Reason

Where = Literal["outside", "inside", "rex"]
HOUR_S: Final = 3600


class Brings(StrEnum):
    """What a person shows to the camera, or does instead."""

    PASS = "pass"  # noqa: S105  a kind of thing, no secret
    WALLET = "wallet"
    SCREENSHOT = "screenshot"
    AGAIN = "again"
    FOREIGN = "foreign"
    POSTER = "poster"
    HALF = "half"
    BUTTON = "button"


class Medium(StrEnum):
    """On what the code is shown: it decides how the camera sees it."""

    PHONE = "phone"
    DARK = "dark"
    PAPER = "paper"


@dataclass(frozen=True, slots=True)
class Says:
    """What the pass says. Times are seconds from the moment it is shown."""

    class_: str = "staff"
    area: str = "lobby"
    begins_s: int = -HOUR_S
    ends_s: int = 8 * HOUR_S
    entries: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What must stand in the event on the broker."""

    decision: Outcome
    direction: Direction = Direction.IN
    reason: Reason | None = None
    remark: Reason | None = None
    class_: str | None = None

    @property
    def opens(self) -> bool:
        """Whether the relay must move."""
        return self.decision is Outcome.ALLOW


@dataclass(frozen=True, slots=True)
class Part:
    """One role of the play. `after` names the role whose code is shown again here."""

    name: str
    who: tuple[str, str]
    what: tuple[str, str]
    answer: Answer
    brings: Brings = Brings.PASS
    says: Says = Says()
    medium: Medium = Medium.PHONE
    where: Where = "outside"
    after: str | None = None


@dataclass(frozen=True, slots=True)
class View:
    """How the code is held: the fields of the scene's stage but for the code itself."""

    tilt_deg: float = 0.0
    turn_deg: float = 0.0
    scale: float = 0.6
    blur: float = 0.0
    noise: float = 3.0
    glare: float = 0.0
    dark: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in a part, the `number`th of this play; `again` is the number of who showed this code before."""

    number: int
    part: Part
    view: View
    again: int | None = None

    @property
    def key(self) -> str:
        """The id of the check."""
        return f"{self.number:02}-{self.part.name}"

    @property
    def who(self) -> tuple[str, str]:
        """The person in Indonesian and English; who comes again keeps the number of the first time."""
        indonesian, english = self.part.who
        number = self.again or self.number
        return f"{indonesian} {number}", f"{english} {number}"


IN, OUT = Direction.IN, Direction.OUT
ALLOW, DENY = Outcome.ALLOW, Outcome.DENY
_DAY: Final = Says("visitor", entries=1)
_VISITOR: Final = ("tamu", "visitor")
_STAFF: Final = ("pegawai", "staff")
_STRANGER: Final = ("orang asing", "stranger")

PARTS: Final = (
    Part("staff", _STAFF, ("dompet di ponsel", "a wallet on a phone"), Answer(ALLOW, class_="staff"), Brings.WALLET),
    Part("paper", _VISITOR, ("kertas, sekali masuk", "paper, one entry"), Answer(ALLOW, class_="visitor"),
         says=_DAY, medium=Medium.PAPER),
    Part("paper-again", _VISITOR, ("kertas yang sama lagi", "the same paper again"),
         Answer(DENY, reason=Reason.USED, class_="visitor"), Brings.AGAIN, medium=Medium.PAPER, after="paper"),
    Part("stranger", _STRANGER, ("kode dari penerbit lain", "another issuer's code"),
         Answer(DENY, reason=Reason.UNKNOWN_KEY), Brings.FOREIGN),
    Part("expired", _VISITOR, ("kertas kemarin", "yesterday's paper"),
         Answer(DENY, reason=Reason.EXPIRED, class_="visitor"),
         says=Says("visitor", begins_s=-24 * HOUR_S, ends_s=-16 * HOUR_S), medium=Medium.PAPER),
    Part("screenshot", _STAFF, ("tangkapan layar dompet", "a picture of a wallet, a minute old"),
         Answer(DENY, reason=Reason.STALE, class_="staff"), Brings.SCREENSHOT),
    Part("leaving", _STAFF, ("pulang", "going home"), Answer(ALLOW, OUT, class_="staff"), where="inside"),
    Part("dark-phone", _STAFF, ("ponsel mode gelap", "a phone in dark mode"), Answer(ALLOW, class_="staff"),
         medium=Medium.DARK),
    Part("poster", _STRANGER, ("kode dari poster", "a poster's code"), Answer(DENY, reason=Reason.UNKNOWN_FORMAT),
         Brings.POSTER, medium=Medium.PAPER),
    Part("button", _STAFF, ("tombol keluar", "the exit button"), Answer(ALLOW, OUT), Brings.BUTTON, where="rex"),
    Part("paper-tilted", _VISITOR, ("kertas miring", "paper, held askew"), Answer(ALLOW, class_="visitor"),
         says=Says("visitor"), medium=Medium.PAPER),
    Part("tomorrow", _VISITOR, ("kertas untuk besok", "tomorrow's paper"),
         Answer(DENY, reason=Reason.NOT_YET_VALID, class_="visitor"),
         says=Says("visitor", begins_s=16 * HOUR_S, ends_s=24 * HOUR_S), medium=Medium.PAPER),
    Part("other-area", _VISITOR, ("izin untuk gedung lain", "a pass for another area"),
         Answer(DENY, reason=Reason.WRONG_AREA, class_="visitor"), says=Says("visitor", area="archive")),
    Part("half-code", _VISITOR, ("setengah kode", "half a code"), Answer(DENY, reason=Reason.BAD_ENCODING),
         Brings.HALF, medium=Medium.PAPER),
    Part("leaving-used", _VISITOR, ("pulang dengan kertas terpakai", "leaving with a used paper"),
         Answer(ALLOW, OUT, class_="visitor"), Brings.AGAIN, medium=Medium.PAPER, where="inside", after="paper"),
    Part("leaving-odd", _VISITOR, ("pulang dengan kode poster", "leaving with a poster's code"),
         Answer(ALLOW, OUT, remark=Reason.UNKNOWN_FORMAT), Brings.POSTER, medium=Medium.PAPER, where="inside"),
    Part("contractor", ("kontraktor", "contractor"), ("kelas yang tidak diterima", "a class not admitted"),
         Answer(DENY, reason=Reason.CLASS_NOT_ADMITTED, class_="contractor"), says=Says("contractor")),
)  # fmt: skip
"""The roles, the most telling first: a short play takes the first of them."""


def dice(seed: int) -> Random:
    """Return the source of chance that a seed stands for."""
    return Random(seed)  # noqa: S311  a play, no secret


def cast(chance: Random, many: int = len(PARTS), first: int = 1) -> tuple[Person, ...]:
    """Draw `many` people in a random order, numbered from `first`; who shows a code again comes after its first use."""
    chosen = list(PARTS[:many])
    alone = [part for part in PARTS if part.after is None]
    chosen += [chance.choice(alone) for _ in range(many - len(chosen))]
    order = [part for part in chosen if part.after is None]
    chance.shuffle(order)
    for part in chosen:
        if part.after is not None:
            earliest = next(index for index, other in enumerate(order) if other.name == part.after) + 1
            order.insert(chance.randint(earliest, len(order)), part)
    numbers: dict[str, int] = {}
    people: list[Person] = []
    for number, part in enumerate(order, first):
        numbers.setdefault(part.name, number)
        again = None if part.after is None else numbers[part.after]
        people.append(Person(number, part, _held(chance, part.medium), again))
    return tuple(people)


def _held(chance: Random, medium: Medium) -> View:
    """Draw how a code is held: paper wobbles and is out of focus, a phone shines."""
    both = chance.uniform
    match medium:
        case Medium.PAPER:
            return View(both(-24, 24), both(-20, 20), both(0.55, 0.68), both(0.5, 1.1), both(3, 5))
        case Medium.DARK:
            return View(both(-8, 8), both(-8, 8), both(0.52, 0.62), both(0, 0.6), both(2, 3), dark=True)
        case Medium.PHONE:
            return View(both(-12, 12), both(-10, 10), both(0.52, 0.64), both(0, 0.6), both(2, 4), both(0, 0.25))
