"""A database is deleted and written again, and its backups were encrypted in the bucket."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from mysql_operator.names import FINAL_EXIT_CODE
from tests.agent.test_interruptions import SIGNALS
from tests.cluster import building
from tests.scripts import pods, stories
from tests.scripts.conftest import MakeInstance
from tests.scripts.leaks import Watch
from tests.scripts.sandbox import MYSQL_UID, Instance, Outcome
from tests.support import age, buckets
from tests.support.age import Pair
from tests.support.buckets import Bucket
from tests.support.waiting import GRACE_SECONDS

METHODS = ("Clone", "Dump")
OWN = "team/shop/uid-1/"
ROWS = "one\ntwo 😀\n"
PERSISTED = "planted-in-mysqld-auto"
OURS, NEXT, STRANGER = age.pair(), age.pair(), age.pair()


@pytest.fixture(scope="module")
def bucket(network: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bucket]:
    home, enter = tmp_path_factory.mktemp("bucket"), buckets.in_network_of(network)
    with buckets.served(buckets.VERSITYGW, home, enter=enter) as served:
        yield served


@dataclass(frozen=True)
class Life:
    """A database, its bucket, and what its Jobs may decrypt with."""

    shop: Instance
    bucket: Bucket
    method: str

    def environment(
        self, *identities: Pair, recipients: tuple[Pair, ...] = (OURS,)
    ) -> dict[str, str]:
        folder = age.NOT_MOUNTED
        if identities:
            folder = self.shop.home / "identities" / identities[0].recipient[-8:]
            age.mounted(folder, *identities)
        return age.encrypted(self.bucket.environment(), recipients, folder)

    def run(self, job: str, *identities: Pair, **env: str) -> Outcome:
        """Run a Job of the object with the UID uid-1, unless another one is given."""
        given = self.environment(*identities) | {
            "OBJECT_UID": "uid-1",
            "BACKUP_METHOD": self.method,
        }
        return pods.run(self.shop, job, **given | env)

    def done(self, job: str, *identities: Pair, **env: str) -> Outcome:
        outcome = self.run(job, *identities, **env)
        assert outcome.code == 0, outcome.output
        return outcome

    def names(self) -> list[str]:
        return sorted(k.removeprefix(OWN) for k in self.bucket.keys() if k.startswith(OWN))

    def stored(self, name: str) -> Path:
        """The object as versitygw keeps it."""
        return self.bucket.folder / "data" / buckets.BUCKET / self.bucket.below_prefix(OWN + name)


@pytest.fixture(scope="module", params=METHODS)
def life(
    request: pytest.FixtureRequest, make_instance: MakeInstance, bucket: Bucket
) -> Iterator[Life]:
    """A database that was deleted, after its final backup, and an empty one of its name."""
    for key in bucket.keys():
        bucket.delete(key)
    shop = make_instance()
    shop.serve()
    lived = Life(shop, bucket, request.param)
    lived.done("restore", RESTORE_POLICY="Never")
    stories.some_rows(shop)
    shop.sql(f"SET PERSIST_ONLY report_password = '{PERSISTED}'; SET PERSIST max_connections = 99")
    lived.done("back-up", BACKUP_SQL_DUMP="true")
    stories.begin_again(shop)
    yield lived
    shop.stop_server()


def test_nothing_in_the_bucket_can_be_read_without_the_identity(life: Life) -> None:
    names = life.names()

    endings = [name.partition(".")[2] for name in names]
    export = ["export.sql.zst.age"] if life.method == "Clone" else []
    main = "tar.zst.age" if life.method == "Clone" else "sql.zst.age"
    assert endings == sorted([*export, "json", main])
    receipt = json.loads(life.stored(next(n for n in names if n.endswith(".json"))).read_text())
    assert receipt["ageRecipients"] == [OURS.recipient]
    for name in names:
        content = life.stored(name).read_bytes()
        assert PERSISTED.encode() not in content
        assert name.endswith(".json") or content.startswith(b"age-encryption.org/v1\n")


def test_a_person_decrypts_it_by_the_program_age(life: Life, tmp_path: Path) -> None:
    program = building.program("age")
    (tmp_path / "key.txt").write_text(OURS.file)

    for name in life.names():
        if name.endswith(".json"):
            continue
        decrypt = [program, "-d", "-i", tmp_path / "key.txt", life.stored(name)]
        plain = subprocess.run(decrypt, capture_output=True, check=True).stdout
        content = subprocess.run(["zstd", "-dcq"], input=plain, capture_output=True, check=True)
        assert b"otus-database" in content.stdout
        if ".tar." in name:
            listed = subprocess.run(
                ["tar", "t"], input=content.stdout, capture_output=True, check=True
            )
            assert b"data/mysql.ibd" in listed.stdout


@pytest.mark.parametrize(
    ("identities", "reason"),
    [((), "DecryptionKeyMissing"), ((STRANGER,), "DecryptionKeyWrong")],
    ids=["none", "a stranger's"],
)
def test_a_restore_without_the_identity_fails_and_nothing_starts_empty(
    life: Life, identities: tuple[Pair, ...], reason: str
) -> None:
    for policy in ("IfAvailable", "Require"):
        outcome = life.run("restore", *identities, RESTORE_POLICY=policy)

        assert (outcome.code, outcome.result["reason"]) == (1, reason)
        assert "age-keys" in outcome.result["message"]
        assert not life.shop.probe("ready")


@pytest.mark.parametrize(
    ("identities", "reason"),
    [((), "DecryptionKeyMissing"), ((STRANGER,), "DecryptionKeyWrong")],
    ids=["none", "a stranger's"],
)
def test_a_drill_finds_that_the_identity_is_not_the_right_one(
    life: Life, identities: tuple[Pair, ...], reason: str
) -> None:
    outcome = life.run("drill", *identities)

    assert (outcome.code, outcome.result["reason"]) == (FINAL_EXIT_CODE, reason)


def test_a_drill_with_the_identity_passes(life: Life) -> None:
    assert life.done("drill", OURS).result["result"] == "passed"


@pytest.mark.parametrize("edit", ["cut", "changed"])
def test_a_file_that_somebody_changed_is_not_restored(life: Life, edit: str) -> None:
    (name,) = (n for n in life.names() if n.endswith((".tar.zst.age", "Z.sql.zst.age")))
    stored = life.stored(name)
    content = stored.read_bytes()
    at = len(content) // 2
    changed = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
    stored.write_bytes(content[:-1] if edit == "cut" else changed)
    try:
        outcome = life.run("restore", OURS)
    finally:
        stored.write_bytes(content)

    assert (outcome.code, outcome.result["reason"]) == (1, "ChecksumMismatch")
    assert not life.shop.probe("ready")


def test_it_comes_back_and_the_identity_is_nowhere_to_be_seen(life: Life) -> None:
    """The recipients have changed since, and the Secret holds both identities."""
    secrets = [it.identity.removeprefix("AGE-SECRET-KEY-") for it in (OURS, NEXT)]
    env = life.environment(NEXT, OURS, recipients=(NEXT,)) | {"OBJECT_UID": "uid-2"}

    with Watch(secrets) as watch:
        restore = pods.run(life.shop, "restore", **env)
        backup = pods.run(life.shop, "back-up", **env, BACKUP_TRIGGER="OnDemand")
        for outcome in (restore, backup):
            watch.read(outcome.output)
            watch.read(str(outcome.result))

    assert (restore.code, backup.code) == (0, 0), restore.output + backup.output
    assert watch.found == []
    assert life.shop.probe("ready")
    assert stories.rows(life.shop) == ROWS
    assert life.shop.sql("SELECT @@max_connections") == "99\n"
    persisted = "SELECT variable_value FROM performance_schema.persisted_variables"
    assert PERSISTED in life.shop.sql(f"{persisted} WHERE variable_name = 'report_password'")
    assert {"report_password"}.isdisjoint(restore.output.split())


# --- a running database ---


@pytest.fixture(scope="module")
def running(make_instance: MakeInstance, bucket: Bucket) -> Life:
    """A database that has been complete for long, with a backup that is older than its rows."""
    for key in bucket.keys():
        bucket.delete(key)
    shop = make_instance()
    shop.serve()
    lived = Life(shop, bucket, "Auto")
    lived.done("restore", RESTORE_POLICY="Never")
    assert shop.probe("ready")
    stories.some_rows(shop)
    return lived


def test_a_restore_into_it_needs_the_identity_before_anything_is_touched(running: Life) -> None:
    backup = running.done("back-up", BACKUP_TRIGGER="OnDemand").result["file"]
    running.shop.sql("INSERT INTO `otus-database`.test VALUES (9, 'later')")
    into = {"RESTORE_FROM": backup, "RESTORE_REQUEST": "uid-r"}
    before = running.names()

    for identities, reason in (((), "DecryptionKeyMissing"), ((STRANGER,), "DecryptionKeyWrong")):
        outcome = running.run("restore-into", *identities, **into)
        assert (outcome.code, outcome.result["reason"]) == (FINAL_EXIT_CODE, reason)
        assert running.names() == before
        assert stories.rows(running.shop) == f"{ROWS}later\n"
        assert stories.is_open(running.shop)
    there = running.done("restore-into", OURS, **into)

    assert stories.rows(running.shop) == ROWS
    safety = there.result["safetyBackup"]
    assert safety.endswith(".tar.zst.age")
    assert (
        running.run(
            "restore-into", OURS, **into | {"RESTORE_FROM": safety, "RESTORE_REQUEST": "2"}
        ).code
        == 0
    )
    assert stories.rows(running.shop) == f"{ROWS}later\n"


def test_nothing_is_replaced_whose_safety_backup_nobody_here_could_decrypt(running: Life) -> None:
    backup = running.done("back-up", BACKUP_TRIGGER="OnDemand").result["file"]
    before = running.names()
    rotated = running.environment(OURS, recipients=(NEXT,))

    outcome = running.run(
        "restore-into", OURS, **rotated, RESTORE_FROM=backup, RESTORE_REQUEST="uid-n"
    )

    assert (outcome.code, outcome.result["reason"]) == (FINAL_EXIT_CODE, "DecryptionKeyWrong")
    assert running.names() == before
    assert stories.is_open(running.shop)


@pytest.mark.campaign
@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_a_backup_that_is_ended_leaves_no_incomplete_one(running: Life, number: int) -> None:
    running.shop.sql(f"DROP TABLE IF EXISTS `otus-database`.noise; {stories.NOISE}")
    before = running.names()
    pod = pods.start(running.shop, "back-up", **running.environment(), OBJECT_UID="uid-1")
    pod.wait_for("Packing")

    pod.kill(number)  # type: ignore[arg-type]
    outcome = pod.wait(GRACE_SECONDS)

    if outcome.code == 0:
        running.done("restore")  # it has come late, and the fence is lifted
    else:
        running.done("restore")
        keep = {"BACKUP_TRIGGER": "OnDemand", "BACKUP_KEEP": "99"}
        after = running.done("back-up", **keep).result["file"]
        assert after in running.names()
        assert len(running.names()) == len(before) + 2
    assert running.bucket.uploads() == []


def test_a_claim_with_a_file_of_a_bucket_says_what_is_missing(running: Life) -> None:
    """A person has copied it there, and there is no storage that could name an identity."""
    name = next(n for n in running.names() if n.endswith(".tar.zst.age"))
    for one in (name, f"{name.partition('.')[0]}.json"):
        copied = shutil.copy(running.stored(one), running.shop.backups)
        os.chown(copied, MYSQL_UID, MYSQL_UID)

    outcome = pods.run(running.shop, "drill")

    assert outcome.result["reason"] == "DecryptionKeyMissing"
    assert "identitySecretRef" in outcome.result["message"]
