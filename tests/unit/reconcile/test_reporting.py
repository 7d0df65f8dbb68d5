"""What people read: phases, sentences, conditions and events."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from mysql_operator.errors import HelmError, KubeError, SpecError
from mysql_operator.model import conditions
from mysql_operator.model.status import MySQLStatus, Phase, ReleaseStatus
from mysql_operator.reconcile import reporting
from mysql_operator.reconcile.actions import Nothing, Refuse, Uninstall, Unlock, Upgrade, Wait
from mysql_operator.reconcile.observations import (
    Job,
    JobState,
    Observed,
    OperationKind,
    Outcome,
    Trouble,
)
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
    status = reporting.status_for(seen(), Nothing())

    assert status.phase is Phase.READY
    assert status.message == "created fresh: no backup was found"
    assert conditions.find(status.conditions, "Ready").status == "True"


def test_a_release_that_has_to_be_unlocked_first_is_not_told_as_ready() -> None:
    stuck = seen(release=a_release(status="pending-install"))
    status = reporting.status_for(stuck, Unlock())

    assert status.phase is Phase.UPGRADING


def serving_while_restored(**changes: Any) -> Observed:
    ordinary = seen(
        instance=an_instance(status=MySQLStatus()),
        operation=an_operation(OperationKind.INSTALL),
        restore_job=a_job(JobState.RUNNING),
    )
    return replace(ordinary, **changes)


def test_a_server_on_a_new_claim_is_only_ready_when_it_is_restored() -> None:
    status = reporting.status_for(serving_while_restored(), Wait())

    assert conditions.find(status.conditions, "Ready").status == "True"
    assert conditions.find(status.conditions, "Restored").status == "False"
    assert status.phase is Phase.INSTALLING


def test_a_server_on_an_older_claim_may_still_be_closed_to_writes() -> None:
    older = replace(CLAIM, created=CREATED - timedelta(days=1))
    status = reporting.status_for(serving_while_restored(data_claim=older), Wait())

    assert conditions.find(status.conditions, "Ready").status == "False"
    assert status.phase is Phase.RESTORING


def test_an_instance_is_ready_before_helm_has_noticed() -> None:
    ending = an_operation(OperationKind.INSTALL)
    status = reporting.status_for(seen(operation=ending), Wait())

    assert conditions.find(status.conditions, "Ready").status == "True"
    assert (status.phase, status.observed_generation) == (Phase.INSTALLING, 1)


def test_an_instance_is_not_ready_before_its_application_user_can_log_in() -> None:
    ending = an_operation(OperationKind.INSTALL)
    with_user = what_is_desired(user_password_version="v1")
    status = reporting.status_for(seen(operation=ending, desired=with_user), Wait())

    assert conditions.find(status.conditions, "Ready").status == "False"


def test_a_failure_is_over_once_all_is_at_rest_even_if_nobody_saw_the_success() -> None:
    failed = MySQLStatus(restore=FRESH, failures=1, failed_attempt="values-chart", failed_at="x")
    at_rest = seen(instance=an_instance(status=failed))

    status = reporting.status_for(at_rest, Nothing())

    assert (status.failures, status.phase) == (None, Phase.READY)
    assert reporting.status_for(at_rest, Wait(1)).failures == 1


def test_a_deletion_that_cannot_go_on_without_a_hand_is_blocked_and_says_so() -> None:
    stuck = seen(instance=an_instance(deleted=DELETED), release=None, server=None)

    status = reporting.status_for(stuck, Refuse("SecretNotFound", "create it"))

    assert status.phase is Phase.DELETION_BLOCKED
    blocked = conditions.find(status.conditions, conditions.DELETION_BLOCKED)
    assert (blocked.status, blocked.reason) == ("True", "SecretNotFound")


def test_what_the_api_server_refuses_is_told_on_the_object() -> None:
    refused = KubeError("Forbidden", "Secret team/db-credentials: exceeded quota")

    status = reporting.status_for(seen(refused=refused), Nothing())

    assert (status.phase, status.message) == (Phase.STALLED, refused.message)


def test_an_object_that_cannot_be_read_keeps_its_status_and_says_why() -> None:
    before = reporting.status_for(seen(), Nothing())
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

    status = reporting.status_for(failing, Uninstall(backup=True))
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

    counts = [reporting.status_for(it, Wait()).failures for it in (again, other, well)]

    assert counts == [2, 1, None]


def test_a_problem_stays_readable_between_two_attempts() -> None:
    failed = seen(outcome=Outcome("a", HelmError("Invalid", "the server refuses it")))
    status = reporting.status_for(failed, Wait())

    later = reporting.status_for(seen(instance=an_instance(status=status)), Wait())

    stalled = conditions.find(later.conditions, "Stalled")
    assert (stalled.status, stalled.message) == ("True", "the server refuses it")


def test_a_refused_spec_does_not_hide_that_the_server_still_serves() -> None:
    status = reporting.status_for(seen(), Refuse("SecretNotFound", "create it"))

    assert status.phase is Phase.STALLED
    assert conditions.find(status.conditions, "Ready").status == "True"
    assert conditions.find(status.conditions, "Stalled").reason == "SecretNotFound"


def test_the_status_speaks_of_a_new_spec_once_that_has_been_applied() -> None:
    edited = an_instance(generation=2, status=MySQLStatus(restore=FRESH, observed_generation=1))
    upgrade = Upgrade(install=False, restore=False, change_user_password=False)
    running = an_operation(OperationKind.UPGRADE)

    before = reporting.status_for(seen(instance=edited), upgrade)
    during = reporting.status_for(seen(instance=edited, operation=running), Wait())
    after = reporting.status_for(seen(instance=edited), Nothing())

    generations = [status.observed_generation for status in (before, during, after)]
    assert generations == [1, 1, 2]
    ready = [conditions.find(it.conditions, "Ready") for it in (before, during, after)]
    assert [condition.observed_generation for condition in ready] == [1, 1, 2]


def test_a_condition_keeps_the_time_of_its_last_change() -> None:
    first = reporting.status_for(seen(), Nothing())
    later = seen(instance=an_instance(status=first), now=NOW + timedelta(hours=1))

    assert reporting.status_for(later, Nothing()).conditions == first.conditions


def test_events_tell_changes_and_nothing_twice() -> None:
    trouble = Trouble("ImageCannotBePulled", "spec.image: x cannot be pulled", NOW)
    calm = reporting.status_for(seen(), Nothing())
    troubled = reporting.status_for(
        seen(instance=an_instance(status=calm), trouble=trouble, server=None), Wait()
    )

    told = reporting.events_between(calm, troubled)

    assert [(event.type, event.reason) for event in told] == [("Warning", "ImageCannotBePulled")]
    assert reporting.events_between(troubled, troubled) == []


def test_an_object_whose_helm_command_waits_for_its_turn_says_for_how_many() -> None:
    operation = an_operation(OperationKind.INSTALL, running_seconds=0, ahead=3)

    status = reporting.status_for(seen(operation=operation, release=None, server=None), Wait(2))

    assert status.message == "waiting for 3 other helm commands"


def test_a_rollback_by_hand_is_reported_when_it_is_reverted() -> None:
    ours = ReleaseStatus(name="db", status="deployed", revision=2, applied=2)
    instance = an_instance(status=MySQLStatus(restore=FRESH, release=ours))
    rolled_back = seen(instance=instance, release=a_release(revision=3, holder=""))
    upgrade = Upgrade(install=False, restore=False, change_user_password=False)

    status = reporting.status_for(rolled_back, upgrade)

    assert status.put_back.what == "helm release db: revision 3 is not the operator's"
    (event,) = [
        it for it in reporting.events_between(instance.status, status) if "db" in it.message
    ]
    assert event.type == "Warning"


def test_an_upgrade_to_another_spec_reverts_nothing() -> None:
    edited = seen(desired=what_is_desired(values_digest="other"))
    upgrade = Upgrade(install=False, restore=False, change_user_password=False)

    assert reporting.status_for(edited, upgrade).put_back is None
