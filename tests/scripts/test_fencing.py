"""Whose fence it is: an attempt at a backup opens no server that another has closed."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterator

import pytest

from tests.scripts import stories
from tests.scripts.conftest import AnotherProgram
from tests.scripts.sandbox import Container, Instance
from tests.support.waiting import eventually

HELD_UP = ": >/run/mysqld/held-up; until [[ -e /run/mysqld/go ]]; do sleep 0.1; done"
IN_THE_DUMP = f"""#!/bin/bash
{HELD_UP}
exec /usr/bin/mysqldump "$@"
"""


def before(words: str) -> str:
    """A client that stands still before it sends a statement with these words."""
    return f"""#!/bin/bash
[[ "$*" != *--unbuffered* ]] || exec /usr/bin/mysql "$@" # the session of the lock
text=$(cat)
[[ $text != *"{words}"* ]] || {{ {HELD_UP}; }}
exec /usr/bin/mysql "$@" <<<"$text"
"""


@pytest.fixture
def filled(shop: Instance) -> Instance:
    """A shop with something in it."""
    shop.run("restore")
    stories.some_rows(shop)
    return shop


@pytest.fixture
def held_up(shop: Instance, another_program: AnotherProgram) -> Iterator[Callable[..., Container]]:
    """Starts a script that stands still at some point, until it is let go."""
    signs = [shop.home / "run" / name for name in ("held-up", "go")]

    def start(program: str, text: str, script: str = "backup") -> Container:
        path = another_program(program, text)
        container = shop.script(script, PATH=path, FENCE_HOLDER="first")
        eventually(signs[0].exists, every=0.05)
        return container

    yield start
    for file in signs:
        file.unlink(missing_ok=True)


def let_go(shop: Instance) -> None:
    (shop.home / "run" / "go").touch()


def cut_off(shop: Instance) -> None:
    """The server gives up the session that holds the lock."""
    with contextlib.suppress(AssertionError):  # it may have gone on its own
        shop.sql("KILL " + shop.sql("SELECT IS_USED_LOCK('mysql_operator')"))
    eventually(lambda: shop.sql("SELECT IS_FREE_LOCK('mysql_operator')") == "1\n", every=0.05)


def is_fenced_by(shop: Instance, holder: str) -> bool:
    fence = "SELECT @@super_read_only, holder FROM mysql_operator.fence"
    return shop.sql(fence) == f"1\t{holder}\n"


def test_a_late_end_leaves_the_fence_of_a_later_backup(
    filled: Instance, held_up: Callable[..., Container]
) -> None:
    late = held_up("mysqldump", IN_THE_DUMP)
    cut_off(filled)
    outcome = filled.run("backup", FENCE_HOLDER="second")
    assert outcome.result["result"] == "complete", outcome.output

    late.send(signal.SIGTERM)

    assert late.wait().result["reason"] == "Interrupted"
    assert is_fenced_by(filled, "second")
    assert (filled.backups / outcome.result["file"]).exists()


def test_a_late_beginning_leaves_the_fence_of_a_later_backup(
    filled: Instance, held_up: Callable[..., Container]
) -> None:
    late = held_up("mysql", before("INTO mysql_operator.fence"))
    cut_off(filled)
    stories.backed_up(filled)
    holder = filled.sql("SELECT holder FROM mysql_operator.fence").strip()

    let_go(filled)

    outcome = late.wait()
    assert outcome.code == 1, outcome.output
    assert holder != "first"
    assert is_fenced_by(filled, holder)


def test_a_dump_across_the_beginning_of_another_fence_does_not_count(
    filled: Instance, held_up: Callable[..., Container]
) -> None:
    late = held_up("mysqldump", IN_THE_DUMP)
    filled.sql(
        "SET GLOBAL read_only=OFF; UPDATE mysql_operator.fence SET holder='second';"
        "SET GLOBAL super_read_only=ON"
    )

    let_go(filled)

    assert late.wait().result["reason"] == "FenceLost"
    assert is_fenced_by(filled, "second")


def test_an_earlier_fence_becomes_that_of_the_next_attempt(filled: Instance) -> None:
    filled.run("backup", FENCE_HOLDER="first")

    filled.run("backup", FENCE_HOLDER="second")

    assert is_fenced_by(filled, "second")
    assert filled.run("unfence").code == 0
    assert stories.is_open(filled)


def test_a_restore_that_has_lost_its_lock_lets_nobody_in(
    shop: Instance, held_up: Callable[..., Container]
) -> None:
    late = held_up("mysql", before("'complete'"), "restore")
    cut_off(shop)

    let_go(shop)

    assert late.wait().result["reason"] == "Busy"
    assert shop.sql("SELECT COUNT(*) FROM mysql_operator.marker WHERE state = 'complete'") == "0\n"
    assert shop.run("restore").result["result"] == "fresh"


def test_a_restore_that_waited_for_a_backup_leaves_its_fence(
    filled: Instance, held_up: Callable[..., Container]
) -> None:
    backup = held_up("mysqldump", IN_THE_DUMP)
    restore = filled.script("restore")
    eventually(lambda: "GET_LOCK" in filled.sql("SHOW FULL PROCESSLIST"), every=0.05)

    let_go(filled)

    assert backup.wait().result["result"] == "complete"
    waited = restore.wait()
    assert waited.result["reason"] == "Busy", waited.output
    assert "a backup was taken meanwhile" in waited.result["message"]
    assert is_fenced_by(filled, "first")
    assert filled.run("restore").result["result"] == "fresh"
    assert stories.is_open(filled)
