"""A wrong edit never stops a healthy server: it is refused with the field, and the correction goes
first.
"""

from __future__ import annotations

import threading
import time
from typing import Any, NamedTuple

from tests.support.databases import Database
from tests.support.objects import IMAGE, NOT_MYSQL, NOWHERE, PASSWORD, SCHEMA, SMALL, a_sleeping_pod
from tests.support.teams import Team
from tests.support.waiting import eventually

TABLE = "CREATE TABLE numbered (n BIGINT PRIMARY KEY)"
WRITE_TEN_A_SECOND = r"""
IFS= read -r MYSQL_PWD; export MYSQL_PWD
n=0 failed=0
until [[ -e /tmp/enough ]]; do
  rows=
  for ((i = 0; i < 10; i++)); do rows+="INSERT numbered VALUES ($((++n))); DO SLEEP(0.09);"; done
  mysql --protocol=TCP --host="$1" --user=root --connect-timeout=5 --execute="$rows" "$2" ||
    ((++failed))
done
echo "$n $failed"
"""


class Wrong(NamedTuple):
    """An edit that the API server takes and that cannot work, and what the object says of it."""

    edit: dict[str, Any]
    reason: str
    field: str


def setting(name: str, value: str | int) -> Wrong:
    """A setting that mysqld refuses; the refusal spells it as MySQL does, with `_`."""
    field = f"spec.config.{name.replace('-', '_')}"
    return Wrong({"config": {name: value}}, "ConfigInvalid", field)


def placed(field: str, value: Any, *, reason: str = "Unschedulable", named: str = "") -> Wrong:
    return Wrong({field: value}, reason, f"spec.{named or field}")


def asking(**requests: str) -> Wrong:
    (name,) = requests
    resources = {"requests": {**SMALL["requests"], **requests}}
    return placed("resources", resources, named=f"resources.requests.{name}")


NO_NODE = {"key": "disk", "operator": "In", "values": ["nobody-has-it"]}
NOWHERE_TO_BE = {
    "nodeAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": {
            "nodeSelectorTerms": [{"matchExpressions": [NO_NODE]}]
        }
    }
}
WRONG = (
    setting("max_conections", 100),
    setting("innodb_buffer_pool_size", "lots"),
    setting("innodb_buffer_pool_size", "900G"),
    setting("binlog_format", "SIDEWAYS"),
    setting("sql_mode", "NOT_A_MODE"),
    setting("long_query_time", "abc"),
    setting("character_set_server", "utf9"),
    setting("collation_server", "latin1_swedish_ci"),
    setting("tls_version", "TLSv1"),
    setting("query_cache_size", 0),
    setting("lc_messages", "xx_YY"),
    setting("thread_handling", "pool"),
    setting("binlog_expire_logs_seconds", "1d"),
    setting("default_authentication_plugin", "mysql_native_password"),
    setting("expire_logs_days", 3),
    setting("max_allowed_packet", "64X"),
    setting("innodb_flush_method", "O_NOPE"),
    setting("transaction_isolation", "SOMETIMES"),
    setting("innodb-io-capacity", "fast"),
    setting("max_connections_per_user", 10),
    Wrong({"image": NOWHERE}, "ImageCannotBePulled", "spec.image"),
    Wrong({"image": f"{IMAGE}.0.0-nobody-has-it"}, "ImageCannotBePulled", "spec.image"),
    Wrong({"image": f"{NOWHERE}@sha256:{'0' * 64}"}, "ImageCannotBePulled", "spec.image"),
    Wrong({"image": NOWHERE, "imagePullPolicy": "Never"}, "ImageCannotBePulled", "spec.image"),
    Wrong({"image": NOT_MYSQL}, "ImageNotMySQL", "spec.image"),
    placed("nodeSelector", {"disk": "nobody-has-it"}),
    placed("affinity", NOWHERE_TO_BE, named="nodeSelector or spec.affinity"),
    placed("priorityClassName", "nobody-has-it", reason="JobPodCannotBeCreated"),
    asking(memory="500Ti"),
    asking(cpu="9000"),
)
RIGHT: dict[str, Any] = {
    field: None
    for field in ("config", "imagePullPolicy", "nodeSelector", "affinity", "priorityClassName")
} | {"image": IMAGE, "resources": SMALL}


