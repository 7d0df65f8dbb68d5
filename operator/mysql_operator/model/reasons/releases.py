"""Reasons that helm, the API server or the cluster gives."""

from __future__ import annotations

from mysql_operator.model.reasons.entry import (
    NOTHING,
    RUNS_ON,
    TRIED_AGAIN,
    Reason,
    Section,
    Shown,
)

NOT_APPLIED = "What the operator was about to do is not done; a server that runs goes on."
UNTOUCHED = "The operator touches nothing of it; the object waits."

RELEASES = Section(
    "The Helm release",
    "What stands in the way of the release of an object.",
    (
        Reason(
            "ReleaseConflict",
            "A Helm release of this name belongs to another chart.",
            UNTOUCHED,
            "Uninstall that release, or give this object another name.",
        ),
        Reason(
            "OwnershipConflict",
            "Something of a name that the release needs is there, and was not made for it.",
            UNTOUCHED,
            "Create this object under another name; or delete what the message names, if nobody "
            "needs it. A claim goes with its data.",
        ),
        Reason(
            "ReleaseBusy",
            "A person's own helm command works on the release, or was interrupted.",
            "The operator waits for its end, and takes the release over after 15 minutes of "
            "silence.",
            NOTHING,
            may_pass=True,
        ),
        Reason(
            "ReleaseDamaged",
            "The Secret of the release cannot be read, and may be somebody else's.",
            UNTOUCHED,
            "Put the Secret that the message names back from a copy, or delete it.",
        ),
        Reason(
            "ReleaseLocked",
            "Another helm command works on the release.",
            NOT_APPLIED,
            TRIED_AGAIN,
        ),
        Reason(
            "ReleaseChangedMeanwhile",
            "Something else changed the release at the same time.",
            NOT_APPLIED,
            TRIED_AGAIN,
        ),
        Reason(
            "ReleaseNotFound",
            "The release is gone.",
            NOT_APPLIED,
            TRIED_AGAIN,
        ),
        Reason(
            "NoDeployedRelease",
            "The release has no revision that was ever deployed.",
            NOT_APPLIED,
            TRIED_AGAIN,
        ),
        Reason(
            "RevisionNotFound",
            "A revision of the release is gone.",
            NOT_APPLIED,
            TRIED_AGAIN,
        ),
        Reason(
            "HookFailed",
            "A Job of the release failed and reported no reason.",
            "What the Job was to do is not done: a restore, a backup, a check or a change of a "
            "password.",
            "Read the log of the Job's pod; the operator tries again with back-off.",
        ),
        Reason(
            "HookTimedOut",
            "A Job of the release did not end within its time limit.",
            "As with HookFailed.",
            "Read the events and the log of the Job's pod; raise `spec.restore.timeoutSeconds` or "
            "`spec.backup.timeoutSeconds`.",
        ),
        Reason(
            "HookGone",
            "Somebody deleted a Job that helm waited for.",
            "The operator ended the command.",
            TRIED_AGAIN,
            may_pass=True,
        ),
        Reason(
            "OperationCancelled",
            "A helm command was ended before it was done.",
            NOT_APPLIED,
            TRIED_AGAIN,
        ),
    ),
)

