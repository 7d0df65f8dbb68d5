"""From an empty volume to a server that lets in whom the Secret names."""

from __future__ import annotations

import signal
import time

from lightkube.models.core_v1 import ContainerStateTerminated

from mysql_operator import names
from mysql_operator.reconcile.facts import causes
from tests.scripts import pods, sandbox
from tests.scripts.conftest import MakeInstance
from tests.scripts.sandbox import MY_CNF

NASTY = ["'; DROP \"\\ $HOME %n `id` #x;é😀& ", "-- \\' two\nlines\\"]


def test_an_interrupted_initialisation_begins_again(make_instance: MakeInstance) -> None:
    instance = make_instance()
    container = instance.script("initialize")
    half_made = instance.data / ".initializing" / "mysql.ibd"
    deadline = time.monotonic() + 30
    while not half_made.exists() and time.monotonic() < deadline:
        time.sleep(0.01)

    container.send(signal.SIGKILL)
    container.wait()

    assert half_made.exists()
    assert not (instance.data / "data").exists()
    outcome = instance.run("initialize")
    assert outcome.result["initialized"] is True, outcome.output
    assert not half_made.parent.exists()


def test_an_existing_data_directory_is_never_touched(make_instance: MakeInstance) -> None:
    instance = make_instance()
    (instance.data / "data").mkdir()
    (instance.data / "data" / "precious").write_text("rows")

    outcome = instance.run("initialize")

    assert outcome.result["initialized"] is False, outcome.output
    assert (instance.data / "data" / "precious").read_text() == "rows"


def test_an_older_server_is_refused_in_words(make_instance: MakeInstance) -> None:
    instance = make_instance()
    (instance.data / "data").mkdir()
    (instance.data / "data" / "precious").write_text("rows")
    (instance.data / ".server-version").write_text("99.1.0\n")

    outcome = instance.run("initialize")

    assert outcome.code == 1
    assert outcome.result["reason"] == "DowngradeRefused"
    assert "set the image to 99.1 or later" in outcome.result["message"]


def test_a_hop_over_a_release_that_may_not_be_skipped_is_refused_before_the_server_starts(
    make_instance: MakeInstance,
) -> None:
    instance = make_instance()
    (instance.data / "data").mkdir()
    (instance.data / "data" / "precious").write_text("rows")
    (instance.data / ".server-version").write_text("8.0.46\n")

    outcome = instance.run("initialize")

    assert outcome.result["reason"] == "UpgradeRefused"
    assert "set the image to 8.4 first" in outcome.result["message"]
    assert (instance.data / "data" / "precious").read_text() == "rows"


def test_any_password_and_any_database_name_will_do(make_instance: MakeInstance) -> None:
    instance = make_instance(password=NASTY[0], database="we`ird;na'me_% \\")
    instance.secret("user-password", NASTY[1])
    instance.serve()
    pods.restore(instance)
    instance.sql("CREATE DATABASE `we``ird;na'mexx \\\\`")

    outcome = pods.run(instance, "set-passwords")

    assert outcome.result["result"] == "created", outcome.output
    schemas = instance.sql("SHOW DATABASES", user="ali", password=NASTY[1]).splitlines()
    assert "we`ird;na'me_% \\" in schemas
    assert "we`ird;na'mexx \\" not in schemas
    assert pods.run(instance, "test-service").code == 0


def test_a_restart_is_all_that_a_new_password_takes(make_instance: MakeInstance) -> None:
    instance = make_instance()
    instance.serve()
    pods.restore(instance)
    instance.stop_server()
    instance.secret("root-password", NASTY[1])
    instance.start_server()

    instance.password = NASTY[1]

    assert instance.sql("SELECT CURRENT_USER()") == "root@%\n"
    assert instance.probe("started")
    assert not (instance.home / "run" / "init.sql").exists()
    assert instance.probe("ready")


def test_a_server_that_could_not_be_set_up_lets_nobody_in_and_ends_to_try_again(
    make_instance: MakeInstance,
) -> None:
    instance = make_instance(database="x" * 65)
    instance.run("initialize")

    ended = instance.run("serve")

    assert ended.code == 1
    assert ended.result["reason"] == "NotSetUp"
    assert "ERROR 1059 (42000)" in ended.result["message"]
    instance.database = "fits"
    instance.start_server()
    pods.restore(instance)
    assert instance.probe("ready")


def test_an_empty_password_is_refused(make_instance: MakeInstance) -> None:
    instance = make_instance()
    instance.run("initialize")
    instance.secret("root-password", "\n")

    outcome = instance.run("serve")

    assert outcome.result["reason"] == "MissingCredentials"


def test_accounts_of_a_plugin_that_an_upgrade_has_removed_get_another(
    make_instance: MakeInstance,
) -> None:
    instance = make_instance()
    instance.secret("user-password", "ali's")
    instance.serve()
    pods.restore(instance)
    pods.run(instance, "set-passwords")
    instance.sql(
        "UPDATE mysql.user SET plugin = 'mysql_native_password', authentication_string = ''"
    )
    instance.stop_server()

    instance.start_server()

    assert pods.run(instance, "set-passwords").result["result"] == "changed"
    assert instance.sql("SELECT CURRENT_USER()", user="ali", password="ali's") == "ali@%\n"
    assert instance.probe("ready")


def test_a_wrong_setting_is_named_in_the_words_of_mysqld(make_instance: MakeInstance) -> None:
    instance = make_instance()
    instance.configure(MY_CNF + "innodb_buffer_pool_size = lots\n")

    outcome = instance.run("initialize")

    assert (outcome.code, outcome.result) == (1, {})
    message = outcome.output[-2048:]  # as kubelet keeps it
    ended = ContainerStateTerminated(exitCode=outcome.code, message=message)
    assert causes.of_end(ended, names.INIT_CONTAINER, "mysql:9.7") == (
        "ConfigInvalid",
        "spec.config: mysqld could not initialize the data directory: Unknown suffix 'l' used for "
        "variable 'innodb-buffer-pool-size' (value 'lots'); correct this setting",
        True,
    )


def test_an_image_without_mysqld_says_so(make_instance: MakeInstance) -> None:
    outcome = make_instance().run("initialize", PATH="/bin")

    assert outcome.result["reason"] == "ImageNotMySQL"
    assert "it has no mysqld" in outcome.result["message"]


def test_long_here_documents_stay_in_memory(make_instance: MakeInstance) -> None:
    program = (
        ". /opt/mysql-operator/lib.sh; printf -v long %99999s; readlink /proc/self/fd/0 <<<$long"
    )

    output = make_instance().start("bash", "-c", program + "; env").wait().output

    assert output.startswith("/run/mysqld/")
    assert "TMPDIR" not in output


def test_no_password_gets_into_the_logs_that_users_may_switch_on(
    make_instance: MakeInstance,
) -> None:
    passwords = ["R00ts-own", "Al1s-own", sandbox.OPERATOR_PASSWORD]
    instance = make_instance(password=passwords[0])
    instance.secret("user-password", passwords[1])
    logs = "general_log = ON\ngeneral_log_file = general.log\n"
    logs += "slow_query_log = ON\nslow_query_log_file = slow.log\nlong_query_time = 0\n"
    instance.configure(MY_CNF + logs)

    instance.serve()
    pods.restore(instance)
    pods.run(instance, "set-passwords")
    instance.sql("SELECT 'is logged'")

    for name in ("general.log", "slow.log"):
        log = (instance.data / "data" / name).read_text(errors="replace")
        assert "is logged" in log
        assert not any(password in log for password in passwords)
