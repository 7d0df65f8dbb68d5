"""What the server lets in once it runs."""

from __future__ import annotations

from concurrent import futures

import pytest

from tests.scripts import sandbox
from tests.scripts.sandbox import Instance

NASTY = "'; DROP \"\\ $HOME %n `id` #x;é😀& "


def test_clients_wait_for_the_restore(shop: Instance) -> None:
    assert shop.probe("alive")
    assert shop.probe("started")
    assert (shop.data / ".server-version").read_text().startswith("9.")
    assert not (shop.home / "run" / "init.sql").exists()
    assert "the restore has not begun" in shop.ask("ready").output

    shop.run("restore")

    assert shop.probe("ready")


def test_a_probe_that_waits_sees_the_end_of_the_restore(shop: Instance) -> None:
    with futures.ThreadPoolExecutor() as pool:
        asked = pool.submit(shop.probe, "ready", "60")
        shop.run("restore")

        assert asked.result()


def test_the_application_user_gets_a_new_password(shop: Instance) -> None:
    shop.secret("user-password", "first")
    shop.run("restore")
    created = shop.run("change-user-password")
    shop.secret("user-password", NASTY)

    changed = shop.run("change-user-password")

    assert (created.result["result"], changed.result["result"]) == ("created", "changed")
    assert shop.sql("SELECT USER()", user="ali", password=NASTY).startswith("ali@")
    with pytest.raises(AssertionError, match="Access denied"):
        shop.sql("SELECT 1", user="ali", password="first")


def test_a_wrong_password_of_the_jobs_is_told_in_words(shop: Instance) -> None:
    shop.secret("operator-password", "wrong")

    outcome = shop.run("restore", WAIT_SECONDS="1")

    shop.secret("operator-password", sandbox.OPERATOR_PASSWORD)
    assert outcome.code == 1
    assert outcome.result["reason"] == "AccessDenied"


def test_the_application_user_is_confined_to_its_database(shop: Instance) -> None:
    shop.secret("user-password", "secret")
    shop.run("restore")
    shop.sql("CREATE DATABASE a_b; CREATE DATABASE axb")
    shop.run("change-user-password", MYSQL_DATABASE="a_b")
    patterns = shop.sql("SHOW DATABASES LIKE 'a_b'", user="ali", password="secret")
    shop.sql("DROP USER ali; SET GLOBAL partial_revokes=ON")

    shop.run("change-user-password", MYSQL_DATABASE="a_b")

    literal = shop.sql("SHOW DATABASES LIKE 'a_b'", user="ali", password="secret")
    shop.sql("SET GLOBAL partial_revokes=OFF")
    assert (patterns, literal) == ("a_b\n", "a_b\n")
