"""Every name that the operator gives to something in a cluster, in one place.

Users, scripts and other people's dashboards rely on these; README.md lists those that they see.
"""

from __future__ import annotations

from typing import NamedTuple

GROUP = "otus.homework"
VERSION = "v1"


class Resource(NamedTuple):
    """A kind of object that this project defines."""

    kind: str
    plural: str
    singular: str
    short_name: str

    @property
    def definition(self) -> str:
        """Name of its CustomResourceDefinition."""
        return f"{self.plural}.{GROUP}"


MYSQL = Resource("MySQL", "mysqls", "mysql", "ms")
MYSQL_BACKUP = Resource("MySQLBackup", "mysqlbackups", "mysqlbackup", "msb")
MYSQL_RESTORE = Resource("MySQLRestore", "mysqlrestores", "mysqlrestore", "msr")
MYSQL_BACKUP_STORAGE = Resource(
    "MySQLBackupStorage", "mysqlbackupstorages", "mysqlbackupstorage", "msbs"
)
CLUSTER_STORAGE = Resource(
    "ClusterMySQLBackupStorage",
    "clustermysqlbackupstorages",
    "clustermysqlbackupstorage",
    "cmsbs",
)

OPERATOR = "mysql-operator"
INSTANCE_CHART = "mysql-instance"
FIELD_MANAGER = OPERATOR

FINALIZER = f"{GROUP}/final-backup"
"""Holds a deleted object until its data is safe; the operator alone removes it."""

FILES_FINALIZER = f"{GROUP}/backup-files"
"""Holds a deleted MySQLBackup with `reclaimPolicy: Delete` until its files are removed."""

VALUES_DIGEST = f"{GROUP}/values-digest"
CHART_DIGEST = f"{GROUP}/chart-digest"
HOLDER = f"{GROUP}/holder"
"""Labels of a release Secret: what it was made from, and which operator process made it."""

HELD_REVISION = f"{GROUP}/held-revision"
"""Label of a release Secret: the revision that the holder made. helm copies all labels to the
revision that a person makes by hand; this one then tells that it is not the holder's."""

MANAGED_BY = "app.kubernetes.io/managed-by"
INSTANCE = "app.kubernetes.io/instance"
COMPONENT = "app.kubernetes.io/component"
PART_OF = "app.kubernetes.io/part-of"
POD_LABEL = "app"
HELM_RELEASE = "meta.helm.sh/release-name"
"""Annotation that helm gives to all that it makes."""

CLAIM_PROTECTION = "kubernetes.io/pvc-protection"
"""Kubernetes' own finalizer of a claim, there as long as a pod mounts it."""
LEFT_BY_ARGO_CD = {
    "argocd.argoproj.io/compare-options": "IgnoreExtraneous",
    "argocd.argoproj.io/sync-options": "Prune=false",
}
"""Annotations of all that is created for an instance. Argo CD also finds objects by the label
`app.kubernetes.io/instance`: an Application of the same name would show them as out of sync,
and prune them, since they are not in its repository."""

SIGNING_SECRET = f"{OPERATOR}-signing"
"""Secret in the operator's namespace: the authority of its signing service's certificate."""

STORAGE_FOLDER = "/etc/mysql-operator/storage"
SOURCE_STORAGE_FOLDER = "/etc/mysql-operator/source-storage"
"""Where the agent finds the keys of an object store, or the token for signed URLs."""

IDENTITY_FOLDER = "/etc/mysql-operator/identity"
SOURCE_IDENTITY_FOLDER = "/etc/mysql-operator/source-identity"
"""Where the agent finds the identity of age that decrypts backups, in Jobs that read these."""

APP_USER = "ali"
OPERATOR_ACCOUNT = "mysql_operator"
"""Account that Jobs and probes log in with, so that they depend on nothing that is done to root."""

ADMIN_PORT = 33062
"""Port that lets that account in when all connections are taken; MySQL 8.0.14 and later."""

SCRATCH_PORT = 3307
"""Port of a scratch server, which the server copies in a restore. Not 3306: in tests both share
one network."""

MARKER_SCHEMA = "mysql_operator"
LOAD_SCHEMA = "mysql_operator_load"
"""Schemas of the operator, which no dump holds."""

RESERVED_SCHEMAS = (
    "mysql",
    "sys",
    "information_schema",
    "performance_schema",
    MARKER_SCHEMA,
    LOAD_SCHEMA,
)
"""Schemas of the server and of the operator: no user's database may have one of these names."""

