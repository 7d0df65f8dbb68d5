"""A backup takes the place of the data of a running database, and those of before are kept."""

from __future__ import annotations

import json
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest

from mysql_operator.names import FINAL_EXIT_CODE
from tests.agent.conftest import HeldUp
from tests.scripts import pods, stories
from tests.scripts.conftest import MakeInstance
from tests.scripts.pods import Pod
from tests.scripts.sandbox import Instance, Outcome
from tests.support.waiting import GRACE_SECONDS, eventually

ROWS_OF_THE_BACKUP = "one\ntwo 😀\n"
METHODS = ["Clone", "Dump"]

CAMPAIGN = pytest.mark.campaign


def restore_into(shop: Instance, backup: Path, request: str, **env: str) -> Outcome:
    return start(shop, backup, request, **env).wait()


def asked(backup: Path, request: str) -> dict[str, str]:
    """What a Job is given that restores this backup for a MySQLRestore with that UID."""
    return {"RESTORE_FROM": backup.name, "RESTORE_REQUEST": request}


def start(shop: Instance, backup: Path, request: str, **env: str) -> Pod:
    return pods.start(shop, "restore-into", **asked(backup, request), **env)


def kill_one(shop: Instance, held_up: HeldUp, backup: Path, request: str, before: str) -> None:
    """A pod that restores is killed before it sends some statement."""
    given = asked(backup, request)
    held_up.start(shop, "restore-into", before=before, scratch="killed", **given).agent.kill()


def write_later_rows(shop: Instance) -> None:
    """What the backup does not hold."""
    shop.sql(
        "INSERT INTO `otus-database`.test VALUES (9, 'later');"
        "CREATE DATABASE IF NOT EXISTS later; CREATE TABLE IF NOT EXISTS later.t (id INT);"
        "SET PERSIST max_connections = 99"
    )


def is_as_before(shop: Instance) -> bool:
    """Whether it serves the data that it had, takes writes, and would do so after a restart."""
    rows = stories.rows(shop)
    assert rows == ROWS_OF_THE_BACKUP + "later\n", rows
    return stories.is_open(shop) and not named_copy(shop)


def named_copy(shop: Instance) -> bool:
    persisted = shop.data / "data" / "mysqld-auto.cnf"
    return persisted.exists() and "restored-" in persisted.read_text()


def folders(shop: Instance) -> set[str]:
    """What there is on the data volume beside the data."""
    return {path.name for path in shop.data.iterdir() if path.is_dir()} - {"data"}


def receipt_of(backup: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        backup.with_name(f"{backup.name.partition('.')[0]}.json").read_text()
    )
    return found


@pytest.fixture
def filled(make_instance: MakeInstance) -> Instance:
    """A database that has been complete for long."""
    shop = make_instance()
    shop.secret("user-password", "ali's")
    shop.serve()
    pods.restore(shop)
    assert shop.probe("ready")
    stories.some_rows(shop)
    pods.run(shop, "set-passwords")
    return shop


@pytest.mark.parametrize("method", METHODS)
def test_the_data_of_the_backup_are_served_and_those_of_before_come_back(
    filled: Instance, method: str
) -> None:
    backup = pods.back_up(filled, BACKUP_METHOD=method, BACKUP_TRIGGER="OnDemand")
    write_later_rows(filled)
    filled.secret("user-password", "another")

    there = restore_into(filled, backup, "uid-1")

    assert there.code == 0, there.output
    assert (there.result["result"], there.result["file"]) == ("restored", backup.name)
    assert stories.rows(filled) == ROWS_OF_THE_BACKUP
    assert filled.user_schemas() == ["otus-database"]
    assert filled.sql("SELECT CURRENT_USER()", user="ali", password="another") == "ali@%\n"
    assert filled.probe("ready")
    assert stories.is_open(filled)
    eventually(lambda: folders(filled) == set(), every=0.1)
    safety = filled.backups / there.result["safetyBackup"]
    assert receipt_of(safety)["trigger"] == "Safety"

    again = restore_into(filled, backup, "uid-1")
    assert again.result == there.result

    back = restore_into(filled, safety, "uid-2")
    assert back.code == 0, back.output
    assert is_as_before(filled)
    assert set(filled.user_schemas()) == {"later", "otus-database"}
    assert filled.sql("SELECT @@max_connections") == "99\n"
    assert filled.probe("ready")


@pytest.fixture(scope="module")
def lasting(make_instance: MakeInstance) -> Instance:
    """A database for stories that leave it as it was."""
    shop = make_instance()
    shop.serve()
    pods.restore(shop)
    assert shop.probe("ready")
    stories.some_rows(shop)
    return shop


@pytest.fixture(scope="module")
def backup(lasting: Instance) -> Path:
    """Taken before the last row was written."""
    taken = pods.back_up(lasting, BACKUP_TRIGGER="OnDemand", BACKUP_KEEP="50")
    write_later_rows(lasting)
    return taken


