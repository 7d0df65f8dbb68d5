"""Reasons that only the bash scripts of the hook Jobs give; they go with these scripts."""

from __future__ import annotations

from mysql_operator.model.reasons.data import BLOCKED, NO_DATA_YET
from mysql_operator.model.reasons.entry import Reason, Section, Shown

SCRIPTS = Section(
    "Dumps",
    "",
    (
        Reason(
            "DumpFailed",
            "mysqldump failed.",
            BLOCKED,
            "Read mysqldump's error in the message; the backup is tried again.",
            Shown.JOB,
        ),
        Reason(
            "VerificationFailed",
            "The backup could not be loaded into a scratch server, or differs from its source.",
            BLOCKED,
            "Read the message; set `spec.backup.verify` to false to do without the comparison.",
            Shown.JOB,
        ),
        Reason(
            "LoadFailed",
            "The server refused a statement of the backup.",
            NO_DATA_YET,
            "Read the server's error in the message; often the image is older than the backup's.",
            Shown.JOB,
        ),
        Reason(
            "MissingProgram",
            "The image lacks the program that unpacks the backup.",
            NO_DATA_YET,
            "Use an image that has it, such as the server's of that backup.",
            Shown.JOB,
        ),
    ),
)
