"""The kinds of faults. Each is real: a signal, a full file system, a server that stops or refuses.

A fault is armed before the operation that it hits begins, and switched off when the block ends.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from tests.chaos import agents
from tests.chaos.patience import patiently
from tests.chaos.scenes import Scene
from tests.support import installing, nodes
from tests.support.commands import must, run
from tests.support.waiting import eventually

Strike = Callable[[float], bool]
"""Wait so many seconds, hit, and take back what can be taken back; whether anything was hit."""

Arming = Callable[[Scene], AbstractContextManager[Strike]]

HUNTED_SECONDS = 20
"""A process that has not come by then does not come any more."""

FOLLOWED_SECONDS = 60

OPERATOR_PODS = f"{installing.NAMESPACE}_{installing.NAME}-*"
OPERATOR = r"/mysql-operator run"
OPERATIONS = ("create", "upgrade", "password", "delete", "churn")


@dataclass(frozen=True)
class Fault:
    """One kind, what it can hit, and how."""

    kind: str
    operations: Sequence[str]
    armed: Arming
    is_everybodys: bool = False
    """It hits more than one database, so it is played by one lane at a time."""

    in_a_hundred: int = 3
    """About how many of a hundred faults are of this kind."""

    latest: float = 60.0
    """So many seconds into an operation there is nothing left to hit."""


# --- signals -------------------------------------------------------------------------------------


def _killed(component: str, command: str, signal: str) -> Arming:
    @contextlib.contextmanager
    def armed(scene: Scene) -> Iterator[Strike]:
        pods = f"{scene.namespace}_{component}-*" if component else OPERATOR_PODS
        which = command.format(namespace=scene.namespace)
        arguments = (agents.pod_logs(), pods, which, signal, str(HUNTED_SECONDS))
        with agents.sent(agents.HUNT, *arguments) as agent:
            yield lambda after: _let_go(agent, after, HUNTED_SECONDS + 5)

    return armed


def _killed_at(words: str, signal: str) -> Arming:
    @contextlib.contextmanager
    def armed(scene: Scene) -> Iterator[Strike]:
        patiently(installing.wait_until_it_serves)
        line = f"{scene.namespace}/{scene.database.name}: {words}"
        arguments = (agents.pod_logs(), OPERATOR_PODS, OPERATOR, signal, line)
        with agents.sent(agents.FOLLOW, *arguments, str(FOLLOWED_SECONDS)) as agent:
            agent.tell(0.0)  # the step may come while the operation still begins
            yield lambda _: agent.hear("hit", within=FOLLOWED_SECONDS)

    return armed


def _let_go(agent: agents.Agent, after: float, within: float) -> bool:
    agent.tell(after)
    return agent.hear("hit", within=within + after)


def _signals() -> Iterator[Fault]:
    lives = ("create", "upgrade", "password", "delete")
    births = ("create", "churn")
    scratch = r"^[^ ]*mysqld .*/\.scratch/"
    hunted = (
        # who, in which pods, by which command line, in which operations, and how late at most
        ("helm", "", r"^[^ ]*helm .*{namespace}", OPERATIONS, 60.0),
        ("mysqld", "db", r"^[^ ]*mysqld --defaults-file.*--offline", lives, 60.0),
        ("mysqld --initialize", "db", r"^[^ ]*mysqld .*--initialize", births, 1.0),
        ("backup agent", "backup-db-job", r"agent back-up", ("delete",), 5.0),
        ("restore agent", "restore-db-job", r"agent restore", births, 8.0),
        ("password agent", "password-change-db-job", r"agent set-passw", ("password",), 2.0),
        ("scratch server of a backup", "backup-db-job", scratch, ("delete",), 5.0),
        ("scratch server of a restore", "restore-db-job", scratch, births, 3.0),
    )
    for signal in ("KILL", "TERM"):
        for who, component, command, operations, latest in hunted:
            armed = _killed(component, command, signal)
            yield Fault(f"{who} SIG{signal}", operations, armed, latest=latest)
        yield Fault(
            f"operator SIG{signal}",
            OPERATIONS,
            _killed("", OPERATOR, signal),
            is_everybodys=True,
            in_a_hundred=4,
        )


STEPS = (
    ("AddFinalizer", "AddFinalizer(", ("create",)),
    ("WriteCredentials", "WriteCredentials(", ("password",)),
    ("install", "Upgrade(install=True", ("create", "churn")),
    ("upgrade", "Upgrade(install=False", ("upgrade", "password")),
    ("Cancel", "Cancel(", ("churn",)),
    ("Unlock", "Unlock(", ("interrupted create",)),
    ("uninstall with backup", "Uninstall(backup=True", ("delete",)),
    ("uninstall without", "Uninstall(backup=False", ("churn", "interrupted delete")),
    ("DeleteDataClaim", "DeleteDataClaim(", ("delete", "churn")),
    ("DeleteLeftovers", "DeleteLeftovers(", ("delete", "churn")),
    ("DropFinalizer", "DropFinalizer(", ("delete", "churn")),
)
"""What the operator says just before it does it, and in which operations it does."""


def _steps() -> Iterator[Fault]:
    for step, words, operations in STEPS:
        for signal in ("KILL", "TERM"):
            kind = f"operator SIG{signal} at {step}"
            yield Fault(kind, operations, _killed_at(words, signal), True, in_a_hundred=1)


# --- the control plane ---------------------------------------------------------------------------


def _program(script: str, name: str, *seconds: str) -> Arming:
    @contextlib.contextmanager
    def armed(scene: Scene) -> Iterator[Strike]:
        try:
            with agents.sent(script, name, *seconds) as agent:
                yield lambda after: _let_go(agent, after, 60)
        finally:
            nodes.try_sh('kill -CONT "$(pidof -s "$1")"', name)
        eventually(lambda: run("kubectl", "get", "--raw=/readyz").ok, "the API server is back")

    return armed


TOO_MANY = "chaos"
REFUSED_SECONDS = 12.0


def _refusal() -> list[dict[str, object]]:
    """Whatever the operator's ServiceAccount asks is answered with 429 by the API server itself."""
    subject = {"name": installing.NAME, "namespace": installing.NAMESPACE}
    rules = {
        "subjects": [{"kind": "ServiceAccount", "serviceAccount": subject}],
        "resourceRules": [
            {
                "verbs": ["*"],
                "apiGroups": ["*"],
                "resources": ["*"],
                "namespaces": ["*"],
                "clusterScope": True,
            }
        ],
    }
    none = {
        "nominalConcurrencyShares": 0,
        "lendablePercent": 0,
        "borrowingLimitPercent": 0,
        "limitResponse": {"type": "Reject"},
    }
    api: dict[str, object] = {
        "apiVersion": "flowcontrol.apiserver.k8s.io/v1",
        "metadata": {"name": TOO_MANY},
    }
    schema = {
        "priorityLevelConfiguration": {"name": TOO_MANY},
        "matchingPrecedence": 2,
        "distinguisherMethod": {"type": "ByUser"},
        "rules": [rules],
    }
    level = {"type": "Limited", "limited": none}
    return [
        api | {"kind": "PriorityLevelConfiguration", "spec": level},
        api | {"kind": "FlowSchema", "spec": schema},
    ]


