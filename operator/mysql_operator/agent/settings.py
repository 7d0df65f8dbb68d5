"""What a Job gives to the agent: its environment and the folders that are mounted into its pod."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mysql_operator import names
from mysql_operator.agent.sql.sessions import Door
from mysql_operator.errors import OperatorError
from mysql_operator.model import cron, retention
from mysql_operator.model.receipts import Trigger
from mysql_operator.model.release_storage import ReleaseStorage
from mysql_operator.model.retention import Rules

MYSQL_PORT = 3306


@dataclass(frozen=True)
class Source:
    """Another database, whose backup fills this one where it has none of its own."""

    name: str
    namespace: str
    storage: ReleaseStorage | None
    """The object store that holds its backups; none: the volume at `backups` does."""
    storage_credentials: Path
    storage_identity: Path
    backups: Path


@dataclass(frozen=True)
class Settings:
    """Each field is an environment variable of the Job's pod; the folders have defaults."""

    instance: str
    namespace: str
    database: str
    host: str
    """Where the server is; empty for a drill, which has nothing to do with it."""
    pod: str
    """Name of this pod: tells this attempt from others."""
    pod_ip: str
    """Address at which the server reaches the scratch server of this pod."""
    wait_seconds: float
    object_uid: str
    retention: Rules
    method: str
    verify: bool
    """Whether a dump is loaded into a scratch server and compared before it counts."""
    sql_dump: bool
    """Whether a Clone backup has an SQL file beside it, for people."""
    trigger: Trigger
    restore_policy: str
    restore_from: str
    restore_request: str
    """UID of the MySQLRestore whose backup takes the place of the instance's data."""
    remove_file: str
    """The backup that `remove` removes."""
    expects_data: bool
    drill_query: str
    """The question that a drill asks the restored backup; empty for none."""
    storage: ReleaseStorage | None
    """The object store that takes the backups; none: the volume at `backups` does."""
    data_bytes: int
    """Size of the data volume: a backup is hardly larger."""
    storage_credentials: Path
    storage_identity: Path
    """Where the identity is that decrypts; a backup has none."""
    source: Source | None
    backups: Path
    scratch: Path
    credentials: Path

    def password(self, key: str) -> bytes:
        """Read a key of the mounted Secret, without the newlines that many tools add.

        Raises:
            OperatorError: MissingCredentials; the Secret has no such key, or it is empty.
        """
        password = self._secret(key)
        if not password:
            raise OperatorError(
                "MissingCredentials",
                f"the Secret {names.credentials(self.instance)} has no key {key}, or it is empty; "
                "set it, and the Job runs again",
            )
        return password

    def has_password(self, key: str) -> bool:
        """Whether the mounted Secret has a key."""
        return bool(self._secret(key))

    def door(self) -> Door:
        """The way to the server: the operator's account, its own port first.

        Where nobody made a password for that account (plain helm) it has the one of root.
        """
        password = self._secret(names.OPERATOR_PASSWORD_KEY) or self.password(
            names.ROOT_PASSWORD_KEY
        )
        ports = (names.ADMIN_PORT, MYSQL_PORT)
        return Door(names.OPERATOR_ACCOUNT, password, host=self.host, ports=ports)

    def _secret(self, key: str) -> bytes:
        path = self.credentials / key
        return path.read_bytes().rstrip(b"\n") if path.exists() else b""


def termination_log(environment: Mapping[str, str] = os.environ) -> Path:
    """Where the kubelet reads how a Job has ended."""
    return Path(environment.get("TERMINATION_LOG", "/dev/termination-log"))