SERVER_CONTAINER = "mysql"
INIT_CONTAINER = "initialize"
SCRATCH_CONTAINER = "scratch"
ROOT_PASSWORD_KEY = "root-password"  # noqa: S105 - the name of a key, not a password
USER_PASSWORD_KEY = "user-password"  # noqa: S105
OPERATOR_PASSWORD_KEY = "operator-password"  # noqa: S105
LEGACY_SALT_KEY = "salt"
"""In Secrets of older operators: what the digests of their passwords were keyed by."""

VERSION_SUFFIX = ".version"
CHECKSUM_SUFFIX = ".checksum"
"""Of the keys beside a password in its Secret: the word for it, and what binds the two."""


class Key(NamedTuple):
    """Where an object lives: the unit of all work, and a helm release's identity too."""

    namespace: str
    name: str

    def __str__(self) -> str:
        """Kubernetes' own way to write it, for logs."""
        return f"{self.namespace}/{self.name}"


_OF_STORAGES = f"{MYSQL_BACKUP_STORAGE.kind}/"


def storage_key(namespace: str, storage: str) -> Key:
    """Under which key the operator looks after a MySQLBackupStorage: that of no MySQL object."""
    return Key(namespace, f"{_OF_STORAGES}{storage}")


def storage_of(key: Key) -> str | None:
    """Name of the MySQLBackupStorage that a key stands for; None for a MySQL object's."""
    return key.name.removeprefix(_OF_STORAGES) if key.name.startswith(_OF_STORAGES) else None


_OF_CLUSTER_STORAGES = f"{CLUSTER_STORAGE.kind}/"


def cluster_storage_key(storage: str) -> Key:
    """Under which key the operator looks after a ClusterMySQLBackupStorage."""
    return Key("", f"{_OF_CLUSTER_STORAGES}{storage}")


def cluster_storage_of(key: Key) -> str | None:
    """Name of the ClusterMySQLBackupStorage that a key stands for; None for any other key."""
    is_one = key.name.startswith(_OF_CLUSTER_STORAGES)
    return key.name.removeprefix(_OF_CLUSTER_STORAGES) if is_one else None


GIVE_UP = f"{GROUP}/give-up-final-backup"
"""Annotation that lets a deleted object go without a backup; its value says what is given up."""

OBJECT_UID = f"{GROUP}/object-uid"
"""Annotation of each hook Job: the MySQL object that its release was made for."""

SERVER_DIGEST = f"{GROUP}/server-digest"
"""Annotation of the Deployment: digest of the image, settings and placement that the server was
made from. Of the check Job: digest of those that it looks at."""

BACKUP_UID = f"{GROUP}/backup-uid"
"""Annotation of the Job that removes the files of a MySQLBackup: that object."""

TRIGGER = f"{GROUP}/trigger"
"""Label of a backup Job and of its pod: why the backup is taken."""

RELEASE_REVISION = f"{GROUP}/release-revision"
"""Annotation of the check Job: the revision of the release that waits for it."""

ROOT_PASSWORD_VERSION = f"{GROUP}/root-password-version"
"""Annotation of the server's pod: which password of root it was started with."""

PASSWORD_FOR = f"{GROUP}/password-for"
"""Label of a Secret: the MySQL object that may take a password from it, or `ANY_OBJECT`."""

ANY_OBJECT = "Any"
"""Value of such a label for all objects of the namespace. `*` cannot be a label's value, and
no object can have this name, since names are in lower case."""

STORAGE_FOR = f"{GROUP}/storage-for"
"""Label of a Secret: the MySQLBackupStorage that may use its keys, or `ANY_OBJECT`."""

STORAGE = f"{GROUP}/storage"
"""Label of a Job that checks an object store, and of its pod: the MySQLBackupStorage."""

CHECKED = f"{GROUP}/checked"
"""Annotation of such a Job: what it checks, the object and its Secret, at which versions."""

USER_PASSWORD_VERSION = f"{GROUP}/user-password-version"
"""Annotation of the Job that applies the application user's password: which one it applies."""


def give_up_sentence(key: Key) -> str:
    """Value that the annotation must have, word for word."""
    return f"I give up the data of {key}"


def deployment(instance: str) -> str:
    """Name of the server's Deployment, of its Service and of the helm release."""
    return instance


def admin_service(instance: str) -> str:
    """Name of the Service that reaches the server before it is ready; for the hook Jobs."""
    return f"{instance}-admin"


def data_claim(instance: str) -> str:
    """Name of the claim that holds the data directory."""
    return f"{instance}-pvc"


def backup_claim(instance: str) -> str:
    """Name of the claim that holds the backups and outlives the object."""
    return f"backup-{instance}-pvc"


def credentials(instance: str) -> str:
    """Name of the Secret with the operator's copy of the passwords."""
    return f"{instance}-credentials"


def agent_registry(instance: str) -> str:
    """Name of the Secret with the operator's copy of the pull secrets of its own image."""
    return f"{instance}-agent-registry"


