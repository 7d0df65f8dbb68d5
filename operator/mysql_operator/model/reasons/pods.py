"""Reasons that keep a pod from running, or a server from serving."""

from __future__ import annotations

from mysql_operator.model.reasons.entry import (
    NOT_STARTED,
    TRIED_AGAIN,
    Reason,
    Section,
    Shown,
)

JOB_FAILS = "The Job fails; what waits for it (an install, a deletion, a change) waits on."

PODS = Section(
    "Pods that do not run",
    "What Kubernetes says of the pods of an object.",
    (
        Reason(
            "Unschedulable",
            "No node takes a pod of the object.",
            NOT_STARTED + " During a check of an edit: the server runs on as it was.",
            "Add a node or free resources; or correct `spec.nodeSelector`, `affinity`, "
            "`tolerations` or `resources`. The message has the scheduler's words.",
            may_pass=True,
        ),
        Reason(
            "PodCannotBeMade",
            "A quota, a limit range or a policy refuses the server's pod.",
            NOT_STARTED,
            "Let the namespace's quota, limit range or policy allow it, or ask for less in "
            "`spec.resources`.",
            may_pass=True,
        ),
        Reason(
            "JobPodCannotBeCreated",
            "A quota, a limit range or a policy refuses the pod of a Job.",
            JOB_FAILS,
            "Let the namespace's quota, limit range or policy allow it.",
            may_pass=True,
        ),
        Reason(
            "AgentImageCannotBePulled",
            "The operator's image cannot be pulled for a Job in the object's namespace.",
            JOB_FAILS,
            "Set `imagePullSecrets` in the values of the operator's chart: the operator copies it "
            "for the Jobs, or `agent.pullSecrets` to Secrets of that namespace; or make the image "
            "available to the nodes.",
            may_pass=True,
        ),
        Reason(
            "AgentImageWrong",
            "The image that the Jobs take for the operator's is another one.",
            JOB_FAILS,
            "Correct `image` in the values of the operator's chart.",
        ),
        Reason(
            "PodCannotStart",
            "The container runtime cannot start a container, or the kubelet cannot mount a volume.",
            NOT_STARTED,
            "Read their words in the message; often a Secret, a ConfigMap, a volume or the node is "
            "at fault.",
            may_pass=True,
        ),
        Reason(
            "CrashLooping",
            "mysqld, or a script of the server's pod, ends again and again.",
            NOT_STARTED,
            "Read the message, which has mysqld's last error, and the log by the `kubectl logs` "
            "that it names.",
            may_pass=True,
        ),
        Reason(
            "NotReady",
            "The server runs, and its probes fail.",
            "Clients cannot connect.",
            "Read what the probe said in the message, and the log of the pod.",
            may_pass=True,
        ),
        Reason(
            "RestoreMissing",
            "The schema `mysql_operator`, which says that the data is complete, is gone.",
            "Clients cannot connect.",
            "Nothing: the operator runs the restore Job, which keeps the data that is there.",
        ),
        Reason(
            "JobDoesNotEnd",
            "A Job was deleted, and its pod is still there.",
            "No backup is taken beside it, so a deletion waits.",
            "If its node is lost for good: `kubectl delete pod --force`.",
        ),
        Reason(
            "InitializeFailed",
            "mysqld could not make a new data directory.",
            NOT_STARTED,
            "Read mysqld's error in the message, and the log of the container `initialize`.",
            Shown.JOB,
        ),
        Reason(
            "NotSetUp",
            "The server started, and its accounts could not be set up.",
            NOT_STARTED + " It is started again.",
            "Read the server's error in the message and its log.",
            Shown.JOB,
        ),
    ),
)

SQL = Section(
    "What the server answers",
    "A Job or a script could not do its work in the server.",
    (
        Reason(
            "ServerUnreachable",
            "The server does not answer, or went away.",
            JOB_FAILS,
            TRIED_AGAIN + " Otherwise look at the server's pod.",
            Shown.JOB,
        ),
        Reason(
            "AccessDenied",
            "The server does not let the operator's account in.",
            JOB_FAILS,
            "Restart the server's pod: each start makes the account again.",
            Shown.JOB,
        ),
        Reason(
            "NotAcceptingConnections",
            "All connections of the server are taken, or it is in offline mode.",
            JOB_FAILS,
            "Free connections, or raise max_connections; leave offline mode.",
            Shown.JOB,
        ),
        Reason(
            "ReadOnly",
            "The server takes no writes.",
            JOB_FAILS,
            TRIED_AGAIN + " Otherwise find out who has set read_only or super_read_only.",
            Shown.JOB,
        ),
        Reason(
            "Locked",
            "A statement waited too long for the lock of another session.",
            JOB_FAILS,
            TRIED_AGAIN + " Otherwise end that session.",
            Shown.JOB,
        ),
        Reason(
            "SQLFailed",
            "The server refused a statement.",
            JOB_FAILS,
            "Read the server's error in the message.",
            Shown.JOB,
        ),
        Reason(
            "DiskFull",
            "A volume that the message names is full: of the server, of the backups, or of the "
            "node's scratch space.",
            JOB_FAILS,
            "Enlarge that volume. On the backup claim: lower `spec.backup.keep`, or delete "
            "MySQLBackup objects with `reclaimPolicy: Delete`; both spare the newest backup.",
            Shown.JOB,
        ),
        Reason(
            "NoDatabase",
            "`helm test`: the server has no schema of the name in `spec.database`.",
            "Applications do not find their schema.",
            "Restart the server's pod, which makes the schema.",
            Shown.JOB,
        ),
    ),
)
