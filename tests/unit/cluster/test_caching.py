"""What is kept, and when it is built again."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from tests.cluster import building, images, operator_image, paths
from tests.cluster.console import ClusterError
from tests.cluster.versions import OPTIONAL_TOOLS, TOOLS, Tool


@pytest.fixture
def module(tmp_path: Path) -> Path:
    (tmp_path / "go.mod").write_text("module local/example\n")
    (tmp_path / "go.sum").write_text("one\n")
    return tmp_path


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    for name in ("operator/mysql_operator/cli.py", "charts/mysql-instance/Chart.yaml"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    return tmp_path


@pytest.mark.parametrize("tool", TOOLS + OPTIONAL_TOOLS, ids=lambda tool: tool.name)
def test_versions_are_those_that_the_modules_ask_for(tool: Tool) -> None:
    required = (paths.TOOLS / tool.name / ("package.json" if tool.npm else "go.mod")).read_text()

    own = tool.module.startswith("local/")
    asked = f'"{tool.module}": "{tool.version}"' if tool.npm else f"{tool.module} {tool.version}"
    assert own or asked in required


def test_a_changed_go_sum_is_another_build(module: Path) -> None:
    tool = Tool("example", "v1", "example.org/example")
    before = building.digest_of(tool, module)

    assert building.digest_of(tool, module) == before
    (module / "go.sum").write_text("two\n")
    assert building.digest_of(tool, module) != before


def test_a_changed_stamp_is_another_build(module: Path) -> None:
    tool = Tool("example", "v1", "example.org/example")
    stamped = dataclasses.replace(tool, stamps=("main.version=v1",))

    assert building.digest_of(tool, module) != building.digest_of(stamped, module)


def test_a_changed_recipe_is_another_image() -> None:
    image = images.IN_CLUSTER[0]
    changed = dataclasses.replace(image, recipe=image.recipe + " of another kind")

    assert image.archive() != changed.archive()


def test_a_build_that_breaks_off_leaves_nothing_that_looks_built(tmp_path: Path) -> None:
    def broken_off() -> None:
        with paths.built_whole(tmp_path / "tool") as folder:
            folder.mkdir()
            (folder / "half").touch()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken_off()

    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_build_left_does_not_get_into_the_next_one(tmp_path: Path) -> None:
    target = tmp_path / "tool"
    (tmp_path / ".tool.partial").mkdir()
    (tmp_path / ".tool.partial" / "half").touch()

    with paths.built_whole(target) as folder:
        folder.mkdir()
        (folder / "whole").touch()

    assert [path.name for path in target.iterdir()] == ["whole"]


def test_a_build_that_cannot_fit_is_not_begun(tmp_path: Path) -> None:
    with pytest.raises(ClusterError, match="Free some space"):
        paths.require_space(tmp_path / "not" / "there" / "yet", 1 << 60, "Building a world")


def test_the_operators_image_is_named_after_what_goes_into_it(repository: Path) -> None:
    before = operator_image.name_for(repository)

    (repository / "operator" / "mysql_operator" / "cli.py").write_text("changed")

    assert before.startswith("localhost/mysql-operator:")
    assert operator_image.name_for(repository) != before


def test_what_python_leaves_beside_sources_builds_no_other_image(repository: Path) -> None:
    before = operator_image.name_for(repository)

    (repository / "operator" / "__pycache__").mkdir()
    (repository / "operator" / "__pycache__" / "cli.pyc").touch()
    (repository / "operator" / "mysql_operator.egg-info").mkdir()
    (repository / "operator" / "mysql_operator.egg-info" / "PKG-INFO").touch()

    assert operator_image.name_for(repository) == before
