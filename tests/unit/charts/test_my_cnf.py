"""my.cnf: base settings, in whose place the user's are taken."""

from __future__ import annotations

from typing import Any

import pytest

from mysql_operator import names
from mysql_operator.generator import my_cnf
from tests.unit.charts import helm
from tests.unit.charts import settings as owned
from tests.unit.charts.comparing import assert_golden


def option_file(config: dict[str, Any]) -> str:
    """The option file of an instance with these settings."""
    made = helm.objects(helm.INSTANCE, {"config": config})
    text: str = helm.one(made, "ConfigMap", names.config(helm.RELEASE))["data"]["my.cnf"]
    return text


def settings(config: dict[str, Any]) -> list[str]:
    """Its lines, without comments."""
    return [line for line in option_file(config).splitlines() if line and line[0] not in "#["]


def test_every_base_setting_is_there_with_its_reason() -> None:
    text = option_file({})

    for setting in my_cnf.BASE:
        line = setting.name if setting.value is None else f"{setting.name} = {setting.value}"
        assert f"# {setting.reason}\n{line}\n" in text


@pytest.mark.parametrize("name", ["character_set_server", "character-set-server"])
def test_the_users_setting_is_the_only_one_of_its_name(name: str) -> None:
    lines = settings({name: "latin1"})

    assert [line for line in lines if line.startswith("character")] == [
        'character_set_server = "latin1"'
    ]


def test_asking_for_a_binary_log_takes_back_that_there_is_none() -> None:
    assert "skip_log_bin" in settings({})
    assert "skip_log_bin" not in settings({"log-bin": "binlog"})


def test_asking_for_the_x_plugin_takes_back_that_it_is_off() -> None:
    assert "loose_mysqlx = OFF" not in settings({"mysqlx": "ON"})


@pytest.mark.parametrize(
    ("value", "line"),
    [
        (134217728, "x = 134217728"),
        (0, "x = 0"),
        (-1, "x = -1"),
        ("1G", 'x = "1G"'),
        ("", 'x = ""'),
        ("a#b", 'x = "a#b"'),
        ('say "hi"', r'x = "say \"hi\""'),
        (r"C:\n", r'x = "C:\\n"'),
        ("it's 100 %", 'x = "it\'s 100 %"'),
        ("{{ .Values.image }}", 'x = "{{ .Values.image }}"'),
    ],
)
def test_a_value_reaches_the_server_as_it_was_written(value: str | int, line: str) -> None:
    assert line in settings({"x": value})


def test_a_value_of_two_lines_is_refused() -> None:
    refused = helm.template(helm.INSTANCE, {"config": {"x": "a\n[client]"}})

    assert refused.returncode != 0
    assert "config" in refused.stderr


@pytest.mark.parametrize("name", ["Max Connections", "[mysql]", "a\nb"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    refused = helm.template(helm.INSTANCE, {"config": {name: 1}})

    assert refused.returncode != 0
    assert "config" in refused.stderr


def test_the_settings_that_always_stand_are_those_that_users_cannot_set() -> None:
    names = {setting.name for setting in my_cnf.BASE}

    assert set(owned.refused(names)) == {one.name for one in my_cnf.BASE if one.is_owned}


def test_golden_the_users_settings_take_the_place_of_the_base_ones() -> None:
    config = {"log-bin": "binlog", "max_connections": 200, "sql_mode": 'ANSI # "quoted"'}

    assert_golden("the_users_settings_take_the_place_of_the_base_ones", option_file(config))