class Client:
    """A pod that writes through the Service until it is told that it is enough."""

    def __init__(self, database: Database) -> None:
        database.sql(TABLE, schema=SCHEMA)
        database.team.run_to_ready(a_sleeping_pod("client"))
        self._team = database.team
        self._said = ""
        self._thread = threading.Thread(target=self._write, args=(database,), daemon=True)
        self._thread.start()

    def _write(self, database: Database) -> None:
        command = ["bash", "-c", WRITE_TEN_A_SECOND, "client", database.name, SCHEMA]
        answer = self._team.try_kubectl(
            "exec", "-i", "client", "--", *command, stdin=database.password + "\n"
        )
        self._said = answer.out

    def written_and_failed(self) -> tuple[int, int]:
        """How many rows it has written by now, and how many of its sessions failed."""
        self._team.shell("client", "touch /tmp/enough")
        self._thread.join()
        written, failed = self._said.split()[-2:]
        return int(written), int(failed)


def refuses(database: Database, wrong: Wrong) -> str:
    """Wait until the object says what is wrong with this edit; its sentence."""

    def said() -> str:
        status = database.status
        stalled = [it["reason"] for it in status["conditions"] if it["type"] == "Stalled"]
        assert wrong.reason in (status.get("reason"), *stalled), status
        assert status["message"].startswith(wrong.field), status
        return str(status["message"])

    return eventually(said, f"{wrong.edit} is refused", within=60, every=0.3)


def is_as_before(database: Database) -> bool:
    """Whether the correction is in force, of which Ready tells the generation."""
    ready = database.condition("Ready")
    generation = database.whole["metadata"]["generation"]
    assert (ready["status"], ready["observedGeneration"]) == ("True", generation), ready
    return database.is_settled()


def test_thirty_wrong_edits_cost_a_client_nothing(team: Team) -> None:
    database = Database.applied(team).eventually_ready()
    pod, revision = database.server_pod, database.revision
    client = Client(database)

    for wrong in WRONG:
        began = time.monotonic()
        database.edit(**RIGHT | wrong.edit)
        message = refuses(database, wrong)
        assert database.condition("Ready")["status"] == "True"
        refused = time.monotonic()
        database.edit(**RIGHT)
        eventually(lambda: is_as_before(database), "the correction is in force", every=0.3)
        print(f"{refused - began:.1f}\t{time.monotonic() - refused:.1f}\t{wrong.edit}\t{message}")

    written, failed = client.written_and_failed()
    assert failed == 0
    assert written == int(database.sql("SELECT COUNT(*) FROM numbered", schema=SCHEMA))
    assert (database.server_pod, database.revision) == (pod, revision)


def test_one_wrong_edit_after_the_other_is_refused_and_the_right_one_applied(team: Team) -> None:
    database = Database.applied(team).eventually_ready().with_a_row()

    for wrong in (WRONG[0], WRONG[20], WRONG[24]):
        database.edit(**RIGHT | wrong.edit)
        refuses(database, wrong)
    database.edit(**RIGHT | {"config": {"max_connections": 77}}).eventually_ready()

    assert database.sql("SELECT @@max_connections") == "77"
    assert database.has_its_row()


def test_a_password_changed_beside_a_wrong_setting_holds_up_no_final_backup(team: Team) -> None:
    database = Database.applied(team).eventually_ready().with_a_row()

    database.edit(password="another", config={"no_such_setting": 1})
    database.eventually_says("Stalled", "ConfigInvalid")
    assert database.lets_in("root", PASSWORD)
    database.delete()

    again = Database.applied(team, password="another").eventually_ready()
    assert again.has_its_row()


def test_a_password_changed_beside_a_setting_is_applied_after_it(team: Team) -> None:
    database = Database.applied(team).eventually_ready().with_a_row()

    database.edit(password="another", config={"max_connections": 78}).eventually_ready()

    database.password = "another"
    assert database.sql("SELECT @@max_connections") == "78"
    assert database.has_its_row()
