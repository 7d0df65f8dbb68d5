"""The operator's copy of the passwords, and how it notices a change without showing them.

Why a copy, even of a password that stands in a user's own Secret: a GitOps prune deletes that
Secret together with the object, and the final backup still has to log in.

Each password has a version, a random word that stands in annotations and in the status for all to
read. It is no digest: from a digest, whoever once read the key of it in this Secret could go on
guessing every later password. Which password a version belongs to is said by a checksum that never
leaves the Secret.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field

from mysql_operator import names
from mysql_operator.errors import SpecError

VERSION_LENGTH = 16
LONGEST = 128


@dataclass(frozen=True)
class Passwords:
    """What the spec and the Secrets it names come to."""

    root: str = field(repr=False)
    user: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Versions:
    """One word for each password that changes with it, and tells nothing of it.

    That of root also changes with the password of the operator's own account: the server takes
    both at its start.
    """

    root: str
    user: str


def checked(password: bytes, where: str) -> str:
    """Turn what a Secret holds into a password.

    Raises:
        SpecError: it is empty, too long, not UTF-8 or has a control character.
    """
    try:
        text = password.decode()
    except UnicodeDecodeError as error:
        raise SpecError("PasswordInvalid", f"{where} is not UTF-8 text; write it again") from error
    if not text or len(text) > LONGEST:
        raise SpecError("PasswordInvalid", f"{where} must have 1 to {LONGEST} characters")
    if any(ord(character) < 32 or ord(character) == 127 for character in text):
        raise SpecError(
            "PasswordInvalid",
            f"{where} has a line break or another control character; "
            "write it without, for instance by `printf %s` instead of `echo`",
        )
    return text


def secret_data(
    passwords: Passwords, live: Mapping[str, str], *, operator: str, new: Versions
) -> dict[str, str]:
    """Content of the Secret NAME-credentials, not yet in base64.

    `operator` is the password of the account that Jobs and probes use. A password that is new gets
    its version from `new`; whatever else somebody did to the live copy, the others keep theirs.
    """
    data = {names.ROOT_PASSWORD_KEY: passwords.root, names.OPERATOR_PASSWORD_KEY: operator}
    if passwords.user is not None:
        data[names.USER_PASSWORD_KEY] = passwords.user
    return {
        **data,
        **_versioned(data, live, names.ROOT_PASSWORD_KEY, new.root),
        **_versioned(data, live, names.USER_PASSWORD_KEY, new.user),
    }


def can_log_in(data: Mapping[str, str]) -> bool:
    """Whether such a Secret holds what logs in and which version of it that is."""
    return bool(data.get(names.ROOT_PASSWORD_KEY) and versions(data).root)


def versions(data: Mapping[str, str]) -> Versions:
    """Versions of the passwords in such a Secret; empty for one that is not there."""
    return Versions(
        root=_version(data, data, names.ROOT_PASSWORD_KEY),
        user=_version(data, data, names.USER_PASSWORD_KEY),
    )


_OTHERS = {names.ROOT_PASSWORD_KEY: (names.OPERATOR_PASSWORD_KEY,), names.USER_PASSWORD_KEY: ()}


def _versioned(
    data: Mapping[str, str], live: Mapping[str, str], key: str, new: str
) -> dict[str, str]:
    """Give the version of a password and its checksum, as they stand beside it."""
    if key not in data:
        return {}
    known = _version(live, data, key)
    is_bound = live.get(key + names.CHECKSUM_SUFFIX) == _checksum(known, data, key)
    version = known if known and (is_bound or _is_legacy(live)) else new
    checksum = _checksum(version, data, key)
    return {key + names.VERSION_SUFFIX: version, key + names.CHECKSUM_SUFFIX: checksum}


def _version(live: Mapping[str, str], data: Mapping[str, str], key: str) -> str:
    """Read the version of a password from the live Secret.

    Where that is of an older operator it is the digest that operator would give the password, so
    that taking the Secret over restarts no server.
    """
    if key not in data:
        return ""
    if not _is_legacy(live):
        return live.get(key + names.VERSION_SUFFIX, "")
    salt = live[names.LEGACY_SALT_KEY].encode()
    return hmac.new(salt, _message(data, key), hashlib.sha256).hexdigest()[:VERSION_LENGTH]


def _is_legacy(live: Mapping[str, str]) -> bool:
    return bool(live.get(names.LEGACY_SALT_KEY))


def _checksum(version: str, data: Mapping[str, str], key: str) -> str:
    return hashlib.sha256(version.encode() + b"\0" + _message(data, key)).hexdigest()


def _message(data: Mapping[str, str], key: str) -> bytes:
    present = (one for one in (key, *_OTHERS[key]) if one in data)
    return "\0".join(f"{one}\0{data[one]}" for one in present).encode()