def damaged(backup: Path) -> Path:
    """Another backup, with the same receipt and a byte that is not as it was."""
    name = "shop-20200101T000000Z"
    content = bytearray(backup.read_bytes())
    content[len(content) // 2] ^= 0xFF
    copy = backup.with_name(f"{name}.tar.zst")
    copy.write_bytes(content)
    copy.with_name(f"{name}.json").write_text(json.dumps(receipt_of(backup) | {"file": copy.name}))
    return copy


def older(backup: Path, **changed: Any) -> Path:
    """The same backup, by its receipt of another server."""
    name = "shop-20200102T000000Z"
    copy = backup.with_name(f"{name}.tar.zst")
    shutil.copy(backup, copy)
    receipt = receipt_of(backup) | {"file": copy.name} | changed
    copy.with_name(f"{name}.json").write_text(json.dumps(receipt))
    return copy


def test_a_damaged_backup_changes_nothing(lasting: Instance, backup: Path) -> None:
    outcome = restore_into(lasting, damaged(backup), "uid-3")

    assert outcome.result["reason"] == "ChecksumMismatch"
    assert "nothing was changed" in outcome.result["message"]
    assert outcome.code == FINAL_EXIT_CODE
    assert is_as_before(lasting)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"serverVersion": "99.7.0"}, "DowngradeRefused"),
        ({"serverVersion": "5.7.44"}, "UpgradeRefused"),
        ({"requires": {"lowerCaseTableNames": 1}}, "IncompatibleServer"),
        ({"requires": {"plugins": ["of_another_image"]}}, "PluginMissing"),
    ],
)
def test_a_backup_that_does_not_fit_is_refused_before_the_server_is_closed(
    lasting: Instance, backup: Path, changed: dict[str, Any], reason: str
) -> None:
    outcome = restore_into(lasting, older(backup, **changed), "uid-3")

    assert (outcome.result["reason"], outcome.code) == (reason, FINAL_EXIT_CODE)
    assert "without a final backup" not in outcome.result["message"]
    assert "read-only" not in outcome.output
    assert is_as_before(lasting)


def test_a_backup_that_is_not_there_is_named(lasting: Instance, backup: Path) -> None:
    outcome = restore_into(lasting, backup.with_name("shop-20200103T000000Z.tar.zst"), "uid-3")

    assert (outcome.result["reason"], outcome.code) == ("NoBackup", FINAL_EXIT_CODE)


def test_what_a_safety_backup_would_not_hold_is_asked_about(
    lasting: Instance, backup: Path
) -> None:
    lasting.sql(
        "USE `otus-database`; XA START 'open'; INSERT INTO test VALUES (99, 'prepared');"
        "XA END 'open'; XA PREPARE 'open'"
    )

    outcome = restore_into(lasting, backup, "uid-3", BACKUP_METHOD="Dump")

    lasting.sql("XA ROLLBACK 'open'")
    assert outcome.result["reason"] == "NotInDump"
    assert "the safety backup" in outcome.result["message"]
    assert is_as_before(lasting)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=lambda it: it.name)
@pytest.mark.parametrize("step", ["Recovering", "Packing", "Unpacking", "Starting a scratch"])
def test_a_restore_that_is_ended_before_its_restart_leaves_the_data(
    lasting: Instance, backup: Path, step: str, number: signal.Signals
) -> None:
    pod = start(lasting, backup, "uid-4", BACKUP_KEEP="50")
    pod.wait_for(step)

    pod.kill(number)
    outcome = pod.wait(GRACE_SECONDS)

    if number is signal.SIGTERM:
        assert outcome.result["reason"] == "Interrupted"
        assert is_as_before(lasting)
    else:  # the next Job of any kind opens the server that this one has closed
        job = "back-up" if step == "Packing" else "restore"
        assert pods.run(lasting, job, BACKUP_TRIGGER="Scheduled", BACKUP_KEEP="50").code == 0
        assert is_as_before(lasting)


@pytest.mark.parametrize(
    "words",
    ["CLONE INSTANCE", *(pytest.param(it, marks=CAMPAIGN) for it in ("SET PERSIST", "RESTART"))],
)
def test_an_attempt_after_one_that_was_killed_behind_the_fence_ends_well(
    filled: Instance, held_up: HeldUp, words: str
) -> None:
    backup = pods.back_up(filled, BACKUP_TRIGGER="OnDemand")
    write_later_rows(filled)
    kill_one(filled, held_up, backup, "uid-5", before=words)

    outcome = restore_into(filled, backup, "uid-5")

    assert outcome.code == 0, outcome.output
    assert stories.rows(filled) == ROWS_OF_THE_BACKUP
    assert filled.probe("ready")
    eventually(lambda: folders(filled) == set(), every=0.1)
    assert stories.is_open(filled)
    assert safety_backups(filled) == [outcome.result["safetyBackup"]]


