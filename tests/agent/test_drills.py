"""A drill proves that the newest backup can be restored, and changes nothing anywhere."""

from __future__ import annotations

import hashlib
import json
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.agent.conftest import HeldUp
from tests.scripts import pods, stories
from tests.scripts.conftest import MakeInstance
from tests.scripts.sandbox import MY_CNF, MYSQL_UID, Instance, Outcome
from tests.support import buckets

METHODS = ("Clone", "Dump")
DID_NOT_PASS = 3
ALL_THERE = "SELECT COUNT(*) = 2 FROM test"
WITHOUT_A_SERVER = {"MYSQL_HOST": "", "CREDENTIALS_DIR": "/nowhere"}
CODE = r"""
USE `otus-database`;
CREATE TABLE ticks (n INT);
DELIMITER //
CREATE EVENT every_second ON SCHEDULE EVERY 1 SECOND DO INSERT INTO ticks VALUES (1)//
CREATE FUNCTION writes() RETURNS INT DETERMINISTIC
BEGIN
  INSERT INTO ticks VALUES (2);
  RETURN 1;
END//
DELIMITER ;
"""


@pytest.fixture(scope="module")
def backed_up(make_instance: MakeInstance) -> Callable[[str], Instance]:
    """Gives a shop that has one backup, by that method; its server is not there any more."""
    made: dict[str, Instance] = {}

    def give(method: str) -> Instance:
        if method not in made:
            shop = make_instance()
            shop.serve()
            pods.restore(shop)
            stories.some_rows(shop)
            shop.sql(CODE)
            pods.back_up(shop, BACKUP_METHOD=method)
            shop.stop_server()
            made[method] = shop
        return made[method]

    return give


def drill(shop: Instance, **env: str) -> Outcome:
    """Hold a drill where nothing but the backups can be reached, and those only be read."""
    with read_only(shop.backups):
        outcome = pods.run(shop, "drill", **WITHOUT_A_SERVER, **env)
    assert {path.name for path in (shop.home / "scratch").iterdir()} <= {".scratch"}
    return outcome


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    before = content(folder)
    os.chown(folder, 0, 0)
    folder.chmod(0o555)
    try:
        yield
    finally:
        folder.chmod(0o777)
        os.chown(folder, MYSQL_UID, MYSQL_UID)
    assert content(folder) == before


def content(folder: Path) -> dict[str, tuple[str, int]]:
    return {
        file.name: (hashlib.sha256(file.read_bytes()).hexdigest(), file.stat().st_mtime_ns)
        for file in folder.iterdir()
    }


def newest(shop: Instance) -> Path:
    return max(shop.backups.glob("shop-*.zst"))


@contextmanager
def changed(file: Path, edit: Callable[[bytes], bytes]) -> Iterator[None]:
    kept = file.read_bytes()
    file.write_bytes(edit(kept))
    try:
        yield
    finally:
        file.write_bytes(kept)


def flipped(content: bytes) -> bytes:
    """The same, with one byte of its middle changed."""
    at = len(content) // 2
    return content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :]


@pytest.mark.parametrize("method", METHODS)
def test_a_backup_that_can_be_restored_passes(
    backed_up: Callable[[str], Instance], method: str
) -> None:
    shop = backed_up(method)

    outcome = drill(shop, DRILL_QUERY=ALL_THERE)

    assert outcome.code == 0, outcome.output
    said = outcome.result
    assert (said["result"], said["file"], said["answer"]) == ("passed", newest(shop).name, "1")
    receipt = json.loads(stories.receipt_of(newest(shop)).read_text())
    assert (said["tables"], said["rows"]) == (receipt["tables"], receipt["rows"])
    assert said["serverVersion"] == receipt["serverVersion"]
    assert said["seconds"] < 600
    assert "missing" not in said


def test_without_a_question_the_receipt_is_what_counts(
    backed_up: Callable[[str], Instance],
) -> None:
    outcome = drill(backed_up("Clone"))

    assert (outcome.code, outcome.result["result"]) == (0, "passed"), outcome.output
    assert "answer" not in outcome.result


@pytest.mark.parametrize(
    "query",
    [
        "WITH t AS (SELECT v FROM test) SELECT v FROM t ORDER BY v LIMIT 1",
        "SELECT @@max_execution_time = 600000 AND @@transaction_read_only",
        "SELECT CURRENT_USER() = 'mysql_operator_drill@localhost'",
    ],
)
def test_a_question_has_a_time_limit_and_an_account_that_may_only_read(
    backed_up: Callable[[str], Instance], query: str
) -> None:
    outcome = drill(backed_up("Clone"), DRILL_QUERY=query)

    assert (outcome.code, outcome.result["result"]) == (0, "passed"), outcome.output


