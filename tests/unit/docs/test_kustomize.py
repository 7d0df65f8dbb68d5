"""With docs/kustomize/kustomizeconfig.yaml, kustomize knows what MySQL objects refer to."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

EXAMPLE = Path(__file__).parents[3] / "docs" / "kustomize"


@pytest.fixture(scope="module")
def made() -> list[dict[str, Any]]:
    """What kustomize makes of the example."""
    assert shutil.which("kubectl"), "no kubectl on PATH; run `make unit`"
    ended = subprocess.run(
        ("kubectl", "kustomize", str(EXAMPLE)), capture_output=True, text=True, check=True
    )
    return list(yaml.safe_load_all(ended.stdout))


@pytest.fixture(scope="module")
def spec(made: list[dict[str, Any]]) -> dict[str, Any]:
    (found,) = (one["spec"] for one in made if one["kind"] == "MySQL")
    return dict(found)


def test_references_follow_the_names_of_generated_secrets(
    made: list[dict[str, Any]], spec: dict[str, Any]
) -> None:
    secrets = {one["metadata"]["name"] for one in made if one["kind"] == "Secret"}

    referred = {spec["passwordSecretRef"]["name"], spec["userPasswordSecretRef"]["name"]}

    assert referred == secrets
    assert all(name.startswith("staging-shop-") for name in referred)


def test_images_are_replaced(spec: dict[str, Any]) -> None:
    assert spec["image"] == "registry.example.com/mysql:9.7.4"
