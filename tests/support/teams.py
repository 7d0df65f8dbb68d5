"""A team: a namespace with restricted Pod Security, and what its people type in it."""

from __future__ import annotations

import json
import uuid
from typing import Any

from tests.support.commands import Result, must, run

RESTRICTED = "pod-security.kubernetes.io/enforce=restricted"
MARK = "mysql-operator-tests=yes"


class Team:
    """One namespace. Every method is a command that a person could run."""

    def __init__(self, namespace: str) -> None:
        self.namespace = namespace

    @classmethod
    def founded(cls, story: str) -> Team:
        """A team with a namespace of its own, named for the story it plays in."""
        word = "".join(letter if letter.isalnum() else "-" for letter in story.lower())
        namespace = f"t-{word[:40].strip('-')}-{uuid.uuid4().hex[:6]}"
        team = cls(namespace)
        team.found()
        return team

    def found(self) -> None:
        """Create the namespace, for the first time or once more."""
        must("kubectl", "create", "namespace", self.namespace)
        must("kubectl", "label", "namespace", self.namespace, RESTRICTED, MARK)

    def dissolve(self) -> None:
        """Delete the objects first, so that their finalizers do their work, then the namespace."""
        no_backup = json.dumps({"spec": {"deletionPolicy": "Delete"}})
        for name in self.names("mysqls"):
            self.try_kubectl("patch", "ms", name, "--type=merge", "-p", no_backup)
        try:
            self.kubectl("delete", "mysqls", "--all", "--timeout=300s")
        finally:
            self.try_kubectl("delete", "namespace", self.namespace, "--wait=false")

    def kubectl(self, *words: str, stdin: str = "") -> str:
        """Run kubectl in the namespace; it has to succeed."""
        return must("kubectl", "-n", self.namespace, *words, stdin=stdin)

    def try_kubectl(self, *words: str, stdin: str = "") -> Result:
        """Run kubectl in the namespace, however it ends."""
        return run("kubectl", "-n", self.namespace, *words, stdin=stdin)

    def helm(self, *words: str) -> str:
        """Run helm in the namespace; it has to succeed."""
        return must("helm", "-n", self.namespace, *words)

    def apply(self, *objects: dict[str, Any]) -> None:
        """`kubectl apply` of one or more objects, which the API server has to take."""
        whole = {"apiVersion": "v1", "kind": "List", "items": list(objects)}
        self.kubectl("apply", "-f", "-", stdin=json.dumps(whole))

    def try_apply(self, an_object: dict[str, Any], *options: str) -> Result:
        """`kubectl apply` of one object, taken or refused."""
        return self.try_kubectl("apply", *options, "-f", "-", stdin=json.dumps(an_object))

    def find(self, kind: str, name: str) -> dict[str, Any] | None:
        """Read one object; None where there is none."""
        found = self.kubectl("get", kind, name, "--ignore-not-found", "-o", "json")
        return json.loads(found) if found else None

    def get(self, kind: str, name: str) -> dict[str, Any]:
        """Read one object that has to be there."""
        found = self.find(kind, name)
        assert found is not None, f"there is no {kind} {name}"
        return found

    def items(self, kind: str, *options: str) -> list[dict[str, Any]]:
        """Read all objects of a kind."""
        listed: list[dict[str, Any]] = json.loads(
            self.kubectl("get", kind, *options, "-o", "json")
        )["items"]
        return listed

    def names(self, kind: str, *options: str) -> list[str]:
        """Names of all objects of a kind."""
        return [item["metadata"]["name"] for item in self.items(kind, *options)]

    def events(self, about: str, type_: str = "Warning") -> dict[str, str]:
        """Reason and message of the events about the MySQL object of that name."""
        return {
            event["reason"]: event["message"]
            for event in self.items("events")
            if event["type"] == type_
            and event["involvedObject"]["kind"] == "MySQL"
            and event["involvedObject"]["name"] == about
        }

    def releases(self) -> list[dict[str, Any]]:
        """All of `helm list`."""
        listed: list[dict[str, Any]] = json.loads(self.helm("list", "-o", "json"))
        return listed

    def run_to_ready(self, pod: dict[str, Any]) -> str:
        """Start a pod of one's own and wait until it runs; its name."""
        self.apply(pod)
        name: str = pod["metadata"]["name"]
        self.kubectl("wait", f"pod/{name}", "--for=condition=Ready", "--timeout=240s")
        return name

    def shell(self, pod: str, script: str) -> str:
        """Run a shell script in a pod; what it printed."""
        return self.kubectl("exec", pod, "--", "bash", "-ec", script)

    def eventually_gone(self, kind: str, name: str, *, within: float = 300) -> None:
        """Wait until there is no such object."""
        self.kubectl("wait", "--for=delete", f"{kind}/{name}", f"--timeout={within:.0f}s")
