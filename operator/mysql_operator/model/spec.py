"""`MySQL.spec`: the one description from which the generator makes everything else.

Field names are the contract with users: three are written with an underscore for historical
reasons. Defaults stand in the chart, not in the CRD, so that a new operator may choose better ones
without touching what is stored.
"""

from __future__ import annotations

import enum
from typing import Annotated, Any

from pydantic import ConfigDict, Field, StringConstraints

from mysql_operator import names
from mysql_operator.model.annotations import (
    Cel,
    InChart,
    Placement,
    cel,
    immutable,
    unchanged,
)
from mysql_operator.model.parts import (
    LocalObjectReference,
    ObjectName,
    Part,
    Resources,
    Toleration,
)

QUANTITY = r"^[1-9][0-9]*(\.[0-9]+)?(k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$"
SMALLEST_VOLUME = "256Mi"
RESERVED_SCHEMAS = (
    "mysql",
    "sys",
    "information_schema",
    "performance_schema",
    names.MARKER_SCHEMA,
    names.LOAD_SCHEMA,
)
OWNED_SETTINGS = (
    "datadir",
    "socket",
    "port",
    "pid_file",
    "user",
    "init_file",
    "bind_address",
    "admin_address",
    "admin_port",
    "skip_networking",
    "skip_grant_tables",
    "super_read_only",
    "read_only",
    "secure_file_priv",
    "tmpdir",
)

SETTING_NAME = "^[a-z][a-z0-9_-]{0,63}$"
SETTING_VALUE = r"^[^\x00-\x1f\x7f]*$"
SettingName = Annotated[str, StringConstraints(pattern=SETTING_NAME)]
SettingValue = Annotated[str, StringConstraints(pattern=SETTING_VALUE, max_length=1024)] | int
"""Value of a server setting: one line."""

Quantity = Annotated[str, StringConstraints(pattern=QUANTITY, max_length=20)]
Password = Annotated[
    str, StringConstraints(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f]+$")
]


class SecretKeyRef(Part):
    """One key of a Secret in the object's own namespace."""

    name: Annotated[ObjectName, Field(description="Name of the Secret.")]
    key: Annotated[
        str,
        Field(
            min_length=1,
            max_length=253,
            pattern=r"^[-._a-zA-Z0-9]+$",
            description="Key in the Secret whose value is the password.",
        ),
    ] = "password"


class RestorePolicy(enum.StrEnum):
    """Whether a new database is filled from the backup claim."""

    IF_AVAILABLE = "IfAvailable"
    NEVER = "Never"
    REQUIRE = "Require"


class DeletionPolicy(enum.StrEnum):
    """What has to be true before a deleted object is gone."""

    BACKUP = "Backup"
    RETAIN = "Retain"
    DELETE = "Delete"


class Restore(Part):
    """How a new, empty database gets its first data."""

    policy: Annotated[
        RestorePolicy,
        Field(
            description="IfAvailable loads the newest backup where there is one; Never starts "
            "empty; Require fails where there is none. A database that holds data is never touched."
        ),
    ] = RestorePolicy.IF_AVAILABLE
    from_: Annotated[
        str,
        Field(
            alias="from",
            max_length=128,
            pattern=r"^(latest|[a-z0-9][-a-z0-9.]*-[0-9]{8}T[0-9]{6}Z[-0-9]*\.sql\.(gz|zst))$",
            description="`latest`, or the file name of a backup as `status.lastBackup.file` "
            "names it.",
        ),
    ] = "latest"
    timeout_seconds: Annotated[
        int,
        Field(
            ge=60,
            le=604800,
            description="Seconds that the restore may take, the wait for its volume included.",
        ),
    ] = 21600


class Backup(Part):
    """Where and how the final backup is kept."""

    storage_size: Annotated[
        Quantity | None,
        Field(
            description="Size of the backup claim; the size of the data claim where not given. "
            "Only grows.",
        ),
    ] = None
    storage_class_name: Annotated[
        ObjectName | None,
        Field(
            description="Storage class of the backup claim; the cluster's default where not given.",
        ),
    ] = None
    keep: Annotated[
        int,
        Field(ge=1, le=1000, description="How many backups to keep; the oldest go first."),
    ] = 10
    timeout_seconds: Annotated[
        int,
        Field(
            ge=60,
            le=604800,
            description="Seconds that one attempt may take, the wait for its volume included.",
        ),
    ] = 21600
    verify: Annotated[
        bool,
        Field(
            description="Whether each backup is loaded into a server of its own and compared, "
            "before it counts. Meanwhile the Job needs about as much disk of its node as the data "
            "takes, and 512Mi of memory.",
        ),
    ] = False


