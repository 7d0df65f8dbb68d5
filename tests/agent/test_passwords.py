"""The application user gets its password and its rights, and `helm test` sees the database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.scripts import pods
from tests.scripts.sandbox import OPERATOR_PASSWORD, Instance, Outcome

FIRST = "first"
NASTY = "'; DROP \"\\ $HOME %n `id` #x;é😀& "


@pytest.fixture
def ready(shop: Instance) -> Iterator[Instance]:
    """A shop whose clients are let in, and whose Secret names the application user's password."""
    pods.restore(shop)
    shop.secret("user-password", FIRST)
    yield shop
    shop.sql(
        "SET GLOBAL partial_revokes = OFF, GLOBAL password_history = 0,"
        " GLOBAL require_secure_transport = OFF"
    )


def set_password(shop: Instance, password: str, **env: str) -> Outcome:
    shop.secret("user-password", password)
    return pods.run(shop, "set-passwords", **env)


def as_ali(shop: Instance, statements: str, password: str = FIRST) -> str:
    return shop.sql(statements, user="ali", password=password)


def test_the_user_is_created_and_gets_a_new_password(ready: Instance) -> None:
    created = set_password(ready, FIRST)
    changed = set_password(ready, NASTY)

    assert (created.result["result"], changed.result["result"]) == ("created", "changed")
    assert as_ali(ready, "SELECT USER()", NASTY).startswith("ali@")
    with pytest.raises(AssertionError, match="Access denied"):
        as_ali(ready, "SELECT 1")


def test_the_user_may_do_everything_in_its_database_alone(ready: Instance) -> None:
    ready.sql("CREATE DATABASE a_b; CREATE DATABASE axb")

    set_password(ready, FIRST, MYSQL_DATABASE="a_b")

    assert as_ali(ready, "SHOW DATABASES LIKE 'a_b'") == "a_b\n"
    as_ali(ready, "CREATE TABLE a_b.t (id INT); INSERT INTO a_b.t VALUES (1); DROP TABLE a_b.t")


def test_with_partial_revokes_the_name_of_the_database_is_no_pattern(ready: Instance) -> None:
    ready.sql("CREATE DATABASE a_b; CREATE DATABASE axb; SET GLOBAL partial_revokes = ON")

    set_password(ready, FIRST, MYSQL_DATABASE="a_b")

    assert as_ali(ready, "SHOW DATABASES LIKE 'a_b'") == "a_b\n"


def test_any_name_of_a_database_will_do(ready: Instance) -> None:
    name = "we`ird;na'me_% \\"
    quoted = name.replace("`", "``")
    ready.sql(f"CREATE DATABASE `{quoted}`; CREATE DATABASE `we``ird;na'mexx \\`")

    set_password(ready, FIRST, MYSQL_DATABASE=name)

    schemas = as_ali(ready, "SHOW DATABASES").splitlines()
    assert name in schemas
    assert "we`ird;na'mexx \\" not in schemas


def test_rights_that_somebody_has_narrowed_stay_narrow(ready: Instance) -> None:
    set_password(ready, FIRST)
    ready.sql("REVOKE ALL ON `otus-database`.* FROM ali; GRANT SELECT ON `otus-database`.* TO ali")

    set_password(ready, "second")

    with pytest.raises(AssertionError, match="denied"):
        as_ali(ready, "CREATE TABLE `otus-database`.t (id INT)", "second")


def test_a_user_whose_rights_a_killed_run_did_not_grant_gets_them(ready: Instance) -> None:
    ready.sql("CREATE USER ali IDENTIFIED BY 'x'")

    set_password(ready, FIRST)

    as_ali(ready, "CREATE TABLE `otus-database`.t (id INT); DROP TABLE `otus-database`.t")


def test_a_history_of_passwords_does_not_refuse_the_password_that_the_user_has(
    ready: Instance,
) -> None:
    ready.sql("SET GLOBAL password_history = 5")
    created = set_password(ready, FIRST)

    again = set_password(ready, FIRST)

    assert created.result["result"] == "created", created.output
    assert again.result["result"] == "changed", again.output
    assert as_ali(ready, "SELECT 1") == "1\n"


def test_a_history_of_passwords_refuses_an_older_one_in_words(ready: Instance) -> None:
    ready.sql("SET GLOBAL password_history = 5")
    set_password(ready, FIRST)
    set_password(ready, "second")

    refused = set_password(ready, FIRST)

    assert "ERROR 3638" in refused.result["message"], refused.output
    assert as_ali(ready, "SELECT 1", "second") == "1\n"


def test_a_password_that_the_server_refuses_is_reported_without_it(ready: Instance) -> None:
    set_password(ready, FIRST)
    ready.sql("INSTALL COMPONENT 'file://component_validate_password'")

    refused = set_password(ready, "s3cretly-simple")

    ready.sql("UNINSTALL COMPONENT 'file://component_validate_password'")
    assert refused.code == 1
    assert "ERROR 1819" in refused.result["message"], refused.output
    assert "s3cretly" not in refused.output


def test_a_secret_without_the_password_is_reported_in_words(ready: Instance) -> None:
    refused = set_password(ready, "\n")

    assert refused.result["reason"] == "MissingCredentials"
    assert "has no key user-password" in refused.result["message"]


def test_a_wrong_password_of_the_agent_is_reported_in_words(ready: Instance) -> None:
    ready.secret("operator-password", "wrong")

    refused = set_password(ready, FIRST, WAIT_SECONDS="1")

    ready.secret("operator-password", OPERATOR_PASSWORD)
    assert refused.result["reason"] == "AccessDenied", refused.output


# --- helm test ---


def test_the_service_is_tested_as_a_client_would(ready: Instance) -> None:
    ready.sql("CREATE TABLE `otus-database`.t (id INT); INSERT INTO `otus-database`.t VALUES (1)")

    tested = pods.run(ready, "test-service")

    assert tested.result["result"] == "complete", tested.output
    assert tested.result["serverVersion"].startswith("9.")
    assert "otus-database.t: 1 rows" in tested.output


def test_the_test_of_a_database_that_is_not_there_fails(ready: Instance) -> None:
    tested = pods.run(ready, "test-service", MYSQL_DATABASE="another")

    assert tested.code == 1
    assert tested.result["reason"] == "NoDatabase"


def test_the_test_of_a_database_whose_restore_has_not_ended_fails(shop: Instance) -> None:
    tested = pods.run(shop, "test-service")

    assert tested.result["reason"] == "NotRestored", tested.output
