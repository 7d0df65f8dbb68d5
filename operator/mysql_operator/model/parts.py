"""Parts of the spec that say what every pod says, in the words of Kubernetes."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

AMOUNT = r"^[0-9]+(\.[0-9]+)?(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$"

Amount = Annotated[str, StringConstraints(pattern=AMOUNT, max_length=32)] | int
"""How much of a resource, as every pod says it."""

ObjectName = Annotated[
    str,
    StringConstraints(min_length=1, max_length=253, pattern=r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$"),
]


class Part(BaseModel):
    """A part of what users write: immutable, camelCase outside.

    The API server refuses unknown fields; here they are passed over, so that an operator that is
    older than the CRD still serves the fields that it knows.
    """

    model_config = ConfigDict(
        extra="ignore",
        frozen=True,
        populate_by_name=True,
        alias_generator=to_camel,
        hide_input_in_errors=True,  # an error must not quote a password
    )


class Resources(Part):
    """CPU and memory, as in every pod."""

    requests: Annotated[
        dict[str, Amount] | None,
        Field(
            description="What the scheduler reserves, for instance {cpu: 100m, memory: 512Mi}.",
            max_length=10,
        ),
    ] = None
    limits: Annotated[
        dict[str, Amount] | None,
        Field(description="What the container may use at most.", max_length=10),
    ] = None


class Toleration(Part):
    """A taint of a node that the pods put up with, as in every pod."""

    key: Annotated[str | None, Field(description="Key of the taint; empty for all keys.")] = None
    operator: Annotated[
        str | None, Field(description="Exists or Equal (the default).", pattern="^(Exists|Equal)$")
    ] = None
    value: Annotated[str | None, Field(description="Value of the taint, for Equal.")] = None
    effect: Annotated[
        str | None,
        Field(
            description="NoSchedule, PreferNoSchedule, NoExecute, or empty for all.",
            pattern="^(NoSchedule|PreferNoSchedule|NoExecute)?$",
        ),
    ] = None
    toleration_seconds: Annotated[
        int | None, Field(description="Seconds that a NoExecute taint is put up with.")
    ] = None


class LocalObjectReference(Part):
    """The name of a Secret in the object's own namespace."""

    name: Annotated[ObjectName, Field(description="Name of the Secret.")]
