"""The story itself: a database comes, goes into its backup, and comes back with its rows."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.demo.telling import do, say, title, told_to_the_end
from tests.support import installing
from tests.support.commands import must
from tests.support.objects import IMAGE
from tests.support.waiting import eventually

NAMESPACE = "demo"
NAME = "mysql-instance"
CR = (Path(__file__).parents[1] / "e2e" / "cr.yaml").read_text().replace("mysql:5.7", IMAGE)
CREATE = (
    "CREATE TABLE test (id smallint unsigned not null auto_increment, name varchar(20) not null, "
    "constraint pk_example primary key (id)); "
    "INSERT INTO test (id, name) VALUES (null, 'some data'), (null, 'some data-2')"
)
BOTH_ROWS = r"1\s+some data\s*\n\s*2\s+some data-2"


def kubectl(*words: str, stdin: str = "", shows: str = "", shown: str = "") -> str:
    command = ("kubectl", "-n", NAMESPACE, *words)
    return do(*command, stdin=stdin, shows=shows, shown=shown)


def mysql(statement: str, shows: str = "") -> str:
    words = ("mysql", "-uroot", "-potuspassword", "otus-database", "-e", statement)
    return kubectl("exec", f"deploy/{NAME}", "--", *words, shows=shows)


def the_operator() -> None:
    title("1. A cluster with the operator in it")
    say("A Kubernetes is up:")
    installing.require_cluster()
    do("kubectl", "get", "nodes", shows="Ready")
    say(
        "The operator's image is built from this checkout and loaded; the first time takes longest."
    )
    image = installing.image()
    say(f"It is {image}. One helm command installs the operator:")
    repository, _, tag = image.rpartition(":")
    do(
        "helm", "upgrade", "--install", installing.NAME, installing.CHART,
        "-n", installing.NAMESPACE, "--create-namespace",
        f"--set=image.repository={repository}", f"--set-string=image.tag={tag}",
        shows="STATUS: deployed",
    )  # fmt: skip
    do(
        "kubectl", "-n", installing.NAMESPACE, "rollout", "status", installing.DEPLOYMENT,
        "--timeout=180s",
    )  # fmt: skip


def a_clean_table() -> None:
    title("2. A team writes one object")
    do(
        "kubectl", "delete", "namespace", NAMESPACE, "--ignore-not-found", "--timeout=180s",
        quiet=True, shown=f"kubectl delete namespace {NAMESPACE}   # of an earlier demo, if any",
    )  # fmt: skip
    do("kubectl", "create", "namespace", NAMESPACE)
    label = "pod-security.kubernetes.io/enforce=restricted"
    do("kubectl", "label", "namespace", NAMESPACE, label, shows="labeled")


def first_life() -> None:
    say("This is the whole of cr.yaml:")
    print("\n" + "\n".join(f"    {line}" for line in CR.splitlines()))
    apply()
    kubectl("wait", f"ms/{NAME}", "--for=condition=Ready", "--timeout=180s", shows="condition met")
    say("It found no backup, so the database was created fresh. The object says so:")
    kubectl(
        "wait", f"ms/{NAME}", "--for=condition=Initialized", "--timeout=9s", shows="condition met"
    )
    kubectl("get", "ms")
    kubectl("get", "ms", NAME, "-o", "jsonpath={.status.message}", shows="created fresh")
    say("There are two claims: one for the data, one for the backups.")
    kubectl("get", "pvc", shows=rf"(?s)backup-{NAME}-pvc\s+Bound.*{NAME}-pvc\s+Bound")
    say("The team puts two rows into it:")
    mysql(CREATE)
    mysql("select * from test", shows=BOTH_ROWS)
    say("To helm it is one ordinary release:")
    settled()
    do("helm", "-n", NAMESPACE, "list", shows=rf"{NAME}\s.*deployed")


def deletion() -> None:
    title("3. The object is deleted: no backup, no deletion")
    volume = data_volume()
    say(f"The data is on the volume {volume}. kubectl comes back when the backup is proven:")
    kubectl("delete", "mysqls.otus.homework", NAME, shows="deleted")
    kubectl("get", "jobs", shows=rf"backup-{NAME}-job\s.*1/1")
    say("What the backup holds is told in an event:")
    kubectl("get", "events", "--field-selector=reason=BackedUp", shows="2 rows")
    say("The data volume is gone; the backup's is there. So are no pods and no release:")
    eventually(lambda: volume not in must("kubectl", "get", "pv"), "the data volume is gone")
    do("kubectl", "get", "pv", shows=f"{NAMESPACE}/backup-{NAME}-pvc", hides=volume)
    kubectl("get", "deployments,services,ms", shows="No resources found")


def second_life() -> None:
    title("4. The same object again: the rows are back")
    apply()
    kubectl("wait", f"ms/{NAME}", "--for=condition=Ready", "--timeout=180s", shows="condition met")
    mysql("select * from test", shows=BOTH_ROWS)
    settled()
    kubectl("get", "jobs", shows=rf"restore-{NAME}-job\s.*1/1")
    kubectl("get", "ms", NAME, "-o", "jsonpath={.status.message}", shows="restored from")
    do("helm", "-n", NAMESPACE, "list", shows=rf"{NAME}\s.*deployed")


def how_to_go_on() -> None:
    title("That was the whole story: the two rows are back")
    say("The cluster stays up. To look around, put `python3 -m tests.cluster exec --` before:")
    for command in (
        f"kubectl -n {NAMESPACE} get ms,pods,jobs,pvc",
        f"kubectl -n {NAMESPACE} describe ms {NAME}",
        f"kubectl -n {NAMESPACE} exec -it deploy/{NAME} -- mysql -uroot -p otus-database",
        f"helm -n {NAMESPACE} status {NAME}",
    ):
        print(f"    {command}")
    say("To take the local cluster down: make cluster-down")


def apply() -> None:
    kubectl("apply", "-f", "-", stdin=CR, shown=f"kubectl -n {NAMESPACE} apply -f cr.yaml")


def settled() -> None:
    """helm notices the end of a Job a second or two after clients are served."""
    kubectl(
        "wait", f"ms/{NAME}", "--for=jsonpath={.status.release.status}=deployed", "--timeout=60s"
    )


def data_volume() -> str:
    where = "jsonpath={.spec.volumeName}"
    return must("kubectl", "-n", NAMESPACE, "get", "pvc", f"{NAME}-pvc", "-o", where)


if __name__ == "__main__":
    sys.exit(
        told_to_the_end(
            the_operator, a_clean_table, first_life, deletion, second_life, how_to_go_on
        )
    )
