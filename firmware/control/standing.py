"""What the gate goes by: the lists of its own files and of its shelf put together, and which of each is in force.

A file in /etc is a document like any other: the narrowest scope counts, in it the highest version, and what is below a
floor is left out. It is read at the start and whenever something is accepted, never by the controller's thread.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from firmware.control import revocation_files, succession
from firmware.control.desired import KINDS, Held, Whose, in_force, judge, read
from firmware.control.documents import Lists, policy_of, read_bounded, read_lists
from firmware.control.full import full_document
from firmware.control.ruled import Ruled
from firmware.control.shelf import FOLDER, Shelf
from firmware.rules.decide import Rulebook
from firmware.signed.envelope import EnvelopeRefusal, Kind
from firmware.signed.ruling import SILENT, Rulings
from firmware.trust.document import to_trust_set
from firmware.trust.keys import TrustSet

if TYPE_CHECKING:
    from pathlib import Path

    from firmware.control.config import Config
    from firmware.control.desired import Refusal
    from firmware.events import Instant
    from firmware.signed.envelope import Document

_NAMES = {Kind.TRUST: "trust list", Kind.POLICY: "policy"}


@dataclass(frozen=True, slots=True)
class Standing:
    """Lists for the controller, and by kind the document that is in force.

    `revoked` are the kinds of which none is, because whoever signed the one that lies here has been taken back.
    `word_lost` says that a root's word was accepted once which is not here any more.
    """

    lists: Lists
    in_force: dict[Kind, Held]
    revoked: frozenset[Kind] = frozenset()
    word_lost: bool = False

    @property
    def unusable(self) -> frozenset[Kind]:
        """Which kinds were accepted and are lost or damaged: a root's word, the list of revoked passes."""
        lost = {Kind.AUTHORITY} if self.word_lost else set()
        return frozenset(lost | ({Kind.REVOCATIONS} if self.lists.rules.revocations_lost else set()))


def look(config: Config, now: Instant) -> Lists:
    """Put together what would be in force now, for whoever only looks: files and shelf, and nothing is written."""
    ruled = Ruled.here(config)
    whose = Whose(ruled.root, config.gate.id, config.gate.every_group, rulings=ruled)
    base = read_lists(config, now, ruled())
    return standing(config, base, Shelf(config.gate.state_dir / FOLDER, whose), whose, now).lists


def standing(config: Config, base: Lists, shelf: Shelf, whose: Whose, now: Instant) -> Standing:
    """Put together what is in force; `base` is what the gate's own files say."""
    lists, found = base, {}
    revoked: set[Kind] = {kind for kind in KINDS if kind is not Kind.AUTHORITY and shelf.revoked(kind)}
    for kind, path in ((Kind.TRUST, config.trust.list), (Kind.POLICY, config.trust.policy)):
        accepted = shelf.held(kind)
        file = _file(path, kind, whose)
        if file is EnvelopeRefusal.WARRANT_REVOKED:
            revoked.add(kind)
        file = file if isinstance(file, Held) else None
        old = file is not None and not shelf.admits(file)
        candidates = accepted if file is None or old else [*accepted, file]
        chosen = in_force(candidates, whose)
        if chosen is not None:
            found[kind] = chosen
        if chosen is None or chosen is not file:
            lists = _instead(lists, kind, chosen, shelf.folder, whose.rulings(), test_gate=config.trust.test_gate)
            said = _problems(kind, chosen, path, whose, now, old=old)
            before = (one for one in lists.problems if chosen is None or not one.startswith(_NAMES[kind]))
            lists = replace(lists, problems=(*before, *said))
        if kind is Kind.POLICY and len(line := succession.chain(shelf, whose, file, now)) > 1:
            lists = replace(lists, rules=succession.rulebook(line, shelf.folder))
    for kind in (Kind.REVOCATIONS, Kind.CONFIG, Kind.UPDATE):
        chosen = in_force(shelf.held(kind), whose)
        if chosen is not None:
            found[kind] = chosen
    if (revocations := found.get(Kind.REVOCATIONS)) is not None:
        listed = revocation_files.opened(revocations, shelf.folder)
        lists = replace(lists, rules=lists.rules.knowing(revocations.document.issued, listed))
        if listed is None:
            told = f"revocations version {revocations.document.version}: the list is lost; publish its document again"
            lists = replace(lists, problems=(*lists.problems, told))
    return Standing(lists, found, frozenset(revoked - found.keys()))


def list_of(
    document: Document | None, rulings: Rulings = SILENT, *, test_gate: bool = False
) -> TrustSet | Rulebook | None:
    """Read a trust list or a policy; None if it breaks its rules. A test gate's list keeps keys that sign test data."""
    if document is None:
        return None
    if document.kind is Kind.TRUST:
        found: object = to_trust_set(document, admit_test_keys=test_gate, rulings=rulings)
    else:
        found = policy_of(document)
    return found if isinstance(found, TrustSet | Rulebook) else None


def makes_sense(held: Held, folder: Path) -> bool:
    """Say whether a list or a policy, or the blob that it names, keeps its rules."""
    if held.document.kind is Kind.REVOCATIONS:
        return revocation_files.opened(held, folder) is not None
    return list_of(full_document(held, folder)) is not None


def _file(path: Path, kind: Kind, whose: Whose) -> Held | Refusal | None:
    """Read the file in which a technician brought a list, or say why it cannot be believed."""
    try:
        return read(read_bounded(path), kind, whose)
    except OSError:
        return None


def _instead(
    lists: Lists, kind: Kind, chosen: Held | None, folder: Path, rulings: Rulings, *, test_gate: bool
) -> Lists:
    """Put the chosen list, or none, in the place of the file's."""
    found = None if chosen is None else list_of(full_document(chosen, folder), rulings, test_gate=test_gate)
    if kind is Kind.TRUST:
        return replace(lists, trust=found if isinstance(found, TrustSet) else TrustSet())
    return replace(lists, rules=found if isinstance(found, Rulebook) else Rulebook())


def _problems(kind: Kind, chosen: Held | None, path: Path, whose: Whose, now: Instant, *, old: bool) -> tuple[str, ...]:
    """Say what is to be known of a list that is not the file's."""
    if chosen is None:
        if not old:
            return ()
        return (f"{_NAMES[kind]} {path}: older than what this gate has accepted; ask operations for the newest",)
    late = judge(chosen, None, whose, now)
    return () if late is None else (f"{_NAMES[kind]} version {chosen.document.version}: {late}; ask for a new one",)