@pytest.mark.parametrize("then", ["its backup is gone", "a SIGTERM"])
def test_an_attempt_that_fails_after_one_that_was_killed_opens_the_server(
    filled: Instance, held_up: HeldUp, then: str
) -> None:
    backup = pods.back_up(filled, BACKUP_TRIGGER="OnDemand")
    kill_one(filled, held_up, backup, "uid-5", before="SET PERSIST")
    assert filled.sql("SELECT @@super_read_only") == "1\n"

    if then == "its backup is gone":
        backup.unlink()
        outcome = restore_into(filled, backup, "uid-5")
    else:
        again = start(filled, backup, "uid-5")
        again.wait_for("Restarting the server")
        again.kill(signal.SIGTERM)
        outcome = again.wait(GRACE_SECONDS)

    assert outcome.code != 0, outcome.output
    assert stories.is_open(filled)


def safety_backups(shop: Instance) -> list[str]:
    """The safety backups that lie on the claim, the oldest first."""
    found = sorted(shop.backups.glob("*.tar.zst"))
    return [file.name for file in found if receipt_of(file)["trigger"] == "Safety"]


OPEN = "SET GLOBAL super_read_only = OFF, GLOBAL read_only = OFF"


@pytest.mark.parametrize(
    "then",
    [
        "is closed again",
        pytest.param("restarts", marks=CAMPAIGN),
        pytest.param("is left open", marks=CAMPAIGN),
    ],
)
def test_an_attempt_takes_another_safety_backup_where_somebody_may_have_written(
    filled: Instance, held_up: HeldUp, then: str
) -> None:
    backup = pods.back_up(filled, BACKUP_TRIGGER="OnDemand")
    kill_one(filled, held_up, backup, "uid-5", before="SET PERSIST")
    filled.sql(OPEN)
    write_later_rows(filled)
    if then == "is closed again":
        filled.sql("SET GLOBAL super_read_only = ON")
    elif then == "restarts":
        filled.stop_server(signal.SIGKILL)
        filled.serve()

    outcome = restore_into(filled, backup, "uid-5")

    assert outcome.code == 0, outcome.output
    assert stories.rows(filled) == ROWS_OF_THE_BACKUP
    _, second = safety_backups(filled)
    assert outcome.result["safetyBackup"] == second
    back = restore_into(filled, filled.backups / second, "uid-6")
    assert back.code == 0, back.output
    assert is_as_before(filled)


def test_a_safety_backup_of_another_restore_is_not_taken_for_its_own(
    filled: Instance, held_up: HeldUp
) -> None:
    backup = pods.back_up(filled, BACKUP_TRIGGER="OnDemand")
    kill_one(filled, held_up, backup, "uid-5", before="SET PERSIST")

    outcome = restore_into(filled, backup, "uid-6")

    assert outcome.code == 0, outcome.output
    assert len(safety_backups(filled)) == 2


@pytest.mark.parametrize("job", ["restore", "restore-into"])
def test_a_server_that_restarts_by_itself_then_is_completed_by_the_next_job(
    filled: Instance, held_up: HeldUp, job: str
) -> None:
    backup = pods.back_up(filled, BACKUP_TRIGGER="OnDemand")
    write_later_rows(filled)
    kill_one(filled, held_up, backup, "uid-6", before="RESTART")

    filled.stop_server(signal.SIGKILL)
    filled.serve()
    was_ready = filled.probe("ready")
    outcome = pods.run(filled, job, **asked(backup, "uid-6"))

    assert not was_ready
    assert outcome.code == 0, outcome.output
    assert (outcome.result["result"], outcome.result["request"]) == ("restored", "uid-6")
    assert stories.rows(filled) == ROWS_OF_THE_BACKUP
    assert filled.probe("ready")
    assert stories.is_open(filled)


def test_data_on_which_no_server_starts_are_given_up(filled: Instance, held_up: HeldUp) -> None:
    backup = pods.back_up(filled, BACKUP_TRIGGER="OnDemand")
    write_later_rows(filled)
    pod = held_up.start(filled, "restore-into", before="RESTART", **asked(backup, "uid-7"))
    (copy,) = filled.data.glob(".restored-*")
    (copy / "mysql.ibd").write_bytes(b"\0" * (1 << 20))

    held_up.let_go()
    outcome = pod.wait()

    assert (outcome.result["reason"], outcome.code) == ("RestoredDataRefused", FINAL_EXIT_CODE)
    assert is_as_before(filled)
    assert filled.probe("ready")
    assert folders(filled) == set()


@pytest.mark.parametrize("then", ["is left open", "is closed again"])
def test_a_fence_that_somebody_lifts_ends_the_restore(
    filled: Instance, held_up: HeldUp, then: str
) -> None:
    backup = pods.back_up(filled, BACKUP_TRIGGER="OnDemand")
    pod = held_up.start(filled, "restore-into", before="SET PERSIST", **asked(backup, "uid-8"))
    filled.sql(OPEN)
    write_later_rows(filled)
    if then == "is closed again":
        filled.sql("SET GLOBAL super_read_only = ON")

    held_up.let_go()
    outcome = pod.wait()

    assert (outcome.result["reason"], outcome.code) == ("FenceLost", 1)
    assert is_as_before(filled)
