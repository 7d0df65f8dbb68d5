"""Measure the agent's two methods beside plain `mysqldump | gzip` and `mysql <`.

The same Clone with its file in a bucket is measured beside that on a claim. No cluster is needed:
servers and store run in the sandbox of tests/scripts, as root. Every load goes into a server of its
own that was just made.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mysql_operator.model.receipts import Method
from tests.bench.data_sets import DATA_SETS, DataSet
from tests.scripts import pods, sandbox
from tests.scripts.sandbox import Instance
from tests.support import buckets
from tests.support.buckets import Bucket

HOURS = 7200.0
PLAIN = "--defaults-file=/etc/mysql-operator/client.cnf"
PLAIN_DUMP = (
    f"set -o pipefail; mysqldump {PLAIN} --single-transaction --routines --triggers --events"
    " --set-gtid-purged=OFF --databases otus-database | gzip >/backup/plain.sql.gz"
)
UNPACK = "gzip -dc /backup/plain.sql.gz >/backup/plain.sql"
PLAIN_LOAD = f"mysql {PLAIN} </backup/plain.sql"


def main() -> int:
    """Run all of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.backups", description=__doc__)
    parser.add_argument("--megabytes", type=int, default=500, help="of tables to make (500)")
    options = parser.parse_args()
    for data_set in DATA_SETS:
        _say(f"\nRows {data_set.title}")
        folder = tempfile.TemporaryDirectory(prefix="bench-backups-")
        with folder as name, sandbox.network() as network:
            home, enter = Path(name), buckets.in_network_of(network)
            with buckets.served(buckets.VERSITYGW, home / "store", enter=enter) as bucket:
                _measure(_Servers(home, network), bucket, data_set, options.megabytes)
    return 0


class _Servers:
    """Makes servers one after the other; they share the folder of backups."""

    def __init__(self, home: Path, network: int) -> None:
        self._home = home
        self._network = network
        self._made = 0

    def new(self) -> Instance:
        """A server whose data directory has just been made."""
        self._made += 1
        home = self._home / str(self._made)
        made = Instance(root=sandbox.root_file_system(), home=home, network=self._network)
        made.configure(sandbox.MY_CNF + "skip-log-bin\n")  # as the chart's
        made.serve()
        return made


@dataclass(frozen=True)
class Ratio:
    """How many times as fast as the plain programs a method has to be."""

    method: Method
    backup: float
    restore: float


CLONE = Ratio(Method.CLONE, 3.0, 6.0)
RATIOS = (CLONE, Ratio(Method.DUMP, 0.0, 0.0))

OF_THE_CLAIM = 0.8
"""How fast a bucket on the same machine has to be, beside a claim."""


def _measure(servers: _Servers, bucket: Bucket, data_set: DataSet, megabytes: int) -> None:
    shop = servers.new()
    _say(f"{shop.sql('SELECT VERSION()').strip()}; making the rows …")
    _fill(shop, data_set.statements(megabytes))
    data = sum(file.stat().st_size for file in shop.data.rglob("*.ibd")) / 1e6
    plain_dump = _seconds(shop, PLAIN_DUMP)
    runs = {ratio: _timed(shop, "back-up", BACKUP_METHOD=ratio.method) for ratio in RATIOS}
    _seconds(shop, UNPACK)
    size = (shop.backups / "plain.sql").stat().st_size / 1e6
    _head(f"Backup of {data:.0f} MB of tables, {size:.0f} MB of SQL")
    _row("mysqldump | gzip", size, plain_dump)
    for ratio, run in runs.items():
        _row(f"{ratio.method}, {run}", size, run.seconds, plain_dump, at_least=ratio.backup)
    in_bucket = _timed(shop, "back-up", BACKUP_METHOD=Method.CLONE, **_kept_in(bucket))
    _row_of_bucket(size, in_bucket, runs[CLONE])
    _say_sizes(shop, runs)
    shop.stop_server()
    shutil.rmtree(shop.data)

    plain_load = _plain_load(servers, shop.backups)
    _head(f"Restore of {size:.0f} MB of SQL")
    _row("mysql <", size, plain_load)
    loads = {}
    for ratio, backup in runs.items():
        run = loads[ratio] = _load(servers, shop.backups, backup.file)
        _row(f"{ratio.method}, {run}", size, run.seconds, plain_load, at_least=ratio.restore)
    from_bucket = _load(servers, shop.backups, in_bucket.file, **_kept_in(bucket))
    _row_of_bucket(size, from_bucket, loads[CLONE])


