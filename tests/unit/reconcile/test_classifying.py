"""Each question about what is observed has its answers, and each answer is met."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Any, get_type_hints

import pytest

from mysql_operator import names
from mysql_operator.errors import SpecError
from mysql_operator.model.status import FinalBackup, MySQLStatus
from mysql_operator.reconcile import classifying
from mysql_operator.reconcile.actions import DeleteDataClaim, DropFinalizer
from mysql_operator.reconcile.facts.observations import (
    Claim,
    Drift,
    JobState,
    Observed,
    OperationKind,
    Server,
    Trouble,
)
from mysql_operator.reconcile.situations import (
    BackOff,
    BackupClaim,
    BackupWay,
    BeingDeleted,
    Change,
    CommandState,
    Copy,
    Database,
    DataClaim,
    Hold,
    Hooks,
    LeftJobs,
    Leftovers,
    Living,
    Namespace,
    Proof,
    ReleaseState,
    ServerState,
    Spec,
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

A_DAY, A_MINUTE = timedelta(days=1), timedelta(minutes=1)
UNBORN = an_instance(status=MySQLStatus())
DYING = an_instance(deleted=DELETED)
NEW_PASSWORDS = {"credentials": {"root-password": "x"}}
STUCK = Trouble("ImageCannotBePulled", "spec.image: …", NOW - timedelta(minutes=2))
FAILED = MySQLStatus(
    restore=FRESH, failures=1, failed_attempt="values-chart", failed_at=NOW.isoformat()
)
OLDER = a_release(values_digest="older")
NEVER_BOUND = replace(BACKUP_CLAIM, bound=False, may_hold_data=False)
BY_HAND = {"holder": "", "modified": NOW}

LIVING: list[tuple[enum.Enum, dict[str, Any]]] = [
    (Hold.HELD, {}),
    (Hold.NOT_HELD, {"instance": an_instance(finalizers=("another",))}),
    (CommandState.NONE, {}),
    (CommandState.AT_WORK, {"operation": an_operation(OperationKind.UPGRADE)}),
    (
        CommandState.UNWANTED,
        {"operation": an_operation(OperationKind.UPGRADE, values_digest="older")},
    ),
    (
        CommandState.HOPELESS,
        {"operation": an_operation(OperationKind.UPGRADE, running_seconds=90), "trouble": STUCK},
    ),
    (ReleaseState.ABSENT, {"release": None}),
    (ReleaseState.AS_ASKED, {}),
    (ReleaseState.OUTDATED, {"release": OLDER}),
    (ReleaseState.FAILED, {"release": a_release(status="failed")}),
    (ReleaseState.FAILED, {"release": a_release(status="something new")}),
    (ReleaseState.REFUSED, {"release": a_release(status="failed", server_digest="new")}),
    (ReleaseState.CHECK_LEFT, {"check_job": a_job(JobState.PENDING)}),
    (ReleaseState.PENDING_LEFT, {"release": a_release(status="pending-upgrade")}),
    (ReleaseState.PENDING_BUSY, {"release": a_release(status="pending-upgrade", **BY_HAND)}),
    (ReleaseState.UNINSTALLING_LEFT, {"release": a_release(status="uninstalling")}),
    (ReleaseState.UNINSTALLING_BUSY, {"release": a_release(status="uninstalling", modified=NOW)}),
    (ReleaseState.UNREADABLE, {"release": a_release(is_damaged=True)}),
    (ReleaseState.UNREADABLE_FOREIGN, {"release": a_release(is_damaged=True, values_digest="")}),
    (ReleaseState.FOREIGN, {"release": a_release(chart="nginx", is_damaged=True)}),
    (Spec.FOLLOWED, {}),
    (Spec.UNFOLLOWABLE, {"desired": SpecError("SecretNotFound", "create it")}),
    (Copy.CURRENT, {}),
    (Copy.TO_WRITE, {"desired": what_is_desired(**NEW_PASSWORDS)}),
    (Change.NONE, {}),
    (Change.USER_PASSWORD, {"desired": what_is_desired(user_password_version="v2")}),
    (Change.MANUAL, {"drift": (Drift("Service", "db", "Service db is gone"),)}),
    (
        Change.UNREADY,
        {"server": Server(ready=False, unready_since=NOW - timedelta(minutes=6))},
    ),
    (Change.LEFT_CLOSED, {"in_place_jobs": (a_job(JobState.FAILED, receipt={}),)}),
    (Database.COMPLETE, {}),
    (Database.NEVER_COMPLETE, {"instance": UNBORN}),
    (DataClaim.ABSENT, {"data_claim": None}),
    (DataClaim.OURS, {}),
    (
        DataClaim.RETAINED,
        {"instance": an_instance(spec={"deletionPolicy": "Retain"})},
    ),
    (DataClaim.FOREIGN, {"data_claim": replace(CLAIM, ours=False)}),
    (DataClaim.GOING, {"data_claim": replace(CLAIM, deleted=NOW)}),
    (DataClaim.STUCK, {"data_claim": replace(CLAIM, deleted=NOW - A_MINUTE)}),
    (BackupClaim.ABSENT, {"backup_claim": None}),
    (BackupClaim.THERE, {}),
    (BackupClaim.EMPTY, {"backup_claim": NEVER_BOUND}),
    (BackupClaim.GOING, {"backup_claim": replace(BACKUP_CLAIM, deleted=NOW)}),
    (BackupClaim.EMPTY_GOING, {"backup_claim": replace(NEVER_BOUND, deleted=NOW)}),
    (ServerState.READY, {}),
    (
        ServerState.STARTING,
        {"server": Server(ready=False), "release": a_release(modified=NOW - A_MINUTE)},
    ),
    (ServerState.LATE, {"server": None}),
    (BackOff.OVER, {}),
    (BackOff.RUNNING, {"instance": an_instance(status=FAILED)}),
    (Hooks.FREE, {}),
    (Hooks.TAKEN, {"taken_hooks": ("job/restore-db-job",)}),
    (Hooks.BACKUP_TAKEN, {"taken_hooks": ("job/restore-db-job", "job/backup-db-job")}),
]
DELETION: list[tuple[enum.Enum, dict[str, Any]]] = [
    (CommandState.UNWANTED, {"operation": an_operation(OperationKind.UPGRADE)}),
    (CommandState.AT_WORK, {"operation": an_operation(OperationKind.UPGRADE, attempted="")}),
    (Namespace.STAYS, {}),
    (Namespace.ENDS, {"namespace_ends": True}),
    (Proof.MISSING, {}),
    (Proof.NOT_NEEDED, {"data_claim": None}),
    (
        Proof.GIVEN,
        {"instance": replace(DYING, status=MySQLStatus(restore=FRESH, final_backup=RECEIPT))},
    ),
    (Proof.RUNNING, {"backup_job": a_job(JobState.RUNNING)}),
    (Proof.MISSING, {"backup_job": a_job(JobState.RUNNING, created=DELETED - A_MINUTE)}),
    (LeftJobs.NONE, {"restore_job": a_job(JobState.SUCCEEDED)}),
    (LeftJobs.AT_WORK, {"restore_job": a_job(JobState.PENDING)}),
    (LeftJobs.ENDING, {"password_job": a_job(JobState.RUNNING, deleted=NOW)}),
    (LeftJobs.STUCK, {"restore_job": a_job(JobState.RUNNING, deleted=NOW - A_DAY)}),
    (BackupWay.POSSIBLE, {}),
    (BackupWay.AFTER_REPAIR, {"has_credentials": False}),
    (
        BackupWay.WOULD_LOSE_DATA,
        {
            "backup_claim": None,
            "data_claim": replace(CLAIM, deleted=NOW),
            "release": OLDER,
        },
    ),
    (Leftovers.NONE, {"has_credentials": False}),
    (Leftovers.SOME, {}),
    (Leftovers.SOME, {"has_credentials": False, "has_test_pod": True}),
]


@pytest.mark.parametrize(("answer", "changes"), LIVING)
def test_an_answer_about_a_living_object(answer: enum.Enum, changes: dict[str, Any]) -> None:
    assert answer in classifying.classify(seen(**changes))


@pytest.mark.parametrize(("answer", "changes"), DELETION)
def test_an_answer_about_a_deleted_object(answer: enum.Enum, changes: dict[str, Any]) -> None:
    assert answer in classifying.classify(replace(seen(instance=DYING), **changes))


def test_every_answer_to_every_question_is_met() -> None:
    questions = {**get_type_hints(Living), **get_type_hints(BeingDeleted)}.values()

    met = {answer for answer, _ in [*LIVING, *DELETION]}

    assert met == {answer for question in questions for answer in question}


# The proof, against an oracle of its own.

CLAIMS = [
    None,
    CLAIM,
    replace(CLAIM, created=CREATED - A_DAY),
    replace(CLAIM, ours=False),
    replace(CLAIM, deleted=NOW),
    replace(CLAIM, uid="another"),
]
RECEIPTS = [
    None,
    RECEIPT,
    RECEIPT.model_copy(update={"taken_for": CREATED.isoformat()}),
    RECEIPT.model_copy(update={"data_claim": None}),
    RECEIPT.model_copy(update={"data_claim": "another"}),
]
KEPT_ON = [
    BACKUP_CLAIM,
    None,
    replace(BACKUP_CLAIM, deleted=NOW),
    replace(BACKUP_CLAIM, uid="another"),
]
SENTENCES = [None, "yes", "I give up the data of team/db", "I give up the data of team/another"]


def every_deletion() -> Iterator[tuple[Observed, bool]]:
    """What may be observed of a deletion, and whether its data may go, by the rules in words."""
    for policy, sentence, restored, server, claim, receipt, kept_on in product(
        ["Backup", "Retain", "Delete"],
        SENTENCES,
        [True, False],
        [READY, None],
        CLAIMS,
        RECEIPTS,
        KEPT_ON,
    ):
        instance = an_instance(
            status=MySQLStatus(restore=FRESH if restored else None, final_backup=receipt),
            deleted=DELETED,
            spec={"deletionPolicy": policy},
            annotations={names.GIVE_UP: sentence} if sentence else {},
        )
        observed = seen(instance=instance, server=server, data_claim=claim, backup_claim=kept_on)
        is_given_up = policy != "Backup" or sentence == "I give up the data of team/db"
        is_proven = _proves(receipt, claim, kept_on)
        yield observed, is_given_up or is_proven or _is_empty(claim, restored, server)


def _is_empty(claim: Claim | None, restored: bool, server: Server | None) -> bool:
    """Nothing is there, or a claim that no server of this object has ever filled."""
    if claim is None:
        return True
    came_with_data = claim.ours and claim.created < CREATED
    return not restored and server is None and not came_with_data


def _proves(receipt: FinalBackup | None, claim: Claim | None, kept_on: Claim | None) -> bool:
    """A receipt of this deletion, of the claim that is there, on the claim that still holds it."""
    if receipt is None or claim is None or kept_on is None or kept_on.deleted is not None:
        return False
    proves = receipt.taken_for, receipt.data_claim, receipt.backup_claim
    return proves == (DELETED.isoformat(), claim.uid, kept_on.uid)


def test_the_data_may_go_just_where_the_rules_in_words_say_so() -> None:
    wrong = [
        observed
        for observed, may_go in every_deletion()
        if (classifying.classify(observed).proof in (Proof.NOT_NEEDED, Proof.GIVEN)) is not may_go
    ]

    assert wrong == []


@pytest.mark.parametrize(
    "status", [None, "deployed", "failed", "uninstalling", "pending-upgrade", "something new"]
)
def test_nothing_that_holds_data_goes_against_the_rules_in_words(status: str | None) -> None:
    release = a_release(status=status) if status else None
    for observed, may_go in every_deletion():
        action = builders.decided(replace(observed, release=release))

        goes = isinstance(action, DeleteDataClaim | DropFinalizer)
        assert may_go or not (goes or builders.uninstalls(action, backup=False)), observed
