"""An hour of a broken object on a virtual clock, from the kubelet's states to the events written.

The kubelet starts a container again and again, with its back-off; the operator looks, decides,
reports, and begins and ends helm commands as it does in a cluster. `kubectl describe` has to stay
readable: at most ten events, whatever is broken.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from lightkube.models.core_v1 import (
    ContainerState,
    ContainerStateRunning,
    ContainerStateTerminated,
    ContainerStateWaiting,
    ContainerStatus,
    PodCondition,
)

from mysql_operator.adapters import event_log
from mysql_operator.errors import HelmError, OperatorError
from mysql_operator.model.events import Event
from mysql_operator.model.status import MySQLStatus
from mysql_operator.reconcile import attempts, events
from mysql_operator.reconcile.actions import Cancel, Uninstall, Upgrade, Wait
from mysql_operator.reconcile.facts import troubles
from mysql_operator.reconcile.facts.observations import (
    Instance,
    Job,
    JobState,
    Observed,
    Operation,
    OperationKind,
    Outcome,
    Server,
)
from tests.unit.reconcile import builders
from tests.unit.reconcile.builders import DELETED, NOW, a_release, an_instance, an_operation, seen
from tests.unit.reconcile.test_causes import recorded
from tests.unit.reconcile.test_troubles import NO_BASH, UNKNOWN_VARIABLE, a_pod

HOUR = timedelta(hours=1)
AN_END = ContainerStateTerminated(exitCode=1, reason="Error")
NOT_SET_UP = ContainerStateTerminated(
    exitCode=0, reason="Completed", message='{"reason":"NotSetUp","message":"ERROR 3032"}'
)
NEVER_RAN = ContainerStateWaiting(reason="RunContainerError", message=recorded("runtime-no-bash"))


@dataclass
class Store:
    """The API server's events of one object."""

    instance: Instance
    kept: dict[str, Event] = field(default_factory=dict)
    writes: int = 0

    def write(self, event: Event) -> None:
        self.kept[event_log.name_of(self.instance.key, self.instance.uid, event)] = event
        self.writes += 1


def seconds_between_starts() -> Iterator[int]:
    pause = 10
    while True:
        yield pause
        pause = min(300, pause * 2)


def crashing(end: ContainerStateTerminated, *, runs_for: int = 2) -> Callable[[datetime], Observed]:
    """A container that runs so many seconds, ends, is seen as ended for one, and waits."""

    def at(now: datetime) -> Observed:
        passed = (now - NOW).total_seconds()
        began, restarts = 0.0, 0
        for pause in seconds_between_starts():
            if passed < began + runs_for + 1 + pause:
                break
            began, restarts = began + runs_for + 1 + pause, restarts + 1
        state = ContainerState(waiting=ContainerStateWaiting(reason="CrashLoopBackOff"))
        if passed < began + runs_for:
            started = NOW + timedelta(seconds=began)
            state = ContainerState(running=ContainerStateRunning(startedAt=started))
            if end.reason == "StartError":
                state = ContainerState(waiting=NEVER_RAN)
        elif passed < began + runs_for + 1:
            state = ContainerState(terminated=end)
        has_ended = restarts > 0 or (state.waiting is not None and state.waiting is not NEVER_RAN)
        last = ContainerState(terminated=end) if has_ended else None
        return with_container(state, last, restarts, now)

    return at


def with_container(
    state: ContainerState, last: ContainerState | None, restarts: int, now: datetime
) -> Observed:
    container = ContainerStatus(
        image="busybox", imageID="", name="mysql", ready=False, restartCount=restarts,
        state=state, lastState=last,
    )  # fmt: skip
    pod = a_pod(container)
    pod.status.conditions = [PodCondition(status="False", type="Ready", lastTransitionTime=NOW)]
    return seen(trouble=troubles.of_pod(pod, now), server=Server(ready=False))


def pulling(now: datetime) -> Observed:
    passed = int((now - NOW).total_seconds())
    word, said = ("ErrImagePull", "") if passed % 40 < 20 else ("ImagePullBackOff", "Back-off: ")
    waiting = ContainerStateWaiting(reason=word, message=f"{said}ErrImagePull: no such host")
    return with_container(ContainerState(waiting=waiting), None, 0, now)


def serving_now_and_then(now: datetime) -> Observed:
    """Ready for 40 seconds of each two minutes: there is something new to report all the time."""
    if int((now - NOW).total_seconds()) % 120 < 40:
        return seen()
    return crashing(AN_END)(now)


def with_two_faults_in_turn(now: datetime) -> Observed:
    passed = int((now - NOW).total_seconds())
    return crashing(UNKNOWN_VARIABLE)(now) if passed % 100 < 50 else pulling(now)


