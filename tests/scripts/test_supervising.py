"""serve.sh as the parent of mysqld: what it passes on, and what it starts again."""

from __future__ import annotations

from tests.scripts.conftest import AnotherProgram
from tests.scripts.sandbox import Instance

ENDS_ONCE_WITH_16 = """#!/bin/sh
test "$MYSQLD_PARENT_PID" = "$PPID" || exit 3
test -e /var/run/mysqld/second && exit 5
touch /var/run/mysqld/second
exit 16
"""


def test_a_server_that_asks_for_a_restart_gets_it_and_any_other_end_is_the_containers(
    shop: Instance, another_program: AnotherProgram
) -> None:
    shop.stop_server()

    outcome = shop.run("serve", PATH=another_program("mysqld", ENDS_ONCE_WITH_16))

    (shop.home / "run" / "second").unlink()
    assert outcome.code == 5
    assert "mysqld asked for a restart" in outcome.output
    assert outcome.result == {}


def test_a_killed_server_is_the_end_of_the_container(shop: Instance) -> None:
    assert shop.server is not None
    shop.kill_mysqld()

    outcome = shop.server.wait()

    shop.server = None
    assert outcome.code == 137