def config(instance: str) -> str:
    """Name of the ConfigMap with my.cnf."""
    return f"{instance}-config"


def scripts(instance: str) -> str:
    """Name of the ConfigMap with the scripts that run in the pods."""
    return f"{instance}-scripts"


def backup_job(instance: str) -> str:
    """Name of the Job that takes the final backup."""
    return f"backup-{instance}-job"


def backup_schedule(instance: str) -> str:
    """Name of the CronJob that takes backups on a schedule; 52 characters at most.

    Its Jobs have this name, `-` and a number: never that of the Job of the final backup.
    """
    return f"backup-{instance}"


def drill_schedule(instance: str) -> str:
    """Name of the CronJob that restores the newest backup into a scratch server."""
    return f"drill-{instance}"


def restore_job(instance: str) -> str:
    """Name of the Job that fills a new database from the backup."""
    return f"restore-{instance}-job"


def password_job(instance: str) -> str:
    """Name of the Job that changes the password of the application user."""
    return f"password-change-{instance}-job"


def check_job(instance: str) -> str:
    """Name of the Job that tries a new image and a new my.cnf before an upgrade uses them."""
    return f"check-{instance}-job"


def check_files(instance: str) -> str:
    """Name of the ConfigMap with what that Job runs: the new my.cnf and its scripts."""
    return f"check-{instance}-files"


def hook_jobs(instance: str) -> tuple[str, ...]:
    """Names of all Jobs that helm makes as hooks, each replacing an earlier Job of its name."""
    makers = (check_job, restore_job, password_job, backup_job)
    return tuple(name(instance) for name in makers)


def on_demand_job(backup: str) -> str:
    """Name of the Job that takes the backup which a MySQLBackup object asks for."""
    return f"on-demand-{backup}-job"


def removal_job(backup: str, uid: str) -> str:
    """Name of the Job that removes the files of a MySQLBackup object, which may have a long name.

    The first part of the UID tells it from that of an earlier object of the name.
    """
    kept, incarnation = "remove-", uid[:8].strip("-")
    room = LABEL_LIMIT - len(kept) - len(incarnation) - 1
    return f"{kept}{backup[:room].rstrip('-')}-{incarnation}"


def storage_check_job(storage: str) -> str:
    """Name of the Job that checks whether an object store can be used."""
    return f"check-storage-{storage}"


def in_place_job(restore: str) -> str:
    """Name of the Job that restores a backup into a running database, as a MySQLRestore asks."""
    return f"in-place-{restore}-job"


def indexed_backup(file: str) -> str:
    """Name of the MySQLBackup object that stands for a backup's file."""
    return file.partition(".")[0].lower()


def network_policy(instance: str) -> str:
    """Name of the NetworkPolicy that says who may connect."""
    return instance


def restore_network_policy(instance: str) -> str:
    """Name of the NetworkPolicy that lets the server copy from the restore Job."""
    return f"{instance}-restore"


SERVERS_OWN_CLIENTS = ("backup", "password-change", "restore", "test")
"""Components of the pods in which the agent works on the server."""

DRILL = "drill"
AGENT_COMPONENTS = (*SERVERS_OWN_CLIENTS, DRILL)
"""Components of the pods in which the agent works with data. Its container is named alike."""
REMOVAL = "remove"
"""Component of the pods in which the agent removes a backup. They have no way to a server."""

AGENT_CONTAINERS = (*AGENT_COMPONENTS, "check", REMOVAL)
"""Those containers, and those that need no server: to judge an image, and to remove a backup."""

FINAL_EXIT_CODE = 3
"""Of an agent that no other attempt would help: a drill came to its end and did not pass, or a
restore into a running database was refused for a reason that stays.
"""


def drill_network_policy(instance: str) -> str:
    """Name of the NetworkPolicy that keeps drills by themselves."""
    return f"{instance}-drill"


def test_pod(instance: str) -> str:
    """Name of the pod that `helm test` runs."""
    return f"{instance}-test"


LABEL_LIMIT = 63
INSTANCE_NAME_LIMIT = 40
"""Longest name of a MySQL object, in characters.

`password-change-NAME-job` must fit into a label (63), which leaves 43; rounded down so that one
more suffix stays possible without refusing objects that exist.
"""

BACKUP_NAME_LIMIT = LABEL_LIMIT - len(on_demand_job(""))
"""Longest name of a MySQLBackup object that asks for a backup, in characters."""

STORAGE_NAME_LIMIT = LABEL_LIMIT - len(storage_check_job(""))
"""Longest name of a MySQLBackupStorage object, in characters."""

RESTORE_NAME_LIMIT = LABEL_LIMIT - len(in_place_job(""))
"""Longest name of a MySQLRestore object, in characters."""