def blocked_deletion(now: datetime) -> Observed:
    """Its final backup fails ten seconds after each attempt has begun."""
    full = {"reason": "DiskFull", "message": f"backup-db-pvc is full at {now.isoformat()}"}
    failed = Job(JobState.FAILED, created=now, receipt=full)
    return seen(instance=an_instance(deleted=DELETED), backup_job=failed)


@dataclass
class Operator:
    """What one operator process remembers, beside the status; an hour may have several."""

    operation: Operation | None = None
    outcome: Outcome | None = None
    began: datetime = NOW

    def look(self, world: Observed, status: MySQLStatus, now: datetime) -> Observed:
        ran = (now - self.began).total_seconds()
        if self.operation is not None:
            self.operation = replace(self.operation, running_seconds=ran)
        instance = replace(world.instance, status=status)
        release = a_release(status="failed" if self.operation is None else "pending-upgrade")
        return replace(
            world,
            now=now,
            instance=instance,
            release=release if not_served(world) else a_release(),
            operation=self.operation,
            outcome=self.outcome,
        )

    def act(self, action: object, looked: Observed) -> float:
        self.outcome = None
        if isinstance(action, Upgrade | Uninstall):
            kind = OperationKind.UPGRADE if isinstance(action, Upgrade) else OperationKind.UNINSTALL
            attempted = attempts.digest(looked)
            self.operation = an_operation(kind, attempted=attempted, running_seconds=0)
            self.began = looked.now
            return 0.5
        if isinstance(action, Cancel):
            why = OperatorError(action.why.reason, action.why.message) if action.why else None
            self._end(why)
        elif looked.instance.deleted and self.operation and self.operation.running_seconds > 10:
            self._end(HelmError("HookFailed", "the hook failed"))
        return action.seconds if isinstance(action, Wait) else 2.0

    def _end(self, error: OperatorError | None) -> None:
        assert self.operation is not None
        self.operation, self.outcome = None, Outcome(self.operation.attempted, error)


def not_served(world: Observed) -> bool:
    return world.server is None or not world.server.ready


def live_through(world: Callable[[datetime], Observed]) -> tuple[Store, list[MySQLStatus]]:
    """Every seven minutes another operator process takes over."""
    status, now, operator = MySQLStatus(observed_generation=-1), NOW, Operator()
    store, written = Store(an_instance()), []
    restarted = now
    while now < NOW + HOUR:
        if now - restarted >= timedelta(minutes=7):
            operator, restarted = Operator(), now
        looked = operator.look(world(now), status, now)
        action, new = builders.a_pass(looked)
        for event in events.between(status, new):
            store.write(event)
        written += [new] if new != status else []
        status = new
        now += timedelta(seconds=max(0.5, operator.act(action, looked)))
    return store, written


BROKEN = {
    "an unknown setting": (crashing(UNKNOWN_VARIABLE), {"ConfigInvalid"}),
    "not an image of MySQL": (crashing(NO_BASH), {"ImageNotMySQL"}),
    "accounts that cannot be set up": (crashing(NOT_SET_UP, runs_for=20), {"NotSetUp"}),
    "an end without a word": (crashing(AN_END), {"CrashLooping"}),
    "an image that does not come": (pulling, {"ImageCannotBePulled"}),
    "a server that serves now and then": (serving_now_and_then, {"CrashLooping"}),
    "two faults in turn": (with_two_faults_in_turn, {"ConfigInvalid", "ImageCannotBePulled"}),
    "a deletion without a backup": (blocked_deletion, {"DeletionBlocked"}),
}


@functools.cache
def an_hour_of(name: str) -> tuple[Store, list[MySQLStatus]]:
    return live_through(BROKEN[name][0])


@pytest.mark.parametrize("name", BROKEN)
def test_an_hour_of_a_broken_object_is_at_most_ten_events(name: str) -> None:
    store, _ = an_hour_of(name)

    kept = list(store.kept.values())
    assert len(kept) <= 10, [event.reason for event in kept]
    assert {event.reason for event in kept if event.type == "Warning"} == BROKEN[name][1]


@pytest.mark.parametrize("name", ["an unknown setting", "not an image of MySQL"])
def test_one_fault_is_one_event_written_once_and_no_change_of_mind(name: str) -> None:
    store, written = an_hour_of(name)

    assert (len(store.kept), store.writes) == (1, 1)
    stalled = [it for it in written if it.phase == "Stalled"]
    assert {status.reason for status in stalled} == BROKEN[name][1]
    assert written[written.index(stalled[0]) :] == stalled
