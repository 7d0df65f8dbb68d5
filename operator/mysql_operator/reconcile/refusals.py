"""Why nothing is done, and the way out: sentences for the person who reads the object's status."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from mysql_operator import names
from mysql_operator.errors import OperatorError
from mysql_operator.model.spec import DeletionPolicy
from mysql_operator.names import Key
from mysql_operator.reconcile.actions import Refuse
from mysql_operator.reconcile.facts.observations import Claim, Observed, Release
from mysql_operator.reconcile.releases import FOREIGN_SILENCE
from mysql_operator.reconcile.steps import Step


def of_step(step: Step, observed: Observed) -> Refuse | None:  # noqa: C901 - a table
    """Say why such a step does nothing; None for one that does something."""
    match step:
        case Step.REFUSE_SPEC if isinstance(observed.desired, OperatorError):
            return of_error(observed.desired)
        case Step.REFUSE_RELEASE_CONFLICT if observed.release is not None:
            return release_conflict(observed, observed.release)
        case Step.REFUSE_RELEASE_DAMAGED if observed.release is not None:
            return release_damaged(observed.release)
        case Step.REFUSE_RELEASE_BUSY if observed.release is not None:
            return release_busy(observed, observed.release)
        case Step.REFUSE_DATA_CLAIM_HELD if observed.data_claim is not None:
            return data_claim_held(observed, observed.data_claim)
        case Step.REFUSE_DATA_CLAIM_LOST:
            return data_claim_lost(observed)
        case Step.REFUSE_DATA_CLAIM_PINNED:
            return data_claim_pinned(observed)
        case Step.REFUSE_BACKUP_CLAIM_GOING:
            return backup_claim_goes(observed)
        case Step.REFUSE_JOB_DOES_NOT_END:
            return job_does_not_end(observed)
        case Step.REFUSE_HOOKS_TAKEN:
            return hooks_taken(observed.instance.key, observed.taken_hooks)
        case Step.REFUSE_BACKUP_HOOK_TAKEN:
            backup_job = f"job/{names.backup_job(observed.instance.key.name)}"
            return hooks_taken(observed.instance.key, [backup_job])
        case _:
            return None


def of_error(error: OperatorError) -> Refuse:
    """What is wrong with the spec, or with what it names."""
    return Refuse(error.reason, error.message)


def release_conflict(observed: Observed, release: Release) -> Refuse:
    """The release of that name is another chart's."""
    return Refuse(
        "ReleaseConflict",
        f"helm release {observed.instance.key.name} belongs to the chart {release.chart}; "
        "uninstall that release or give this object another name",
    )


def hooks_taken(key: Key, taken: Sequence[str]) -> Refuse:
    """Somebody else has an object of a hook's name, which helm would delete without asking."""
    return Refuse(
        "OwnershipConflict",
        f"{', '.join(taken)} in namespace {key.namespace} was not made for this object, and helm "
        "would delete it before it makes its own; give this object another name, or remove it: "
        f"kubectl delete -n {key.namespace} {' '.join(taken)}",
    )


def release_busy(observed: Observed, release: Release) -> Refuse:
    """A person's own helm command works on the release, or has left it."""
    return Refuse(
        "ReleaseBusy",
        f"helm release {observed.instance.key.name} is {release.status} at revision "
        f"{release.revision}, by a helm command that is not the operator's; the operator waits for "
        "its end. If it was interrupted, you need not act: the operator takes the release over "
        f"after {FOREIGN_SILENCE // timedelta(minutes=1)} minutes without a change and without a "
        "running hook Job",
    )


def release_damaged(release: Release) -> Refuse:
    """The release's Secret cannot be read, and nothing says that the operator made it."""
    return Refuse(
        "ReleaseDamaged",
        f"Secret {release.secret} holds a helm release that cannot be read, and its labels do not "
        "say that it is the operator's; put it back from a copy, or delete it",
    )


def backup_claim_goes(observed: Observed) -> Refuse:
    """The backup claim was deleted by hand, and something still holds it."""
    name = observed.instance.key.name
    return Refuse(
        "BackupClaimDeleted",
        f"somebody deleted claim {names.backup_claim(name)}; it goes, with all backups on it, once "
        "no pod uses it. Copy the backups that you need first. Then delete "
        f"job/{names.restore_job(name)} and job/{names.backup_job(name)}, whose finished pods "
        "still use it: the operator takes the final backup to a new claim",
    )


def data_claim_held(observed: Observed, claim: Claim) -> Refuse:
    """The data claim of an earlier object of this name does not go."""
    name, namespace = names.data_claim(observed.instance.key.name), observed.instance.key.namespace
    foreign = [it for it in claim.finalizers if it != names.CLAIM_PROTECTION]
    holder = (
        f"finalizer {', '.join(foreign)} holds it"
        if foreign
        else "a pod still mounts it (kubectl describe names it in Used By)"
    )
    return Refuse(
        "DataClaimHeld",
        f"claim {name} of an earlier object was deleted and {holder}; this database is created "
        f"when the claim is gone: kubectl describe pvc -n {namespace} {name}",
    )


def job_does_not_end(observed: Observed) -> Refuse:
    """A Job was deleted and its pod is still there: often its node is lost."""
    name = observed.instance.key.name
    return Refuse(
        "JobDoesNotEnd",
        f"a pod of job/{names.restore_job(name)}, job/{names.password_job(name)}, of a backup on "
        "the schedule or of a drill was deleted and does not end, and no backup is taken beside "
        "it; if its node is lost for good, kubectl delete pod --force",
    )


def data_claim_pinned(observed: Observed) -> Refuse:
    """Only the running server still holds the data, and the spec would have it restarted."""
    return Refuse(
        "DataClaimDeleted",
        f"somebody deleted claim {names.data_claim(observed.instance.key.name)}; only the running "
        "server still has the data. The operator does not begin the final backup, because it would "
        "first upgrade the release to the changed spec, which may restart the server. Set the spec "
        "back to what runs, or save the data with mysqldump",
    )


def _first_the_policy(observed: Observed) -> str:
    if observed.instance.spec.deletion_policy is DeletionPolicy.BACKUP:
        return "Delete"
    return "Set spec.deletionPolicy to Backup, then delete"


def data_claim_lost(observed: Observed) -> Refuse:
    """The data claim of a complete database was deleted by hand."""
    claim = names.data_claim(observed.instance.key.name)
    if observed.data_claim is None:
        return Refuse(
            "DataClaimLost",
            f"claim {claim} was deleted, and the data with it; delete this object and write it "
            "again to start from the newest backup",
        )
    return Refuse(
        "DataClaimDeleted",
        f"claim {claim} was deleted; the data is gone when the server's pod ends. Do not restart "
        f"the server. {_first_the_policy(observed)} this object now: its final backup still gets "
        "the data, and creating it again restores that backup",
    )
