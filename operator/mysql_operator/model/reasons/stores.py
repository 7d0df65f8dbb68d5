"""Reasons about object stores, which take backups instead of a claim."""

from __future__ import annotations

from mysql_operator.model.reasons.entry import NOTHING, Reason, Section, Shown

NOTHING_KEPT = (
    "No backup is kept or restored. A deletion waits; a running database is not touched, and a new "
    "one stays closed to clients."
)
NOTHING_READ = (
    "Nothing is restored, and nothing starts empty. Backups go on: they need the recipients alone."
)
NOT_FOLLOWED = "The spec is not applied. A running server keeps running as it is."
BY_ITSELF = " The work is tried again by itself."

STORES = Section(
    "Object stores",
    "What became of the store that `spec.backup.storageRef` names: at a MySQL object, and in the "
    "condition `Reachable` of the MySQLBackupStorage. The message has the store's own words.",
    (
        Reason(
            "CheckSucceeded",
            "An object was put into the store, read and deleted.",
            "None.",
            NOTHING,
            Shown.CONDITION,
        ),
        Reason(
            "Checking",
            "The Job `check-storage-NAME` checks the store, or the operator itself that of a "
            "ClusterMySQLBackupStorage.",
            "None.",
            "Wait. The check comes again for another spec or Secret, once a day, and every five "
            "minutes while it fails.",
            Shown.CONDITION,
        ),
        Reason(
            "StorageNotFound",
            "The object store that the spec names does not exist.",
            NOT_FOLLOWED,
            "Create it, a MySQLBackupStorage in the namespace of the object, or correct kind and "
            "name. An operator that serves single namespaces has no ClusterMySQLBackupStorage.",
            may_pass=True,
        ),
        Reason(
            "StorageSecretNotFound",
            "The Secret that the MySQLBackupStorage names does not exist.",
            NOT_FOLLOWED,
            "Create it, with the keys that docs/backups.md lists.",
            may_pass=True,
        ),
        Reason(
            "StorageNotAllowed",
            "The ClusterMySQLBackupStorage is not for this namespace, or does not let it read the "
            "backups of another one.",
            NOT_FOLLOWED,
            "An administrator of the cluster can label the namespace as `spec.namespaceSelector` "
            "asks for, or add an entry to `spec.readGrants`.",
            may_pass=True,
        ),
        Reason(
            "SigningUnavailable",
            "The operator cannot sign requests to the stores of ClusterMySQLBackupStorage objects.",
            NOTHING_KEPT,
            "Do as the message says.",
        ),
        Reason(
            "SigningUnreachable",
            "The operator, which signs the requests to the store, does not answer a Job.",
            NOTHING_KEPT,
            "See that the operator runs, and that NetworkPolicies let Jobs out to port 8443 of its "
            "Service." + BY_ITSELF,
            Shown.JOB,
        ),
        Reason(
            "SigningRefused",
            "The operator does not sign a request of a Job.",
            NOTHING_KEPT,
            "The message says which rule of the ClusterMySQLBackupStorage is against it."
            + BY_ITSELF,
            Shown.JOB,
        ),
        Reason(
            "StorageInvalid",
            "The MySQLBackupStorage does not say where the backups go.",
            NOT_FOLLOWED,
            "Correct what the message names; give exactly one of s3, gcs and azure.",
        ),
        Reason(
            "MissingStorageCredentials",
            "The Secret of the object store lacks a key, or the key is empty.",
            NOTHING_KEPT,
            "Set the keys that the message names; the Job runs again.",
            Shown.JOB,
        ),
        Reason(
            "DecryptionKeyMissing",
            "A backup is encrypted, and the Job that reads it has no identity of age.",
            NOTHING_READ,
            "Put the file of age-keygen into a Secret, under the key `identity`, and name it in "
            "`encryption.identitySecretRef` of the MySQLBackupStorage." + BY_ITSELF,
            Shown.JOB,
        ),
        Reason(
            "DecryptionKeyWrong",
            "No identity in the Secret belongs to a recipient for whom the backup is encrypted.",
            NOTHING_READ,
            "Add the identity of one of the recipients that the backup's receipt names to the "
            "Secret; it may hold several. In the condition `Reachable`: make `ageRecipients` and "
            "the Secret fit, before a backup is needed." + BY_ITSELF,
            Shown.JOB,
        ),
        Reason(
            "StorageUnreachable",
            "The object store does not answer.",
            NOTHING_KEPT,
            "See that the store runs, that its name resolves, and that NetworkPolicies let Jobs "
            "out to it." + BY_ITSELF,
            Shown.JOB,
        ),
        Reason(
            "StorageTooSlow",
            "The object store takes the connection, and its answer does not come in time.",
            NOTHING_KEPT,
            "See that the store is not overloaded, and that the line to it carries 64 KiB a second."
            + BY_ITSELF,
            Shown.JOB,
        ),
        Reason(
            "StorageCertificateRefused",
            "The certificate of the object store is not trusted, or is for another name.",
            NOTHING_KEPT,
            "Give its authority in caBundle, or correct the endpoint." + BY_ITSELF,
            Shown.JOB,
        ),
        Reason(
            "StorageCredentialsRefused",
            "The object store does not know the access key, or refuses the signature.",
            NOTHING_KEPT,
            "Correct the keys in the Secret that the MySQLBackupStorage names." + BY_ITSELF,
            Shown.JOB,
        ),
        Reason(
            "StorageAccessDenied",
            "The object store knows the keys and does not allow them what is needed.",
            NOTHING_KEPT,
            "Allow them to list, get, put and delete objects below the prefix, and to abort "
            "multipart uploads." + BY_ITSELF,
            Shown.JOB,
        ),
        Reason(
            "StorageBucketMissing",
            "The object store has no bucket of that name.",
            NOTHING_KEPT,
            "Create the bucket, or correct its name." + BY_ITSELF,
            Shown.JOB,
        ),
        Reason(
            "StorageRegionWrong",
            "The bucket is in another region, or behind another endpoint.",
            NOTHING_KEPT,
            "Correct region or endpoint." + BY_ITSELF,
            Shown.JOB,
        ),
        Reason(
            "StorageClockSkew",
            "The clocks of the node and of the object store differ too much.",
            NOTHING_KEPT,
            "Set the clock right that is wrong." + BY_ITSELF,
            Shown.JOB,
        ),
        Reason(
            "StorageFull",
            "The object store has no room left, or its quota is used up.",
            NOTHING_KEPT,
            "Make room in the bucket, or raise its quota." + BY_ITSELF,
            Shown.JOB,
        ),
        Reason(
            "StorageFailing",
            "The object store answers with errors of its own.",
            NOTHING_KEPT,
            "Look at the store's own log." + BY_ITSELF,
            Shown.JOB,
        ),
        Reason(
            "StorageFailed",
            "The object store refused a request for a reason that this page does not list.",
            NOTHING_KEPT,
            "Read the message, and the store's own log." + BY_ITSELF,
            Shown.JOB,
        ),
    ),
)
