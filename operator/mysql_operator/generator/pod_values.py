"""The values of the operator's chart that shape its own pod and account."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from mysql_operator.model.parts import Part

Marks = dict[str, Annotated[str, StringConstraints(max_length=4096)]]
"""Labels or annotations."""


class ServiceAccount(Part):
    """The ServiceAccount `mysql-operator`."""

    create: Annotated[
        bool,
        Field(
            description="Create the ServiceAccount mysql-operator; if false, it has to exist "
            "already."
        ),
    ] = True
    annotations: Annotated[
        Marks | None, Field(description="Annotations of the ServiceAccount.")
    ] = None


class EnvironmentVariable(Part):
    """A variable of the operator's container, as in every pod."""

    name: Annotated[
        str, Field(description="Name of the variable.", pattern="^[A-Za-z_][A-Za-z0-9_]*$")
    ]
    value: Annotated[str | None, Field(description="Value of the variable.")] = None
    value_from: Annotated[
        dict[str, Any] | None, Field(description="Source of the value, as in every pod.")
    ] = None


SECURITY_CONTEXT: dict[str, Any] = {
    "runAsNonRoot": True,
    "runAsUser": 65532,
    "runAsGroup": 65532,
    "seccompProfile": {"type": "RuntimeDefault"},
}
"""What the restricted Pod Security Standard asks for."""
