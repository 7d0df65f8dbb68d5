"""README and docs/: commands parse, objects fit the definition, links and names are right."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import jsonschema
import pytest
import yaml

from mysql_operator import names
from tests.support.pages import blocks, code_in, objects_shown
from tests.unit.charts.helm import ROOT

PAGES = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "charts").glob("*/README.md")),
]
page = pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))


@page
def test_every_command_parses(page: Path) -> None:
    for language, text in blocks(page):
        if language == "console":
            ended = subprocess.run(
                ("bash", "-n"), input=text, capture_output=True, text=True, check=False
            )
            assert ended.returncode == 0, ended.stderr


SHOWN = (names.MYSQL, names.MYSQL_BACKUP_STORAGE, names.CLUSTER_STORAGE)


@page
@pytest.mark.parametrize("kind", SHOWN, ids=lambda it: it.kind)
def test_every_object_fits_its_definition(page: Path, kind: names.Resource) -> None:
    definition = yaml.safe_load((ROOT / f"crd/{kind.definition}.yaml").read_text())
    schema = definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]

    for shown in objects_shown(page):
        if shown["kind"] == kind.kind:
            assert shown["spec"].keys() <= schema["properties"].keys()
            jsonschema.Draft7Validator(schema).validate(shown["spec"])


@page
def test_every_link_leads_to_a_file(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text()):
        if not target.startswith("https://"):
            assert (page.parent / target).exists(), target


@page
def test_every_make_target_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    assert set(re.findall(r"\bmake ([a-z][a-z-]+)\b", code_in(page))) <= targets


@page
def test_every_reason_is_one_that_the_operator_or_a_script_gives(page: Path) -> None:
    sources = [*(ROOT / "operator").rglob("*.py"), *(ROOT / "charts").rglob("*.sh")]
    known = "\n".join(path.read_text() for path in sources)
    reasons = re.findall(r"`([A-Z][a-z]+(?:[A-Z][a-z]+)+)`", page.read_text())

    assert [reason for reason in reasons if not re.search(rf"\b{reason}\b", known)] == []


def test_the_readme_shows_an_object() -> None:
    kinds = [shown["kind"] for shown in objects_shown(ROOT / "README.md")]

    assert kinds == [
        names.MYSQL.kind,
        names.MYSQL_BACKUP_STORAGE.kind,
        names.CLUSTER_STORAGE.kind,
    ]


def test_readme_and_charts_ask_for_the_same_kubernetes() -> None:
    asked = re.search(r"Kubernetes (1\.\d+) or newer", (ROOT / "README.md").read_text())

    assert asked
    for chart in (ROOT / "charts").glob("*/Chart.yaml"):
        assert yaml.safe_load(chart.read_text())["kubeVersion"] == f">={asked[1]}.0-0"


def test_the_build_takes_as_long_in_both_readmes() -> None:
    told = {
        re.search(r"about (\d+) min", path.read_text())[1]  # type: ignore[index]
        for path in (ROOT / "README.md", ROOT / "tests/cluster/README.md")
    }

    assert len(told) == 1
