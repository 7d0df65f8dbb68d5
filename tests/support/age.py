"""Keys of age, files that an encrypted store keeps, and an eye on them that is not the agent's."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from pyrage import x25519

from mysql_operator.agent.store.encryption import Cipher
from mysql_operator.agent.store.stored_files import FileOnVolume
from mysql_operator.model.age_keys import Encryption
from mysql_operator.model.parts import LocalObjectReference
from tests.support.buckets import Bucket


class Pair(NamedTuple):
    """A key pair."""

    recipient: str
    identity: str

    @property
    def file(self) -> str:
        """The file that age-keygen writes."""
        return f"# created: 2026-11-28T00:00:00Z\n# public key: {self.recipient}\n{self.identity}\n"


def pair() -> Pair:
    """Make a key pair."""
    identity = x25519.Identity.generate()
    return Pair(str(identity.to_public()), str(identity))


def mounted(folder: Path, *pairs: Pair) -> Path:
    """The mounted Secret with the identities."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "identity").write_text("".join(one.file for one in pairs))
    return folder


NOT_MOUNTED = Path("/nothing/is/mounted/here")


def cipher(recipients: Sequence[Pair], folder: Path = NOT_MOUNTED) -> Cipher:
    """What a Job has; without a folder that of a backup, which has no identity."""
    secret = LocalObjectReference(name="age-keys") if folder != NOT_MOUNTED else None
    names = [one.recipient for one in recipients]
    return Cipher(Encryption(age_recipients=names, identity_secret_ref=secret), folder)


@dataclass(frozen=True)
class EncryptedFile(FileOnVolume):
    """A file on a disk, encrypted as those in a bucket are."""

    given: Cipher | None = None

    @property
    def cipher(self) -> Cipher | None:  # type: ignore[override]
        """What it is encrypted and decrypted with."""
        return self.given


@dataclass(frozen=True)
class EncryptedBucket(Bucket):
    """A bucket in which the Jobs encrypt each file, for a person whom nobody knows."""

    key: Pair = field(default_factory=pair)

    def environment(self, **fields: Any) -> dict[str, str]:
        """What a Job gets that takes backups."""
        return encrypted(super().environment(**fields), [self.key])


def encrypted(
    environment: Mapping[str, str], recipients: Sequence[Pair], folder: Path = NOT_MOUNTED
) -> dict[str, str]:
    """What a Job gets of an encrypted store: a restore has a folder with identities."""
    encryption = {
        "ageRecipients": [one.recipient for one in recipients],
        "identitySecretRef": {"name": "age-keys"},
    }
    storage = json.loads(environment["BACKUP_STORAGE"]) | {"encryption": encryption}
    return {
        **environment,
        "BACKUP_STORAGE": json.dumps(storage),
        "STORAGE_IDENTITY_DIR": str(folder),
    }
