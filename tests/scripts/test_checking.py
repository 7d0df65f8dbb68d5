"""A new image and a new my.cnf are looked at before the running server is ended for them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from mysql_operator.model import owned_settings
from tests.scripts import pods
from tests.scripts.conftest import MakeInstance
from tests.scripts.sandbox import MY_CNF, Instance, Outcome

PROGRAMS = "/etc/mysql-operator/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@pytest.fixture(scope="module")
def pod(make_instance: MakeInstance) -> Instance:
    """What the Job's pod has: an image, a my.cnf and the scripts; no server."""
    return make_instance()


@pytest.fixture
def mysqld(pod: Instance) -> Iterator[None]:
    """Lets the story put another mysqld into the image."""
    (pod.home / "etc" / "bin").mkdir()
    yield
    shutil.rmtree(pod.home / "etc" / "bin")


def check(pod: Instance, settings: str = "", **env: str) -> Outcome:
    """Run the Job's containers on that my.cnf: the image answers, the agent judges."""
    pod.configure(f"{MY_CNF}{owned_settings.HEADING_OF_USERS}\n{settings}\n")
    for answer in (pod.home / "run").iterdir():
        answer.unlink()
    answered = pod.run("check", PATH=env.pop("PATH", PROGRAMS))
    assert answered.code == 0, answered.output
    given = {"ANSWERS_DIR": str(pod.home / "run"), "MY_CNF": str(pod.home / "etc" / "my.cnf")}
    return pods.run(pod, "check", IMAGE="mysql:next", **given, **env)


def with_mysqld(pod: Instance, answer: str) -> dict[str, str]:
    """An image whose mysqld gives this answer to whatever it is asked."""
    program = pod.home / "etc" / "bin" / "mysqld"
    program.write_text(f"#!/bin/sh\n{answer}\n")
    program.chmod(0o755)
    return {"PATH": PROGRAMS}


@pytest.mark.parametrize(
    ("settings", "field", "words"),
    [
        ("max_conections = 100", "max_conections", "unknown variable 'max_conections=100'"),
        ('innodb_buffer_pool_size = "lots"', "innodb_buffer_pool_size", "Unknown suffix 'l'"),
        ('binlog_format = "SIDEWAYS"', "binlog_format", "Error while setting value 'SIDEWAYS'"),
        ('sql_mode = "NOT_A_MODE"', "sql_mode", "NOT_A_MODE"),
        ('long_query_time = "abc"', "long_query_time", "Invalid decimal value"),
        ('character_set_server = "utf9"', "character_set_server", "'utf9'"),
        ('collation_server = "latin1_swedish_ci"', "collation_server", "latin1_swedish_ci"),
        ('tls_version = "TLSv1"', "tls_version", "invalid value"),
        ("query_cache_size = 0", "query_cache_size", "unknown variable"),
        ('max_connections = 9\nflush_time = "soon"', "flush_time", "Unknown suffix"),
        ('plugin_load_add = "nosuch.so"', "plugin_load_add", "nosuch.so"),
        ('lc_messages = "xx_YY"', "lc_messages", "Unknown locale"),
    ],
)
def test_a_setting_that_the_server_refuses_is_named_in_its_own_words(
    pod: Instance, settings: str, field: str, words: str
) -> None:
    outcome = check(pod, settings)

    assert outcome.code == 1
    assert outcome.result["reason"] == "ConfigInvalid"
    assert outcome.result["message"].startswith(f"spec.config.{field}: mysqld 9."), outcome.output
    assert words in outcome.result["message"]


@pytest.mark.parametrize(
    "settings",
    [
        "",
        'init_connect = "SET @a = \'x \\"y\\" # z\'"\nmax_connections = 77',
        "max_connections = 10000000",
        "loose_nobody_knows_this = 1",
        'plugin_load_add = "semisync_source.so"\nrpl_semi_sync_source_enabled = "ON"',
    ],
    ids=["none", "quotes and spaces", "a value that is clamped", "loose", "of a plugin"],
)
def test_settings_that_the_server_takes_pass(pod: Instance, settings: str) -> None:
    outcome = check(pod, settings, CURRENT_VERSION="9.0.1")

    assert outcome.code == 0, outcome.output
    assert outcome.result["result"] == "accepted"


