"""A question that gets no answer is not taken for one with a harmless answer."""

from __future__ import annotations

import pytest

from tests.scripts import stories
from tests.scripts.conftest import AnotherProgram
from tests.scripts.sandbox import Instance

NO_ANSWER = """#!/bin/bash
[[ "$*" != *--unbuffered* ]] || exec /usr/bin/mysql "$@" # the session of the lock
text=$(cat)
[[ $text != *"WORD"* ]] || { echo "ERROR 1040 (HY000): Too many connections" >&2; exit 1; }
exec /usr/bin/mysql "$@" <<<"$text"
"""


@pytest.mark.parametrize("word", ["information_schema.events", "IS_FREE_LOCK"])
def test_a_server_that_does_not_say_what_it_holds_is_not_filled(
    shop: Instance, another_program: AnotherProgram, word: str
) -> None:
    shop.run("restore")
    stories.some_rows(shop)
    stories.backed_up(shop)
    stories.begin_again(shop)
    stories.some_rows(shop)
    shop.sql("DELETE FROM `otus-database`.test WHERE id = 1")

    outcome = shop.run("restore", PATH=another_program("mysql", NO_ANSWER.replace("WORD", word)))

    assert outcome.code == 1, outcome.output
    assert "Too many connections" in outcome.result["message"]
    assert stories.rows(shop) == "two 😀\n"


def test_a_backup_volume_that_cannot_be_read_is_not_called_empty(
    shop: Instance, another_program: AnotherProgram
) -> None:
    shop.run("restore")
    stories.backed_up(shop)
    stories.begin_again(shop)
    error = "ls: reading directory '/backup/': Stale file handle"
    path = another_program("ls", f'#!/bin/bash\necho "{error}" >&2\nexit 2\n')

    outcome = shop.run("restore", PATH=path)

    assert outcome.result["reason"] == "BackupVolumeMissing", outcome.output
    assert "Stale file handle" in outcome.result["message"]
    assert shop.sql("SELECT COUNT(*) FROM mysql_operator.marker") == "0\n"


def test_a_server_that_does_not_say_whether_it_is_fenced_is_not_called_open(
    shop: Instance, another_program: AnotherProgram
) -> None:
    shop.run("restore")
    stories.backed_up(shop)
    path = another_program("mysql", NO_ANSWER.replace("WORD", "@@GLOBAL.super_read_only"))

    outcome = shop.run("restore", PATH=path)

    assert outcome.code == 1, outcome.output
    assert "Too many connections" in outcome.result["message"]
