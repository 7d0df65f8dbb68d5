"""When an object store is checked, and what is said of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mysql_operator import names
from mysql_operator.agent import checking_storage
from mysql_operator.errors import SpecError
from mysql_operator.model import conditions
from mysql_operator.model.age_keys import Encryption
from mysql_operator.model.parts import LocalObjectReference
from mysql_operator.model.release_values import Agent
from mysql_operator.model.status import Condition
from mysql_operator.model.storage_objects import REACHABLE, StorageStatus
from mysql_operator.model.storage_spec import StorageSpec
from mysql_operator.reconcile.facts.observations import Job, JobState, Trouble
from mysql_operator.reconcile.stores import storage_checks, storage_jobs
from mysql_operator.reconcile.stores.storage_checks import CheckStep, Storage
from tests.support import age
from tests.unit.reconcile.builders import NOW

SPEC = StorageSpec.model_validate(
    {"s3": {"bucket": "b", "credentialsSecretRef": {"name": "keys"}}, "serviceAccountName": "sa"}
)
AGENT = Agent.model_validate({"image": "operator:1", "pullSecrets": [{"name": "copy"}]})


def a_storage(**changes: Any) -> Storage:
    known = Storage("bucket", "uid-1", 3, StorageStatus(), SPEC, secret_version="77")
    return replace(known, **changes)


def a_job(state: JobState, checked: str = "3/77", **fields: Any) -> Job:
    return Job(state, NOW, annotations={names.CHECKED: checked}, **fields)


def reported(storage: Storage) -> Storage:
    return replace(storage, status=storage_checks.status_of(storage, NOW))


def reachable(storage: Storage) -> Condition:
    found = conditions.find(storage_checks.status_of(storage, NOW).conditions, REACHABLE)
    assert found is not None
    return found


def checked(*, is_reachable: bool, ago: timedelta, what: str = "3/77") -> StorageStatus:
    condition = Condition(
        type=REACHABLE,
        status=str(is_reachable),
        reason="Any",
        message="said before",
        last_transition_time="2026-01-01T00:00:00Z",
        observed_generation=3,
    )
    return StorageStatus(
        checked=what, check_time=conditions.timestamp(NOW - ago), conditions=[condition]
    )


@pytest.mark.parametrize(
    ("storage", "expected"),
    [
        (a_storage(), CheckStep.START),
        (a_storage(spec=SpecError("SecretNotShared", "no")), CheckStep.WAIT),
        (a_storage(job=a_job(JobState.RUNNING)), CheckStep.WAIT),
        (a_storage(job=a_job(JobState.RUNNING, "2/77")), CheckStep.DROP),
        (a_storage(job=a_job(JobState.PENDING, "3/76")), CheckStep.DROP),
        (a_storage(job=a_job(JobState.PENDING, "3/76", deleted=NOW)), CheckStep.WAIT),
        (
            a_storage(job=a_job(JobState.RUNNING), spec=SpecError("SecretNotShared", "no")),
            CheckStep.DROP,
        ),
        (reported(a_storage(job=a_job(JobState.SUCCEEDED))), CheckStep.WAIT),
        (reported(a_storage(job=a_job(JobState.SUCCEEDED, "2/77"))), CheckStep.DROP),
        (a_storage(status=checked(is_reachable=True, ago=timedelta(hours=23))), CheckStep.WAIT),
        (a_storage(status=checked(is_reachable=True, ago=timedelta(hours=24))), CheckStep.START),
        (a_storage(status=checked(is_reachable=False, ago=timedelta(minutes=4))), CheckStep.WAIT),
        (a_storage(status=checked(is_reachable=False, ago=timedelta(minutes=5))), CheckStep.START),
        (
            a_storage(
                status=checked(is_reachable=False, ago=timedelta(minutes=5)),
                job=a_job(JobState.FAILED),
            ),
            CheckStep.DROP,
        ),
        (
            a_storage(status=checked(is_reachable=True, ago=timedelta(0), what="3/76")),
            CheckStep.START,
        ),
    ],
    ids=[
        "new", "it may not use its Secret", "a Job is at work", "a Job of an older spec",
        "a Job of an older Secret", "that Job goes", "it may not use its Secret any more",
        "a result just came", "a result of an older spec", "a good result is young",
        "a good result is a day old", "a bad result is young", "a bad result is old",
        "the log of a failure stays until the next check", "another Secret",
    ],
)  # fmt: skip
def test_the_next_step(storage: Storage, expected: CheckStep) -> None:
    assert storage_checks.step(storage, NOW) is expected


def test_a_clock_that_was_set_back_delays_no_check_for_long() -> None:
    storage = a_storage(status=checked(is_reachable=False, ago=timedelta(days=-400)))

    assert storage_checks.seconds_left(storage, NOW) == 300


def test_a_result_is_reported_with_what_it_is_of() -> None:
    storage = reported(a_storage(job=a_job(JobState.SUCCEEDED, ended=NOW)))

    assert storage.status.checked == "3/77"
    assert storage.status.check_time == conditions.timestamp(NOW)
    assert reachable(storage).status == "True"
    assert storage_checks.status_of(storage, NOW + timedelta(hours=1)) == storage.status


def test_a_failure_has_the_reason_and_the_words_of_the_agent() -> None:
    receipt = {"reason": "StorageCredentialsRefused", "message": "no such key"}

    condition = reachable(a_storage(job=a_job(JobState.FAILED, receipt=receipt)))

    assert (condition.status, condition.reason) == ("False", "StorageCredentialsRefused")
    assert condition.message == "no such key"


def test_a_job_that_left_no_words_has_those_of_kubernetes() -> None:
    late = a_job(JobState.FAILED, why_failed="it was active longer than the deadline")

    assert reachable(a_storage(job=late)).message == "it was active longer than the deadline"


def test_the_old_result_stands_while_the_same_is_checked_again() -> None:
    old = checked(is_reachable=True, ago=timedelta(hours=25))

    status = storage_checks.status_of(a_storage(status=old, job=a_job(JobState.RUNNING)), NOW)

    assert status == old


def test_another_spec_is_of_unknown_use_until_it_is_checked() -> None:
    old = checked(is_reachable=True, ago=timedelta(0), what="2/77")

    condition = reachable(a_storage(status=old))

    assert (condition.status, condition.reason) == ("Unknown", "Checking")
    assert condition.observed_generation == 3


def test_a_pod_that_does_not_start_is_explained() -> None:
    trouble = Trouble("ImagePullFailed", "the image does not come", NOW)

    condition = reachable(a_storage(job=a_job(JobState.PENDING), trouble=trouble))

    assert (condition.status, condition.reason) == ("Unknown", "ImagePullFailed")


def test_a_secret_that_may_not_be_used_is_said_at_once() -> None:
    condition = reachable(a_storage(spec=SpecError("SecretNotShared", "label it")))

    assert (condition.status, condition.reason) == ("False", "SecretNotShared")


def test_the_job_mounts_the_keys_and_holds_none() -> None:
    job = storage_jobs.manifest(a_storage(), SPEC, "team", AGENT)

    pod = job["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    secret = {"secretName": "keys", "defaultMode": 0o440}
    assert pod["volumes"] == [{"name": "storage", "secret": secret}]
    assert pod["serviceAccountName"] == "sa"
    assert not pod["automountServiceAccountToken"]
    assert pod["imagePullSecrets"] == [{"name": "copy"}]
    assert container["image"] == "operator:1"
    assert {variable["name"] for variable in container["env"]} == {
        "BACKUP_STORAGE", "NAMESPACE", "STORAGE_UID",
    }  # fmt: skip
    assert job["metadata"]["ownerReferences"][0]["uid"] == "uid-1"


def test_an_identity_of_the_pods_own_needs_no_secret() -> None:
    spec = StorageSpec.model_validate({"s3": {"bucket": "b"}})

    job = storage_jobs.manifest(a_storage(spec=spec, secret_version=""), spec, "team", AGENT)

    assert job["metadata"]["annotations"][names.CHECKED] == "3"
    assert job["spec"]["template"]["spec"]["volumes"] == []


ENCRYPTED = SPEC.model_copy(
    update={
        "encryption": Encryption(
            age_recipients=[age.pair().recipient],
            identity_secret_ref=LocalObjectReference(name="age-keys"),
        )
    }
)


def test_the_job_can_decrypt_what_it_has_encrypted() -> None:
    job = storage_jobs.manifest(a_storage(spec=ENCRYPTED), ENCRYPTED, "team", AGENT)

    pod = job["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    secrets = {volume["name"]: volume["secret"]["secretName"] for volume in pod["volumes"]}
    assert secrets == {"storage": "keys", "identity": "age-keys"}
    mounts = {it["name"]: it["mountPath"] for it in container["volumeMounts"]}
    given = {it["name"]: it["value"] for it in container["env"]}
    assert mounts["identity"] == str(checking_storage.read(given).identity)
    assert "AGE-SECRET-KEY" not in str(job)


def test_the_condition_says_whether_anybody_can_decrypt() -> None:
    assert ENCRYPTED.encryption is not None
    alone = ENCRYPTED.encryption.model_copy(update={"identity_secret_ref": None})
    blind = ENCRYPTED.model_copy(update={"encryption": alone})
    done = a_job(JobState.SUCCEEDED)

    assert ", decrypted" in reachable(a_storage(spec=ENCRYPTED, job=done)).message
    assert "whether anybody can" in reachable(a_storage(spec=blind, job=done)).message
    assert "crypt" not in reachable(a_storage(job=done)).message


def test_the_longest_name_still_fits() -> None:
    longest = "s" * names.STORAGE_NAME_LIMIT

    assert len(names.storage_check_job(longest)) == names.LABEL_LIMIT
