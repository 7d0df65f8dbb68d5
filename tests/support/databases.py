"""One MySQL object as its team sees it: what it says, and what the server in it answers."""

from __future__ import annotations

import json
from typing import Any

from tests.support.commands import CommandFailedError, Result
from tests.support.objects import PASSWORD, SCHEMA, a_mysql
from tests.support.teams import Team
from tests.support.waiting import eventually

CLIENT = (
    'IFS= read -r MYSQL_PWD; export MYSQL_PWD; exec mysql --protocol=TCP -h 127.0.0.1 -u "$1" '
    '--default-character-set=utf8mb4 --batch --skip-column-names --comments --unbuffered "${@:2}"'
)
"""The password comes on the first line of standard input, so that no list of processes shows it and
nothing has to be quoted: the very characters are what logs in. Unbuffered, so that what was
acknowledged is seen when the server is killed next."""


class Database:
    """A MySQL object, applied."""

    def __init__(self, team: Team, name: str, password: str = PASSWORD) -> None:
        self.team = team
        self.name = name
        self.password = password

    @classmethod
    def applied(cls, team: Team, name: str = "db", **spec: Any) -> Database:
        """Apply a MySQL object; nothing is waited for."""
        wanted = a_mysql(name, **spec)
        team.apply(wanted)
        return cls(team, name, wanted["spec"].get("password", PASSWORD))

    # What the object says.

    @property
    def whole(self) -> dict[str, Any]:
        return self.team.get("mysqls", self.name)

    @property
    def status(self) -> dict[str, Any]:
        status: dict[str, Any] = self.whole.get("status", {})
        return status

    @property
    def revision(self) -> int:
        """The helm release's revision, as helm says it."""
        return int(json.loads(self.team.helm("status", self.name, "-o", "json"))["version"])

    def condition(self, type_: str) -> dict[str, Any]:
        """One condition; empty where there is none yet."""
        of_type = (one for one in self.status.get("conditions", []) if one["type"] == type_)
        return next(of_type, {})

    def is_settled(self) -> bool:
        """Whether the object says that it is as its last spec wants it."""
        whole = self.whole
        status = whole.get("status", {})
        is_seen = status.get("observedGeneration") == whole["metadata"]["generation"]
        is_at_rest = status.get("release", {}).get("status") == "deployed"  # helm has ended, too
        return bool(is_seen and is_at_rest and status.get("phase") == "Ready")

    def wait_for(self, condition: str) -> None:
        """Let the API server tell when a condition is met, which is cheaper than asking for it.

        Comes back after a while in any case, so whoever calls this has to look.
        """
        self.team.try_kubectl("wait", f"ms/{self.name}", f"--for={condition}", "--timeout=20s")

    def eventually_ready(self, *, within: float = 420) -> Database:
        """Wait until the last spec is in force and clients are served."""

        def settled() -> bool:
            self.wait_for("jsonpath={.status.phase}=Ready")
            assert self.is_settled(), self.status
            return True

        eventually(settled, f"{self.name} is ready", within=within)
        return self

    def eventually_says(self, type_: str, reason: str = "", *, within: float = 300) -> str:
        """Wait for a condition that is true, with that reason; its sentence."""

        def said() -> str:
            self.wait_for(f"condition={type_}")
            condition = self.condition(type_)
            assert condition.get("status") == "True", self.status
            assert reason in ("", condition["reason"]), condition
            return str(condition["message"])

        return eventually(said, f"{self.name} says {type_} {reason}", within=within)

    def eventually_gives(self, reason: str, *, within: float = 300) -> str:
        """Wait until the object is not Ready for that reason; its sentence."""

        def given() -> str:
            ready = self.condition("Ready")
            assert (ready.get("status"), ready.get("reason")) == ("False", reason), self.status
            assert self.status["reason"] == reason
            return str(ready["message"])

        return eventually(given, f"{self.name} gives {reason}", within=within)

    def eventually_tells(self, reason: str, type_: str = "Warning") -> str:
        """Wait for an event with that reason; its sentence."""
        return eventually(
            lambda: self.team.events(self.name, type_).get(reason, ""), f"an event {reason}"
        )

    def eventually_tells_phase(self, *phases: str) -> str:
        """Wait until the object says one of these words; which."""

        def said() -> str:
            phase = self.status.get("phase", "")
            assert phase in phases, self.status
            return str(phase)

        return eventually(said, f"{self.name} is {phases}", every=0.1)

    def edit(self, **spec: Any) -> Database:
        """`kubectl patch` of the spec."""
        patch = json.dumps({"spec": spec})
        self.team.kubectl("patch", "mysql", self.name, "--type=merge", "-p", patch)
        return self

    def delete(self) -> None:
        """`kubectl delete`, which comes back when the object is gone."""
        self.team.kubectl("delete", "mysqls.otus.homework", self.name, "--timeout=420s")

    # What the server answers.

    def with_a_row(self) -> Database:
        """Something that must not be lost."""
        self.sql("CREATE TABLE t (n INT); INSERT INTO t VALUES (1)", schema=SCHEMA)
        return self

    def has_its_row(self) -> bool:
        """Whether it is still there, and nothing else."""
        return self.sql("SELECT n FROM t", schema=SCHEMA) == "1"

    def try_sql(
        self, statements: str, *, user: str = "root", password: str | None = None, schema: str = ""
    ) -> Result:
        """Run SQL as a user, however it ends."""
        secret = self.password if password is None else password
        command = ["bash", "-c", CLIENT, "client", user, *([schema] if schema else [])]
        return self.team.try_kubectl(
            "exec", "-i", f"deploy/{self.name}", "-c", "mysql", "--", *command,
            stdin=f"{secret}\n{statements}",
        )  # fmt: skip

    def sql(
        self, statements: str, *, user: str = "root", password: str | None = None, schema: str = ""
    ) -> str:
        """Run SQL that has to succeed; what it printed, without the last line's end."""
        result = self.try_sql(statements, user=user, password=password, schema=schema)
        if not result.ok:
            raise CommandFailedError(result)
        return result.out.rstrip("\n")

    def lets_in(self, user: str, password: str) -> bool:
        """Whether the server takes this password; anything but a clear yes or no fails."""
        result = self.try_sql("SELECT 1", user=user, password=password)
        assert result.ok or "ERROR 1045" in result.said, result
        return result.ok

    @property
    def server_pod(self) -> str:
        """Name of the pod that the server runs in."""
        (pod,) = self.team.names("pods", "-l", f"app={self.name}")
        return pod
