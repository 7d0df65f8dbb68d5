"""Only what came back equal is verified: a dump that tells something else is found out."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from mysql_operator.agent.dump import discarding, dump_backups, loading, verifying
from mysql_operator.agent.dump.holdings import Holdings
from mysql_operator.agent.store import streams
from mysql_operator.agent.store.stored_files import FileOnVolume
from mysql_operator.errors import OperatorError
from tests.agent.dumps import servers
from tests.agent.dumps.conftest import StartServer
from tests.support.mysqld import Mysqld

Change = Callable[[bytes], bytes]


@pytest.fixture(scope="module")
def server(start_server: StartServer) -> Mysqld:
    return start_server("--skip-log-bin", "--event-scheduler=OFF")


@pytest.fixture(scope="module")
def dump(server: Mysqld) -> tuple[bytes, Holdings]:
    servers.run(
        server,
        "CREATE DATABASE shop",
        "CREATE TABLE shop.item (id INT PRIMARY KEY, name VARCHAR(20), KEY (name))",
        "INSERT INTO shop.item VALUES (1, 'alpha'), (2, 'bravo')",
        "CREATE VIEW shop.v AS SELECT id FROM shop.item",
        "CREATE USER clerk@'%' IDENTIFIED BY 'not-a-secret'",
        "GRANT SELECT ON shop.v TO clerk@'%'",
    )
    return servers.dumped(server)


@pytest.fixture
def scratch(server: Mysqld, dump: tuple[bytes, Holdings]) -> Mysqld:
    """The same server, empty."""
    with server.session() as session:
        discarding.discard(session)
    return server


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda text: text.replace(b"'alpha'", b"'alphA'"), "table shop.item: 2 rows in both"),
        (lambda text: text.replace(b"1,'alpha'", b"2,'alpha'"), "table shop.item: 2 rows were not"),
        (
            lambda text: text.replace(b"VIEW `shop`.`v` AS", b"VIEW `shop`.`w` AS"),
            "view shop.v: missing",
        ),
        (lambda text: text.replace(b"varchar(20)", b"varchar(19)"), "table shop.item: "),
        (lambda text: text.replace(b"GRANT SELECT", b"GRANT DELETE"), "account 'clerk'@'%': other"),
        (lambda text: text.replace(b"KEY `name`", b"KEY `other`"), "table shop.item: "),
    ],
)
def test_what_is_not_as_on_the_source_is_named(
    scratch: Mysqld, dump: tuple[bytes, Holdings], change: Change, named: str
) -> None:
    text, held = dump
    assert change(text) != text

    verification = verifying.verify(scratch.session, io.BytesIO(change(text)), held)

    assert not verification.verified
    assert any(problem.startswith(named) for problem in verification.problems)


def test_what_is_as_on_the_source_is_verified(
    scratch: Mysqld, dump: tuple[bytes, Holdings]
) -> None:
    text, held = dump

    assert verifying.verify(scratch.session, io.BytesIO(text), held).problems == []


def test_an_encrypted_table_comes_back_where_there_is_no_keyring(scratch: Mysqld) -> None:
    server, text = scratch, b"-- MySQL dump\nCREATE DATABASE safe;\nUSE `safe`;\n"
    text += b"CREATE TABLE `t` (\n  `id` int\n) ENGINE=InnoDB /*!80016 ENCRYPTION='Y' */;\n"
    text += b"INSERT INTO `t` VALUES (1);\n-- Dump completed\n"

    loaded = servers.loaded(server, text)

    assert [remark.title for remark in loaded.remarks] == ["table safe.t"]
    assert servers.ask(server, "SELECT id FROM safe.t") == [(1,)]


def test_a_file_that_changes_on_the_volume_is_found_out(
    tmp_path: Path, dump: tuple[bytes, Holdings]
) -> None:
    file = FileOnVolume(tmp_path / "shop.sql.zst")
    with streams.writing(file) as written:
        written.stream.write(dump[0])
    dump_backups.check(file, written.packed)
    content = bytearray(file.path.read_bytes())
    content[len(content) // 2] ^= 1
    file.path.write_bytes(content)

    with pytest.raises(OperatorError) as raised:
        dump_backups.check(file, written.packed)

    assert raised.value.reason == "ChecksumMismatch"


def test_a_dump_without_its_end_is_found_out(dump: tuple[bytes, Holdings]) -> None:
    with pytest.raises(OperatorError) as raised:
        loading.check(io.BytesIO(dump[0][:-200]))

    assert raised.value.reason == "DumpIncomplete"
