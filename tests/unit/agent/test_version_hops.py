"""Which backup of data files a server can take over."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mysql_operator.agent import version_hops
from mysql_operator.agent.sql.sessions import version_of
from mysql_operator.errors import OperatorError

INITIALIZE = Path(__file__).parents[3] / "charts/mysql-instance/files/initialize.sh"


@pytest.mark.parametrize(
    ("last", "image"),
    [
        ("8.0.17", "8.0.44"), ("8.0.44", "8.4.7"), ("8.4.7", "9.7.4"), ("8.4.7", "9.0.1"),
        ("9.1.0", "9.7.4"), ("9.7.4", "9.7.3"), ("9.7.4", "26.7.0"), ("26.7.0", "26.10.1"),
    ],
)  # fmt: skip
def test_a_hop_of_one_step_is_taken(last: str, image: str) -> None:
    version_hops.require_possible(version_of(last), version_of(image))


@pytest.mark.parametrize(
    ("last", "image", "between"),
    [("8.0.44", "9.7.4", "8.4"), ("8.4.7", "26.7.0", "9.7"), ("8.0.44", "26.10.1", "8.4")],
)
def test_a_hop_over_a_series_names_that_series(last: str, image: str, between: str) -> None:
    with pytest.raises(OperatorError) as refused:
        version_hops.require_possible(version_of(last), version_of(image))

    assert refused.value.reason == "UpgradeRefused"
    assert f"an image of MySQL {between} first" in refused.value.message


@pytest.mark.parametrize(("last", "image"), [("9.7.4", "8.4.7"), ("26.10.0", "26.7.1")])
def test_an_older_server_is_refused(last: str, image: str) -> None:
    with pytest.raises(OperatorError) as refused:
        version_hops.require_possible(version_of(last), version_of(image))

    assert refused.value.reason == "DowngradeRefused"


def test_the_script_of_the_server_has_the_same_steps() -> None:
    (steps,) = re.findall(
        r"^readonly UPGRADE_STEPS=\((.*)\)$", INITIALIZE.read_text(), re.MULTILINE
    )

    assert [version_of(step) for step in steps.split()] == list(version_hops.STEPS)
