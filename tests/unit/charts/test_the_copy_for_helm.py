"""What the operator hands to helm makes the same objects as the chart of the repository."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from mysql_operator.adapters import charts
from mysql_operator.adapters.helm import Helm
from mysql_operator.errors import SettingsError
from mysql_operator.render import digests
from tests.unit.charts import helm

EVERYTHING = yaml.safe_load((helm.INSTANCE / "examples/everything.yaml").read_text())


@pytest.mark.parametrize("values", [{}, EVERYTHING], ids=["defaults", "everything"])
def test_the_copy_makes_what_the_chart_makes(tmp_path: Path, values: dict[str, Any]) -> None:
    copy = charts.copied(helm.INSTANCE, tmp_path)

    assert helm.text(copy, values) == helm.text(helm.INSTANCE, values)


def test_the_copy_has_no_schema_and_the_digest_is_that_of_the_copy(tmp_path: Path) -> None:
    copy = charts.copied(helm.INSTANCE, tmp_path)

    there = {path.relative_to(copy).as_posix() for path in copy.rglob("*") if path.is_file()}
    assert there == {path for path, _ in charts.files(copy)}
    assert {"values.schema.json", "README.md"}.isdisjoint(there)
    assert digests.of_files(charts.files(copy)) == digests.of_files(charts.files(helm.INSTANCE))


async def test_values_of_the_operator_are_held_against_the_schema_once_at_its_start() -> None:
    await Helm(helm.INSTANCE).ensure_usable({"agent": {"image": "mysql-operator:1"}})

    with pytest.raises(SettingsError, match="imgae"):
        await Helm(helm.INSTANCE).ensure_usable({"agent": {"imgae": "mysql-operator:1"}})