def read(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the environment.

    Raises:
        OperatorError: SettingsInvalid; the message names the variable.
    """
    with reading():
        return _read(environment)


@contextmanager
def reading() -> Iterator[None]:
    """Read variables.

    Raises:
        OperatorError: SettingsInvalid; the message names the variable.
    """
    try:
        yield
    except KeyError as error:
        raise OperatorError("SettingsInvalid", f"{error.args[0]} is not set") from error
    except ValueError as error:
        raise OperatorError("SettingsInvalid", str(error)) from error


def _retention(given: Mapping[str, str]) -> Rules:
    age = given.get("BACKUP_KEEP_FOR")
    return Rules(
        keep=int(given.get("BACKUP_KEEP", "3")),
        keep_for=retention.age(age) if age else None,
        daily=int(given.get("BACKUP_KEEP_DAILY", "0")),
        weekly=int(given.get("BACKUP_KEEP_WEEKLY", "0")),
        monthly=int(given.get("BACKUP_KEEP_MONTHLY", "0")),
        zone=cron.time_zone(given.get("BACKUP_TIME_ZONE") or cron.UTC_NAME),
        spared=given.get("RESTORE_FROM", ""),
    )


def _read(given: Mapping[str, str]) -> Settings:
    return Settings(
        instance=given["INSTANCE"],
        namespace=given["NAMESPACE"],
        database=given["MYSQL_DATABASE"],
        host=given.get("MYSQL_HOST", ""),
        pod=given.get("FENCE_HOLDER") or given.get("HOSTNAME", ""),
        pod_ip=given.get("POD_IP", ""),
        wait_seconds=float(given.get("WAIT_SECONDS", "300")),
        object_uid=given.get("OBJECT_UID", ""),
        retention=_retention(given),
        method=given.get("BACKUP_METHOD", "Auto"),
        verify=given.get("BACKUP_VERIFY", "true") == "true",
        sql_dump=given.get("BACKUP_SQL_DUMP", "false") == "true",
        trigger=Trigger(given.get("BACKUP_TRIGGER", Trigger.FINAL)),
        restore_policy=given.get("RESTORE_POLICY", "IfAvailable"),
        restore_from=given.get("RESTORE_FROM", "latest"),
        restore_request=given.get("RESTORE_REQUEST", ""),
        remove_file=given.get("REMOVE_FILE", ""),
        expects_data=given.get("RESTORE_EXPECTS_DATA", "false") == "true",
        drill_query=given.get("DRILL_QUERY", ""),
        storage=_storage(given.get("BACKUP_STORAGE", "")),
        data_bytes=int(given.get("DATA_MEBIBYTES", "0")) << 20,
        storage_credentials=storage_credentials(given),
        storage_identity=storage_identity(given),
        source=_source(given),
        backups=Path(given.get("BACKUP_DIR", "/backup")),
        scratch=Path(given.get("SCRATCH_DIR", "/scratch")),
        credentials=Path(given.get("CREDENTIALS_DIR", "/etc/mysql-operator/credentials")),
    )


def storage_credentials(given: Mapping[str, str]) -> Path:
    """Where the keys of the object store are mounted."""
    return Path(given.get("STORAGE_CREDENTIALS_DIR", names.STORAGE_FOLDER))


def storage_identity(given: Mapping[str, str]) -> Path:
    """Where the identity is mounted that decrypts the backups of the object store."""
    return Path(given.get("STORAGE_IDENTITY_DIR", names.IDENTITY_FOLDER))


def _source(given: Mapping[str, str]) -> Source | None:
    """Read the source; without a store of its own its backups are where those of this one are."""
    name = given.get("RESTORE_SOURCE_NAME")
    if not name:
        return None
    own, folder = given.get("BACKUP_STORAGE", ""), names.SOURCE_STORAGE_FOLDER
    its = given.get("RESTORE_SOURCE_STORAGE", "")
    its_credentials = Path(given.get("SOURCE_STORAGE_CREDENTIALS_DIR", folder))
    its_identity = Path(given.get("SOURCE_STORAGE_IDENTITY_DIR", names.SOURCE_IDENTITY_FOLDER))
    return Source(
        name,
        given.get("RESTORE_SOURCE_NAMESPACE") or given["NAMESPACE"],
        _storage(its or own),
        its_credentials if its else storage_credentials(given),
        its_identity if its else storage_identity(given),
        Path(given.get("RESTORE_SOURCE_DIR", "/source")),
    )


def _storage(text: str) -> ReleaseStorage | None:
    return storage(text) if text else None


def storage(text: str) -> ReleaseStorage:
    """Read the storage, which is JSON: the spec of the MySQLBackupStorage.

    Raises:
        ValueError: it is none.
    """
    spec = ReleaseStorage.model_validate_json(text)
    _ = spec.place
    return spec
