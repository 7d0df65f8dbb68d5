"""All that MySQL can hold goes through Dump and comes back."""

from __future__ import annotations

import io

import pytest

from mysql_operator.agent.dump import discarding, holdings, loading, verifying
from mysql_operator.agent.dump.verifying import Verification
from tests.agent.dumps import servers
from tests.agent.dumps.conftest import StartServer
from tests.support import museum
from tests.support.mysqld import Mysqld

# What the owner of the museum has set for the whole server must not show in the dump.
_WORST_SETTINGS = (
    "--default-time-zone=+09:00", "--autocommit=0", "--sql-mode=ANSI_QUOTES,NO_BACKSLASH_ESCAPES",
    "--max-execution-time=1", "--sql-require-primary-key=ON", "--max-allowed-packet=1M",
    "--sql-generate-invisible-primary-key=ON", "--transaction-isolation=READ-UNCOMMITTED",
    "--character-set-server=latin1", "--group-concat-max-len=4", "--completion-type=CHAIN",
    "--init-connect=SET sql_select_limit=1",
)  # fmt: skip


@pytest.fixture(scope="module")
def source(start_server: StartServer) -> Mysqld:
    server = start_server(*museum.OPTIONS, *_WORST_SETTINGS)
    with server.session() as session:
        museum.fill(session)
    servers.run(server, "SET GLOBAL sql_select_limit = 1", "SET GLOBAL max_join_size = 1")
    return server


@pytest.fixture(scope="module")
def copy(start_server: StartServer) -> Mysqld:
    return start_server(
        "--skip-log-bin", "--event-scheduler=OFF", *museum.OPTIONS, *_WORST_SETTINGS
    )


@pytest.fixture(scope="module")
def verification(source: Mysqld, copy: Mysqld) -> Verification:
    dump, held = servers.dumped(source)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loading, "LARGE", 0)  # the indexes of every table come last
        return verifying.verify(copy.session, io.BytesIO(dump), held)


def test_everything_comes_back_as_it_was(verification: Verification) -> None:
    assert verification.problems == []
    assert verification.loaded.remarks == []
    assert verification.verified


def test_mysql_itself_sees_no_difference(
    source: Mysqld, copy: Mysqld, verification: Verification
) -> None:
    with source.session() as before, copy.session() as after:
        expected, found = museum.fingerprint(before), museum.fingerprint(after)

    assert len(expected) > 200
    assert found == expected


def test_the_settings_of_the_server_are_as_before(copy: Mysqld, verification: Verification) -> None:
    settings = "SELECT @@GLOBAL.event_scheduler, @@GLOBAL.max_allowed_packet"

    assert servers.ask(copy, settings) == [("OFF", 1 << 20)]


def test_all_that_a_dump_brings_can_be_removed_again(
    copy: Mysqld, verification: Verification
) -> None:
    with copy.session() as session:
        discarding.discard(session)

    with copy.session() as session:
        left = holdings.of(session)
    assert [definition.title for definition in left.definitions.values()] == []
    assert (left.tables, left.grants) == ({}, {})
