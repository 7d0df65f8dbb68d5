"""Runs the pods' scripts against a real mysqld, without a cluster.

Each "container" is a chroot into the MySQL image's root file system in mount, pid and network
namespaces of its own, laid out as in the pods: uid 999, read-only root, the same mounts. The image
comes from the cluster tool's cache (built there if need be) and is unpacked once, so nothing is
downloaded here.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import tarfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.cluster import images, paths

SCRIPTS = Path(__file__).resolve().parents[2] / "charts" / "mysql-instance" / "files"
MYSQL_UID = 999
OPERATOR_PASSWORD = "gEnerated-0123456789"

# $1 root file system, $2 folder of the instance, $3 termination log; then the command.
_ENTER = """
set -eu
root=$1 home=$2 log=$3; shift 3
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount -t tmpfs tmpfs "$root/dev"
for device in null zero urandom random; do
  touch "$root/dev/$device"; mount --bind "/dev/$device" "$root/dev/$device"
done
ln -s /proc/self/fd "$root/dev/fd"
touch "$root/dev/termination-log"; mount --bind "$log" "$root/dev/termination-log"
mount --bind "$SCRIPTS" "$root/opt/mysql-operator"
mount --bind "$home/etc" "$root/etc/mysql-operator"
mount --bind "$home/$DATA" "$root/var/lib/mysql"
mount --bind "$home/$RUN" "$root/run/mysqld"
mount --bind "$home/backup" "$root/backup"
mount -o remount,bind,ro "$root"
exec chroot --userspec=999:999 --groups=999 "$root" "$@"
"""

_CLEAN = ["/usr/bin/env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"]
"""What a container's environment begins with."""

MY_CNF = """[mysqld]
secure-file-priv=NULL
skip-name-resolve
loose-mysqlx=OFF
loose-innodb-numa-interleave=OFF
innodb-buffer-pool-size=64M
"""


def root_file_system() -> Path:
    """Unpack the image, once per version."""
    given = os.environ.get("MYSQL_ROOT_FILE_SYSTEM")
    if given:
        return Path(given)
    image = next(image for image in images.IN_CLUSTER if image.title == "mysql")
    root = paths.cache_home() / "roots" / image.archive().stem
    with paths.locked(root.with_suffix(".lock")):
        if not root.exists():
            images.ensure([image])
            with paths.built_whole(root) as temporary:
                _unpack(image.archive(), temporary)
    return root


def _unpack(archive: Path, target: Path) -> None:
    target.mkdir(parents=True)
    with tarfile.open(archive) as outer:
        layer = max(outer.getmembers(), key=lambda member: member.size)
    with archive.open("rb", buffering=0) as file:
        file.seek(layer.offset_data)
        subprocess.run(["tar", "-xf-", "-C", str(target)], stdin=file, check=True)
    for folder in ("opt/mysql-operator", "etc/mysql-operator", "backup"):
        (target / folder).mkdir(parents=True, exist_ok=True)


