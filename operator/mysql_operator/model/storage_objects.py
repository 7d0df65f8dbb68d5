"""`MySQLBackupStorage` as an object: the rules of its name, and what the operator reports of it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from mysql_operator import names
from mysql_operator.model.reported import Reported
from mysql_operator.model.run_phases import name_rules
from mysql_operator.model.status import Condition, condition_list

REACHABLE = "Reachable"
"""The condition that is True of a store in which an object was put, read and deleted."""

CHECKS_FOLDER = ".checks"
"""Folder of a namespace, in the bucket, that no database can have because of its name."""

NAME_RULES = name_rules(names.STORAGE_NAME_LIMIT)


class StorageStatus(Reported):
    """Observed state of the store."""

    checked: Annotated[
        str | None,
        Field(
            description="What was checked: the generation of this object, and the resourceVersion "
            "of its Secret."
        ),
    ] = None
    check_time: Annotated[
        str | None,
        Field(description="When the last check ended.", json_schema_extra={"format": "date-time"}),
    ] = None
    message: Annotated[
        str | None, Field(description="Result of the last check, in one sentence.")
    ] = None
    conditions: Annotated[
        list[Condition],
        condition_list(
            "Reachable: whether an object could be put there, read and deleted: by a Job of this "
            "namespace, or by the operator where the object is in none."
        ),
    ] = []