def _kept_in(bucket: Bucket) -> dict[str, str]:
    """What a Job gets whose backups are in the bucket."""
    return {**bucket.environment(), "OBJECT_UID": "uid-1"}


def _row_of_bucket(size: float, run: Run, on_claim: Run) -> None:
    what = f"Clone in a bucket, {run}; beside the claim"
    _row(what, size, run.seconds, on_claim.seconds, at_least=OF_THE_CLAIM)


@dataclass(frozen=True)
class Run:
    """One Job: the file of its receipt, how long it took, and the agent's peak of memory."""

    file: str
    seconds: float
    megabytes: float

    def __str__(self) -> str:
        """Name the memory."""
        return f"agent of {self.megabytes:.0f} MB"


def _timed(shop: Instance, job: str, **env: str) -> Run:
    began = time.monotonic()
    pod = pods.start(shop, job, **env)
    peak = 0.0
    while pod.agent.poll() is None:
        peak = max(peak, _peak_of(pod.agent.pid))
        time.sleep(0.1)
    seconds = time.monotonic() - began
    outcome = pod.wait()
    assert outcome.code == 0, outcome.output
    return Run(str(outcome.result["file"]), seconds, peak)


def _peak_of(process: int) -> float:
    """Megabytes that it has had at most; 0 where it has just ended."""
    text = Path(f"/proc/{process}/status").read_text()
    peak = re.search(r"VmHWM:\s+(\d+) kB", text)
    return int(peak[1]) / 1000 if peak else 0.0


def _say_sizes(shop: Instance, runs: dict[Ratio, Run]) -> None:
    files = ["plain.sql.gz", *(run.file for run in runs.values())]
    sizes = (f"{file} {(shop.backups / file).stat().st_size / 1e6:.0f} MB" for file in files)
    _say(f"  the files: {', '.join(sizes)}")


def _fill(shop: Instance, statements: Iterable[str]) -> None:
    shop.sql("ALTER INSTANCE DISABLE INNODB REDO_LOG")
    for statement in statements:
        shop.sql(f"USE `otus-database`; {statement}", seconds=HOURS)
    shop.sql("ALTER INSTANCE ENABLE INNODB REDO_LOG")
    pods.run(shop, "restore")  # marks it as complete: it holds data


def _plain_load(servers: _Servers, backups: Path) -> float:
    server = _with_backups(servers, backups)
    server.sql("SELECT 1")  # writes the client's file
    try:
        return _seconds(server, PLAIN_LOAD)
    finally:
        server.stop_server()
        shutil.rmtree(server.data)


def _load(servers: _Servers, backups: Path, file: str, **env: str) -> Run:
    server = _with_backups(servers, backups)
    try:
        return _timed(server, "restore", RESTORE_FROM=file, **env)
    finally:
        server.stop_server()
        shutil.rmtree(server.data)


def _with_backups(servers: _Servers, backups: Path) -> Instance:
    server = servers.new()
    server.mount_backups(backups)
    return server


def _seconds(shop: Instance, command: str) -> float:
    began = time.monotonic()
    outcome = shop.start("bash", "-c", command).wait(HOURS)
    assert outcome.code == 0, outcome.output
    return time.monotonic() - began


def _head(text: str) -> None:
    _say(f"\n{text:<56}{'s':>8}{'MB/s':>8}{'ratio':>8}")


def _row(
    what: str, size: float, seconds: float, beside: float | None = None, *, at_least: float = 0
) -> None:
    line = f"  {what:<54}{seconds:>8.1f}{size / seconds:>8.1f}"
    if beside is not None:
        ratio = beside / seconds
        line += f"{ratio:>8.2f}"
        if at_least:
            line += f"   at least {at_least:g}: {'met' if ratio >= at_least else 'MISSED'}"
    _say(line)


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