def test_a_setting_that_may_be_a_plugins_gets_the_way_out(pod: Instance) -> None:
    message = check(pod, 'validate_password.policy = "STRONG"').result["message"]

    assert "write loose_validate_password.policy" in message
    assert check(pod, 'loose_validate_password.policy = "STRONG"').code == 0


def test_a_buffer_pool_that_the_memory_cannot_hold_is_refused(pod: Instance) -> None:
    settings = 'innodb_buffer_pool_size = "3G"'

    refused = check(pod, settings, MEMORY_BYTES=str(2 << 30))

    assert "spec.config.innodb_buffer_pool_size" in refused.result["message"]
    assert "spec.resources.limits.memory" in refused.result["message"]
    assert check(pod, settings, MEMORY_BYTES=str(4 << 30)).code == 0


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("echo 'mysqld  Ver 10.11.6-MariaDB for Linux'", "MariaDB"),
        ("echo 'I am a web server'", "web server"),
        ("echo 'no such library' >&2; exit 127", "no such library"),
    ],
)
def test_an_image_that_is_not_mysql_is_refused(
    pod: Instance, mysqld: None, answer: str, words: str
) -> None:
    outcome = check(pod, **with_mysqld(pod, answer))

    assert outcome.result["reason"] == "ImageNotMySQL"
    assert outcome.result["message"].startswith("spec.image: mysql:next is not an image of MySQL")
    assert words in outcome.result["message"]


def test_an_image_of_bash_without_mysqld_is_refused(pod: Instance, mysqld: None) -> None:
    shutil.copy(pod.root / "usr" / "bin" / "bash", pod.home / "etc" / "bin" / "bash")

    outcome = check(pod, PATH="/etc/mysql-operator/bin")

    assert outcome.result["message"].endswith("it has no mysqld"), outcome.output


@pytest.mark.parametrize(
    ("last", "image", "reason", "way_out"),
    [
        ("5.7.44", "8.4.3", "UpgradeRefused", "set the image to 8.0 first"),
        ("8.0.46", "9.7.1", "UpgradeRefused", "set the image to 8.4 first"),
        ("8.3.0", "9.0.0", "UpgradeRefused", "set the image to 8.4 first"),
        ("8.4.10", "26.7.0", "UpgradeRefused", "set the image to 9.7 first"),
        ("9.7.4", "8.4.10", "DowngradeRefused", "set the image to 9.7 or later"),
        ("26.10.0", "26.7.0", "DowngradeRefused", "set the image to 26.10 or later"),
    ],
)
def test_a_hop_that_the_server_would_refuse_is_refused_before(
    pod: Instance, mysqld: None, last: str, image: str, reason: str, way_out: str
) -> None:
    programs = with_mysqld(pod, f"echo 'mysqld  Ver {image} for Linux'")

    outcome = check(pod, CURRENT_VERSION=last, **programs)

    assert outcome.result["reason"] == reason
    assert way_out in outcome.result["message"]
    assert outcome.result["message"].startswith("spec.image: ")


@pytest.mark.parametrize(
    ("last", "image"),
    [
        ("", "9.7.4"),
        ("5.7.44", "8.0.46"),
        ("8.0.46", "8.4.10"),
        ("8.4.10", "9.7.1"),
        ("9.2.0", "9.7.1"),
        ("9.7.4", "9.7.3"),
        ("9.7.4", "26.7.0"),
        ("26.7.0", "31.1.0"),
    ],
)
def test_a_hop_of_one_step_is_taken(pod: Instance, mysqld: None, last: str, image: str) -> None:
    programs = with_mysqld(pod, f"echo 'mysqld  Ver {image} for Linux'")

    assert check(pod, CURRENT_VERSION=last, **programs).code == 0


def test_an_old_server_without_a_way_to_validate_is_asked_for_its_help(
    pod: Instance, mysqld: None
) -> None:
    old = (
        'case "$*" in --version) echo "mysqld  Ver 5.7.44 for Linux" ;;'
        " *--validate-config*) exit 7 ;;"
        " *--defaults-file*) echo \"$(date) 0 [ERROR] unknown variable 'gone=1'\" >&2; exit 1 ;;"
        " esac"
    )

    outcome = check(pod, "gone = 1", **with_mysqld(pod, old))

    assert outcome.result["message"].startswith(
        "spec.config.gone: mysqld 5.7.44 does not accept it: unknown variable 'gone=1'"
    )
