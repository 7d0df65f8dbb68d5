"""From what is observed to an action, story by story; test_the_table has all combinations."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product

import pytest

from mysql_operator import names
from mysql_operator.errors import SpecError
from mysql_operator.model.status import (
    FinalBackup,
    MySQLStatus,
    ReleaseStatus,
    Reverted,
    UserPasswordStatus,
)
from mysql_operator.reconcile import attempts, releases
from mysql_operator.reconcile.actions import (
    AddFinalizer,
    Cancel,
    DeleteDamagedRevision,
    DeleteDataClaim,
    DeleteLeftovers,
    DropFinalizer,
    EndJobs,
    Nothing,
    Refuse,
    Uninstall,
    Unlock,
    Upgrade,
    Wait,
    WriteCredentials,
)
from mysql_operator.reconcile.facts.observations import (
    Claim,
    Drift,
    Job,
    JobState,
    OperationKind,
    Server,
    Trouble,
)
from tests.unit.reconcile import builders
from tests.unit.reconcile.builders import (
    BACKUP_CLAIM,
    CLAIM,
    CREATED,
    DELETED,
    FRESH,
    NOW,
    READY,
    RECEIPT,
    a_job,
    a_release,
    an_instance,
    an_operation,
    seen,
    what_is_desired,
)

PENDING = ["pending-install", "pending-upgrade", "pending-rollback"]
SETTLED = ["deployed", "failed", "uninstalling"]


def a_deleted(*, receipt: FinalBackup | None = None, **changes: object) -> object:
    status = MySQLStatus(restore=FRESH, final_backup=receipt)
    return an_instance(status=status, deleted=DELETED, **changes)


# An object that lives.


def test_nothing_is_done_for_what_is_as_the_spec_says() -> None:
    assert builders.decided(seen()) == Nothing()


def test_the_object_is_held_before_anything_is_made_for_it() -> None:
    unheld = an_instance(finalizers=(), status=MySQLStatus())

    assert isinstance(builders.decided(seen(instance=unheld, release=None)), AddFinalizer)


def test_passwords_beside_a_release_are_written_before_anything_else() -> None:
    desired = what_is_desired(credentials={"root-password": "x", "salt": "s"}, values_digest="new")

    assert builders.decided(seen(desired=desired)) == WriteCredentials(
        {"root-password": "x", "salt": "s"}
    )


def test_an_install_writes_its_passwords_itself() -> None:
    desired = what_is_desired(credentials={"root-password": "x", "salt": "s"})

    assert isinstance(builders.decided(seen(release=None, desired=desired)), Upgrade)


def unready_for(time: timedelta, **changes: object) -> Server:
    return replace(READY, ready=False, unready_since=NOW - time, **changes)


def test_a_server_that_stays_unready_gets_a_restore_job_whatever_its_probes_say() -> None:
    waits = seen(server=unready_for(timedelta(minutes=6)))

    action = builders.decided(waits)

    assert builders.is_upgrade(action, install=False, restore=True, change_user_password=False)


KILLED = a_job(JobState.FAILED, created=NOW - timedelta(hours=1), ended=NOW - timedelta(minutes=9))


@pytest.mark.parametrize(
    ("in_place", "looked"),
    [
        (KILLED, None),
        (KILLED, NOW - timedelta(days=1)),
        (KILLED, NOW - timedelta(minutes=30)),  # it was at work then
        (replace(KILLED, receipt={"reason": "ServerUnreachable"}), NOW - timedelta(days=1)),
    ],
)
def test_what_a_failed_restore_may_have_left_read_only_gets_a_restore_job(
    in_place: Job, looked: datetime | None
) -> None:
    job = None if looked is None else a_job(JobState.SUCCEEDED, created=looked)

    step = builders.decided(seen(in_place_jobs=(in_place,), restore_job=job))

    assert isinstance(step, Upgrade)
    assert step.revision.values["hooks"]["restore"] is True


@pytest.mark.parametrize(
    "changes",
    [
        {"in_place_jobs": (replace(KILLED, receipt={"reason": "NoBackup"}),)},  # never closed
        {"in_place_jobs": (replace(KILLED, state=JobState.SUCCEEDED),)},
        {"in_place_jobs": (KILLED,), "restore_job": a_job(JobState.SUCCEEDED)},
    ],
)
def test_what_nobody_has_left_read_only_gets_none(changes: dict[str, object]) -> None:
    assert not isinstance(builders.decided(seen(**changes)), Upgrade)


@pytest.mark.parametrize(
    "changes",
    [
        {"server": unready_for(timedelta(minutes=4))},
        {"server": unready_for(timedelta(minutes=6), started=False)},
        {"release": a_release(modified=NOW - timedelta(minutes=4))},
        {"restore_job": a_job(JobState.SUCCEEDED, created=NOW - timedelta(minutes=5))},
    ],
    ids=["not for long", "MySQL is not up", "just upgraded", "the Job has looked at it"],
)
def test_an_unready_server_gets_no_restore_job_that_helps_nothing(
    changes: dict[str, object],
) -> None:
    waits = seen(server=unready_for(timedelta(minutes=6)))

    assert isinstance(builders.decided(replace(waits, **changes)), Wait)


def test_a_new_object_is_installed_with_its_restore() -> None:
    new = an_instance(status=MySQLStatus())

    action = builders.decided(seen(instance=new, release=None, server=None, data_claim=None))

    assert builders.is_upgrade(action, install=True, restore=True, change_user_password=False)


@pytest.mark.parametrize("taken", ["job/restore-db-job", "job/backup-db-job"])
def test_helm_does_not_run_where_it_would_delete_somebody_elses_job(taken: str) -> None:
    new = an_instance(status=MySQLStatus())

    refused = builders.decided(seen(instance=new, release=None, taken_hooks=(taken,)))

    assert isinstance(refused, Refuse)
    assert refused.reason == "OwnershipConflict"
    assert f"kubectl delete -n team {taken}" in refused.message


def test_a_final_backup_needs_no_other_name_than_its_own() -> None:
    deleted = a_deleted()

    others = builders.decided(seen(instance=deleted, taken_hooks=("job/restore-db-job",)))
    its_own = builders.decided(seen(instance=deleted, taken_hooks=("job/backup-db-job",)))

    assert builders.uninstalls(others, backup=True)
    assert isinstance(its_own, Refuse)
    assert "backup-db-job" in its_own.message


def test_a_job_of_somebody_else_hinders_nothing_that_runs_no_hook() -> None:
    given_up = {names.GIVE_UP: "I give up the data of team/db"}
    taken = ("job/restore-db-job", "job/backup-db-job")

    at_rest = builders.decided(seen(taken_hooks=taken))
    gone = builders.decided(seen(instance=a_deleted(annotations=given_up), taken_hooks=taken))

    assert at_rest == Nothing()
    assert builders.uninstalls(gone, backup=False)


def test_an_install_waits_for_the_volume_of_an_earlier_life_to_be_gone() -> None:
    going = replace(CLAIM, deleted=NOW)

    assert isinstance(builders.decided(seen(release=None, data_claim=going)), Wait)


@pytest.mark.parametrize("status", ["deployed", "failed"])
def test_another_spec_is_applied_at_once(status: str) -> None:
    release = a_release(status=status, values_digest="older")

    action = builders.decided(seen(release=release))

    assert isinstance(action, Upgrade)
    assert not action.change_user_password


def test_the_restore_job_runs_again_where_helm_was_interrupted_to_lift_the_fence() -> None:
    well = builders.decided(seen(release=a_release(values_digest="older")))
    interrupted = builders.decided(seen(release=a_release(status="failed")))

    assert builders.is_upgrade(well, install=False, restore=False, change_user_password=False)
    assert builders.is_upgrade(interrupted, install=False, restore=True, change_user_password=False)


def test_a_revision_that_was_made_by_hand_is_taken_back() -> None:
    ours = ReleaseStatus(name="db", status="deployed", revision=4, applied=4)
    instance = an_instance(status=MySQLStatus(restore=FRESH, release=ours))

    at_rest = builders.decided(seen(instance=instance, release=a_release(revision=4)))
    by_hand = builders.decided(seen(instance=instance, release=a_release(revision=5)))

    assert at_rest == Nothing()
    assert isinstance(by_hand, Upgrade)


def test_a_new_chart_is_applied_like_a_new_spec() -> None:
    assert isinstance(builders.decided(seen(release=a_release(chart_digest="older"))), Upgrade)


def test_a_first_install_that_failed_is_upgraded_with_its_restore() -> None:
    new = an_instance(status=MySQLStatus())

    action = builders.decided(seen(instance=new, release=a_release(status="failed")))

    assert builders.is_upgrade(action, install=False, restore=True, change_user_password=False)


def test_a_failed_release_of_the_same_spec_waits_for_its_back_off() -> None:
    failing = MySQLStatus(
        restore=FRESH,
        failures=3,
        failed_at=(NOW - timedelta(seconds=30)).isoformat(),
        failed_attempt="values-chart",
    )
    instance = an_instance(status=failing)
    release = a_release(status="failed")

    waiting = builders.decided(seen(instance=instance, release=release))
    later = builders.decided(
        seen(instance=instance, release=release, now=NOW + timedelta(seconds=11))
    )

    assert waiting == Wait(10.0)
    assert isinstance(later, Upgrade)


def test_the_back_off_doubles_up_to_ten_minutes() -> None:
    assert [attempts.back_off_seconds(n) for n in (0, 1, 2, 3, 7, 50)] == [
        0,
        10,
        20,
        40,
        600,
        600,
    ]


@pytest.mark.parametrize("status", [*PENDING, "uninstalling"])
def test_a_release_that_a_dead_operator_left_is_unlocked(status: str) -> None:
    assert isinstance(builders.decided(seen(release=a_release(status=status))), Unlock)


@pytest.mark.parametrize("status", PENDING)
def test_a_release_that_a_person_works_on_by_hand_is_left_alone(status: str) -> None:
    by_hand = a_release(status=status, holder="", modified=NOW - timedelta(minutes=5))

    action = builders.decided(seen(release=by_hand))

    assert isinstance(action, Refuse)
    assert action.reason == "ReleaseBusy"
    assert f"{status} at revision 1" in action.message


@pytest.mark.parametrize("deleted", [None, DELETED])
@pytest.mark.parametrize("status", PENDING)
def test_a_release_is_taken_over_after_a_quarter_of_an_hour_of_silence(
    status: str, deleted: datetime | None
) -> None:
    silent = a_release(status=status, holder="", modified=NOW - releases.FOREIGN_SILENCE)
    instance = an_instance(deleted=deleted)

    assert isinstance(builders.decided(seen(instance=instance, release=silent)), Unlock)


@pytest.mark.parametrize("state", [JobState.PENDING, JobState.RUNNING])
@pytest.mark.parametrize("hook", ["restore_job", "password_job", "backup_job"])
def test_a_helm_command_that_waits_for_a_hook_is_not_cut(hook: str, state: JobState) -> None:
    began = NOW - timedelta(hours=3)
    waiting = a_release(status="pending-upgrade", holder="", modified=began)
    job = Job(state=state, created=began)

    action = builders.decided(seen(release=waiting, **{hook: job}))

    assert isinstance(action, Refuse)
    assert action.reason == "ReleaseBusy"


def test_the_backup_of_an_uninstall_by_hand_is_not_cut() -> None:
    by_hand = a_release(status="uninstalling", modified=NOW - timedelta(seconds=3))

    assert isinstance(builders.decided(seen(release=by_hand)), Refuse)


def test_a_hook_that_ended_a_moment_ago_breaks_the_silence() -> None:
    began = NOW - timedelta(hours=3)
    waiting = a_release(status="pending-upgrade", holder="", modified=began)
    job = Job(JobState.SUCCEEDED, created=began, ended=NOW - timedelta(seconds=1))

    assert isinstance(builders.decided(seen(release=waiting, restore_job=job)), Refuse)


@pytest.mark.parametrize("deleted", [None, DELETED])
@pytest.mark.parametrize("status", ["deployed", "failed", "uninstalling", *PENDING])
def test_a_revision_of_ours_that_nobody_can_read_is_dropped(
    status: str, deleted: datetime | None
) -> None:
    damaged = a_release(status=status, is_damaged=True)

    assert isinstance(
        builders.decided(seen(instance=an_instance(deleted=deleted), release=damaged)),
        DeleteDamagedRevision,
    )


@pytest.mark.parametrize("deleted", [None, DELETED])
def test_a_damaged_revision_that_may_be_anybodys_is_not_touched(deleted: datetime | None) -> None:
    damaged = a_release(values_digest="", chart_digest="", is_damaged=True)

    action = builders.decided(seen(instance=an_instance(deleted=deleted), release=damaged))

    assert isinstance(action, Refuse)
    assert action.reason == "ReleaseDamaged"
    assert damaged.secret in action.message


def test_a_release_of_another_chart_is_refused_and_not_touched() -> None:
    action = builders.decided(seen(release=a_release(chart="nginx", values_digest="")))

    assert isinstance(action, Refuse)
    assert action.reason == "ReleaseConflict"
    assert "nginx" in action.message


def test_a_spec_that_cannot_be_followed_is_refused_in_its_own_words() -> None:
    missing = SpecError("SecretNotFound", "spec.passwordSecretRef: Secret s does not exist")

    action = builders.decided(seen(desired=missing))

    assert action == Refuse("SecretNotFound", missing.message)


def test_a_new_user_password_is_applied_and_an_applied_one_is_not_again() -> None:
    desired = what_is_desired(user_password_version="v2")
    applied = MySQLStatus(
        restore=FRESH, user_password=UserPasswordStatus(result="changed", applied_version="v2")
    )

    pending = builders.decided(seen(desired=desired))
    done = builders.decided(seen(desired=desired, instance=an_instance(status=applied)))

    assert builders.is_upgrade(pending, install=False, restore=False, change_user_password=True)
    assert done == Nothing()


def test_our_own_command_is_waited_for() -> None:
    running = an_operation(OperationKind.UPGRADE)

    action = builders.decided(seen(operation=running, release=a_release(status="pending-upgrade")))

    assert isinstance(action, Wait)


def test_a_command_for_an_older_spec_is_ended_unless_it_is_loading_data() -> None:
    running = an_operation(OperationKind.INSTALL, values_digest="older")
    loading = a_job(JobState.RUNNING)
    new = seen(instance=an_instance(status=MySQLStatus()), operation=running, server=None)
    answers = Server(ready=False, started=True)

    assert builders.decided(new) == Cancel()
    assert isinstance(builders.decided(replace(new, restore_job=loading, server=answers)), Wait)


@pytest.mark.parametrize("job", ["restore_job", "password_job"])
def test_a_job_that_waits_for_a_server_which_never_started_holds_up_no_correction(job: str) -> None:
    mistaken = an_operation(OperationKind.UPGRADE, values_digest="older")
    down = Server(ready=False, started=False)
    waiting = seen(operation=mistaken, server=down, **{job: a_job(JobState.RUNNING)})

    assert builders.decided(waiting) == Cancel()


def test_a_restore_job_over_a_complete_database_holds_up_no_correction() -> None:
    mistaken = an_operation(OperationKind.UPGRADE, values_digest="older")
    waiting = seen(operation=mistaken, restore_job=a_job(JobState.RUNNING))

    assert builders.decided(waiting) == Cancel()


def test_a_first_install_whose_work_is_done_is_not_ended_before_helm_notices() -> None:
    running = an_operation(OperationKind.INSTALL, values_digest="older")

    assert isinstance(builders.decided(seen(operation=running)), Wait)


def test_a_command_that_waits_for_a_pod_which_cannot_start_gives_its_slot_back() -> None:
    trouble = Trouble("ImageCannotBePulled", "spec.image: …", NOW - timedelta(minutes=2))
    early = an_operation(OperationKind.INSTALL, running_seconds=5)
    late = an_operation(OperationKind.INSTALL, running_seconds=90)

    assert isinstance(builders.decided(seen(operation=early, trouble=trouble)), Wait)
    assert builders.decided(seen(operation=late, trouble=trouble)) == Cancel(trouble)


def test_what_was_changed_by_hand_is_put_back_once_and_not_fought_over() -> None:
    drift = (Drift("Deployment", "db", "Deployment db: spec.replicas is 0, not 1"),)
    lately = Reverted(what=drift[0].what, time=(NOW - timedelta(minutes=1)).isoformat())
    insisting = an_instance(status=MySQLStatus(restore=FRESH, reverted=lately))

    assert isinstance(builders.decided(seen(drift=drift)), Upgrade)
    assert isinstance(builders.decided(seen(drift=drift, instance=insisting)), Nothing)


@pytest.mark.parametrize(
    ("claim", "reason"),
    [(None, "DataClaimLost"), (replace(CLAIM, deleted=NOW), "DataClaimDeleted")],
)
def test_a_server_that_loses_its_data_claim_is_not_touched(
    claim: Claim | None, reason: str
) -> None:
    action = builders.decided(seen(data_claim=claim, release=a_release(values_digest="older")))

    assert isinstance(action, Refuse)
    assert action.reason == reason


# An object that is being deleted.


def test_a_deleted_instance_is_backed_up_first() -> None:
    assert builders.uninstalls(builders.decided(seen(instance=a_deleted())), backup=True)


@pytest.mark.parametrize("status", SETTLED)
def test_with_a_receipt_in_the_status_no_second_backup_is_taken(status: str) -> None:
    action = builders.decided(
        seen(instance=a_deleted(receipt=RECEIPT), release=a_release(status=status))
    )

    assert builders.uninstalls(action, backup=False)


def test_a_receipt_of_an_earlier_deletion_proves_nothing() -> None:
    older = RECEIPT.model_copy(update={"taken_for": CREATED.isoformat()})

    assert builders.uninstalls(
        builders.decided(seen(instance=a_deleted(receipt=older))), backup=True
    )


def test_a_backup_that_runs_without_us_is_waited_for() -> None:
    action = builders.decided(
        seen(
            instance=a_deleted(),
            release=a_release(status="uninstalling"),
            backup_job=a_job(JobState.RUNNING),
        )
    )

    assert isinstance(action, Wait)


def test_a_failed_backup_is_tried_again_with_back_off_for_ever() -> None:
    status = MySQLStatus(restore=FRESH, failures=99, failed_at=NOW.isoformat(), failed_attempt="")
    instance = an_instance(status=status, deleted=DELETED)
    release = a_release(status="uninstalling")

    waiting = builders.decided(seen(instance=instance, release=release))
    later = builders.decided(
        seen(instance=instance, release=release, now=NOW + timedelta(seconds=601))
    )

    assert isinstance(waiting, Wait)
    assert builders.uninstalls(later, backup=True)


def test_an_install_that_still_runs_is_cancelled_for_the_deletion() -> None:
    running = an_operation(OperationKind.INSTALL)

    assert builders.decided(seen(instance=a_deleted(), operation=running)) == Cancel()


def test_our_own_uninstall_is_waited_for() -> None:
    running = an_operation(OperationKind.UNINSTALL, attempted="")

    assert isinstance(builders.decided(seen(instance=a_deleted(), operation=running)), Wait)


@pytest.mark.parametrize(
    "given_up",
    [
        {"spec": {"deletionPolicy": "Delete"}},
        {"spec": {"deletionPolicy": "Retain"}},
        {"annotations": {names.GIVE_UP: names.give_up_sentence(names.Key("team", "db"))}},
    ],
)
def test_a_final_backup_that_is_given_up_is_not_waited_for(given_up: dict[str, object]) -> None:
    running = an_operation(OperationKind.UNINSTALL, attempted="")
    without = an_operation(OperationKind.UNINSTALL, attempted="", has_hooks=False)
    instance = a_deleted(**given_up)

    assert builders.decided(seen(instance=instance, operation=running)) == Cancel()
    assert isinstance(builders.decided(seen(instance=instance, operation=without)), Wait)
    left = seen(instance=instance, release=a_release(status="failed"))
    assert builders.uninstalls(builders.decided(left), backup=False)


def test_a_server_that_is_down_is_repaired_before_the_next_attempt_at_a_backup() -> None:
    down = seen(instance=a_deleted(), release=a_release(status="uninstalling"), server=None)

    assert isinstance(builders.decided(down), Unlock)
    unlocked = replace(down, release=a_release(status="failed"))
    assert isinstance(builders.decided(unlocked), Upgrade)
    repairing = replace(unlocked, operation=an_operation(OperationKind.UPGRADE, attempted=""))
    assert isinstance(builders.decided(repairing), Wait)
    repaired = replace(down, release=a_release())
    assert builders.uninstalls(builders.decided(repaired), backup=True)


def test_an_instance_that_never_held_data_goes_without_a_backup() -> None:
    never = an_instance(status=MySQLStatus(), deleted=DELETED)

    action = builders.decided(seen(instance=never, server=None))

    assert builders.uninstalls(action, backup=False)


def test_a_claim_that_is_older_than_the_object_may_hold_data() -> None:
    never_ready = an_instance(status=MySQLStatus(), deleted=DELETED)
    adopted = replace(CLAIM, created=CREATED - timedelta(days=1))

    action = builders.decided(seen(instance=never_ready, server=None, data_claim=adopted))

    assert builders.uninstalls(action, backup=True)


@pytest.mark.parametrize("policy", ["Retain", "Delete"])
def test_the_other_policies_take_no_backup(policy: str) -> None:
    instance = a_deleted(spec={"deletionPolicy": policy})

    assert builders.uninstalls(builders.decided(seen(instance=instance)), backup=False)


def test_the_annotation_gives_the_backup_up_only_word_for_word() -> None:
    key = builders.an_instance().key
    exact = {names.GIVE_UP: names.give_up_sentence(key)}
    vague = {names.GIVE_UP: "yes"}

    assert builders.uninstalls(
        builders.decided(seen(instance=a_deleted(annotations=exact))), backup=False
    )
    assert builders.uninstalls(
        builders.decided(seen(instance=a_deleted(annotations=vague))), backup=True
    )


def test_after_the_release_the_claim_then_the_leftovers_then_the_object() -> None:
    gone = seen(instance=a_deleted(receipt=RECEIPT), release=None, server=None)

    assert builders.decided(gone) == DeleteDataClaim(CLAIM.uid)
    gone = replace(gone, data_claim=replace(CLAIM, deleted=NOW))
    assert isinstance(builders.decided(gone), DeleteLeftovers)
    gone = replace(gone, has_credentials=False)
    assert isinstance(builders.decided(gone), DropFinalizer)


def test_data_without_a_receipt_is_brought_back_up_to_be_backed_up() -> None:
    uninstalled_by_hand = seen(instance=a_deleted(), release=None, server=None)

    action = builders.decided(uninstalled_by_hand)

    assert builders.is_upgrade(action, install=True, restore=True, change_user_password=False)


def test_a_backup_of_another_claim_is_no_proof_for_this_one() -> None:
    another = replace(CLAIM, uid="claim-2", created=CREATED - timedelta(days=1))
    gone = seen(instance=a_deleted(receipt=RECEIPT), release=None, server=None, data_claim=another)

    action = builders.decided(gone)

    assert builders.is_upgrade(action, install=True, restore=True, change_user_password=False)


@pytest.mark.parametrize(
    "kept_on", [None, replace(BACKUP_CLAIM, deleted=NOW), replace(BACKUP_CLAIM, uid="newer")]
)
def test_a_receipt_of_a_backup_that_is_gone_proves_nothing(kept_on: Claim | None) -> None:
    instance = a_deleted(receipt=RECEIPT)
    gone = seen(instance=instance, release=None, server=None, backup_claim=kept_on)

    assert isinstance(builders.decided(gone), Upgrade)


def test_no_backup_begins_while_a_job_that_was_left_may_open_its_fence() -> None:
    left = a_job(JobState.PENDING)
    deleted = seen(instance=a_deleted(), release=a_release(status="failed"), restore_job=left)

    assert isinstance(builders.decided(deleted), EndJobs)
    assert builders.uninstalls(builders.decided(replace(deleted, restore_job=None)), backup=True)

    ending = replace(left, deleted=NOW)
    assert isinstance(builders.decided(replace(deleted, restore_job=ending)), Wait)
    lost = replace(left, deleted=NOW - timedelta(hours=1))
    assert builders.decided(replace(deleted, restore_job=lost)).reason == "JobDoesNotEnd"


@pytest.mark.parametrize("missing", [{"backup_claim": None}, {"has_credentials": False}])
def test_what_a_backup_mounts_is_made_again_before_it(missing: dict[str, object]) -> None:
    action = builders.decided(seen(instance=a_deleted(), **missing))

    assert builders.is_upgrade(action, install=False, restore=True, change_user_password=False)


def test_a_backup_claim_that_goes_is_waited_for_and_told_of() -> None:
    going = seen(instance=a_deleted(), backup_claim=replace(BACKUP_CLAIM, deleted=NOW))

    action = builders.decided(going)

    assert isinstance(action, Refuse)
    assert action.reason == "BackupClaimDeleted"


def test_after_a_failure_the_backup_is_taken_as_the_spec_says_by_now() -> None:
    failed = MySQLStatus(
        restore=FRESH,
        failures=1,
        failed_attempt="",
        failed_at=(NOW - timedelta(hours=1)).isoformat(),
    )
    edited = seen(
        instance=an_instance(status=failed, deleted=DELETED),
        release=a_release(status="uninstalling", values_digest="older"),
    )

    assert isinstance(builders.decided(edited), Unlock)
    unlocked = replace(edited, release=a_release(status="failed", values_digest="older"))
    assert isinstance(builders.decided(unlocked), Upgrade)
    assert builders.uninstalls(
        builders.decided(replace(unlocked, release=a_release())), backup=True
    )


def test_a_server_that_alone_holds_the_data_is_not_upgraded_for_a_backup() -> None:
    going = seen(
        instance=a_deleted(),
        data_claim=replace(CLAIM, deleted=NOW),
        backup_claim=None,
        release=a_release(values_digest="older"),
    )

    action = builders.decided(going)

    assert isinstance(action, Refuse)
    assert action.reason == "DataClaimDeleted"
    assert isinstance(builders.decided(replace(going, release=a_release())), Upgrade)


@pytest.mark.parametrize("age", [timedelta(days=1), -timedelta(minutes=5)])
def test_a_claim_of_somebody_else_is_neither_backed_up_nor_deleted(age: timedelta) -> None:
    foreign = replace(CLAIM, ours=False, created=CREATED - age)
    instance = an_instance(status=MySQLStatus(), deleted=DELETED)
    never_made = seen(instance=instance, release=None, server=None, data_claim=foreign)

    assert isinstance(builders.decided(never_made), DeleteLeftovers)
    assert isinstance(builders.decided(replace(never_made, has_credentials=False)), DropFinalizer)


def test_a_command_whose_hook_is_gone_is_ended() -> None:
    running = an_operation(OperationKind.UNINSTALL, running_seconds=150.0, attempted="")
    waits = seen(instance=a_deleted(), operation=running)
    began = NOW - timedelta(seconds=140)

    action = builders.decided(waits)

    assert isinstance(action, Cancel)
    assert action.why.reason == "HookGone"
    without = replace(waits, operation=replace(running, has_hooks=False))
    assert isinstance(builders.decided(without), Wait)
    for job in (
        a_job(JobState.RUNNING, created=began),
        a_job(JobState.SUCCEEDED, created=began),  # by its pod; the Job's own end comes later
        a_job(JobState.SUCCEEDED, created=began, ended=NOW),
    ):
        assert isinstance(builders.decided(replace(waits, backup_job=job)), Wait)


def test_a_clock_that_was_set_back_does_not_prolong_the_back_off() -> None:
    failed = MySQLStatus(
        restore=FRESH, failures=1, failed_attempt="values-chart",
        failed_at=(NOW + timedelta(days=1)).isoformat(),
    )  # fmt: skip
    waits = seen(instance=an_instance(status=failed), release=a_release(status="failed"))

    assert builders.decided(waits) == Wait(attempts.FIRST_BACK_OFF)


def test_retain_keeps_the_data_claim() -> None:
    instance = a_deleted(spec={"deletionPolicy": "Retain"})

    action = builders.decided(seen(instance=instance, release=None, has_credentials=False))

    assert isinstance(action, DropFinalizer)


def test_another_charts_release_is_left_alone_when_the_object_goes() -> None:
    foreign = a_release(chart="nginx", values_digest="")

    assert isinstance(builders.decided(seen(instance=a_deleted(), release=foreign)), DropFinalizer)


def test_a_namespace_that_ends_is_no_deadlock() -> None:
    ends = seen(instance=a_deleted(), namespace_ends=True)

    assert builders.uninstalls(builders.decided(ends), backup=False)
    assert isinstance(builders.decided(replace(ends, release=None)), DropFinalizer)


# Every combination.


def _every_state() -> list[dict[str, object]]:
    statuses = [None, "deployed", "failed", "uninstalling", *PENDING, "unknown"]
    claims = [
        None,
        CLAIM,
        replace(CLAIM, created=CREATED - timedelta(days=1)),
        replace(CLAIM, ours=False),
    ]
    backups = [None, *(a_job(state) for state in JobState)]
    operations = [None, *(an_operation(kind) for kind in OperationKind)]
    return [
        {
            "status": status,
            "claim": claim,
            "backup": backup,
            "operation": operation,
            "policy": policy,
        }
        for status, claim, backup, operation, policy in product(
            statuses, claims, backups, operations, ["Backup", "Retain"]
        )
    ]


@pytest.mark.parametrize("restored", [True, False])
def test_no_state_deletes_data_without_a_receipt(restored: bool) -> None:
    for state in _every_state():
        status = MySQLStatus(restore=FRESH if restored else None)
        instance = an_instance(
            status=status, deleted=DELETED, spec={"deletionPolicy": state["policy"]}
        )
        release = a_release(status=state["status"]) if state["status"] else None
        observed = seen(
            instance=instance,
            release=release,
            data_claim=state["claim"],
            backup_job=state["backup"],
            operation=state["operation"],
            server=None,
        )

        action = builders.decided(observed)

        claim = observed.data_claim
        if claim is not None and not claim.ours:
            assert not isinstance(action, DeleteDataClaim), state
        was_filled = restored or (
            claim is not None and claim.ours and claim.created < instance.created
        )
        if state["policy"] == "Backup" and claim is not None and was_filled:
            assert not isinstance(action, DeleteDataClaim), state
            assert not builders.uninstalls(action, backup=False), state
            assert not isinstance(action, DropFinalizer), state


def test_no_state_of_a_living_object_uninstalls_or_deletes() -> None:
    destructive = (Uninstall, DeleteDataClaim, DeleteLeftovers, DropFinalizer)
    for state in _every_state():
        release = a_release(status=state["status"]) if state["status"] else None
        observed = seen(
            release=release,
            data_claim=state["claim"],
            backup_job=state["backup"],
            operation=state["operation"],
        )

        assert not isinstance(builders.decided(observed), destructive), state
