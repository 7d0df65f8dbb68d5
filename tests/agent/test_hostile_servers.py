"""What users do to a server keeps no backup from being taken, and none from coming back.

Cases C08, C09 and C17."""

from __future__ import annotations

import signal

import pytest

from tests.scripts import pods, stories
from tests.scripts.conftest import MakeInstance
from tests.scripts.sandbox import MY_CNF, OPERATOR_PASSWORD, Container, Instance
from tests.support.waiting import eventually

COMPONENT = "file://component_validate_password"


def new_shop(make_instance: MakeInstance, settings: str, **given: str) -> Instance:
    shop = make_instance(**given)
    shop.configure(MY_CNF + settings)
    shop.secret("user-password", "Ali-s0wn-word")
    shop.serve()
    pods.restore(shop)
    assert pods.run(shop, "set-passwords").code == 0
    stories.some_rows(shop)
    return shop


def next_life(make_instance: MakeInstance, shop: Instance, settings: str) -> Instance:
    """A new instance beside the backups of the old one, with the same Secret."""
    again = make_instance(password=shop.password)
    again.configure(MY_CNF + settings)
    again.secret("user-password", "Ali-s0wn-word")
    again.mount_backups(shop.backups)
    again.serve()
    pods.restore(again)
    return again


def restart(shop: Instance) -> None:
    shop.stop_server()
    shop.start_server()


def test_a_history_of_passwords_costs_no_start_and_no_backup(make_instance: MakeInstance) -> None:
    settings = "password_history=5\nmax_allowed_packet=1M\n"  # less than a clone needs
    shop = new_shop(make_instance, settings)

    restart(shop)
    changed = pods.run(shop, "set-passwords")
    pods.back_up(shop)
    again = next_life(make_instance, shop, settings)

    assert changed.code == 0, changed.output
    assert pods.run(again, "set-passwords").code == 0
    assert again.sql("SELECT 1", user="ali", password="Ali-s0wn-word") == "1\n"
    assert stories.rows(again) == "one\ntwo 😀\n"
    assert again.sql("SELECT @@GLOBAL.max_allowed_packet") == "1048576\n"


@pytest.mark.parametrize(("password", "restarts"), [("otuspassword", 10), ("Corr3ct-horse", 2)])
def test_the_password_component_is_in_force_again_after_restarts_and_a_restore(
    make_instance: MakeInstance, password: str, restarts: int
) -> None:
    shop = new_shop(make_instance, "", password=password)
    shop.sql(f"INSTALL COMPONENT '{COMPONENT}'; SET PERSIST validate_password.length = 9")

    for _ in range(restarts):
        restart(shop)
    pods.back_up(shop)
    again = next_life(make_instance, shop, "")

    assert again.sql("SELECT component_urn FROM mysql.component") == f"{COMPONENT}\n"
    assert again.sql("SELECT @@validate_password.length") == "9\n"
    with pytest.raises(AssertionError, match="does not satisfy"):
        again.sql("CREATE USER simple IDENTIFIED BY 'simple'")
    assert stories.rows(again) == "one\ntwo 😀\n"
    restart(again)
    assert again.probe("ready")


def test_an_application_that_holds_every_connection_delays_no_backup(
    make_instance: MakeInstance,
) -> None:
    shop = new_shop(make_instance, "max_connections=10\n")
    pool = every_connection(shop)

    dump = pods.run(shop, "back-up", BACKUP_METHOD="Dump", BACKUP_TRIGGER="OnDemand")
    backup = pods.run(shop, "back-up")

    assert dump.code == 0, dump.output
    assert backup.code == 0, backup.output
    pool.send(signal.SIGKILL)
    pool.wait()


def every_connection(shop: Instance) -> Container:
    """Ten connections of the application, held as long as it runs.

    Each is tried until it is let in: whoever counts them may have the place of one.
    """
    (shop.home / "etc" / "ali.cnf").write_text(
        "[client]\nuser=ali\npassword=Ali-s0wn-word\nhost=127.0.0.1\nprotocol=tcp\n"
    )
    client = "mysql --defaults-file=/etc/mysql-operator/ali.cnf -e 'DO SLEEP(900)'"
    persistent = f"until {client}; do sleep 0.2; done"
    pool = shop.start("bash", "-c", f"for i in {{1..10}}; do {{ {persistent}; }} & done; wait")
    question = "SELECT COUNT(*) FROM information_schema.processlist WHERE user = 'ali'"
    eventually(
        lambda: (
            shop.sql(question, user="mysql_operator", password=OPERATOR_PASSWORD).strip() == "10"
        ),
        every=0.1,
    )
    return pool


def test_a_dump_carries_the_data_across_what_only_a_new_directory_can_change(
    make_instance: MakeInstance,
) -> None:
    """What the refusal of such an edit advises (spec.config.innodb_page_size)."""
    shop = new_shop(make_instance, "")
    dump = pods.back_up(shop, BACKUP_METHOD="Dump")

    again = next_life(make_instance, shop, "innodb_page_size=8192\nlower_case_table_names=1\n")

    assert dump.name.endswith(".sql.zst")
    assert again.sql("SELECT @@innodb_page_size, @@lower_case_table_names") == "8192\t1\n"
    assert stories.rows(again) == "one\ntwo 😀\n"
