"""The operator's rights, derived from what the instance chart makes.

A kind that is added to the chart's templates gets its rule here by generating again; what the
operator does by itself stands in `OWN_RULES`, each with its reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from mysql_operator import names

Rule = dict[str, Any]

CHANGED = ("get", "create", "patch", "delete")
"""What helm needs of an object in a release: it applies on the server's side, which is a patch."""

WAITED_FOR = (*CHANGED, "list", "watch")
"""What it needs of a hook, whose end it waits for."""


READ = ("get", "list", "watch")

USER_ROLES = {
    "view": READ,
    "edit": (*READ, "create", "delete", "deletecollection", "patch", "update"),
}
"""What people may do with MySQL objects, by the last word of the ClusterRole's name."""


@dataclass(frozen=True, order=True)
class Kind:
    """A kind of object in the chart."""

    group: str
    kind: str
    is_hook: bool

    @property
    def plural(self) -> str:
        """The resource's name in the API, by the rule that all built-in kinds follow."""
        word = self.kind.lower()
        if word.endswith("y"):
            return f"{word[:-1]}ies"
        return f"{word}es" if word.endswith("s") else f"{word}s"


def kinds(manifests: Iterable[str]) -> list[Kind]:
    """Kinds in templates or rendered manifests, but for what only `helm test` makes."""
    found = set()
    for manifest in manifests:
        version = re.search(r"^apiVersion: (\S+)$", manifest, re.MULTILINE)
        kind = re.search(r"^kind: (\w+)$", manifest, re.MULTILINE)
        hook = re.search(r"^ +helm\.sh/hook: (\S+)$", manifest, re.MULTILINE)
        if version and kind and not (hook and hook[1] == "test"):
            group = version[1].rpartition("/")[0]
            found.add(Kind(group, kind[1], is_hook=hook is not None))
    return sorted(found)


def chart_rules(found: Sequence[Kind]) -> list[Rule]:
    """Rules for what helm does with the objects of the chart.

    A kind of which some are hooks needs the rights of both, which are the hooks'.
    """
    hooks = {(kind.group, kind.kind) for kind in found if kind.is_hook}
    return [
        {
            "apiGroups": [kind.group],
            "resources": [kind.plural],
            "verbs": list(WAITED_FOR if kind.is_hook else CHANGED),
        }
        for kind in found
        if kind.is_hook or (kind.group, kind.kind) not in hooks
    ]


POD_MAKERS = ("CronJob", "Deployment", "Job")
"""Kinds of the chart that make pods, by a template at `spec.template`; that of a CronJob is at
`spec.jobTemplate.spec.template`.
"""


OWN_RULES: tuple[tuple[str, Rule], ...] = (
    (
        "Watch the MySQL objects and hold their finalizer",
        {
            "apiGroups": [names.GROUP],
            "resources": [names.MYSQL.plural],
            "verbs": ["get", "list", "watch", "patch"],
        },
    ),
    (
        "Write the status of the MySQL objects",
        {
            "apiGroups": [names.GROUP],
            "resources": [f"{names.MYSQL.plural}/status"],
            "verbs": ["patch"],
        },
    ),
    (
        "Watch the MySQLBackup objects, keep those of backups that are there, and hold the "
        "finalizer of those whose files go with them",
        {
            "apiGroups": [names.GROUP],
            "resources": [names.MYSQL_BACKUP.plural],
            "verbs": [*READ, "create", "patch", "delete"],
        },
    ),
    (
        "Write the status of the MySQLBackup objects",
        {
            "apiGroups": [names.GROUP],
            "resources": [f"{names.MYSQL_BACKUP.plural}/status"],
            "verbs": ["patch"],
        },
    ),
    (
        "Watch the MySQLRestore objects",
        {
            "apiGroups": [names.GROUP],
            "resources": [names.MYSQL_RESTORE.plural],
            "verbs": ["list", "watch"],
        },
    ),
    (
        "Write the status of the MySQLRestore objects",
        {
            "apiGroups": [names.GROUP],
            "resources": [f"{names.MYSQL_RESTORE.plural}/status"],
            "verbs": ["patch"],
        },
    ),
    (
        "Read which object stores take the backups",
        {
            "apiGroups": [names.GROUP],
            "resources": [names.MYSQL_BACKUP_STORAGE.plural],
            "verbs": list(READ),
        },
    ),
    (
        "Say whether these can be used",
        {
            "apiGroups": [names.GROUP],
            "resources": [f"{names.MYSQL_BACKUP_STORAGE.plural}/status"],
            "verbs": ["patch"],
        },
    ),
    (
        "Read the passwords, write NAME-credentials and NAME-agent-registry, and keep helm's "
        "releases, which are Secrets",
        {
            "apiGroups": [""],
            "resources": ["secrets"],
            "verbs": ["get", "list", "watch", "create", "update", "patch", "delete"],
        },
    ),
    (
        "Report what happened, count what happens again, and read Kubernetes' warnings",
        {
            "apiGroups": [""],
            "resources": ["events"],
            "verbs": ["get", "list", "watch", "create", "patch"],
        },
    ),
    (
        "Read why a pod does not start, and a Job's receipt; delete the pod of `helm test`",
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch", "delete"]},
    ),
    *(
        (
            "Notice what happens to the objects of a release, without asking for each of them",
            {"apiGroups": [group], "resources": resources, "verbs": ["list", "watch"]},
        )
        for group, resources in (
            ("", ["configmaps", "persistentvolumeclaims", "services"]),
            ("apps", ["deployments"]),
            ("batch", ["cronjobs", "jobs"]),
            ("networking.k8s.io", ["networkpolicies"]),
        )
    ),
    (
        "See whether a namespace is being deleted: no Job can start there any more",
        {"apiGroups": [""], "resources": ["namespaces"], "verbs": ["get"]},
    ),
)

CLUSTER_RULES: tuple[tuple[str, Rule], ...] = (
    (
        "Read which object stores take the backups of many namespaces",
        {
            "apiGroups": [names.GROUP],
            "resources": [names.CLUSTER_STORAGE.plural],
            "verbs": list(READ),
        },
    ),
    (
        "Say whether these can be used",
        {
            "apiGroups": [names.GROUP],
            "resources": [f"{names.CLUSTER_STORAGE.plural}/status"],
            "verbs": ["patch"],
        },
    ),
    (
        "Read the labels of namespaces, which say who may use these",
        {"apiGroups": [""], "resources": ["namespaces"], "verbs": ["list", "watch"]},
    ),
    (
        "Ask whose token it is that comes with a request for a signed URL",
        {
            "apiGroups": ["authentication.k8s.io"],
            "resources": ["tokenreviews"],
            "verbs": ["create"],
        },
    ),
)
"""What only an operator of all namespaces may do."""

WRITING = frozenset(("create", "update", "patch", "delete"))


def written(found: Iterable[Kind]) -> dict[str, list[str]]:
    """List what the operator writes, by API group, for the policy on its own account.

    Events and the status of our own kinds are left out: nobody acts on their strength.
    """
    made: dict[str, set[str]] = {}
    for kind in found:
        made.setdefault(kind.group, set()).add(kind.plural)
    for _, rule in OWN_RULES:
        if WRITING & set(rule["verbs"]):
            made.setdefault(rule["apiGroups"][0], set()).update(rule["resources"])
    own = (names.MYSQL, names.MYSQL_BACKUP, names.MYSQL_RESTORE, names.MYSQL_BACKUP_STORAGE)
    statuses = {f"{kind.plural}/status" for kind in own}
    unguarded = {"events"} | statuses
    return {group: sorted(made[group] - unguarded) for group in sorted(made)}
