"""Which Secrets a MySQL object may take passwords from. Pure.

The operator reads Secrets for people who may not read them, and gives their content to a server
whose image these people choose. Without a rule, whoever may create MySQL objects could read every
short Secret of the namespace. So a Secret has to say that it holds a password for this object.
"""

from __future__ import annotations

from lightkube.resources.core_v1 import Secret

from mysql_operator import names
from mysql_operator.errors import SpecError
from mysql_operator.names import Key

BASIC_AUTH = "kubernetes.io/basic-auth"


def refuse_unshared(key: Key, field: str, secret: Secret) -> None:
    """Refuse a Secret that does not say that this object may take a password from it.

    Raises:
        SpecError: the Secret is neither for user names and passwords nor labelled.
    """
    metadata = secret.metadata
    name, labels = (metadata.name or "", metadata.labels or {}) if metadata else ("", {})
    is_labelled = labels.get(names.PASSWORD_FOR) in (key.name, names.ANY_OBJECT)
    if is_labelled or secret.type == BASIC_AUTH:
        return
    raise SpecError(
        "SecretNotShared",
        f"spec.{field}: Secret {name} does not say that it holds a password for this object: its "
        f"type is not {BASIC_AUTH}, and it has no label {names.PASSWORD_FOR}. If it is meant for "
        f"this object: kubectl label secret -n {key.namespace} {name} --overwrite "
        f"{names.PASSWORD_FOR}={key.name}",
    )