CLUSTER = Section(
    "The cluster",
    "What the API server or a policy says. Its other reasons, such as Conflict or Timeout, pass by "
    "themselves and are in the log and in the metrics alone.",
    (
        Reason(
            "ApiUnreachable",
            "The Kubernetes API does not answer.",
            NOT_APPLIED,
            TRIED_AGAIN,
            may_pass=True,
        ),
        Reason(
            "ApiUnauthorized",
            "The API server refused the token of the operator's ServiceAccount.",
            NOT_APPLIED,
            TRIED_AGAIN + " If it stays: restart the operator's pod.",
        ),
        Reason(
            "ApiOverloaded",
            "The API server is overloaded or restarting.",
            NOT_APPLIED,
            TRIED_AGAIN,
        ),
        Reason(
            "ApiError",
            "The API server answered with an error that this page does not list.",
            NOT_APPLIED,
            TRIED_AGAIN,
            Shown.LOG,
        ),
        Reason(
            "Forbidden",
            "The operator's role lacks a right, or a quota or policy refuses a request.",
            NOT_APPLIED,
            "Give the right that the message names (upgrade the operator's chart), or let the "
            "quota or policy allow it.",
        ),
        Reason(
            "Invalid",
            "The API server refuses a field of what the operator writes.",
            NOT_APPLIED,
            "Correct the field of the spec that the message names.",
        ),
        Reason(
            "BadRequest",
            "The API server does not understand what the operator writes.",
            NOT_APPLIED,
            "Bring the operator and its CRDs to the same version.",
        ),
        Reason(
            "RequestEntityTooLarge",
            "An object that the operator writes is larger than the API server takes.",
            NOT_APPLIED,
            "Shorten the spec, for instance `config`.",
        ),
        Reason(
            "QuotaExceeded",
            "The quota of the namespace has no room for an object of the release.",
            NOT_APPLIED,
            "Ask for less, or have the quota raised.",
        ),
        Reason(
            "AdmissionDenied",
            "A policy of the cluster refuses an object of the release.",
            NOT_APPLIED,
            "Read the policy's words in the message; change the spec or the policy.",
        ),
        Reason(
            "WebhookFailed",
            "An admission webhook of the cluster does not answer.",
            NOT_APPLIED,
            "Repair or remove the webhook that the message names; the operator tries again.",
        ),
        Reason(
            "NamespaceTerminating",
            "The namespace is being deleted.",
            "Nothing can be made in it. An object in it goes without a final backup.",
            NOTHING,
        ),
        Reason(
            "NamespaceNotFound",
            "The namespace is gone.",
            NOT_APPLIED,
            NOTHING,
        ),
        Reason(
            "InvalidObject",
            "The API server refuses an object of the release.",
            NOT_APPLIED,
            "Correct the field that the message names.",
        ),
    ),
)

HELM = Section(
    "Helm itself",
    "These are likely faults of the operator or of its image, and concern all objects.",
    (
        Reason(
            "HelmFailed",
            "Helm failed with an error that the operator does not recognize.",
            NOT_APPLIED,
            "Read helm's words in the message; the operator tries again with back-off.",
        ),
        Reason(
            "HelmKilled",
            "A helm process was killed, often because the operator's memory ran out.",
            NOT_APPLIED,
            "Raise `resources.limits.memory` of the operator's chart, or lower helmSlots or "
            "helmWaiting.",
        ),
        Reason(
            "HelmMissing",
            "The operator's image has no helm.",
            NOT_APPLIED,
            "Use the operator's own image.",
        ),
        Reason(
            "TimedOut",
            "Helm did not end within its time limit and was stopped.",
            NOT_APPLIED,
            TRIED_AGAIN + " Otherwise look at the Job of the release that it waited for, and at "
            "the API server.",
        ),
        Reason(
            "OutputTooLong",
            "Helm did the work, and printed too much about it.",
            "The release is as it should be.",
            "Report it as a fault of the operator.",
        ),
        Reason(
            "ValuesInvalid",
            "The instance chart refuses the values that the operator gives it.",
            RUNS_ON,
            "Correct the field that the message names.",
        ),
        Reason(
            "RenderFailed",
            "The instance chart cannot be rendered.",
            RUNS_ON,
            "Read helm's words in the message; report it as a fault of the operator.",
        ),
        Reason(
            "ChartUnusable",
            "The instance chart in the operator's image is damaged.",
            NOT_APPLIED,
            "Install the operator again.",
        ),
    ),
)

OPERATOR = Section(
    "The operator itself",
    "The operator says so and ends; Kubernetes starts it again.",
    (
        Reason(
            "ChartMissing",
            "The instance chart is not where MYSQL_OPERATOR_CHART says.",
            "The operator does not start.",
            "Use the operator's own image, or correct the variable.",
            Shown.LOG,
        ),
        Reason(
            "HelmUnusable",
            "Helm does not run.",
            "The operator does not start.",
            "Read helm's words in the log; use the operator's own image.",
            Shown.LOG,
        ),
        Reason(
            "HelmVersionUnsupported",
            "The operator needs helm 4.2.2 or later, below 5.",
            "The operator does not start.",
            "Use the operator's own image.",
            Shown.LOG,
        ),
        Reason(
            "EngineEnded",
            "The operator has lost its Lease, or a part of it has ended.",
            "Another operator may be at work by now.",
            "Nothing, unless it comes back: then see why the API server does not answer in time.",
            Shown.LOG,
        ),
        Reason(
            "Unknown",
            "Something failed in a way that the operator does not know. As an event and in "
            "`Initialized`: the restore Job succeeded, and its receipt is lost.",
            "The operator tries again with back-off.",
            "Read the traceback in the operator's log, and report it as a fault of the operator.",
        ),
    ),
)