def _refused_so_far() -> float:
    lines = must("kubectl", "get", "--raw", "/metrics").splitlines()
    total = "apiserver_flowcontrol_rejected_requests_total{"
    of_ours = (one for one in lines if one.startswith(total) and f'"{TOO_MANY}"' in one)
    return sum(float(line.split()[-1]) for line in of_ours)


@contextlib.contextmanager
def _too_many_requests(scene: Scene) -> Iterator[Strike]:
    def strike(after: float) -> bool:
        time.sleep(after)
        before = patiently(_refused_so_far)
        patiently(lambda: scene.team.apply(*_refusal()))
        time.sleep(REFUSED_SECONDS)
        return patiently(_refused_so_far) > before

    try:
        yield strike
    finally:
        patiently(_accept)


def _accept() -> None:
    for kind in ("flowschema", "prioritylevelconfiguration"):
        must("kubectl", "delete", kind, TOO_MANY, "--ignore-not-found")


# --- two operators -------------------------------------------------------------------------------

TAKEN_OVER_SECONDS = 110.0


def _scale(replicas: int) -> None:
    patiently(lambda: installing.kubectl("scale", installing.DEPLOYMENT, f"--replicas={replicas}"))


@contextlib.contextmanager
def _second_operator() -> Iterator[None]:
    try:
        _scale(2)
        patiently(installing.wait_until_it_serves)
        yield
    finally:
        _scale(1)
        patiently(installing.wait_until_it_serves)


@contextlib.contextmanager
def _two_operators(scene: Scene) -> Iterator[Strike]:
    def strike(after: float) -> bool:
        time.sleep(after)
        _scale(1)  # either of them goes, the one that works too
        return True

    with _second_operator():
        yield strike


def _holder() -> str:
    return patiently(installing.holder)


@contextlib.contextmanager
def _stopped_leader(scene: Scene) -> Iterator[Strike]:
    """Kubelet ends a stopped operator at about the time when its Lease runs out.

    Where kubelet is first, the same pod takes the Lease again, and nobody has taken over: a miss.
    """

    def strike(after: float) -> bool:
        time.sleep(after)
        leader = _holder()
        pods = f"{installing.NAMESPACE}_{leader}_*"
        agents.signalled(pods, OPERATOR, "STOP")
        try:
            eventually(lambda: _holder() != leader, "another leader", within=TAKEN_OVER_SECONDS)
        except AssertionError:
            return False
        finally:
            agents.signalled(pods, OPERATOR, "CONT")
        return True

    with _second_operator():
        yield strike


# --- full volumes --------------------------------------------------------------------------------

FULL_SECONDS = 10.0


@contextlib.contextmanager
def _full_data(scene: Scene) -> Iterator[Strike]:
    def strike(after: float) -> bool:
        time.sleep(after)
        scene.fill("data")
        time.sleep(FULL_SECONDS)
        scene.empty("data")
        return True

    try:
        yield strike
    finally:
        scene.empty("data")


@contextlib.contextmanager
def _full_backup(scene: Scene) -> Iterator[Strike]:
    def strike(after: float) -> bool:
        try:
            blocked = scene.database.eventually_says("DeletionBlocked", "DiskFull", within=60)
        except AssertionError:
            return False
        time.sleep(after)
        return bool(blocked)

    try:
        scene.fill("backup")
        yield strike
    finally:
        scene.empty("backup")


def all_of() -> list[Fault]:
    """Every kind."""
    api, etcd, everything = "kube-apiserver", "etcd", OPERATIONS
    return [
        *_signals(),
        *_steps(),
        Fault("API server SIGKILL", everything, _program(agents.KILL, api), True, 4),
        Fault("API server slow", everything, _program(agents.STOP, api, "6"), True, 4),
        Fault("etcd SIGKILL", everything, _program(agents.KILL, etcd), True),
        Fault("API server answers 5xx", everything, _program(agents.STOP, etcd, "25"), True),
        Fault("API server answers 429", everything, _too_many_requests, True, 4),
        Fault("two operators", everything, _two_operators, True, 4),
        Fault("leader stopped", everything, _stopped_leader, True, 1),
        Fault("data volume full", ("create", "upgrade", "password"), _full_data, False, 5),
        Fault("backup volume full", ("delete",), _full_backup, False, 5),
    ]