@contextlib.contextmanager
def network() -> Iterator[int]:
    """Start the process that holds a network namespace in which port 3306 is free."""
    command = "ip link set lo up && echo up && exec sleep infinity"
    holder = subprocess.Popen(
        ["unshare", "--net", "sh", "-c", command], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "up\n"
    try:
        yield holder.pid
    finally:
        holder.kill()
        holder.communicate()


@dataclass(frozen=True)
class Outcome:
    """How a container ended."""

    code: int
    output: str
    result: dict[str, Any]


@dataclass
class Container:
    """A running container."""

    process: subprocess.Popen[str]
    log: Path

    def send(self, number: signal.Signals) -> None:
        """Signal its first process; when that ends, the kernel ends all others."""
        if self.process.poll() is None and (first := self.first_process):
            os.kill(int(first), number)

    @property
    def first_process(self) -> str:
        """What is process 1 in the container, as the host numbers it; empty where there is none."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return children.read_text().strip()

    def wait(self, seconds: float = 600) -> Outcome:
        """Wait for its end."""
        output, _ = self.process.communicate(timeout=seconds)
        said = self.log.read_text()
        return Outcome(self.process.returncode, output, json.loads(said) if said else {})


@dataclass
class Instance:
    """One database with its volumes; what it is made of outlives its containers."""

    root: Path
    home: Path
    network: int
    name: str = "shop"
    database: str = "otus-database"
    password: str = "root's pass%word"
    server: Container | None = None
    serial: int = field(default=0)
    initialized: Path | None = None
    """A data volume on which nothing but initialize.sh was run, to copy in a tenth of its time."""

    def __post_init__(self) -> None:
        """Make the volumes."""
        for folder in ("etc/credentials", "data", "scratch", "run", "backup", "logs"):
            (self.home / folder).mkdir(parents=True, exist_ok=True)
        for folder in ("data", "scratch", "run", "backup"):
            os.chown(self.home / folder, MYSQL_UID, MYSQL_UID)
        self.configure(MY_CNF)
        self.secret("root-password", self.password)
        self.secret("operator-password", OPERATOR_PASSWORD)

    def configure(self, text: str) -> None:
        """Write my.cnf."""
        (self.home / "etc" / "my.cnf").write_text(text)

    def secret(self, key: str, value: str) -> None:
        """Write one key of the Secret."""
        (self.home / "etc" / "credentials" / key).write_text(value)

    @property
    def backups(self) -> Path:
        """The backup volume."""
        return self.home / "backup"

    def mount_backups(self, volume: Path) -> None:
        """Put a backup volume that there is already in the place of its own, which is empty."""
        self.backups.rmdir()
        self.backups.symlink_to(volume)

    @property
    def data(self) -> Path:
        """The data volume."""
        return self.home / "data"

    def start(self, *command: str, data: str = "data", **env: str) -> Container:
        """Start a container, with that volume where the server has its data.

        Each pod has a folder of its own for what is in memory: those of Jobs beside the server's.
        """
        self.serial += 1
        run = "run" if data == "data" else f"run-{data}"
        (self.home / run).mkdir(exist_ok=True)
        os.chown(self.home / run, MYSQL_UID, MYSQL_UID)
        log = self.home / "logs" / f"termination-{self.serial}"
        log.touch()
        log.chmod(0o666)
        environment = {
            "INSTANCE": self.name,
            "NAMESPACE": "team",
            "MYSQL_DATABASE": self.database,
            "MYSQL_HOST": "127.0.0.1",
            "POD_IP": "127.0.0.1",
            "WAIT_SECONDS": "30",
            "BACKUP_KEEP": "3",
            "RESTORE_POLICY": "IfAvailable",
            "RESTORE_FROM": "latest",
        } | env
        enter = ["nsenter", f"--net=/proc/{self.network}/ns/net", "unshare", "--mount", "--pid"]
        enter += ["--fork", "bash", "-c", _ENTER, "_"]
        process = subprocess.Popen(
            [*enter, str(self.root), str(self.home), str(log), *_CLEAN]
            + [f"{key}={value}" for key, value in environment.items()]
            + list(command),
            env=os.environ | {"SCRIPTS": str(SCRIPTS), "DATA": data, "RUN": run},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return Container(process, log)

    def script(self, name: str, *arguments: str, **env: str) -> Container:
        """Start one of the scripts."""
        return self.start("bash", f"/opt/mysql-operator/{name}.sh", *arguments, **env)

    def run(self, name: str, *arguments: str, **env: str) -> Outcome:
        """Run one of the scripts to its end."""
        return self.script(name, *arguments, **env).wait()

    def ask(self, *which: str) -> Outcome:
        """Run a probe as kubelet would: in the container of the server."""
        if self.server is None or not (first := self.server.first_process):
            return Outcome(1, "no server runs", {})
        command = ["nsenter", "--target", first, "--all", "--root", "--setgid=999", "--setuid=999"]
        command += [*_CLEAN, "bash", "/opt/mysql-operator/probe.sh", *which]
        asked = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        return Outcome(asked.returncode, asked.stdout, {})

    def probe(self, *which: str) -> bool:
        """Whether that probe passes."""
        return self.ask(*which).code == 0

    def serve(self) -> None:
        """Initialise if need be, and start the server."""
        if self.initialized and self._may_be_copied():
            subprocess.run(["cp", "-a", f"{self.initialized}/.", self.data], check=True)
        outcome = self.run("initialize")
        assert outcome.code == 0, outcome.output
        self.start_server()

    def _may_be_copied(self) -> bool:
        """Whether the data volume is empty, and its data would be made by the common settings."""
        settings = (self.home / "etc" / "my.cnf").read_text()
        return settings == MY_CNF and not any(self.data.iterdir())

    def start_server(self) -> None:
        """Start the main container and wait until it answers.

        A server that was killed leaves the file by which the probe knows that it answers, until the
        next one removes it.
        """
        (self.home / "run" / "set-up").unlink(missing_ok=True)
        self.server = self.script("serve")
        deadline = time.monotonic() + 300
        while not self.probe("started"):
            assert self.server.process.poll() is None, self.server.wait().output
            assert time.monotonic() < deadline, "the server did not answer within five minutes"
            time.sleep(0.1)

    def stop_server(self, number: signal.Signals = signal.SIGTERM) -> str:
        """End the main container, if it runs; returns what it logged."""
        if self.server is None:
            return ""
        self.server.send(number)
        output = self.server.wait().output
        self.server = None
        return output

    def kill_mysqld(self) -> None:
        """Kill the server itself, as the kernel does that is out of memory."""
        assert self.server is not None
        first = self.server.first_process
        children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        for child in children:
            if Path(f"/proc/{child}/comm").read_text().strip() == "mysqld":
                os.kill(int(child), signal.SIGKILL)

    def sql(
        self,
        statements: str,
        *,
        user: str = "root",
        password: str | None = None,
        seconds: float = 600,
    ) -> str:
        """Run statements over TCP, as a client in another pod would; returns bare rows."""
        file = self.home / "etc" / "client.cnf"
        secret = self.password if password is None else password
        quoted = secret.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        file.write_text(
            f'[client]\nuser={user}\npassword="{quoted}"\nhost=127.0.0.1\n'
            "protocol=tcp\ndefault-character-set=utf8mb4\n"
        )
        (self.home / "etc" / "statements.sql").write_text(statements)
        source = "mysql --defaults-file=/etc/mysql-operator/client.cnf -NBr"
        source += " </etc/mysql-operator/statements.sql"
        outcome = self.start("sh", "-c", source).wait(seconds)
        assert outcome.code == 0, outcome.output[-2000:]
        return outcome.output

    def make_new(self) -> None:
        """Bring it back to what it was after its first start, in a tenth of the time."""
        if self.server is None:
            self.serve()
        self.sql(
            "SET GLOBAL super_read_only=OFF; SET GLOBAL read_only=OFF;"
            "ALTER INSTANCE ENABLE INNODB REDO_LOG;"
            "SET GLOBAL event_scheduler=ON; SET GLOBAL max_allowed_packet=DEFAULT;"
            "SET GLOBAL innodb_flush_log_at_trx_commit=1;"
            "DELETE FROM mysql_operator.fence; DELETE FROM mysql_operator.marker;"
            "UPDATE mysql_operator.server SET disposable = 1"
        )
        schemas = [schema.replace("`", "``") for schema in self.user_schemas()]
        drop = [f"DROP DATABASE `{schema}`" for schema in schemas]
        drop += [f"DROP USER {account}" for account in self.sql(_USER_ACCOUNTS).splitlines()]
        self.sql(";".join([*drop, f"CREATE DATABASE `{self.database}`"]))
        (self.data / ".never-ready").touch()
        os.chown(self.data / ".never-ready", MYSQL_UID, MYSQL_UID)
        (self.home / "run" / "restored").unlink(missing_ok=True)
        for file in self.backups.iterdir():
            file.unlink()

    def user_schemas(self) -> list[str]:
        """The schemas that are not the server's own."""
        return self.sql(_USER_SCHEMAS).splitlines()

    def fingerprint(self) -> list[str]:
        """Everything that a backup must bring back, as text."""
        lines = self.sql(_OBJECTS).splitlines()
        questions = [line for line in lines if line.startswith(("SHOW", "CHECKSUM"))]
        return lines + self.sql(";".join(questions)).splitlines()

    def discard(self) -> None:
        """Remove what it wrote."""
        self.stop_server(signal.SIGKILL)
        shutil.rmtree(self.home)


_SYSTEM = "('mysql','sys','information_schema','performance_schema','mysql_operator')"
_USER_SCHEMAS = (
    "SELECT schema_name FROM information_schema.schemata WHERE schema_name NOT IN SYSTEM"
).replace("SYSTEM", _SYSTEM)
_USER_ACCOUNTS = (
    "SELECT CONCAT(QUOTE(user), '@', QUOTE(host)) FROM mysql.user WHERE user NOT LIKE 'mysql%'"
    " AND user <> 'root' ORDER BY 1"
)
_OBJECTS = """
SELECT CONCAT(table_schema, '.', table_name, ' ', table_type, ' ', IFNULL(table_collation, ''))
  FROM information_schema.tables WHERE table_schema NOT IN SYSTEM ORDER BY 1;
SELECT CONCAT('CHECKSUM TABLE `', table_schema, '`.`', REPLACE(table_name, '`', '``'), '`')
  FROM information_schema.tables
  WHERE table_schema NOT IN SYSTEM AND table_type = 'BASE TABLE' ORDER BY 1;
SELECT CONCAT('SHOW CREATE ', IF(table_type = 'VIEW', 'VIEW', 'TABLE'), ' `', table_schema, '`.`',
  REPLACE(table_name, '`', '``'), '`')
  FROM information_schema.tables WHERE table_schema NOT IN SYSTEM ORDER BY 1;
SELECT CONCAT('SHOW CREATE DATABASE `', schema_name, '`')
  FROM information_schema.schemata WHERE schema_name NOT IN SYSTEM ORDER BY 1;
SELECT CONCAT('SHOW CREATE ', routine_type, ' `', routine_schema, '`.`', routine_name, '`')
  FROM information_schema.routines WHERE routine_schema NOT IN SYSTEM ORDER BY 1;
SELECT trigger_schema, trigger_name, event_object_table, action_statement, definer, sql_mode
  FROM information_schema.triggers WHERE trigger_schema NOT IN SYSTEM ORDER BY 1, 2;
SELECT CONCAT('SHOW CREATE EVENT `', event_schema, '`.`', event_name, '`')
  FROM information_schema.events WHERE event_schema NOT IN SYSTEM ORDER BY 1;
SELECT CONCAT('SHOW CREATE USER ', account, '\nSHOW GRANTS FOR ', account) FROM
  (SELECT CONCAT(QUOTE(user), '@', QUOTE(host)) AS account FROM mysql.user
   WHERE user NOT LIKE 'mysql%' AND user <> 'root') AS accounts ORDER BY 1;
""".replace("SYSTEM", _SYSTEM)
