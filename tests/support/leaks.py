"""Look for a planted password in everything that people or programs can read."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.support import installing, nodes
from tests.support.commands import must
from tests.support.teams import Team

RELEASES = "helm.sh/release.v1"


def forms(secret: str) -> set[str]:
    """How a password may stand in a text: as it is, or inside base64 at any of three offsets."""
    found = {secret}
    for offset in range(3):
        coded = base64.b64encode(b"x" * offset + secret.encode()).decode()
        found.add(coded[(4 if offset else 0) : len(coded) // 4 * 4 - 4])
    return found


def places(team: Team, *, allowed_secrets: set[str]) -> dict[str, str]:
    """Text by place: each object of the namespace, each log, each answer of helm."""
    texts = {
        f"{item['kind']}/{item['metadata']['name']}": _text(item)
        for item in _objects(team)
        if item["kind"] != "Secret" or item["metadata"]["name"] not in allowed_secrets
    }
    texts["operator's log"] = installing.log()
    for pod in team.names("pods"):
        words = ("logs", pod, "--all-containers", "--tail=-1")
        texts[f"log of {pod}"] = team.try_kubectl(*words).said
    for release in (release["name"] for release in team.releases()):
        for part in ("values", "manifest", "hooks", "notes", "all"):
            words = ("get", part, release, *(["--all"] if part == "values" else []))
            texts[f"helm {' '.join(words)}"] = team.helm(*words)
        texts[f"helm status {release}"] = team.helm("status", release)
    return texts


def found_in(texts: dict[str, str], secrets: set[str]) -> list[str]:
    """The places that hold one of the secrets in one of its forms."""
    wanted = {form for secret in secrets for form in forms(secret)}
    return [place for place, text in texts.items() if any(form in text for form in wanted)]


@contextmanager
def watching_processes(*secrets: str) -> Iterator[list[str]]:
    """All processes of the node: arguments and environments that hold one of the secrets."""
    # the brackets keep the search from finding its own arguments
    patterns = " ".join(f"-e '[{secret[0]}]{secret[1:]}'" for secret in secrets)
    files = "/proc/[0-9]*/cmdline /proc/[0-9]*/environ"
    with nodes.watching(f"grep -a {patterns} {files} 2>/dev/null") as seen:
        yield seen


def _objects(team: Team) -> list[dict[str, Any]]:
    kinds = must("kubectl", "api-resources", "--namespaced", "--verbs=list", "-o", "name").split()
    readable = [kind for kind in kinds if not kind.endswith("metrics.k8s.io")]
    return team.items(",".join(readable))


def _text(item: dict[str, Any]) -> str:
    """The object as text. What a user wrote into a MySQL object stands there, and nowhere else."""
    if item["kind"] == "MySQL":
        item = {"status": item.get("status")}
    item.get("metadata", {}).get("annotations", {}).pop(
        "kubectl.kubernetes.io/last-applied-configuration", None
    )
    text = json.dumps(item, ensure_ascii=False)
    if item.get("type") == RELEASES:
        packed = base64.b64decode(base64.b64decode(item["data"]["release"]))
        text += gzip.decompress(packed).decode()
    elif item.get("kind") == "Secret":
        text += "".join(base64.b64decode(value).decode() for value in item["data"].values())
    return text
