"""The API tests write nothing that lasts, but for one object whose edits are refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.objects import a_mysql
from tests.support.teams import Team


@pytest.fixture(scope="session")
def stored() -> dict[str, Any]:
    """Spec of the stored object: it never starts, so it costs nothing."""
    return {
        "passwordSecretRef": {"name": "nobody-has-it"},
        "storageClassName": "a",
        "backup": {"storageSize": "2Gi", "storageClassName": "a"},
    }


@pytest.fixture(scope="module")
def undisturbed(operator_throughout: str, stored: dict[str, Any]) -> Iterator[Team]:
    """A team whose one object is `stored`; everything else is asked of the API server dry."""
    team = Team.founded("api")
    team.apply(a_mysql("stored", **stored))
    yield team
    team.dissolve()
