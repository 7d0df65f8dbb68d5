"""Reasons that lie in what the user wrote, or in what it names."""

from __future__ import annotations

from mysql_operator.model.reasons.entry import (
    NOT_STARTED,
    RUNS_ON,
    TRIED_AGAIN,
    Reason,
    Section,
    Shown,
)

NOT_FOLLOWED = "The operator changes nothing until it is corrected; a server that runs goes on."

SPEC = Section(
    "The spec, and the Secrets that it names",
    "The operator applies a correction at once.",
    (
        Reason(
            "SpecInvalid",
            "The operator cannot read the object: the CRD in the cluster is older or newer than "
            "it.",
            NOT_FOLLOWED,
            "Correct the field that the message names, or bring the operator and its CRDs to the "
            "same version.",
        ),
        Reason(
            "PasswordMissing",
            "The spec has neither `password` nor `passwordSecretRef`.",
            NOT_FOLLOWED,
            "Give exactly one of them.",
        ),
        Reason(
            "PasswordInvalid",
            "A password is empty, too long, no UTF-8 text, or has control characters.",
            NOT_FOLLOWED,
            "Write another value into the Secret or the field that the message names.",
        ),
        Reason(
            "SecretNotFound",
            "A Secret that the spec names does not exist.",
            NOT_FOLLOWED,
            "Create it in the namespace of the object.",
            may_pass=True,
        ),
        Reason(
            "SecretKeyNotFound",
            "A Secret that the spec names has no such key.",
            NOT_FOLLOWED,
            "Add the key to the Secret, or correct `key` in the spec.",
            may_pass=True,
        ),
        Reason(
            "SecretNotShared",
            "A Secret that the spec, or the storage of the backups, names does not say that it may "
            "be used for that.",
            NOT_FOLLOWED,
            "If it is meant for it, run the `kubectl label` of the message. A Secret of type "
            "`kubernetes.io/basic-auth` needs no label for its password.",
        ),
        Reason(
            "SecretTaken",
            "A Secret of the name NAME-credentials exists, and the operator has not made it.",
            NOT_FOLLOWED,
            "Create this object under another name; or delete that Secret, if nobody needs it.",
        ),
        Reason(
            "MissingCredentials",
            "The operator's copy of the passwords lacks a key, or it is empty.",
            "The Job or the server that needs it fails.",
            TRIED_AGAIN + " If it stays: delete the Secret NAME-credentials; the operator makes it "
            "again.",
            Shown.JOB,
        ),
    ),
)

SERVER_SPEC = Section(
    "Image, settings and storage",
    "A Job tries a new image and new settings before a running server is touched.",
    (
        Reason(
            "ConfigInvalid",
            "mysqld refuses a setting in `spec.config`.",
            RUNS_ON + " A new server does not start.",
            "Correct the setting that the message names, in mysqld's own words.",
        ),
        Reason(
            "PluginMissing",
            "The image lacks a plugin or storage engine that the settings or the data need.",
            RUNS_ON + " A new server does not start; a backup by cloning is not taken.",
            "Correct the setting, use an image that has the plugin, or uninstall it.",
        ),
        Reason(
            "ImageCannotBePulled",
            "The node cannot pull `spec.image`.",
            RUNS_ON + " A new server does not start.",
            "Correct the name, make the image available, or name its credentials in "
            "`spec.imagePullSecrets`.",
            may_pass=True,
        ),
        Reason(
            "ImageNotMySQL",
            "`spec.image` is not an image of MySQL: it has no bash, or no mysqld.",
            RUNS_ON + " A new server does not start.",
            "Name an image of MySQL.",
        ),
        Reason(
            "ImageNotForNode",
            "`spec.image` is built for another kind of processor than the node has.",
            RUNS_ON + " A new server does not start.",
            "Name an image for that processor, or choose other nodes by `spec.nodeSelector`.",
        ),
        Reason(
            "UnknownServer",
            "The version that the server, or the image's mysqld, reports is not one of MySQL's.",
            RUNS_ON + " A new server does not start.",
            "Name an image of MySQL.",
            Shown.JOB,
        ),
        Reason(
            "UpgradeRefused",
            "The MySQL of the new image does not take over data of so old a version.",
            RUNS_ON,
            "Set the image to the version between that the message names, wait until the database "
            "is Ready, then go on.",
            Shown.JOB,
        ),
        Reason(
            "DowngradeRefused",
            "The MySQL of the new image is older than the one that last used the data.",
            RUNS_ON,
            "Set the image to that version or a later one.",
            Shown.JOB,
        ),
        Reason(
            "StorageCannotGrow",
            "The API server refuses to enlarge a claim.",
            "The claim keeps its size. The rest of the spec is applied.",
            "Set the old size again, or let the storage class or the quota allow the new one.",
        ),
        Reason(
            "DataVolumeFull",
            "The data volume is full.",
            NOT_STARTED,
            "Increase `spec.storage_size`.",
        ),
        Reason(
            "VolumeNotWritable",
            "User and group 999 cannot write to the data volume.",
            NOT_STARTED,
            "Correct the storage class or the volume.",
        ),
        Reason(
            "VolumeCannotBeBound",
            "A claim does not get a volume.",
            NOT_STARTED,
            "Correct the storage class (immutable: delete the object and write it again) or the "
            "cluster's provisioner; `kubectl describe pvc` has all that it said.",
            may_pass=True,
        ),
        Reason(
            "OutOfMemory",
            "The server, or a Job, needs more memory than its limit.",
            NOT_STARTED,
            "Raise `spec.resources.limits.memory`, or lower innodb_buffer_pool_size in "
            "`spec.config`.",
            may_pass=True,
        ),
    ),
)
