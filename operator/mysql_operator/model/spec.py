"""`MySQL.spec`: the one description from which the generator makes everything else.

Field names are the contract with users: two are written with an underscore for historical
reasons. Defaults stand in the chart, not in the CRD, so that a new operator may choose better ones
without touching what is stored.
"""

from __future__ import annotations

import enum
from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints

from mysql_operator import names
from mysql_operator.model import owned_settings
from mysql_operator.model.annotations import (
    Cel,
    InChart,
    Placement,
    cel,
    immutable,
    is_there,
    matches,
    unchanged,
)
from mysql_operator.model.backup_spec import (
    ReleaseBackup,
    ReleaseRestore,
    SpecBackup,
    SpecRestore,
)
from mysql_operator.model.parts import (
    ImagePullPolicy,
    LocalObjectReference,
    ObjectName,
    Part,
    Resources,
)
from mysql_operator.model.scheduling import LABEL_KEY, Affinity, LabelValue, Toleration
from mysql_operator.model.sizes import Quantity, volume_size

_HOST = (
    "([A-Za-z0-9-]+([.][A-Za-z0-9-]+)+(:[0-9]+)?"
    r"|[A-Za-z0-9-]+:[0-9]+|\[[0-9A-Fa-f:]+\](:[0-9]+)?)"
)
_NAME = "[a-z0-9]+([._-]+[a-z0-9]+)*"
_TAG = "[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"
IMAGE = f"^({_HOST}/)?{_NAME}(/{_NAME})*(:{_TAG})?(@[a-z0-9]+:[0-9a-f]{{32,128}})?$"
"""Name of an image as container runtimes read it; a first part with a dot or port is a registry."""
SETTING_NAME = "^[a-z][a-z0-9_-]{0,63}$"
SETTING_VALUE = r"^[^\x00-\x1f\x7f]*$"
SettingName = Annotated[str, StringConstraints(pattern=SETTING_NAME)]
SettingValue = Annotated[str, StringConstraints(pattern=SETTING_VALUE, max_length=1024)] | int
"""Value of a server setting: one line."""

Password = Annotated[
    str, StringConstraints(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f]+$")
]


class SecretKeyRef(Part):
    """Reference to one key of a Secret in the same namespace."""

    name: Annotated[
        ObjectName,
        Field(
            description="Name of a Secret of type kubernetes.io/basic-auth, or with the label "
            "otus.homework/password-for=NAME, where NAME is this object's name or Any."
        ),
    ]
    key: Annotated[
        str,
        Field(
            min_length=1,
            max_length=253,
            pattern=r"^[-._a-zA-Z0-9]+$",
            description="Key in the Secret whose value is the password.",
        ),
    ] = "password"


class DeletionPolicy(enum.StrEnum):
    """What the operator does before it lets a deleted object go."""

    BACKUP = "Backup"
    RETAIN = "Retain"
    DELETE = "Delete"


