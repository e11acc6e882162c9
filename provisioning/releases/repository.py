"""A TUF repository as plain files: which releases there are, vouched for by keys of four roles (TUF specification 1.0).

Any web server or stick brings it to gates. What is new is written first and named last: a reader of a folder in the
middle of a change sees the state before. The keys are somewhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar

from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, MetaFile, Root, Snapshot, TargetFile, Targets, Timestamp

from provisioning import files
from provisioning.mistake import OperatorError
from provisioning.releases import keys

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from securesystemslib.signer import CryptoSigner

    from provisioning.authority import Authority

DAY_S: Final = 86_400
TERMS: Final[Mapping[str, int]] = {"root": 1095, "targets": 365, "snapshot": 365, "timestamp": 30}
"""For how many days each role's metadata holds."""
SOON_DAYS: Final = 60
"""What ends sooner is made anew with the next timestamp, as far as the keys are here."""

_Signed = TypeVar("_Signed", Root, Targets, Snapshot, Timestamp)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """How many keys a role has, and how many of them must sign."""

    keys: int = 1
    threshold: int = 1


class Repository:
    """One folder with `metadata/` and `targets/`; `places` are the folders in which keys are looked for."""

    def __init__(self, folder: Path, authority: Authority | None, places: tuple[Path, ...], now: int) -> None:
        """Take the parts; `now` is the desk's clock in Unix seconds. Without an authority it can only be read."""
        self.folder, self._opened, self._places, self._now = folder, authority, places, now
        self.metadata = folder / "metadata"

    def found(self, wanted: Mapping[str, Thresholds]) -> Root:
        """Make keys and a repository without a release; raises OperatorError."""
        own = keys.folder_of(self._authority)
        if self.metadata.exists() or own.exists():
            line = f"{self.metadata if self.metadata.exists() else own} is there already, and stays as it is"
            raise OperatorError(line)
        for folder in (own, self.metadata, self.folder / "targets"):
            folder.mkdir(parents=True, mode=0o700 if folder == own else 0o755)
        root = Root(consistent_snapshot=True)
        for role in keys.ROLES:
            several = wanted.get(role, Thresholds())
            for _ in range(several.keys):
                root.add_key(keys.make(self._authority, own, role).public_key, role)
            root.roles[role].threshold = several.threshold
        self._put_root(root, None)
        self._publish(root, Targets())
        return root

    def add(self, path: str, file: Path, unpacked: int) -> TargetFile:
        """Take a release's file in and vouch for it; raises OperatorError."""
        root, targets = self.root(), self.targets()
        if path in targets.targets:
            line = f"{path} is in the repository already; a release that has changed needs a number of its own"
            raise OperatorError(line)
        keys.signers(self._authority, self._places, root, "targets")
        made = TargetFile.from_file(path, str(file), ["sha256"])
        made.unrecognized_fields["custom"] = {"unpacked": unpacked}
        folder, _, name = path.rpartition("/")
        place = self.folder / "targets" / folder
        place.mkdir(parents=True, exist_ok=True)
        file.replace(place / f"{made.hashes['sha256']}.{name}")
        files.sync_directory(place)
        targets.targets[path] = made
        self._publish(root, targets)
        return made

    def renew(self) -> dict[str, int]:
        """Say anew that this is the newest state, and renew what ends soon; answer the days that each role has left."""
        root = self.root()
        left = self.left()
        if min(left["targets"], left["snapshot"]) < SOON_DAYS or not self._stands(root):
            self._publish(root, self.targets())
        else:
            self._stamp(root, self._timestamp().snapshot_meta.version)
        return self.left()

    def rotate(self, role: str) -> Root:
        """Give a role new keys; what the old ones signed is signed anew, and they are removed here.

        A new root is signed by the keys of the old one and by its own (TUF specification, 6.1).
        """
        root, own = self.root(), keys.folder_of(self._authority)
        old = list(root.roles[role].keyids)
        before = keys.signers(self._authority, self._places, root, "root")
        targets = self.targets()
        made = [keys.make(self._authority, own, role).public_key for _ in old]
        for keyid in old:
            root.revoke_key(keyid, role)
        for key in made:
            root.add_key(key, role)
        self._put_root(root, before)
        self._publish(root, targets)
        for keyid in old:
            keys.forget(own, role, keyid)
        return root

    @property
    def _authority(self) -> Authority:
        """Whose keys sign; to sign in a repository that was opened to be read is a bug of the caller."""
        if self._opened is None:
            raise ValueError(self.folder)
        return self._opened

    def root(self) -> Root:
        """Read the newest root."""
        versions = [int(path.name.partition(".")[0]) for path in self.metadata.glob("[0-9]*.root.json")]
        if not versions:
            line = f"{self.folder} is no repository; make one with gapura-ops release init"
            raise OperatorError(line)
        return self._read(f"{max(versions)}.root.json", Root)

    def targets(self) -> Targets:
        """Read the releases that are vouched for now."""
        return self._read(self._targets_path().name, Targets)

    def left(self) -> dict[str, int]:
        """Say for how many days each role's metadata still holds; negative once it has ended."""
        snapshot = self._read(self._snapshot_path().name, Snapshot)
        ends = {
            "root": self.root().expires,
            "targets": self.targets().expires,
            "snapshot": snapshot.expires,
            "timestamp": self._timestamp().expires,
        }
        return {role: (int(end.timestamp()) - self._now) // DAY_S for role, end in ends.items()}

    def alone(self) -> AbstractContextManager[None]:
        """Keep other commands on the same repository waiting."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return files.alone(self.folder)

    def _publish(self, root: Root, targets: Targets) -> None:
        """Sign targets and snapshot, then the timestamp that names them."""
        targets.version += (self.metadata / f"{targets.version}.targets.json").is_file()
        targets.expires = self._ends("targets")
        self._sign(targets, root, "targets", f"{targets.version}.targets.json")
        before = self._timestamp().snapshot_meta.version if (self.metadata / "timestamp.json").is_file() else 0
        snapshot = Snapshot(
            before + 1, expires=self._ends("snapshot"), meta={"targets.json": MetaFile(targets.version)}
        )
        self._sign(snapshot, root, "snapshot", f"{snapshot.version}.snapshot.json")
        self._stamp(root, snapshot.version)

    def _stands(self, root: Root) -> bool:
        """Say whether the root's keys have signed what is published: a rotation may have ended half way."""
        stamp = Metadata[Timestamp].from_bytes(files.read(self.metadata / "timestamp.json"))
        snapshot = Metadata[Snapshot].from_bytes(files.read(self._snapshot_path()))
        targets = Metadata[Targets].from_bytes(files.read(self._targets_path()))
        try:
            root.verify_delegate("snapshot", snapshot.signed_bytes, snapshot.signatures)
            root.verify_delegate("targets", targets.signed_bytes, targets.signatures)
            root.verify_delegate("timestamp", stamp.signed_bytes, stamp.signatures)
        except RepositoryError:
            return False
        return True

    def _stamp(self, root: Root, snapshot: int) -> None:
        """Sign the timestamp, the one file that changes in its place."""
        before = self._timestamp().version if (self.metadata / "timestamp.json").is_file() else 0
        stamp = Timestamp(before + 1, expires=self._ends("timestamp"), snapshot_meta=MetaFile(snapshot))
        self._sign(stamp, root, "timestamp", "timestamp.json")

    def _put_root(self, root: Root, before: list[CryptoSigner] | None) -> None:
        """Sign a root by its own keys, and by those of the one before it."""
        root.version += (self.metadata / f"{root.version}.root.json").is_file()
        root.expires = self._ends("root")
        self._sign(root, root, "root", f"{root.version}.root.json", before or ())

    def _sign(
        self,
        signed: _Signed,
        root: Root,
        role: str,
        name: str,
        also: Sequence[CryptoSigner] = (),
    ) -> None:
        """Sign with as many keys as the role needs, and write the file whole."""
        metadata = Metadata[_Signed](signed)
        for signer in [*also, *keys.signers(self._authority, self._places, root, role)]:
            metadata.sign(signer, append=True)
        files.write(self.metadata / name, metadata.to_bytes())

    def _snapshot_path(self) -> Path:
        return self.metadata / f"{self._timestamp().snapshot_meta.version}.snapshot.json"

    def _targets_path(self) -> Path:
        snapshot = self._read(self._snapshot_path().name, Snapshot)
        return self.metadata / f"{snapshot.meta['targets.json'].version}.targets.json"

    def _timestamp(self) -> Timestamp:
        return self._read("timestamp.json", Timestamp)

    def _read(self, name: str, kind: type[_Signed]) -> _Signed:
        """Read a file of metadata as the kind it must be."""
        path = self.metadata / name
        try:
            signed: object = Metadata[Any].from_bytes(files.read(path)).signed
        except RepositoryError as error:
            line = f"{path} is damaged; restore the repository from its backup"
            raise OperatorError(line) from error
        if not isinstance(signed, kind):
            line = f"{path} is not what its name says; restore the repository from its backup"
            raise OperatorError(line)
        return signed

    def _ends(self, role: str) -> datetime:
        return datetime.fromtimestamp(self._now + TERMS[role] * DAY_S, UTC)
