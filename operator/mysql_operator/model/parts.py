"""Parts of the spec that every pod has too, in the words of Kubernetes."""

from __future__ import annotations

import enum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

from mysql_operator.model.annotations import Cel, cel, is_there

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


class ImagePullPolicy(enum.StrEnum):
    """When the kubelet pulls an image."""

    ALWAYS = "Always"
    IF_NOT_PRESENT = "IfNotPresent"
    NEVER = "Never"


class Amounts(Part):
    """Amounts of what a container uses."""

    cpu: Annotated[Amount | None, Field(description="CPUs, for instance 500m or 2.")] = None
    memory: Annotated[Amount | None, Field(description="Memory, for instance 512Mi.")] = None
    ephemeral_storage: Annotated[
        Amount | None,
        Field(alias="ephemeral-storage", description="Disk of the node, for instance 1Gi."),
    ] = None

    def given(self) -> dict[str, Amount]:
        """Return what is given, by its name in Kubernetes."""
        return self.model_dump(by_alias=True, exclude_none=True)


def _limit_covers_request(name: str) -> Cel:
    """Rule that a limit is not below its request; passes where one of them is no quantity."""
    resource = name.replace("-", "__dash__")  # how CEL writes it
    request, limit = f"self.requests.{resource}", f"self.limits.{resource}"
    both = f"{is_there('self', f'requests.{resource}')} && {is_there('self', f'limits.{resource}')}"
    quantities = f"isQuantity(string({request})) && isQuantity(string({limit}))"
    compared = f"quantity(string({limit})).compareTo(quantity(string({request})))"
    return Cel(
        f"!({both}) || !({quantities}) || {compared} >= 0",
        f"spec.resources.limits must not be below spec.resources.requests: {name}",
        field_path=f".limits['{name}']",
    )


class Resources(Part):
    """CPU, memory and disk of a container; the schema of a container's resources."""

    model_config = ConfigDict(
        json_schema_extra=cel(
            _limit_covers_request("cpu"),
            _limit_covers_request("memory"),
            _limit_covers_request("ephemeral-storage"),
        )
    )

    requests: Annotated[
        Amounts | None,
        Field(description="Reserved by the scheduler, for instance {cpu: 100m, memory: 512Mi}."),
    ] = None
    limits: Annotated[
        Amounts | None, Field(description="Most that the container may use; at least `requests`.")
    ] = None


class LocalObjectReference(Part):
    """Reference to a Secret in the same namespace."""

    name: Annotated[ObjectName, Field(description="Name of the Secret.")]
