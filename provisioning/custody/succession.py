"""A new root after the old one: a folder of its own with the same role keys, and the old root's word that names it.

The folder is made whole before the old root speaks. What a kill leaves is either no new folder, or one that nobody was
told of and that the same command goes on with. The new root's first word encloses the old one's, so that one document
leads any gate there.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from firmware.signed import strict_json, times, warrant
from provisioning import authority as authorities
from provisioning import files, vault
from provisioning.custody import rulings
from provisioning.custody.roles import present
from provisioning.founding import BACKDATED_S, DAY_S, NOTES, open_root
from provisioning.mistake import FAILED, OperatorError

if TYPE_CHECKING:
    from pathlib import Path

    from firmware.signed.warrant import Warrant
    from provisioning.authority import Authority
    from provisioning.custody.roles import Term
    from provisioning.custody.rulings import Word

_COPIED: Final = ("issuers.json", "versions.json")
_KEPT: Final = ("areas",)


@dataclass(frozen=True, slots=True)
class Succession:
    """What came of it: the new authority's folder, the old root's word that names it, and its own first one."""

    folder: Path
    root: bytes
    word: Word
    first: Word


def succeed(authority: Authority, term: Term, out: Path, begins: int) -> Succession:
    """Make a root that follows, in the new folder `out`, and let the old one say so; `begins` in Unix seconds.

    Every role keeps its key under a warrant of the new root, with the next serial. Operators are appointed anew.
    """
    old = open_root(authority, term.root_key)
    out = out.absolute()
    if out.exists():
        made = _begun(authority, out)
    else:
        try:
            with authority.alone(), files.whole(out) as folder:
                for left in set(out.parent.glob(f".{out.name}.*")) - {folder}:
                    shutil.rmtree(left, ignore_errors=True)  # of a command that was killed
                made = _fill(authority, folder, term)
        except OSError as error:
            line = f"cannot make {out}: {error.strerror}; name a new folder whose parent is there"
            raise OperatorError(line, exit_code=FAILED) from error
    del old  # it was opened first so that nothing is made in vain
    word = rulings.speak(authority, term.root_key, rulings.followed_by(made, begins), now=term.now)
    theirs = authorities.Authority(out, authority.name, made, authority.secret)
    led = rulings.led_by(files.read(authority.folder / rulings.FILE))
    first = rulings.speak(theirs, out / "root.key", led, now=term.now)
    return Succession(out, made, word, first)


def _begun(authority: Authority, out: Path) -> bytes:
    """Go on with a folder that an interrupted command made, and with no other."""
    about = authorities.about(out)
    said = rulings.newest(authority)
    told = None if said is None else said.ruling.successor
    keys = {authority.warrant(role)[1].key for role in present(authority)}
    theirs = authorities.look_into(out)
    same = keys == {theirs.warrant(role)[1].key for role in present(theirs)}
    if not same or about.root == authority.root or told not in {None, about.root}:
        line = f"{out} is there and is not what this command began; name a new folder"
        raise OperatorError(line)
    return about.root


def _fill(authority: Authority, folder: Path, term: Term) -> bytes:
    """Write the new authority into a folder that nobody looks at yet; answer its root's public key."""
    root = Ed25519PrivateKey.generate()
    raw = root.public_key().public_bytes_raw()
    for name in ("keys", "warrants"):
        (folder / name).mkdir(mode=0o700)
    files.write(folder / "root.key", vault.lock(root, authority.secret), files.PRIVATE)
    files.write(folder / "root.pub", warrant.render_root(raw))
    for role in present(authority):
        _, before = authority.warrant(role)
        granted = _granted(before, raw, term)
        data = files.read(authority.key_path(before))
        files.write(folder / "keys" / authorities.key_name(granted), data, files.PRIVATE)
        files.write(folder / "warrants" / f"{role.value}.warrant", warrant.issue(granted, root))
    for name in _COPIED:
        files.write(folder / name, files.read(authority.folder / name), files.PRIVATE)
    for name in _KEPT:
        if (authority.folder / name).is_dir():
            shutil.copytree(authority.folder / name, folder / name)
    about = authorities.read_object(authority.folder / "authority.json")
    about |= {"root": strict_json.to_base64url(raw), "created": times.render(term.now)}
    files.write(folder / "authority.json", strict_json.render_indented(about), files.PRIVATE)
    files.write(folder / "README.txt", NOTES.encode(), files.PRIVATE)
    return raw


def _granted(before: Warrant, root: bytes, term: Term) -> Warrant:
    """Word a role's warrant under the new root, which outranks the one under the old."""
    return replace(
        before,
        root=root,
        serial=before.serial + 1,
        not_before=term.now - BACKDATED_S,
        not_after=term.now + term.days * DAY_S,
    )
