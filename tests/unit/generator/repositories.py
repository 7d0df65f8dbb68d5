"""Repositories that hold just what the generator reads, prose among it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

from pydantic import Field, create_model

from mysql_operator.generator.outputs import Sources
from mysql_operator.model.annotations import InChart, Placement
from mysql_operator.model.spec import MySQLSpec

ROOT = Path(__file__).parents[3]
HAND_WRITTEN = (
    "charts/mysql-instance/Chart.yaml",
    "charts/mysql-instance/README.md",
    "charts/mysql-instance/files",
    "charts/mysql-operator/Chart.yaml",
    "charts/mysql-operator/README.md",
)


def a_repository(folder: Path) -> Path:
    """A repository in which nothing has been generated yet."""
    for path in HAND_WRITTEN:
        source, target = ROOT / path, folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copy(source, target)
    return folder


def sources_with_more_fields() -> Sources:
    """The models, as if somebody had added three fields to the spec."""
    runtime_class = Annotated[
        str | None, Field(description="Runtime of the pods."), InChart(Placement.POD, default="")
    ]
    grace = Annotated[
        int | None,
        Field(ge=0, description="Priority of the pods, as a number."),
        InChart(Placement.POD),
    ]
    working_dir = Annotated[
        str | None,
        Field(pattern="^/", description="Where the server runs."),
        InChart(Placement.CONTAINER, default="/srv"),
    ]
    wider = create_model(
        "WiderSpec",
        __base__=MySQLSpec,
        runtime_class_name=(runtime_class, None),
        priority=(grace, None),
        working_dir=(working_dir, None),
    )
    return Sources(spec=wider)
