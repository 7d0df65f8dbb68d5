"""What people read: phases, sentences, conditions and events."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mysql_operator import names
from mysql_operator.errors import HelmError, KubeError, SpecError
from mysql_operator.model import conditions
from mysql_operator.model.status import MySQLStatus, Phase, ReleaseStatus
from mysql_operator.reconcile import events, reporting
from mysql_operator.reconcile.actions import (
    AddFinalizer,
    Nothing,
    Refuse,
    Unlock,
    Upgrade,
    Wait,
)
from mysql_operator.reconcile.facts.observations import (
    InPlace,
    Job,
    JobState,
    Observed,
    OperationKind,
    Outcome,
    Server,
    Trouble,
)
from tests.unit.reconcile import builders
from tests.unit.reconcile.builders import (
    CLAIM,
    CREATED,
    DELETED,
    FRESH,
    NOW,
    a_job,
    a_release,
    an_instance,
    an_operation,
    seen,
    what_is_desired,
)


def test_an_instance_at_rest_says_where_its_data_came_from() -> None:
    status = builders.reported(seen(), Nothing())

    assert status.phase is Phase.READY
    assert status.message == "created fresh: no backup was found"
    assert conditions.find(status.conditions, "Ready").status == "True"


def test_the_server_that_restarts_on_restored_data_is_not_ready_and_needs_nobody() -> None:
    restarting = seen(in_place=InPlace("back", "it runs"), server=Server(ready=False))

    status = builders.reported(restarting, Wait())

    assert (status.phase, status.reason) == (Phase.RESTORING, "Restoring")
    assert status.message == "MySQLRestore back: the server restarts on the restored data"
    stated = {it.type: (it.status, it.reason) for it in status.conditions}
    assert stated["Ready"] == ("False", "Restoring")
    assert (stated["Reconciling"][0], stated["Stalled"][0]) == ("True", "False")


def test_what_is_wrong_comes_before_a_restore_that_is_at_work() -> None:
    refused = seen(in_place=InPlace("back", "it runs"), refused=KubeError("Forbidden", "no"))

    status = builders.reported(refused, Wait())

    assert (status.phase, status.reason) == (Phase.STALLED, "Forbidden")


def test_a_release_that_has_to_be_unlocked_first_is_not_told_as_ready() -> None:
    stuck = seen(release=a_release(status="pending-install"))
    status = builders.reported(stuck, Unlock("secret", "pending-upgrade"))

    assert status.phase is Phase.UPGRADING


def serving_while_restored(**changes: Any) -> Observed:
    ordinary = seen(
        instance=an_instance(status=MySQLStatus()),
        operation=an_operation(OperationKind.INSTALL),
        restore_job=a_job(JobState.RUNNING),
    )
    return replace(ordinary, **changes)


def test_a_server_on_a_new_claim_is_only_ready_when_it_is_restored() -> None:
    status = builders.reported(serving_while_restored(), Wait())

    assert conditions.find(status.conditions, "Ready").status == "True"
    assert conditions.find(status.conditions, "Initialized").status == "False"
    assert status.phase is Phase.READY


def test_a_server_on_an_older_claim_may_still_be_closed_to_writes() -> None:
    older = replace(CLAIM, created=CREATED - timedelta(days=1))
    status = builders.reported(serving_while_restored(data_claim=older), Wait())

    assert conditions.find(status.conditions, "Ready").status == "False"
    assert status.phase is Phase.RESTORING


def test_an_instance_is_ready_before_helm_has_noticed() -> None:
    ending = an_operation(OperationKind.INSTALL)
    status = builders.reported(seen(operation=ending), Wait())

    assert conditions.find(status.conditions, "Ready").status == "True"
    assert (status.phase, status.observed_generation) == (Phase.READY, 1)


def test_an_instance_is_not_ready_before_its_application_user_can_log_in() -> None:
    ending = an_operation(OperationKind.INSTALL)
    with_user = what_is_desired(user_password_version="v1")
    status = builders.reported(seen(operation=ending, desired=with_user), Wait())

    assert conditions.find(status.conditions, "Ready").status == "False"


def test_a_failure_is_over_once_all_is_at_rest_even_if_nobody_saw_the_success() -> None:
    failed = MySQLStatus(
        restore=FRESH, failures=1, failed_attempt="values-chart", failed_at=CREATED.isoformat()
    )
    at_rest = seen(instance=an_instance(status=failed))
    starting = replace(at_rest, server=Server(ready=False))

    _, status = builders.a_pass(at_rest)
    _, before = builders.a_pass(starting)

    assert (status.failures, status.phase) == (None, Phase.READY)
    assert before.failures == 1


def test_a_deletion_that_cannot_go_on_without_a_hand_is_blocked_and_says_so() -> None:
    stuck = seen(instance=an_instance(deleted=DELETED), release=None, server=None)

    status = builders.reported(stuck, Refuse("SecretNotFound", "create it"))

    assert status.phase is Phase.DELETION_BLOCKED
    blocked = conditions.find(status.conditions, conditions.DELETION_BLOCKED)
    assert (blocked.status, blocked.reason) == ("True", "SecretNotFound")


def test_what_the_api_server_refuses_is_told_on_the_object() -> None:
    refused = KubeError("Forbidden", "Secret team/db-credentials: exceeded quota")

    status = builders.reported(seen(refused=refused), Nothing())

    assert (status.phase, status.message) == (Phase.STALLED, refused.message)


def test_an_object_that_cannot_be_read_keeps_its_status_and_says_why() -> None:
    before = builders.reported(seen(), Nothing())
    problem = SpecError("SpecInvalid", "deletionPolicy: no such policy")

    status = reporting.status_with_problem(before, problem, 3, NOW)

    assert (status.message, status.version) == (problem.message, before.version)
    stalled = conditions.find(status.conditions, conditions.STALLED)
    assert (stalled.status, stalled.reason) == ("True", "SpecInvalid")
    assert conditions.find(status.conditions, conditions.READY) is not None


def test_a_failed_backup_blocks_the_deletion_and_names_the_way_out() -> None:
    full = {
        "result": "failed",
        "reason": "DiskFull",
        "message": "backup-db-pvc is full; enlarge it",
    }
    failing = seen(
        instance=an_instance(deleted=DELETED),
        release=a_release(status="uninstalling"),
        backup_job=Job(JobState.FAILED, created=NOW, receipt=full),
        outcome=Outcome(attempted="", error=HelmError("HookFailed", "the hook failed")),
    )

    status = builders.reported(failing, builders.an_uninstall(backup=True))
    blocked = conditions.find(status.conditions, "DeletionBlocked")

    assert status.phase is Phase.DELETION_BLOCKED
    assert (status.failures, blocked.status, blocked.reason) == (1, "True", "DiskFull")
    assert "backup-db-pvc is full" in blocked.message
    assert "give-up-final-backup=I give up the data of team/db" in blocked.message


def test_failures_are_counted_until_something_else_is_tried() -> None:
    error = HelmError("Invalid", "no")
    once = MySQLStatus(restore=FRESH, failures=1, failed_attempt="a")
    again = seen(instance=an_instance(status=once), outcome=Outcome("a", error))
    other = seen(instance=an_instance(status=once), outcome=Outcome("b", error))
    well = seen(instance=an_instance(status=once), outcome=Outcome("a", None))

    counts = [builders.reported(it, Wait()).failures for it in (again, other, well)]

    assert counts == [2, 1, None]


def test_a_problem_stays_readable_between_two_attempts() -> None:
    failed = seen(
        release=a_release(status="failed"),
        outcome=Outcome("values-chart", HelmError("Invalid", "the server refuses it")),
    )
    _, status = builders.a_pass(failed)

    _, later = builders.a_pass(replace(failed, outcome=None, instance=an_instance(status=status)))

    stalled = conditions.find(later.conditions, "Stalled")
    assert (stalled.status, stalled.message) == ("True", "the server refuses it")


def test_a_refused_spec_does_not_hide_that_the_server_still_serves() -> None:
    status = builders.reported(seen(), Refuse("ReleaseConflict", "choose another name"))

    assert (status.phase, status.reason) == (Phase.STALLED, "ReleaseConflict")
    assert conditions.find(status.conditions, "Ready").status == "True"
    assert conditions.find(status.conditions, "Stalled").reason == "ReleaseConflict"


def test_ready_speaks_of_the_spec_in_force_while_a_newer_one_is_refused() -> None:
    first = builders.reported(seen(instance=an_instance(generation=1)), Nothing())
    edited = seen(instance=an_instance(generation=2, status=first))

    refused = builders.reported(edited, Refuse("ConfigInvalid", "correct the setting"))
    corrected = an_instance(generation=3, status=refused)
    applied = builders.reported(seen(instance=corrected), Nothing())

    def generations(status: MySQLStatus) -> tuple[int, int]:
        ready = conditions.find(status.conditions, "Ready")
        stalled = conditions.find(status.conditions, "Stalled")
        return ready.observed_generation, stalled.observed_generation

    assert [generations(status) for status in (first, refused, applied)] == [(1, 1), (1, 2), (3, 3)]


def test_the_status_speaks_of_a_new_spec_once_that_has_been_applied() -> None:
    edited = an_instance(generation=2, status=MySQLStatus(restore=FRESH, observed_generation=1))
    upgrade = builders.an_upgrade(install=False, restore=False, change_user_password=False)
    running = an_operation(OperationKind.UPGRADE)

    before = builders.reported(seen(instance=edited), upgrade)
    during = builders.reported(seen(instance=edited, operation=running), Wait())
    after = builders.reported(seen(instance=edited), Nothing())

    generations = [status.observed_generation for status in (before, during, after)]
    assert generations == [1, 1, 2]
    ready = [conditions.find(it.conditions, "Ready") for it in (before, during, after)]
    assert [condition.observed_generation for condition in ready] == [1, 1, 2]


def test_a_condition_keeps_the_time_of_its_last_change() -> None:
    first = builders.reported(seen(), Nothing())
    later = seen(instance=an_instance(status=first), now=NOW + timedelta(hours=1))

    assert builders.reported(later, Nothing()).conditions == first.conditions


def test_events_tell_changes_and_nothing_twice() -> None:
    trouble = Trouble("ImageNotMySQL", "spec.image: x is not an image of MySQL", NOW)
    calm = builders.reported(seen(), Nothing())
    troubled = builders.reported(
        seen(instance=an_instance(status=calm), trouble=trouble, server=None), Wait()
    )

    told = events.between(calm, troubled)

    assert [(event.type, event.reason) for event in told] == [("Warning", "ImageNotMySQL")]
    assert events.between(troubled, troubled) == []


def kstatus(status: MySQLStatus, generation: int = 1) -> str:
    """What sigs.k8s.io/cli-utils computes of a living object, by its rules and in their order."""
    if status.observed_generation != generation:
        return "InProgress"
    for condition in status.conditions:
        if (condition.type, condition.status) == ("Reconciling", "True"):
            return "InProgress"
        if (condition.type, condition.status) == ("Stalled", "True"):
            return "Failed"
    ready = conditions.find(status.conditions, "Ready")
    return "Current" if ready is None or ready.status == "True" else "InProgress"


def test_an_object_that_nobody_has_looked_at_is_in_progress() -> None:
    assert kstatus(MySQLStatus(observed_generation=-1)) == "InProgress"


def test_a_secret_that_is_not_there_yet_stalls_the_object_after_a_minute_alone() -> None:
    missing = Refuse("SecretNotFound", "spec.passwordSecretRef: Secret x does not exist")
    new = seen(instance=an_instance(status=MySQLStatus()), release=None, server=None)

    first = builders.reported(new, missing)
    later = replace(new, instance=an_instance(status=first), now=NOW + timedelta(seconds=61))
    second = builders.reported(later, missing)

    ready = conditions.find(first.conditions, "Ready")
    assert (ready.status, ready.reason, ready.message) == ("False", missing.reason, missing.message)
    assert [kstatus(first), kstatus(second)] == ["InProgress", "Failed"]
    assert [it.reason for it in events.between(first, second)] == ["SecretNotFound"]


def test_an_edit_that_waits_for_its_secret_is_in_progress_though_clients_are_served() -> None:
    status = builders.reported(seen(), Refuse("SecretNotFound", "create it"))

    assert conditions.find(status.conditions, "Ready").status == "True"
    assert (kstatus(status), status.phase) == ("InProgress", Phase.UPGRADING)
    assert status.reason == "SecretNotFound"


def test_what_began_before_the_operator_looked_has_used_up_its_grace() -> None:
    began = NOW - timedelta(minutes=5)
    unscheduled = seen(trouble=Trouble("Unschedulable", "no node", began), server=None)

    assert kstatus(builders.reported(unscheduled, Wait())) == "Failed"


def test_a_server_that_serves_has_nothing_left_to_do() -> None:
    status = builders.reported(seen(), Nothing())

    assert (kstatus(status), status.reason) == ("Current", "Serving")
    stalled = conditions.find(status.conditions, "Stalled")
    assert (stalled.status, stalled.message) == ("False", "No problem found")


def test_a_server_that_starts_is_not_said_to_have_no_problem() -> None:
    status = builders.reported(seen(server=Server(ready=False)), Wait())

    messages = {condition.message for condition in status.conditions}
    assert "Waiting for the server to become ready" in messages
    assert "No problem found" not in messages
    assert kstatus(status) == "InProgress"


def test_no_condition_speaks_of_a_generation_that_never_was() -> None:
    new = an_instance(generation=3, status=MySQLStatus(observed_generation=-1))
    first = builders.reported(
        seen(instance=new, release=None, server=None), AddFinalizer((names.FINALIZER,))
    )

    assert {condition.observed_generation for condition in first.conditions} == {3}
    assert first.observed_generation == -1


def test_what_the_probes_say_is_read_before_it_is_a_problem() -> None:
    hint = Trouble("NotReady", "pod db-1 is not ready: ERROR 2013 Lost connection", NOW)
    starting = seen(server=Server(ready=False), hint=hint)

    status = builders.reported(starting, Wait())

    ready = conditions.find(status.conditions, "Ready")
    assert (status.message, ready.reason, ready.message) == (hint.message, "NotReady", hint.message)
    assert conditions.find(status.conditions, "Stalled").status == "False"
    assert status.phase is Phase.STARTING


def test_a_problem_stands_while_a_retry_may_still_fail_in_the_same_way() -> None:
    failed = builders.reported(seen(outcome=Outcome("a", HelmError("Invalid", "refused"))), Wait())
    retry = seen(
        instance=an_instance(status=failed),
        operation=an_operation(OperationKind.UPGRADE, running_seconds=5),
    )
    far = replace(retry, operation=an_operation(OperationKind.UPGRADE, running_seconds=90))

    reasons = [builders.reported(it, Wait()).reason for it in (retry, far)]

    assert reasons == ["Invalid", "Serving"]


def test_a_wrong_sentence_in_the_annotation_is_answered_with_the_right_one() -> None:
    wrong = {names.GIVE_UP: "I give up"}
    stuck = seen(
        instance=an_instance(deleted=DELETED, annotations=wrong),
        outcome=Outcome(attempted="", error=HelmError("HookFailed", "the hook failed")),
    )

    status = builders.reported(stuck, builders.an_uninstall(backup=True))

    message = conditions.find(status.conditions, "DeletionBlocked").message
    assert "the sentence must be exactly: I give up the data of team/db" in message


@pytest.mark.parametrize(
    ("ahead", "said"),
    [(1, "1"), (2, "2"), (4, "3 or more"), (99, "50 or more"), (900, "500 or more")],
)
def test_an_object_whose_helm_command_waits_for_its_turn_says_for_how_many(
    ahead: int, said: str
) -> None:
    operation = an_operation(OperationKind.INSTALL, running_seconds=0, ahead=ahead)

    status = builders.reported(seen(operation=operation, release=None, server=None), Wait(2))

    assert status.message == f"Waiting for {said} other helm command{'s' * (ahead > 1)}"


def test_a_rollback_by_hand_is_reported_when_it_is_reverted() -> None:
    ours = ReleaseStatus(name="db", status="deployed", revision=2, applied=2)
    instance = an_instance(status=MySQLStatus(restore=FRESH, release=ours))
    rolled_back = seen(instance=instance, release=a_release(revision=3, holder=""))

    _, status = builders.a_pass(rolled_back)

    assert status.reverted.what == "helm release db: revision 3 is not the operator's"
    (event,) = [it for it in events.between(instance.status, status) if "db" in it.message]
    assert event.type == "Warning"


def test_an_upgrade_to_another_spec_reverts_nothing() -> None:
    edited = seen(desired=what_is_desired(values_digest="other"))

    action, status = builders.a_pass(edited)

    assert isinstance(action, Upgrade)
    assert status.reverted is None