class MySQLSpec(Part):
    """Desired state of the database.

    Two names have underscores: storage_size and user_password; all others are camelCase.
    """

    model_config = ConfigDict(
        json_schema_extra=cel(
            Cel(
                "has(self.password) != has(self.passwordSecretRef)",
                "exactly one of spec.password and spec.passwordSecretRef is required",
            ),
            Cel(
                "!(has(self.user_password) && has(self.userPasswordSecretRef))",
                "at most one of spec.user_password and spec.userPasswordSecretRef may be given",
            ),
            Cel(
                f"!({is_there('self', 'restore.source.namespace')}) || "
                f"{is_there('self', 'restore.source.storageRef')} || "
                f"{is_there('self', 'backup.storageRef')}",
                "spec.restore.source.namespace needs an object store: a pod mounts no claim of "
                "another namespace; give spec.restore.source.storageRef or spec.backup.storageRef",
            ),
            Cel(
                unchanged("storageClassName"),
                "spec.storageClassName cannot be changed, added or removed: "
                "the storage class of a claim is immutable",
            ),
            Cel(
                unchanged("backup.storageClassName"),
                "spec.backup.storageClassName cannot be changed, added or removed: "
                "the storage class of a claim is immutable",
            ),
        )
    )

    image: Annotated[
        str,
        Field(
            max_length=512,
            description="Image of the server, for instance mysql:9.7. Tested with MySQL 9.7; "
            "written for 5.7, 8.0 and 8.4 too, which are not tested.",
            json_schema_extra=cel(
                matches(
                    IMAGE,
                    "spec.image must be [REGISTRY/]NAME[:TAG][@DIGEST], for instance mysql:9.7: no "
                    "https://, no spaces, NAME in lower case, TAG not empty",
                )
            ),
        ),
        InChart(Placement.VALUE, default="mysql:9.7"),
    ]
    database: Annotated[
        str,
        Field(
            min_length=1,
            max_length=64,
            pattern=r"^[0-9A-Za-z_$-]+$",
            description="Schema for the application; the operator creates it. Immutable.",
            json_schema_extra=cel(
                immutable("spec.database", "create further schemas with SQL"),
                Cel(
                    f"!(self.lowerAscii() in {list(names.RESERVED_SCHEMAS)})",
                    "spec.database cannot be a schema of the server or the operator: "
                    f"{', '.join(names.RESERVED_SCHEMAS)}",
                ),
            ),
        ),
        InChart(Placement.VALUE, default="app"),
    ]
    password: Annotated[
        Password | None,
        Field(
            repr=False,
            description="Root password in plain text. Prefer passwordSecretRef: anyone who can "
            "read this object can read it.",
        ),
        InChart(Placement.OPERATOR),
    ] = None
    password_secret_ref: Annotated[
        SecretKeyRef | None,
        Field(description="Secret with the root password."),
        InChart(Placement.OPERATOR),
    ] = None
    user_password: Annotated[
        Password | None,
        Field(
            alias="user_password",
            repr=False,
            description=f"Password of the application user `{names.APP_USER}` in plain text. The "
            "operator creates the user with all rights on `database` when this is first set. "
            "Prefer userPasswordSecretRef.",
        ),
        InChart(Placement.OPERATOR),
    ] = None
    user_password_secret_ref: Annotated[
        SecretKeyRef | None,
        Field(
            description=f"Secret with the password of `{names.APP_USER}`, instead of user_password."
        ),
        InChart(Placement.OPERATOR),
    ] = None
    storage_size: Annotated[
        Quantity,
        Field(
            alias="storage_size",
            description="Size of the data volume, for instance 1Gi. Can be increased, never "
            "decreased.",
            json_schema_extra=cel(
                *volume_size("spec.storage_size"),
            ),
        ),
        InChart(Placement.VALUE, default="1Gi"),
    ]
    storage_class_name: Annotated[
        ObjectName | None,
        Field(
            description="Storage class of the data claim; the cluster's default when omitted. "
            "Immutable.",
        ),
        InChart(Placement.VALUE, default=""),
    ] = None
    deletion_policy: Annotated[
        DeletionPolicy,
        Field(
            description="What happens to the data when this object is deleted. Backup: the "
            "operator takes a final backup first; the object stays until a complete one exists. "
            "Retain: no backup, the data claim stays. Delete: no backup, the data is lost."
        ),
        InChart(Placement.OPERATOR),
    ] = DeletionPolicy.BACKUP
    deletion_protection: Annotated[
        bool,
        Field(
            description="Make the API server refuse to delete this object. Does not protect "
            "against deletion of the namespace."
        ),
        InChart(Placement.OPERATOR),
    ] = False
    config: Annotated[
        dict[SettingName, SettingValue] | None,
        Field(
            max_length=100,
            description="Server settings, as in the [mysqld] section of my.cnf, for instance "
            '{max_connections: 200}. Quote "ON" and "OFF", which YAML reads as booleans. A change '
            "restarts the server. The operator keeps paths, ports and some switches to itself.",
            json_schema_extra=cel(
                Cel(
                    f"self.all(k, k.matches('{SETTING_NAME}'))",
                    "spec.config: names of settings are lower-case letters, digits, _ and -",
                ),
                *owned_settings.rules(),
            ),
        ),
        InChart(Placement.VALUE, default={}),
    ] = None
    restore: Annotated[
        SpecRestore | None,
        Field(description="Which backup fills a new database."),
        InChart(Placement.VALUE, default=ReleaseRestore()),
    ] = None
    backup: Annotated[
        SpecBackup | None,
        Field(
            description="Backups: when the operator takes them, how many it keeps, and the claim "
            "or object store that holds them."
        ),
        InChart(Placement.VALUE, default=ReleaseBackup()),
    ] = None
    resources: Annotated[
        Resources | None,
        Field(description="CPU, memory and disk of the server's container."),
        InChart(
            Placement.CONTAINER,
            default={"requests": {"cpu": "100m", "memory": "512Mi"}},
            values_note="No memory limit by default, so that the server is not OOM-killed.",
        ),
    ] = None
    image_pull_policy: Annotated[
        ImagePullPolicy | None,
        Field(description="When the kubelet pulls the image: Always, IfNotPresent or Never."),
        InChart(Placement.VALUE, default="IfNotPresent"),
    ] = None
    image_pull_secrets: Annotated[
        list[LocalObjectReference] | None,
        Field(max_length=10, description="Secrets with credentials of a private registry."),
        InChart(Placement.POD, default=[]),
    ] = None
    node_selector: Annotated[
        dict[str, LabelValue] | None,
        Field(
            max_length=50,
            description="Labels that a node must have, with their values.",
            json_schema_extra=cel(
                Cel(
                    f"self.all(k, k.matches('{LABEL_KEY}'))",
                    "spec.nodeSelector: keys are names of labels, for instance kubernetes.io/arch",
                )
            ),
        ),
        InChart(Placement.POD, default={}),
    ] = None
    tolerations: Annotated[
        list[Toleration] | None,
        Field(
            max_length=50,
            description="Tolerations of the pods; the schema of pod.spec.tolerations.",
        ),
        InChart(Placement.POD, default=[]),
    ] = None
    affinity: Annotated[
        Affinity | None,
        Field(description="Affinity of the pods; the schema of pod.spec.affinity."),
        InChart(Placement.POD, default={}),
    ] = None
    priority_class_name: Annotated[
        ObjectName | None,
        Field(description="PriorityClass of the pods."),
        InChart(Placement.POD, default=""),
    ] = None
