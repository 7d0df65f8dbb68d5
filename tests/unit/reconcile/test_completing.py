"""An action has all that carrying it out needs, and shows nothing that is secret."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import pytest

from mysql_operator import names
from mysql_operator.errors import SpecError
from mysql_operator.model.status import MySQLStatus
from mysql_operator.reconcile import completing
from mysql_operator.reconcile.actions import (
    Action,
    DeleteLeftovers,
    EndJobs,
    Refuse,
    Uninstall,
    Upgrade,
)
from mysql_operator.reconcile.facts.observations import Drift, JobState, Observed
from mysql_operator.reconcile.steps import Step
from tests.unit.reconcile.builders import (
    DELETED,
    FRESH,
    READY,
    a_job,
    a_release,
    an_instance,
    seen,
    what_is_desired,
)

UNFOLLOWABLE = SpecError("SecretNotFound", "Secret words does not exist; create it")
NOTHING_THERE: dict[str, Any] = {
    "release": None,
    "server": None,
    "data_claim": None,
    "backup_claim": None,
    "has_credentials": False,
}
OBSERVATIONS = {
    "at rest": seen(),
    "being deleted": seen(instance=an_instance(deleted=DELETED)),
    "nothing is there": seen(**NOTHING_THERE),
    "the spec cannot be followed": seen(desired=UNFOLLOWABLE),
}
RUNS = [Step.INSTALL, Step.UPGRADE, Step.REINSTALL, Step.REPAIR]
NEW_PASSWORD = what_is_desired(user_password_version="v2")
EDITED = replace(NEW_PASSWORD, server_digest="edited")


def upgraded(step: Step, observed: Observed) -> Upgrade:
    action = completing.complete(step, observed)
    assert isinstance(action, Upgrade)
    return action


@pytest.mark.parametrize("observed", OBSERVATIONS.values(), ids=OBSERVATIONS)
@pytest.mark.parametrize("step", Step, ids=lambda step: step.name)
def test_every_step_has_an_action_whatever_is_there(step: Step, observed: Observed) -> None:
    assert isinstance(completing.complete(step, observed), get_args(Action))


@pytest.mark.parametrize("restored", [True, False], ids=["complete", "never complete"])
@pytest.mark.parametrize("step", RUNS, ids=lambda step: step.name)
def test_data_is_expected_just_where_the_database_was_complete(step: Step, restored: bool) -> None:
    status = MySQLStatus(restore=FRESH if restored else None)

    action = upgraded(step, seen(instance=an_instance(status=status)))

    assert action.revision.values["hooks"]["expectData"] is restored


@pytest.mark.parametrize(
    ("step", "jobs"),
    [
        (Step.INSTALL, {"restore", "changeUserPassword"}),
        (Step.UPGRADE, {"check", "changeUserPassword"}),
        (Step.REINSTALL, {"restore"}),
        (Step.REPAIR, {"check", "restore"}),
    ],
    ids=lambda it: getattr(it, "name", ""),
)
def test_each_kind_of_upgrade_runs_its_jobs(step: Step, jobs: set[str]) -> None:
    action = upgraded(step, seen(desired=EDITED))

    hooks = action.revision.values["hooks"]
    asked = {name for name in ("check", "restore", "changeUserPassword") if hooks[name]}
    of_action = {
        "check": action.check,
        "restore": action.restore,
        "changeUserPassword": action.change_user_password,
    }
    assert asked == jobs == {name for name, runs in of_action.items() if runs}


def test_a_revision_says_what_it_was_made_from_and_which_it_is() -> None:
    action = upgraded(Step.UPGRADE, seen(release=a_release(revision=4)))
    first = upgraded(Step.INSTALL, seen(release=None))

    assert action.revision.labels == {
        names.VALUES_DIGEST: "values",
        names.CHART_DIGEST: "chart",
        names.SERVER_DIGEST: "server",
        names.HELD_REVISION: "5",
    }
    assert first.revision.labels[names.HELD_REVISION] == "1"


def test_an_upgrade_says_what_it_takes_back_from_a_person() -> None:
    drift = (
        Drift("Deployment", "db", "Deployment db: spec.replicas is 0, not 1"),
        Drift("Deployment", "db", "Deployment db: spec.paused is True, not missing"),
        Drift("Service", "db", "Service db is gone"),
    )

    action = upgraded(Step.UPGRADE, seen(drift=drift))

    assert action.regained == (("Deployment", "db"), ("Service", "db"))
    assert action.reverted == "; ".join(it.what for it in drift)


def test_no_action_shows_a_password_where_it_is_logged() -> None:
    secret = {"root-password": "otuspassword"}
    observed = seen(desired=what_is_desired(credentials=secret, values={"jobs": {"requests": {}}}))

    shown = [repr(completing.complete(step, observed)) for step in Step]

    assert not any("otuspassword" in text for text in shown)
    assert upgraded(Step.UPGRADE, observed).credentials == secret


def test_an_object_whose_spec_cannot_be_followed_is_uninstalled_all_the_same() -> None:
    observed = seen(desired=UNFOLLOWABLE, instance=an_instance(deleted=DELETED))

    action = completing.complete(Step.UNINSTALL_WITH_BACKUP, observed)

    assert action == Uninstall(backup=True, timeout_seconds=22000, attempted="")
    assert isinstance(completing.complete(Step.REPAIR, observed), Refuse)


def test_only_what_was_seen_is_deleted_with_an_object() -> None:
    left = {"check_job": a_job(JobState.FAILED), "password_job": a_job(JobState.SUCCEEDED)}
    bare = seen(**NOTHING_THERE)

    some = completing.complete(Step.DELETE_LEFTOVERS, replace(seen(), **left, has_test_pod=True))
    none = completing.complete(Step.DELETE_LEFTOVERS, bare)

    assert some == DeleteLeftovers(
        jobs=("check-db-job", "password-change-db-job"),
        config_map=names.check_files("db"),
        pod=names.test_pod("db"),
        secret="db-credentials",
    )
    assert none == DeleteLeftovers(jobs=(), config_map=None, pod=None, secret=None)


def test_only_jobs_at_work_are_ended_before_a_backup() -> None:
    jobs = {
        "check_job": a_job(JobState.PENDING),
        "restore_job": a_job(JobState.RUNNING),
        "password_job": a_job(JobState.FAILED),
    }

    action = completing.complete(Step.END_JOBS, seen(**jobs, server=READY))

    assert action == EndJobs(("restore-db-job",))
