"""The scratch server of a Job: a mysqld of the user's image beside the agent, on a volume of both.

`scratch.sh` runs it in the sidecar. The agent says which options it starts with, and looks at its
socket, its exit code and its log. The data in it may be lost at any time.
"""

from __future__ import annotations

import errno
import logging
import os
import secrets
import select
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from mysql_operator import names
from mysql_operator.agent import mysqld_log
from mysql_operator.agent.sql import sessions, sql_errors
from mysql_operator.agent.sql.sessions import Door, Session
from mysql_operator.agent.sql.sql_errors import SQLError
from mysql_operator.errors import OperatorError

logger = logging.getLogger(__name__)

CONTROL = ".scratch"
DATA = "data"
"""Folder of a data directory that came from an instance or from an archive."""
EMPTY = "empty"
"""Folder of the one that mysqld makes: for a server that copies another, or loads a dump."""
FULL = (errno.ENOSPC, errno.EDQUOT)
"""Numbers of system errors that say: no room."""

UNKNOWN = -1
"""Exit code of a mysqld of which nothing could be written."""

# The instance's my.cnf comes first, because page size, file paths and case of names must be equal.
# What follows takes back what would cost memory or time, run users' code, or keep the agent out.
QUIET = (
    "--skip-log-bin",
    "--event-scheduler=OFF",
    "--loose-skip-replica-start",
    "--loose-skip-slave-start",
    "--loose-mysqlx=OFF",
    "--loose-group-replication-start-on-boot=OFF",
    "--init-connect=",
    "--read-only=OFF",
    "--super-read-only=OFF",
    "--loose-offline-mode=OFF",
    "--require-secure-transport=OFF",
    "--general-log=OFF",
    "--slow-query-log=OFF",
    "--performance-schema=ON",
    "--loose-innodb-dedicated-server=OFF",
    "--innodb-buffer-pool-size=128M",
    "--innodb-buffer-pool-load-at-startup=OFF",
    "--innodb-buffer-pool-dump-at-shutdown=OFF",
    "--loose-innodb-numa-interleave=OFF",
    "--skip-large-pages",
    "--loose-innodb-redo-log-capacity=104857600",
    "--innodb-fast-shutdown=1",
    "--max-connections=40",
    "--max-allowed-packet=64M",
    "--max-user-connections=0",
    "--max-prepared-stmt-count=16382",
    "--loose-protocol-compression-algorithms=zlib,zstd,uncompressed",
    "--loose-plugin-load-add=mysql_clone.so",
    "--loose-validate-password.policy=LOW",
    "--loose-validate-password.length=0",
)
# A crash of the node ends the Job, which begins again: nothing here has to survive one.
NOT_DURABLE = (
    "--innodb-flush-method=nosync",
    "--innodb-use-native-aio=0",
    "--innodb-doublewrite=0",
    "--innodb-flush-log-at-trx-commit=0",
)
# Nobody comes in over the network, so mysqld need not make keys first, which takes up to a third of
# the processor time of its start.
UNREACHABLE = (
    "--skip-networking",
    "--loose-auto-generate-certs=OFF",
    "--loose-caching-sha2-password-auto-generate-rsa-keys=OFF",
    "--loose-sha256-password-auto-generate-rsa-keys=OFF",
)

_AS_MYSQLD_SEES = "/var/lib/mysql"
"""Where the sidecar mounts the volume: where the instance has its own, so that paths are equal."""


