"""A wrong edit is refused before the running server is touched, and nothing of it is left."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mysql_operator import names
from mysql_operator.model.parts import Resources
from mysql_operator.model.status import MySQLStatus
from mysql_operator.reconcile import checking, desiring
from mysql_operator.reconcile.actions import (
    Cancel,
    DeleteRefusedRevision,
    EndCheck,
    Nothing,
    Upgrade,
    Wait,
)
from mysql_operator.reconcile.facts.observations import (
    Job,
    JobState,
    Observed,
    OperationKind,
    Server,
    Trouble,
)
from tests.unit.reconcile import builders
from tests.unit.reconcile.builders import (
    DELETED,
    FRESH,
    NOW,
    READY,
    a_job,
    a_release,
    an_instance,
    an_operation,
    seen,
    what_is_desired,
)

EDITED = what_is_desired(values_digest="edited", server_digest="edited")
NO_IMAGE = Trouble("ImageCannotBePulled", "spec.image: …", NOW - timedelta(seconds=14))


def a_check(state: JobState = JobState.FAILED, *, revision: int = 2, digest: str = "edited") -> Job:
    """A check Job of that revision, which looked at that."""
    looked_at = {names.RELEASE_REVISION: str(revision), names.SERVER_DIGEST: digest}
    return a_job(state, annotations=looked_at)


def refused(**changes: object) -> Observed:
    """A serving database whose last edit has just failed its check."""
    release = a_release(status="failed", revision=2, values_digest="edited", server_digest="edited")
    ordinary = seen(desired=EDITED, release=release, check_job=a_check())
    return replace(ordinary, **changes)


@pytest.mark.parametrize(
    ("server", "status", "checked"),
    [
        (READY, MySQLStatus(restore=FRESH), True),
        (replace(READY, ready=False), MySQLStatus(restore=FRESH), True),
        (READY, MySQLStatus(), False),
        (None, MySQLStatus(restore=FRESH), False),
    ],
    ids=["serving", "down", "not complete", "no server"],
)
def test_another_image_is_checked_where_a_complete_database_could_go_down(
    server: Server | None, status: MySQLStatus, checked: bool
) -> None:
    edited = seen(desired=EDITED, server=server, instance=an_instance(status=status))

    action = builders.decided(edited)

    assert isinstance(action, Upgrade)
    assert action.check is checked


def test_what_changes_neither_image_nor_settings_runs_no_check() -> None:
    action = builders.decided(seen(desired=what_is_desired(values_digest="more backups")))

    assert builders.is_upgrade(action, install=False, restore=False, change_user_password=False)


@pytest.mark.parametrize(
    "job",
    [a_check(), a_check(JobState.SUCCEEDED, revision=1), a_check(digest="another"), None],
    ids=["refused", "of an older revision", "looked at another", "was not created"],
)
def test_a_revision_whose_check_has_not_passed_is_forgotten(job: Job | None) -> None:
    assert isinstance(builders.decided(refused(check_job=job)), DeleteRefusedRevision)


@pytest.mark.parametrize(
    "changes",
    [
        {"check_job": a_check(JobState.SUCCEEDED)},
        {"server": replace(READY, digest="edited")},
        {"server": None},
        {"instance": an_instance(status=MySQLStatus())},
    ],
    ids=["passed", "applied", "no server", "not complete"],
)
def test_a_failed_revision_stays_where_anything_of_it_may_have_been_applied(
    changes: dict[str, object],
) -> None:
    assert not isinstance(builders.decided(refused(**changes)), DeleteRefusedRevision)


def test_a_person_s_refused_revision_is_not_the_operators_to_delete() -> None:
    by_hand = replace(refused().release or a_release(), holder="")

    assert not isinstance(builders.decided(refused(release=by_hand)), DeleteRefusedRevision)


def test_a_correction_back_to_what_runs_takes_nothing_at_all() -> None:
    forgotten = seen(check_job=a_check())

    assert builders.decided(forgotten) == Nothing()


def test_a_check_that_runs_holds_up_no_correction() -> None:
    mistaken = an_operation(OperationKind.UPGRADE, values_digest="older")
    running = a_check(JobState.RUNNING)

    assert builders.decided(seen(operation=mistaken, check_job=running)) == Cancel()


def test_a_check_whose_image_does_not_come_is_ended_within_seconds() -> None:
    checks = an_operation(OperationKind.UPGRADE, running_seconds=14)
    waits = seen(operation=checks, trouble=NO_IMAGE, check_job=a_check(JobState.PENDING))

    assert builders.decided(waits) == Cancel(NO_IMAGE)
    assert isinstance(builders.decided(replace(waits, check_job=None)), Wait)


def test_a_check_that_nobody_waits_for_any_more_is_ended() -> None:
    assert isinstance(builders.decided(refused(check_job=a_check(JobState.PENDING))), EndCheck)


def test_a_refused_edit_does_not_hold_up_the_final_backup() -> None:
    deleted = an_instance(status=MySQLStatus(restore=FRESH), deleted=DELETED)
    at_rest = seen(desired=EDITED, check_job=a_check(), instance=deleted)

    assert isinstance(builders.decided(refused(instance=deleted)), DeleteRefusedRevision)
    assert builders.uninstalls(builders.decided(at_rest), backup=True)


def test_a_final_backup_that_failed_is_taken_again_from_the_server_that_runs() -> None:
    failed = MySQLStatus(restore=FRESH, failures=1, failed_at="2026-11-23T11:00:00Z")
    failed = failed.model_copy(update={"failed_attempt": ""})
    deleted = an_instance(status=failed, deleted=DELETED)

    action = builders.decided(seen(desired=EDITED, check_job=a_check(), instance=deleted))

    assert builders.uninstalls(action, backup=True)


# What the check Job is given.


def values_with(resources: dict[str, Any]) -> dict[str, Any]:
    requests = desiring.requests_of_jobs(Resources.model_validate(resources))
    return {"resources": resources, "jobs": {"requests": requests}}


def test_the_check_asks_for_what_the_new_server_needs_more() -> None:
    running = replace(READY, requests={"cpu": "500m", "memory": "1Gi"})
    values = values_with({"requests": {"cpu": "2", "memory": "1536Mi", "gpu": 1}})

    asked = checking.requests(values, running)

    assert asked == {"cpu": "1500m", "memory": str(512 << 20), "gpu": "1"}


def test_the_check_asks_for_little_where_the_server_needs_no_more() -> None:
    running = replace(READY, requests={"cpu": "500m", "memory": "1Gi"})

    assert checking.requests(values_with({}), running) == {"cpu": "50m", "memory": str(64 << 20)}


def test_the_check_asks_for_next_to_nothing_where_no_node_had_room_for_more() -> None:
    running = replace(READY, requests={"cpu": "2", "memory": "4Gi"})
    values = values_with({"requests": {"cpu": "2", "memory": "4Gi"}})

    assert checking.requests(values, running) == {"cpu": "500m", "memory": str(512 << 20)}
    asked = checking.requests(values, running, is_crowded=True)
    assert asked == {"cpu": "50m", "memory": str(64 << 20)}


@pytest.mark.parametrize(
    ("changes", "is_crowded"),
    [
        ({}, False),
        ({"instance": an_instance(status=MySQLStatus(failed_reason="Unschedulable"))}, True),
        ({"trouble": Trouble("Unschedulable", "pod db-1 cannot be scheduled", NOW)}, True),
        ({"trouble": NO_IMAGE}, False),
    ],
    ids=["at rest", "the last attempt found no room", "the server finds none", "no image"],
)
def test_no_room_is_known_from_what_was_seen(changes: dict[str, Any], is_crowded: bool) -> None:
    assert checking.is_crowded(seen(**changes)) is is_crowded


def test_the_check_never_asks_for_more_than_its_limit() -> None:
    values = values_with({"requests": {"cpu": "10m"}, "limits": {"cpu": "20m"}})
    running = replace(READY, requests={"cpu": "10m", "memory": "1Gi"})

    assert checking.requests(values, running)["cpu"] == "20m"


@pytest.mark.parametrize(
    ("version", "ready", "expected"), [("8.4.3", True, "8.4.3"), ("8.4.3", False, "")]
)
def test_only_a_server_that_answers_says_which_version_uses_the_data(
    version: str, ready: bool, expected: str
) -> None:
    assert checking.last_version(Server(ready=ready, version=version)) == expected


@pytest.mark.parametrize(
    ("reason", "words", "field"),
    [
        ("Unschedulable", "1 node(s) didn't match Pod's node affinity/selector.", "nodeSelector"),
        ("Unschedulable", "1 Insufficient memory.", "resources.requests.memory"),
        ("Unschedulable", "1 node(s) had untolerated taint {a: b}.", "tolerations"),
        ("Unschedulable", "something new", "nodeSelector"),
        ("JobPodCannotBeCreated", "no PriorityClass with name x was found", "priorityClassName"),
    ],
)
def test_what_keeps_the_pod_of_the_check_from_starting_names_its_field(
    reason: str, words: str, field: str
) -> None:
    located = checking.located(Trouble(reason, f"pod check-db-job: {words}", NOW))

    assert located.message.startswith(f"spec.{field}")
    assert words in located.message
