"""A mysqld of the image for tests of the agent: a chroot, a data directory, a socket. No network.

Its folder is bound into the image's root file system in a mount namespace of its own, so many of
these run side by side, and the root file system stays as it was unpacked.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mysql_operator.agent.sql.sessions import Door, Session
from tests.support import waiting

MYSQL_UID = 999

# $1 root file system, $2 folder of the server; then the command.
_ENTER = """
set -eu
root=$1 home=$2; shift 2
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount -t tmpfs tmpfs "$root/dev"
for device in null zero urandom random; do
  touch "$root/dev/$device"; mount --bind "/dev/$device" "$root/dev/$device"
done
mount --bind "$home" "$root/var/lib/mysql"
exec chroot --userspec=999:999 --groups=999 "$root" "$@"
"""

# What costs time and changes no row.
_QUICK = (
    "--no-defaults",
    "--innodb-flush-method=nosync",
    "--innodb-use-native-aio=0",
    "--innodb-doublewrite=0",
    "--innodb-buffer-pool-size=64M",
    "--mysqlx=OFF",
    "--secure-file-priv=NULL",
)


@dataclass
class Mysqld:
    """One server with its data; it can be started again with other options."""

    root: Path
    home: Path
    process: subprocess.Popen[bytes] | None = field(default=None)

    def initialize(self) -> Mysqld:
        """Make an empty data directory, whose root has no password."""
        self.home.mkdir(parents=True, exist_ok=True)
        os.chown(self.home, MYSQL_UID, MYSQL_UID)
        done = self._enter(
            "mysqld", *_QUICK, "--initialize-insecure", "--datadir=/var/lib/mysql/data"
        )
        assert done.wait() == 0, self.log()
        return self

    def copy_of(self, other: Mysqld) -> Mysqld:
        """Take the data directory of a server that is down: ten times as fast as a new one."""
        shutil.copytree(other.home, self.home, symlinks=True)
        for path in (self.home, *self.home.rglob("*")):
            os.chown(path, MYSQL_UID, MYSQL_UID, follow_symlinks=False)
        (self.home / "data" / "auto.cnf").unlink(missing_ok=True)
        return self

    def start(self, *options: str) -> Mysqld:
        """Start it, and wait until it lets root in."""
        self.process = self._enter(
            "mysqld", *_QUICK, "--datadir=/var/lib/mysql/data", "--socket=/var/lib/mysql/socket",
            "--skip-networking", *options,
        )  # fmt: skip
        waiting.eventually(self._is_ready, "mysqld is ready", within=300, every=0.1)
        return self

    def _is_ready(self) -> bool:
        """Whether the server of this start says so; before, the driver would leave sockets open."""
        assert self.process is not None
        if self.process.poll() is not None:
            raise RuntimeError(self.log())
        return "ready for connections" in self.log().rpartition("starting as process")[2]

    def stop(self) -> None:
        """End it cleanly."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a crash would."""
        self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> None:
        if self.process is None:
            return
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        for child in children.read_text().split():
            os.kill(int(child), number)
        self.process.wait()
        self.process = None

    def program(self, *command: str, standard_input: bytes = b"") -> bytes:
        """Run a program of the image beside it; returns what it writes."""
        process = self._enter(*command, pipes=True)
        output, errors = process.communicate(standard_input)
        assert process.returncode == 0, errors.decode(errors="replace")
        return output

    @property
    def door(self) -> Door:
        """How root gets in."""
        return Door(user="root", password=b"", host="localhost", socket=str(self.home / "socket"))

    def session(self) -> Session:
        """Open a session of the agent."""
        return self.door.connect()

    def log(self) -> str:
        """The last that it wrote."""
        return (self.home / "log").read_text(errors="replace")[-4000:]

    def _enter(self, *command: str, pipes: bool = False) -> subprocess.Popen[bytes]:
        enter: Sequence[str] = ("unshare", "--mount", "--pid", "--fork", "--kill-child")
        environment = ("/usr/bin/env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin")
        whole = [*enter, "bash", "-c", _ENTER, "_", str(self.root), str(self.home)]
        whole += [*environment, *command]
        if pipes:
            pipe = subprocess.PIPE
            return subprocess.Popen(whole, stdin=pipe, stdout=pipe, stderr=pipe)
        with (self.home / "log").open("ab") as log:
            return subprocess.Popen(whole, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
