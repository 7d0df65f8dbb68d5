"""The operator's copy of the passwords, and how it notices a change without showing them.

Why a copy, even of a password that stands in a user's own Secret: a GitOps prune deletes that
Secret together with the object, and the final backup still has to log in.
"""

from __future__ import annotations

import hashlib
import hmac
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
    """One word for each password that changes with it. Keyed: nobody can guess back from it.

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


def secret_data(passwords: Passwords, *, operator: str, salt: str) -> dict[str, str]:
    """Content of the Secret NAME-credentials, not yet in base64.

    `operator` is the password of the account that Jobs and probes use.
    """
    data = {
        names.ROOT_PASSWORD_KEY: passwords.root,
        names.OPERATOR_PASSWORD_KEY: operator,
        names.SALT_KEY: salt,
    }
    if passwords.user is not None:
        data[names.USER_PASSWORD_KEY] = passwords.user
    return data


def is_whole(data: dict[str, str]) -> bool:
    """Whether such a Secret holds what logs in and what its versions are keyed by."""
    return bool(data.get(names.ROOT_PASSWORD_KEY) and data.get(names.SALT_KEY))


def versions(data: dict[str, str]) -> Versions:
    """Versions of the passwords in such a Secret; empty for one that is not there."""
    return Versions(
        root=_version(data, names.ROOT_PASSWORD_KEY, names.OPERATOR_PASSWORD_KEY),
        user=_version(data, names.USER_PASSWORD_KEY),
    )


def _version(data: dict[str, str], key: str, *others: str) -> str:
    if key not in data:
        return ""
    message = "\0".join(f"{one}\0{data[one]}" for one in (key, *others) if one in data).encode()
    return hmac.new(data[names.SALT_KEY].encode(), message, hashlib.sha256).hexdigest()[
        :VERSION_LENGTH
    ]
