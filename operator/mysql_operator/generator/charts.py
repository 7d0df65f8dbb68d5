"""Makes the templates of a chart from generator/templates/<chart>/*.j2.

A template here knows the models, a template there knows the release: what loops over fields is
decided now, what depends on values is decided by helm.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

from mysql_operator import names
from mysql_operator.generator import factories
from mysql_operator.generator.marks import mark

SUFFIX = ".j2"
RELEASE_NAME = "{{ .Release.Name }}"

RESOURCE_NAMES: tuple[Callable[[str], str], ...] = (
    names.deployment,
    names.admin_service,
    names.data_claim,
    names.backup_claim,
    names.credentials,
    names.config,
    names.scripts,
    names.backup_job,
    names.backup_schedule,
    names.drill_schedule,
    names.drill_network_policy,
    names.restore_job,
    names.password_job,
    names.check_job,
    names.check_files,
    names.network_policy,
    names.restore_network_policy,
    names.test_pod,
)


def defines() -> dict[str, str]:
    """Name of each resource in helm's terms, by the name of its template definition."""
    return {made.__name__.replace("_", "-"): made(RELEASE_NAME) for made in RESOURCE_NAMES}


def templates(folder: Path, chart: str, context: dict[str, Any]) -> dict[PurePosixPath, str]:
    """Text of each template of a chart, by its path below the chart's `templates` folder."""
    environment = factories.template_environment(folder)
    environment.globals["names"] = names
    made = {}
    for source in sorted((folder / chart).rglob(f"*{SUFFIX}")):
        path = PurePosixPath(source.relative_to(folder).as_posix())
        text = environment.get_template(str(path)).render(
            context, mark=mark(f"generator/templates/{path}")
        )
        made[path.relative_to(chart).with_suffix("")] = text
    return made
