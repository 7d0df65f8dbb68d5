"""A table of mistakes and what is said about each.

`last_words/` holds what Kubernetes had of a container that ended: of `serve.sh` the end of the log
of MySQL 9.7.4, of `initialize.sh` too, of an image without bash the runtime's complaint.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from lightkube.models.core_v1 import ContainerStateTerminated

from mysql_operator.reconcile.facts import causes

FOLDER = Path(__file__).parent / "last_words"
AT_START = "mysqld exits at start (code 1): "
AT_BIRTH = "mysqld could not initialize the data directory: "
STORAGE, CONFIG, VOLUME = "spec.storage_size: ", "spec.config: ", "the data volume: "

TABLE = {
    "ConfigInvalid": {
        "serve-unknown-variable": CONFIG + AT_START + "unknown variable 'max_conections=100'",
        "serve-removed": "unknown variable 'default_authentication_plugin=",
        "serve-bad-size": "Unknown suffix 'l' used for variable 'innodb-buffer-pool-size'",
        "serve-bad-number": "Unknown suffix 'a' used for variable 'max_connections'",
        "serve-bad-enum": "Error while setting value 'NOPE' to 'sql_mode'",
        "serve-bad-charset": "Unknown character set: 'klingon'",
        "serve-auth": "Option --authentication-policy is set to an invalid value",
        "serve-page-size": "the innodb_page_size start-up parameter is 8192",
        "serve-lower-case": "Different lower_case_table_names settings",
        "initialize-unknown": CONFIG + AT_BIRTH + "unknown variable 'max_conections=100'",
        "initialize-value": CONFIG + AT_BIRTH + "Unknown suffix 'l'",
    },
    "PluginMissing": {
        "serve-plugin-forced": CONFIG + AT_START + "Can't open shared library",
        "serve-plugin-setting": "Can't open shared library '/usr/lib/mysql/plugin/rpl_semi.so'",
        "serve-storage-engine": "Unknown/unsupported storage engine: ROCKSDB",
    },
    "VolumeNotWritable": {
        "serve-not-readable": VOLUME + AT_START + "The innodb_system data file 'ibdata1' must be",
        "serve-not-writable": "'./binlog.index' not found (OS errno 13 - Permission denied)",
        "serve-no-entry": "Failed to set datadir to '/var/lib/mysql/data/' (OS errno: 13",
        "initialize-not-writable": VOLUME + AT_BIRTH + "Can't create directory",
    },
    "DataVolumeFull": {
        "serve-full": STORAGE + AT_START + "Write to file ./#ib_16384_0.dblwr failed",
        "initialize-full": STORAGE + AT_BIRTH + "Write to file",
    },
    "OutOfMemory": {
        "serve-no-memory": "buffer pool; raise spec.resources.limits.memory",
    },
    "CrashLooping": {
        "serve-damaged": AT_START + "Can't open file: 'mysql.ibd' (errno: 0 - )",
        "serve-corrupt": "Corrupted page [page id: space=0, page number=0]",
        "serve-log-dir": AT_START + "File '/nosuch/x.index' not found",
    },
}
MISTAKES = [(name, reason, text) for reason, said in TABLE.items() for name, text in said.items()]


def recorded(name: str) -> str:
    return (FOLDER / f"{name}.txt").read_text()


def cause_of(
    message: str, code: int = 1, reason: str = "Error", container: str = "mysql"
) -> causes.Cause:
    ended = ContainerStateTerminated(exitCode=code, reason=reason, message=message)
    return causes.of_end(ended, container, "mysql:9.7")


@pytest.mark.parametrize(("name", "reason", "text"), MISTAKES, ids=[name for name, *_ in MISTAKES])
def test_each_mistake_has_its_reason_and_says_the_cause(name: str, reason: str, text: str) -> None:
    container = "mysql" if name.startswith("serve") else "initialize"

    cause = cause_of(recorded(name), container=container)

    assert cause.reason == reason
    assert text in cause.text
    assert "Aborting" not in cause.text


def test_every_recording_is_in_the_table() -> None:
    read = {name for name, *_ in MISTAKES} | {"runtime-no-bash", "serve-init-sql"}

    assert {file.stem for file in FOLDER.iterdir()} == read


def test_an_image_that_is_not_mysql_is_named() -> None:
    words = recorded("runtime-no-bash")
    text = "spec.image: mysql:9.7 is not an image of MySQL: it has no /bin/bash"

    assert causes.of_start(words, "mysql", "mysql:9.7")[:2] == ("ImageNotMySQL", text)
    assert cause_of(words, 128, "StartError")[:2] == ("ImageNotMySQL", text)


def test_too_little_memory_names_the_limit() -> None:
    cause = cause_of(recorded("initialize-unknown"), 137, "OOMKilled")

    assert cause.reason == "OutOfMemory"
    assert "raise spec.resources.limits.memory" in cause.text


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ("ERROR 1114 (HY000): The table 'account' is full", "DataVolumeFull"),
        ("ERROR 3 (HY000): Error writing file (OS errno 28 - No space left on device)",
         "DataVolumeFull"),
        ("ERROR 1059 (42000): Identifier name is too long", "NotSetUp"),
        ("ERROR 13 (HY000): Can't get stat (OS errno 13 - Permission denied)", "NotSetUp"),
    ],
)  # fmt: skip
def test_accounts_that_cannot_be_set_up_may_have_no_room(error: str, reason: str) -> None:
    cause = cause_of(f'{{"reason": "NotSetUp", "message": "it could not be set up: {error}"}}')

    assert cause.reason == reason
    assert error in cause.text


def test_a_script_that_fails_knowingly_keeps_its_reason() -> None:
    cause = cause_of('{"reason": "DowngradeRefused", "message": "set the image to 9.7 or later"}')

    assert cause == ("DowngradeRefused", "set the image to 9.7 or later", True)


@pytest.mark.parametrize(
    "line",
    [
        "[Server] 1064 You have an error in your syntax; near 'secret-1' ACCOUNT UNLOCK' at line 5",
        "[Server] statement: ALTER USER 'root'@'%' IDENTIFIED BY 'secret-1'",
        "[Server] 1396 Operation failed for 'root' IDENTIFIED WITH x AS 'secret-1'",
        "[Server] SET PASSWORD = 'secret-1'",
    ],
)
def test_a_statement_that_mysqld_quotes_is_never_repeated(line: str) -> None:
    cause = cause_of(f"2026-11-26T23:05:16Z 7 [ERROR] [MY-000061] {line}\n")

    assert "secret-1" not in cause.text
    assert AT_START.rstrip(": ") in cause.text


def test_the_recorded_error_in_the_init_file_shows_nothing_of_it() -> None:
    assert causes.errors_in(recorded("serve-init-sql")) == [
        "1064 You have an error in your SQL syntax; check the manual that corresponds to your "
        "MySQL server version for the right syntax to use"
    ]


@pytest.mark.parametrize("words", ["", "sk_live_of_another_team", "[Note] sk_live_of_another_team"])
def test_what_is_no_error_of_mysqld_is_not_repeated(words: str) -> None:
    """An image that prints a Secret to its log cannot have the operator copy it into the status."""
    assert cause_of(words) == ("CrashLooping", "mysqld exits at start (code 1)", False)


@pytest.mark.parametrize(
    "line",
    [
        "/opt/mysql-operator/initialize.sh: line 56: /var/lib/x: No space left on device",
        "sync: error syncing '/var/lib/mysql': No space left on device",
    ],
)
def test_a_script_that_could_not_write_a_file_says_so_in_the_log(line: str) -> None:
    cause = cause_of(f"{line}\n", container="initialize")

    assert cause.reason == "DataVolumeFull"
    assert "No space left on device" in cause.text


def test_what_fails_at_birth_without_a_known_cause_has_a_reason_of_its_own() -> None:
    cause = cause_of("1970-01-01 0 [ERROR] [MY-1] [Server] odd\n", container="initialize")

    assert cause == ("InitializeFailed", AT_BIRTH + "odd", True)
    assert cause_of("", 143, container="initialize").is_known is False


def test_hashes_are_cut_out() -> None:
    error = "[ERROR] plugin says *0123456789ABCDEF0123456789ABCDEF01234567"

    assert causes.errors_in(error) == ["plugin says *…"]