class MySQLSpec(Part):
    """What a team writes to get a database."""

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
                unchanged("storageClassName"),
                "spec.storageClassName cannot be changed, added or removed; "
                "a claim keeps its class for life",
            ),
            Cel(
                unchanged("backup.storageClassName"),
                "spec.backup.storageClassName cannot be changed, added or removed; "
                "a claim keeps its class for life",
            ),
        )
    )

    image: Annotated[
        str,
        Field(
            min_length=1,
            max_length=512,
            pattern=r"^[^\s]+$",
            description="Image of the server, for instance mysql:9.7, with which it is tested.",
        ),
        InChart(Placement.VALUE, default="mysql:9.7"),
    ]
    database: Annotated[
        str,
        Field(
            min_length=1,
            max_length=64,
            pattern=r"^[0-9A-Za-z_$-]+$",
            description="Schema that is made for the application.",
            json_schema_extra=cel(
                immutable("spec.database", "make further schemas with SQL"),
                Cel(
                    f"!(self.lowerAscii() in {list(RESERVED_SCHEMAS)})",
                    "spec.database cannot be one of the server's own: "
                    f"{', '.join(RESERVED_SCHEMAS)}",
                ),
            ),
        ),
        InChart(Placement.VALUE, default="app"),
    ]
    password: Annotated[
        Password | None,
        Field(
            repr=False,
            description="Password of root. Prefer passwordSecretRef: who reads the object reads "
            "this.",
        ),
        InChart(Placement.OPERATOR),
    ] = None
    password_secret_ref: Annotated[
        SecretKeyRef | None,
        Field(description="Where the password of root is."),
        InChart(Placement.OPERATOR),
    ] = None
    user_password: Annotated[
        Password | None,
        Field(
            alias="user_password",
            repr=False,
            description=f"Password of the application user `{names.APP_USER}`, who has all rights "
            "on `database` and is made when this is first given.",
        ),
        InChart(Placement.OPERATOR),
    ] = None
    user_password_secret_ref: Annotated[
        SecretKeyRef | None,
        Field(
            description=f"Where the password of `{names.APP_USER}` is, instead of user_password."
        ),
        InChart(Placement.OPERATOR),
    ] = None
    storage_size: Annotated[
        Quantity,
        Field(
            alias="storage_size",
            description="Size of the data volume, for instance 1Gi. Only grows.",
            json_schema_extra=cel(
                Cel(
                    f"quantity(self).compareTo(quantity('{SMALLEST_VOLUME}')) >= 0",
                    f"spec.storage_size must be at least {SMALLEST_VOLUME}: "
                    "an empty server takes that",
                ),
            ),
        ),
        InChart(Placement.VALUE, default="1Gi"),
    ]
    storage_class_name: Annotated[
        ObjectName | None,
        Field(
            description="Storage class of the data claim; the cluster's default where not given.",
        ),
        InChart(Placement.VALUE, default=""),
    ] = None
    deletion_policy: Annotated[
        DeletionPolicy,
        Field(
            description="Backup (the default): the object goes only when a checked backup exists. "
            "Retain: no backup, the data claim stays. Delete: no backup, the data goes."
        ),
        InChart(Placement.OPERATOR),
    ] = DeletionPolicy.BACKUP
    deletion_protection: Annotated[
        bool,
        Field(
            description="While true, the API server refuses to delete the object. The end of its "
            "namespace is not held up."
        ),
        InChart(Placement.OPERATOR),
    ] = False
    config: Annotated[
        dict[SettingName, SettingValue] | None,
        Field(
            max_length=100,
            description="Settings of the server, as in the [mysqld] part of my.cnf, for instance "
            "{max_connections: 200}. Quote ON and OFF: YAML takes them for true and false. "
            "A change restarts the server.",
            json_schema_extra=cel(
                Cel(
                    f"self.all(k, k.matches('{SETTING_NAME}'))",
                    "spec.config: names of settings are lower-case letters, digits, _ and -",
                ),
                Cel(
                    f"self.all(k, !(k.replace('-', '_') in {list(OWNED_SETTINGS)}))",
                    f"spec.config: these belong to the operator: {', '.join(OWNED_SETTINGS)}",
                ),
            ),
        ),
        InChart(Placement.VALUE, default={}),
    ] = None
    restore: Annotated[
        Restore | None,
        Field(description="How a new database gets its first data."),
        InChart(Placement.VALUE, default=Restore()),
    ] = None
    backup: Annotated[
        Backup | None,
        Field(description="Where and how the final backup is kept."),
        InChart(Placement.VALUE, default=Backup()),
    ] = None
    resources: Annotated[
        Resources | None,
        Field(description="CPU and memory of the server."),
        InChart(
            Placement.CONTAINER,
            default={"requests": {"cpu": "100m", "memory": "512Mi"}},
            values_note="No limits by default: a server that is killed for memory helps nobody.",
        ),
    ] = None
    image_pull_policy: Annotated[
        str | None,
        Field(
            pattern="^(Always|IfNotPresent|Never)$",
            description="When the kubelet asks the registry for the image.",
        ),
        InChart(Placement.VALUE, default="IfNotPresent"),
    ] = None
    image_pull_secrets: Annotated[
        list[LocalObjectReference] | None,
        Field(max_length=10, description="Secrets with the credentials of a private registry."),
        InChart(Placement.POD, default=[]),
    ] = None
    node_selector: Annotated[
        dict[str, str] | None,
        Field(max_length=50, description="Labels that a node must have."),
        InChart(Placement.POD, default={}),
    ] = None
    tolerations: Annotated[
        list[Toleration] | None,
        Field(max_length=50, description="Taints of nodes that the pods put up with."),
        InChart(Placement.POD, default=[]),
    ] = None
    affinity: Annotated[
        dict[str, Any] | None,
        Field(
            description="Where the pods may run, as in every pod.",
            json_schema_extra={"x-kubernetes-preserve-unknown-fields": True},
        ),
        InChart(Placement.POD, default={}),
    ] = None
    priority_class_name: Annotated[
        ObjectName | None,
        Field(description="Priority class of the pods."),
        InChart(Placement.POD, default=""),
    ] = None
