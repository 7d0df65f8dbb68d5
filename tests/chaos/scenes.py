"""Where faults happen: a team with one database, its writing client, and small disks of its own."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from mysql_operator.model import receipts
from tests.chaos.patience import PatientTeam
from tests.chaos.writers import Writer
from tests.support import nodes
from tests.support.commands import run
from tests.support.databases import Database
from tests.support.objects import a_volume

DATA_MEGABYTES = 768
"""Room for the life that begins and for the one that is still going away."""

BACKUP_MEGABYTES = 64
FILL = """
fallocate -l "$(($(stat -f -c '%a * %S' "$1")))" "$1/filler" || true
LC_ALL=C dd if=/dev/zero of="$1/filler" bs=64k oflag=append conv=notrunc 2>&1 |
  grep -q 'No space left'
"""
"""Most of it at once, the rest until the disk says that it is full: others write meanwhile."""


class Scene:
    """One database, in all its lives."""

    def __init__(self, team: PatientTeam, writer: Writer, disks: dict[str, str]) -> None:
        self.team = team
        self.namespace = team.namespace
        self.database = Database(team, "db")
        self.writer = writer
        self._disks = disks
        self._lives = 0
        self._spec: dict[str, Any] = {}

    def apply(self, **spec: Any) -> None:
        """Apply the object with what has changed in its spec; the rest is as it was."""
        self._spec |= spec
        Database.applied(
            self.team,
            storageClassName=f"{self.namespace}-data",
            backup={"storageClassName": f"{self.namespace}-backup"},
            **self._spec,
        )

    def begin_life(self) -> None:
        """A volume for the next data claim: an empty folder, which nobody has used before."""
        self._lives += 1
        folder = f"{self._disks['data']}/{self._lives}"
        nodes.sh(
            'mkdir -m 1777 "$1/$2" && rm -rf "$1/$(($2 - 2))"',
            self._disks["data"],
            str(self._lives),
        )
        volume = f"{self.namespace}-{self._lives}"
        self.team.apply(a_volume(volume, path=folder, storage_class=f"{self.namespace}-data"))

    def fill(self, which: str) -> None:
        """Leave not a byte on one of the disks."""
        nodes.sh(FILL, self._disks[which])

    def empty(self, which: str) -> None:
        """Take away what `fill` has put there."""
        nodes.sh('rm -f "$1/filler"', self._disks[which])

    def holds_receipt(self, file: str) -> bool:
        """Whether a backup of that name is on its disk, with the receipt beside it."""
        backup = receipts.backup_file(file)
        if backup is None:
            return False
        paths = (f"{self._disks['backup']}/{name}" for name in (backup.name, backup.receipt))
        return nodes.try_sh('test -s "$1" -a -s "$2"', *paths).ok


@contextlib.contextmanager
def opened(name: str) -> Iterator[Scene]:
    """A scene with its database ready and its client at work; all of it goes in the end."""
    team = PatientTeam(PatientTeam.founded(name).namespace)
    with contextlib.ExitStack() as cleaning:
        disks = {}
        for which, megabytes in (("data", DATA_MEGABYTES), ("backup", BACKUP_MEGABYTES)):
            path = f"/var/tmp/{team.namespace}-{which}"  # noqa: S108
            disks[which] = cleaning.enter_context(nodes.small_disk(path, megabytes))
        cleaning.callback(_delete_volumes, team.namespace)
        cleaning.callback(team.dissolve)
        backup = f"{team.namespace}-backup"
        team.apply(a_volume(backup, path=disks["backup"], storage_class=backup))
        writer = Writer(Database(team, "db"))
        scene = Scene(team, writer, disks)
        scene.begin_life()
        scene.apply()
        scene.database.eventually_ready()
        with writer:
            yield scene


def _delete_volumes(namespace: str) -> None:
    listed = run("kubectl", "get", "pv", "-o", "name").out.split()
    ours = [volume for volume in listed if volume.startswith(f"persistentvolume/{namespace}-")]
    if ours:
        run("kubectl", "delete", "--wait=false", *ours)