@pytest.mark.parametrize(
    ("method", "query", "answer"),
    [
        ("Dump", "SELECT COUNT(*) > 2 FROM test", "0"),
        ("Clone", "SELECT v FROM test WHERE id = 9 UNION SELECT NULL", "NULL"),
        ("Clone", "SELECT b'0'", "0x00"),
    ],
)
def test_a_question_that_is_answered_by_no_fails(
    backed_up: Callable[[str], Instance], method: str, query: str, answer: str
) -> None:
    outcome = drill(backed_up(method), DRILL_QUERY=query)

    assert outcome.code == DID_NOT_PASS, outcome.output
    assert (outcome.result["reason"], outcome.result["answer"]) == ("DrillQuestionFalse", answer)
    assert query in outcome.result["message"]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("SELECT COUNT(*) FROM gone", "Table 'otus-database.gone' doesn't exist"),
        ("SELECT v FROM test WHERE id = 9", "it returned no row"),
        ("SELECT v FROM test", "it returned more than one row"),
        ("SELECT 1; DROP TABLE test", "You have an error in your SQL syntax"),
        ("SELECT writes()", "READ ONLY transaction"),
        ("SELECT 1 INTO OUTFILE '/tmp/x'", "Access denied"),
        ("SELECT COUNT(*) FROM mysql.user u, mysql.user v WHERE SLEEP(0) OR nothing()", "nothing"),
    ],
)
def test_a_question_that_cannot_be_answered_fails_in_the_words_of_mysqld(
    backed_up: Callable[[str], Instance], query: str, words: str
) -> None:
    outcome = drill(backed_up("Clone"), DRILL_QUERY=query)

    assert outcome.code == DID_NOT_PASS, outcome.output
    assert outcome.result["reason"] == "DrillQuestionFailed"
    assert query in outcome.result["message"]
    assert words in outcome.result["message"]


@pytest.mark.parametrize("method", METHODS)
def test_a_damaged_backup_fails_and_stays(
    backed_up: Callable[[str], Instance], method: str
) -> None:
    shop = backed_up(method)

    with changed(newest(shop), flipped):
        outcome = drill(shop)

    assert outcome.code == DID_NOT_PASS, outcome.output
    assert outcome.result["reason"] == "ChecksumMismatch"
    assert outcome.result["file"] == newest(shop).name
    assert "no other one is intact. Take another backup" in outcome.result["message"]


@pytest.mark.parametrize("method", METHODS)
def test_a_backup_that_lacks_rows_of_its_receipt_fails(
    backed_up: Callable[[str], Instance], method: str
) -> None:
    shop = backed_up(method)
    receipt = stories.receipt_of(newest(shop))

    with changed(receipt, lambda text: text.replace(b'"rows":2\n', b'"rows":3\n')):
        outcome = drill(shop)

    assert outcome.code == DID_NOT_PASS, outcome.output
    assert outcome.result["reason"] == "RestoreIncomplete"
    named = "the table otus-database.test has 2 rows, and the receipt says 3"
    assert named in outcome.result["message"]


def test_files_that_mysqld_cannot_use_fail_in_its_words(
    backed_up: Callable[[str], Instance],
) -> None:
    shop = backed_up("Clone")
    shop.configure(f"{MY_CNF}lower-case-table-names=1\n")

    outcome = drill(shop)
    shop.configure(MY_CNF)

    assert outcome.code == DID_NOT_PASS, outcome.output
    assert outcome.result["reason"] == "ScratchServerFailed"
    assert "Different lower_case_table_names" in outcome.result["message"]


def test_where_there_is_no_backup_yet_the_drill_is_skipped(make_instance: MakeInstance) -> None:
    outcome = drill(make_instance())

    assert outcome.code == 0, outcome.output
    assert (outcome.result["result"], outcome.result["reason"]) == ("skipped", "NoBackupYet")
    assert "backup-shop-pvc" in outcome.result["message"]


def test_of_several_backups_the_newest_is_restored(backed_up: Callable[[str], Instance]) -> None:
    shop = backed_up("Clone")
    older = shop.backups / "shop-20200101T000000Z.tar.zst"
    older.write_bytes(b"damaged")
    try:
        outcome = drill(shop)
    finally:
        older.unlink()

    assert (outcome.code, outcome.result["file"]) == (0, newest(shop).name), outcome.output


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_drill_that_is_ended_leaves_the_backups_as_they_were(
    backed_up: Callable[[str], Instance], held_up: HeldUp, how: signal.Signals
) -> None:
    shop = backed_up("Clone")

    with read_only(shop.backups):
        pod = held_up.start(shop, "drill", before="SELECT COUNT(*)", **WITHOUT_A_SERVER)
        pod.kill(how)
        outcome = pod.wait()

    assert outcome.code != 0
    assert outcome.result.get("reason") == ("Interrupted" if how == signal.SIGTERM else None)
    assert drill(shop).code == 0


def test_a_drill_reads_a_bucket_and_changes_nothing_there(
    make_instance: MakeInstance, network: int, tmp_path: Path
) -> None:
    enter = buckets.in_network_of(network)
    with buckets.served(buckets.SERVERS[0], tmp_path, enter=enter) as bucket:
        storage: dict[str, Any] = {**bucket.environment(), "OBJECT_UID": "uid-1"}
        shop = make_instance()
        shop.serve()
        pods.restore(shop, **storage)
        stories.some_rows(shop)
        taken = pods.run(shop, "back-up", **storage)
        shop.stop_server()
        keys = bucket.keys()

        outcome = drill(shop, **storage, DRILL_QUERY=ALL_THERE)

        assert (outcome.code, outcome.result["result"]) == (0, "passed"), outcome.output
        assert outcome.result["file"] == taken.result["file"]
        assert bucket.keys() == keys
