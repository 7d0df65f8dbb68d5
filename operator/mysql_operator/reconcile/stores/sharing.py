"""Which Secrets a MySQL object, or the storage of its backups, may use. Pure.

The operator reads Secrets for people who may not read them, and gives their content to a server
whose image these people choose, or to a Job that sends requests to an endpoint of their choice.
Without a rule, whoever may create such objects could use every Secret of the namespace. So a Secret
has to say what it is meant for.
"""

from __future__ import annotations

from lightkube.resources.core_v1 import Secret

from mysql_operator import names
from mysql_operator.errors import SpecError
from mysql_operator.model import age_keys
from mysql_operator.names import Key

BASIC_AUTH = "kubernetes.io/basic-auth"
NOT_SHARED = "SecretNotShared"


def refuse_unshared(key: Key, field: str, secret: Secret) -> None:
    """Refuse a Secret that does not say that this object may take a password from it.

    Raises:
        SpecError: the Secret is neither for user names and passwords nor labelled.
    """
    if secret.type == BASIC_AUTH or _is_for(secret, names.PASSWORD_FOR, key.name):
        return
    name = (secret.metadata.name if secret.metadata else None) or ""
    raise SpecError(
        NOT_SHARED,
        f"spec.{field}: Secret {name} does not say that it holds a password for this object: its "
        f"type is not {BASIC_AUTH}, and it has no label {names.PASSWORD_FOR}. If it is meant for "
        f"this object: {_way_out(key, name, names.PASSWORD_FOR)}",
    )


def require_keys(
    storage: Key,
    name: str,
    secret: Secret | None,
    *,
    kind: names.Resource = names.MYSQL_BACKUP_STORAGE,
    is_any_allowed: bool = False,
) -> None:
    """Require the Secret that a storage names, and that it says that it is for that.

    Raises:
        SpecError: the Secret is not there, or has no such label.
    """
    if secret is None:
        raise _not_there(kind, storage, name, "the keys of the store")
    _refuse_strange(kind, storage, name, secret, "its keys are", is_any_allowed=is_any_allowed)


def require_identity(
    storage: Key, name: str, secret: Secret | None, *, is_any_allowed: bool = False
) -> None:
    """Require the Secret that decrypts the backups of a MySQLBackupStorage; as require_keys()."""
    if secret is None:
        raise _not_there(
            names.MYSQL_BACKUP_STORAGE,
            storage,
            name,
            f"the key {age_keys.IDENTITY_KEY}, or name none",
        )
    allow_identity(storage, name, secret, is_any_allowed=is_any_allowed)


def allow_identity(
    storage: Key, name: str, secret: Secret | None, *, is_any_allowed: bool = False
) -> None:
    """Refuse a Secret that is not meant for that. There may be none: backups do without.

    Raises:
        SpecError: the Secret has no such label.
    """
    if secret is not None:
        _refuse_strange(
            names.MYSQL_BACKUP_STORAGE,
            storage,
            name,
            secret,
            "its identity is",
            is_any_allowed=is_any_allowed,
        )


def _not_there(kind: names.Resource, storage: Key, name: str, what: str) -> SpecError:
    return SpecError(
        "StorageSecretNotFound",
        f"Secret {name}, which the {kind.kind} {storage.name} names, does not exist in "
        f"namespace {storage.namespace}; create it with {what}",
    )


def _refuse_strange(
    kind: names.Resource,
    storage: Key,
    name: str,
    secret: Secret,
    what_is: str,
    *,
    is_any_allowed: bool,
) -> None:
    if is_any_allowed or _is_for(secret, names.STORAGE_FOR, storage.name):
        return
    raise SpecError(
        NOT_SHARED,
        f"Secret {name} does not say that {what_is} for the {kind.kind} {storage.name}: "
        f"it has no label {names.STORAGE_FOR}. If so: "
        f"{_way_out(storage, name, names.STORAGE_FOR)}",
    )


def _is_for(secret: Secret, label: str, name: str) -> bool:
    labels = (secret.metadata.labels if secret.metadata else None) or {}
    return labels.get(label) in (name, names.ANY_OBJECT)


def _way_out(user: Key, secret: str, label: str) -> str:
    return f"kubectl label secret -n {user.namespace} {secret} --overwrite {label}={user.name}"
