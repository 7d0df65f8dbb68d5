"""The base of all that is reported: parts of the status, receipts, outcomes of the Jobs."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Reported(BaseModel):
    """Written as camelCase JSON; an unknown field of a newer writer is no reason to refuse it."""

    model_config = ConfigDict(
        extra="ignore", frozen=True, populate_by_name=True, alias_generator=to_camel
    )