class Scratch:
    """Talks to the sidecar. One at a time."""

    def __init__(self, volume: Path) -> None:
        """Take the folder where the shared volume is mounted."""
        self.volume = volume
        self._control = volume / CONTROL
        self._commands = -1
        self._has_begun = False
        self._account_password = secrets.token_urlsafe(30) + "aA1-"

    def open(self, seconds: float = 120) -> None:
        """Wait for the sidecar."""
        fifo = self._control / "commands"
        _until(lambda: self._opened(fifo), seconds, "the sidecar of the scratch server")

    def _opened(self, fifo: Path) -> bool:
        try:
            self._commands = os.open(fifo, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:  # not there yet, or nobody reads it yet
            return False
        return True

    def empty(self) -> None:
        """Remove what an earlier run has left, except for the sidecar's own files."""
        for path in self.volume.iterdir():
            if path.name == CONTROL:
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()

    def discard(self, folder: str) -> None:
        """End mysqld at once, and remove its data directory."""
        self.kill()
        shutil.rmtree(self.volume / folder)

    def initialize(self) -> None:
        """Begin to make an empty data directory."""
        self._begin("initialize", EMPTY, UNREACHABLE)

    def initialized(self, seconds: float = 600) -> None:
        """Wait until the data directory is there.

        Raises:
            OperatorError: mysqld could not make it; its own words.
        """
        if self._ended_within(seconds) != 0:
            raise self.failure("ScratchServerFailed", "the scratch server could not be initialized")

    def start(self, folder: str, options: Sequence[str], statements: Sequence[str] = ()) -> Session:
        """Start mysqld, let it run the statements before anybody may connect, and log in.

        Raises:
            OperatorError: it did not start; its own words.
        """
        self._write_init_file(statements)
        init_file = f"--init-file={path_of(CONTROL)}/init.sql"
        self._begin("start", folder, [*options, init_file])
        try:
            return self._log_in()
        finally:
            (self._control / "init.sql").unlink()

    def _write_init_file(self, statements: Sequence[str]) -> None:
        """One statement a line. The account of the donor may have another password, or be gone."""
        accounts = ", ".join(f"'{names.OPERATOR_ACCOUNT}'@'{host}'" for host in ("localhost", "%"))
        created = accounts.replace(",", f" IDENTIFIED BY '{self._account_password}',")
        lines = [
            sessions.init_statement(),
            f"DROP USER IF EXISTS {accounts}",
            f"CREATE USER {created} IDENTIFIED BY '{self._account_password}'",
            f"GRANT ALL ON *.* TO {accounts} WITH GRANT OPTION",
            *statements,
        ]
        path = self._control / "init.sql"
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        path.write_text("".join(f"{line};\n" for line in lines))

    def _begin(self, command: str, folder: str, options: Sequence[str]) -> None:
        # The lock of a socket names the process of a server that was killed, which another may be.
        for left in ("ended", "mysqld.log", "mysqld.sock", "mysqld.sock.lock"):
            (self._control / left).unlink(missing_ok=True)
        self._has_begun = True
        data_directory = f"--datadir={path_of(folder)}"
        self._tell(" ".join([command, data_directory, *QUIET, *NOT_DURABLE, *options]))

    def _tell(self, line: str) -> None:
        try:
            os.write(self._commands, f"{line}\n".encode())
        except BrokenPipeError as error:
            raise OperatorError(
                "ScratchServerFailed", "the sidecar of the scratch server has ended; see its log"
            ) from error

    @property
    def door(self) -> Door:
        """The way in for the agent."""
        socket = str(self._control / "mysqld.sock")
        return Door(names.OPERATOR_ACCOUNT, self._account_password.encode(), socket=socket)

    def _log_in(self) -> Session:
        """However long the recovery takes, as long as mysqld is at it."""
        while True:
            try:
                return self.door.connect()
            except SQLError as error:
                if error.reason not in sql_errors.PASSING:
                    raise
            if self.exit_code() is not None:
                raise self.failure("ScratchServerFailed", "the scratch server did not start")
            time.sleep(0.02)

    def exit_code(self) -> int | None:
        """How the last mysqld ended; None while it runs.

        Raises:
            OperatorError: the sidecar has ended, and mysqld with it.
        """
        path = self._control / "ended"
        if path.exists():
            return int(path.read_text() or UNKNOWN)  # a full volume takes the file, but no word
        if self._is_alone():
            raise OperatorError(
                "ScratchServerFailed",
                "the container of the scratch server has ended; if it was killed for its memory, "
                "raise spec.resources.limits.memory",
            )
        return None

    def _is_alone(self) -> bool:
        """Whether nobody reads the commands any more."""
        poll = select.poll()
        poll.register(self._commands, 0)
        return bool(poll.poll(0))

    def _ended_within(self, seconds: float) -> int:
        _until(lambda: self.exit_code() is not None, seconds, "the end of the scratch server")
        code = self.exit_code()
        return UNKNOWN if code is None else code

    def stop(self, seconds: float = 3600) -> None:
        """Shut it down cleanly, so that its files need no recovery.

        Raises:
            OperatorError: it did not end well; its own words.
        """
        self._tell("stop")
        if self._ended_within(seconds) != 0:
            raise self.failure("ScratchServerFailed", "the scratch server did not shut down")

    @contextmanager
    def killed_at_end(self) -> Iterator[None]:
        """End it with what it was needed for. Where that fails, the instance waits to be opened."""
        try:
            yield
        except BaseException:
            self.kill(5)
            raise
        self.kill()

    def kill(self, seconds: float = 60) -> None:
        """End it at once, where it runs; its data is not needed any more."""
        try:
            if not self._has_begun or self.exit_code() is not None:
                return
            self._tell("kill")
            self._ended_within(seconds)
        except OperatorError as error:  # the pod ends anyway, and the server with it
            logger.warning("The scratch server could not be ended: %s", error.message)

    def failure(self, reason: str, what: str) -> OperatorError:
        """An error with the last one of mysqld's own log."""
        said = self.errors()
        log = " ".join(said)
        if "No space left on device" in log or "Disk is full" in log or "errno: 28" in log:
            return OperatorError(
                "DiskFull",
                f"{what}: the scratch volume is full; free space on the node, or give the Job "
                f"a larger scratch volume. mysqld says: {said[-1]}",
            )
        last = said[-1] if said else "nothing; see the log of the scratch container"
        return OperatorError(reason, f"{what}; mysqld says: {last}")

    def errors(self) -> list[str]:
        """The errors in mysqld's log, the last one last; without passwords."""
        path = self._control / "mysqld.log"
        text = path.read_text(errors="replace") if path.exists() else ""
        return mysqld_log.errors_in(text)


def path_of(folder: str) -> str:
    """The path of a folder of the volume for mysqld."""
    return f"{_AS_MYSQLD_SEES}/{folder}"


def _until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= deadline:
            raise OperatorError("ScratchServerFailed", f"{what} did not come within {seconds:g} s")
        time.sleep(0.02)
